"""Paints code that is scrolled sideways: the part of its lines that is seen, edges, a thin bar."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import (
    QBrush,
    QColor,
    QLinearGradient,
    QPalette,
    QTextCharFormat,
    QTextFormat,
    QTextLayout,
)
from PySide6.QtWidgets import QStyle

if TYPE_CHECKING:
    from PySide6.QtGui import QPainter
    from PySide6.QtWidgets import QTextEdit

    from headwater.ui.answer_format import AnswerFormats
    from headwater.ui.sideways_code import Strip

_THICK = 4.0
_BELOW = 3.0  # pixels between the last line and the bar
_FROM_EDGE = 8.0  # of the window, when the last line is below it
_SHORTEST = 28.0
_FADE = 26.0


class Bar:
    """Where the bar of a strip is, and what its places mean; document coordinates."""

    def __init__(self, strip: Strip, visible: QRectF) -> None:
        """Keep the bar within `visible`, also when the lines go on below."""
        self._strip = strip
        padding = (strip.lines.width() - strip.room) / 2
        top = min(strip.lines.bottom() + _BELOW, visible.bottom() - _FROM_EDGE)
        self.track = QRectF(strip.lines.left() + padding, top, strip.room, _THICK)
        share = strip.room / (strip.room + strip.most)
        self._length = max(_SHORTEST, strip.room * share)

    @property
    def handle(self) -> QRectF:
        """The part that is painted."""
        left = self.track.left() + self._free * self._strip.offset / self._strip.most
        return QRectF(left, self.track.top(), self._length, _THICK)

    def takes(self, place: QPointF) -> bool:
        """Whether a press at `place` is meant for the bar."""
        return self.track.adjusted(0, -_BELOW, 0, _BELOW).contains(place)

    def offset_at(self, left: float) -> float:
        """Return how far the code is scrolled when the handle begins at `left`."""
        return self._strip.most * (left - self.track.left()) / self._free

    @property
    def _free(self) -> float:
        return max(1.0, self.track.width() - self._length)


def paint_lines(painter: QPainter, view: QTextEdit, strip: Strip) -> None:
    """Paint the visible lines of a strip with what is selected of them, as Qt paints others.

    Qt's own document paints no selection beyond the width of its page.
    """
    cursor = view.textCursor()
    selection = QTextLayout.FormatRange()
    selection.format = _selection_look(view)
    painter.save()
    painter.setClipRect(strip.lines, Qt.ClipOperation.IntersectClip)
    block = strip.first
    while True:
        selection.start = cursor.selectionStart() - block.position()
        selection.length = cursor.selectionEnd() - cursor.selectionStart()
        is_selected = selection.start < block.length() and selection.start + selection.length > 0
        selections = [selection] if is_selected and selection.length else []
        place = view.document().documentLayout().blockBoundingRect(block)
        block.layout().draw(painter, place.topLeft() - QPointF(strip.offset, 0), selections)
        if block == strip.last:
            break
        block = block.next()
    painter.restore()


def _selection_look(view: QTextEdit) -> QTextCharFormat:
    palette = view.palette()
    group = QPalette.ColorGroup.Active if view.hasFocus() else QPalette.ColorGroup.Inactive
    look = QTextCharFormat()
    look.setBackground(palette.brush(group, QPalette.ColorRole.Highlight))
    look.setForeground(palette.brush(group, QPalette.ColorRole.HighlightedText))
    if view.style().styleHint(QStyle.StyleHint.SH_RichText_FullWidthSelection, None, view):
        look.setProperty(QTextFormat.Property.FullWidthSelection.value, True)
    return look


def paint_edges(painter: QPainter, formats: AnswerFormats, strip: Strip) -> None:
    """Let the lines fade where they go on out of sight."""
    lines = strip.lines
    painter.setPen(Qt.PenStyle.NoPen)
    for edge, inner, goes_on in (
        (lines.left(), lines.left() + _FADE, strip.offset > 0),
        (lines.right(), lines.right() - _FADE, strip.offset < strip.most),
    ):
        if goes_on:
            fade = QLinearGradient(edge, 0, inner, 0)
            clear = QColor(formats.theme.code)
            clear.setAlphaF(0)
            fade.setColorAt(0, formats.theme.code)
            fade.setColorAt(1, clear)
            area = QRectF(min(edge, inner), lines.top(), _FADE, lines.height())
            painter.fillRect(area, QBrush(fade))


def paint_bar(painter: QPainter, formats: AnswerFormats, bar: Bar) -> None:
    """Paint the handle of a bar."""
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(formats.theme.disabled)
    painter.drawRoundedRect(bar.handle, _THICK / 2, _THICK / 2)
