"""The box of the quick ask: one line that grows to three, and loses nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from PySide6.QtCore import QEvent, QMimeData, Qt
from PySide6.QtGui import QImage, QInputMethodEvent
from PySide6.QtTest import QSignalSpy, QTest
from PySide6.QtWidgets import QApplication, QWidget

from headwater.ui.quick_ask.quick_edit import QuickEdit

HOSTILE = ("\u202ekcab", "w" * 300_000, " " * 70_000 + "x", "<b>bold</b><img src=x>\nline")


@pytest.fixture
def edit(qapp: QApplication) -> Iterator[QuickEdit]:
    frame = QWidget()
    frame.resize(600, 200)
    made = QuickEdit(frame)
    made.resize(500, made.height())
    frame.show()
    frame.activateWindow()
    made.setFocus()
    qapp.processEvents()
    yield made
    frame.close()
    frame.deleteLater()
    qapp.sendPostedEvents(frame, QEvent.Type.DeferredDelete)


def compose(edit: QuickEdit, preedit: str = "", committed: str = "") -> None:
    event = QInputMethodEvent(preedit, [])
    if committed:
        event.setCommitString(committed)
    QApplication.sendEvent(edit, event)


def test_that_pain_10_enter_of_an_input_method_asks_nothing(edit: QuickEdit) -> None:
    submitted = QSignalSpy(edit.submitted)
    compose(edit, "りょうし")
    QTest.keyClick(edit, Qt.Key.Key_Return)
    QTest.keyClick(edit, Qt.Key.Key_Enter)
    assert submitted.count() == 0
    compose(edit, "", "量子")
    assert edit.text().strip() == "量子"
    QTest.keyClick(edit, Qt.Key.Key_Return)
    assert submitted.count() == 1


def test_that_keys_of_an_input_method_remove_and_recall_nothing(edit: QuickEdit) -> None:
    erased, recalled = QSignalSpy(edit.erased), QSignalSpy(edit.recall_requested)
    compose(edit, "りょ")
    QTest.keyClick(edit, Qt.Key.Key_Backspace)
    QTest.keyClick(edit, Qt.Key.Key_Up)
    assert (erased.count(), recalled.count()) == (0, 0)


def test_that_shift_and_enter_begin_a_line(edit: QuickEdit) -> None:
    submitted = QSignalSpy(edit.submitted)
    QTest.keyClicks(edit, "a")
    QTest.keyClick(edit, Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    QTest.keyClicks(edit, "b")
    assert edit.text() == "a\nb"
    assert submitted.count() == 0


def test_that_it_grows_to_three_lines_and_then_scrolls(edit: QuickEdit) -> None:
    heights = []
    for _ in range(6):
        heights.append(edit.height())
        QTest.keyClick(edit, Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    line = edit.fontMetrics().lineSpacing()
    assert heights[1] - heights[0] == heights[2] - heights[1] == line
    assert heights[2:] == [heights[2]] * 4
    assert edit.verticalScrollBar().maximum() > 0
    edit.clear()
    assert edit.height() == heights[0]


def test_that_the_caret_stays_in_sight_of_what_was_added(edit: QuickEdit) -> None:
    pasted = QMimeData()
    pasted.setText("line\n" * 9)
    ways: tuple[Callable[[], object], ...] = (
        lambda: QTest.keyClick(edit, Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier),
        lambda: edit.insertFromMimeData(pasted),
        lambda: edit.set_text("line\n" * 30),
    )
    for add in ways:
        for _ in range(6):
            add()
        QApplication.processEvents()
        assert edit.viewport().rect().contains(edit.cursorRect().center())


def test_that_a_long_line_grows_it_as_well(edit: QuickEdit) -> None:
    one = edit.height()
    QTest.keyClicks(edit, "many words " * 7)
    assert edit.height() > one


def test_that_up_recalls_only_in_the_empty_box(edit: QuickEdit) -> None:
    recalled = QSignalSpy(edit.recall_requested)
    QTest.keyClick(edit, Qt.Key.Key_Up)
    QTest.keyClicks(edit, "a")
    QTest.keyClick(edit, Qt.Key.Key_Up)
    assert recalled.count() == 1


def test_that_backspace_removes_an_enclosure_only_in_the_empty_box(edit: QuickEdit) -> None:
    erased = QSignalSpy(edit.erased)
    QTest.keyClicks(edit, "ab")
    for _ in range(2):
        QTest.keyClick(edit, Qt.Key.Key_Backspace)
    assert (edit.text(), erased.count()) == ("", 0)
    QTest.keyClick(edit, Qt.Key.Key_Backspace)
    assert erased.count() == 1


def test_that_the_asked_question_stands_in_its_place(edit: QuickEdit) -> None:
    edit.show_asked("What is it?", "Ask a follow-up")
    assert (edit.text(), edit.placeholderText()) == ("", "What is it?")
    assert edit.property("asked") is True
    edit.show_asked("", "Ask anything")
    assert edit.placeholderText() == "Ask anything"
    assert edit.property("asked") is False


@pytest.mark.parametrize("question", ["a long question " * 30, *HOSTILE])
def test_that_an_asked_question_is_one_plain_line_that_fits(edit: QuickEdit, question: str) -> None:
    edit.show_asked(question, "Ask a follow-up")
    shown = edit.placeholderText()
    assert edit.fontMetrics().horizontalAdvance(shown) <= edit.viewport().width()
    assert not set(shown) & set("\u202e\n")


@pytest.mark.parametrize("text", HOSTILE, ids=["bidi", "word", "spaces", "tags"])
def test_that_a_hostile_paste_leaves_the_box_alive(edit: QuickEdit, text: str) -> None:
    data = QMimeData()
    data.setText(text)
    edit.insertFromMimeData(data)
    edit.grab()
    assert edit.text().replace("\n", "") == text.replace("\n", "")
    edit.clear()
    QTest.keyClicks(edit, "alive")
    assert edit.text() == "alive"


def test_that_what_is_not_text_is_offered_to_the_window_first(edit: QuickEdit) -> None:
    given: list[QMimeData] = []

    def take(data: QMimeData) -> bool:
        given.append(data)
        return True

    picture = QMimeData()
    picture.setImageData(QImage(2, 2, QImage.Format.Format_RGB32))
    assert edit.canInsertFromMimeData(picture)
    edit.take_data = take
    edit.insertFromMimeData(picture)
    assert given == [picture]
    assert edit.text() == ""


def test_that_rich_text_is_pasted_plain(edit: QuickEdit) -> None:
    data = QMimeData()
    data.setHtml("<b>bold</b>")
    data.setText("bold")
    edit.insertFromMimeData(data)
    assert edit.text() == "bold"
