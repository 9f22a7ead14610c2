"""The archive for a program that has to speak first: loaded and opened once there is a moment."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from headwater.domain.answer import Answer
from headwater.domain.conversation import Conversation, Turn
from headwater.session.ports import ConversationSummary

if TYPE_CHECKING:
    from headwater.adapters.archive import SqliteArchive


class LateArchive:
    """Holds every call back until `begin`, then hands all of them on in order."""

    def __init__(self, path: Path, report_problem: Callable[[str], None]) -> None:
        """Take the file, and whom to tell in plain words what is wrong with it."""
        self._path = path
        self._report_problem = report_problem
        self._archive: asyncio.Future[SqliteArchive] = asyncio.get_running_loop().create_future()

    @property
    def has_begun(self) -> bool:
        """Whether calls go through."""
        return self._archive.done()

    async def begin(self) -> None:
        """Open the file; further calls do nothing."""
        if self.has_begun:
            return
        from headwater.adapters.archive import SqliteArchive

        archive = SqliteArchive(self._path)
        # Handed out before it is open: it queues what it is told.
        self._archive.set_result(archive)
        report = await archive.open()
        if report.problem:
            self._report_problem(report.problem)

    async def close(self) -> None:
        """Write what is waiting and close the file."""
        if self.has_begun:
            await (await self._archive).close()

    async def save_conversation(self, conversation: Conversation) -> None:
        """Hand on."""
        await (await self._opened()).save_conversation(conversation)

    async def add_turn(self, conversation_id: str, turn: Turn) -> None:
        """Hand on."""
        await (await self._opened()).add_turn(conversation_id, turn)

    async def append_text(self, turn_id: str, text: str, reasoning: str = "") -> None:
        """Hand on."""
        await (await self._opened()).append_text(turn_id, text, reasoning)

    async def save_answer(self, turn_id: str, answer: Answer) -> None:
        """Hand on."""
        await (await self._opened()).save_answer(turn_id, answer)

    async def conversations(
        self, search: str = "", limit: int = 500
    ) -> Sequence[ConversationSummary]:
        """Hand on."""
        return await (await self._opened()).conversations(search, limit)

    async def conversation(self, conversation_id: str) -> Conversation | None:
        """Hand on."""
        return await (await self._opened()).conversation(conversation_id)

    async def rename(self, conversation_id: str, title: str) -> None:
        """Hand on."""
        await (await self._opened()).rename(conversation_id, title)

    async def delete(self, conversation_id: str) -> None:
        """Hand on."""
        await (await self._opened()).delete(conversation_id)

    async def _opened(self) -> SqliteArchive:
        # Shielded: a call that is cancelled must not take the archive from the others.
        return await asyncio.shield(self._archive)
