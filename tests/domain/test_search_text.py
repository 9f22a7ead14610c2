"""A reader finds words as they are spoken, not as they are encoded."""

from __future__ import annotations

from time import perf_counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headwater.domain.search_text import SearchWords


def found(words: str, text: str) -> list[str]:
    return [text[start:end] for start, end in SearchWords(words).places_in(text)]


@pytest.mark.parametrize(
    ("words", "text", "places"),
    [
        ("cap", "The CAP theorem, a cap.", ["CAP", "cap"]),
        ("aa", "aaaaa", ["aa", "aa"]),
        ("uber", "Über und u\u0308ber", ["Über", "u\u0308ber"]),
        ("schön", "schon scho\u0308n schön", ["scho\u0308n", "schön"]),
        ("ü", "u ü u\u0308", ["ü", "u\u0308"]),
        ("éu", "éü éu", ["éu"]),
        ("éu", "e\u0301u\u0308", []),
        ("cafe", "café cafe\u0301!", ["café", "cafe\u0301"]),
        ("STRASSE", "Straße", ["Straße"]),
        ("straße", "STRASSE", ["STRASSE"]),
        ("fi", "eﬃcient find", ["fi"]),
        ("漢字", "これは漢字です", ["漢字"]),
        ("ＡＢ１", "ab1 ＡＢ１", ["ab1", "ＡＢ１"]),
        ("か", "がか", ["か"]),
        ("ガ", "ｶﾞガ", ["ｶﾞ", "ガ"]),
        ("하", "한하", ["하"]),
        ("ИЙ", "Синий", ["ий"]),
        ("кит", "КИТ", ["КИТ"]),
        ("سلام", "سَلام", ["سَلام"]),
        ("it's", "it’s", ["it’s"]),
        ('"two"', "“two”", ["“two”"]),
        ("end-to-end", "end‑to–end", ["end‑to–end"]),
        ("a b", "a\u00a0b a\u2028b", ["a\u00a0b", "a\u2028b"]),
        ("word", "wo\u200brd w\u00adord", ["wo\u200brd", "w\u00adord"]),
        ("🙂 yes", "no 🙂 yes", ["🙂 yes"]),
        ("[1]", "So.[1] Or.[12]", ["[1]"]),
        ("i", "İ", ["İ"]),
        (".*", "a.*b axxb", [".*"]),
        ("", "anything", []),
        ("\u200b", "any\u200bthing", []),
    ],
)
def test_that_words_are_found_whatever_their_case_width_and_accents(
    words: str, text: str, places: list[str]
) -> None:
    assert found(words, text) == places


@pytest.mark.parametrize("text", ["a" * 1_000_000, "ä" * 1_000_000, "ab" * 500_000])
def test_that_a_megabyte_is_searched_in_linear_time(text: str) -> None:
    words = SearchWords("a" * 400 + "b")
    whole = _seconds(words, text)
    half = _seconds(words, text[: len(text) // 2])
    assert whole < 4 * half + 0.2


def _seconds(words: SearchWords, text: str) -> float:
    best = 10.0
    for _ in range(3):
        began = perf_counter()
        words.places_in(text)
        best = min(best, perf_counter() - began)
    return best


def test_that_gaps_are_passed_over_and_only_places_with_one_are_told() -> None:
    text, gaps = "ab x[1]y ab[2][3] c", [(4, 7), (11, 17)]
    assert SearchWords("ab").places_across(text, gaps) == []
    assert SearchWords("xy").places_across(text, gaps) == [(3, 8)]
    assert SearchWords("b c").places_across(text, gaps) == [(10, 19)]
    assert SearchWords("xy ab c").places_across(text, gaps) == [(3, 19)]
    assert SearchWords("1").places_across(text, gaps) == []
    assert SearchWords("x").places_across("x[1]", [(1, 4)]) == []


@given(
    st.text("abÄ", max_size=12),
    st.sets(st.integers(0, 12), max_size=4),
    st.text("abä", min_size=1, max_size=4),
)
def test_that_a_place_across_gaps_reads_as_the_words_without_them(
    text: str, cuts: set[int], words: str
) -> None:
    marked, gaps = "", []
    for at, letter in enumerate(text):
        if at in cuts:
            gaps.append((len(marked), len(marked) + 3))
            marked += "[1]"
        marked += letter
    looked_for = SearchWords(words)
    for start, end in looked_for.places_across(marked, gaps):
        assert "[1]" in marked[start:end]
        read = marked[start:end].replace("[1]", "")
        assert looked_for.places_in(read) == [(0, len(read))]
    if looked_for.places_in(text):
        assert looked_for.places_across(marked, gaps) or looked_for.places_in(marked)
