from __future__ import annotations

import re
import warnings
from base64 import b64decode
from hashlib import sha256
from xml.etree.ElementTree import Element

from hypothesis import given, settings

from headwater.domain.answer import Failed
from headwater.domain.failure import interrupted_answer
from headwater.domain.source import Source
from headwater.export.html_page import html_page
from tests.export.test_markdown_file import TEXTS, shown_words
from tests.exported import (
    HARD_TEXT,
    HOSTILE_TITLE,
    HOSTILE_TITLE_SHOWN,
    OTHER,
    PAGE,
    UNCITED,
    excerpt_of,
    two_answers,
    words,
)

_RESOURCES = {
    "img",
    "script",
    "link",
    "iframe",
    "object",
    "embed",
    "audio",
    "video",
    "form",
    "base",
}


def parsed(page: str) -> Element:
    """Return the tree of a page in which a strict parser finds no mistake."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of its own imports
        import html5lib

        parser = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False)
        tree: Element = parser.parse(page)
    return tree


def text_of(element: Element) -> str:
    """Return what is read; a mark is a space, and so is what parts two blocks."""
    inner = " " if element.get("class") == "mark" else element.text or ""
    inner += "".join(text_of(child) for child in element)
    apart = "" if element.tag in ("a", "code", "em", "strong", "s", "span") else "\n"
    return f"{apart}{inner}{apart}{element.tail or ''}"


def test_that_a_strict_parser_finds_a_whole_page() -> None:
    tree = parsed(html_page(two_answers(HARD_TEXT, HARD_TEXT, PAGE, OTHER, UNCITED)))

    assert tree.get("lang") == "en"
    assert len(tree.findall(".//article")) == 2
    assert len(tree.findall(".//table")) == 2
    ordered = tree.findall(".//ol")
    assert [each.get("start") for each in ordered[:2]] == [None, "7"]
    assert len(tree.findall(".//blockquote/ul/li")) == 2


def test_that_the_page_needs_and_can_do_nothing_else() -> None:
    page = html_page(excerpt_of(HARD_TEXT, PAGE, OTHER))
    tree = parsed(page)

    assert {each.tag for each in tree.iter()} & _RESOURCES == set()
    assert not re.search(r"url\(|@import|src=|\son\w+=|style=", page.partition("<body>")[0])
    policy = next(
        meta.get("content", "")
        for meta in tree.iter("meta")
        if meta.get("http-equiv") == "Content-Security-Policy"
    )
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    style = tree.findtext(".//style") or ""
    allowed = b64decode(policy.partition("sha256-")[2].partition("'")[0])
    assert allowed == sha256(style.encode()).digest()
    for each in tree.iter():
        assert not [name for name in each.attrib if name.startswith("on") or name == "style"]


def test_that_links_lead_where_they_may_and_marks_to_their_source() -> None:
    tree = parsed(html_page(two_answers(HARD_TEXT, HARD_TEXT, PAGE, OTHER, UNCITED)))

    targets = {each.get("id") for each in tree.iter() if each.get("id")}
    links = [each.get("href", "") for each in tree.iter("a")]
    assert {link for link in links if link.startswith("#")} == {"#a1-1", "#a1-2", "#a2-1", "#a2-2"}
    assert targets == {"a1-1", "a1-2", "a2-1", "a2-2"}
    assert all(link.startswith(("#", "https://", "http://")) for link in links)
    assert "https://example.org/a_(b)_c" in links


def test_that_the_numbers_are_those_of_the_text() -> None:
    more = [Source(n, f"https://n{n[-1]}.example/") for n in ("web:1", "10", "7", "4")]
    page = html_page(excerpt_of("So [web:1], [10], [7], [2].", *more, OTHER, UNCITED))
    tree = parsed(page)

    numbers = [each.text for each in tree.iter("span") if each.get("class") == "number"]
    assert numbers == ["[2]", "[7]", "[10]", "[web:1]", "[4]", "[5]"]
    assert "Also found" in page


def test_that_hostile_words_are_text() -> None:
    source = Source("1", "javascript:alert(1)", HOSTILE_TITLE)
    page = html_page(excerpt_of(HARD_TEXT, source, question=f"What is {HOSTILE_TITLE}?"))
    tree = parsed(page)

    assert "\u202e" not in page
    read = text_of(tree)
    assert read.count(HOSTILE_TITLE_SHOWN) == 3  # the window, the heading, the source
    assert '<script>alert("owned")</script>' in read
    assert tree.findtext(".//title") == f"What is {HOSTILE_TITLE_SHOWN}?"


def test_that_each_piece_of_text_finds_its_own_direction() -> None:
    tree = parsed(html_page(excerpt_of(HARD_TEXT, PAGE)))

    for tag in ("p", "td", "th", "h1"):
        for each in tree.iter(tag):
            if each.get("class") != "facts":
                assert each.get("dir") == "auto", each.text
    assert {each.get("dir") for each in tree.iter("pre")} == {"ltr"}


def test_that_code_is_coloured_and_complete() -> None:
    tree = parsed(html_page(excerpt_of("```python\n\n\tdef f(): # c\n    return '<b>' + 1\n\n```")))

    (code,) = tree.findall(".//pre/code")
    assert "".join(code.itertext()) == "\n\tdef f(): # c\n    return '<b>' + 1\n"
    assert {each.get("class") for each in code} == {"k", "c", "s", "n"}


def test_that_an_interrupted_answer_says_so() -> None:
    tree = parsed(html_page(excerpt_of("Half", state=Failed(interrupted_answer()))))

    (said,) = (each.text or "" for each in tree.iter("p") if each.get("class") == "state")
    assert said.startswith("Interrupted: The answer was interrupted.")


@settings(max_examples=200, deadline=None)
@given(TEXTS)
def test_that_every_word_that_the_window_shows_is_on_the_page(text: str) -> None:
    tree = parsed(html_page(excerpt_of(text, PAGE, OTHER)))

    assert words(shown_words(text, "1", "2")) - words(text_of(tree)) == {}
