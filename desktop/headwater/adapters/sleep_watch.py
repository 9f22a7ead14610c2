"""Notices that the computer slept, or that the program stood still, while something was awaited.

asyncio measures with a clock that stands still in sleep on Linux and macOS and goes on on Windows;
the clock here goes on everywhere and, unlike the clock on the wall, is never set.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

EVERY = 1.0  # seconds between two looks
# macOS has Python's own monotonic clock stop in sleep, and this one not.
_CLOCKS = {"linux": "CLOCK_BOOTTIME", "darwin": "CLOCK_MONOTONIC"}
SLEPT_AFTER = 5.0  # seconds by which a look is late when it was no hiccup


def time_with_sleep() -> float:
    """Return seconds that go on while the computer sleeps."""
    number: int | None = getattr(time, _CLOCKS.get(sys.platform, ""), None)
    return time.monotonic() if number is None else time.clock_gettime(number)


@contextmanager
def sleep_noticed(
    woke: Callable[[], None],
    clock: Callable[[], float] = time_with_sleep,
    every: float = EVERY,
) -> Iterator[None]:
    """Call `woke` in the loop after each sleep, or standstill, of more than five seconds."""
    loop = asyncio.get_running_loop()
    before = clock()
    later: asyncio.TimerHandle

    def look() -> None:
        nonlocal before, later
        now = clock()
        has_slept = now - before > every + SLEPT_AFTER
        before = now
        later = loop.call_later(every, look)
        if has_slept:
            woke()

    later = loop.call_later(every, look)
    try:
        yield
    finally:
        later.cancel()
