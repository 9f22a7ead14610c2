"""When the history is backed up by itself, and what a person does with the backups."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

from headwater.session.history import History
from headwater.session.listeners import Listeners
from headwater.session.ports import ArchiveError, Backups, BackupSummary
from headwater.session.task_scope import TaskScope

FIRST_LOOK = 90.0  # seconds after the start, which is for other things
PACE = 1800.0


class BackupSession:
    """Looks now and then whether a backup is due; never while an answer arrives."""

    def __init__(
        self,
        backups: Backups,
        history: History,
        erase_old: Callable[[datetime], Awaitable[object]],
        scope: TaskScope,
    ) -> None:
        """Take `erase_old`, which removes what was deleted long enough before a moment."""
        self._backups = backups
        self._history = history
        self._erase_old = erase_old
        self._scope = scope
        self.summaries: tuple[BackupSummary, ...] = ()
        self.doing = ""
        self.done = ""
        self.problem = ""
        self.changed: Listeners[[]] = Listeners()

    def begin(self) -> None:
        """Look after a while, and again and again."""
        self._scope.start(self._keep_looking(), "backups")

    def look(self) -> None:
        """Read the list anew, without what was said before."""
        self.done = self.problem = ""
        self._scope.start(self._read(), "list backups")

    def make(self) -> None:
        """Make one now."""
        self._begin("Making a backup…", self._make)

    def restore(self, backup: BackupSummary) -> None:
        """Put a backup in the place of the history; what is there becomes one before."""
        if self._history.is_running:
            self.done = ""
            self.problem = "An answer is arriving. Wait for its end, or stop it, and try again."
            self.changed.notify()
        else:
            self._begin("Restoring…", lambda: self._restore(backup))

    async def look_now(self) -> None:
        """Erase what was deleted long ago and make the daily backup, if no answer arrives."""
        if self._history.is_running:
            return
        now = datetime.now(UTC)
        # What fails is tried again at the next look; nothing of the person's hangs on it.
        try:
            await self._erase_old(now)
            if await self._backups.is_due(now):
                await self._backups.make(lambda: not self._history.is_running)
        except ArchiveError:
            return

    async def _keep_looking(self) -> None:
        await asyncio.sleep(FIRST_LOOK)
        while True:
            await self.look_now()
            await asyncio.sleep(PACE)

    def _begin(self, words: str, work: Callable[[], Awaitable[str]]) -> None:
        if not self.doing:
            self.doing, self.done, self.problem = words, "", ""
            self.changed.notify()
            self._scope.start(self._do(work), "backup")

    async def _do(self, work: Callable[[], Awaitable[str]]) -> None:
        try:
            self.done = await work()
        except ArchiveError as error:
            self.problem = str(error)
        finally:
            self.doing = ""
        await self._read()

    async def _make(self) -> str:
        await self._backups.make()
        return "A backup was made."

    async def _restore(self, backup: BackupSummary) -> str:
        await self._history.leave_all()
        count = await self._backups.restore(backup.name)
        self._history.refresh()
        conversations = "1 conversation" if count == 1 else f"{count:,} conversations"
        return f"Restored: {conversations}. What was there before is a backup now."

    async def _read(self) -> None:
        try:
            self.summaries = tuple(await self._backups.listed())
        except ArchiveError as error:
            self.problem = str(error)
        self.changed.notify()
