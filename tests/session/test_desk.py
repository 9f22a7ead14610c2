"""Which conversation is shown, when several are asked for, renamed or deleted at once (R35)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from headwater.domain.conversation import Conversation
from headwater.domain.events import AnswerEvent, Completed, TextArrived
from headwater.session.conversation_session import ConversationSession, Route
from headwater.session.desk import Desk
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


class GatedArchive(FakeArchive):
    """Hands out a conversation once its gate is open."""

    def __init__(self) -> None:
        super().__init__()
        self.gates: dict[str, asyncio.Event] = {}

    async def conversation(self, conversation_id: str) -> Conversation | None:
        gate = self.gates.get(conversation_id)
        if gate is not None:
            await gate.wait()
        if self.fails:
            raise ArchiveError("The file cannot be read.")
        return await super().conversation(conversation_id)


class Office:
    """A desk on fakes with three kept conversations."""

    def __init__(self, scope: TaskScope) -> None:
        self.archive = GatedArchive()
        self.service = FakeService()
        self.crashes: list[BaseException] = []
        self.history = History(self.archive, self.make, scope)
        self.a, self.b, self.c = (Conversation(title=title) for title in "abc")
        for kept in (self.a, self.b, self.c):
            self.archive.kept[kept.id] = kept
            self.archive.gates[kept.id] = asyncio.Event()
            self.archive.gates[kept.id].set()
        self.scope = scope
        self.desk = Desk(self.history, scope)

    def make(self, conversation: Conversation) -> ConversationSession:
        return ConversationSession(
            conversation, self.service, self.archive, open_access, self.crashes.append
        )

    @property
    def shown(self) -> str:
        return self.desk.session.conversation.title

    @property
    def held(self) -> set[str]:
        return {s.conversation.title for s in self.history._sessions.values()}

    async def show(self, kept: Conversation) -> None:
        self.desk.show(kept.id)
        await until(lambda: self.shown == kept.title)

    def shut(self, *kept: Conversation) -> None:
        for one in kept:
            self.archive.gates[one.id].clear()

    async def open(self, kept: Conversation) -> None:
        self.archive.gates[kept.id].set()
        await turns(10)

    async def say(self, *events: AnswerEvent) -> None:
        await self.service.live.put(events)


def in_office(journey: Callable[[Office], Awaitable[None]]) -> None:
    async def run() -> None:
        async with scope_without_crash() as scope:
            office = Office(scope)
            await journey(office)
            await turns(10)
            assert office.held == {office.shown}
            await office.history.close()
            assert not office.crashes

    play(run)


def test_that_a_conversation_is_shown_and_told_and_the_one_before_put_away() -> None:
    async def journey(office: Office) -> None:
        replaced: list[str] = []
        office.desk.replaced.add(lambda: replaced.append(office.shown))
        await office.show(office.a)
        await office.show(office.b)
        office.desk.show(office.b.id)
        office.desk.show("nobody")
        await turns(10)
        assert replaced == ["a", "b"]

    in_office(journey)


def test_that_of_two_conversations_asked_for_the_last_one_is_shown() -> None:
    async def journey(office: Office) -> None:
        for first, second in ((office.a, office.b), (office.b, office.a)):
            office.shut(first, second)
            office.desk.show(first.id)
            office.desk.show(second.id)
            await turns()
            await office.open(second)
            assert office.shown == second.title
            await office.open(first)
            assert office.shown == second.title
            assert office.held == {second.title}

    in_office(journey)


def test_that_a_conversation_asked_for_twice_is_shown_once() -> None:
    async def journey(office: Office) -> None:
        replaced: list[str] = []
        office.desk.replaced.add(lambda: replaced.append(office.shown))
        office.shut(office.a)
        for _ in range(3):
            office.desk.show(office.a.id)
        await turns()
        await office.open(office.a)
        assert replaced == ["a"]
        office.service.live.put_nowait(spoken("yes"))
        office.desk.session.ask("q", ROUTE)
        await office.desk.session.settled()

    in_office(journey)


def test_that_going_back_to_what_is_shown_calls_off_what_was_asked_for() -> None:
    async def journey(office: Office) -> None:
        await office.show(office.a)
        office.shut(office.b)
        office.desk.show(office.b.id)
        office.desk.show(office.a.id)
        await office.open(office.b)
        assert office.shown == "a"

    in_office(journey)


def test_that_a_new_conversation_calls_off_what_was_asked_for() -> None:
    async def journey(office: Office) -> None:
        office.shut(office.b)
        office.desk.show(office.b.id)
        office.desk.new()
        await office.open(office.b)
        assert office.shown == ""

    in_office(journey)


def test_that_S14_a_running_answer_goes_on_behind_and_is_found_again() -> None:
    async def journey(office: Office) -> None:
        running = office.desk.session
        running.ask("q", ROUTE)
        await office.say(TextArrived("one "))
        await until(lambda: running.conversation.turns[0].answer.text)
        await office.show(office.a)
        await office.say(TextArrived("two"))
        await until(lambda: running.conversation.turns[0].answer.text == "one two")
        office.desk.show(running.conversation.id)
        await until(lambda: office.desk.session is running)
        await office.show(office.b)
        await office.say(Completed("stop"))
        await running.settled()
        office.desk.show(running.conversation.id)
        await until(lambda: office.desk.session.conversation.id == running.conversation.id)
        office.service.live.put_nowait(spoken("yes"))
        office.desk.session.ask("again", ROUTE)
        await office.desk.session.settled()
        await office.show(office.c)

    in_office(journey)


def test_that_changes_of_what_is_shown_are_told_and_those_behind_are_not() -> None:
    async def journey(office: Office) -> None:
        told: list[str] = []
        await office.show(office.a)
        behind = office.desk.session
        behind.ask("q", ROUTE)
        await office.say(TextArrived("one"))
        await until(lambda: behind.conversation.turns[0].answer.text)
        await office.show(office.b)
        await turns(10)
        office.desk.changed.add(lambda: told.append(office.shown))
        await office.say(TextArrived("two"), Completed("stop"))
        await behind.settled()
        assert told == []
        office.desk.session.rename("b2")
        assert told
        await turns(10)

    in_office(journey)


def test_that_R35_deleting_what_is_shown_leaves_an_empty_conversation_to_ask_in() -> None:
    async def journey(office: Office) -> None:
        await office.show(office.a)
        office.desk.session.ask("q", ROUTE)
        await office.say(TextArrived("one"))
        await turns(10)
        office.desk.delete(office.a.id)
        assert office.shown == ""
        await until(lambda: office.a.id not in office.archive.kept)
        assert office.service.closed == 1
        office.service.live.put_nowait(spoken("yes"))
        office.desk.session.ask("next", ROUTE)
        await office.desk.session.settled()
        assert office.desk.session.conversation.turns[0].answer.text == "yes"

    in_office(journey)


def test_that_a_conversation_deleted_while_it_is_read_is_not_shown() -> None:
    async def journey(office: Office) -> None:
        office.shut(office.b)
        office.desk.show(office.b.id)
        await turns()
        office.desk.delete(office.b.id)
        office.desk.show(office.a.id)
        office.desk.delete(office.c.id)
        await office.open(office.b)
        await until(lambda: office.shown == "a")
        assert set(office.archive.kept) == {office.a.id}

    in_office(journey)


def test_that_deleting_just_after_asking_for_it_shows_nothing_of_it() -> None:
    async def journey(office: Office) -> None:
        await office.show(office.a)
        office.desk.show(office.b.id)
        office.desk.delete(office.b.id)
        await turns(10)
        assert office.shown == "a"
        assert office.b.id not in office.archive.kept

    in_office(journey)


def test_that_a_conversation_renamed_in_the_list_is_renamed_and_put_away() -> None:
    async def journey(office: Office) -> None:
        await office.show(office.a)
        office.desk.rename(office.b.id, "  new\nname ")
        await until(lambda: "rename" in office.archive.writes)
        office.desk.rename("nobody", "x")
        office.desk.rename(office.a.id, "a2")
        await until(lambda: office.shown == "a2")

    in_office(journey)


def test_that_a_conversation_renamed_while_it_is_opened_can_be_asked_in() -> None:
    async def journey(office: Office) -> None:
        office.shut(office.b)
        office.desk.rename(office.b.id, "b2")
        office.desk.show(office.b.id)
        await turns()
        await office.open(office.b)
        await turns(10)
        assert office.desk.session.conversation.id == office.b.id
        office.service.live.put_nowait(spoken("yes"))
        office.desk.session.ask("q", ROUTE)
        await office.desk.session.settled()

    in_office(journey)


def test_that_a_running_conversation_renamed_behind_and_shown_again_can_be_asked_in() -> None:
    async def journey(office: Office) -> None:
        await office.show(office.a)
        running = office.desk.session
        running.ask("q", ROUTE)
        await turns(10)
        await office.show(office.b)
        office.desk.rename(office.a.id, "a2")
        await until(lambda: running.conversation.title == "a2")
        office.desk.show(office.a.id)
        await until(lambda: office.desk.session is running)
        await office.say(TextArrived("yes"), Completed("stop"))
        await running.settled()
        await turns(10)
        office.service.live.put_nowait(spoken("again"))
        running.ask("and?", ROUTE)
        await running.settled()

    in_office(journey)


def test_that_R38_a_conversation_that_cannot_be_read_says_so_until_one_can() -> None:
    async def journey(office: Office) -> None:
        await office.show(office.a)
        office.archive.fails = True
        office.desk.show(office.b.id)
        await until(lambda: office.desk.problem == "The file cannot be read.")
        assert office.shown == "a"
        office.desk.rename(office.c.id, "c2")
        await turns(10)
        office.archive.fails = False
        await office.show(office.b)
        assert office.desk.problem == ""

    in_office(journey)


def test_that_two_desks_may_show_the_same_conversation() -> None:
    async def journey(office: Office) -> None:
        await office.show(office.a)
        other = Desk(office.history, office.scope)
        other.show(office.a.id)
        await until(lambda: other.session is office.desk.session)
        office.desk.new()
        await turns(10)
        other.session.ask("still open?", ROUTE)
        await office.say(TextArrived("yes"), Completed("stop"))
        await until(lambda: not other.session.is_running)
        assert other.session.conversation.path[-1].answer.text == "yes"
        office.desk.show(office.a.id)
        await until(lambda: office.desk.session is other.session)
        other.delete(office.a.id)
        await turns(10)
        assert office.desk.session is not other.session
        assert not office.desk.session.conversation.turns
        assert not other.session.conversation.turns
        office.history.release(other.session)

    in_office(journey)


def test_that_a_running_conversation_goes_on_at_the_other_desk() -> None:
    async def journey(office: Office) -> None:
        quick = Desk(office.history, office.scope)
        quick.session.ask("from anywhere?", ROUTE)
        running = quick.session
        await office.say(TextArrived("It goes"))
        await until(lambda: running.conversation.path[-1].answer.text)
        quick.hand_to(office.desk)
        assert office.desk.session is running
        assert not quick.session.conversation.turns
        await office.say(TextArrived(" on."), Completed("stop"))
        await until(lambda: not running.is_running)
        assert running.conversation.path[-1].answer.text == "It goes on."
        await turns(10)
        assert office.held == {"from anywhere?", ""}
        office.history.release(quick.session)

    in_office(journey)


def test_that_a_desk_hands_over_what_the_other_one_shows_already() -> None:
    async def journey(office: Office) -> None:
        await office.show(office.a)
        quick = Desk(office.history, office.scope)
        quick.show(office.a.id)
        await until(lambda: quick.session is office.desk.session)
        office.desk.session.ask("again", ROUTE)
        quick.hand_to(office.desk)
        assert office.shown == "a"
        await office.say(TextArrived("yes"), Completed("stop"))
        await until(lambda: not office.desk.session.is_running)
        office.history.release(quick.session)

    in_office(journey)
