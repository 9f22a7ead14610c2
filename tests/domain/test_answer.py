"""How each event changes an answer, in every state that it may come in."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headwater.domain.answer import (
    Answer,
    AnswerState,
    Complete,
    Cursor,
    Failed,
    Searching,
    Stopped,
    Streaming,
    Waiting,
)
from headwater.domain.events import (
    AnswerEvent,
    AttemptFailed,
    Broke,
    Completed,
    FollowUpsSuggested,
    Interrupted,
    Numbered,
    Opened,
    PicturesFound,
    ReasoningArrived,
    Rejoined,
    SearchStarted,
    SourcesFound,
    TextArrived,
    TextSettled,
    TimeTaken,
    UsageCounted,
    WasStopped,
    coalesce,
)
from headwater.domain.failure import Failure, FailureKind, empty_answer
from headwater.domain.source import Picture, Source
from headwater.domain.usage import Timing, Usage

BUSY = Failure(FailureKind.RATE_LIMIT, "Too many requests.", retryable=True)
PAGE = Source("1", "https://example.org/a")
EVENTS: tuple[AnswerEvent, ...] = (
    Opened("m", "r1"),
    SearchStarted(("q",), "searching"),
    SourcesFound((PAGE,)),
    ReasoningArrived("hm"),
    TextArrived(" more"),
    TextSettled("all"),
    PicturesFound((Picture("https://example.org/p.png"),)),
    FollowUpsSuggested(("and then?",)),
    UsageCounted(Usage(output_tokens=3)),
    TimeTaken(Timing(0.1, 0.2)),
    AttemptFailed(BUSY, 2, 5.0),
    Numbered(7),
    Interrupted(BUSY, 5.0),
    Rejoined(),
    Completed("stop"),
    Broke(BUSY),
    WasStopped("after 5 tokens"),
)
RUNNING: tuple[AnswerState, ...] = (Waiting(), Searching("thinking"), Streaming())
ENDED: tuple[AnswerState, ...] = (Complete(), Stopped(), Failed(BUSY))
LATE = (SourcesFound, UsageCounted, TimeTaken)

some_event = st.one_of(
    st.sampled_from(EVENTS), st.text().map(TextArrived), st.text().map(ReasoningArrived)
)


def named(value: object) -> str:
    return type(value).__name__


def after(*happened: AnswerEvent) -> Answer:
    answer = Answer()
    for event in happened:
        answer = answer.after(event)
    return answer


@pytest.mark.parametrize("event", [e for e in EVENTS if not isinstance(e, LATE)], ids=named)
@pytest.mark.parametrize("state", ENDED, ids=named)
def test_that_what_comes_after_the_end_changes_nothing(
    state: AnswerState, event: AnswerEvent
) -> None:
    ended = Answer(text="kept", state=state)
    assert ended.after(event) is ended


@pytest.mark.parametrize("state", [*RUNNING, *ENDED], ids=named)
def test_that_sources_usage_and_timing_are_taken_in_every_state(state: AnswerState) -> None:
    answer = Answer(text="kept", state=state)
    for event in (e for e in EVENTS if isinstance(e, LATE)):
        answer = answer.after(event)
    assert (answer.sources, answer.usage) == ((PAGE,), Usage(output_tokens=3))
    assert answer.timing == Timing(0.1, 0.2)
    assert (answer.text, answer.state) == ("kept", state)


@pytest.mark.parametrize("text", ["", "half"])
@pytest.mark.parametrize("state", RUNNING, ids=named)
@pytest.mark.parametrize(
    ("event", "expected", "status"),
    [
        (Broke(BUSY), Failed(BUSY), None),
        (WasStopped("after 5 tokens"), Stopped("after 5 tokens"), "stopped"),
        (AttemptFailed(BUSY, 2, 5.0), Waiting(BUSY, 5.0), "running"),
    ],
    ids=named,
)
def test_that_an_ending_or_a_wait_keeps_the_text_in_every_running_state(
    state: AnswerState, text: str, event: AnswerEvent, expected: AnswerState, status: str | None
) -> None:
    answer = Answer(text=text, state=state).after(event)
    assert (answer.text, answer.state) == (text, expected)
    assert answer.status == (status or ("incomplete" if text else "failed"))
    assert answer.attempts == (2 if isinstance(event, AttemptFailed) else 1)


@pytest.mark.parametrize("state", RUNNING, ids=named)
def test_that_text_makes_every_running_state_streaming(state: AnswerState) -> None:
    assert Answer(state=state).after(TextArrived("a")).state == Streaming()
    assert Answer(state=state).after(TextSettled("a")).state == Streaming()


@pytest.mark.parametrize("event", [TextArrived(""), TextSettled(""), SourcesFound(())], ids=named)
def test_that_an_empty_piece_takes_nothing_away(event: AnswerEvent) -> None:
    answer = Answer(text="kept", sources=(PAGE,), state=Searching("thinking"))
    assert answer.after(event) is answer


def test_that_settled_text_replaces_what_the_pieces_gave() -> None:
    assert after(TextArrived("a"), TextArrived("b"), TextSettled("c")).text == "c"


def test_that_searching_and_thinking_are_shown_only_until_text_stands() -> None:
    searching = after(SearchStarted(("q", "q2"), "searching"))
    assert searching.state == Searching("searching")
    assert searching.after(ReasoningArrived("hm")).state == Searching("thinking")
    streaming = searching.after(TextArrived("a"))
    assert streaming.after(ReasoningArrived("hm")).state == Streaming()
    later = streaming.after(SearchStarted(("q2", "q3"), "searching again"))
    assert later.state == Streaming()
    assert later.queries == ("q", "q2", "q3")


def test_that_a_later_opening_fills_in_and_empties_nothing() -> None:
    answer = after(Opened("m", ""), Opened("", "r1"), Opened())
    assert (answer.model, answer.response_id) == ("m", "r1")


def test_that_later_lists_replace_earlier_ones() -> None:
    other = Source("2", "https://example.org/b")
    picture = Picture("https://example.org/p.png")
    answer = after(
        SourcesFound((PAGE,)),
        SourcesFound((PAGE, other)),
        PicturesFound(()),
        PicturesFound((picture,)),
        FollowUpsSuggested(("a",)),
        FollowUpsSuggested(("b",)),
    )
    assert answer.sources == (PAGE, other)
    assert (answer.pictures, answer.follow_ups) == ((picture,), ("b",))


def test_that_complaint_07_usage_is_never_summed() -> None:
    counted = [UsageCounted(Usage(output_tokens=count, cost=0.1 * count)) for count in (1, 2, 3)]
    assert after(*counted).usage == Usage(output_tokens=3, cost=0.1 * 3)


def test_that_R31_an_end_without_a_character_is_a_failure_that_says_so() -> None:
    answer = after(SearchStarted(("q",)), ReasoningArrived("hm"), Completed("stop"))
    assert (answer.status, answer.failure) == ("failed", empty_answer())
    assert answer.finish_reason == "stop"


def test_that_a_finish_reason_is_kept_when_the_end_names_none() -> None:
    answer = replace(Answer(text="a"), finish_reason="length").after(Completed())
    assert (answer.state, answer.finish_reason) == (Complete(), "length")


def test_that_an_answer_that_went_wrong_is_incomplete_with_text_and_failed_without() -> None:
    assert after(TextArrived("half"), Broke(BUSY)).status == "incomplete"
    assert after(Broke(BUSY)).status == "failed"
    assert after(TextArrived("half"), Broke(BUSY)).failure == BUSY
    assert after(TextArrived("all"), Completed("stop")).failure is None


@given(st.lists(some_event, max_size=30))
def test_that_an_answer_never_runs_again_and_never_forgets_text_at_its_end(
    happened: list[AnswerEvent],
) -> None:
    answer = Answer()
    for event in happened:
        before, answer = answer, answer.after(event)
        if not before.is_running:
            assert (answer.text, answer.state) == (before.text, before.state)
        elif not isinstance(event, TextSettled):
            assert answer.text.startswith(before.text)
        assert (answer.status == "running") == answer.is_running
        assert (answer.failure is not None) == (answer.status in ("failed", "incomplete"))
        assert answer.status != "complete" or answer.text


@given(st.lists(some_event, max_size=30))
def test_that_joined_events_give_the_same_answer(happened: list[AnswerEvent]) -> None:
    assert after(*coalesce(happened)) == after(*happened)


def test_that_a_number_notes_how_much_had_come_until_then() -> None:
    answer = Answer("One ").after(ReasoningArrived("hm")).after(Numbered(7))
    assert answer.after(TextArrived("two")).cursor == Cursor(7, 4, 2)


@pytest.mark.parametrize(("text", "state"), [("", Searching()), ("One", Streaming())])
def test_that_a_run_waits_while_it_is_lost_and_goes_on_afterwards(
    text: str, state: AnswerState
) -> None:
    waiting = Answer(text, state=Streaming()).after(Interrupted(BUSY, 5.0))
    assert (waiting.state, waiting.attempts) == (Waiting(BUSY, 5.0), 1)
    assert waiting.after(Rejoined()).state == state


def test_that_of_the_numbers_between_pieces_the_last_is_kept() -> None:
    pieces: list[AnswerEvent] = [TextArrived("a"), Numbered(1), TextArrived("b"), Numbered(2)]
    assert coalesce(pieces) == (TextArrived("ab"), Numbered(2))
