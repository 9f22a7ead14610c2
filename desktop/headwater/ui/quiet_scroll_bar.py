"""A scroll bar that steps back: where Qt draws its own, only the handle is painted, thin."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QScrollBar, QStyle, QStyleOptionSlider, QWidget

_THIN = 3.0  # pixels left free on either side of the handle


class QuietScrollBar(QScrollBar):
    """Paints a handle in one colour; a platform's native scroll bar stays as it is.

    Qt's own style paints gradients, at each step again, for half a millisecond.
    """

    def __init__(self, ground: QColor, handle: QColor, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Vertical, parent)
        self._ground = ground
        self._handle = handle

    def set_colours(self, ground: QColor, handle: QColor) -> None:
        """Paint in these colours from now on."""
        self._ground, self._handle = ground, handle
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        if self.style().name() != "fusion":
            super().paintEvent(event)
            return
        with QPainter(self) as painter:
            painter.fillRect(event.rect(), self._ground)
            if self.maximum() <= self.minimum():
                return
            option = QStyleOptionSlider()
            self.initStyleOption(option)
            handle = QRectF(
                self.style().subControlRect(
                    QStyle.ComplexControl.CC_ScrollBar,
                    option,
                    QStyle.SubControl.SC_ScrollBarSlider,
                    self,
                )
            ).adjusted(_THIN + 1, 2, -_THIN - 1, -2)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self._handle)
            painter.drawRoundedRect(handle, handle.width() / 2, handle.width() / 2)
