"""Growing Markdown is cut into the same blocks however it arrives."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from headwater.domain.block import Block, Container, Item, Kind, Quote
from headwater.domain.blocks import BlockSplitter, split_blocks
from headwater.domain.text_piece import PIECE

CASES = sorted((Path(__file__).parent.parent / "markdown_cases").glob("*.md"))
ATOMS = [
    "- ", "* ", "1. ", "2. ", "7) ", "> ", ">", "  ", "    ", "\t", "\n", "\n", "\n\n", "```\n",
    "```py\n", "~~~\n", "---\n", "===\n", "# ", "## x ##\n", "a", "b c. D", "| a | b |\n",
    "|---|---|\n", "a|b[1]\n", "-|-\n", "***\n", "foo\n", "`", "|", "-", "<div>\n", "\r\n", "\r",
]  # fmt: skip


def text_of(case: Path) -> str:
    return case.read_bytes().decode("utf-8")


def streamed(text: str, cuts: list[int]) -> list[Block]:
    splitter = BlockSplitter()
    blocks: list[Block] = []
    start = 0
    for end in [*sorted(cuts), len(text)]:
        blocks += splitter.feed(text[start:end])
        splitter.tail()
        start = end
    return blocks + splitter.finish()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
def test_that_R18_a_text_cut_at_every_character_gives_the_blocks_of_the_whole(case: Path) -> None:
    text = text_of(case)
    assert streamed(text, list(range(len(text)))) == split_blocks(text)


@given(st.lists(st.sampled_from(ATOMS), max_size=16).map("".join), st.data())
def test_that_R18_any_cuts_give_the_blocks_of_the_whole(text: str, data: st.DataObject) -> None:
    cuts = data.draw(st.lists(st.integers(0, len(text)), max_size=6))
    assert streamed(text, cuts) == split_blocks(text)


@given(
    st.integers(0, 3).flatmap(
        lambda n: st.lists(
            st.sampled_from(["word ", "end. ", "a`b ", "**c** ", "\n", "。", "x" * 300]),
            min_size=n * 40,
            max_size=n * 120 + 1,
        ).map("".join)
    ),
    st.integers(1, 700),
)
def test_that_long_paragraphs_are_cut_at_the_same_places_however_they_arrive(
    text: str, step: int
) -> None:
    assert streamed(text, list(range(0, len(text), step))) == split_blocks(text)


# markdown-it as the judge of the structure.

_JUDGE = (
    MarkdownIt("commonmark", {"html": False, "maxNesting": 1000})
    .enable(["table", "strikethrough"])
    .disable(["reference", "html_block"])
)
# Ours starts a table only from a line of a paragraph, as GitHub does, nests to 24, and knows
# footnotes.
_JUDGED = [case for case in CASES if case.stem[:2] not in ("41", "42", "50")]


def _judged(text: str) -> list[tuple[object, ...]]:
    found: list[tuple[object, ...]] = []
    around: list[object] = []
    numbers: list[int | None] = []
    row: list[str] = []
    tokens = _JUDGE.parse(text)
    for index, token in enumerate(tokens):
        match token.type:
            case "blockquote_open":
                around.append("quote")
            case "ordered_list_open":
                numbers.append(int(token.attrs.get("start", 1)))
            case "bullet_list_open":
                numbers.append(None)
            case "ordered_list_close" | "bullet_list_close":
                numbers.pop()
            case "list_item_open":
                around.append(numbers[-1])
                if numbers[-1] is not None:
                    numbers[-1] += 1
            case "blockquote_close" | "list_item_close":
                around.pop()
            case "hr":
                found.append((Kind.RULE, "", tuple(around)))
            case "fence" | "code_block":
                code = token.content.rstrip("\n")
                found.append((Kind.CODE, code, token.info.strip(), tuple(around)))
            case "paragraph_open":
                found.append((Kind.PARAGRAPH, _lines(tokens[index + 1].content), tuple(around)))
            case "heading_open":
                text = _lines(tokens[index + 1].content)
                found.append((Kind.HEADING, text, int(token.tag[1]), tuple(around)))
            case "tr_open":
                row = []
            case "th_open" | "td_open":
                row.append(tokens[index + 1].content)
            case "tr_close":
                found.append((Kind.ROW, tuple(row), tuple(around)))
    return [leaf for leaf in found if leaf[:2] != (Kind.PARAGRAPH, "")]


def _ours(text: str) -> list[tuple[object, ...]]:
    found: list[tuple[object, ...]] = []
    code = ""
    for block in split_blocks(text):
        around = tuple(_name(container) for container in block.containers)
        match block.kind:
            case Kind.CODE:
                code = ""
                found.append((Kind.CODE, "", block.info, around))
            case Kind.CODE_LINE:
                code += block.text + ("\n" if block.info else "")
                found[-1] = (Kind.CODE, code.rstrip("\n"), *found[-1][2:])
            case Kind.HEADING:
                found.append((Kind.HEADING, _lines(block.text), block.level, around))
            case Kind.TABLE | Kind.ROW:
                found.append((Kind.ROW, block.cells, around))
            case Kind.RULE:
                found.append((Kind.RULE, "", around))
            case Kind.PARAGRAPH if block.text:
                found.append((Kind.PARAGRAPH, _lines(block.text), around))
    return found


def _name(container: Container) -> object:
    return "quote" if isinstance(container, Quote) else container.number


def _lines(text: str) -> str:
    return re.sub(r"[ \t]*\n[ \t]*", "\n", text)


@pytest.mark.parametrize("case", _JUDGED, ids=lambda case: case.stem)
def test_that_the_structure_is_the_one_that_markdown_it_finds(case: Path) -> None:
    text = text_of(case)
    assert _ours(text) == _judged(text)


# What is settled, and when.


def test_that_a_line_of_code_is_settled_as_soon_as_it_ends() -> None:
    splitter = BlockSplitter()
    assert [b.kind for b in splitter.feed("```py\nx = 1\ny = ")] == [Kind.CODE, Kind.CODE_LINE]
    assert [b.text for b in splitter.tail()] == ["y = "]
    assert [b.text for b in splitter.feed("2\n")] == ["y = 2"]


def test_that_an_item_is_settled_when_the_next_begins_and_numbers_go_on() -> None:
    splitter = BlockSplitter()
    settled = splitter.feed("".join(f"1. item {n}\n" for n in range(2000)))
    assert len(settled) == 1999
    last = settled[-1].containers[0]
    assert isinstance(last, Item)
    assert last.number == 1999
    assert len(splitter.tail()) == 1


def test_that_a_row_is_settled_as_soon_as_it_ends() -> None:
    splitter = BlockSplitter()
    settled = splitter.feed("|a|b|\n|-|-|\n" + "|1|2|\n" * 1000 + "|3|")
    assert len(settled) == 1001
    assert [b.cells for b in splitter.tail()] == [("3", "")]


def test_that_a_paragraph_of_100_KB_is_handed_out_in_pieces_that_end_with_a_sentence() -> None:
    text = "A sentence about nothing much. " * 3300
    splitter = BlockSplitter()
    settled = splitter.feed(text)
    assert all(b.text.endswith(".") for b in settled)
    assert [b.continues for b in settled[:2]] == [False, True]
    assert sum(len(b.text) for b in splitter.tail()) <= PIECE + 40
    joined = " ".join(b.text for b in settled + splitter.finish())
    assert joined == text.strip()


def test_that_a_long_paragraph_is_not_cut_within_bold_text_or_code() -> None:
    text = "word " * 400 + "**bold. " + "Still bold. " * 20 + "end** then. " + "More. " * 500
    first = split_blocks(text)[0]
    assert first.text.endswith("end** then.")


def test_that_S28_the_open_rest_stays_small_in_every_shape_that_grows() -> None:
    shapes = ("x" * 100_000, "```\n" + "y " * 50_000, "a\n" * 50_000, "- " + "z. " * 30_000)
    for text in shapes:
        splitter = BlockSplitter()
        for start in range(0, len(text), 500):
            splitter.feed(text[start : start + 500])
            assert sum(len(block.text) for block in splitter.tail()) <= 4 * PIECE


def test_that_what_may_yet_become_anything_is_held_back() -> None:
    for beginning in ("1", "1.", "#", "##", "-", "**", "|", "|--", "> ", "``"):
        splitter = BlockSplitter()
        splitter.feed("Text.\n\n" + beginning)
        assert splitter.tail() == [], beginning


def test_that_S8_a_definition_in_the_text_is_only_text() -> None:
    (block,) = split_blocks("[1]: https://evil.example/\n")
    assert block.kind is Kind.PARAGRAPH
    assert block.text == "[1]: https://evil.example/"


def test_that_S4_html_is_a_paragraph_like_any_other() -> None:
    kinds = [block.kind for block in split_blocks("<div>\n# h\n</div>\n")]
    assert kinds == [Kind.PARAGRAPH, Kind.HEADING, Kind.PARAGRAPH]


def test_that_S38_lines_of_code_keep_their_line_endings() -> None:
    lines = [b for b in split_blocks("```\r\na\tb\r\n\r\nc\n```") if b.kind is Kind.CODE_LINE]
    assert [(b.text, b.info) for b in lines] == [("a\tb", "\r\n"), ("", "\r\n"), ("c", "\n")]


def test_that_a_heading_set_by_a_line_below_is_no_list() -> None:
    (block,) = split_blocks("Title\n---\n")
    assert (block.kind, block.level, block.text) == (Kind.HEADING, 2, "Title")


def test_that_S28_deep_nesting_ends_as_text() -> None:
    (block,) = split_blocks(">" * 5000 + " x")
    assert len(block.containers) < 30
    assert block.text.startswith(">")
