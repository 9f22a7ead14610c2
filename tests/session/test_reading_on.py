"""Continue where the server went on by itself: a background run, also after a restart."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from headwater.adapters.answer_service import HttpAnswerService, Limits
from headwater.adapters.archive import SqliteArchive
from headwater.domain.answer import Answer, Cursor
from headwater.domain.api_key import ApiKey
from headwater.domain.conversation import Conversation
from headwater.domain.events import (
    Broke,
    Completed,
    Interrupted,
    Numbered,
    Opened,
    ReasoningArrived,
    Rejoined,
    TextArrived,
    TextSettled,
)
from headwater.domain.failure import Failure, run_forgotten, unfinished_answer
from headwater.domain.options import AnswerOptions
from headwater.domain.provider import DialectName, Provider
from headwater.session.conversation_session import ConversationSession, Route
from headwater.ui.waiting_words import waiting_words
from tests.fakes import SERVER, FakeArchive, FakeService, open_access, play, until
from tests.fault_server import FaultServer
from tests.research_server import RUN, TEXT, Research

ROUTE = Route(replace(SERVER, dialect=DialectName.AGENT), "m")
BACKGROUND = AnswerOptions(background=True)
LOST = (
    Opened("m", "resp_1"),
    ReasoningArrived("Hm"),
    TextArrived("One "),
    Numbered(7),
    Broke(unfinished_answer()),
)


class Stage:
    """A session whose first answer was lost."""

    def __init__(self, service: FakeService) -> None:
        self.service = service
        self.archive = FakeArchive()
        self.session = ConversationSession(
            Conversation(), service, self.archive, open_access, _raise
        )

    async def lose(self, options: AnswerOptions = BACKGROUND) -> str:
        turn_id = self.session.ask("q", ROUTE, options)
        await self.session.settled()
        return turn_id

    async def go_on(self, turn_id: str, route: Route = ROUTE) -> Answer:
        new = self.session.continue_answer(turn_id, route)
        await self.session.settled()
        return self.session.conversation.turn(new).answer


def _raise(error: BaseException) -> None:
    raise error


def test_that_continue_reads_a_run_on_from_where_it_was_lost() -> None:
    async def journey() -> None:
        stage = Stage(FakeService(LOST, [TextArrived("two."), Completed()]))
        lost = await stage.lose()
        answer = await stage.go_on(lost)
        assert (answer.text, answer.status) == ("One two.", "complete")
        place = stage.service.requests[-1].place
        assert place is not None
        assert (place.response_id, place.number, place.text) == ("resp_1", 7, "One ")
        assert place.has_reasoning
        assert stage.session.conversation.turn(lost).answer.text == "One "

    play(journey)


def test_that_a_whole_text_of_the_server_is_not_put_behind_what_stands() -> None:
    async def journey() -> None:
        stage = Stage(FakeService(LOST, [TextSettled("One, two."), Completed()]))
        assert (await stage.go_on(await stage.lose())).text == "One, two."

    play(journey)


def test_that_a_run_that_ended_without_more_is_complete() -> None:
    async def journey() -> None:
        stage = Stage(FakeService(LOST, [Completed()]))
        answer = await stage.go_on(await stage.lose())
        assert (answer.text, answer.status) == ("One ", "complete")

    play(journey)


def test_that_a_run_lost_before_its_first_word_is_read_on_too() -> None:
    async def journey() -> None:
        begun = (Opened("m", "resp_1"), Numbered(3), Broke(unfinished_answer()))
        stage = Stage(FakeService(begun, [TextArrived("All."), Completed()]))
        lost = await stage.lose()
        assert stage.session.conversation.turn(lost).answer.is_resumable
        assert (await stage.go_on(lost)).text == "All."

    play(journey)


@pytest.mark.parametrize(
    "route",
    [
        Route(replace(ROUTE.provider, base_url="http://localhost:9/v1"), "m"),
        Route(replace(ROUTE.provider, id="openai"), "m"),
    ],
    ids=["another address", "another provider"],
)
def test_that_somebody_else_is_asked_to_go_on_from_the_text(route: Route) -> None:
    async def journey() -> None:
        stage = Stage(FakeService(LOST, [TextArrived("One two."), Completed()]))
        answer = await stage.go_on(await stage.lose(), route)
        assert answer.text == "One two."
        request = stage.service.requests[-1]
        assert request.place is None
        assert not request.options.background
        assert request.messages[1].text == "One "

    play(journey)


def test_that_a_forgotten_run_is_gone_on_with_from_its_text() -> None:
    async def journey() -> None:
        stage = Stage(
            FakeService(LOST, [Broke(run_forgotten())], [TextArrived("One two."), Completed()])
        )
        answer = await stage.go_on(await stage.lose())
        assert (answer.text, answer.status) == ("One two.", "complete")
        request = stage.service.requests[-1]
        assert (request.place, request.options.search.enabled) == (None, False)
        assert [message.role for message in request.messages] == ["user", "assistant", "user"]
        assert len(stage.service.requests) == 3

    play(journey)


def test_that_a_forgotten_run_without_a_word_is_said_to_be_forgotten() -> None:
    async def journey() -> None:
        begun = (Opened("m", "resp_1"), Numbered(3), Broke(unfinished_answer()))
        stage = Stage(FakeService(begun, [Broke(run_forgotten())]))
        answer = await stage.go_on(await stage.lose())
        assert answer.failure == run_forgotten()
        assert len(stage.service.requests) == 2

    play(journey)


def test_that_text_saved_beyond_the_noted_place_neither_shrinks_nor_comes_twice() -> None:
    async def journey() -> None:
        pieces = ["One ", "two ", "three", " four."]
        stage = Stage(FakeService(LOST, [*map(TextArrived, pieces[1:]), Numbered(10), Completed()]))
        lost = await stage.lose()
        session = stage.session
        killed = replace(session.conversation.turn(lost).answer, text="One two thr")
        session._conversation = session.conversation.with_answer(lost, killed)
        shown: list[str] = []
        session.changed.add(lambda: shown.append(session.conversation.path[-1].answer.text))
        answer = await stage.go_on(lost)
        assert answer.text == "One two three four."
        assert all(text.startswith("One two thr") for text in shown)
        assert answer.cursor == Cursor(10, len(answer.text), len(answer.reasoning))

    play(journey)


def test_that_a_run_lost_again_before_the_saved_text_keeps_the_earlier_place() -> None:
    async def journey() -> None:
        again = (TextArrived("two "), Numbered(8), Broke(unfinished_answer()))
        stage = Stage(FakeService(LOST, again, [TextArrived("two three."), Completed()]))
        lost = await stage.lose()
        session = stage.session
        killed = replace(session.conversation.turn(lost).answer, text="One two thr")
        session._conversation = session.conversation.with_answer(lost, killed)
        answer = await stage.go_on(lost)
        assert (answer.text, answer.status) == ("One two thr", "incomplete")
        answer = await stage.go_on(session.conversation.leaf_id)
        place = stage.service.requests[-1].place
        assert place is not None
        assert (place.number, place.text) == (7, "One ")
        assert answer.text == "One two three."

    play(journey)


def test_that_a_run_that_goes_another_way_than_the_saved_text_wins() -> None:
    async def journey() -> None:
        stage = Stage(FakeService(LOST, [TextArrived("and more."), Completed()]))
        lost = await stage.lose()
        session = stage.session
        killed = replace(session.conversation.turn(lost).answer, text="One two")
        session._conversation = session.conversation.with_answer(lost, killed)
        assert (await stage.go_on(lost)).text == "One and more."

    play(journey)


def test_that_the_wait_for_a_lost_run_is_counted_down_and_can_be_stopped() -> None:
    async def journey() -> None:
        service = FakeService()
        stage = Stage(service)
        session = stage.session
        turn_id = session.ask("q", ROUTE, BACKGROUND)
        resume_at = asyncio.get_running_loop().time() + 8.0
        await service.live.put((*LOST[:-1], Interrupted(unfinished_answer(), resume_at)))
        await until(lambda: session.next_attempt)
        failure, seconds = session.next_attempt or (None, 0.0)
        assert failure == unfinished_answer()
        assert 7.0 < seconds <= 8.0
        assert waiting_words(session) == "The connection was lost. Again in 8 s"
        await service.live.put((Rejoined(),))
        await until(lambda: session.next_attempt is None)
        await service.live.put((Interrupted(unfinished_answer(), resume_at),))
        await until(lambda: session.next_attempt)
        session.stop()
        await session.settled()
        answer = session.conversation.turn(turn_id).answer
        assert (answer.text, answer.status) == ("One ", "stopped")
        await session.close()

    play(journey)


@pytest.mark.parametrize(("options", "ended"), [(BACKGROUND, ["resp_1"]), (AnswerOptions(), [])])
def test_that_S13_stop_ends_a_background_run_at_the_server(
    options: AnswerOptions, ended: list[str]
) -> None:
    async def journey() -> None:
        service = FakeService()
        stage = Stage(service)
        turn_id = stage.session.ask("q", ROUTE, options)
        await service.live.put(LOST[:-1])
        await until(lambda: stage.session.conversation.turn(turn_id).answer.text)
        stage.session.stop()
        await stage.session.settled()
        await until(lambda: service.closed)
        for _ in range(5):
            await asyncio.sleep(0)
        assert service.ended == ended
        assert not stage.session.conversation.turn(turn_id).answer.is_resumable
        await stage.session.close()

    play(journey)


@pytest.mark.parametrize("reason", ["by a person", "by a limit"])
def test_that_a_run_stopped_right_before_the_end_of_the_program_is_ended_too(reason: str) -> None:
    class Slow(FakeService):
        async def end_run(self, provider: Provider, response_id: str, key: ApiKey | None) -> None:
            await asyncio.sleep(0.05)
            await super().end_run(provider, response_id, key)

    async def journey() -> None:
        service = Slow()
        stage = Stage(service)
        limit = 1 if reason == "by a limit" else None
        turn_id = stage.session.ask("q", ROUTE, replace(BACKGROUND, stop_after=limit))
        await service.live.put(LOST[:-1])
        await until(lambda: stage.session.conversation.turn(turn_id).answer.text)
        stage.session.stop()
        stage.session.stop()
        await stage.session.close()
        assert service.ended == ["resp_1"]

    play(journey)


def test_that_the_end_of_the_program_leaves_a_run_going() -> None:
    async def journey() -> None:
        service = FakeService()
        stage = Stage(service)
        turn_id = stage.session.ask("q", ROUTE, BACKGROUND)
        await service.live.put(LOST[:-1])
        await until(lambda: stage.session.conversation.turn(turn_id).answer.text)
        await stage.session.close()
        assert service.ended == []
        assert stage.archive.answers[turn_id].is_resumable

    play(journey)


def test_that_R41_research_goes_on_after_a_restart_of_the_program(tmp_path: Path) -> None:
    """The real adapters and a real file; the server goes on while nobody listens."""

    async def journey() -> None:
        research = Research(thinking=0.2, pace=0.03)
        async with FaultServer(research) as server:
            provider = replace(SERVER.at(server.base_url), dialect=DialectName.AGENT)
            route = Route(provider, "")
            conversation = Conversation()
            archive = SqliteArchive(tmp_path / "history.sqlite")
            first = ConversationSession(
                conversation, HttpAnswerService(), archive, open_access, _raise
            )
            turn_id = first.ask("Where does it rise?", route, BACKGROUND)
            await until(lambda: "rises" in first.conversation.turn(turn_id).answer.text)
            await first.close()
            await archive.close()

            archive = SqliteArchive(tmp_path / "history.sqlite")
            found = await archive.conversation(conversation.id)
            assert found is not None
            kept = found.turn(turn_id).answer
            assert (kept.response_id, kept.status) == (RUN, "incomplete")
            second = ConversationSession(
                found, HttpAnswerService(limits=Limits()), archive, open_access, _raise
            )
            new = second.continue_answer(turn_id, route)
            await second.settled()
            answer = second.conversation.turn(new).answer
            assert (answer.text, answer.status) == (TEXT, "complete")
            assert [source.id for source in answer.sources] == ["1", "2", "3"]
            assert [request.method for request in server.requests] == ["POST", "GET"]
            await second.close()
            await archive.close()
            await research.close()

    play(journey)


def test_that_what_is_no_fault_of_the_connection_is_not_read_on() -> None:
    failure = Failure(kind=run_forgotten().kind, title="No.")
    answer = Answer("x", response_id="r", cursor=Cursor(1, 1, 0)).after(Broke(failure))
    assert not answer.is_resumable
