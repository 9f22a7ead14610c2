"""A process whose window is shown by a key from anywhere; it tells when the caret is painted.

`python -m tests.benchmarks.quick_probe bare|headwater FOLDER` prints `ready`, then a line with the
monotonic clock in seconds each time the window has become active and painted its text box, and
`text N` with the number of characters in the box for each line read from standard input.
"""

from __future__ import annotations

import os
import sys
import time

os.environ["QT_API"] = "pyside6"

from PySide6.QtCore import QEvent, QObject, QSocketNotifier, Qt, QTimer
from PySide6.QtWidgets import QApplication, QPlainTextEdit, QWidget


class Watch(QObject):
    """Prints the moment of the first paint after each activation."""

    def __init__(self, window: QWidget, edit: QPlainTextEdit) -> None:
        super().__init__(window)
        self._window = window
        self._edit = edit
        self._is_told = True
        window.installEventFilter(self)
        edit.viewport().installEventFilter(self)
        self._input = QSocketNotifier(sys.stdin.fileno(), QSocketNotifier.Type.Read, self)
        self._input.activated.connect(self._answer)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        kind = event.type()
        if kind == QEvent.Type.Show:
            self._is_told = False
        elif kind in (QEvent.Type.Paint, QEvent.Type.WindowActivate):
            QTimer.singleShot(0, self, self._look)
        return False

    def _look(self) -> None:
        if not self._is_told and self._edit.hasFocus() and self._window.isActiveWindow():
            self._is_told = True
            print(time.monotonic(), flush=True)

    def _answer(self) -> None:
        if sys.stdin.readline():
            print(f"text {len(self._edit.toPlainText())}", flush=True)


def show_bare() -> None:
    """Show a plain window with the same key and a text box of Qt's own."""
    from headwater.domain.shortcut import KeyCombination
    from headwater.ui.hotkey.x11 import X11Hotkey

    application = QApplication([])
    window = QPlainTextEdit()
    window.setWindowFlags(Qt.WindowType.Tool | Qt.WindowType.FramelessWindowHint)
    window.resize(640, 52)
    window.winId()
    Watch(window, window)

    def toggle(_token: str) -> None:
        if window.isVisible():
            window.hide()
        else:
            window.show()
            window.activateWindow()

    connection = int(application.nativeInterface().connection())  # type: ignore[attr-defined]
    hotkey = X11Hotkey(lambda _: None, toggle, application, connection)
    hotkey.bind(KeyCombination.parse("Ctrl+Alt+Space"))
    print("ready", flush=True)
    application.exec()


def show_headwater(folder: str) -> None:
    """Run the program hidden, as it starts at a login."""
    from headwater import app
    from headwater.domain.summons import Summons
    from headwater.presence import Presence

    os.environ["HEADWATER_DATA_DIR"] = folder
    begin = Presence.begin

    def begin_and_tell(presence: Presence, summons: Summons) -> None:
        begin(presence, summons)
        Watch(presence.window, presence.window.edit)
        # Said when all the late work of the start is done.
        QTimer.singleShot(1500, presence.window, lambda: print("ready", flush=True))

    Presence.begin = begin_and_tell  # type: ignore[method-assign,assignment]
    sys.exit(app.run(["--provider", "demo", "--hidden"]))


if __name__ == "__main__":
    if sys.argv[1] == "bare":
        show_bare()
    else:
        show_headwater(sys.argv[2])
