"""An answer is asked for again, and the two versions are compared with the keyboard alone."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PySide6.QtCore import Qt, QUrl
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from headwater.domain.preferences import Theme
from headwater.ui.anchor import SourceAnchor
from headwater.ui.comparison_window import ComparisonWindow
from headwater.ui.theme import DARK
from tests.fault_server import FaultServer, answer, chat_stream, running, stall
from tests.journeys.accessible_tree import faults
from tests.journeys.stage import Stage, play

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")

_CONTROL = Qt.KeyboardModifier.ControlModifier
_FIRST = "The sky is blue [1]. Stones are old.\n\nApples grow here."
_SECOND = "The sky is red [1]. Stones are old."


def at(server: FaultServer) -> tuple[str, ...]:
    return ("--base-url", server.base_url, "--model", "m")


def cited(text: str, url: str) -> bytes:
    listed = json.dumps([{"title": "Page", "url": url}]).encode()
    return chat_stream(text).replace(b'"choices"', b'"search_results": %b, "choices"' % listed, 1)


def dialog_of(stage: Stage) -> ComparisonWindow:
    found = stage.conductor.comparing.dialog
    assert found is not None
    return found


def shown(stage: Stage) -> list[ComparisonWindow]:
    return [d for d in stage.window.findChildren(ComparisonWindow) if d.isVisible()]


async def ask_twice(stage: Stage) -> None:
    stage.window.activateWindow()
    stage.type("Why?")
    await stage.settled()
    assert not stage.has_button("Compare")
    stage.press("Retry")
    await stage.settled()


def test_that_versions_are_compared_from_the_keyboard_and_from_the_footer(
    qapp: QApplication, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    monkeypatch.setattr("headwater.app._open_url", opened.append)

    async def journey(stage: Stage) -> None:
        await ask_twice(stage)
        QTest.keyClick(stage.window.composer.edit, Qt.Key.Key_D, _CONTROL)
        dialog = dialog_of(stage)
        await stage.until(lambda: dialog.is_done, "the comparison")
        assert dialog.words == "1 sentence the same, 1 changed, 1 only in version 1"
        await stage.until(lambda: QApplication.activeWindow() is dialog, "the window in front")
        assert faults(dialog) == []
        QTest.keyClick(dialog, Qt.Key.Key_F7)
        assert dialog.place_words == "1 of 2"
        dialog.page.anchorClicked.emit(QUrl(str(SourceAnchor(stage.conversation.leaf_id, "1"))))
        assert opened == ["https://one.example/"]
        before = dialog.page.document().defaultFont().pointSizeF()
        QTest.keyClick(dialog, Qt.Key.Key_Plus, _CONTROL)
        await stage.until(
            lambda: dialog.page.document().defaultFont().pointSizeF() > before, "larger text"
        )
        stage.conductor._parts.preferences.update(theme=Theme.DARK)
        await stage.painted()
        found = dialog.page.document().find("Apples grow")
        assert found.charFormat().foreground().color() == DARK.text
        QTest.keyClick(dialog, Qt.Key.Key_Escape)
        await stage.painted()
        assert shown(stage) == []
        stage.press("Compare")
        await stage.painted()
        assert len(shown(stage)) == 1

    with running(
        answer(cited(_FIRST, "http://www.one.example")),
        answer(cited(_SECOND, "https://one.example/")),
    ) as server:
        play(qapp, tmp_path, journey, arguments=at(server))


def test_that_a_comparison_outlives_its_place_but_not_its_conversation(
    qapp: QApplication, tmp_path: Path
) -> None:
    async def journey(stage: Stage) -> None:
        await ask_twice(stage)
        stage.window.actions_by_name.compare.trigger()
        dialog = dialog_of(stage)
        compared = stage.conversation.id
        stage.window.actions_by_name.new.trigger()
        await stage.painted()
        assert stage.conversation.id != compared
        assert "Apples grow here." in dialog.page.toPlainText()
        stage.window.actions_by_name.compare.trigger()
        assert shown(stage) == [dialog]
        stage.window.history_dock.delete_requested.emit(compared)
        await stage.painted()
        for box in QApplication.topLevelWidgets():
            if box.windowTitle() == "Delete" and box.isVisible():
                stage.press("Delete", box)
        await stage.until(lambda: not shown(stage), "the window to go")

    with running(answer(chat_stream(_FIRST)), answer(chat_stream(_SECOND))) as server:
        play(qapp, tmp_path, journey, arguments=at(server))


def test_that_a_version_that_is_still_written_is_compared_as_far_as_it_has_come(
    qapp: QApplication, tmp_path: Path
) -> None:
    closed: list[int] = []

    async def journey(stage: Stage) -> None:
        stage.type("Why?")
        await stage.settled()
        stage.press("Retry")
        await stage.until(lambda: "red" in stage.answer.text, "text")
        stage.window.actions_by_name.compare.trigger()
        dialog = dialog_of(stage)
        assert "Version 2 is still being written" in dialog.state_words
        stage.window.actions_by_name.stop.trigger()
        await stage.settled()
        await stage.until(
            lambda: dialog.state_words == "Version 2 is not complete.", "the end to be seen"
        )
        assert shown(stage) == [dialog]
        dialog.finished.connect(closed.append)  # the program ends with the window open

    with running(
        answer(chat_stream(_FIRST)), stall(chat_stream(_SECOND, done=False, finish_reason=None))
    ) as server:
        play(qapp, tmp_path, journey, arguments=at(server))
    assert closed == [0]


def test_that_without_versions_it_is_said_that_there_is_nothing_to_compare(
    qapp: QApplication, tmp_path: Path
) -> None:
    async def journey(stage: Stage) -> None:
        stage.type("Why?")
        await stage.settled()
        QTest.keyClick(stage.window.composer.edit, Qt.Key.Key_D, _CONTROL)
        assert stage.window.route_bar._status.text().startswith("Nothing to compare")
        assert shown(stage) == []

    with running(answer(chat_stream(_FIRST))) as server:
        play(qapp, tmp_path, journey, arguments=at(server))
