"""What the user chose, as it is now; changes are kept on disk a moment later."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Protocol

from headwater.domain.preferences import Preferences
from headwater.session.listeners import Listeners
from headwater.session.task_scope import TaskScope

GATHERING_TIME = 0.4  # seconds in which further changes join the first in one write
RETRY_TIME = 5.0  # seconds until a disk that refused is asked again


class PreferenceStore(Protocol):
    """Where preferences are kept."""

    async def write(self, preferences: Preferences) -> str:
        """Keep them; return why that failed, in plain words, or an empty string."""
        ...


class PreferenceSession:
    """Holds the snapshot everyone reads and tells when it changes."""

    def __init__(
        self,
        preferences: Preferences,
        store: PreferenceStore,
        scope: TaskScope,
        gathering_time: float = GATHERING_TIME,
        retry_time: float = RETRY_TIME,
    ) -> None:
        """Take the preferences as they were read at the start."""
        self._now = preferences
        self._kept = preferences
        self._store = store
        self._scope = scope
        self._gathering_time = gathering_time
        self._retry_time = retry_time
        self._writer: asyncio.Task[None] | None = None
        self.changed: Listeners[[]] = Listeners()
        self.problem = ""

    @property
    def now(self) -> Preferences:
        """The present preferences."""
        return self._now

    def set(self, preferences: Preferences) -> None:
        """Replace them; nothing happens when they are the same."""
        if preferences == self._now:
            return
        self._now = preferences
        if self._writer is None:
            self._write_in(self._gathering_time)
        self.changed.notify()

    def update(self, **changes: object) -> None:
        """Replace the named fields of the preferences."""
        self.set(replace(self._now, **changes))  # type: ignore[arg-type]

    async def close(self) -> None:
        """Write what is not written yet."""
        await self._write()

    def _write_in(self, seconds: float) -> None:
        self._writer = self._scope.start(self._write_after(seconds), "preferences")

    async def _write_after(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
        self._writer = None
        await self._write()
        if self.problem and self._writer is None:
            self._write_in(self._retry_time)

    async def _write(self) -> None:
        if self._now != self._kept:
            writing = self._now
            problem = await self._store.write(writing)
            if not problem:
                self._kept = writing
            if problem != self.problem:
                self.problem = problem
                self.changed.notify()
