"""Joining neighbouring pieces of text changes their number and nothing else."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from headwater.domain.events import (
    AnswerEvent,
    Completed,
    ReasoningArrived,
    SearchStarted,
    TextArrived,
    TextSettled,
    coalesce,
)

pieces = st.lists(
    st.one_of(
        st.text(max_size=4).map(TextArrived),
        st.text(max_size=4).map(ReasoningArrived),
        st.just(SearchStarted(("q",))),
        st.just(TextSettled("all")),
        st.just(Completed("stop")),
    ),
    max_size=20,
)


def test_that_neighbours_of_one_kind_are_joined_and_others_stay_apart() -> None:
    happened = (
        TextArrived("a"),
        TextArrived("b"),
        ReasoningArrived("x"),
        ReasoningArrived("y"),
        TextArrived("c"),
        SearchStarted(),
        TextArrived("d"),
        TextSettled("abcd"),
        TextArrived("e"),
    )
    assert coalesce(happened) == (
        TextArrived("ab"),
        ReasoningArrived("xy"),
        TextArrived("c"),
        SearchStarted(),
        TextArrived("d"),
        TextSettled("abcd"),
        TextArrived("e"),
    )


def test_that_nothing_stays_nothing() -> None:
    assert coalesce(()) == ()


@given(pieces)
def test_that_no_text_is_lost_and_no_other_event_moves(happened: list[AnswerEvent]) -> None:
    def spelled(events: list[AnswerEvent] | tuple[AnswerEvent, ...]) -> list[object]:
        """Return every character and every other event, one by one, in order."""
        return [
            part
            for event in events
            for part in (
                [(type(event), c) for c in event.text]
                if isinstance(event, TextArrived | ReasoningArrived)
                else [event]
            )
        ]

    joined = coalesce(happened)
    assert spelled(joined) == spelled(happened)
    for first, second in pairwise(joined):
        if isinstance(first, TextArrived | ReasoningArrived):
            assert type(first) is not type(second)


@given(pieces)
def test_that_joining_twice_is_joining_once(happened: list[AnswerEvent]) -> None:
    once = coalesce(happened)
    assert coalesce(once) == once
