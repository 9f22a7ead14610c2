"""The short way to the runs of simple text gives what the parser gives, or leaves it to it."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from headwater.ui.inline_run import Run, Style, _parsed_runs, _simple_runs, inline_runs

KNOWN = frozenset("123")
ATOMS = (
    "word", "a", "Z", "7", " ", " ", " ", "**", "**", "`", "`", "*", "_", "~~", "[1]", "[2]",
    "[1, 2]", "[9]", "(", ")", ".", ",", "é", "中", "שלום", "e\u0301", "\u00a0", "\u200b", "!",
    "[x]", "](", "http://a.b", "&amp;", "<b>", "👩‍👩‍👧", "-", "“", "【1】",
)  # fmt: skip


@given(st.lists(st.sampled_from(ATOMS), max_size=14).map("".join))
@settings(max_examples=3000, deadline=None)
@example("**a**b**c**")
@example("**a `b` c**")
@example("``a``")
@example("**word****word**")
@example("`a``b`")
@example("`a")
@example("** a**")
@example("***a***")
@example("`[1]` **[1]** [1]")
@example("**word[1](x)**")
@example("[1]**(a)**")
def test_that_simple_runs_are_those_of_the_parser(text: str) -> None:
    simple = _simple_runs(text, KNOWN)
    assert simple in ([], _parsed_runs(text, KNOWN))


@pytest.mark.parametrize(
    "text",
    [
        "An item with **some** text and a mark.[2]",
        "**Bold** at the beginning, `code` within, and **two words** at the **end**",
        "See `a*b_c<d>` (or **not**).",
    ],
)
def test_that_what_answers_are_full_of_goes_the_short_way(text: str) -> None:
    assert _simple_runs(text, KNOWN) == inline_runs(text, KNOWN) == _parsed_runs(text, KNOWN)


def test_that_bold_and_code_are_told_from_the_rest() -> None:
    assert _simple_runs("a **b** `c`.", ()) == [
        Run("a "),
        Run("b", Style(bold=True)),
        Run(" "),
        Run("c", Style(code=True)),
        Run("."),
    ]
