"""Long research: a run that the server works on while connections come and go."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from dataclasses import replace

import pytest

from headwater.adapters.answer_service import HttpAnswerService, Limits
from headwater.domain.answer import Answer, Cursor, Waiting
from headwater.domain.events import AnswerEvent, Interrupted, Rejoined, TextSettled
from headwater.domain.failure import FailureKind
from headwater.domain.options import AnswerOptions
from headwater.domain.provider import CUSTOM, DialectName, Provider
from headwater.domain.source import Source
from headwater.protocol.dialect import AnswerRequest, Message, RunPlace
from tests.fault_server import FaultServer, answer, hang_up, json_answer, no_head
from tests.research_server import PAGES, RUN, TEXT, Research

LIMITS = Limits(resume_backoff=0.01, poll_every=0.02, poll_patience=0.3)
EVENTS = 15


class Asked:
    """What came of one question: the answer, its events, every snapshot's state."""

    def __init__(self, begun: Answer) -> None:
        self.answer = begun
        self.events: list[AnswerEvent] = []
        self.waits: list[Waiting] = []

    async def follow(self, service: HttpAnswerService, request: AnswerRequest) -> None:
        async with aclosing(service.stream(request, None)) as batches:
            async for batch in batches:
                for event in batch:
                    self.events.append(event)
                    self.answer = self.answer.after(event)
                    if isinstance(self.answer.state, Waiting) and self.answer.state.retry:
                        self.waits.append(self.answer.state)


def at(server: FaultServer, **changes: object) -> Provider:
    quick = {"first_word_limit": 2.0, "idle_limit": 2.0, "dialect": DialectName.AGENT}
    return replace(CUSTOM.at(server.base_url), **(quick | changes))  # type: ignore[arg-type]


def asked(
    research: Research,
    limits: Limits = LIMITS,
    place: RunPlace | None = None,
    begun: Answer | None = None,
    **changes: object,
) -> tuple[Asked, list[str]]:
    async def scenario() -> tuple[Asked, list[str]]:
        async with FaultServer(research) as server:
            question = (Message("user", "Where does it rise?"),)
            request = AnswerRequest(
                at(server, **changes), "", question, AnswerOptions(background=True), place
            )
            seen = Asked(begun or Answer())
            if place is not None:
                await start(research, server)
            await seen.follow(HttpAnswerService(limits=limits), request)
            await research.close()
        return seen, [f"{r.method} {r.path.partition('?')[2]}" for r in server.requests]

    return asyncio.run(asyncio.wait_for(scenario(), 20))


async def start(research: Research, server: FaultServer) -> None:
    """Let the run begin for somebody who is gone at once."""
    question = (Message("user", "Where does it rise?"),)
    request = AnswerRequest(at(server), "", question, AnswerOptions(background=True))
    async with aclosing(HttpAnswerService().stream(request, None)) as batches:
        await anext(batches)
    server.requests.clear()


def test_that_a_run_is_read_to_its_end_on_one_connection() -> None:
    seen, requests = asked(Research())
    assert (seen.answer.status, seen.answer.text) == ("complete", TEXT)
    assert [source.id for source in seen.answer.sources] == ["1", "2", "3"]
    assert requests == ["POST "]


@pytest.mark.parametrize("broken_after", range(1, EVENTS))
def test_that_R1_a_run_whose_connection_breaks_after_any_event_is_read_to_its_end(
    broken_after: int,
) -> None:
    seen, requests = asked(Research(breaks=[broken_after]))
    assert (seen.answer.status, seen.answer.text) == ("complete", TEXT)
    assert [source.id for source in seen.answer.sources] == ["1", "2", "3"]
    assert not [event for event in seen.events if isinstance(event, TextSettled)]
    assert len(requests) == 2


def test_that_a_run_is_read_one_event_per_connection() -> None:
    seen, requests = asked(Research(breaks=[1] * 40, thinking=0.3, pace=0.1))
    assert (seen.answer.status, seen.answer.text) == ("complete", TEXT)
    assert len(requests) > EVENTS - 2


def test_that_silence_is_no_failure_while_the_server_says_that_the_run_goes_on() -> None:
    seen, requests = asked(Research(thinking=1.5), first_word_limit=0.25, idle_limit=0.25)
    assert (seen.answer.status, seen.answer.text) == ("complete", TEXT)
    assert "GET " in requests
    assert len(requests) < 9


def test_that_silence_ends_a_run_that_takes_longer_than_any() -> None:
    limits = replace(LIMITS, longest_run=0.6)
    seen, _ = asked(Research(thinking=9), limits, first_word_limit=0.2, idle_limit=0.2)
    assert seen.answer.failure is not None
    assert seen.answer.is_resumable


def test_that_a_server_that_says_nothing_at_all_is_given_up() -> None:
    limits = replace(LIMITS, poll_patience=0.2)

    async def scenario() -> tuple[Answer, int]:
        research = Research(breaks=[9])
        async with FaultServer(research, no_head()) as server:
            request = AnswerRequest(
                at(server, idle_limit=0.2),
                "",
                (Message("user", "q"),),
                AnswerOptions(background=True),
            )
            seen = Asked(Answer())
            await seen.follow(HttpAnswerService(limits=limits), request)
            await research.close()
        return seen.answer, len(server.requests)

    answered, requests = asyncio.run(asyncio.wait_for(scenario(), 20))
    assert answered.failure is not None
    assert answered.failure.kind is FailureKind.STREAM_BROKEN
    assert requests == 3


def test_that_an_expired_cursor_leaves_the_run_itself_to_ask_for() -> None:
    research = Research(breaks=[9], thinking=0.1, pace=0.02)
    research.has_cursors = False
    seen, requests = asked(research)
    assert (seen.answer.status, seen.answer.text) == ("complete", TEXT)
    assert seen.answer.usage is not None
    assert requests[:3] == ["POST ", "GET stream=true&starting_after=11", "GET "]


def test_that_a_forgotten_run_keeps_its_text_and_the_first_cause() -> None:
    research = Research(breaks=[9])
    research.is_forgotten = True
    seen, requests = asked(research)
    assert seen.answer.text == "The Rhine rises in the Alps"
    assert seen.answer.failure is not None
    assert seen.answer.failure.kind is FailureKind.STREAM_BROKEN
    assert len(requests) == 3


def test_that_the_wait_for_a_lost_server_is_said_and_ends_with_the_server_back() -> None:
    async def scenario() -> Asked:
        research = Research(breaks=[9])
        busy = json_answer({"error": {"message": "busy"}}, status=503)
        async with FaultServer(research, hang_up(), busy, hang_up(), research) as server:
            request = AnswerRequest(
                at(server), "", (Message("user", "q"),), AnswerOptions(background=True)
            )
            seen = Asked(Answer())
            await seen.follow(HttpAnswerService(limits=LIMITS), request)
            await research.close()
        return seen

    seen = asyncio.run(asyncio.wait_for(scenario(), 20))
    assert (seen.answer.status, seen.answer.text) == ("complete", TEXT)
    interrupted = [event for event in seen.events if isinstance(event, Interrupted)]
    assert len(interrupted) == len(seen.waits) == 3
    pauses = [wait.resume_at for wait in seen.waits]
    assert None not in pauses
    assert [event for event in seen.events if isinstance(event, Rejoined)] == [Rejoined()]


def test_that_R7_a_server_that_asks_for_a_pause_in_mid_run_gets_it() -> None:
    async def scenario() -> tuple[Asked, list[float]]:
        research = Research(breaks=[9])
        busy = json_answer({}, status=429, headers={"Retry-After": "0.4"})
        async with FaultServer(research, busy, research) as server:
            request = AnswerRequest(
                at(server), "", (Message("user", "q"),), AnswerOptions(background=True)
            )
            seen = Asked(Answer())
            await seen.follow(HttpAnswerService(limits=LIMITS), request)
            await research.close()
        return seen, [request.came_at for request in server.requests]

    seen, times = asyncio.run(asyncio.wait_for(scenario(), 20))
    assert (seen.answer.status, seen.answer.text) == ("complete", TEXT)
    assert times[2] - times[1] >= 0.4


def test_that_stop_ends_the_wait_for_a_lost_server() -> None:
    async def scenario() -> float:
        research = Research(breaks=[9])
        async with FaultServer(research, hang_up()) as server:
            request = AnswerRequest(
                at(server), "", (Message("user", "q"),), AnswerOptions(background=True)
            )
            seen = Asked(Answer())
            service = HttpAnswerService(limits=replace(LIMITS, resume_backoff=30.0))
            task = asyncio.get_running_loop().create_task(seen.follow(service, request))
            async with asyncio.timeout(5):
                while not seen.waits:
                    await asyncio.sleep(0.01)
            since = asyncio.get_running_loop().time()
            task.cancel()
            await asyncio.wait((task,))
            await research.close()
            return asyncio.get_running_loop().time() - since

    assert asyncio.run(asyncio.wait_for(scenario(), 20)) < 0.2


# After the program was started again


SEEN = RunPlace(
    RUN,
    10,
    "The Rhine rises in ",
    sources=(Source("1", "https://example.org/1", "Page 1"),),
)


def test_that_a_run_is_read_on_by_another_start_of_the_program() -> None:
    begun = Answer(text=SEEN.text, sources=SEEN.sources, response_id=RUN, cursor=Cursor(10, 19, 0))
    seen, requests = asked(Research(), place=SEEN, begun=begun)
    assert (seen.answer.status, seen.answer.text) == ("complete", TEXT)
    assert [source.id for source in seen.answer.sources] == ["1", "2", "3"]
    assert not [event for event in seen.events if isinstance(event, TextSettled)]
    assert requests == ["GET stream=true&starting_after=10"]


@pytest.mark.parametrize("has_cursors", [True, False])
def test_that_a_run_that_ended_meanwhile_is_there_at_once(has_cursors: bool) -> None:
    research = Research()
    research.has_cursors = has_cursors
    place = RunPlace(RUN, 99, "The Rhine rises in ")
    seen, _ = asked(research, place=place, begun=Answer(text=place.text), first_word_limit=0.3)
    assert (seen.answer.status, seen.answer.text) == ("complete", TEXT)
    assert len(seen.answer.sources) == len(PAGES)


def test_that_a_run_forgotten_meanwhile_is_said_to_be() -> None:
    research = Research()
    research.is_forgotten = True
    seen, requests = asked(research, place=SEEN, begun=Answer(text=SEEN.text))
    assert seen.answer.text == SEEN.text
    assert seen.answer.failure is not None
    assert seen.answer.failure.kind is FailureKind.NOT_FOUND
    assert "no longer has" in seen.answer.failure.title
    assert len(requests) == 2


# What the computer does meanwhile


def test_that_a_run_is_taken_up_again_as_soon_as_the_computer_wakes_up() -> None:
    """The clock that goes on in sleep jumps; the connection is dead and does not say so."""

    async def scenario() -> tuple[Asked, float]:
        now = 0.0
        loop = asyncio.get_running_loop()
        research = Research(breaks=[99], mutes=[0])
        opening = Research(breaks=[99], thinking=99)
        seen = Asked(Answer())
        async with FaultServer(opening, research) as server:
            request = AnswerRequest(
                at(server, idle_limit=60.0, first_word_limit=60.0),
                "",
                (Message("user", "q"),),
                AnswerOptions(background=True),
            )
            research._mutes = ()
            research._run = loop.create_task(research._work())
            service = HttpAnswerService(limits=LIMITS, clock=lambda: now + loop.time())
            task = asyncio.get_running_loop().create_task(seen.follow(service, request))
            async with asyncio.timeout(5):
                while len(seen.answer.sources) < 3:
                    await asyncio.sleep(0.01)
            now += 3600.0
            since = loop.time()
            await task
            await opening.close()
            await research.close()
            return seen, loop.time() - since

    seen, seconds = asyncio.run(asyncio.wait_for(scenario(), 20))
    assert (seen.answer.status, seen.answer.text) == ("complete", TEXT)
    assert seconds < 4


def test_that_a_stopped_run_is_ended_at_the_server() -> None:
    async def scenario() -> bool:
        research = Research(thinking=9)
        async with FaultServer(research) as server:
            await start(research, server)
            await HttpAnswerService().end_run(at(server), RUN, None)
            await research.close()
        return research.was_cancelled

    assert asyncio.run(asyncio.wait_for(scenario(), 20))


@pytest.mark.parametrize(
    "behaviour", [hang_up(), answer("no", status=404), answer("no", status=500)]
)
def test_that_a_run_that_cannot_be_ended_is_no_trouble(behaviour: object) -> None:
    async def scenario() -> None:
        async with FaultServer(behaviour) as server:  # type: ignore[arg-type]
            await HttpAnswerService().end_run(at(server), RUN, None)

    asyncio.run(asyncio.wait_for(scenario(), 20))
