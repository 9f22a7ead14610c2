"""The loop that Qt and asyncio share: qasync's, with timers that end when they are cancelled.

qasync 0.28 lets the Qt timer of a cancelled call run until its time. A limit of five minutes around
each read of an answer left thousands of them behind, to wake an idle program one after the other.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable
from contextvars import Context

import qasync
from PySide6.QtCore import QObject, Qt, QTimerEvent
from PySide6.QtWidgets import QApplication

_LONGEST = 2**31 - 1  # milliseconds that Qt can wait


class EventLoop(qasync.QEventLoop):  # type: ignore[misc]
    """Runs tasks, sockets and timers of asyncio within Qt's own event loop."""

    def __init__(self, application: QApplication) -> None:
        super().__init__(application)
        self._timer = _Timers()  # what qasync starts and stops by this name

    def call_later(
        self,
        delay: float,
        callback: Callable[..., object],
        *args: object,
        context: Context | None = None,
    ) -> asyncio.Handle:
        """Call `callback` after `delay` seconds, never sooner."""
        return self._timer.add_callback(_LaterCall(callback, args, self, context), delay)


class _LaterCall(asyncio.Handle):
    """A call that takes its timer along when it is cancelled."""

    __slots__ = ("end_timer",)
    end_timer: Callable[[], object]

    def cancel(self) -> None:
        if not self.cancelled():
            super().cancel()
            self.end_timer()


class _Timers(QObject):
    """Keeps one Qt timer for each call that is still to come."""

    def __init__(self) -> None:
        super().__init__()
        self._calls: dict[int, asyncio.Handle] = {}

    def add_callback(self, call: asyncio.Handle, delay: float = 0) -> asyncio.Handle:
        """Run `call` after `delay` seconds; those that asyncio makes itself, for signals, too."""
        milliseconds = min(_LONGEST, max(0, math.ceil(delay * 1000)))
        # A coarse timer, which qasync has, may come 5 % before its time.
        timer_id = self.startTimer(milliseconds, Qt.TimerType.PreciseTimer)
        self._calls[timer_id] = call
        if isinstance(call, _LaterCall):
            call.end_timer = lambda: self._end(timer_id)
        return call

    def stop(self) -> None:
        """Run nothing any more."""
        for timer_id in tuple(self._calls):
            self._end(timer_id)

    def set_debug(self, enabled: bool) -> None:  # noqa: FBT001 - qasync calls it so
        """Take note of what asyncio calls debugging; there is nothing to do."""

    def _end(self, timer_id: int) -> asyncio.Handle | None:
        call = self._calls.pop(timer_id, None)
        if call is not None:
            self.killTimer(timer_id)
        return call

    def timerEvent(self, event: QTimerEvent) -> None:  # noqa: N802 - Qt's name
        call = self._end(event.timerId())
        if call is not None:
            call._run()  # noqa: SLF001 - what asyncio's own loops call
