"""Marks are found where they are meant, and nowhere else."""

from __future__ import annotations

import time

import pytest

from headwater.domain.citations import (
    Mark,
    cited_ids,
    find_marks,
    sentence_around,
    sources_by_id,
    split_sentences,
)
from headwater.domain.source import Source

ONE = Source("1", "https://one.example/", aliases=("31",))
TWO = Source("2", "https://two.example/")
PAGE = Source("web:0", "https://page.example/")
SOURCES = (ONE, TWO, PAGE)


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("It is open.[1]", [("1",)]),
        ("[1][2]", [("1",), ("2",)]),
        ("so [1, 2] and [1,2]", [("1", "2"), ("1", "2")]),
        ("a page [web:0]", [("web:0",)]),
        ("[1](https://a.example)", []),
        ("[ ] [x] [a] [] [1", []),
        ("[123456]", []),
        ("[١]", []),
        ("[1-3], [7–9]", [("1", "2", "3"), ("7", "8", "9")]),
        ("[1, 3-4]", [("1", "3", "4")]),
        ("[1-999999] [1-33] [3-1] [2-2] [1-20, 30-60]", []),
        ("[0, 1] [0-9] [1, 0] and [0] [10, 20]", [("0",), ("10", "20")]),
        ("【1】【web:0】【4, 5】", [("1",), ("web:0",), ("4", "5")]),
        ("[1†source] 【2†L3-L5】 [3†]", [("1",), ("2",)]),
        ("a [^1] and [^2]: so", [("1",), ("2",)]),
        ("[^1]: a definition\n  [^2]: another [^3]", [("3",)]),
        ("【4:0†source】 【】 [^a] [^1, 2] [1†a\nb]", []),
        (r"\(a[1]\) b[2] \[ c[3] \] $$d_[4]$$ [5]", [("2",), ("5",)]),
        (r"\(a[1] and \[b[2] and $$c=[3]", [("1",), ("2",), ("3",)]),
    ],
)
def test_that_complaint_21_marks_are_found_as_the_servers_write_them(
    text: str, ids: list[tuple[str, ...]]
) -> None:
    assert [mark.ids for mark in find_marks(text)] == ids


def test_that_a_mark_says_where_it_stands() -> None:
    assert find_marks("ab[12]c") == (Mark(2, 6, ("12",)),)


def test_that_a_mark_says_whether_it_is_written_as_the_servers_do() -> None:
    written = "[1] [1, 2] [web:0] [1-2] 【1】 [1†source] [^1]"
    foreign = [False, True, False, True, True, True, True]
    assert [mark.is_foreign for mark in find_marks(written)] == foreign


def test_that_a_mark_written_otherwise_stands_once_a_source_has_one_of_its_ids() -> None:
    plain, several, many = find_marks("[3] [3, 4] [4-6]")
    assert [mark.stands(()) for mark in (plain, several, many)] == [True, False, False]
    assert [mark.stands({"3"}) for mark in (plain, several, many)] == [True, True, False]
    assert [mark.stands({"4", "9"}) for mark in (plain, several, many)] == [True] * 3


def test_that_an_alias_leads_to_its_source_and_the_first_of_two_wins() -> None:
    other = Source("1", "https://other.example/")
    known = sources_by_id((ONE, other))
    assert known["31"] is ONE
    assert known["1"] is ONE


def test_that_cited_sources_come_in_order_of_first_mention_and_once() -> None:
    assert cited_ids("First.[2] Then.[31] Again.[1][2] Unknown.[7]", SOURCES) == ("2", "1")


def test_that_code_and_links_cite_nothing() -> None:
    text = "`a[1]` ``b ` [1]`` [t](https://x.example/[1])\n\n```\nc[1]\n```\n\n    d[1]\n"
    assert cited_ids(text, SOURCES) == ()


def test_that_cells_and_items_cite() -> None:
    assert cited_ids("- a[1]\n\n|a[2]|b|\n|-|-|\n|c|[web:0]|\n", SOURCES) == ("1", "2", "web:0")


def _sentences(text: str, source: Source) -> list[str]:
    marks = find_marks(text)
    places = [(mark.start, mark.end) for mark in marks]
    spans = [sentence_around(text, places, m.start) for m in marks if {*m.ids} & {*source.ids}]
    return [text[start:end] for start, end in dict.fromkeys(spans)]


def test_that_a_mark_behind_the_full_stop_stands_for_the_sentence_before() -> None:
    text = "First here.[1] Second there.[2] Third, e.g. this one[1]."
    assert _sentences(text, ONE) == ["First here.[1]", "Third, e.g. this one[1]."]
    assert _sentences(text, TWO) == ["Second there.[2]"]


def test_that_neighbouring_marks_stand_for_the_same_sentence() -> None:
    text = "Both say so. [1][2] Next."
    assert _sentences(text, ONE) == _sentences(text, TWO) == ["Both say so. [1][2]"]


def test_that_sentences_end_in_Japanese_as_well() -> None:
    assert _sentences("誤り訂正。[1]次の文。", ONE) == ["誤り訂正。[1]"]


def test_that_a_text_is_split_into_its_sentences_with_their_marks() -> None:
    text = "One.[1] Two [2]. Three"
    places = [(mark.start, mark.end) for mark in find_marks(text)]
    pieces = [text[start:end] for start, end in split_sentences(text, places)]
    assert pieces == ["One.[1]", "Two [2].", "Three"]
    assert split_sentences("", []) == [(0, 0)]


def test_that_a_text_without_an_end_is_one_sentence() -> None:
    assert sentence_around("no end [1]", [(7, 10)], 7) == (0, 10)


@pytest.mark.parametrize(
    "text",
    ["[" * 100_000, "[1" * 50_000, "[1," * 33_000, "[1, " * 25_000, "](" * 50_000, "`" * 100_000,
     ". " * 50_000, "." * 100_000, "[1]" * 33_000,
     "[1-2]" * 20_000, "【1" * 50_000, "[1†" * 33_000, "[^1]:" * 20_000, "[1]\\(" * 100_000,
     "\\(\\[$$" * 16_000, "\\(x\\)" * 20_000, "$$" * 50_000, "1-" * 50_000,
     ".[1] " * 20_000, " " * 100_000],
    ids=lambda text: repr(text[:6]),
)  # fmt: skip
def test_that_S30_no_text_makes_the_search_for_marks_slow(text: str) -> None:
    begun = time.process_time()
    marks = find_marks(text)
    cited_ids(text, SOURCES)
    sentence_around(text, [(mark.start, mark.end) for mark in marks], len(text) // 2)
    # A hundred milliseconds on a quiet machine; a quadratic search would take minutes.
    assert time.process_time() - begun < 2
