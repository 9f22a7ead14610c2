"""Reads the lines of a table (GitHub Flavored Markdown, 4.10)."""

from __future__ import annotations

import re

from headwater.domain.formula import find_formulas

_MOST_COLUMNS = 20
_DELIMITER = re.compile(r"[|:-][|:\- \t]+$")
_DELIMITER_CELL = re.compile(r":?-+:?$")
_ALIGNS = {(True, True): "center", (True, False): "left", (False, True): "right"}


_VEILED_BAR = "\ufdd0"  # no character; what a text has of them is never shown


def split_row(line: str, columns: int) -> tuple[str, ...]:
    r"""Return the cells of a table row, `\|` being a bar within one.

    More than `columns` would be cut off, so a row that has too many may have bars in its formulas,
    as `P(A|B)`: departing from the standard, they are looked at if that makes it right.
    """
    cells = _split(line)
    if len(cells) <= columns or _VEILED_BAR in line:
        return cells
    veiled = _split(_with_veiled_bars(line))
    if len(veiled) != columns:
        return cells
    return tuple(cell.replace(_VEILED_BAR, "|") for cell in veiled)


def _with_veiled_bars(line: str) -> str:
    kept: list[str] = []
    start = 0
    for formula in find_formulas(line):
        whole = line[formula.start : formula.end].replace("\\|", "|")
        kept += (line[start : formula.start], whole.replace("|", _VEILED_BAR))
        start = formula.end
    return "".join((*kept, line[start:]))


def _split(line: str) -> tuple[str, ...]:
    if "\\" not in line:
        return tuple([cell.strip(" \t") for cell in _without_empty_ends(line.split("|"))])
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
