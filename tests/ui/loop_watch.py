"""How long the window could not have answered, as a timer of 10 ms sees it."""

from __future__ import annotations

import time
from collections.abc import Callable

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QApplication

BEAT = 10  # milliseconds


class LoopWatch:
    """Notes the longest turn of the loop in this thread's processor time.

    Unlike the time on the wall it does not count what other programs do meanwhile.
    """

    def __init__(self) -> None:
        self.longest = 0.0
        self._before = time.thread_time()
        self._timer = QTimer()
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(BEAT)
        self._timer.timeout.connect(self._note)
        self._timer.start()

    def run_until(self, is_done: Callable[[], bool], most: float = 60.0) -> None:
        """Process events until `is_done`.

        Raises:
            AssertionError: it is not done within `most` seconds.
        """
        until = time.monotonic() + most
        while not is_done():
            QApplication.processEvents()
            assert time.monotonic() < until, "it is never done"

    def stop(self) -> float:
        """Return the longest turn in seconds; watch no more."""
        self._note()
        self._timer.stop()
        self._timer.deleteLater()
        return self.longest

    def _note(self) -> None:
        now = time.thread_time()
        self.longest = max(self.longest, now - self._before)
        self._before = now
