"""The sentences that cite something come out plain, each with the ids of its marks."""

from __future__ import annotations

import time

import pytest

from headwater.domain.cited_sentence import CitedSentence, cited_sentences


def test_that_each_sentence_comes_with_the_marks_behind_it() -> None:
    text = "First here.[1][2] No mark. Third one [3-4]. Half [1] and half [2]."
    assert list(cited_sentences(text)) == [
        CitedSentence("First here.", ("1", "2")),
        CitedSentence("Third one .", ("3", "4")),
        CitedSentence("Half and half .", ("1", "2")),
    ]


def test_that_markup_is_left_out() -> None:
    text = "- **Bold** and [a link](https://a.example/x) with 2\\*3, snake_case and `code[9]`.[1]\n"
    assert [sentence.text for sentence in cited_sentences(text)] == [
        "Bold and a link with 2*3, snake_case and ."
    ]


def test_that_formulas_are_left_out() -> None:
    text = r"So $E = mc^2$ holds. It costs $5 \(x_1\) at 3%.[1]" + "\n\n$$\nx[2]\n$$\n"
    assert [s.text for s in cited_sentences(text)] == ["It costs $5 at 3%."]


def test_that_cells_and_items_come_and_code_does_not() -> None:
    text = "|a [1]|b|\n|-|-|\n|c|d【2】|\n\n```\ne [3]\n```\n\n> f [4]\n"
    assert [sentence.text for sentence in cited_sentences(text)] == ["a", "d", "f"]


def test_that_a_sentence_is_cut_out_only_when_it_is_asked_for() -> None:
    sentences = cited_sentences("A.[1] B.[2]")
    assert next(sentences).text == "A."


@pytest.mark.parametrize("text", ["[1]", "A.[1] ", "[1] ", "**a**[1]", "[a](b)[1]", "\\[1] "])
def test_that_no_text_makes_it_slow(text: str) -> None:
    begun = time.process_time()
    for _ in cited_sentences(text * (1_000_000 // len(text))):
        pass
    # Two seconds on a quiet machine; anything quadratic would take minutes.
    assert time.process_time() - begun < 20
