"""Reads the lines of a table (GitHub Flavored Markdown, 4.10)."""

from __future__ import annotations

import re

_MOST_COLUMNS = 20
_DELIMITER = re.compile(r"[|:-][|:\- \t]+$")
_DELIMITER_CELL = re.compile(r":?-+:?$")
_ALIGNS = {(True, True): "center", (True, False): "left", (False, True): "right"}


def split_row(line: str) -> tuple[str, ...]:
    r"""Return the cells of a table row, `\|` being a bar within one."""
    cells: list[str] = []
    current: list[str] = []
    pieces = line.split("|")
    for index, piece in enumerate(pieces):
        is_escaped = piece.endswith("\\") and index < len(pieces) - 1
        current.append(piece[:-1] if is_escaped else piece)
        if is_escaped:
            current.append("|")
        else:
            cells.append("".join(current))
            current = []
    return tuple(cell.strip(" \t") for cell in _without_empty_ends(cells))


def aligns_of(line: str) -> tuple[str, ...]:
    """Return the alignment of each column that a delimiter row sets, nothing if it is none."""
    if not _DELIMITER.match(line) or line[:2] in ("- ", "-\t"):
        return ()
    columns = _without_empty_ends([cell.strip(" \t") for cell in line.strip(" \t").split("|")])
    if not 0 < len(columns) <= _MOST_COLUMNS:
        return ()
    if not all(_DELIMITER_CELL.match(column) for column in columns):
        return ()
    return tuple(_ALIGNS.get((c[0] == ":", c[-1] == ":"), "") for c in columns)


def _without_empty_ends(cells: list[str]) -> list[str]:
    if cells and not cells[0]:
        cells = cells[1:]
    if cells and not cells[-1]:
        cells = cells[:-1]
    return cells
