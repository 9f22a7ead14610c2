"""When Python's cycles are collected: on the Qt thread, and only when something has happened.

Left to itself, CPython collects on whatever thread allocates next. On the archive's thread it then
destroys widgets and timers there, and the process dies (seen: QTimerInfoList::activateTimers).
"""

from __future__ import annotations

import gc

from PySide6.QtCore import QObject, QTimer

_QUIET = 3000  # milliseconds after the last activity until everything is looked through


class GarbageCollector(QObject):
    """Takes over from the automatic collector; `look` is cheap and may be called every frame."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._was_enabled = gc.isenabled()
        gc.disable()
        gc.collect()
        gc.freeze()  # what the start has made stays; it need not be looked through each time
        self._thresholds = gc.get_threshold()
        self._whole = QTimer(self)
        self._whole.setSingleShot(True)
        self._whole.setInterval(_QUIET)
        self._whole.timeout.connect(gc.collect)

    def look(self) -> None:
        """Collect the young objects if there are many, and all of them once it is quiet."""
        young, middle, _ = gc.get_count()
        if middle > self._thresholds[1]:
            gc.collect(1)
        elif young > self._thresholds[0]:
            gc.collect(0)
        self._whole.start()

    def postpone(self) -> None:
        """Let whoever types finish: after a megabyte was shown, all of it takes some 60 ms."""
        if self._whole.isActive():
            self._whole.start()

    def close(self) -> None:
        """Hand back to the automatic collector, for whoever runs after the window."""
        self._whole.stop()
        gc.unfreeze()
        gc.collect()
        if self._was_enabled:
            gc.enable()
