"""What layout and painting have to know of a block's format, read from Qt once for each format."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QTextBlockFormat, QTextOption

from headwater.ui.answer_format import Property, Role

if TYPE_CHECKING:
    from PySide6.QtGui import QTextBlock, QTextDocument

_FIXED = QTextBlockFormat.LineHeightTypes.FixedHeight.value
_SIDES = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignRight


@dataclass(frozen=True, slots=True)
class BlockLook:
    """Lengths in pixels; `quotes` are the places of the bars to the left, as "id:x".

    A mirrored block is read from right to left. Under a bare one nothing is painted but what its
    text brings along: chips, inline code.
    """

    role: int
    above: float
    below: float
    left: float
    right: float
    indent: float  # of the first line
    begin: float  # how far from the left that stands
    line_height: float
    baseline: float  # how far below the top of a line letters stand
    option: QTextOption
    is_fixed: bool  # no line is higher than the others
    is_tall: bool  # its lines are as high as what stands in them
    is_unbroken: bool  # its lines go on out of sight, and can be shifted
    is_mirrored: bool
    continues: bool
    table: int  # 0 for what is no row
    group: int
    label: str
    quotes: tuple[str, ...]
    is_bare: bool


_GROUNDED = frozenset((Role.CODE, Role.CODE_LABEL, Role.RULE, Role.CELL, Role.HEADER_CELL))


class BlockLooks:
    """Remembers looks by the number that the document gave the format."""

    def __init__(self, document: QTextDocument) -> None:
        self._document = document
        self._looks: dict[int, BlockLook] = {}

    def of(self, block: QTextBlock) -> BlockLook:
        """Return the look of `block`."""
        index = block.blockFormatIndex()
        look = self._looks.get(index)
        if look is None:
            look = self._looks[index] = self._read(block.blockFormat())
        return look

    def clear(self) -> None:
        """Forget everything: a document that was cleared counts its formats anew."""
        self._looks.clear()

    def _read(self, found: QTextBlockFormat) -> BlockLook:
        role = found.intProperty(Property.ROLE)
        quotes = tuple(found.stringProperty(Property.QUOTES).split())
        is_mirrored = found.layoutDirection() == Qt.LayoutDirection.RightToLeft
        return BlockLook(
            role=role,
            above=found.topMargin(),
            below=found.bottomMargin(),
            left=found.leftMargin(),
            right=found.rightMargin(),
            indent=found.textIndent(),
            begin=found.leftMargin() + (0.0 if is_mirrored else found.textIndent()),
            line_height=found.lineHeight(),
            baseline=int(64 * found.lineHeight()) * 4 // 5 / 64,
            option=self._option(found, is_mirrored=is_mirrored),
            is_fixed=found.lineHeightType() == _FIXED,
            is_tall=found.boolProperty(Property.TALL),
            is_unbroken=found.nonBreakableLines(),
            is_mirrored=is_mirrored,
            continues=found.boolProperty(Property.CONTINUES),
            table=found.intProperty(Property.TABLE),
            group=found.intProperty(Property.GROUP),
            label=found.stringProperty(Property.LABEL),
            quotes=quotes,
            is_bare=not quotes and role not in _GROUNDED,
        )

    def _option(self, found: QTextBlockFormat, *, is_mirrored: bool) -> QTextOption:
        option = QTextOption(self._document.defaultTextOption())
        directions = Qt.LayoutDirection
        option.setTextDirection(directions.RightToLeft if is_mirrored else directions.LeftToRight)
        if stops := found.tabPositions():
            option.setTabs(stops)
        option.setAlignment(_visual(found.alignment(), is_mirrored=is_mirrored))
        if found.nonBreakableLines():
            option.setWrapMode(QTextOption.WrapMode.NoWrap)
        return option


def _visual(alignment: Qt.AlignmentFlag, *, is_mirrored: bool) -> Qt.AlignmentFlag:
    """Return the alignment on the screen: text read from right to left has its own left."""
    if not alignment & Qt.AlignmentFlag.AlignHorizontal_Mask:
        alignment |= Qt.AlignmentFlag.AlignLeft
    if alignment & Qt.AlignmentFlag.AlignAbsolute or not alignment & _SIDES:
        return alignment
    if is_mirrored:
        alignment ^= _SIDES
    return alignment | Qt.AlignmentFlag.AlignAbsolute
