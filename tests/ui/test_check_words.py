"""What is missing from a passage is named shortly, the telling things first."""

from __future__ import annotations

import pytest

from headwater.domain.passage_check import Aspect, Missing
from headwater.ui.check_words import not_found


def missing(*named: tuple[Aspect, str]) -> list[Missing]:
    return [Missing(aspect, 0, len(text), text) for aspect, text in named]


@pytest.mark.parametrize(
    ("named", "words"),
    [
        ((), ""),
        (((Aspect.NUMBER, "42 %"), (Aspect.NAME, "Paris")), ": 42 %, Paris"),
        (((Aspect.WORD, "bought"), (Aspect.NAME, "Paris"), (Aspect.NAME, "Paris")), ": Paris"),
        (tuple((Aspect.WORD, word) for word in "abcd"), ": a, b, c…"),
        (((Aspect.QUOTATION, "x\n" * 200),), ": x x x x x x x x x x x x x x x x x x x x…"),
    ],
)
def test_that_a_few_of_the_missing_things_are_named(
    named: tuple[tuple[Aspect, str], ...], words: str
) -> None:
    assert not_found(missing(*named)) == f"○ not in the passage shown{words}"


def test_that_plain_words_are_told_by_their_aspect() -> None:
    assert Aspect.WORD.value == "word"
