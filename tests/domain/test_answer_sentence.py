"""The sentences of an answer as they are compared."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headwater.domain.answer import Answer
from headwater.domain.answer_sentence import Sentence, SentenceMark, answer_sentences, page_of
from headwater.domain.block import Kind
from headwater.domain.source import Source

_SOURCES = (
    Source("1", "https://www.one.example/"),
    Source("2", "http://two.example/a", aliases=("7",)),
    Source("3", ""),
)


def read(text: str) -> list[Sentence]:
    return list(answer_sentences(Answer(text=text, sources=_SOURCES)))


def words(text: str) -> list[str]:
    return [sentence.text for sentence in read(text)]


@pytest.mark.parametrize(
    ("markdown", "plain"),
    [
        ("The **sky** is *blue*.", "The sky is blue."),
        ('A [page](https://a.example/x_y "Its title. More") here.', "A page here."),
        ("Call `f(a. B)` now.", "Call f(a. B) now."),
        ("Two `[1]` signs.", "Two [1] signs."),
        ("It is $*x* + [1]$ big.", "It is $*x* + [1]$ big."),
        ("a_b_c and 2 * 3", "a_b_c and 2 * 3"),
        (r"Not \*bold\* at all", "Not *bold* at all"),
        ("This &amp; that", "This & that"),
        ("Two\nlines", "Two lines"),
        ("~~Gone~~ it is", "Gone it is"),
        (
            r"Hard\
break",
            "Hard break",
        ),
    ],
)
def test_that_markdown_is_left_out(markdown: str, plain: str) -> None:
    assert words(markdown) == [plain]


def test_that_sentences_are_cut_within_their_blocks() -> None:
    text = "# Head\n\nOne. Two!\n\n1. Three. Four\n   - Five\n\n> Six"
    assert [(s.text, s.kind, s.lead, s.begins) for s in read(text)] == [
        ("Head", Kind.HEADING, "", True),
        ("One.", Kind.PARAGRAPH, "", True),
        ("Two!", Kind.PARAGRAPH, "", False),
        ("Three.", Kind.PARAGRAPH, "1.", True),
        ("Four", Kind.PARAGRAPH, "", False),
        ("Five", Kind.PARAGRAPH, "•", True),
        ("Six", Kind.PARAGRAPH, "", True),
    ]


def test_that_code_tables_and_formulas_are_sentences_of_their_own() -> None:
    code = "```py\nif a:\n    b\n\nc. D\n```\n\n"
    text = f"{code}| a | b |\n|---|---|\n| 1. Q | 2[1] |\n\n$$\nx^2\n$$\n\n---"
    assert [(s.text, s.kind, s.begins) for s in read(text)] == [
        ("if a:", Kind.CODE_LINE, True),
        ("    b", Kind.CODE_LINE, False),
        ("c. D", Kind.CODE_LINE, True),
        ("a | b", Kind.TABLE, True),
        ("1. Q | 2", Kind.ROW, False),
        ("$$ x^2 $$", Kind.FORMULA, True),
    ]
    assert read(text)[4].marks == (SentenceMark(8, "1", "one.example"),)


@pytest.mark.parametrize(
    ("markdown", "text", "marks"),
    [
        ("Blue [1].", "Blue.", [(4, "1", "one.example")]),
        ("Blue.[1]", "Blue.", [(5, "1", "one.example")]),
        ("Blue [1, 2] sky.", "Blue sky.", [(4, "1", "one.example"), (4, "2", "two.example/a")]),
        ("Blue [7].", "Blue.", [(4, "7", "two.example/a")]),
        ("Blue [9].", "Blue.", [(4, "9", "[9]")]),
        ("Blue [3].", "Blue.", [(4, "3", "[3]")]),
        ("Blue [1]sky.", "Blue sky.", [(5, "1", "one.example")]),
        ("[1] Blue.", "Blue.", [(0, "1", "one.example")]),
        ("Blue 【1†source】.", "Blue.", [(4, "1", "one.example")]),
        ("Letters [0-9].", "Letters [0-9].", []),
        ("[1]", "", [(0, "1", "one.example")]),
        ("Code `[1]` and [2].", "Code [1] and.", [(12, "2", "two.example/a")]),
    ],
)
def test_that_a_mark_is_its_page(
    markdown: str, text: str, marks: list[tuple[int, str, str]]
) -> None:
    assert read(markdown) == [
        Sentence(text, tuple(SentenceMark(*mark) for mark in marks), begins=True)
    ]


def test_that_the_key_is_the_words_and_the_pages() -> None:
    first, second, third, fourth = read("Blue [1][2].\n\nBlue[2, 1].\n\nBlue.[2]\n\nBlue.")
    assert first.key == second.key
    assert len({first.key, third.key, fourth.key}) == 3


def test_that_a_source_without_an_address_is_told_by_its_title() -> None:
    assert page_of(Source("4", "", title=" A book ")) == "A book"
    assert page_of(Source("4", "")) == "[4]"


def test_that_harmful_characters_do_not_get_through() -> None:
    assert words("A\ufdd0 b\ufdd1 [1] \u202ec\u202c `d\ufdd0`&#xFDD0;.") == [
        "A\ufffd b\ufffd c d\ufffd."
    ]


@given(st.text(alphabet="ab.B `[]()1,2*_\\$&|\n\ufdd0#-", max_size=80))
def test_that_any_markdown_is_read(text: str) -> None:
    for sentence in read(text):
        assert sentence.text or sentence.marks
        assert sentence.text == sentence.text.rstrip()
        assert not set("\ufdd0\ufdd1\n") & set(sentence.text)
        assert all(0 <= mark.at <= len(sentence.text) for mark in sentence.marks)
