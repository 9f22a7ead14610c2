"""What is copied can be pasted elsewhere with its structure, its links and its sources."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser
from time import perf_counter

import pytest
from markdown_it import MarkdownIt
from PySide6.QtCore import QMimeData, Qt
from PySide6.QtGui import QAction, QTextCursor
from PySide6.QtTest import QSignalSpy
from PySide6.QtWidgets import QApplication, QMenu

from headwater.domain.source import Source
from headwater.ui.answer_data import answer_data
from tests.benchmarks.rendering import mixed
from tests.ui.answer_stage import LINES, Stage, answer_stage, turn
from tests.ui.hostile_answers import hostile_answers

_TEXT = """# Head & <b>

**Bold** *it* ~~no~~ `co_de` [link](https://l.example/?a=1&b=2).[1] Also.[2][9]

- one
  - two 1. \\* three

2. second

> quoted

| Name | n |
|:--|--:|
| a\\|b [1] | -5 |
| =1+1 | @x |

```html
<script>alert(1)</script>\tend
```

<img src=x onerror=alert(1)> [bad](javascript:alert(1)) ![pic](https://p.example/p.png)
"""
_SOURCES = (
    Source("1", "https://one.example/a?b=1&c=2", 'One "<i>"', "", "2024-01-02"),
    Source("2", "https://two.example/", "Two"),
    Source("3", "javascript:alert(1)", "Three"),
)


@pytest.fixture
def stage(qapp: QApplication) -> Iterator[Stage]:
    yield from answer_stage(qapp)


class Page(HTMLParser):
    """What another program sees of pasted HTML."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.links: list[tuple[str, str]] = []
        self.actions: list[str] = []
        self.text = ""
        self._href = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.actions += [name for name, _ in attrs if name.startswith("on") or name == "src"]
        if tag == "a":
            self._href = dict(attrs)["href"] or ""
            self.links.append((self._href, ""))

    def handle_endtag(self, tag: str) -> None:
        if tag == "a":
            self._href = ""

    def handle_data(self, data: str) -> None:
        self.text += data
        if self._href:
            self.links[-1] = (self._href, self.links[-1][1] + data)


def markdown(data: QMimeData) -> str:
    return bytes(data.data("text/markdown").data()).decode()


def rendered(text: str) -> Page:
    return Page(MarkdownIt("gfm-like", {"linkify": False, "html": False}).render(text))


def select(stage: Stage, first: str = "", last: str = "") -> QMimeData:
    document = stage.view.document()
    cursor = QTextCursor(document)
    cursor.setPosition(document.find(first).selectionStart() if first else 0)
    end = document.find(last).selectionEnd() if last else document.characterCount() - 1
    cursor.setPosition(end, QTextCursor.MoveMode.KeepAnchor)
    stage.view.setTextCursor(cursor)
    return stage.view.createMimeDataFromSelection()


def test_that_complaint_11_an_answer_is_copied_in_three_shapes_with_its_sources() -> None:
    data = answer_data(turn(_TEXT, sources=_SOURCES))
    assert {"text/plain", "text/html", "text/markdown"} <= set(data.formats())
    assert '[1] One "<i>", 2024-01-02\n    https://one.example/a?b=1&c=2\n' in data.text()
    page = Page(data.html())
    assert ("https://one.example/a?b=1&c=2", "[1]") in page.links
    assert ("https://one.example/a?b=1&c=2", 'One "<i>"') in page.links
    assert ("https://two.example/", "[2]") in page.links
    assert ("https://l.example/?a=1&b=2", "link") in page.links
    assert "[9]" in page.text
    assert {"h1", "ul", "ol", "blockquote", "table", "pre", "strong", "em", "s"} <= page.tags
    listed = [href for href, _ in rendered(markdown(data)).links]
    assert "https://one.example/a?b=1&c=2" in listed
    assert "https://two.example/" in listed


def test_that_sources_are_copied_in_the_order_of_their_numbers(stage: Stage) -> None:
    sources = tuple(Source(n, f"https://n{n}.example/") for n in ("10", "2", "1"))
    data = answer_data(turn("So.[2][10] And.[1]", sources=sources))
    expected = [f"https://n{n}.example/" for n in (1, 2, 10)]
    address = re.compile(r"https://n\d+\.example/")
    assert address.findall(data.text()) == expected
    assert address.findall(markdown(data)) == expected
    assert [href for href, _ in Page(data.html()).links][-3:] == expected
    other = turn("Other.[1]", turn_id="u", sources=(Source("1", "https://n7.example/"),))
    stage.show(turn("So.[10][2] And.[1]", sources=sources), other)
    text = select(stage).text()
    assert address.findall(text) == [*expected, "https://n7.example/"]


def test_that_S38_copied_html_is_harmless() -> None:
    page = Page(answer_data(turn(_TEXT, sources=_SOURCES, question="<script>")).html())
    assert page.tags.isdisjoint({"script", "img", "b", "i", "style", "iframe"})
    assert page.actions == []
    assert {href.partition(":")[0] for href, _ in page.links} == {"https"}
    assert "<script>alert(1)</script>\tend" in page.text
    assert "<img src=x onerror=alert(1)>" in page.text


def test_that_without_sources_neither_marks_nor_list_are_copied() -> None:
    data = answer_data(turn("So.[1] `a[1]`\n", sources=_SOURCES), with_sources=False)
    for text in (data.text(), markdown(data), Page(data.html()).text):
        assert "So. " in text
        assert "a[1]" in text
        assert text.count("[1]") == 1
        assert "ource" not in text
    assert Page(data.html()).links == []


def test_that_a_selection_lists_only_the_sources_of_its_marks(stage: Stage) -> None:
    other = replace(turn("Other.[1]", sources=(Source("1", "https://u.example/"),)), id="u")
    stage.show(turn("First.[1] Second.[2] Third.", sources=_SOURCES), other)
    data = select(stage, "Second", "Third")
    assert data.text() == "Second.[2] Third\n\nSources:\n[2] Two\n    https://two.example/"
    assert Page(data.html()).links == [
        ("https://two.example/", "[2]"),
        ("https://two.example/", "Two"),
    ]
    assert [href for href, _ in rendered(markdown(data)).links] == ["https://two.example/"]
    both = [href for href, _ in rendered(markdown(select(stage))).links]
    assert both == ["https://one.example/a?b=1&c=2", "https://two.example/", "https://u.example/"]
    assert "Sources" not in select(stage, "Third", "Third").text()


def test_that_a_selection_pasted_as_markdown_shows_the_same(stage: Stage) -> None:
    stage.show(turn(_TEXT, question="Why * it?", sources=()))
    page = rendered(markdown(select(stage)))
    assert {"h1", "ul", "ol", "blockquote", "table", "pre", "strong", "em", "s"} <= page.tags
    for text in (
        "Why * it?", "Head & <b>", "two 1. * three", "a|b [1]", "=1+1", "co_de",
        "<script>alert(1)</script>\tend", "<img src=x onerror=alert(1)>", "[9]",
    ):  # fmt: skip
        assert text in page.text, text
    assert ("https://l.example/?a=1&b=2", "link") in page.links


@pytest.mark.parametrize(
    "text", ["\\# no head", "1\\. no item", "\\- no item", "\\-\\-\\-", "a\\\\b"]
)
def test_that_signs_of_the_text_stay_signs(stage: Stage, text: str) -> None:
    stage.show(turn(text))
    shown = select(stage, stage.text.split("\n")[2]).text()
    page = rendered(markdown(select(stage, shown)))
    assert page.text.strip() == shown
    assert page.tags == {"p"}


def test_that_a_selected_table_is_a_table_in_html(stage: Stage) -> None:
    stage.show(turn("Before.\n\n| A | B |\n|---|---|\n| 1 | 2 |\n\nAfter."))
    html = select(stage, "Before", "After").html()
    assert "<table><tr><th>A</th><th>B</th></tr><tr><td>1</td><td>2</td></tr></table>" in html


def offers(stage: Stage, at: str) -> dict[str, QAction]:
    menu = QMenu(stage.view)
    stage.view._offer_copies(menu, stage.view.document().find(at).position())
    return {action.text(): action for action in menu.actions() if action.text()}


def test_that_a_table_is_copied_for_spreadsheets_and_as_markdown(stage: Stage) -> None:
    rows = "".join(f"| row {n} | {n} |\n" for n in range(60))
    stage.show(turn(_TEXT + "\n| Long | n |\n|---|---|\n" + rows, sources=_SOURCES))
    clipboard = QApplication.clipboard()
    table = offers(stage, "a|b")
    table["Copy table as TSV"].trigger()
    assert clipboard.text() == "Name\tn\na|b [1]\t-5\n'=1+1\t'@x\n"
    table["Copy table as Markdown"].trigger()
    assert clipboard.text() == (
        "| Name | n |\n| :--- | ---: |\n| a\\|b [1] | -5 |\n| =1+1 | @x |\n"
    )
    offers(stage, "row 45")["Copy table as TSV"].trigger()
    assert clipboard.text().split("\n")[0] == "Long\tn"
    assert clipboard.text().count("\n") == 61
    assert "Copy table as TSV" not in offers(stage, "quoted")


def test_that_the_context_menu_copies_the_answer_under_the_pointer(stage: Stage) -> None:
    stage.show(turn("One.", turn_id="a"), turn("Two.", turn_id="b"))
    spy = QSignalSpy(stage.view.copy_requested)
    for action in list(offers(stage, "One.").values())[:2]:
        action.trigger()
    assert [spy.at(n) for n in range(2)] == [["a", True], ["a", False]]


def test_that_a_megabyte_is_copied_without_a_long_stop() -> None:
    long = turn((_TEXT + "\n") * 3000, sources=_SOURCES)
    assert len(long.answer.text) > 900_000
    began = perf_counter()
    data = answer_data(long)
    assert perf_counter() - began < 1.0
    assert not data.hasHtml()
    assert len(markdown(data)) > 900_000


def test_that_the_keyboard_copies_a_selection(stage: Stage) -> None:
    from PySide6.QtTest import QTest

    stage.show(turn("So.[1]", sources=_SOURCES))
    select(stage, "So")
    QTest.keyClick(stage.view, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QApplication.clipboard().mimeData().hasFormat("text/markdown")


def test_that_a_selection_of_a_megabyte_goes_as_text(stage: Stage) -> None:
    stage.show(turn("So.[1]\n\n" + LINES * 30, sources=_SOURCES))
    data = select(stage)
    assert data.text().count("Line number 299") == 30
    assert data.text().endswith("https://one.example/a?b=1&c=2")
    assert not data.hasHtml()


_TURNS = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"


@pytest.mark.parametrize("with_sources", [True, False])
def test_that_S10_nothing_that_is_copied_turns_the_text_that_it_is_pasted_into(
    with_sources: bool,
) -> None:
    text = f"a{_TURNS}b [l{_TURNS}](https://l.example/{_TURNS}) `c{_TURNS}`[1]\n\n"
    text += f"```py{_TURNS}\nd = {_TURNS}1\n```\n\n|e{_TURNS}|\n|-|\n|f{_TURNS}|\n"
    sources = (
        Source("1", f"https://s.example/{_TURNS}", f"T{_TURNS}", "", f"2024{_TURNS}"),
        Source("2", f"g{_TURNS}", _TURNS),
    )
    question = f"Why{_TURNS}?"
    data = answer_data(turn(text, question=question, sources=sources), with_sources=with_sources)
    for copied in (data.text(), data.html(), data.data("text/markdown").toStdString()):
        assert "d = " in copied
        assert not set(copied) & set(_TURNS)


def test_that_S28_an_answer_of_nothing_but_rows_or_items_is_copied_without_html() -> None:
    hostile = hostile_answers(190_000)
    for name in ("rows that are too short", "wide rows", "empty items"):
        data = answer_data(turn(hostile[name]))
        assert data.text().startswith("What is it?")
        assert not data.hasHtml(), name
    assert answer_data(turn(mixed(190_000))).hasHtml()
