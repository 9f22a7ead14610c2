"""A scroll bar that steps back: where Qt draws its own, only the handle is painted, thin."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractSlider, QScrollBar, QStyle, QStyleOptionSlider, QWidget

_THIN = 3.0  # pixels left free on either side of the handle


class QuietScrollBar(QScrollBar):
    """Paints a handle in one colour; a platform's native scroll bar stays as it is.

    Qt's own style paints gradients, at each step again, for half a millisecond.
    """

    def __init__(self, ground: QColor, handle: QColor, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Vertical, parent)
        self._ground = ground
        self._handle = handle
        self._painted = (0, 0)  # where the handle was when it was painted last, and how long
        self.is_held = False

    def set_colours(self, ground: QColor, handle: QColor) -> None:
        """Paint in these colours from now on."""
        self._ground, self._handle = ground, handle
        self.update()

    @property
    def _is_native(self) -> bool:
        return self.style().name() != "fusion"

    def _find_handle(self) -> tuple[int, int]:
        """Return about where the handle is now, and how long; (0, 0) if there is no way to go."""
        end, page, height = self.maximum(), self.pageStep(), self.height()
        if end <= self.minimum():
            return 0, 0
        return height * self.value() // (end + page), 1 + height * page // (end + page)

    def __enter__(self) -> None:
        """Until the end of the block paint nothing: the handle may come back to where it was.

        Following the end of a long text, it does: the range grows, and the value goes after it.
        """
        self.is_held = True

    def __exit__(self, *_: object) -> None:
        self.is_held = False
        if self._find_handle() != self._painted:
            self.update()

    def sliderChange(self, change: QAbstractSlider.SliderChange) -> None:
        """Have a handle painted that is elsewhere."""
        if not self.is_held:
            super().sliderChange(change)

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._is_native:
            super().paintEvent(event)
            return
        self._painted = self._find_handle()
        with QPainter(self) as painter:
            painter.fillRect(event.rect(), self._ground)
            if self._painted == (0, 0):
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
