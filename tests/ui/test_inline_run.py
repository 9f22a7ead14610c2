"""Inline Markdown as runs of text."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from headwater.ui import inline_run
from headwater.ui.inline_run import Run, inline_runs

ATOMS = ["a", " ", "  ", "[1]", "[2]", "[1, 3]", "[1-3]", "[", "]", "(", ")", "(x)", "é", "\u200b"]


@given(st.lists(st.sampled_from(ATOMS), max_size=14).map("".join))
def test_that_marks_alone_are_read_as_by_the_whole_parser(text: str) -> None:
    known = {"1", "3"}
    short = inline_runs(text, known)
    never = re.compile("(?!)")
    usual, inline_run._NUMBERED = inline_run._NUMBERED, never
    try:
        whole = inline_runs(text, known)
    finally:
        inline_run._NUMBERED = usual
    assert _merged(short) == _merged(whole)


def _merged(runs: list[Run]) -> list[tuple[str, object]]:
    """Return the runs with neighbours of one style as one."""
    merged: list[tuple[str, object]] = []
    for run in runs:
        if merged and merged[-1][1] == run.style and not run.style.mark:
            merged[-1] = (merged[-1][0] + run.text, run.style)
        elif run.text:
            merged.append((run.text, run.style))
    return merged
