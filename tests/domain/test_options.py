"""Which options may be sent, and what is said of the others."""

from __future__ import annotations

import math

import pytest

from headwater.domain.options import AnswerOptions, SearchOptions


@pytest.mark.parametrize(
    "options",
    [
        AnswerOptions(),
        AnswerOptions(max_tokens=1, stop_after=1, temperature=0.0, top_p=1.0),
        AnswerOptions(temperature=2.0, top_p=0.0001),
        AnswerOptions(search=SearchOptions(domains=("a.example",) * 20)),
    ],
)
def test_that_values_at_the_edge_of_their_range_are_taken(options: AnswerOptions) -> None:
    assert options.problem() == ""


@pytest.mark.parametrize(
    ("options", "word"),
    [
        (AnswerOptions(max_tokens=0), "output limit"),
        (AnswerOptions(max_tokens=-5), "output limit"),
        (AnswerOptions(stop_after=0), "stop after"),
        (AnswerOptions(temperature=-0.1), "temperature"),
        (AnswerOptions(temperature=2.1), "temperature"),
        (AnswerOptions(temperature=math.nan), "temperature"),
        (AnswerOptions(temperature=math.inf), "temperature"),
        (AnswerOptions(top_p=0.0), "Top-p"),
        (AnswerOptions(top_p=1.1), "Top-p"),
        (AnswerOptions(top_p=math.nan), "Top-p"),
        (AnswerOptions(search=SearchOptions(domains=("a.example",) * 21)), "domains"),
    ],
)
def test_that_a_value_out_of_range_is_named_in_one_sentence(
    options: AnswerOptions, word: str
) -> None:
    problem = options.problem()
    assert word in problem
    assert problem.endswith(".")
    assert problem.count(".") <= 1


def test_that_nothing_is_asked_for_unless_the_user_did() -> None:
    options = AnswerOptions()
    assert options.stream
    assert options.search == SearchOptions(enabled=True)
    assert (options.max_tokens, options.temperature, options.top_p) == (None, None, None)
