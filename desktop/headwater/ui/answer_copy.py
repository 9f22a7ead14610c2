"""What leaves an answer by copying: plain text without our own marks, and harmless HTML."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from headwater.domain.text_guard import LINE
from headwater.ui.anchor import LinkAnchor, SourceAnchor, read_anchor
from headwater.ui.answer_format import Property, Role
from headwater.ui.answer_html import CHARSET, mark_html

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from PySide6.QtGui import QTextBlock, QTextCharFormat, QTextCursor

    from headwater.domain.source import Source

_CELLS = (Role.CELL, Role.HEADER_CELL)
_LEFT_OUT = (Role.FOOTER, Role.CODE_LABEL)


def selected_text(cursor: QTextCursor) -> str:
    """Return the selection as plain text: marks as `[n]`, rows of tables with tabs."""
    return "".join(
        gap + "".join(text for text, _ in pieces) for gap, _, pieces in selected_blocks(cursor)
    )


def selected_marks(cursor: QTextCursor) -> list[SourceAnchor]:
    """Return the marks in the selection that have a source, each once, in order."""
    found: dict[SourceAnchor, None] = {}
    for _, _, pieces in selected_blocks(cursor):
        for _, text_format in pieces:
            anchor = read_anchor(text_format.anchorHref())
            if isinstance(anchor, SourceAnchor):
                found[anchor] = None
    return list(found)


def selected_html(cursor: QTextCursor, sources: Mapping[SourceAnchor, Source] | None = None) -> str:
    """Return the selection as HTML that refers to nothing but its http, https and mailto links.

    Marks become links to their `sources`.
    """
    parts: list[str] = []
    in_code = in_table = False
    for gap, block, pieces in selected_blocks(cursor):
        role = block.blockFormat().intProperty(Property.ROLE) or Role.CELL
        inner = "".join(
            _tagged(text, text_format, sources or {}) for text, text_format in _whole_marks(pieces)
        )
        if in_table and (role not in _CELLS or gap == "\n\n"):
            parts.append("</tr></table>")
            in_table = False
        if role in _CELLS:
            if in_code:
                parts.append("</pre>")
                in_code = False
            parts.append(
                "" if gap == "\t" and in_table else "</tr><tr>" if in_table else "<table><tr>"
            )
            tag = "th" if role == Role.HEADER_CELL else "td"
            parts.append(f"<{tag}>{inner}</{tag}>")
            in_table = True
            continue
        if role == Role.CODE:
            parts.append(gap if in_code else "<pre>")
            parts += [escape(text) for text, _ in pieces]
            in_code = True
            continue
        if in_code:
            parts.append("</pre>")
            in_code = False
        level = block.blockFormat().headingLevel()
        tag = f"h{level}" if role == Role.HEADING and level else "p"
        parts.append(f"<{tag}>{inner}</{tag}>")
    if in_table:
        parts.append("</tr></table>")
    if in_code:
        parts.append("</pre>")
    return CHARSET + "".join(parts)


def _whole_marks(
    pieces: list[tuple[str, QTextCharFormat]],
) -> list[tuple[str, QTextCharFormat]]:
    """Return the pieces with those of one mark, its number and its brackets, as one."""
    whole: list[tuple[str, QTextCharFormat]] = []
    for text, text_format in pieces:
        mark = text_format.stringProperty(Property.MARK)
        if mark and whole and not whole[-1][0].endswith("]"):
            before, earlier = whole[-1]
            if earlier.stringProperty(Property.MARK) == mark:
                whole[-1] = (before + text, earlier)
                continue
        whole.append((text, text_format))
    return whole


def _tagged(text: str, text_format: QTextCharFormat, sources: Mapping[SourceAnchor, Source]) -> str:
    shown = escape(text).replace("\n", "<br>")
    anchor = read_anchor(text_format.anchorHref())
    if text_format.fontFixedPitch() or text_format.hasProperty(Property.FORMULA):
        shown = f"<code>{shown}</code>"
    if text_format.fontItalic():
        shown = f"<i>{shown}</i>"
    if isinstance(anchor, LinkAnchor):
        shown = f'<a href="{escape(anchor.url, quote=True)}">{shown}</a>'
    if isinstance(anchor, SourceAnchor):
        shown = mark_html(text, sources.get(anchor))
    return shown


def selected_blocks(
    cursor: QTextCursor,
) -> Iterator[tuple[str, QTextBlock, list[tuple[str, QTextCharFormat]]]]:
    """Yield what stands before each selected block or cell, the block and the selected pieces."""
    start, end = cursor.selectionStart(), cursor.selectionEnd()
    block = cursor.document().findBlock(start)
    gap = ""
    previous = 0
    while block.isValid() and block.position() < end:
        role = block.blockFormat().intProperty(Property.ROLE)
        if role not in _LEFT_OUT and role:
            separator = gap and _separator(block, role, previous)
            pieces = _pieces(block, start, end)
            if role in _CELLS:
                is_whole = end >= block.position() + block.length()
                for cell in _cells(pieces, is_whole=is_whole):
                    yield separator, block, cell
                    separator = "\t"
            else:
                yield separator, block, [(text.replace(LINE, "\n"), look) for text, look in pieces]
            gap, previous = "\n", role
        block = block.next()


def _separator(block: QTextBlock, role: int, previous: int) -> str:
    block_format = block.blockFormat()
    if role in _CELLS and previous in _CELLS:
        return "\n" if role == Role.CELL else "\n\n"
    if block_format.boolProperty(Property.CONTINUES):
        return "" if role == Role.CODE else " "
    is_list = block_format.textIndent() < 0 and block.previous().blockFormat().textIndent() < 0
    if role == previous == Role.CODE or role == previous == Role.QUESTION or is_list:
        return "\n"
    return "\n\n"


def _pieces(block: QTextBlock, start: int, end: int) -> Iterator[tuple[str, QTextCharFormat]]:
    at_block = block.begin()
    while not at_block.atEnd():
        fragment = at_block.fragment()
        at_block += 1
        first = max(start, fragment.position())
        last = min(end, fragment.position() + fragment.length())
        text_format = fragment.charFormat()
        if first >= last or text_format.hasProperty(Property.OURS):
            continue
        text = _within(fragment.text(), first - fragment.position(), last - fragment.position())
        if text_format.hasProperty(Property.FORMULA):
            # One character stands for a formula; equal ones beside each other are one piece.
            yield text_format.stringProperty(Property.FORMULA) * (last - first), text_format
            continue
        if text_format.hasProperty(Property.PAD):
            text = text_format.stringProperty(Property.PAD)
        if not text_format.fontFixedPitch():
            text = text.replace("\t", " ")
        yield text, text_format


def _cells(
    pieces: Iterable[tuple[str, QTextCharFormat]], *, is_whole: bool
) -> list[list[tuple[str, QTextCharFormat]]]:
    """Return the pieces of each cell; the last one is there if any of it is selected."""
    cells: list[list[tuple[str, QTextCharFormat]]] = [[]]
    for text, look in pieces:
        first, *further = (text,) if look.hasProperty(Property.FORMULA) else text.split(LINE)
        cells[-1] += [(first, look)] if first else []
        cells += ([(part, look)] if part else [] for part in further)
    return cells if is_whole or cells[-1] else cells[:-1]


def _within(text: str, start: int, end: int) -> str:
    """Return a part of `text` given in UTF-16 code units."""
    if text.isascii():
        return text[start:end]
    raw = text.encode("utf-16-le", "surrogatepass")[2 * start : 2 * end]
    return raw.decode("utf-16-le", "replace")
