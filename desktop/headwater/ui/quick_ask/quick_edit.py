"""The question box of the quick ask: large, three lines at most, and it takes files as well."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QMimeData, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QWidget

from headwater.ui.composer import QuestionEdit
from headwater.ui.plain_text import one_line
from headwater.ui.styled_property import set_styled_property

_MOST_LINES = 3
_LARGER = 1.25
_LOWER = 2  # pixels; the line then stands in the middle of its row


class QuickEdit(QuestionEdit):
    """Shows the question that was asked in its own place until the next one is typed."""

    erased = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        """Make the box; `take_data` is given what is dropped or pasted, and says if it took it."""
        super().__init__(parent, _MOST_LINES)
        self.take_data: Callable[[QMimeData], bool] = _takes_nothing
        self._asked = ""
        font = self.font()
        font.setPointSizeF(font.pointSizeF() * _LARGER)
        self.setFont(font)
        self.setViewportMargins(0, _LOWER, 0, 0)
        self.fit()

    def show_asked(self, question: str, invitation: str) -> None:
        """Show `question` as asked where nothing is written, or the `invitation` without one."""
        words = one_line(question) if question else invitation
        room = self.viewport().width() - 2 * round(self.document().documentMargin()) - 4
        elided = self.fontMetrics().elidedText(words, Qt.TextElideMode.ElideRight, max(room, 40))
        if elided != self.placeholderText():
            self.setPlaceholderText(elided)
            self.viewport().update()
        if set_styled_property(self, "asked", bool(question)):
            self.fit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Backspace and self.is_empty:
            self.erased.emit()
            event.accept()
            return
        super().keyPressEvent(event)

    def canInsertFromMimeData(self, source: QMimeData) -> bool:
        return source.hasImage() or source.hasUrls() or super().canInsertFromMimeData(source)

    def insertFromMimeData(self, source: QMimeData) -> None:
        if not self.take_data(source):
            super().insertFromMimeData(source)


def _takes_nothing(_data: QMimeData) -> bool:
    return False
