"""Sources keep the ids of the wire and stand once per page."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headwater.domain.source import Source, merge_sources

some_sources = st.lists(
    st.builds(
        Source,
        id=st.sampled_from(["1", "2", "3", "web:0"]),
        url=st.sampled_from(["", "https://a.example/", "https://b.example/"]),
        title=st.sampled_from(["", "A", "B"]),
        published=st.sampled_from(["", "2026-01-02"]),
    ),
    max_size=8,
)


@pytest.mark.parametrize(
    ("url", "domain"),
    [
        ("https://www.example.org/a?b", "example.org"),
        ("https://EXAMPLE.org:8443/", "example.org"),
        ("https://user@news.example.org/", "news.example.org"),
        ("https://www.www.example/", "www.example"),
        ("javascript:alert(1)", "javascript:alert(1)"),
        ("https://[broken", "https://[broken"),
        ("not an address", "not an address"),
        ("", ""),
    ],
)
def test_that_S9_the_domain_is_the_real_host_or_the_whole_address(url: str, domain: str) -> None:
    assert Source("1", url).domain == domain


def test_that_R17_a_page_listed_twice_stands_once_under_every_id() -> None:
    merged = merge_sources(
        [
            Source("1", "https://a.example/", title="A"),
            Source("2", "https://b.example/"),
            Source("7", "https://a.example/", "Other", "words", "2026-01-02", aliases=("8",)),
            Source("1", "https://a.example/", updated="2026-02-03"),
        ]
    )
    assert [source.url for source in merged] == ["https://a.example/", "https://b.example/"]
    first = merged[0]
    assert first.ids == ("1", "7", "8")
    assert (first.title, first.snippet) == ("A", "words")
    assert (first.published, first.updated) == ("2026-01-02", "2026-02-03")


def test_that_entries_without_an_address_stand_for_themselves() -> None:
    merged = merge_sources([Source("1", "", "A"), Source("2", "", "B"), Source("1", "", "", "x")])
    assert [(s.id, s.title, s.snippet) for s in merged] == [("1", "A", "x"), ("2", "B", "")]


@given(some_sources)
def test_that_merging_loses_no_id_and_no_page_and_renumbers_nothing(
    sources: list[Source],
) -> None:
    merged = merge_sources(sources)
    assert {i for s in merged for i in s.ids} == {i for s in sources for i in s.ids}
    assert {s.url for s in merged} == {s.url for s in sources}
    pages = [s.url for s in merged if s.url]
    assert len(set(pages)) == len(pages)
    for source in merged:
        assert source.id == next(
            s.id for s in sources if s.url == source.url and (s.url or s.id == source.id)
        )
        assert len(set(source.ids)) == len(source.ids)


@given(some_sources)
def test_that_merging_twice_is_merging_once(sources: list[Source]) -> None:
    once = merge_sources(sources)
    assert merge_sources(once) == once
    assert merge_sources([*sources, *sources]) == once
