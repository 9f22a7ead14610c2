"""Marks go, and everything else stays as it was written."""

from __future__ import annotations

import pytest

from headwater.domain.source import Source
from headwater.domain.unmarked import without_marks

_SOURCES = tuple(Source(i, f"https://{i[-1]}.example/") for i in ("1", "2", "web:3"))


@pytest.mark.parametrize(
    ("text", "after"),
    [
        ("So it is.[1] And so.[2][web:3]", "So it is. And so."),
        ("So it is [1]. And [1, 2] so.", "So it is. And so."),
        ("Unknown stays [7], also of [1, 7].", "Unknown stays [7], also of [7]."),
        ("No marks: [0, 1], [7-9] and [7, 8].", "No marks: [0, 1], [7-9] and [7, 8]."),
        ("Code `a[1]` and ``b[2] ` c[1]`` stay.[1]", "Code `a[1]` and ``b[2] ` c[1]`` stay."),
        ("A lone ` backtick.[1]", "A lone ` backtick."),
        ("Over `two\nlines[1]`.[1]", "Over `two\nlines[1]`."),
        ("Not a `span\n\nhere[1]`.", "Not a `span\n\nhere`."),
        ("A link [1](https://a.example/) stays.", "A link [1](https://a.example/) stays."),
        ("Escaped \\[1] stays.", "Escaped \\[1] stays."),
        ("```py\r\nx[1]\r\n```\r\nSo.[1]\r\n", "```py\r\nx[1]\r\n```\r\nSo.\r\n"),
        ("> ```\n> x[1]\n\nSo.[1]", "> ```\n> x[1]\n\nSo."),
        ("```\nunclosed[1]", "```\nunclosed[1]"),
        ("Text.\n\n    x[1]\n\nSo.[1]", "Text.\n\n    x[1]\n\nSo."),
        ("- [1] first\n- [2]", "- first\n-"),
        ("| a[1] |\n|---|\n| b [2] |", "| a |\n|---|\n| b |"),
        ("word [1]word", "word word"),
        ("", ""),
    ],
)
def test_that_only_marks_of_sources_go(text: str, after: str) -> None:
    assert without_marks(text, _SOURCES) == after


def test_that_without_sources_nothing_goes() -> None:
    assert without_marks("Array[1]", ()) == "Array[1]"
