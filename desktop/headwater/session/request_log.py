"""Every request since the start, newest last; a list for the person who wants to know."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

from headwater.domain.network_request import NetworkRequest, Purpose
from headwater.session.listeners import Listeners

MOST = 1000


class RequestLog:
    """Keeps the newest requests; `changed` tells when one begins, is answered or ends."""

    def __init__(self, most: int = MOST, clock: Callable[[], float] = time.monotonic) -> None:
        """Take how many are kept and a clock in seconds."""
        self._most = most
        self._clock = clock
        self._kept: OrderedDict[int, RunningRequest] = OrderedDict()
        self._last = 0
        self.changed: Listeners[[]] = Listeners()

    @property
    def count(self) -> int:
        """How many requests were made since the start, kept or not."""
        return self._last

    @property
    def requests(self) -> tuple[NetworkRequest, ...]:
        """The kept requests as they are now, newest last."""
        return tuple(kept.now for kept in self._kept.values())

    @property
    def is_busy(self) -> bool:
        """Whether one of them runs, so that its figures grow without `changed`."""
        return any(kept.is_running for kept in self._kept.values())

    def begin(self, host: str, purpose: Purpose, method: str, *, proxy: str = "") -> RunningRequest:
        """Note a request that is about to be sent."""
        self._last += 1
        begun = NetworkRequest(self._last, datetime.now(UTC), host, purpose, method, proxy=proxy)
        self._kept[begun.number] = running = RunningRequest(begun, self._clock, self.changed)
        while len(self._kept) > self._most:
            self._kept.popitem(last=False)
        self.changed.notify()
        return running


class RunningRequest:
    """A line of the list while it can still change."""

    def __init__(
        self, begun: NetworkRequest, clock: Callable[[], float], changed: Listeners[[]]
    ) -> None:
        self._now = begun
        self._clock = clock
        self._since = clock()
        self._changed = changed
        self._received: Callable[[], int] | None = None

    @property
    def now(self) -> NetworkRequest:
        """The request as it is at this moment."""
        if self._received is not None:
            self._now = replace(self._now, received=self._received())
        return self._now

    @property
    def is_running(self) -> bool:
        """Whether it has not ended."""
        return self._now.seconds is None

    def left(self, sent: int) -> None:
        """Note that it is on its way, with `sent` bytes; before, nobody had anything of it."""
        self._now = replace(self._now, sent=sent)

    def answered(self, status: int, received: Callable[[], int]) -> None:
        """Note the status; `received` returns the bytes that have come, whenever it is called."""
        self._received = received
        self._now = replace(self._now, status=status)
        self._changed.notify()

    def ended(self, problem: str = "") -> None:
        """Note the end, with a sentence on what went wrong; only the first call counts."""
        if not self.is_running:
            return
        self._now = replace(self.now, problem=problem, seconds=self._clock() - self._since)
        self._received = None
        self._changed.notify()
