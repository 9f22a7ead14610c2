"""When to draw: once a frame, sooner if a frame was too short for it, never without a change."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QElapsedTimer, QObject, Qt, QTimer

FRAME = 33  # milliseconds; thirty pictures a second read as continuous
_UNTIL_REST = 1 / 3  # of a frame, until what it had no time for is gone on with
_LEAST_PAUSE = 1 / 8  # of a frame, which is left to others then


def _nothing() -> None:
    pass


class FrameClock(QObject):
    """Calls each requested callback once on the next frame; an idle clock runs no timer.

    What a callback requests of others belongs to its own frame: one takes the news, the other
    draws them. Where the first take all of a frame, others have their turn before the next ones.
    `ticked` is called after the callbacks of a frame.
    """

    def __init__(self, parent: QObject | None = None, frame: int = FRAME) -> None:
        """Take the length of a frame in milliseconds."""
        super().__init__(parent)
        self._frame = frame
        self.ticked: Callable[[], None] = _nothing
        self._wanted: dict[Callable[[], None], None] = {}
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._tick)
        self._since = QElapsedTimer()

    def request(
        self, callback: Callable[[], None], *, is_first: bool = False, is_rest: bool = False
    ) -> None:
        """Call `callback` on the next frame, once however often it is requested.

        What brings news comes first: drawn before, they would be seen a frame later. For the rest
        of what a frame had no time for the next one comes in a third of its time, but never at
        once: there is much to do, and in between others have their turn.
        """
        if is_first:
            self._wanted = {callback: None, **self._wanted}
        else:
            self._wanted[callback] = None
        if is_rest or not self._timer.isActive():
            frame = int(self._frame * _UNTIL_REST) if is_rest else self._frame
            pause = int(self._frame * _LEAST_PAUSE) if is_rest else 0
            waited = self._since.elapsed() if self._since.isValid() else frame
            wait = max(pause, frame - int(waited))
            if not self._timer.isActive() or wait < self._timer.remainingTime():
                self._timer.start(wait)

    def hurry(self) -> None:
        """Have the next frame at once, if anything is requested: somebody waits for it."""
        if self._wanted:
            self._timer.start(0)

    def forget(self, callback: Callable[[], None]) -> None:
        """Do not call `callback` after all."""
        self._wanted.pop(callback, None)

    def stop(self) -> None:
        """Call nothing that was requested so far."""
        self._timer.stop()
        self._wanted.clear()

    def _tick(self) -> None:
        self._since.start()
        called: set[Callable[[], None]] = set()
        while callback := next((each for each in self._wanted if each not in called), None):
            if called and self._frame and self._since.elapsed() > self._frame:
                self._timer.start(int(self._frame * _LEAST_PAUSE))
                break
            del self._wanted[callback]
            called.add(callback)
            callback()
        if not self._wanted:
            self._timer.stop()
        self.ticked()
