"""What the painter has to know of a block's format, read from Qt once for each format."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt

from headwater.ui.answer_format import Property, Role

if TYPE_CHECKING:
    from PySide6.QtGui import QTextBlock


@dataclass(frozen=True, slots=True)
class BlockLook:
    """Lengths in pixels; `quotes` are the places of the bars to the left, as "id:x".

    A mirrored block is read from right to left. Under a bare one nothing is painted but what its
    text brings along: chips, inline code.
    """

    role: int
    line_height: float
    is_tall: bool
    is_mirrored: bool
    continues: bool
    top_margin: float
    left_margin: float
    column: int
    group: int
    label: str
    quotes: tuple[str, ...]
    is_bare: bool


_GROUNDED = frozenset((Role.CODE, Role.CODE_LABEL, Role.RULE, Role.CELL, Role.HEADER_CELL))


class BlockLooks:
    """Remembers looks by the number that the document gave the format."""

    def __init__(self) -> None:
        self._looks: dict[int, BlockLook] = {}

    def of(self, block: QTextBlock) -> BlockLook:
        """Return the look of `block`."""
        index = block.blockFormatIndex()
        look = self._looks.get(index)
        if look is None:
            look = self._looks[index] = _look(block)
        return look

    def clear(self) -> None:
        """Forget everything: a document that was cleared counts its formats anew."""
        self._looks.clear()


def _look(block: QTextBlock) -> BlockLook:
    found = block.blockFormat()
    role = found.intProperty(Property.ROLE)
    quotes = tuple(found.stringProperty(Property.QUOTES).split())
    return BlockLook(
        role=role,
        line_height=found.lineHeight(),
        is_tall=found.boolProperty(Property.TALL),
        is_mirrored=found.layoutDirection() == Qt.LayoutDirection.RightToLeft,
        continues=found.boolProperty(Property.CONTINUES),
        top_margin=found.topMargin(),
        left_margin=found.leftMargin(),
        column=found.intProperty(Property.COLUMN),
        group=found.intProperty(Property.GROUP),
        label=found.stringProperty(Property.LABEL),
        quotes=quotes,
        is_bare=not quotes and role not in _GROUNDED,
    )
