"""What can be read in an answer, as lines of text: for documents that say how it should look.

paragraph | Plain **bold** _italic_ ~struck~ `code` <https://a.example/>link</> {1}
> paragraph 14 | in a quote, 14 pixels in
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QFont

from headwater.ui.anchor import LinkAnchor, SourceAnchor, read_anchor
from headwater.ui.answer_format import Property, Role
from headwater.ui.answer_layout import AnswerLayout

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from PySide6.QtGui import QTextBlock, QTextCharFormat

_NAMES = {
    Role.BODY: "paragraph",
    Role.HEADING: "heading",
    Role.CODE: "code",
    Role.CODE_LABEL: "label",
    Role.CELL: "cell",
    Role.HEADER_CELL: "header",
    Role.RULE: "rule",
}
_SIDES = {Qt.AlignmentFlag.AlignRight: " right", Qt.AlignmentFlag.AlignHCenter: " centre"}


def outline(blocks: Iterable[QTextBlock]) -> str:
    """Return a line for each block and each cell that shows anything."""
    lines = (line for block in blocks for line in (*_cells(block), _line(block)))
    return "".join(f"{line}\n" for line in lines if line)


def _cells(block: QTextBlock) -> Iterator[str]:
    table = block.blockFormat().intProperty(Property.TABLE)
    layout = block.document().documentLayout()
    if table and isinstance(layout, AnswerLayout):
        role = Role(block.blockFormat().intProperty(Property.ROLE))
        cells = "".join(_pieces(block, role)).split("↵")
        for cell, align in zip(cells, layout._tables[table].aligns, strict=True):
            side = {"right": " right", "center": " centre"}.get(align, "")
            yield f"{_NAMES[role]}{side} | {cell}" if cell else ""


def _line(block: QTextBlock) -> str:
    form = block.blockFormat()
    if form.intProperty(Property.TABLE):
        return ""
    if not block.text() and form.intProperty(Property.ROLE) != Role.CODE:
        return ""
    role = Role(form.intProperty(Property.ROLE))
    text = "".join(_pieces(block, role))
    quotes = "> " * len(form.stringProperty(Property.QUOTES).split())
    level = f" {form.headingLevel()}" if form.headingLevel() else ""
    is_mirrored = form.layoutDirection() == Qt.LayoutDirection.RightToLeft
    stands_in = form.rightMargin() if is_mirrored else form.leftMargin()
    indent = f" {stands_in:.0f}" if stands_in and role is not Role.CODE else ""
    indent += " from right" if indent and is_mirrored else ""
    side = _SIDES.get(form.alignment() & Qt.AlignmentFlag.AlignHorizontal_Mask, "")
    label = form.stringProperty(Property.LABEL)
    where = f"{quotes}{_NAMES[role]}{level}{indent}{side if role is not Role.CODE_LABEL else ''}"
    return f"{where} | {label if role is Role.CODE_LABEL else text}".rstrip()


def _pieces(block: QTextBlock, role: Role) -> Iterator[str]:
    bold = QFont.Weight.DemiBold if role not in (Role.HEADING, Role.HEADER_CELL) else 1000
    at = block.begin()
    while not at.atEnd():
        fragment = at.fragment()
        at += 1
        yield _marked(fragment.text(), fragment.charFormat(), bold, is_code=role is Role.CODE)


def _marked(text: str, look: QTextCharFormat, bold: int, *, is_code: bool) -> str:
    if mark := look.property(Property.MARK):
        is_known = isinstance(read_anchor(look.anchorHref()), SourceAnchor)
        if look.property(Property.PAD):
            return text.strip() and text
        return f"{{{mark}}}" if is_known else text
    if look.boolProperty(Property.OURS):
        return ""
    text = text.replace("\t", "→").replace("\u2028", "↵").replace("\u00a0", "·")
    if is_code:
        return text
    for sign, is_on in (
        ("`", look.fontFixedPitch()),
        ("~", look.fontStrikeOut()),
        ("_", look.fontItalic()),
        ("**", look.fontWeight() >= bold),
    ):
        if is_on:
            text = f"{sign}{text}{sign}"
    anchor = read_anchor(look.anchorHref())
    return f"<{anchor.url}>{text}</>" if isinstance(anchor, LinkAnchor) else text
