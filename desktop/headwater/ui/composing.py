"""Enter and Esc belong to an input method while it composes: they end its word, not a dialog."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QInputMethodEvent, QKeyEvent
from PySide6.QtWidgets import QLineEdit, QPlainTextEdit, QWidget

_KEYS = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Escape)


def leave_keys_to_input_method(dialog: QWidget) -> None:
    """Let Enter and Esc of an input method that composes in a box there do nothing else."""
    for box in dialog.findChildren(QWidget):
        if isinstance(box, QLineEdit | QPlainTextEdit):
            place = box.focusProxy() or box  # that of a number or a list takes the keys itself
            place.installEventFilter(_KeyKeeper(place))


class _KeyKeeper(QObject):
    """Knows from the events of one box whether something is composed in it."""

    def __init__(self, edit: QWidget) -> None:
        super().__init__(edit)
        self._composes = False

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QInputMethodEvent):
            self._composes = bool(event.preeditString())
        elif event.type() == QEvent.Type.FocusOut:
            self._composes = False
        elif self._composes and isinstance(event, QKeyEvent) and event.key() in _KEYS:
            event.accept()
            return event.type() != QEvent.Type.KeyRelease
        return False
