"""Paints over code that is scrolled sideways: its edges and a thin bar."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import (
    QBrush,
    QColor,
    QLinearGradient,
)

if TYPE_CHECKING:
    from PySide6.QtGui import QPainter

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
