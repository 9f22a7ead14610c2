"""Answers are read, searched, enlarged, compared and taken away with the keyboard alone."""

from __future__ import annotations

import json
import threading
from functools import partial
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QInputMethodEvent, QTextCursor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QToolTip

from headwater.domain import citations
from headwater.domain.preferences import LongLines
from headwater.ui.answer_view import AnswerView
from tests.fault_server import FaultServer, answer, chat_stream, running, stall
from tests.journeys.stage import Stage, play
from tests.journeys.test_quick_ask import Quick, gated

_CONTROL = Qt.KeyboardModifier.ControlModifier
_ALT = Qt.KeyboardModifier.AltModifier
_SHIFT = Qt.KeyboardModifier.ShiftModifier
_NONE = Qt.KeyboardModifier.NoModifier


def at(server: FaultServer) -> tuple[str, ...]:
    return ("--base-url", server.base_url, "--model", "m")


def press(key: Qt.Key, modifiers: Qt.KeyboardModifier = _NONE) -> None:
    """Press a key wherever the focus is."""
    focused = QApplication.focusWidget()
    assert focused is not None
    QTest.keyClick(focused, key, modifiers)


def test_that_words_are_found_and_the_focus_comes_back(qapp: QApplication, tmp_path: Path) -> None:
    async def journey(stage: Stage) -> None:
        stage.window.activateWindow()
        stage.type("One?")
        await stage.settled()
        press(Qt.Key.Key_F, _CONTROL)
        bar = stage.conductor.finding.bar
        assert bar.edit.hasFocus()
        QTest.keyClicks(bar.edit, "STONE")
        await stage.until(lambda: bar.count_words == "1 of 3", "the count")
        press(Qt.Key.Key_Return)
        assert bar.count_words == "2 of 3"
        press(Qt.Key.Key_F3)
        press(Qt.Key.Key_F3)
        assert bar.count_words == "1 of 3"
        press(Qt.Key.Key_Return, _SHIFT)
        press(Qt.Key.Key_F3, _SHIFT)
        assert bar.count_words == "2 of 3"
        press(Qt.Key.Key_Escape)
        assert bar.isHidden()
        assert stage.window.composer.edit.hasFocus()
        assert stage.conductor.view.textCursor().selectedText() == "Stone"
        QTest.keyClicks(stage.window.composer.edit, "kept")
        press(Qt.Key.Key_F3)
        assert bar.isVisible()
        assert bar.edit.text() == "Stone"
        stage.window.actions_by_name.new.trigger()
        await stage.painted()
        assert bar.isHidden()
        press(Qt.Key.Key_F, _CONTROL)
        assert bar.isHidden(), "there is nothing to look through"

    with running(answer(chat_stream("A stone. **Sto**ne.\n\nA `stone`."))) as server:
        play(qapp, tmp_path, journey, arguments=at(server))


def test_that_what_is_selected_of_one_cell_is_looked_for(
    qapp: QApplication, tmp_path: Path
) -> None:
    async def journey(stage: Stage) -> None:
        stage.window.activateWindow()
        stage.type("One?")
        await stage.settled()
        bar, view = stage.conductor.finding.bar, stage.conductor.view
        word = view.document().find("שלום")
        cell = QTextCursor(view.document())
        cell.setPosition(word.selectionStart() - 1)  # with the signs of its direction
        cell.setPosition(word.selectionEnd() + 1, QTextCursor.MoveMode.KeepAnchor)
        view.setTextCursor(cell)
        press(Qt.Key.Key_F, _CONTROL)
        await stage.until(lambda: bar.count_words == "1 of 2", "the count")
        assert bar.edit.text() == "שלום"
        press(Qt.Key.Key_Escape)
        cell.setPosition(word.selectionStart() - 3, QTextCursor.MoveMode.KeepAnchor)
        assert "e\u2028" in cell.selectedText()
        view.setTextCursor(cell)
        press(Qt.Key.Key_F, _CONTROL)
        assert bar.edit.text() == "שלום", "no words stand in two cells"

    text = "| one | two |\n|---|---|\n| three | שלום |\n\nשלום"
    with running(answer(chat_stream(text))) as server:
        play(qapp, tmp_path, journey, arguments=at(server))


def test_that_escape_closes_the_bar_and_does_not_stop_the_answer(
    qapp: QApplication, tmp_path: Path
) -> None:
    async def journey(stage: Stage) -> None:
        stage.window.activateWindow()
        stage.type("One?")
        await stage.until(lambda: "stone" in stage.text, "text")
        press(Qt.Key.Key_F, _CONTROL)
        QTest.keyClicks(stage.conductor.finding.bar.edit, "stone")
        press(Qt.Key.Key_Escape)
        assert stage.conductor.finding.bar.isHidden()
        assert stage.answer.is_running
        press(Qt.Key.Key_Escape)
        assert not stage.answer.is_running

    with running(stall(chat_stream("A stone. ", done=False, finish_reason=None))) as server:
        play(qapp, tmp_path, journey, arguments=at(server))


def test_that_pain_10_enter_of_the_input_method_does_not_step(
    qapp: QApplication, tmp_path: Path
) -> None:
    async def journey(stage: Stage) -> None:
        stage.window.activateWindow()
        stage.type("One?")
        await stage.settled()
        press(Qt.Key.Key_F, _CONTROL)
        bar = stage.conductor.finding.bar
        QTest.keyClicks(bar.edit, "stone")
        QApplication.sendEvent(bar.edit, QInputMethodEvent("か", []))
        press(Qt.Key.Key_Return)
        assert bar.count_words == "1 of 3"
        QApplication.sendEvent(bar.edit, QInputMethodEvent())
        press(Qt.Key.Key_Return)
        assert bar.count_words == "2 of 3"

    with running(answer(chat_stream("A stone. Stone.\n\nA `stone`."))) as server:
        play(qapp, tmp_path, journey, arguments=at(server))


def test_that_the_text_is_zoomed_by_keys_and_stays_so(qapp: QApplication, tmp_path: Path) -> None:
    async def journey(stage: Stage) -> None:
        stage.window.activateWindow()
        stage.type("One?")
        await stage.settled()
        before = size(stage)
        press(Qt.Key.Key_Equal, _CONTROL)
        press(Qt.Key.Key_Plus, _CONTROL)
        await stage.painted()
        assert size(stage) == pytest.approx(1.25 * before)
        press(Qt.Key.Key_0, _CONTROL)
        await stage.painted()
        assert size(stage) == before
        press(Qt.Key.Key_Minus, _CONTROL)
        await stage.painted()
        assert size(stage) == pytest.approx(0.9 * before)

    async def again(stage: Stage) -> None:
        await stage.settled()
        assert stage.conductor.view._formats.points == pytest.approx(
            0.9 * stage.conductor.view.font().pointSizeF()
        )

    def size(stage: Stage) -> float:
        found = stage.conductor.view.document().find("stone")
        return found.charFormat().fontPointSize()

    with running(answer(chat_stream("A stone."))) as server:
        play(qapp, tmp_path, journey, again, arguments=at(server))


def test_that_keys_go_from_mark_to_mark_and_open_them(qapp: QApplication, tmp_path: Path) -> None:
    opened: list[str] = []

    async def journey(stage: Stage) -> None:
        stage.window.activateWindow()
        for count in (1, 2):
            stage.type("One?")
            await stage.until(partial(has_turns, stage, count), "the question")
            await stage.settled()
        view = stage.conductor.view
        view.source_chosen.disconnect()  # no browser
        view.source_chosen.connect(lambda turn_id, source_id: opened.append(source_id))
        view.verticalScrollBar().setValue(0)
        seen = []
        for _ in range(5):
            press(Qt.Key.Key_F8)
            assert view.hasFocus()
            seen.append(view.textCursor().selectedText().strip("\u00a0"))
        assert seen == ["1", "2", "1", "2", "2"], "the last one stays"
        press(Qt.Key.Key_F8, _SHIFT)
        assert view.textCursor().selectedText() == "\u00a01\u00a0"
        assert QToolTip.text().startswith("<p><b>A page</b>")
        press(Qt.Key.Key_Return)
        assert opened == ["1"]
        QToolTip.hideText()
        press(Qt.Key.Key_F7, _SHIFT)
        assert view.textCursor().selectedText() == "Copy"
        QGuiApplication.clipboard().clear()
        press(Qt.Key.Key_Return)
        assert QGuiApplication.clipboard().text() == "x = 1"
        turns = [turn.start.position() for turn in view.turns]
        press(Qt.Key.Key_Up, _ALT)
        press(Qt.Key.Key_Up, _ALT)
        assert view.textCursor().selectionStart() == turns[0]
        press(Qt.Key.Key_Down, _ALT)
        assert view.textCursor().selectionStart() == turns[1]
        assert view.textCursor().selectedText() == "One?"
        press(Qt.Key.Key_F9)
        press(Qt.Key.Key_F9)
        press(Qt.Key.Key_C, _CONTROL)
        assert QGuiApplication.clipboard().text().startswith("Open.")
        press(Qt.Key.Key_F9, _SHIFT)
        press(Qt.Key.Key_F9, _SHIFT)
        press(Qt.Key.Key_C, _CONTROL)
        assert QGuiApplication.clipboard().text() == "One?"

    source = [{"title": "A page", "url": "https://example.org/a", "snippet": "s"},
              {"title": "Two", "url": "https://example.org/b"}]  # fmt: skip
    body = chat_stream("Open.[1] `y` Shut.[2]\n\n```py\nx = 1\n```\n")
    body = body.replace(b'"choices"', b'"search_results": %b, "choices"' % _json(source), 1)
    with running(answer(body), answer(body)) as server:
        play(qapp, tmp_path, journey, arguments=at(server))


def test_that_pain_1_the_dock_counts_citations_without_reading_the_answer_again(
    qapp: QApplication, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("the whole text is read")

    monkeypatch.setattr(citations, "cited_ids", refuse)
    said: list[str] = []

    async def journey(stage: Stage) -> None:
        dock = stage.window.source_dock
        stage.type("One?")
        await stage.until(lambda: dock._detail.text() == "2, 1 cited", "the first count")
        assert stage.answer.is_running
        stage.conductor.view.written.connect(lambda: said.append(dock._detail.text()))
        gate.set()
        await stage.settled()
        kept = stage.conversation.id
        stage.conductor._parts.desk.new()
        await stage.until(lambda: dock._detail.text() == "", "a new question")
        stage.conductor._parts.desk.show(kept)
        await stage.until(lambda: len(said) == 2, "what was kept")

    gate = threading.Event()
    long = "Long enough for nobody to read it twice.\n\n" * 400
    first = chat_stream(f"Open.[1]\n\n{long}", finish_reason=None, done=False)
    source = [{"title": "A page", "url": "https://example.org/a", "snippet": "s"},
              {"title": "Two", "url": "https://example.org/b"}]  # fmt: skip
    first = first.replace(b'"choices"', b'"search_results": %b, "choices"' % _json(source), 1)
    with running(gated(first, chat_stream("Shut.[2]"), gate)) as server:
        play(qapp, tmp_path, journey, arguments=at(server))
    assert said == ["2, 2 cited"] * 2


def has_turns(stage: Stage, count: int) -> bool:
    return len(stage.conversation.path) == count


def test_that_no_key_does_two_things(qapp: QApplication, tmp_path: Path) -> None:
    async def journey(stage: Stage) -> None:
        keys = [key.toString() for action in stage.window.actions() for key in action.shortcuts()]
        assert sorted(set(keys)) == sorted(keys)
        assert len(keys) > 25

    play(qapp, tmp_path, journey)


def _json(value: object) -> bytes:
    return json.dumps(value).encode()


def test_that_long_lines_of_code_scroll_by_a_key_everywhere_and_stay_so(
    qapp: QApplication, tmp_path: Path
) -> None:
    async def journey(stage: Stage) -> None:
        wrap = stage.window.actions_by_name.wrap_code
        assert wrap.isChecked()
        stage.window.activateWindow()
        stage.type("One?")
        await stage.settled()
        assert lines(stage.conductor.view) > 1
        press(Qt.Key.Key_Z, _ALT)
        await stage.painted()
        assert not wrap.isChecked()
        assert lines(stage.conductor.view) == 1
        quick = Quick(stage)
        await quick.open()
        quick.type("One?")
        quick.key(Qt.Key.Key_Return)
        await stage.until(lambda: "stone" in quick.text, "the answer")
        await stage.painted()
        view = quick.presence.quick._view
        assert view is not None
        assert lines(view) == 1
        wrap.trigger()
        await stage.painted()
        assert lines(view) > 1
        stage.conductor._parts.preferences.update(long_lines=LongLines.SCROLL)
        assert not wrap.isChecked()
        await quick.hide()

    async def again(stage: Stage) -> None:
        await stage.settled()
        await stage.painted()
        assert not stage.window.actions_by_name.wrap_code.isChecked()
        assert lines(stage.conductor.view) == 1

    def lines(view: AnswerView) -> int:
        return view.document().find("stone").block().layout().lineCount()

    with running(answer(chat_stream(f"```\n{'a stone ' * 60}\n```"))) as server:
        play(qapp, tmp_path, journey, again, arguments=at(server))


def test_that_the_quick_ask_has_the_same_zoom(qapp: QApplication, tmp_path: Path) -> None:
    async def journey(stage: Stage) -> None:
        quick = Quick(stage)
        await quick.open()
        quick.type("One?")
        quick.key(Qt.Key.Key_Return)
        await stage.until(lambda: "stone" in quick.text, "the answer")
        await stage.painted()
        view = quick.presence.quick._view
        assert view is not None
        before = view._formats.points
        quick.control(Qt.Key.Key_Plus)
        view.zoom_requested.emit(1)
        await stage.painted()
        assert view._formats.points == pytest.approx(1.25 * before)
        assert stage.conductor.view._formats.points == pytest.approx(1.25 * before)
        quick.control(Qt.Key.Key_0)
        await stage.painted()
        assert view._formats.points == before
        await quick.hide()

    with running(answer(chat_stream("A stone."))) as server:
        play(qapp, tmp_path, journey, arguments=at(server))


def test_that_what_formulas_and_code_take_is_loaded_while_a_question_is_typed(
    qapp: QApplication, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It takes a third of a second, for which the window would stand still later."""
    loaded_on: list[str] = []
    monkeypatch.setattr(
        "headwater.app._load_answer_tools",
        lambda: loaded_on.append(threading.current_thread().name),
    )

    async def journey(stage: Stage) -> None:
        await stage.painted()
        assert loaded_on == []
        QTest.keyClicks(stage.window.composer.edit, "Wh")
        await stage.until(lambda: loaded_on == ["headwater-preload"], "the loading")

    play(qapp, tmp_path, journey)
