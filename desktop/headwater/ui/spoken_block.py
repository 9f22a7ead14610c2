"""The blocks of an answer in words, for somebody who hears them."""

from __future__ import annotations

from dataclasses import replace
from itertools import groupby
from typing import TYPE_CHECKING

from headwater.domain.block import Block, Item, Kind, Quote
from headwater.domain.text_guard import LINE
from headwater.ui.block_run import begins_container, block_runs, cell_runs, task
from headwater.ui.formula_setting import bare_tex
from headwater.ui.inline_run import Run, inline_runs
from headwater.ui.link import shown_host
from headwater.ui.plain_text import one_line

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from headwater.domain.source import Source

_STATES = {"☐": "not done", "☑": "done"}


def spoken_text(
    part: Sequence[Block], known: Mapping[str, Source], *, is_open: bool = False
) -> str:
    """Return a heading, paragraph, item or formula in words; `part` are the pieces of a long one.

    `known` are the sources of the answer by their ids. With `is_open` the text still grows.
    """
    text, box = task(part[0]) if begins_container(part[0]) else ("", "")
    runs: list[Run] = []
    for block in part:
        bare = replace(block, text=text or block.text) if block is part[0] else block
        bare = replace(bare, fresh=len(block.containers))  # without the bullet or the number
        runs += [Run(" "), *block_runs(bare, known, is_open=is_open and block is part[-1])]
    return ": ".join(filter(None, (_what(part[0], box), spoken_runs(runs, known))))


def spoken_code(part: Sequence[Block]) -> str:
    """Return a code block in words, then its lines."""
    lines: list[str] = []
    for block in part:
        if block.kind is Kind.CODE_LINE and block.continues and lines:
            lines[-1] += block.text
        elif block.kind is Kind.CODE_LINE:
            lines.append(block.text)
    count = _counted(len(lines), "line")
    language = one_line(" ".join(part[0].info.split()[:1]), 40)
    what = _sentence([*_around(part[0]), "code", language, count])
    return f"{what}: " + "\n".join(lines) if any(lines) else what


def spoken_row(rows: Sequence[Block], number: int, known: Mapping[str, Source]) -> str:
    """Return the header (`number` 0) or a row of a table in words."""
    cells = [spoken_runs(runs, known) for runs in cell_runs(rows[number], known, is_open=False)]
    count = len(rows) - 1
    if not number:
        size = f"{_counted(len(cells), 'column')}, {_counted(count, 'row')}"
        return f"Table, {size}: " + "; ".join(cells)
    names = [spoken_runs(inline_runs(name, known), known) for name in rows[0].cells]
    pairs = zip(names, cells, strict=False)
    said = [": ".join(filter(None, (name, cell or "empty"))) for name, cell in pairs]
    return f"Table row {number} of {count}: " + "; ".join(said)


def spoken_runs(runs: Sequence[Run], known: Mapping[str, Source]) -> str:
    """Return runs in words: formulas as TeX, marks and links with where they lead."""
    said: list[str] = []
    for (mark, href, struck), group in groupby(runs, _told_by):
        pieces = list(group)
        text = "".join(map(_piece, pieces))
        if mark and pieces[0].style.is_known:
            source = known.get(mark)
            host = one_line(shown_host(source.url), 80) if source is not None else ""
            said.append(f" (source {', '.join(filter(None, (one_line(mark, 8), host)))})")
        elif href and text.strip():
            said.append(f"{text} (link)")
        elif struck and text.strip():
            said.append(f"{text} (struck out)")
        else:
            said.append(text)
    return " ".join(part for part in "".join(said).split(" ") if part)


def _told_by(run: Run) -> tuple[str, str, bool]:
    style = run.style
    return style.mark, style.href, style.struck


def _piece(run: Run) -> str:
    if run.style.formula:
        return " ".join(["formula", *bare_tex(run.style.formula).split()])
    if run.style.is_ours and LINE not in run.text:
        return ""
    return run.text.replace(LINE, " ").replace("\u00a0", " ")


def _what(block: Block, box: str) -> str:
    """Return what a block of text is, nothing of a plain paragraph."""
    words = list(_around(block))
    if block.kind is Kind.HEADING:
        words.append(f"heading, level {block.level}")
    fresh = [c for c in block.containers[block.fresh :] if isinstance(c, Item)]
    if fresh:
        number = f" {fresh[-1].number}" if fresh[-1].number is not None else ""
        words.append(f"list item{number}")
        depth = sum(isinstance(container, Item) for container in block.containers)
        if depth > 1:
            words.append(f"level {depth}")
    if box:
        words.append(_STATES[box])
    return _sentence(words)


def _around(block: Block) -> list[str]:
    return ["quote"] if any(isinstance(c, Quote) for c in block.containers) else []


def _sentence(words: Sequence[str]) -> str:
    told = ", ".join(filter(None, words))
    return told[:1].upper() + told[1:]


def _counted(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"
