"""The Sources dock: one click or key lights, the next goes on, and the order is chosen."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace

import pytest
from PySide6.QtCore import QEvent, QRect, Qt, QTimer
from PySide6.QtGui import QFontMetrics
from PySide6.QtTest import QSignalSpy, QTest
from PySide6.QtWidgets import QApplication, QLabel, QMainWindow
from pytestqt.qtbot import QtBot

from headwater.domain.answer import Answer, Complete, Streaming
from headwater.domain.conversation import Turn
from headwater.domain.question import Question
from headwater.domain.source import Source
from headwater.domain.source_order import SourceOrder
from headwater.ui.check_words import EXPLANATION
from headwater.ui.source_check import SourceCheck
from headwater.ui.source_dock import SourceDock
from headwater.ui.source_list import SourceList, _fitted_place
from headwater.ui.source_model import SourceRole

pytestmark = pytest.mark.qt_log_ignore("does not support propagateSizeHints")

SOURCES = (
    Source("1", "https://zebra.example/", "One", published="2024-01-02"),
    Source("2", "https://middle.example/", "Two", published="2026-01-02"),
    Source("3", "https://apple.example/", "Three", published="2025-01-02"),
    Source("4", "https://never.example/", "Four"),
)
ANSWER = Answer(text="So.[1] And.[2] Then.[3] Again.[1]", sources=SOURCES, state=Complete())
CITED = ("1", "2", "3")


@pytest.fixture
def dock(qapp: QApplication) -> Iterator[SourceDock]:
    window = QMainWindow()
    made = SourceDock(window)
    window.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, made)
    window.resize(500, 700)
    made.show_turn(Turn("t", "", Question("Why?"), ANSWER), CITED)
    window.show()
    qapp.processEvents()
    yield made
    window.close()
    window.deleteLater()
    qapp.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def rows(dock: SourceDock) -> SourceList:
    return dock.findChildren(SourceList)[0]


def shown(dock: SourceDock, role: int = SourceRole.ID) -> list[object]:
    model = rows(dock).model()
    return [model.index(row, 0).data(role) for row in range(model.rowCount())]


def click(dock: SourceDock, row: int) -> None:
    view = rows(dock)
    place = view.visualRect(view.model().index(row, 0)).center()
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=place)


def test_that_a_click_selects_and_never_opens(dock: SourceDock) -> None:
    selected, opened = QSignalSpy(dock.source_selected), QSignalSpy(dock.source_opened)
    click(dock, 1)
    click(dock, 1)
    assert [selected.at(n) for n in range(selected.count())] == [["t", "2"], ["t", "2"]]
    assert opened.count() == 0


def test_that_a_double_click_opens_and_selects_once(dock: SourceDock) -> None:
    selected, opened = QSignalSpy(dock.source_selected), QSignalSpy(dock.source_opened)
    view = rows(dock)
    place = view.visualRect(view.model().index(0, 0)).center()
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=place)
    QTest.mouseDClick(view.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert opened.count() == 1
    assert opened.at(0) == ["t", "1"]
    assert selected.count() == 1


def test_that_R19_space_selects_enter_opens_and_both_fold(dock: SourceDock) -> None:
    selected, opened = QSignalSpy(dock.source_selected), QSignalSpy(dock.source_opened)
    view = rows(dock)
    view.setFocus()
    QTest.keyClick(view, Qt.Key.Key_Down)
    QTest.keyClick(view, Qt.Key.Key_Space)
    QTest.keyClick(view, Qt.Key.Key_Space)
    assert selected.count() == 2
    assert opened.count() == 0
    QTest.keyClick(view, Qt.Key.Key_Return)
    assert opened.count() == 1
    QTest.keyClick(view, Qt.Key.Key_End)
    assert len(shown(dock)) == 4
    QTest.keyClick(view, Qt.Key.Key_Space)
    assert len(shown(dock)) == 5
    QTest.keyClick(view, Qt.Key.Key_Return)
    assert len(shown(dock)) == 4
    assert opened.count() == 1


@pytest.mark.parametrize(
    ("order", "ids"),
    [
        (SourceOrder.NUMBER, ["1", "2", "3", None]),
        (SourceOrder.DATE, ["2", "3", "1", None]),
        (SourceOrder.DOMAIN, ["3", "2", "1", None]),
    ],
)
def test_that_the_sources_stand_in_the_chosen_order(
    dock: SourceDock, order: SourceOrder, ids: list[str | None]
) -> None:
    dock.set_order(order)
    assert shown(dock) == ids


def test_that_the_menu_in_the_head_chooses_the_order(dock: SourceDock) -> None:
    spy = QSignalSpy(dock.order_chosen)
    assert dock._menu is not None
    actions = dock._menu.actions()
    assert [action.isChecked() for action in actions] == [True, False, False]
    actions[1].trigger()
    assert spy.at(0) == ["date"]
    dock.set_order(SourceOrder.DATE)
    assert [action.isChecked() for action in actions] == [False, True, False]


def test_that_the_row_chosen_stays_chosen_when_rows_move(dock: SourceDock) -> None:
    click(dock, 0)
    dock.set_order(SourceOrder.DOMAIN)
    assert rows(dock).currentIndex().data(SourceRole.ID) == "1"


def test_that_another_turn_forgets_which_sentence_was_shown(dock: SourceDock) -> None:
    dock.show_use("1", 2, 2)
    assert shown(dock, SourceRole.USE)[0] == "2 of 2"
    dock.show_turn(Turn("u", "", Question("And?"), ANSWER), CITED)
    assert shown(dock, SourceRole.USE)[0] == ""


def test_that_the_cited_sources_come_first_and_are_counted(dock: SourceDock) -> None:
    assert dock._detail.text() == "4, 3 cited"
    dock.show_turn(Turn("t", "", Question("Why?"), ANSWER), ("4", "2"))
    assert shown(dock) == ["2", "4", None]
    assert dock._detail.text() == "4, 2 cited"
    dock.show_turn(Turn("t", "", Question("Why?"), ANSWER))
    assert shown(dock) == ["1", "2", "3", "4"]
    assert dock._detail.text() == "4"
    dock.show_turn(Turn("t", "", Question("Why?"), replace(ANSWER, sources=())))
    assert dock._detail.text() == ""
    assert rows(dock).isHidden()
    dock.show_turn(Turn("t", "", Question("Why?"), ANSWER), CITED)
    assert shown(dock) == ["1", "2", "3", None]


def test_that_a_look_while_text_streams_lists_nothing_anew(
    dock: SourceDock, monkeypatch: pytest.MonkeyPatch
) -> None:
    running = replace(ANSWER, state=Streaming())
    dock.show_turn(Turn("t", "", Question("Why?"), running), CITED)

    def refuse(*_: object) -> None:
        raise AssertionError("listed again")

    monkeypatch.setattr(SourceList, "show_sources", refuse)
    dock.show_turn(Turn("t", "", Question("Why?"), replace(running, text="So.")), list(CITED))
    with pytest.raises(AssertionError, match="listed again"):
        dock.show_turn(Turn("t", "", Question("Why?"), running), ("1", "2", "3", "4"))


PASSAGE = "The bridge of Rome was built by Trajan in 104 and is 1135 metres long, they say."
CHECKED = Answer(
    text="The bridge was built in 104.[1] The bridge is 42 metres long.[2] Paris bought it.[2]"
    " The bridge was built in 104.[3]\n\n`The bridge of 77`[4]",
    sources=tuple(replace(s, snippet="" if s.id == "3" else PASSAGE) for s in SOURCES),
    state=Complete(),
)


def checks(dock: SourceDock) -> dict[str, object]:
    pairs = zip(shown(dock), shown(dock, SourceRole.CHECK), strict=True)
    return {str(source_id): said for source_id, said in pairs if said}


def note(dock: SourceDock) -> str:
    labels = [label for label in dock.findChildren(QLabel) if label.isVisible()]
    return next((label.text() for label in labels if "truth" in label.text()), "")


def test_that_each_row_says_what_its_passage_has_and_why_that_is_no_truth(
    dock: SourceDock, qtbot: QtBot
) -> None:
    assert note(dock) == ""
    dock.show_turn(Turn("t", "", Question("Why?"), CHECKED), CITED)
    qtbot.waitUntil(lambda: bool(checks(dock)))
    said = checks(dock)
    assert said["1"] == "✓ found in the passage"
    assert str(said["2"]).startswith("○ not in the passage shown: 42")
    assert set(said) == {"1", "2"}
    assert note(dock) == EXPLANATION
    spoken = str(shown(dock, Qt.ItemDataRole.AccessibleTextRole)[0])
    assert spoken.endswith(", found in the passage")
    dock.show_turn(Turn("u", "", Question("Why?"), ANSWER), CITED)
    qtbot.waitUntil(lambda: not checks(dock))
    assert note(dock) == ""


LENGTHS = ("", "Five words are just enough.", PASSAGE, PASSAGE * 4)


@pytest.mark.parametrize("width", [228, 296, 700])
def test_that_no_row_moves_when_something_is_said_of_its_passage(
    dock: SourceDock, qtbot: QtBot, width: int
) -> None:
    sources = tuple(
        Source(str(n), f"https://s{n}.example/", "T" * n, snippet)
        for n, snippet in enumerate(LENGTHS, 1)
    )
    text = " ".join(
        f"The bridge was built in 104.[{n}] Angela Merkel of the Federal Ministry of the Interior"
        f" and Ursula von der Leyen opened it in 1999 for 42 million euros.[{n}]"
        for n in (2, 3, 4)
    )
    answer = Answer(text=text, sources=sources, state=Complete())
    running = replace(answer, state=Streaming())
    dock.show_turn(Turn("t", "", Question("Why?"), running), ("1", "2", "3", "4"))
    window = dock.parentWidget()
    assert isinstance(window, QMainWindow)
    window.resize(width + 20, 700)
    window.resizeDocks([dock], [width], Qt.Orientation.Horizontal)
    QApplication.processEvents()

    def places() -> list[QRect]:
        QApplication.processEvents()
        view = rows(dock)
        model = view.model()
        return [view.viewport().rect()] + [
            view.visualRect(model.index(row, 0)) for row in range(model.rowCount())
        ]

    before = places()
    dock.show_turn(Turn("t", "", Question("Why?"), answer), ("1", "2", "3", "4"))
    qtbot.waitUntil(lambda: bool(checks(dock)))
    assert len(checks(dock)) == 3
    assert len(note(dock)) > 10
    assert places() == before


def test_that_what_is_said_of_a_passage_is_painted_within_its_row(
    dock: SourceDock,
) -> None:
    source = replace(SOURCES[0], snippet="Five words are just enough.")
    running = replace(ANSWER, sources=(source,), state=Streaming())  # nothing else is said of it
    dock.show_turn(Turn("t", "", Question("Why?"), running), ("1",))
    QApplication.processEvents()
    view = rows(dock)
    row = view.visualRect(view.model().index(0, 0))
    plain = view.viewport().grab(row).toImage()
    below = view.viewport().grab(row.translated(0, row.height())).toImage()
    view.show_checks({"1": "○ not in the passage shown: 42"})
    QApplication.processEvents()
    assert view.viewport().grab(row).toImage() != plain
    assert view.viewport().grab(row.translated(0, row.height())).toImage() == below
    tip = str(shown(dock, Qt.ItemDataRole.ToolTipRole)[0])
    assert tip.endswith("<p>○ not in the passage shown: 42</p>")


def test_that_a_host_without_room_shows_its_end_and_its_date(qapp: QApplication) -> None:
    metrics = QFontMetrics(qapp.font())
    place = "paypal.com.and.many.more.evil.example · Mar 2024"
    whole = metrics.horizontalAdvance(place)
    assert _fitted_place(place, metrics, whole) == place
    narrow = _fitted_place(place, metrics, whole - 40)
    assert narrow.startswith("…")
    assert narrow.endswith("evil.example · Mar 2024")
    assert metrics.horizontalAdvance(narrow) <= whole - 40
    narrowest = _fitted_place(place, metrics, 16 * metrics.averageCharWidth())
    assert narrowest.startswith("…")
    assert narrowest.endswith(".example")


def test_that_nothing_is_compared_while_an_answer_runs_or_nobody_looks(
    dock: SourceDock, qtbot: QtBot
) -> None:
    dock.show_turn(Turn("t", "", Question("Why?"), replace(CHECKED, state=Streaming())))
    assert dock._check is None or not dock._check._timer.isActive()
    dock.hide()
    dock.show_turn(Turn("t", "", Question("Why?"), CHECKED), CITED)
    assert dock._check is None or not dock._check._timer.isActive()
    dock.show()
    qtbot.waitUntil(lambda: bool(checks(dock)))


def test_that_a_running_answer_is_left_alone_and_a_new_one_replaces_the_old(
    qapp: QApplication, qtbot: QtBot
) -> None:
    check = SourceCheck()
    check.begin(replace(CHECKED, state=Streaming()))
    assert not check._timer.isActive()
    check.begin(CHECKED)
    check.begin(replace(CHECKED, follow_ups=("And?",)))
    qtbot.waitUntil(lambda: set(check.words()) == {"1", "2"})
    check.begin(replace(CHECKED, text="The bridge was built in 104.[2]"))
    assert check.words() == {}
    qtbot.waitUntil(lambda: check.words() == {"2": "✓ found in the passage"})


def test_that_S28_passages_are_compared_in_slices(dock: SourceDock, qtbot: QtBot) -> None:
    many = replace(CHECKED, text=CHECKED.text * 200)
    gaps: list[float] = []
    last = time.perf_counter()

    def note_gap() -> None:
        nonlocal last
        now = time.perf_counter()
        gaps.append(now - last)
        last = now

    watch = QTimer()
    watch.setInterval(2)
    watch.timeout.connect(note_gap)
    dock.show_turn(Turn("t", "", Question("Why?"), many))
    last = time.perf_counter()
    watch.start()
    qtbot.waitUntil(lambda: bool(checks(dock)), timeout=30_000)
    watch.stop()
    assert len(gaps) > 20
    assert sorted(gaps)[len(gaps) * 9 // 10] < 0.06


def test_that_2000_sources_are_listed_in_a_moment(qapp: QApplication, dock: SourceDock) -> None:
    many = tuple(
        Source(str(n), f"https://site{n}.example/{'p' * 3000}", "Title " * 400, "Passage " * 800)
        for n in range(1, 2001)
    )
    began = time.perf_counter()
    dock.show_turn(Turn("t", "", Question("?"), Answer(text="x", sources=many, state=Complete())))
    qapp.processEvents()
    assert time.perf_counter() - began < 8
    began = time.perf_counter()
    dock.set_order(SourceOrder.DOMAIN)
    qapp.processEvents()
    assert time.perf_counter() - began < 2
