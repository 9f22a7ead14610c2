"""Sources and pictures from every shape that servers give them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from headwater.domain.source import Picture, Source
from headwater.protocol.wire_source import (
    numbered_sources,
    pictures_from,
    source_from,
    wire_id,
)
from tests.protocol.test_json_reading import JSON

A, B = "https://example.org/a", "https://example.org/b"


def test_that_citations_give_the_numbers_and_results_the_titles() -> None:
    results = [{"url": B, "title": "B"}, {"url": A, "title": "A", "date": "2024-03-04"}]
    assert numbered_sources([A, B], results) == (
        Source("1", A, "A", published="2024-03-04"),
        Source("2", B, "B"),
    )


def test_that_results_are_counted_where_there_are_no_citations() -> None:
    found = numbered_sources([], [{"url": A}, None, {"url": B, "last_updated": "2026-01-02"}])
    assert found == (Source("1", A), Source("3", B, updated="2026-01-02"))


def test_that_ids_of_the_wire_are_kept() -> None:
    found = numbered_sources([], [{"id": 7, "url": A}, {"id": "x", "url": B}])
    assert [source.id for source in found] == ["7", "x"]
    assert wire_id({"id": True}) == ""


def test_that_a_result_without_citation_gets_no_number_of_another() -> None:
    found = numbered_sources([A], [{"url": B, "title": "B"}])
    assert [source.id for source in found] == ["1", "result:1"]


def test_that_R17_missing_and_null_entries_shift_no_number() -> None:
    assert numbered_sources([None, "", A], []) == (Source("3", A),)


def test_that_complaint_24_one_url_under_two_numbers_is_one_source() -> None:
    assert numbered_sources([A, B, A], [])[0] == Source("1", A, aliases=("3",))


def test_that_openrouters_wrapped_annotations_are_read() -> None:
    wrapped = {"type": "url_citation", "url_citation": {"url": A, "title": "A", "content": "c"}}
    assert numbered_sources([], [wrapped]) == (Source("1", A, "A", "c"),)


def test_that_S9_a_hostile_url_is_kept_as_text() -> None:
    assert numbered_sources(["javascript:alert(1)"], [])[0].url == "javascript:alert(1)"


def test_that_an_entry_without_url_and_title_is_no_source() -> None:
    assert source_from({"snippet": "x"}, "1") is None
    assert source_from({"title": "Attachment"}, "1") == Source("1", "", "Attachment")


def test_that_pictures_are_read_once_per_url() -> None:
    entries = [{"image_url": A, "origin_url": B, "title": "T"}, A, B, {"title": "none"}, 7]
    assert pictures_from(entries) == (Picture(A, B, "T"), Picture(B))


@given(st.lists(JSON, max_size=4), st.lists(JSON, max_size=4))
def test_that_R12_no_list_raises(citations: list[object], results: list[object]) -> None:
    for source in numbered_sources(citations, results):
        repr(source).encode("utf-8")
    assert isinstance(pictures_from(results), tuple)
