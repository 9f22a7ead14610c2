"""A formula is what its delimiters say; money, code and addresses are not."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headwater.domain.block import Block, Kind, Quote
from headwater.domain.blocks import BlockSplitter, split_blocks
from headwater.domain.citations import cited_ids
from headwater.domain.formula import find_formulas, open_formula
from headwater.domain.source import Source

ATOMS = [
    "$", "$$", "$$\n", "\\", "\\(", "\\)", "\\[", "\\]", "\\[\n", "\\]\n", "\n", "\n\n", "x", "x^2",
    " ", "5", "a ", "- ", "> ", "1. ", "  ", "`", "```\n", "| a | b |\n", "|---|---|\n", "|", "*",
    "_", "[1]", "=\n", ".", "\\\\", "\r\n", "y = 1\n", "$x$",
]  # fmt: skip


def texs(text: str) -> list[str]:
    return [formula.tex for formula in find_formulas(text)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (r"where \(a_b*c*\) and \( x \)", ["a_b*c*", " x "]),
        (r"so \[ x = 1 \] holds", [" x = 1 "]),
        ("so $$x$$ holds", ["x"]),
        ("$x$ and $y_1$, $z$.", ["x", "y_1", "z"]),
        ("the $n$th, ($x$), “$y$”, 设$z$为", ["n", "x", "y", "z"]),
        ("a\n$x +\ny$ b", ["x +\ny"]),
        (r"$a \$ b$", [r"a \$ b"]),
        (r"$\text{cost in \$}$", [r"\text{cost in \$}"]),
        (r"\(a \\ b\)", [r"a \\ b"]),
        (r"**\(x\)** and *$y$*", ["x", "y"]),
        ("[$x$](http://a.example)", ["x"]),
        # Money and the rest of Pandoc's rules.
        ("$5 and $10", []),
        ("from $5-$10", []),
        ("It costs $20,000 and $30,000.", []),
        ("US$5 and AU$ alike", []),
        ("$ x$ and $x $", []),
        ("$x$5", []),
        (r"\$5 and \$6$", []),
        ("($), ($$), ($$$)", []),
        ("$5, but $x$", ["x"]),
        # Not in code, addresses, escapes.
        ("`$a$` and `` \\(b\\) ``", []),
        ("`$a` $b$ `$c`", ["b"]),
        ("$5, $10, and `$z$`", []),
        ("$a `b` c$", []),
        ("a ` b $x$", ["x"]),
        ("https://x.example/?a=$b&c=$d and $e$", ["e"]),
        (r"a \\(b\\)", []),
        (r"see \[1\] and \[2, 3\]", []),
        (r"\(\) and $$ $$", []),
        ("$a$$b$", []),
        (r"\(open", []),
    ],
)
def test_that_formulas_are_found_where_they_are_and_nowhere_else(
    text: str, found: list[str]
) -> None:
    assert texs(text) == found


@pytest.mark.parametrize(
    ("text", "start"),
    [
        (r"so \(x", 3),
        (r"so \[x = \frac{", 3),
        ("so $$x", 3),
        ("so $x_", 3),
        ("so $", 3),
        ("so \\", 3),
        (r"so \(x\) and \(", 13),
        ("it costs $5", None),
        ("it costs $5 and", None),
        ("it costs $5.50, so", None),
        ("it costs $20k in", None),
        ("so $x$", None),
        (r"so \(x\)", None),
        ("so \\\\", None),
        ("`$x", 1),
        ("so $" + "word " * 20, None),
    ],
)
def test_that_what_may_yet_be_closed_is_told_from_money(text: str, start: int | None) -> None:
    found = open_formula(text)
    assert (found.start if found else None) == start


def formulas(blocks: list[Block]) -> list[tuple[str, str]]:
    return [(block.text, block.info) for block in blocks if block.kind is Kind.FORMULA]


@pytest.mark.parametrize(
    "text",
    [
        "$$\nx\n$$",
        "\\[\nx\n\\]",
        "\\[ x \\]",
        "$$x$$",
        "$$x\n= y$$",
        "a\n$$\n- x\n+ y\n= z\n===\n> 3\n# 4\n$$\nb",
        "$$\nx\n$$.",
        "- a\n  $$\n  x\n  $$\n- b",
        "- $$\n  x\n  $$",
        "1. a\n   \\[\n   x\n   \\]\n2. b",
        "> $$\n> x\n> $$\n> b",
    ],
)
def test_that_a_formula_on_lines_of_its_own_is_a_block(text: str) -> None:
    [(tex, closing)] = formulas(split_blocks(text))
    assert "x" in tex
    assert closing.rstrip(".") in ("$$", "\\]")


def test_that_lines_of_a_formula_begin_nothing_else() -> None:
    blocks = split_blocks("a\n$$\n- x\n=\n$$\nb")
    assert [(b.kind, b.text) for b in blocks] == [
        (Kind.PARAGRAPH, "a"),
        (Kind.FORMULA, "$$\n- x\n=\n"),
        (Kind.PARAGRAPH, "b"),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "$$ is much\n\nmore $$",
        "$$ is much",
        "$$x$$ is a formula in a line",
        "> $$\nx\n$$ b",
        "\\[1\\]",
        "```\n$$\nx\n$$\n```",
        "    $$x$$",
        "$$\n" + "x" * 3000 + "\n$$",
        "$$ $$",
        "$$$\nx\n$$$",
    ],
)
def test_that_what_is_no_formula_is_what_it_was_before(text: str) -> None:
    assert formulas(split_blocks(text)) == []


def test_that_a_quote_that_ends_ends_its_formula() -> None:
    blocks = split_blocks("> \\[\n> x\n\n\\[ y \\]")
    assert formulas(blocks) == [("\\[ y ", "\\]")]
    assert any(isinstance(c, Quote) for c in blocks[0].containers)


def streamed(text: str, cuts: list[int]) -> list[Block]:
    splitter = BlockSplitter()
    blocks: list[Block] = []
    start = 0
    for end in [*sorted(cuts), len(text)]:
        blocks += splitter.feed(text[start:end])
        splitter.tail()
        start = end
    return blocks + splitter.finish()


@given(st.lists(st.sampled_from(ATOMS), max_size=24).map("".join))
def test_that_a_text_with_formulas_cut_at_every_character_gives_the_same_blocks(text: str) -> None:
    assert streamed(text, list(range(len(text)))) == split_blocks(text)


@given(st.lists(st.sampled_from(ATOMS), max_size=24).map("".join), st.data())
def test_that_a_text_with_formulas_cut_anywhere_gives_the_same_blocks(
    text: str, data: st.DataObject
) -> None:
    cuts = data.draw(st.lists(st.integers(0, len(text)), max_size=6))
    assert streamed(text, cuts) == split_blocks(text)


@given(st.lists(st.sampled_from(ATOMS), max_size=24).map("".join))
def test_that_no_word_is_lost_between_delimiters(text: str) -> None:
    """Markdown takes white space and what marks its blocks; the rest is in some block."""
    kept = "".join(block.text + block.info + "".join(block.cells) for block in split_blocks(text))
    for character in "xya5":
        assert kept.count(character) >= text.count(character) - text.count("| a | b |\n")


def test_that_lines_that_became_no_formula_are_all_there() -> None:
    blocks = split_blocks("$$ is\nmuch\n- more\n\nend")
    assert [block.text for block in blocks] == ["$$ is\nmuch", "more", "end"]


def test_that_containers_around_formulas_are_told_from_those_that_follow() -> None:
    blocks = split_blocks("> $$\n> x\n> $$\n\na\n\n> b")
    assert len({block.containers for block in blocks}) == 3


@pytest.mark.parametrize(
    ("row", "cells"),
    [
        ("| $P(A|B)$ | b |", ("$P(A|B)$", "b")),
        (r"| \(|x|\) | $\|y\|$ |", (r"\(|x|\)", "$|y|$")),
        ("| $|x| | b |", ("$", "x")),  # it is no formula
        ("| $5|$10 | b |", ("$5", "$10")),  # neither is this
        ("| $5 | $10 |", ("$5", "$10")),
        ("| US$|EU$ |", ("US$", "EU$")),
        (r"| a\|b | c |", ("a|b", "c")),
    ],
)
def test_that_bars_in_formulas_end_no_cell_if_the_row_has_too_many(
    row: str, cells: tuple[str, ...]
) -> None:
    assert split_blocks(f"| a | b |\n|---|---|\n{row}")[-1].cells == cells


def test_that_bars_in_formulas_end_no_cell_of_a_header() -> None:
    [table] = split_blocks("| $P(A|B)$ | b |\n|---|---|")
    assert (table.kind, table.cells) == (Kind.TABLE, ("$P(A|B)$", "b"))


def test_that_no_delimiter_of_a_display_formula_is_shown_while_it_is_written() -> None:
    splitter = BlockSplitter()
    text = "So\n\\[\nx = 1\n\\]\nand\n$$y$$\n"
    for end in range(len(text)):
        splitter.feed(text[end : end + 1])
        for block in splitter.tail():
            if block.kind is not Kind.FORMULA:
                assert "$" not in block.text
                assert "\\" not in block.text


def test_that_brackets_in_formulas_cite_nothing() -> None:
    sources = [Source("1", "https://a.example/"), Source("2", "https://b.example/")]
    text = "The set $x[1]$ and \\(y[1]\\)\n\n$$\nz[1]\n$$\n\nBut this.[2]"
    assert cited_ids(text, sources) == ("2",)


@pytest.mark.parametrize(
    "piece",
    ["$", "$ ", "\\(", "\\[", "$$ ", "$a ", "`$", "$$\n", "\\[\n", "\\[\nx\n\n", "> $$\n",
     "- \\[ x\n", "$x$ ", "\\(x\\)", "{", "\\", "https://$"],
)  # fmt: skip
def test_that_S30_a_hundred_thousand_characters_of_beginnings_take_no_time(piece: str) -> None:
    text = piece * (100_000 // len(piece))
    begun = time.perf_counter()
    find_formulas(text)
    open_formula(text)
    split_blocks(text)
    assert time.perf_counter() - begun < 3
