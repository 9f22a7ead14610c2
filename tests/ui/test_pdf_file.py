from __future__ import annotations

import re
import subprocess
import unicodedata
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from PySide6.QtWidgets import QApplication

from headwater.domain.answer import Failed
from headwater.domain.failure import interrupted_answer
from headwater.domain.source import Source
from headwater.ui.pdf_file import pdf_bytes, pdf_in_slices
from tests.export.test_markdown_file import TEXTS, shown_words
from tests.exported import (
    HARD_TEXT,
    HOSTILE_TITLE,
    OTHER,
    PAGE,
    UNCITED,
    excerpt_of,
    pdf_text,
    two_answers,
)

pytestmark = pytest.mark.usefixtures("qapp")


def letters(text: str) -> Counter[str]:
    """Return how often each letter is there; a PDF knows lines, not words.

    Right-to-left marks, letters beyond U+FFFF and what no font has are not in the text of a PDF.
    """
    text = unicodedata.normalize("NFKC", text)
    return Counter(c for c in text if c.isascii() and c.isalnum())


def links_of(data: bytes) -> set[str]:
    return {found.decode() for found in re.findall(rb"/URI \((.*?)\)\n?>>", data)}


def page_count(data: bytes, folder: Path) -> int:
    path = folder / "counted.pdf"
    path.write_bytes(data)
    told = subprocess.run(["pdfinfo", str(path)], capture_output=True, text=True, check=True).stdout
    found = re.search(r"^Pages:\s+(\d+)$", told, re.MULTILINE)
    assert found is not None
    return int(found[1])


def test_that_text_can_be_selected_and_links_lead_to_the_sources(tmp_path: Path) -> None:
    data = pdf_bytes(two_answers(HARD_TEXT, "Second [2].", PAGE, OTHER, UNCITED))

    text = pdf_text(data, tmp_path, "-layout")
    for words in (
        "What does it rule out?",
        "Perplexity · sonar-pro · 2026-11-21",
        "During a partition[1] a store gives up either thing or snake_case a|b [1] [2][9].",
        '<script>alert("owned")</script> & © [1]',
        'return "```" + 1',
        "[1] The CAP theorem · example.org · 2024-05-01",
        "Also found",
        "bank.example (evil.example)",
        "☐",
    ):
        assert words in re.sub(" +", " ", text), words
    assert "And then?" in text
    assert links_of(data) >= {"https://example.org/a?b=c", "https://www.infoq.com/cap"}
    assert not [link for link in links_of(data) if not link.startswith("http")]


def test_that_pages_are_numbered_and_counted(tmp_path: Path) -> None:
    data = pdf_bytes(excerpt_of("A paragraph of some words.\n\n" * 200))

    count = page_count(data, tmp_path)
    assert count > 3
    for page in range(1, count + 1):
        text = pdf_text(data, tmp_path, "-layout", "-f", str(page), "-l", str(page))
        words = r"Exported from Headwater \S+ \S+ \S+" if page == 1 else r"What does it rule out\?"
        assert re.search(rf"^{words} +{page} ?/ ?{count}$", text, re.MULTILINE)


def places_of_words(data: bytes, folder: Path) -> list[tuple[str, float, float]]:
    """Return each word with where it begins and ends across the page, in points."""
    path = folder / "placed.pdf"
    path.write_bytes(data)
    told = subprocess.run(
        ["pdftotext", "-bbox", str(path), "-"], capture_output=True, text=True, check=True
    ).stdout
    found = re.findall(r'xMin="([\d.]+)".*? xMax="([\d.]+)".*?>(.*?)</word>', told)
    return [(word, float(first), float(last)) for first, last, word in found]


_RTL = """\
שלום עולם

- נקודה ראשונה
- שנייה
  1. פנימית
- [x] גמור

> ציטוט
"""


def test_that_text_from_right_to_left_stands_within_its_page(tmp_path: Path) -> None:
    title = Source("10", "https://ten.example/", "כותרת")
    data = pdf_bytes(excerpt_of(_RTL + "\nText.[10]", title))
    words = places_of_words(data, tmp_path)
    edge = 595 - 20 / 25.4 * 72
    assert max(last for _, _, last in words) <= edge + 1
    right: dict[str, float] = {}  # of each letter, the place nearest to the edge
    for word, _, last in words:
        right[word] = max(last, right.get(word, 0.0))
    plain, item, inner, quote = (right[letter] for letter in "שנפצ")
    assert plain > item > inner, "what stands in does so at the right"
    assert plain > quote > inner
    assert [first > item + 6 for word, first, _ in words if word == "•"] == [True, True]
    assert [first for word, first, _ in words if word == "[10]"] == [57.0], "its number is there"


@pytest.mark.parametrize("count", range(25, 34))
def test_that_no_page_says_only_where_it_comes_from(count: int, tmp_path: Path) -> None:
    data = pdf_bytes(excerpt_of("A paragraph.\n\n" * count, PAGE))

    last = pdf_text(data, tmp_path, "-f", str(page_count(data, tmp_path)))
    assert "A paragraph" in last or "example.org" in last
    assert pdf_text(data, tmp_path).count("Exported from") == 1


@pytest.mark.parametrize(
    "text",
    [
        "A line of words that is long enough to be broken over several lines of a page. " * 400,
        "```python\n" + "value = 1  # comment\n" * 400 + "```",
        "|a|b|\n|-|-|\n" + "|cell one|cell two|\n" * 400,
        "- item\n" * 400,
        "# Head\n\nText.\n\n" * 200,
    ],
    ids=["prose", "code", "table", "list", "headings"],
)
def test_that_no_line_is_lost_or_doubled_where_a_page_ends(text: str, tmp_path: Path) -> None:
    data = pdf_bytes(excerpt_of(text))

    read = pdf_text(data, tmp_path)
    for word in ("line", "value", "cell", "item", "Head", "Text"):
        assert len(re.findall(rf"\b{word}\b", read)) == len(re.findall(rf"\b{word}\b", text))


def test_that_a_heading_is_not_left_alone_at_the_foot_of_a_page(tmp_path: Path) -> None:
    text = "".join(f"# Head {n}\n\nText {n}.\n\n" + "Filler.\n\n" * (n % 7) for n in range(60))
    data = pdf_bytes(excerpt_of(text))

    for page in range(1, page_count(data, tmp_path) + 1):
        read = pdf_text(data, tmp_path, "-f", str(page), "-l", str(page))
        for number in re.findall(r"^Head (\d+)$", read, re.MULTILINE):
            assert f"Text {number}." in read


def test_that_an_unfinished_answer_and_a_hostile_title_are_told(tmp_path: Path) -> None:
    source = Source("1", "javascript:alert(1)", HOSTILE_TITLE)
    data = pdf_bytes(excerpt_of("Half [1]", source, state=Failed(interrupted_answer())))

    text = pdf_text(data, tmp_path, "-layout")
    assert "Interrupted: The answer was interrupted." in text
    assert '[1] A <b>bold</b> "title" {x}' in re.sub(" +", " ", text)
    assert links_of(data) == set()
    assert b"/JavaScript" not in data
    assert b"/Launch" not in data


@pytest.mark.parametrize(
    "text",
    [
        f"a{' ' * 65_536}b",
        "x" * 100_000,
        "word [1] " * 10_000,
        "```\n" + "y" * 60_000 + "\n```",
        "|a|\n|-|\n" * 400,
        "".join("  " * depth + "- deep\n" for depth in range(30)),
        "|" + "column|" * 20 + "\n|" + "-|" * 20 + "\n|" + "words in it|" * 20,
        "",
    ],
    ids=["spaces", "word", "marks", "code", "tables", "nested", "wide", "empty"],
)
def test_that_hostile_measures_are_painted_whole(text: str, tmp_path: Path) -> None:
    data = pdf_bytes(excerpt_of(text, PAGE))

    assert letters(text.replace("[1]", "")) - letters(pdf_text(data, tmp_path)) == {}


def test_that_a_long_conversation_is_painted_in_slices() -> None:
    """So the window goes on: each step does about a page, whatever the whole takes."""
    slices = sum(1 for _ in pdf_in_slices(excerpt_of(HARD_TEXT * 50, PAGE, OTHER)))
    few = sum(1 for _ in pdf_in_slices(excerpt_of(HARD_TEXT, PAGE, OTHER)))

    assert slices > 20 * few / 2


def test_that_an_export_that_is_given_up_leaves_nothing_open(qapp: QApplication) -> None:
    work = pdf_in_slices(excerpt_of("Words.\n\n" * 2000))
    for _ in range(8):
        next(work)

    work.close()
    qapp.processEvents()


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(text=TEXTS)
def test_that_every_letter_that_the_window_shows_is_in_the_pdf(text: str, tmp_path: Path) -> None:
    read = pdf_text(pdf_bytes(excerpt_of(text, PAGE, OTHER)), tmp_path)

    assert letters(shown_words(text, "1", "2")) - letters(read) == {}
