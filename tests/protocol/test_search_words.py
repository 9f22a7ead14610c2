"""What a person reads while the server searches."""

from __future__ import annotations

import pytest

from headwater.protocol.search_words import reading_pages, reading_sources, searching_for


@pytest.mark.parametrize(
    ("queries", "words"),
    [
        ((), "searching"),
        (("open cafes",), 'searching: "open cafes"'),
        (("open\n cafes", "b", "c"), 'searching: "open cafes" and 2 more'),
        (("x" * 200,), f'searching: "{"x" * 79}…"'),
    ],
)
def test_that_searching_names_the_first_query(queries: tuple[str, ...], words: str) -> None:
    assert searching_for(queries) == words


def test_that_reading_counts_sources_and_names_a_single_page() -> None:
    assert reading_sources(1) == "reading 1 source"
    assert reading_sources(2) == "reading 2 sources"
    assert reading_pages(("https://www.example.org/a?b",)) == "reading example.org"
    assert reading_pages(("https://a.example", "https://b.example")) == "reading 2 pages"
