"""Whether a newer release exists: looked for when a person says so, and once a day if they want."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress

from headwater.domain.failure import Failure
from headwater.domain.release import ReleasePlace, Version, seconds_until_look
from headwater.session.listeners import Listeners
from headwater.session.ports import ReleaseCheck
from headwater.session.preference_session import PreferenceSession
from headwater.session.task_scope import TaskScope

FIRST_LOOK = 60.0  # seconds after the start, when the program has nothing else to do


class ReleaseSession:
    """Decides when to look. Without a place nothing is ever asked.

    `outcome` is what the last look brought, a failure only where a person had asked for it.
    `news` is a newer release that a person has not been told of yet, from a daily look.
    """

    def __init__(
        self,
        own: Version,
        place: ReleasePlace | None,
        check: ReleaseCheck,
        preferences: PreferenceSession,
        scope: TaskScope,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Take this program's own version, and the wall clock in seconds since 1970."""
        self.own = own
        self.place = place
        self._check = check
        self._preferences = preferences
        self._scope = scope
        self._clock = clock
        self._daily: asyncio.Task[None] | None = None
        self._tomorrow = asyncio.Event()
        self._is_begun = False
        self.is_asking = False
        self.outcome: Version | Failure | None = None
        self.news: Version | None = None
        self.changed: Listeners[[]] = Listeners()
        self._forget = preferences.changed.add(self._follow)

    @property
    def is_daily(self) -> bool:
        """Whether the person wants a look once a day."""
        return self._preferences.now.looks_for_releases

    def begin(self) -> None:
        """Look once a day from now on, as long as that is wanted."""
        self._is_begun = True
        self._follow()

    def switch(self, *, on: bool) -> None:
        """Look once a day or not."""
        self._preferences.update(looks_for_releases=on)

    def look(self) -> None:
        """Ask once, now; `changed` tells of the outcome."""
        if self.place is not None and not self.is_asking:
            self._note_look()
            self._scope.start(self._look(self.place, is_daily=False), "look for a release")

    def mark_told(self) -> None:
        """Remember that a person has seen the news; it is not told again, also not tomorrow."""
        if self.news is not None:
            self._preferences.update(told_release=str(self.news))

    def close_news(self) -> None:
        """Say no more of it."""
        self.mark_told()
        self.news = None
        self.changed.notify()

    def close(self) -> None:
        """Look no more."""
        self._is_begun = False
        self._forget()
        self._follow()

    def _follow(self) -> None:
        """Begin or end looking; called with every change of the preferences."""
        if self.place is None or not (self._is_begun and self.is_daily):
            if self._daily is not None:
                self._daily.cancel()
                self._daily = None
        elif self._daily is None:
            self._daily = self._scope.start(self._look_daily(self.place), "daily look")
        elif self._wait() == 0:
            # The timer stood still while the machine slept; now somebody uses it again.
            self._tomorrow.set()

    def _wait(self) -> float:
        last = self._preferences.now.looked_for_release_at
        return seconds_until_look(last, self._clock())

    async def _look_daily(self, place: ReleasePlace) -> None:
        await asyncio.sleep(FIRST_LOOK)
        while True:
            last, now = self._preferences.now.looked_for_release_at, self._clock()
            if last is not None and last > now:
                # The clock jumped back: counted anew, or a short run would never come to a look.
                self._preferences.update(looked_for_release_at=now)
            self._tomorrow.clear()
            if (wait := self._wait()) > 0:
                await self._sleep(max(wait, FIRST_LOOK))
            else:
                self._note_look()
                await self._look(place, is_daily=True)

    async def _sleep(self, seconds: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._tomorrow.wait()

    def _note_look(self) -> None:
        self.is_asking = True
        self._preferences.update(looked_for_release_at=self._clock())
        self.changed.notify()

    async def _look(self, place: ReleasePlace, *, is_daily: bool) -> None:
        try:
            found = await self._check.newest(place)
            if isinstance(found, Version) or not is_daily:
                self.outcome = found
            if is_daily and isinstance(found, Version) and self._is_news(found):
                self.news = found
        finally:
            self.is_asking = False
            self.changed.notify()

    def _is_news(self, found: Version) -> bool:
        return found > self.own and str(found) != self._preferences.now.told_release
