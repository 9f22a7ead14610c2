"""A browser is led to words that stand in the passage, or not led at all."""

from __future__ import annotations

import time
from urllib.parse import unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headwater.domain.text_fragment import text_fragment_url

PAGE = "https://page.example/read"
PASSAGE = (
    "The telescope was launched in 1990. Its flawed mirror was corrected, in a well-known mission "
    "that took eleven days, by seven astronauts. R&D goes on."
)
_ATOMS = [
    "The ", "mirror ", "was ", "corrected, ", "in 1990. ", "well-known ", "R&D ", "**bold** ",
    "...",
    "…", "\n", "[link](https://a.example/b) ", "`code` ", "| ", "Größe ",
    "長江全長約六千三百公里", "，", "100% ", "<b>", "&amp; ", "\u00a0", "a", "B",
    "\ud800", "- ", "# ", "[1] ", "half**way** ",
]  # fmt: skip


def _words(url: str | None) -> list[str]:
    """Return the start, and the end if there is one, that the directive of `url` names."""
    assert url is not None
    _, _, directive = url.partition(":~:text=")
    return [unquote(part) for part in directive.split(",")]


def test_that_the_sentence_most_like_the_answer_is_named() -> None:
    assert _words(text_fragment_url(PAGE, PASSAGE, "Hubble was launched in 1990")) == [
        "The telescope was launched in 1990."
    ]


def test_that_a_long_sentence_is_named_by_its_ends() -> None:
    assert _words(text_fragment_url(PAGE, PASSAGE, "Astronauts corrected the mirror")) == [
        "Its flawed mirror was",
        "days, by seven astronauts.",
    ]


def test_that_what_means_something_in_a_directive_is_encoded() -> None:
    url = text_fragment_url(PAGE, "They do R&D, well-known and 100% free.")
    expected = "They%20do%20R%26D%2C%20well%2Dknown%20and%20100%25%20free."
    assert url == f"{PAGE}#:~:text={expected}"


@pytest.mark.parametrize(
    ("url", "begin"),
    [
        (PAGE, f"{PAGE}#:~:text=The"),
        (f"{PAGE}#", f"{PAGE}#:~:text=The"),
        (f"{PAGE}?a=b#part", f"{PAGE}?a=b#part:~:text=The"),
        (f"{PAGE}#part:~:text=old", f"{PAGE}#part:~:text=The"),
        ("HTTP://Page.example", "HTTP://Page.example#:~:text=The"),
    ],
)
def test_that_the_address_stays_and_a_fragment_is_kept(url: str, begin: str) -> None:
    assert (text_fragment_url(url, PASSAGE) or "").startswith(begin)


@pytest.mark.parametrize(
    "url",
    ["", "ftp://a.example/", "javascript:alert(1)", "https:///path", "https://a.example/b.PDF",
     "https://a.example/b.pdf?c=d", "https://a.example/#/route", "https://a.example/#!route",
     "https://a.example/a b", "https://a.example\\@b.example/", "https://[a/", "page.example",
     "https://a.example/\n", "https://a.example/" + "a" * 2_000],
)  # fmt: skip
def test_that_there_is_none_where_no_browser_would_scroll(url: str) -> None:
    assert text_fragment_url(url, PASSAGE) is None


@pytest.mark.parametrize(
    "snippet",
    ["", "Too few words", "one two ... three four ... five six",
     "one two **three** four five *six*", "one\ntwo\nthree\nfour\nfive", "cut off here an",
     "漢字漢字漢字漢字漢字漢字"],
)  # fmt: skip
def test_that_there_is_none_of_a_snippet_that_is_too_short_or_torn(snippet: str) -> None:
    assert text_fragment_url(PAGE, snippet) is None


def test_that_words_at_a_cut_are_left_out() -> None:
    url = text_fragment_url(PAGE, "uncated and here we go on until the en...")
    assert _words(url) == ["and here we go on until the"]
    url = text_fragment_url(PAGE, "Half**way** through the text there is a **Pro**file")
    assert _words(url) == ["through the text there is a"]


def test_that_a_clause_is_named_where_there_are_no_spaces() -> None:
    passage = "长江全长约6300公里，是亚洲最长的河流。它发源于青藏高原的唐古拉山脉。流域很大。"
    assert _words(text_fragment_url(PAGE, passage, "发源于唐古拉山脉")) == [
        "它发源于青藏高原的唐古拉山脉"
    ]


@given(
    st.lists(st.sampled_from(_ATOMS), max_size=40).map("".join) | st.text(max_size=300),
    st.sampled_from(["", "The mirror was corrected in 1990", "長江全長", "Größe"]),
    st.sampled_from([PAGE, f"{PAGE}#part", "http://a.example:81/?q=%20#x=1"]),
)
def test_that_what_is_named_stands_in_the_snippet_and_the_page_stays_the_same(
    snippet: str, sentence: str, page: str
) -> None:
    url = text_fragment_url(page, snippet, sentence)
    if url is None:
        return
    assert url.isascii()
    assert " " not in url
    assert url.partition("#")[0] == page.partition("#")[0]
    assert urlsplit(url)[:4] == urlsplit(page)[:4]
    assert text_fragment_url(url, snippet, sentence) == url
    directive = url.partition(":~:text=")[2]
    assert not set(directive) & set("-&=")
    parts = _words(url)
    assert len(parts) <= 2
    one_spaced = " ".join(snippet.split())
    for part in parts:
        assert part in one_spaced
        assert len(part.split()) >= 4 or len(part) >= 8
        assert len(part.split()) <= 10


@pytest.mark.parametrize(
    "text",
    ["<a", "](", "[", "https://a", "&a", "a ", "**a**b", "...", "\n", "漢", "漢，", "A. ", "!["],
    ids=repr,
)
def test_that_no_snippet_makes_it_slow(text: str) -> None:
    begun = time.process_time()
    text_fragment_url(PAGE, text * (1_000_000 // len(text)), "A sentence. " * 1_000)
    # A fifth of a second on a quiet machine; anything quadratic would take minutes.
    assert time.process_time() - begun < 5
