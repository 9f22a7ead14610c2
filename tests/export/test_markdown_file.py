from __future__ import annotations

import re
from datetime import datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from headwater.domain.answer import Stopped
from headwater.domain.attachment import attachment_of
from headwater.domain.conversation import Conversation, Turn
from headwater.domain.question import Question
from headwater.domain.source import Source
from headwater.export.excerpt import one_answer
from headwater.export.inline_text import inline_pieces, plain_words
from headwater.export.leaf import leaves
from headwater.export.markdown_file import markdown_text
from tests.exported import (
    HARD_TEXT,
    HOSTILE_TITLE,
    HOSTILE_TITLE_SHOWN,
    OTHER,
    PAGE,
    UNCITED,
    excerpt_of,
    markdown_as,
    two_answers,
    words,
)

SNIPPETS = st.sampled_from(
    ["[1]", "[2, 1]", "[9]", "[^1]", "[1]:", "[1](", "# ", "- ", "1. ", "7) ", "> ", "```", "~~~",
     "    ", "\n", "\n\n", "\t", "|a|b|\n|-|-|\n|c|d|", "*", "**", "_", "~~", "`", "<b>", "</b>",
     "<!--", "&lt;", "&#65;", "\\", "!", "[x](http://a.example)", "[x](javascript:y)",
     "![p](http://t.example/p)", "http://h.example/x_y", "<http://h.example>", "$x$", "---", "===",
     "[ ] ", "word", "snake_case", "שלום", "漢字", "😀", "\u202e", "\x00", "|", ":", "+ ", "#",
     "[a]: http://evil.example", "  ", "(", ")", "=", "-", "5", "x"]
)  # fmt: skip
TEXTS = st.lists(st.one_of(SNIPPETS, st.text(max_size=8)), max_size=24).map("".join)


def shown_words(text: str, *ids: str) -> str:
    """Return what the window shows of an answer, for comparing words."""
    parts: list[str] = []
    for block in leaves(text):
        if block.kind.name == "CODE":
            parts += [block.text, "\n"]
            continue
        for run in (block.text, *block.cells):
            # A mark is a footnote, whose number pandoc chooses.
            parts += [
                " " if piece.kind.name == "MARK" else plain_words([piece])
                for piece in inline_pieces(run, ids)
            ]
            parts.append("\n")
    return "".join(parts)


def test_that_a_mark_becomes_a_footnote_with_the_number_of_the_text() -> None:
    text = markdown_text(excerpt_of("It is so [2]. And `[1]`, [9].", PAGE, OTHER))

    assert "It is so [^2]. And `[1]`, \\[9\\]." in text
    assert (
        "\n[^2]: [Twelve years later](<https://www.infoq.com/cap>), infoq.com · 2012-05\n" in text
    )
    assert "[^1]" not in text
    assert "Also found:\n\n- \\[1\\] [The CAP theorem](<https://example.org/a?b=c>)" in text


def test_that_the_footnotes_stand_in_the_order_of_their_numbers() -> None:
    text = markdown_text(excerpt_of("So [2], so [1].", PAGE, OTHER))

    assert re.findall(r"^\[\^([^\]]+)\]:", text, re.MULTILINE) == ["1", "2"]


def test_that_pandoc_finds_each_footnote_with_its_text() -> None:
    html = markdown_as(markdown_text(excerpt_of(HARD_TEXT, PAGE, OTHER, UNCITED)), "html")

    notes = html.partition('role="doc-endnotes"')[2]
    assert notes.count('<a href="https://example.org/a?b=c">The CAP theorem</a>') == 5
    assert notes.count("Twelve years later") == 2
    assert "Only found" not in notes
    assert "Only found" in html


def test_that_an_alias_is_called_as_the_text_calls_it() -> None:
    source = Source("1", "https://example.org/", "Page", aliases=("web:4",))

    text = markdown_text(excerpt_of("So [web:4].", source))

    assert "So [^web:4]." in text
    assert "[^web:4]: [Page]" in text
    assert "Also found" not in text


def test_that_two_answers_do_not_share_a_footnote() -> None:
    text = markdown_text(two_answers("First [1].", "Second [1] [2].", PAGE, OTHER))

    assert "First [^1]." in text
    assert "Second [^2-1] [^2-2]." in text
    assert [m[1] for m in re.finditer(r"^\[\^([^\]]+)\]:", text, re.MULTILINE)] == [
        "1",
        "2-1",
        "2-2",
    ]


def test_that_an_answer_defines_neither_links_nor_footnotes() -> None:
    text = "See [1].\n\n[1]: http://evil.example\n\n[^1]: evil\n\n[1]: again"

    html = markdown_as(markdown_text(excerpt_of(text, PAGE)), "html")

    assert html.count("example.org") == 2 * 3  # three marks, each with a link and its host
    assert "evil" in html.partition('role="doc-endnotes"')[0]
    assert "evil" not in html.partition('role="doc-endnotes"')[2]


def test_that_html_of_an_answer_stays_text_and_no_picture_is_loaded() -> None:
    html = markdown_as(markdown_text(excerpt_of(HARD_TEXT, PAGE)), "html")

    assert "<script" not in html
    assert "&lt;script&gt;alert" in html
    assert "<img" not in html
    assert 'href="https://track.example/p.png"' in html
    assert "javascript:" not in html
    assert "bank.example (evil.example)" in html


def test_that_hostile_titles_are_read_as_they_are() -> None:
    source = Source("1", "javascript:alert(1)", HOSTILE_TITLE)

    text = markdown_text(excerpt_of("So [1].", source, Source("2", "", HOSTILE_TITLE)))

    plain = markdown_as(text, "plain")
    assert plain.count(HOSTILE_TITLE_SHOWN) == 2
    assert "\u202e" not in text
    assert "href" not in markdown_as(text, "html").replace('href="#fn', "")


def test_that_structure_survives() -> None:
    html = markdown_as(markdown_text(excerpt_of(HARD_TEXT, PAGE, OTHER)), "html")

    assert '<h2 id="head-line">Head <em>line</em></h2>' in html
    assert "<strong>either <em>thing</em></strong>" in html
    assert "snake_case" in html
    assert re.search(r'<ol start="7"[^>]*>\s*<li>seven</li>\s*<li>eight</li>', html)
    assert html.count("<table") == 1
    assert "<td>x | y</td>" in html
    assert "<code>a|b</code>" in html
    assert re.search(r"<blockquote>\s*<p>quoted</p>\s*<ul>\s*<li>in quote</li>", html)
    assert re.search(r"<li><p>deeper</p>\s*<div[^>]*><pre", html)
    assert "```\n[1] inner\n```</code></pre>" in re.sub(r"</?(span|a)\b[^>]*>", "", html)


def test_that_a_list_that_does_not_go_on_counting_keeps_its_number() -> None:
    html = markdown_as(markdown_text(excerpt_of("1. one\n5) five\n2. two")), "html")

    assert 'start="5"' in html
    assert 'start="2"' in html


def test_that_a_question_is_text_and_its_files_are_named() -> None:
    attachment = attachment_of("a_b.txt", b"secret content")
    question = Question(
        "# Not a *heading*\n\n- no list\n\n[1]: no",
        asked_at=datetime.fromisoformat("2026-11-21T14:02:00+00:00"),
        attachments=(attachment,),
    )
    conversation = Conversation().with_turn(Turn("t1", "", question))
    text = markdown_text(one_answer(conversation, "t1", question.asked_at))

    html = markdown_as(text, "html")
    assert html.count("<h1") == 1
    assert "# Not a *heading*" in html
    assert "<li>" not in html
    assert "Attached: a_b.txt" in html
    assert "secret content" not in text


def test_that_an_unfinished_answer_says_so() -> None:
    text = markdown_text(excerpt_of("Half an", state=Stopped("after 5 tokens")))

    assert "Half an\n\n**Unfinished: stopped after 5 tokens.**" in text


def test_that_endless_spaces_and_words_are_kept_in_one_paragraph() -> None:
    long = "x" * 70_000
    text = markdown_text(excerpt_of(f"a{' ' * 65_536}b\n\n{long}\n\n" + "One sentence. " * 600))

    assert "a b" in text
    assert long in text
    assert "\n" + ("One sentence. " * 600).strip() + "\n" in text


def test_that_300_sources_are_listed() -> None:
    sources = [Source(str(n), f"https://example.org/{n}", f"Page {n}") for n in range(1, 301)]
    marks = " ".join(f"[{n}]" for n in range(1, 151))

    text = markdown_text(excerpt_of(marks, *sources))

    assert len(re.findall(r"^\[\^\d+\]: ", text, re.MULTILINE)) == 150
    assert len(re.findall(r"^- \\\[\d+\\\] ", text, re.MULTILINE)) == 150


@pytest.mark.parametrize("text", ["", "\n", "[1]:", "```", "- ", "|a|\n|-|", "\\"])
def test_that_a_scrap_is_exported(text: str) -> None:
    assert markdown_text(excerpt_of(text, PAGE)).endswith("\n")


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(TEXTS)
def test_that_pandoc_reads_every_word_that_the_window_shows(text: str) -> None:
    shown = words(shown_words(text, "1", "2"))

    exported = markdown_text(excerpt_of(text, PAGE, OTHER))

    read = words(markdown_as(exported, "plain"))
    assert shown - read == {}, exported
