"""What is said of two versions as a whole."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from headwater.domain.answer import Answer, Complete, Failed, Stopped, Streaming
from headwater.domain.answer_comparison import compare_answers, compare_sources
from headwater.domain.conversation import Turn
from headwater.domain.failure import empty_answer
from headwater.domain.question import Question
from headwater.domain.sequence_match import finished
from headwater.domain.source import Source
from headwater.ui.comparison_words import count_words, page_words, state_words, version_words


@pytest.mark.parametrize(
    ("first", "second", "words"),
    [
        ("", "", "Neither version has any text."),
        ("One.", "One.", "The one sentence is the same."),
        ("One. Two.", "One. Two.", "All 2 sentences are the same."),
        ("One.", "", "1 sentence only in version 2"),
        (
            "One. Two. The sky is blue. Ab. Cd.",
            "One. Two. The sky is red. Ef. Gh. Ij.",
            "2 sentences the same, 1 changed, 2 only in version 2, 3 only in version 5",
        ),
    ],
)
def test_that_sentences_are_counted_in_words(first: str, second: str, words: str) -> None:
    comparison = finished(compare_answers(Answer(text=first), Answer(text=second)))
    assert count_words(comparison, 2, 5) == words


def test_that_sources_are_counted_in_words() -> None:
    one, two, three = (Source(str(n), f"https://{n}.example") for n in range(3))
    assert page_words((), 1, 2) == "Neither version has sources."
    assert page_words(compare_sources([one], [one]), 1, 2) == "1 source in both"
    assert (
        page_words(compare_sources([one, two], [one, three]), 1, 2)
        == "1 source in both, 1 only in version 1, 1 only in version 2"
    )


def test_that_it_is_said_which_version_has_not_come_to_its_end() -> None:
    assert state_words({1: Answer("a", state=Complete()), 2: Answer("b", state=Complete())}) == ""
    assert state_words({1: Answer("a", state=Streaming()), 2: Answer("b", state=Stopped())}) == (
        "Version 1 is still being written; this is what has come so far. Version 2 is not complete."
    )
    assert state_words({3: Answer(state=Failed(empty_answer()))}) == "Version 3 is not complete."


def test_that_a_version_is_named_by_number_time_and_model() -> None:
    asked = datetime(2026, 1, 2, 3, 4, tzinfo=UTC)
    turn = Turn("a", "", Question("q", asked_at=asked, model="m\n\u202e1"))
    assert version_words(turn, 2, asked.replace(hour=9)) == "Version 2 · 03:04 · m 1"
    assert version_words(turn, 2, asked.replace(day=3)) == "Version 2 · 02 Jan 2026, 03:04 · m 1"
