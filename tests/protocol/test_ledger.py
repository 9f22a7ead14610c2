"""Nothing is said twice, nothing said is lost."""

from __future__ import annotations

import time

import pytest

from headwater.domain.events import (
    Broke,
    Completed,
    Opened,
    ReasoningArrived,
    SourcesFound,
    TextArrived,
    TextSettled,
    UsageCounted,
)
from headwater.domain.failure import Remedy, unfinished_answer
from headwater.domain.source import Source
from headwater.domain.usage import Usage
from headwater.protocol.ledger import Ledger


def test_that_a_fact_is_said_once_until_it_changes() -> None:
    ledger = Ledger()
    for _ in range(2):
        ledger.open("m", "")
        ledger.set_sources((Source("1", "u"),))
        ledger.set_usage(Usage(1))
    ledger.open("", "id")
    ledger.set_sources(())
    ledger.set_usage(None)
    ledger.set_usage(Usage(2))
    assert ledger.take() == (
        Opened("m", ""),
        SourcesFound((Source("1", "u"),)),
        UsageCounted(Usage(1)),
        Opened("m", "id"),
        UsageCounted(Usage(2)),
    )
    assert ledger.take() == ()


@pytest.mark.parametrize(
    ("pieces", "whole", "said"),
    [
        (["a", "b"], "ab", []),
        (["a", "b"], "abc", [TextSettled("abc")]),
        (["a", "b"], "b", []),
        (["a", "b"], "a", [TextSettled("a")]),
        (["a", "b"], "", []),
        ([], "ab", [TextArrived("ab")]),
        (["a\ud83c"], "a\ud83c", [TextArrived("\ufffd")]),
        (["\ud83c", "\udf1e"], "\ud83c\udf1e", []),
    ],
)
def test_that_complaint_10_the_whole_text_only_repairs(
    pieces: list[str], whole: str, said: list[object]
) -> None:
    ledger = Ledger()
    for piece in pieces:
        ledger.add_text(piece)
    ledger.take()
    ledger.settle_text(whole)
    assert list(ledger.take()) == said
    ledger.settle_text(whole)
    assert ledger.take() == ()


def test_that_text_turned_to_reasoning_moves_once_the_answer_begins() -> None:
    ledger = Ledger()
    ledger.add_text("hm")
    ledger.take()
    ledger.turn_to_reasoning(" so")
    assert ledger.take() == (TextArrived(" so"),)
    ledger.add_text("Yes")
    ledger.add_text(".")
    assert ledger.take() == (ReasoningArrived("hm so"), TextSettled("Yes"), TextArrived("."))


def test_that_text_turned_to_reasoning_without_an_answer_stays_the_answer() -> None:
    ledger = Ledger()
    ledger.add_text("hm")
    ledger.turn_to_reasoning(" so")
    ledger.complete("stop")
    assert ledger.take() == (TextArrived("hm"), TextArrived(" so"), Completed("stop"))


def test_that_a_thought_turned_before_any_text_was_shown_is_a_thought_at_once() -> None:
    ledger = Ledger()
    ledger.turn_to_reasoning("hm")
    ledger.add_text("Yes")
    assert ledger.take() == (ReasoningArrived("hm"), TextArrived("Yes"))


def test_that_blank_reasoning_in_front_is_left_out() -> None:
    ledger = Ledger()
    ledger.add_reasoning("\n\n")
    ledger.add_reasoning("\nhm\n")
    ledger.add_thought("so")
    ledger.add_thought(" ")
    assert ledger.take() == (ReasoningArrived("hm\n"), ReasoningArrived("\n\nso"))


def test_that_an_answer_closes_once() -> None:
    ledger = Ledger()
    ledger.add_text("x")
    ledger.complete("stop")
    ledger.complete("length")
    ledger.fail(unfinished_answer())
    assert ledger.take() == (TextArrived("x"), Completed("stop"))


@pytest.mark.parametrize(
    ("finish_reason", "remedy", "words"),
    [
        ("stop", Remedy.RETRY, "without sending a word"),
        ("length", Remedy.CHANGE_OPTIONS, "length limit"),
        ("content_filter", Remedy.NONE, "content filter"),
        ("tool_calls", Remedy.CHOOSE_MODEL, "tool"),
    ],
)
def test_that_R31_a_complete_answer_without_a_character_is_a_failure_that_says_so(
    finish_reason: str, remedy: Remedy, words: str
) -> None:
    ledger = Ledger()
    ledger.complete(finish_reason)
    (broke,) = ledger.take()
    assert isinstance(broke, Broke)
    assert broke.failure.title == "The answer came back empty."
    assert broke.failure.remedy is remedy
    assert words in broke.failure.detail


def test_that_half_a_character_at_the_end_is_not_lost() -> None:
    ledger = Ledger()
    ledger.add_reasoning("r\ud83c")
    ledger.add_text("t\ud83c")
    ledger.complete("stop")
    assert ledger.take() == (
        ReasoningArrived("r"),
        TextArrived("t"),
        TextArrived("\ufffd"),
        ReasoningArrived("\ufffd"),
        Completed("stop"),
    )


def test_that_settling_again_and_again_stays_linear() -> None:
    ledger = Ledger()
    for _ in range(200_000):
        ledger.add_text("a word ")
    start = time.process_time()
    for _ in range(5_000):
        ledger.settle_text("word ")
    assert time.process_time() - start < 1
