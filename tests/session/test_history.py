"""The list of conversations, and the sessions of those that are in use."""

from __future__ import annotations

import asyncio
import gc
import weakref

from headwater.domain.answer import Answer
from headwater.domain.conversation import Conversation
from headwater.domain.events import AnswerEvent, Completed, TextArrived
from headwater.session.conversation_session import ConversationSession, Route
from headwater.session.history import History
from headwater.session.ports import ArchiveError
from headwater.session.task_scope import TaskScope
from tests.fakes import (
    SERVER,
    FakeArchive,
    FakeService,
    open_access,
    play,
    scope_without_crash,
    spoken,
    turns,
    until,
)

ROUTE = Route(SERVER, "m")


class SlowArchive(FakeArchive):
    """Reads and writes only while `is_open` is set."""

    def __init__(self) -> None:
        super().__init__()
        self.is_open = asyncio.Event()
        self.is_open.set()
        self.reads: list[str] = []

    async def conversation(self, conversation_id: str) -> Conversation | None:
        self.reads.append(conversation_id)
        await self.is_open.wait()
        if self.fails:
            raise ArchiveError("The disk is full.")
        return await super().conversation(conversation_id)


class House:
    """A history on fakes; every session it makes has a service of its own."""

    def __init__(self, scope: TaskScope, archive: SlowArchive | None = None) -> None:
        self.archive = archive or SlowArchive()
        self.services: dict[str, FakeService] = {}
        self.crashes: list[BaseException] = []
        self.made = 0
        self.history = History(self.archive, self.make, scope)

    def make(self, conversation: Conversation) -> ConversationSession:
        self.made += 1
        service = self.services.setdefault(conversation.id, FakeService())
        return ConversationSession(
            conversation, service, self.archive, open_access, self.crashes.append
        )

    async def asked(self, question: str) -> ConversationSession:
        """Return a session with a running answer that has begun."""
        session = self.history.new()
        turn_id = session.ask(question, ROUTE)
        await self.say(session, TextArrived("so far"))
        await until(lambda: session.conversation.turn(turn_id).answer.text)
        return session

    async def answered(self, question: str) -> ConversationSession:
        session = await self.asked(question)
        await self.say(session, Completed("stop"))
        await session.settled()
        return session

    async def say(self, session: ConversationSession, *events: AnswerEvent) -> None:
        await self.services[session.conversation.id].live.put(events)

    @property
    def titles(self) -> list[str]:
        return [summary.title for summary in self.history.summaries]

    @property
    def held(self) -> list[str]:
        return list(self.history._sessions)


def test_that_the_list_follows_what_is_asked_answered_and_renamed() -> None:
    async def journey() -> None:
        async with scope_without_crash() as scope:
            house = House(scope)
            session = await house.asked("Open?")
            await until(lambda: house.titles == ["Open?"])
            await until(lambda: house.history.summaries[0].state == "running")
            await house.say(session, Completed("stop"))
            await until(lambda: house.history.summaries[0].state == "complete")
            session.rename("Closed?")
            house.archive.kept[session.conversation.id] = session.conversation
            await until(lambda: house.titles == ["Closed?"])
            await house.history.close()
            assert not house.crashes

    play(journey)


def test_that_the_last_search_wins_and_a_list_that_fails_keeps_the_last_one() -> None:
    async def journey() -> None:
        async with scope_without_crash() as scope:
            house = House(scope)
            for title in ("apple", "pear"):
                await house.archive.save_conversation(Conversation(title=title))
            house.history.refresh("app")
            house.history.refresh(" pear ")
            await until(lambda: house.titles)
            await turns()
            assert (house.titles, house.history.search) == (["pear"], "pear")
            house.archive.fails = True
            house.history.refresh("")
            await until(lambda: house.history.problem == "The disk is full.")
            assert house.titles == ["pear"]
            house.archive.fails = False
            house.history.refresh()
            await until(lambda: len(house.titles) == 2)
            assert house.history.problem == ""

    play(journey)


def test_that_a_conversation_opened_twice_has_one_session() -> None:
    async def journey() -> None:
        async with scope_without_crash() as scope:
            house = House(scope)
            kept = Conversation(title="kept")
            await house.archive.save_conversation(kept)
            house.archive.is_open.clear()
            found: list[ConversationSession | None] = []

            async def opening() -> None:
                found.append(await house.history.open(kept.id))

            scope.start(opening())
            scope.start(opening())
            await turns()
            house.archive.is_open.set()
            await until(lambda: len(found) == 2)
            assert found[0] is not None
            assert found[0] is found[1]
            assert house.made == 1
            assert await house.history.open("nobody") is None
            await house.history.close()

    play(journey)


def test_that_a_running_session_that_is_not_shown_goes_on_and_is_let_go_of_at_its_end() -> None:
    async def journey() -> None:
        async with scope_without_crash() as scope:
            house = House(scope)
            session = await house.asked("q")
            conversation_id = session.conversation.id
            house.history.release(session)
            await turns()
            assert session.is_running
            assert await house.history.open(conversation_id) is session
            house.history.release(session)
            await house.say(session, TextArrived(" and more"), Completed("stop"))
            await until(lambda: not house.held)
            await until(lambda: not house.history._closing)
            turn_id = session.conversation.leaf_id
            assert house.archive.answers[turn_id].text == "so far and more"
            assert house.archive.answers[turn_id].status == "complete"
            gone = weakref.ref(session)
            del session
            await turns()
            gc.collect()
            assert gone() is None
            assert not house.crashes

    play(journey)


def test_that_a_session_shown_again_is_kept_when_its_answer_ends() -> None:
    async def journey() -> None:
        async with scope_without_crash() as scope:
            house = House(scope)
            session = await house.asked("q")
            house.history.release(session)
            assert await house.history.open(session.conversation.id) is session
            await house.say(session, Completed("stop"))
            await session.settled()
            await turns()
            assert house.held == [session.conversation.id]
            house.services[session.conversation.id].live.put_nowait(spoken("again"))
            session.ask("again?", ROUTE)
            await session.settled()
            await house.history.close()
            assert not house.crashes

    play(journey)


def test_that_a_conversation_is_read_again_only_when_all_of_it_is_written() -> None:
    async def journey() -> None:
        class SlowToWrite(SlowArchive):
            async def save_answer(self, turn_id: str, answer: Answer) -> None:
                await asyncio.sleep(0.03)
                await super().save_answer(turn_id, answer)
                order.append(answer.status)

            async def conversation(self, conversation_id: str) -> Conversation | None:
                order.append("read")
                return await super().conversation(conversation_id)

        order: list[str] = []
        async with scope_without_crash() as scope:
            house = House(scope, SlowToWrite())
            session = await house.asked("q")
            await house.say(session, Completed("stop"))
            await until(lambda: not session.is_running)
            house.history.release(session)
            again = await house.history.open(session.conversation.id)
            assert again is not None
            assert again is not session
            assert order.index("complete") < order.index("read")
            await house.history.close()

    play(journey)


def test_that_R35_deleting_stops_what_runs_and_leaves_nothing() -> None:
    async def journey() -> None:
        async with scope_without_crash() as scope:
            house = House(scope)
            session = await house.asked("q")
            other = await house.answered("other")
            conversation_id = session.conversation.id
            await house.history.delete(conversation_id)
            assert house.services[conversation_id].closed == 1
            assert conversation_id not in house.archive.kept
            last = house.archive.writes.index("delete")
            await until(lambda: house.titles == ["other"])
            assert "text" not in house.archive.writes[last:]
            assert house.held == [other.conversation.id]
            await house.history.close()
            assert not house.crashes

    play(journey)


def test_that_R35_deleting_at_any_moment_of_an_answer_raises_nothing() -> None:
    async def journey() -> None:
        async with scope_without_crash() as scope:
            for rounds in range(40):
                house = House(scope)
                session = house.history.new()
                house.services[session.conversation.id]._scripts.append(
                    (TextArrived("a"), 0.0, TextArrived("b"), 0.001, Completed("stop"))
                )
                session.ask("q", ROUTE)
                await turns(rounds)
                await house.history.delete(session.conversation.id)
                assert house.archive.kept == {}
                assert not house.crashes

    play(journey)


def test_that_deleting_is_undone_with_the_answer_that_was_on_its_way() -> None:
    async def journey() -> None:
        async with scope_without_crash() as scope:
            house = House(scope)
            session = await house.asked("q")
            conversation_id = session.conversation.id
            await house.history.delete(conversation_id)
            (deleted,) = await house.history.recently_deleted()
            assert deleted.id == conversation_id
            kept = house.archive.answers[session.conversation.leaf_id]
            assert (kept.text, kept.status) == ("so far", "stopped")
            await house.history.put_back(conversation_id)
            await until(lambda: house.titles == ["q"])
            await house.history.delete(conversation_id)
            await house.history.erase([conversation_id])
            assert await house.history.recently_deleted() == ()
            await house.history.close()

    play(journey)


def test_that_leaving_all_stops_and_writes_what_runs_and_tells_who_shows_it() -> None:
    async def journey() -> None:
        async with scope_without_crash() as scope:
            house = House(scope)
            told: list[str] = []
            house.history.deleted.add(told.append)
            running, ended = await house.asked("one"), await house.answered("two")
            empty = house.history.new()
            states = [house.history.is_running]
            await house.history.leave_all()
            states.append(house.history.is_running)
            assert states == [True, False]
            assert told == [running.conversation.id, ended.conversation.id]
            assert house.archive.answers[running.conversation.leaf_id].status == "stopped"
            assert house.held == [empty.conversation.id]
            await house.history.close()

    play(journey)


def test_that_a_conversation_that_cannot_be_deleted_says_so() -> None:
    class Undeletable(SlowArchive):
        async def delete(self, conversation_id: str) -> None:
            raise ArchiveError("The file is locked.")

    async def journey() -> None:
        async with scope_without_crash() as scope:
            house = House(scope, Undeletable())
            session = await house.answered("q")
            await turns(10)
            await house.history.delete(session.conversation.id)
            await turns(10)
            assert house.history.problem == "The file is locked."
            assert house.titles == ["q"]

    play(journey)


def test_that_closing_keeps_what_runs_as_interrupted() -> None:
    async def journey() -> None:
        async with scope_without_crash() as scope:
            house = House(scope)
            shown, behind = await house.asked("one"), await house.asked("two")
            house.history.release(behind)
            await house.history.close()
            for session in (shown, behind):
                kept = house.archive.answers[session.conversation.leaf_id]
                assert (kept.text, kept.status) == ("so far", "incomplete")
                assert house.services[session.conversation.id].closed == 1
            assert house.held == []

    play(journey)


def test_that_a_question_asked_just_before_the_end_is_kept() -> None:
    async def journey() -> None:
        async with scope_without_crash() as scope:
            house = House(scope)
            session = house.history.new()
            session.ask("q", ROUTE)
            await house.history.close()
            assert house.archive.writes[:2] == ["conversation", "turn"]
            assert house.archive.answers[session.conversation.leaf_id].status == "failed"

    play(journey)


def test_that_a_session_held_twice_stays_open_until_both_let_go() -> None:
    async def journey() -> None:
        async with scope_without_crash() as scope:
            house = House(scope)
            session = await house.answered("q")
            assert await house.history.open(session.conversation.id) is session
            house.history.release(session)
            await turns()
            assert house.held == [session.conversation.id]
            turn_id = session.ask("again?", ROUTE)
            await house.say(session, TextArrived("yes"), Completed("stop"))
            await session.settled()
            assert session.conversation.turn(turn_id).answer.text == "yes"
            house.history.release(session)
            assert house.held == []
            await house.history.close()
            assert not house.crashes

    play(journey)


def test_that_the_end_of_an_answer_is_told_once_wherever_it_is_shown() -> None:
    async def journey() -> None:
        async with scope_without_crash() as scope:
            house = House(scope)
            told: list[tuple[str, str]] = []
            house.history.ended.add(
                lambda conversation, turn: told.append((conversation.turn(turn).answer.text, turn))
            )
            shown, behind = await house.asked("shown"), await house.asked("behind")
            house.history.release(behind)
            turn_ids = [shown.conversation.leaf_id, behind.conversation.leaf_id]
            for session in (shown, behind):
                await house.say(session, Completed("stop"))
                await session.settled()
            await turns()
            assert told == [("so far", turn_id) for turn_id in turn_ids]
            interrupted = await house.asked("interrupted")
            assert interrupted.is_running
            await house.history.close()
            assert len(told) == 2
            assert not house.crashes

    play(journey)


def test_that_whoever_shows_a_conversation_hears_that_it_is_deleted() -> None:
    async def journey() -> None:
        async with scope_without_crash() as scope:
            house = House(scope)
            told: list[str] = []
            house.history.deleted.add(told.append)
            session = await house.answered("q")
            await house.history.delete(session.conversation.id)
            assert told == [session.conversation.id]
            await house.history.close()

    play(journey)
