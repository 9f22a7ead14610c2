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
    "[x]", "](", "http://a.b", "&amp;", "<b>", "👩‍👩‍👧", "-", "“", "【1】", "*", "*it*", "b.c",
    "[a link](https://a.b/c)", "[", "](https://a.b)", "[b.c](https://d.e/f?g=h#i)", "[1](http://x)",
    "[a.b](https://a.b)", "[x](https://a..b/)", "[x](https://-a.b)", "[x](http://A.b)",
    "\n", "\n", "\n",
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
@example("*a **b** c*")
@example("**a *b* c**")
@example("*a*b*")
@example("(*a*)*b*")
@example("[a](https://a.b)](https://c.d)")
@example("![a](https://a.b)")
@example("[a[b](https://a.b)")
@example("*[a](https://a.b)*")
@example("[a](https://a.b)[1]")
@example("[a](https://a.b)(c)")
@example("[a](https://127.1/x)")
@example("[a](https://xn--a/x)")
@example("[a](https://1.2.3.4.5/x)")
@example("[a\u200b](https://a.b)")
@example("[1,\n2]")
@example("a \nb")
@example("a\n\tb")
@example("a\u00a0\nb")
@example("a\u200b\nb")
@example("**a\nb**")
@example("`a\nb`")
@example("[a\nb](https://a.b)")
@example("a]\n[1]\n[1]")
@example("a ")
@example("**a** [1]\n")
def test_that_simple_runs_are_those_of_the_parser(text: str) -> None:
    simple = _simple_runs(text, KNOWN)
    assert simple in ([], _parsed_runs(text, KNOWN))


@pytest.mark.parametrize(
    "text",
    [
        "An item with **some** text and a mark.[2]",
        "**Bold** at the beginning, `code` within, and **two words** at the **end**",
        "See `a*b_c<d>` (or **not**).",
        "It is *not* a whole line, for the next word ",
        "One line\nand **another**, with a mark.[2]\nAnd `a` third",
        "It is *not* what [the proof](https://a.example/cap/1) says.[2]",
    ],
)
def test_that_what_answers_are_full_of_goes_the_short_way(text: str) -> None:
    assert _simple_runs(text, KNOWN) == inline_runs(text, KNOWN) == _parsed_runs(text, KNOWN)


def test_that_each_style_is_told_from_the_rest() -> None:
    assert _simple_runs("a **b** `c` *d* [e](https://f.g).", ()) == [
        Run("a "),
        Run("b", Style(bold=True)),
        Run(" "),
        Run("c", Style(code=True)),
        Run(" "),
        Run("d", Style(italic=True)),
        Run(" "),
        Run("e", Style(href="https://f.g")),
        Run("."),
    ]
