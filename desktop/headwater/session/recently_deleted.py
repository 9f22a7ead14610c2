"""What was deleted and can still be put back."""

from __future__ import annotations

from collections.abc import Coroutine, Sequence

from headwater.session.history import History
from headwater.session.listeners import Listeners
from headwater.session.ports import ArchiveError, ConversationSummary
from headwater.session.task_scope import TaskScope


class RecentlyDeleted:
    """The list, read when somebody looks at it, and the two ways out of it."""

    def __init__(self, history: History, scope: TaskScope) -> None:
        """Begin with an empty list; `look` reads it."""
        self._history = history
        self._scope = scope
        self.summaries: tuple[ConversationSummary, ...] = ()
        self.problem = ""
        self.changed: Listeners[[]] = Listeners()

    def look(self) -> None:
        """Read the list."""
        self._scope.start(self._read(), "recently deleted")

    def put_back(self, conversation_ids: Sequence[str]) -> None:
        """Put these back to where they were."""
        self._scope.start(self._put_back(conversation_ids), "put back")

    def erase(self, conversation_ids: Sequence[str]) -> None:
        """Remove these for good, and their words from the disk."""
        self._scope.start(self._then_read(self._history.erase(conversation_ids)), "erase")

    async def _put_back(self, conversation_ids: Sequence[str]) -> None:
        for conversation_id in conversation_ids:
            await self._history.put_back(conversation_id)
        await self._read()

    async def _then_read(self, work: Coroutine[object, object, None]) -> None:
        await work
        await self._read()

    async def _read(self) -> None:
        try:
            self.summaries = await self._history.recently_deleted()
            self.problem = self._history.problem
        except ArchiveError as error:
            self.problem = str(error)
        self.changed.notify()
