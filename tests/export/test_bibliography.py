"""BibTeX, RIS and CSL-JSON, read again by pybtex, rispy, pandoc and json."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
import rispy
from hypothesis import given, settings
from hypothesis import strategies as st
from pybtex.database import parse_string

from headwater.domain.source import Source
from headwater.export.export_format import ExportFormat
from headwater.export.exported_text import exported_text
from tests.exported import (
    HOSTILE_TITLE,
    HOSTILE_TITLE_SHOWN,
    OTHER,
    PAGE,
    excerpt_of,
    pandoc,
    two_answers,
)

HOSTILE = Source("3", "javascript:alert(1)", HOSTILE_TITLE, "Line one\nER  - \nTY  - JOUR", "soon")
BALANCED = Source("4", "https://b.example/{x}%", 'On {braces} & \\macros_ 100% #1 "q" $x$ ~^<>')


def bibtex(*sources: Source) -> str:
    return exported_text(excerpt_of("", *sources), ExportFormat.BIBTEX)


def ris(*sources: Source) -> str:
    return exported_text(excerpt_of("", *sources), ExportFormat.RIS)


def csl(*sources: Source) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(
        exported_text(excerpt_of("", *sources), ExportFormat.CSL_JSON)
    )
    return found


def test_that_bibtex_has_each_source_with_its_facts() -> None:
    entries = parse_string(bibtex(PAGE, OTHER), "bibtex").entries

    page, other = entries.values()
    assert page.type == "misc"
    assert page.fields["title"] == "{The CAP theorem}"
    assert page.fields["url"] == "https://example.org/a?b=c"
    assert (page.fields["year"], page.fields["month"], page.fields["day"]) == ("2024", "May", "1")
    assert page.fields["urldate"] == "2026-11-21"
    assert page.fields["abstract"] == "Snip"
    assert (other.fields["year"], "day" in other.fields) == ("2012", False)


def test_that_bibtex_titles_are_read_as_they_are() -> None:
    (entry,) = json.loads(pandoc(bibtex(BALANCED), "bibtex", "csljson"))

    assert entry["title"] == BALANCED.title
    assert entry["URL"] == "https://b.example/%7Bx%7D%25"


def test_that_a_hostile_source_breaks_out_of_no_format() -> None:
    assert len(parse_string(bibtex(HOSTILE, PAGE), "bibtex").entries) == 2
    assert len(json.loads(pandoc(bibtex(HOSTILE, PAGE), "bibtex", "csljson"))) == 2
    hostile, page = rispy.loads(ris(HOSTILE, PAGE))
    assert hostile["title"] == HOSTILE_TITLE_SHOWN
    assert hostile["abstract"] == "Line one ER - TY - JOUR"
    assert hostile["notes"] == ["javascript:alert(1)", "soon"]
    assert page["title"] == "The CAP theorem"
    item = csl(HOSTILE)[0]
    assert item["title"] == HOSTILE_TITLE_SHOWN
    assert item["issued"] == {"raw": "soon"}
    assert "URL" not in item


def test_that_ris_has_each_source_with_its_facts() -> None:
    text = ris(PAGE, OTHER)
    page, other = rispy.loads(text)

    assert page["type_of_reference"] == "ELEC"
    assert page["urls"] == ["https://example.org/a?b=c"]
    assert (page["year"], page["date"]) == ("2024", "2024/05/01/")
    assert other["date"] == "2012/05//"
    assert page["id"] != other["id"]
    assert text.count("\r\n") == text.count("\n")


def test_that_csl_json_is_read_by_pandoc() -> None:
    text = exported_text(excerpt_of("", PAGE, OTHER), ExportFormat.CSL_JSON)

    page, other = json.loads(pandoc(text, "csljson", "csljson"))
    assert page["type"] == "webpage"
    assert page["issued"] == {"date-parts": [[2024, 5, 1]]}
    assert other["issued"] == {"date-parts": [[2012, 5]]}
    assert page["accessed"] == {"date-parts": [[2026, 11, 21]]}
    assert page["container-title"] == "example.org"


@pytest.mark.parametrize(
    "date", ["2024-13-01", "2024-02-31", "yesterday", "20240501", "0000-01-01"]
)
def test_that_what_is_no_date_is_said_as_it_was(date: str) -> None:
    item = csl(Source("1", "https://a.example/", "T", published=date))[0]

    assert item["issued"] == {"raw": date}


def test_that_a_time_behind_a_date_is_no_trouble() -> None:
    item = csl(Source("1", "https://a.example/", "T", published="2024-05-01T10:00:00Z"))[0]

    assert item["issued"] == {"date-parts": [[2024, 5, 1]]}


def test_that_keys_depend_on_the_page_alone_and_differ() -> None:
    many = [Source(str(n), f"https://example.org/{n}", "Same title") for n in range(300)]
    keys = [item["id"] for item in csl(*many)]
    alone = csl(many[7])[0]["id"]

    assert len(set(keys)) == 300
    assert alone == keys[7]
    assert all(re.fullmatch(r"example-org-[0-9a-f]{8}", key) for key in keys)
    assert list(parse_string(bibtex(*many), "bibtex").entries) == keys
    assert [entry["id"] for entry in rispy.loads(ris(*many))] == keys


def test_that_a_page_of_two_answers_is_listed_once() -> None:
    text = exported_text(two_answers("[1]", "[1]", PAGE, OTHER), ExportFormat.CSL_JSON)

    assert [item["title"] for item in json.loads(text)] == ["The CAP theorem", "Twelve years later"]


def test_that_without_sources_there_is_an_empty_file() -> None:
    assert bibtex() == ""
    assert ris() == ""
    assert csl() == []


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=40), st.text(max_size=40), st.text(max_size=12))
def test_that_any_title_is_one_entry_in_each_format(title: str, snippet: str, date: str) -> None:
    sources = (Source("1", "https://a.example/", title, snippet, date), PAGE)

    entries = parse_string(bibtex(*sources), "bibtex").entries
    assert len(entries) == 2
    records = rispy.loads(ris(*sources))
    assert [record["id"] for record in records] == list(entries)
    assert [item["id"] for item in csl(*sources)] == list(entries)
