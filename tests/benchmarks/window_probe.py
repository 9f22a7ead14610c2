"""A process that opens one window and tells when it can be seen and typed into.

`python -m tests.benchmarks.window_probe empty|headwater|headwater-demo FOLDER [idle]` prints one
line when the window is painted and has an active text box; with `idle` it prints a second line
three seconds later: its resident memory in kilobytes.
"""

from __future__ import annotations

import gc
import os
import sys
from pathlib import Path


def resident_kilobytes() -> int:
    """Return this process's resident memory (VmRSS of proc(5))."""
    status = Path("/proc/self/status").read_text()
    line = next(line for line in status.splitlines() if line.startswith("VmRSS:"))
    return int(line.split()[1])


def watch(window: object, idle: bool) -> None:
    """Print when `window` has been painted, then end or go on to the memory."""
    from PySide6.QtCore import QEvent, QObject, QTimer
    from PySide6.QtWidgets import QWidget

    assert isinstance(window, QWidget)

    class Watch(QObject):
        painted = False

        def eventFilter(self, watched: QObject, event: QEvent) -> bool:
            if event.type() == QEvent.Type.Paint and not self.painted:
                self.painted = True
                QTimer.singleShot(0, self, self.tell)
            return False

        def tell(self) -> None:
            print("painted", flush=True)
            if idle:
                QTimer.singleShot(3000, self, self.weigh)
            else:
                os._exit(0)

        def weigh(self) -> None:
            print(resident_kilobytes(), flush=True)
            os._exit(0)

    window.watch = Watch(window)  # type: ignore[attr-defined]
    window.installEventFilter(window.watch)  # type: ignore[attr-defined]


def open_empty(idle: bool) -> None:
    """Open a bare PySide6 window with a text browser and a box to type into."""
    from PySide6.QtWidgets import (
        QApplication,
        QMainWindow,
        QPlainTextEdit,
        QTextBrowser,
        QVBoxLayout,
        QWidget,
    )

    application = QApplication([])
    window = QMainWindow()
    centre = QWidget()
    column = QVBoxLayout(centre)
    column.addWidget(QTextBrowser())
    box = QPlainTextEdit()
    column.addWidget(box)
    window.setCentralWidget(centre)
    window.resize(1280, 800)
    box.setFocus()
    watch(window, idle)
    window.show()
    application.exec()


def open_headwater(folder: str, idle: bool) -> None:
    """Open Headwater as its users do, in a data folder of its own."""
    gc.disable()  # as `headwater` itself begins
    from headwater import app
    from headwater.ui.main_window import MainWindow

    shown = MainWindow.show

    def show(window: MainWindow) -> None:
        watch(window, idle)
        shown(window)

    MainWindow.show = show  # type: ignore[method-assign,assignment]
    os.environ["HEADWATER_DATA_DIR"] = folder
    app.run([])


if __name__ == "__main__":
    what, place, *rest = sys.argv[1:]
    if what == "empty":
        open_empty(bool(rest))
    else:
        open_headwater(place, bool(rest))
