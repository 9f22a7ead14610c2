"""Runs blocking calls in order on one thread that never keeps the program from ending."""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, TypeVar

_T = TypeVar("_T")


def _never() -> None:
    return None


@dataclass(frozen=True, slots=True)
class _Call:
    """A job on its way to the thread, and who waits for it."""

    job: Callable[[], Any]
    loop: asyncio.AbstractEventLoop
    future: asyncio.Future[Any]

    def run(self) -> None:
        try:
            result, error = self.job(), None
        except BaseException as raised:  # noqa: BLE001 - it belongs to whoever awaits the future
            result, error = None, raised
        # A closed loop raises: nobody is left to tell.
        with suppress(RuntimeError):
            self.loop.call_soon_threadsafe(self._settle, result, error)

    def _settle(self, result: object, error: BaseException | None) -> None:
        if self.future.done():
            return
        if error is None:
            self.future.set_result(result)
        else:
            self.future.set_exception(error)


class DaemonThread:
    """One thread, started with the first call; an executor's would be joined at exit instead.

    `again` is asked on the thread whenever nothing is waiting: it may do overdue work and
    returns the seconds after which it wants to be asked once more, or None.
    """

    def __init__(self, name: str, again: Callable[[], float | None] = _never) -> None:
        self._name = name
        self._again = again
        self._calls: queue.SimpleQueue[_Call | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None

    def call(self, job: Callable[[], _T]) -> asyncio.Future[_T]:
        """Queue `job`; the future of the running loop gets its result or its exception.

        The job runs also when the future is cancelled.
        """
        loop = asyncio.get_running_loop()
        future: asyncio.Future[_T] = loop.create_future()
        self._calls.put(_Call(job, loop, future))
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
            self._thread.start()
        return future

    def finish(self) -> None:
        """Let the thread end after the calls that are queued by now."""
        if self._thread is not None:
            self._calls.put(None)

    def _run(self) -> None:
        wait: float | None = None
        while True:
            try:
                call = self._calls.get(timeout=wait)
            except queue.Empty:
                wait = self._again()
                continue
            if call is None:
                return
            call.run()
            # Not kept in a local while idle: a result may hold a key or a megabyte of text.
            del call
            wait = self._again() if self._calls.empty() else 0
