"""A backup is made when one is due and nobody waits for an answer; going back is asked for."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest

from headwater.domain.conversation import Conversation
from headwater.domain.events import Completed, TextArrived
from headwater.session import backup_session
from headwater.session.backup_session import BackupSession
from headwater.session.conversation_session import ConversationSession, Route
from headwater.session.history import History
from headwater.session.ports import ArchiveError, BackupSummary
from tests.fakes import (
    SERVER,
    FakeArchive,
    FakeService,
    open_access,
    play,
    scope_without_crash,
    turns,
    until,
)

KEPT = BackupSummary("a backup", datetime(2026, 11, 20, tzinfo=UTC), 10, 3, "daily")


class FakeBackups:
    """Counts what is asked of it; `problem` makes it refuse."""

    def __init__(self) -> None:
        self.is_wanted = True
        self.made = 0
        self.restored: list[str] = []
        self.gave_way = 0
        self.problem = ""

    async def listed(self) -> Sequence[BackupSummary]:
        return (KEPT,)

    async def is_due(self, now: datetime) -> bool:
        return self.is_wanted

    async def make(self, may_go_on: Callable[[], bool] | None = None) -> object | None:
        if self.problem:
            raise ArchiveError(self.problem)
        await turns(3)
        if may_go_on is not None and not may_go_on():
            self.gave_way += 1
            return None
        self.made += 1
        return "made"

    async def restore(self, backup: str) -> int:
        if self.problem:
            raise ArchiveError(self.problem)
        self.restored.append(backup)
        return 3


class House:
    """A history on fakes, and its backups."""

    def __init__(self) -> None:
        self.backups = FakeBackups()
        self.archive = FakeArchive()
        self.service = FakeService()
        self.erased: list[datetime] = []
        self.history: History
        self.session: BackupSession

    async def ask(self) -> ConversationSession:
        """Return a session whose answer is on its way."""
        session = self.history.new()
        session.ask("q", Route(SERVER, "m"))
        await self.service.live.put((TextArrived("so far"),))
        await until(lambda: session.conversation.path[-1].answer.text)
        return session


@asynccontextmanager
async def opened() -> AsyncIterator[House]:
    house = House()
    async with scope_without_crash() as scope:

        def make(conversation: Conversation) -> ConversationSession:
            return ConversationSession(
                conversation, house.service, house.archive, open_access, _crash
            )

        async def erase_old(now: datetime) -> None:
            house.erased.append(now)

        house.history = History(house.archive, make, scope)
        house.session = BackupSession(house.backups, house.history, erase_old, scope)
        yield house
        await house.history.close()


def _crash(error: BaseException) -> None:
    raise error


def test_that_what_is_due_is_made_by_itself_and_old_deleted_words_go(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(backup_session, "FIRST_LOOK", 0.01)
    monkeypatch.setattr(backup_session, "PACE", 0.01)

    async def journey() -> None:
        async with opened() as house:
            house.session.begin()
            await until(lambda: house.backups.made == 2)
            house.backups.is_wanted = False
            seen, made = len(house.erased), house.backups.made
            await until(lambda: len(house.erased) > seen + 2)
            assert house.backups.made <= made + 1

    play(journey)


def test_that_nothing_is_made_while_an_answer_arrives_and_one_that_begins_stops_it() -> None:
    async def journey() -> None:
        async with opened() as house:
            session = await house.ask()
            await house.session.look_now()
            assert (house.backups.made, house.erased) == (0, [])
            await house.service.live.put((Completed("stop"),))
            await session.settled()
            await house.session.look_now()
            assert house.backups.made == 1

    play(journey)


def test_that_a_backup_that_fails_by_itself_is_tried_again_and_disturbs_nobody() -> None:
    async def journey() -> None:
        async with opened() as house:
            house.backups.problem = "The disk is full."
            await house.session.look_now()
            assert house.session.problem == ""
            house.backups.problem = ""
            await house.session.look_now()
            assert house.backups.made == 1

    play(journey)


def test_that_going_back_closes_what_is_open_and_reads_the_list_again() -> None:
    async def journey() -> None:
        async with opened() as house:
            session = await house.ask()
            await house.service.live.put((Completed("stop"),))
            await session.settled()
            told: list[str] = []
            house.history.deleted.add(told.append)
            house.session.restore(KEPT)
            assert house.session.doing == "Restoring…"
            await until(lambda: house.session.done)
            assert house.backups.restored == ["a backup"]
            assert told == [session.conversation.id]
            assert house.session.done.startswith("Restored: 3 conversations.")
            assert house.session.summaries == (KEPT,)

    play(journey)


def test_that_nothing_is_restored_while_an_answer_arrives() -> None:
    async def journey() -> None:
        async with opened() as house:
            session = await house.ask()
            house.session.restore(KEPT)
            await turns(10)
            assert house.backups.restored == []
            assert "An answer is arriving" in house.session.problem
            assert session.is_running

    play(journey)


def test_that_what_fails_when_asked_for_is_said_and_forgotten_at_the_next_look() -> None:
    async def journey() -> None:
        async with opened() as house:
            house.backups.problem = "The disk is full."
            for act in (house.session.make, lambda: house.session.restore(KEPT)):
                act()
                await until(lambda: house.session.problem)
                assert (house.session.problem, house.session.done) == ("The disk is full.", "")
                house.session.look()
                await until(lambda: not house.session.doing)
                assert house.session.problem == ""

    play(journey)
