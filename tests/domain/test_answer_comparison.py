"""Two versions of an answer beside each other."""

from __future__ import annotations

from collections import Counter
from itertools import count, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headwater.domain.answer import Answer
from headwater.domain.answer_comparison import (
    Comparison,
    Likeness,
    compare_answers,
    compare_sources,
)
from headwater.domain.answer_sentence import answer_sentences
from headwater.domain.sequence_match import finished
from headwater.domain.source import Source

Spans = tuple[tuple[int, int], ...]

_ONE = Source("1", "https://www.one.example/")
_TWO = Source("2", "https://two.example/")

sentences = st.lists(
    st.sampled_from(
        [
            "The sky is blue.",
            "The sky is red today.",
            "Grass is green [1].",
            "Grass is green [2].",
            "Grass is very green [1][2].",
            "Stones are old.",
            "\n\n",
            "\n- An item.",
            "\n\n```\nx = 1\n```\n",
            "\n\n| a | b |\n|--|--|\n| c | d |\n\n",
        ]
    ),
    max_size=12,
).map(" ".join)
answers = st.builds(
    Answer, text=sentences, sources=st.sampled_from([(), (_ONE,), (_ONE, _TWO), (_TWO,)])
)


def compared(first: Answer | str, second: Answer | str) -> Comparison:
    one, other = (Answer(text=a) if isinstance(a, str) else a for a in (first, second))
    return finished(compare_answers(one, other))


def shown(comparison: Comparison) -> list[tuple[str, str, str]]:
    """Return the name of each likeness and both texts, changed words in braces."""
    return [
        (
            p.likeness.name.lower(),
            braced(p.first.text, p.first_changes) if p.first else "",
            braced(p.second.text, p.second_changes) if p.second else "",
        )
        for p in comparison.pairings
    ]


def braced(text: str, spans: tuple[tuple[int, int], ...]) -> str:
    for start, end in reversed(spans):
        text = f"{text[:start]}{{{text[start:end]}}}{text[end:]}"
    return text


@given(answers, answers)
def test_that_every_sentence_of_both_appears_once_and_in_order(
    first: Answer, second: Answer
) -> None:
    comparison = compared(first, second)
    assert [p.first for p in comparison.pairings if p.first] == list(answer_sentences(first))
    assert [p.second for p in comparison.pairings if p.second] == list(answer_sentences(second))
    assert comparison.counts == Counter(p.likeness for p in comparison.pairings)
    for pairing in comparison.pairings:
        match pairing.likeness:
            case Likeness.FIRST_ONLY:
                assert pairing.second is None
            case Likeness.SECOND_ONLY:
                assert pairing.first is None
            case likeness:
                assert pairing.first is not None
                assert pairing.second is not None
                is_same = pairing.first.key == pairing.second.key
                assert is_same == (likeness is Likeness.SAME)


@given(answers)
def test_that_an_answer_is_the_same_as_itself(answer: Answer) -> None:
    comparison = compared(answer, answer)
    assert comparison.is_same
    assert all(page.first == page.second for page in comparison.pages)


@given(answers, answers)
def test_that_it_makes_no_difference_which_one_is_the_first(first: Answer, second: Answer) -> None:
    def numbered(comparison: Comparison) -> set[tuple[int, int, Spans, Spans]]:
        ours, theirs = count(), count()
        return {
            (
                next(ours) if p.first else -1,
                next(theirs) if p.second else -1,
                p.first_changes,
                p.second_changes,
            )
            for p in comparison.pairings
        }

    back = {(b, a, d, c) for a, b, c, d in numbered(compared(second, first))}
    assert numbered(compared(first, second)) == back


def test_that_a_changed_sentence_stands_beside_its_like_with_the_words_that_changed() -> None:
    first = "Intro. The tower is 300 metres high and old. Only here. End."
    second = "Intro. The tower is 330 metres high and very old. End. Something else entirely."
    assert shown(compared(first, second)) == [
        ("same", "Intro.", "Intro."),
        (
            "changed",
            "The tower is {300} metres high and old.",
            "The tower is {330} metres high and {very} old.",
        ),
        ("first_only", "Only here.", ""),
        ("same", "End.", "End."),
        ("second_only", "", "Something else entirely."),
    ]


def test_that_changed_words_without_spaces_between_them_are_found() -> None:
    assert shown(compared("塔高三百米。", "塔高四百米。")) == [
        ("changed", "塔高{三}百米。", "塔高{四}百米。")
    ]
    assert shown(compared("```\n  a = 1\n```", "```\n    a = 1\n```")) == [
        ("changed", "{  }a = 1", "{    }a = 1")
    ]


def test_that_sentences_that_share_little_are_not_one() -> None:
    assert shown(compared("The sky is blue.", "The grass is green.")) == [
        ("first_only", "The sky is blue.", ""),
        ("second_only", "", "The grass is green."),
    ]
    assert [row[0] for row in shown(compared("# Blue sky", "Blue sky now"))] == [
        "first_only",
        "second_only",
    ]


def test_that_a_mark_is_compared_by_its_page_and_not_by_its_number() -> None:
    first = Answer("Blue [1]. Green [2]. Red [1][2].", sources=(_ONE, _TWO))
    turned = (Source("1", "http://two.example"), Source("2", "http://one.example/#top"))
    second = Answer("Blue [2]. Green [2]. Red [1, 2].", sources=turned)
    likenesses = [p.likeness for p in compared(first, second).pairings]
    assert likenesses == [Likeness.SAME, Likeness.CHANGED, Likeness.SAME]


def test_that_alike_sentences_are_found_in_a_long_rewritten_stretch() -> None:
    names = [f"{a}{b}" for a in "bcdfghklmnp" for b in ("amel", "ortic", "ussel", "indra", "eppo")]
    first = [f"The {n} of {m} lies north." for n, m in pairwise(names)]
    second = [s.replace("north", "far south") for s in first]
    second[10:10] = [f"Wholly new text {n} stands." for n in names]
    comparison = compared(" ".join(first), " ".join(second))
    assert comparison.counts == {
        Likeness.CHANGED: len(first),
        Likeness.SECOND_ONLY: len(names),
    }


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("Same one. " * 20_000, "Other. " + "Same one. " * 20_001),
        ("word " * 60_000, "ward " * 60_000),
        (" ".join(f"A{n}." for n in range(20_000)), " ".join(f"B{n}." for n in range(20_000))),
        ("Aa b. Cc d. Ee f. " * 7_000, "Cc d. Aa b. Gg h. " * 7_000),
    ],
)
def test_that_a_pathological_text_takes_work_in_proportion_to_its_length(
    first: str, second: str
) -> None:
    def steps(share: int) -> int:
        one, other = (Answer(text=text[: len(text) // share]) for text in (first, second))
        return sum(1 for _ in compare_answers(one, other))

    assert 10 < steps(1) < 3 * steps(2)


def test_that_each_page_is_named_once_with_its_source_in_each_answer() -> None:
    first = (_ONE, _TWO, Source("3", "http://one.example"))
    second = (Source("1", "https://three.example/"), Source("2", "http://www.one.example"))
    pages = compare_sources(first, second, ["one.example"], ["three.example"])
    assert [(p.first, p.second, p.first_cites, p.second_cites) for p in pages] == [
        (_ONE, second[1], True, False),
        (_TWO, None, False, False),
        (None, second[0], False, True),
    ]


def test_that_sources_without_an_address_are_not_one_because_their_numbers_are() -> None:
    pages = compare_sources([Source("1", "", title="A")], [Source("1", "", title="B")])
    assert [(p.first is None, p.second is None) for p in pages] == [(False, True), (True, False)]
