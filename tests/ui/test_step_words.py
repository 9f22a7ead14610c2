"""What an answer did before it was written is told in a line, and in full."""

from __future__ import annotations

import pytest

from headwater.domain.answer import Answer, Complete, Searching
from headwater.domain.source import Source
from headwater.domain.usage import Timing
from headwater.ui.step_words import search_lines, steps_line

SOURCES = tuple(Source(str(n), f"https://site{n}.example/", f"Title {n}") for n in range(1, 10))


@pytest.mark.parametrize(
    ("answer", "line"),
    [
        (
            Answer("x", "Hm.", SOURCES, queries=("a", "b", "c"), timing=Timing(14, None, 12.2)),
            "Searched 3 times, read 9 sources, thought 12 s",
        ),
        (Answer("x", sources=SOURCES[:1], queries=("a",)), "Searched once, read 1 source"),
        (Answer("x", "Hm.", timing=Timing(80, None, 75)), "Thought 1 min 15 s"),
        (Answer("x", "Hm.", state=Complete()), "Thought"),
        (Answer("", "Hm.", state=Searching()), "Thinking"),
        (Answer("x", sources=SOURCES), ""),
        (Answer("x"), ""),
    ],
)
def test_that_a_line_tells_what_was_done(answer: Answer, line: str) -> None:
    assert steps_line(answer) == line


def test_that_every_query_and_page_has_a_line_of_its_own() -> None:
    answer = Answer("x", sources=SOURCES[:2], queries=("one\ntwo", "<b>"))
    assert search_lines(answer) == [
        "Searched for",
        "    “one two”",
        "    “<b>”",
        "",
        "Read",
        "    1  Title 1 · site1.example",
        "    2  Title 2 · site2.example",
    ]


def test_that_of_very_many_pages_the_first_are_named_and_the_others_counted() -> None:
    pages = tuple(Source(str(n), f"https://site{n}.example/", "") for n in range(1, 10_001))
    lines = search_lines(Answer("x", sources=pages))
    assert lines[0:2] == ["Read", "    1  site1.example"]
    assert lines[-2:] == [
        "    1000  site1000.example",
        "    and 9,000 more, all of them in Sources",
    ]
