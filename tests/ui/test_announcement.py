from __future__ import annotations

import pytest

from headwater.domain.answer import Answer, AnswerState, Complete, Failed, Stopped
from headwater.domain.failure import empty_answer
from headwater.domain.source import Source
from headwater.ui.announcement import end_words

_SOURCE = Source("1", "https://example.org/")


@pytest.mark.parametrize(
    ("state", "sources", "words"),
    [
        (Complete(), 0, "Answer complete, 0 sources"),
        (Complete(), 1, "Answer complete, 1 source"),
        (Complete(), 2, "Answer complete, 2 sources"),
        (Stopped(), 1, "Answer stopped"),
        (Failed(empty_answer()), 0, empty_answer().title),
    ],
)
def test_that_the_end_of_an_answer_is_said_in_a_sentence(
    state: AnswerState, sources: int, words: str
) -> None:
    assert end_words(Answer(text="x", sources=(_SOURCE,) * sources, state=state)) == words
