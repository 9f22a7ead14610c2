"""The program that somebody works in when the key is pressed; writes down what reaches it.

Started with the path of a file, which becomes a list of JSON lines: a key's text, or its name with
what is held, and each time that the window gets or loses the focus.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import QApplication, QWidget

_HELD = (Qt.Key.Key_Control, Qt.Key.Key_Alt, Qt.Key.Key_Shift, Qt.Key.Key_Meta)
_LOCKS = (Qt.Key.Key_NumLock, Qt.Key.Key_CapsLock)


class OtherWindow(QWidget):
    """Takes every key."""

    def __init__(self, record: Path) -> None:
        super().__init__()
        self._record = record
        self.setWindowTitle("Another program")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.resize(400, 300)

    def _write(self, **fact: object) -> None:
        with self._record.open("a", encoding="utf-8") as file:
            file.write(json.dumps(fact) + "\n")

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in _HELD + _LOCKS:
            return
        text = event.text()
        has_alt = bool(event.modifiers() & Qt.KeyboardModifier.AltModifier)
        if not text or not text.isprintable() or has_alt:
            text = f"<{QKeySequence(event.keyCombination()).toString()}>"
        self._write(key=text)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.ActivationChange:
            self._write(is_active=self.isActiveWindow())


def main() -> int:
    """Show the window until somebody ends the process."""
    application = QApplication([])
    window = OtherWindow(Path(sys.argv[1]))
    window.show()
    return application.exec()


if __name__ == "__main__":
    sys.exit(main())
