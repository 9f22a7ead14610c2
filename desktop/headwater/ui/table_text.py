"""A table of an answer for a spreadsheet (tab-separated values) or for another Markdown text."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from headwater.ui.inline_run import inline_runs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from headwater.domain.block import Block

# A spreadsheet takes what begins like this as a formula; a number with a sign may stay.
_FORMULA = re.compile(r"[=@]|[+-](?![\d.,\s%€$£¥]*\Z)")
_RULES = {"left": ":---", "center": ":---:", "right": "---:"}


def table_tsv(rows: Sequence[Block]) -> str:
    """Return header and rows as they are read, one per line, cells parted by tabs."""
    return "".join("\t".join(_cell_text(cell) for cell in row.cells) + "\n" for row in rows)


def table_markdown(rows: Sequence[Block]) -> str:
    """Return header and rows as a GFM table, cells as they were written."""
    lines = [_markdown_row(row.cells) for row in rows]
    aligns = rows[0].aligns if rows else ()
    lines.insert(1, _markdown_row(tuple(_RULES.get(align, "---") for align in aligns)))
    return "".join(f"{line}\n" for line in lines) if rows else ""


def _cell_text(cell: str) -> str:
    runs = inline_runs(cell, ())
    text = " ".join("".join(run.text for run in runs if not run.style.is_ours).split())
    return f"'{text}" if _FORMULA.match(text) else text


def _markdown_row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(re.sub(r"(?<!\\)\|", r"\\|", cell) for cell in cells) + " |"
