"""A scroll bar that is painted when its handle has moved, and not with every step of the text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QScrollBar

if TYPE_CHECKING:
    from PySide6.QtGui import QPaintEvent
    from PySide6.QtWidgets import QAbstractSlider, QWidget


class QuietScrollBar(QScrollBar):
    """Leaves out the paintings that would look like the last one, of some 0.1 ms each."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Vertical, parent)
        self._painted = (0, 0)  # where the handle was when it was painted last, and how long
        self.is_held = False

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
        """Take note of where the handle is painted."""
        self._painted = self._find_handle()
        super().paintEvent(event)
