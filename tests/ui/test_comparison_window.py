"""Two versions of an answer are read beside each other."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QMimeData, QPoint, Qt, QUrl
from PySide6.QtGui import QContextMenuEvent, QTextCursor, QTextFormat
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox, QMenu
from pytestqt.qtbot import QtBot

from headwater.domain.answer import Streaming
from headwater.domain.source import Source
from headwater.ui.anchor import SourceAnchor
from headwater.ui.comparison_page import NARROW
from headwater.ui.comparison_window import ComparisonWindow
from headwater.ui.pictures import Pictures
from headwater.ui.theme import DARK, LIGHT
from tests.journeys.accessible_tree import faults
from tests.ui.comparison_stage import ICONS, ONE, TURNED, TWO, ComparisonStage, version

SHIFT = Qt.KeyboardModifier.ShiftModifier
A = version("a", "The sky is blue [1]. Stones are old [2].\n\nApples grow here.", ONE, TWO)
B = version("b", "The sky is red [2]. Stones are old [1].\n\nCars drive all over.", *TURNED)
C = version("c", "The sky is red [2].", *TURNED)


@pytest.fixture
def stage(qtbot: QtBot) -> Iterator[ComparisonStage]:
    made = ComparisonStage(qtbot)
    yield made
    made.close()


def top_of(stage: ComparisonStage, words: str, *, last: bool = False) -> int:
    """Return how far under the upper edge of the document the words stand."""
    document = stage.page.document()
    found = document.find(words)
    while last and not (further := document.find(words, found)).isNull():
        found = further
    assert not found.isNull(), stage.text
    return round(document.documentLayout().blockBoundingRect(found.block()).top())


def left_of(stage: ComparisonStage, words: str) -> int:
    found = stage.page.document().find(words)
    assert not found.isNull(), stage.text
    found.setPosition(found.selectionStart())
    return stage.page.cursorRect(found).left()


def marked(stage: ComparisonStage) -> set[str]:
    """Return the words that are both lit and underlined."""
    found = set()
    block = stage.page.document().begin()
    while block.isValid():
        walk = block.begin()
        while not walk.atEnd():
            fragment = walk.fragment()
            form = fragment.charFormat()
            if form.hasProperty(QTextFormat.Property.BackgroundBrush):
                assert form.fontUnderline(), fragment.text()
                found.add(fragment.text())
            walk += 1
        block = block.next()
    return found


def anchors(stage: ComparisonStage) -> list[str]:
    found = []
    block = stage.page.document().begin()
    while block.isValid():
        walk = block.begin()
        while not walk.atEnd():
            if href := walk.fragment().charFormat().anchorHref():
                found.append(href)
            walk += 1
        block = block.next()
    return found


def test_that_counts_words_and_sources_are_told(stage: ComparisonStage) -> None:
    stage.show(A, B)
    assert stage.window.words == (
        "1 sentence the same, 1 changed, 1 only in version 1, 1 only in version 2"
    )
    assert marked(stage) == {"blue", "red"}
    assert "≠" in stage.text
    assert "2 sources in both" in stage.text
    assert "The first page  one.example  [1] in 1 · [2] in 2" in stage.text


def test_that_paired_sentences_stand_level(stage: ComparisonStage) -> None:
    stage.show(A, B)
    assert top_of(stage, "The sky is") == top_of(stage, "The sky is", last=True)
    assert top_of(stage, "Apples grow") == top_of(stage, "Cars drive")
    assert left_of(stage, "Cars drive") > left_of(stage, "Apples grow") + 300


def test_that_versions_stand_below_each_other_where_it_is_narrow(stage: ComparisonStage) -> None:
    stage.window.resize(NARROW - 50, 600)
    stage.show(A, B)
    assert top_of(stage, "Apples grow") < top_of(stage, "Cars drive")
    assert left_of(stage, "Apples grow") == left_of(stage, "Cars drive")
    assert stage.text.count("Stones are old") == 1
    assert "1 ≠" in stage.text
    assert "2 ≠" in stage.text
    stage.window.resize(NARROW + 50, 600)
    stage.settle()
    assert top_of(stage, "Apples grow") == top_of(stage, "Cars drive")


def test_that_equal_versions_are_said_to_be_the_same(stage: ComparisonStage) -> None:
    stage.show(A, version("b", A.answer.text, *A.answer.sources))
    assert stage.window.words == "All 3 sentences are the same."
    assert marked(stage) == set()
    assert stage.page.difference_count == 0
    stage.page.step(1)


def test_that_different_questions_are_shown_with_the_words_that_changed(
    stage: ComparisonStage,
) -> None:
    stage.show(version("a", "One.", question="Why so?"), version("b", "One.", question="Why not?"))
    assert marked(stage) == {"so", "not"}
    assert "Why so?" in stage.text
    stage.show(A, B)
    assert "Why?" not in stage.text


def test_that_f7_goes_from_difference_to_difference(stage: ComparisonStage) -> None:
    same = "\n\n".join(f"{a}{b} it is." for a in "BCDFG" for b in "aeiou")
    first = version("a", f"{same} Apples.\n\n{same}\n\nThe sky is blue.\n\n{same}")
    stage.show(first, version("b", f"{same} Cars all over.\n\n{same}\n\nThe sky is red.\n\n{same}"))
    places = []
    for key, modifier in (
        (Qt.Key.Key_F7, Qt.KeyboardModifier.NoModifier),
        (Qt.Key.Key_F7, Qt.KeyboardModifier.NoModifier),
        (Qt.Key.Key_F7, Qt.KeyboardModifier.NoModifier),
        (Qt.Key.Key_F7, SHIFT),
    ):
        QTest.keyClick(stage.window, key, modifier)
        places.append(stage.window.place_words)
    assert places == ["1 of 2", "2 of 2", "1 of 2", "2 of 2"]


def test_that_the_difference_that_is_gone_to_is_in_sight(stage: ComparisonStage) -> None:
    only = "\n\n".join(f"{a}{b}{c} lies there." for a in "BCD" for b in "aeiou" for c in "lmnr")
    stage.show(version("a", f"{only}\n\nThe sky is blue."), version("b", "The sky is red."))
    stage.page.step(-1)
    at = top_of(stage, "The sky is") - stage.page.verticalScrollBar().value()
    assert stage.page.verticalScrollBar().value() > 0
    assert 0 <= at < stage.page.viewport().height()


def test_that_the_caret_stays_at_the_beginning(stage: ComparisonStage) -> None:
    only = "\n\n".join(f"{a}{b}{c} lies there." for a in "BCD" for b in "aeiou" for c in "lmnr")
    stage.show(version("a", only), version("b", ""))
    caret = stage.page.textCursor()
    assert (caret.position(), caret.anchor()) == (0, 0)
    assert stage.page.verticalScrollBar().value() == 0


def test_that_what_is_the_same_is_unfolded_by_a_click(stage: ComparisonStage) -> None:
    same = "\n\n".join(f"{word} it is." for word in ["Ab", "Cd", "Ef", "Gh", "Ij"])
    stage.show(
        version("a", f"{same}\n\nApples.\n\n{same}"), version("b", f"{same}\n\nCars.\n\n{same}")
    )
    assert stage.text.count("Cd it is.") == 0
    assert stage.text.count("4 sentences the same") == 2
    stage.page.anchorClicked.emit(QUrl(next(a for a in anchors(stage) if a.startswith("fold:"))))
    stage.settle()
    assert stage.text.count("Cd it is.") == 2
    assert stage.text.count("4 sentences the same") == 1


def test_that_a_long_comparison_shows_the_rest_when_asked(stage: ComparisonStage) -> None:
    first = "\n\n".join(f"Number {n} is first." for n in range(700))
    stage.show(version("a", first), version("b", ""))
    assert "Number 499" in stage.text
    assert "Number 500" not in stage.text
    assert "Show more (200 further rows)" in stage.text
    stage.page.anchorClicked.emit(QUrl("more:"))
    stage.settle()
    assert "Number 699" in stage.text
    assert "Show more" not in stage.text


def test_that_a_click_on_a_source_opens_its_page(stage: ComparisonStage) -> None:
    stage.show(A, B)
    stage.page.anchorClicked.emit(QUrl(str(SourceAnchor("b", "2"))))
    stage.page.anchorClicked.emit(QUrl(str(SourceAnchor("b", "9"))))
    stage.page.anchorClicked.emit(QUrl("https://evil.example/"))
    assert stage.opened == ["https://one.example/"]


def test_that_a_source_with_an_unsafe_address_leads_nowhere(stage: ComparisonStage) -> None:
    bad = Source("1", "javascript:alert(1)", "Bad")
    other = Source("1", "https://good.example@evil.example/", "Other")
    stage.show(version("a", "Blue [1].", bad), version("b", "Blue [1].", other))
    assert anchors(stage) == []
    stage.page.anchorClicked.emit(QUrl(str(SourceAnchor("a", "1"))))
    assert stage.opened == []


def test_that_foreign_text_is_text(stage: ComparisonStage) -> None:
    evil = "<b>Bold</b> <img src='file:///etc/passwd'> &lt;i&gt; \u202eturned\ufdd0"
    source = Source("1", "https://a.example/", "<b>title</b>\n\u202e")
    stage.show(
        version("a", f"{evil} [1].", source, question=evil),
        version("b", f"{evil} x" + "y" * 5000, source),
    )
    assert "<b>Bold</b> <img src='file:///etc/passwd'> <i> turned\ufffd" in stage.text
    assert "<b>title</b>" in stage.text
    assert "\u202e" not in stage.text
    assert len(stage.text.split("xyy")[1]) > 4900


def test_that_a_copy_is_plain_text_without_our_breaks(stage: ComparisonStage) -> None:
    stage.show(version("a", "x" * 3000), version("b", "Blue."))
    stage.page.selectAll()
    data: QMimeData = stage.page.createMimeDataFromSelection()
    assert "x" * 3000 in data.text()
    assert data.formats() == ["text/plain"]


def test_that_theme_and_zoom_are_followed_at_the_same_place(stage: ComparisonStage) -> None:
    only = "\n\n".join(f"{a}{b}{c} lies there." for a in "BCD" for b in "aeiou" for c in "lmnr")
    stage.show(version("a", only), version("b", ""))
    bar = stage.page.verticalScrollBar()
    bar.setValue(top_of(stage, "Cal lies"))
    before = stage.page.document().size().height()
    stage.window.wear(DARK, Pictures(ICONS, 1.0))
    stage.page.set_zoom(200)
    stage.settle()
    assert abs(top_of(stage, "Cal lies") - bar.value()) < 20
    assert stage.page.document().size().height() > 1.5 * before
    found = stage.page.document().find("Cal lies")
    assert found.charFormat().foreground().color() == DARK.text
    assert LIGHT.text != DARK.text


def test_that_two_of_three_versions_are_chosen(stage: ComparisonStage) -> None:
    stage.show(A, B, C, shown="b")
    left, right = stage.window.findChildren(QComboBox)
    assert (left.currentIndex(), right.currentIndex()) == (0, 1)
    right.activated.emit(2)
    stage.settle()
    assert "Version 3" in right.currentText()
    assert stage.window.words.endswith("2 only in version 1")
    left.activated.emit(2)
    stage.settle()
    assert (left.currentIndex(), right.currentIndex()) == (2, 0)
    assert stage.window.words.endswith("2 only in version 1")
    right.activated.emit(2)
    assert (left.currentIndex(), right.currentIndex()) == (0, 2)
    stage.settle()


def test_that_two_versions_need_no_choice(stage: ComparisonStage) -> None:
    stage.show(A, B)
    assert not any(box.isVisible() for box in stage.window.findChildren(QComboBox))
    stage.window.follow((A, B, C))
    assert all(box.isVisible() for box in stage.window.findChildren(QComboBox))
    assert "Cars drive" in stage.text


def test_that_a_growing_answer_is_compared_anew_when_it_has_ended(stage: ComparisonStage) -> None:
    growing = version("b", "The sky", state=Streaming())
    stage.show(A, growing)
    assert "Version 2 is still being written" in stage.window.state_words
    stage.window.follow((A, version("b", "The sky is", state=Streaming())))
    stage.settle()
    assert "sky is" not in stage.text.replace("sky is blue", "")
    stage.window.follow((A, B))
    stage.settle()
    assert "Cars drive" in stage.text
    assert stage.window.state_words == ""


def test_that_everything_has_a_name(stage: ComparisonStage) -> None:
    stage.show(A, B, C)
    assert faults(stage.window) == []


def test_that_escape_closes_it_while_it_compares(qtbot: QtBot) -> None:
    stage = ComparisonStage(qtbot)
    long = "\n\n".join(f"Number {n} is first." for n in range(20_000))
    stage.window.show_versions((version("a", long), version("b", long + " x")), "b")
    assert not stage.window.is_done
    assert stage.window.words == "Comparing…"
    QTest.keyClick(stage.window, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: not stage.parent.findChildren(ComparisonWindow))


@pytest.mark.qt_log_ignore("This plugin does not support")
def test_that_the_menu_offers_no_inner_address(stage: ComparisonStage) -> None:
    stage.show(A, B)
    found = stage.page.document().find("The first page")
    cursor = QTextCursor(found)
    cursor.setPosition(found.selectionStart() + 2)
    at: QPoint = stage.page.cursorRect(cursor).center()
    stage.page.contextMenuEvent(
        QContextMenuEvent(QContextMenuEvent.Reason.Mouse, at, stage.page.mapToGlobal(at))
    )
    (menu,) = [menu for menu in stage.page.findChildren(QMenu) if menu.isVisible()]
    actions = {action.text(): action for action in menu.actions()}
    assert list(actions) == ["Copy", "Open the page", "Copy the address", "Select all"]
    actions["Open the page"].trigger()
    actions["Copy the address"].trigger()
    menu.close()
    assert stage.opened == ["https://www.one.example/"]
    assert QApplication.clipboard().text() == "https://www.one.example/"
