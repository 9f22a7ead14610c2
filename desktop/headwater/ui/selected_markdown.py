"""What is selected of an answer, as Markdown that shows the same."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from PySide6.QtGui import QFont

from headwater.ui.anchor import LinkAnchor, read_anchor
from headwater.ui.answer_copy import selected_blocks
from headwater.ui.answer_format import Property, Role

if TYPE_CHECKING:
    from collections.abc import Iterable

    from PySide6.QtGui import QTextBlock, QTextCharFormat, QTextCursor

    Piece = tuple[str, QTextCharFormat]

_CELLS = (Role.CELL, Role.HEADER_CELL)
_SPECIAL = re.compile(r"([\\`*_\[\]<>|~&])")
_AT_START = re.compile(r"(\A|\A\d{1,9})(#(?=#{0,5}(?: |$))|[-+](?=[ -]|$)|(?<=\d)[.)](?= |$))")
_BULLETS = {"•": "- ", "◦": "  - ", "▪": "    - ", "☐": "- [ ] ", "☑": "- [x] "}
_NUMBER = re.compile(r"(\d{1,9})\. ")


def selected_markdown(cursor: QTextCursor) -> str:
    """Return the selection as CommonMark, tables as GFM; marks stay `[n]`."""
    out: list[str] = []
    code: list[str] | None = None
    row: list[str] = []
    is_first_row = False
    for gap, block, pieces in selected_blocks(cursor):
        role = block.blockFormat().intProperty(Property.ROLE) or Role.CELL
        if row and (role not in _CELLS or gap != "\t"):
            out.append(_row(row, is_header=is_first_row))
            row, is_first_row = [], False
        if code is not None and role != Role.CODE:
            out.append(_fenced("".join(code)))
            code = None
        if role == Role.CODE:
            text = "".join(text for text, _ in pieces)
            if code is None:
                out.append(gap and "\n\n")
                code = [text]
            else:
                code.append(gap + text)
            continue
        if role in _CELLS:
            if gap != "\t":
                is_first_row = gap != "\n"
                out.append(gap)
            row.append(_inline(pieces, is_head=role == Role.HEADER_CELL))
            continue
        out.append(gap + _block(block, role, pieces))
    if row:
        out.append(_row(row, is_header=is_first_row))
    if code is not None:
        out.append(_fenced("".join(code)))
    return "".join(out)


def _block(block: QTextBlock, role: int, pieces: list[Piece]) -> str:
    quotes = "> " * len(block.blockFormat().stringProperty(Property.QUOTES).split())
    if role == Role.HEADING:
        return f"{quotes}{'#' * block.blockFormat().headingLevel()} {_inline(pieces, is_head=True)}"
    if role == Role.QUESTION:
        return f"# {_inline(pieces, is_head=True)}"
    marker = ""
    if pieces and block.blockFormat().textIndent() < 0:
        first = pieces[0][0]
        number = _NUMBER.match(first)
        if first[:2].rstrip() in _BULLETS and first[1:2] == " ":
            marker, pieces = _BULLETS[first[0]], [(first[2:], pieces[0][1]), *pieces[1:]]
        elif number is not None:
            marker = number.group()
            pieces = [(first[number.end() :], pieces[0][1]), *pieces[1:]]
    text = _inline(pieces)
    return quotes + marker + (text if marker else _AT_START.sub(_escaped, text, count=1))


def _escaped(found: re.Match[str]) -> str:
    return f"{found[1]}\\{found[2]}"


def _inline(pieces: Iterable[Piece], *, is_head: bool = False) -> str:
    """Return the pieces of a block; a heading's are bold without being written so."""
    return "".join(_piece(text, text_format, is_head=is_head) for text, text_format in pieces)


def _piece(text: str, text_format: QTextCharFormat, *, is_head: bool) -> str:
    if text_format.hasProperty(Property.MARK):
        return text
    inner = text.strip()
    if not inner:
        return text
    before, after = text[: len(text) - len(text.lstrip())], text[len(text.rstrip()) :]
    if text_format.fontFixedPitch():
        inner = _code_span(inner)
    else:
        inner = _SPECIAL.sub(r"\\\1", inner).replace("\n", "\\\n")
        if text_format.fontStrikeOut():
            inner = f"~~{inner}~~"
        if text_format.fontItalic():
            inner = f"*{inner}*"
        if text_format.fontWeight() >= QFont.Weight.DemiBold and not is_head:
            inner = f"**{inner}**"
    anchor = read_anchor(text_format.anchorHref())
    if isinstance(anchor, LinkAnchor):
        inner = f"[{inner}](<{anchor.url}>)"
    return before + inner + after


def _code_span(text: str) -> str:
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * (longest + 1)
    edge = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{fence}{edge}{text}{edge}{fence}"


def _fenced(code: str) -> str:
    longest = max((len(run) for run in re.findall("`{3,}", code)), default=2)
    fence = "`" * (longest + 1)
    return f"{fence}\n{code}\n{fence}"


def _row(cells: list[str], *, is_header: bool) -> str:
    line = "| " + " | ".join(cell.replace("\n", " ") for cell in cells) + " |"
    return f"{line}\n|{'---|' * len(cells)}" if is_header else line
