"""Whoever does not see the window can use it: names, keys, announcements."""

from __future__ import annotations

import json
from pathlib import Path

from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QApplication,
    QLabel,
    QPushButton,
    QTabWidget,
    QToolButton,
    QToolTip,
    QWidget,
)

from headwater.ui.main_window import MainWindow
from headwater.ui.picture_card import PictureCard
from headwater.ui.turn_steps import TurnSteps
from tests.fault_server import FaultServer, answer, chat_stream, json_answer, running, stall
from tests.journeys.accessible_tree import faults_on_screen, unreached
from tests.journeys.stage import Stage, play
from tests.journeys.test_quick_ask import Quick


def at(server: FaultServer) -> tuple[str, ...]:
    return ("--base-url", server.base_url, "--model", "m")


def rich_body(*texts: str) -> bytes:
    """Return an answer with all that may come along: sources, thoughts, pictures, questions."""
    fields = {
        "search_results": [
            {"title": "A page", "url": "https://example.org/a", "snippet": "s"},
            {"title": "Two", "url": "https://example.org/b"},
        ],
        "images": [{"image_url": "https://a.invalid/p.png", "title": "A bridge"}],
        "related_questions": ["Why so?"],
    }
    thought = b'data: {"choices":[{"index":0,"delta":{"reasoning_content":"Let me see."}}]}\n\n'
    body = chat_stream(*texts)
    return thought + body.replace(
        b'{"choices"', json.dumps(fields)[:-1].encode() + b', "choices"', 1
    )


TEXT = "An answer.[1] With [a link](https://example.org).\n\n```py\nx = 1\n```\n"


async def check(stage: Stage, window: QWidget | None = None) -> None:
    """See that nothing on the screen is nameless, and that Tab comes everywhere in a window."""
    (window or stage.window).activateWindow()
    await stage.painted()
    assert "\n".join(faults_on_screen()) == ""
    assert "\n".join(unreached(window or stage.window)) == ""


async def close_others(stage: Stage) -> None:
    for window in QApplication.topLevelWidgets():
        if window.isVisible() and window is not stage.window:
            window.close()
    await stage.painted()


def others() -> list[QWidget]:
    """Return the windows in front of the main one."""
    shown = [w for w in QApplication.topLevelWidgets() if w.isVisible()]
    return [w for w in shown if not isinstance(w, MainWindow)]


def test_that_the_first_page_can_be_used_by_ear(qapp: QApplication, tmp_path: Path) -> None:
    async def journey(stage: Stage) -> None:
        await check(stage)
        stage.conductor.welcome.demo_requested.emit()
        await check(stage)

    play(qapp, tmp_path, journey)


def test_that_a_streaming_answer_can_be_used_by_ear(qapp: QApplication, tmp_path: Path) -> None:
    async def journey(stage: Stage) -> None:
        stage.type("q")
        await stage.until(lambda: stage.conversation.path and stage.answer.text, "text")
        await check(stage)

    with running(stall(chat_stream(TEXT, done=False, finish_reason=None))) as server:
        play(qapp, tmp_path, journey, arguments=at(server))


def test_that_a_finished_answer_can_be_used_by_ear(qapp: QApplication, tmp_path: Path) -> None:
    async def journey(stage: Stage) -> None:
        stage.type("q")
        await stage.settled()
        await check(stage)
        steps = stage.window.findChildren(TurnSteps)[-1]
        steps.findChildren(QPushButton)[0].click()
        stage.press("▸ 1 picture found")
        await check(stage)
        (card,) = stage.window.findChildren(PictureCard)
        card.click()
        await stage.until(lambda: "cannot be shown" in card.accessibleName(), "an end")
        await check(stage)
        stage.press("Retry")
        await stage.until(
            lambda: len(stage.conversation.versions(stage.conversation.path[-1].id)) > 1, "another"
        )
        await stage.settled()
        await check(stage)
        stage.window.actions_by_name.next_mark.trigger()
        await stage.painted()
        assert [w for w in others() if "A page" in w.toolTip() or isinstance(w, QLabel)]
        assert "\n".join(faults_on_screen()) == ""
        QToolTip.hideText()

    with running(answer(rich_body(TEXT))) as server:
        play(qapp, tmp_path, journey, arguments=at(server))


def test_that_the_keys_are_never_lost(qapp: QApplication, tmp_path: Path) -> None:
    async def journey(stage: Stage) -> None:
        stage.window.activateWindow()
        stage.type("q")
        await stage.settled()
        press("Retry", stage)
        assert stage.window.composer.edit.hasFocus()
        await stage.until(lambda: stage.has_button("‹"), "another answer")
        await stage.settled()
        press("‹", stage)
        await stage.painted()

        assert stage.conductor.view.hasFocus()
        fold = stage.button("▸ Read 2 sources, thought")
        fold.setFocus()
        assert fold.hasFocus()
        stage.window.actions_by_name.zoom_in.trigger()
        await stage.painted()
        assert stage.conductor.view.hasFocus()

    def press(words: str, stage: Stage) -> None:
        stage.button(words).setFocus()
        QTest.keyClick(stage.button(words), Qt.Key.Key_Space)

    with running(answer(rich_body(TEXT))) as server:
        play(qapp, tmp_path, journey, arguments=at(server))


def test_that_a_failure_can_be_used_by_ear(qapp: QApplication, tmp_path: Path) -> None:
    async def journey(stage: Stage) -> None:
        stage.type("q")
        await stage.settled()
        await check(stage)
        stage.press("Details")
        await check(stage)

    failure = json_answer({"error": {"message": "No such model."}}, status=404)
    with running(failure) as server:
        play(qapp, tmp_path, journey, arguments=at(server))


def test_that_every_dialog_can_be_used_by_ear(qapp: QApplication, tmp_path: Path) -> None:
    async def journey(stage: Stage) -> None:
        stage.type("q")
        await stage.settled()
        actions = stage.window.actions_by_name
        for action in (
            *(actions.connection, actions.preferences, actions.options, actions.edit),
            *(actions.export, actions.about, actions.deleted, actions.backups, actions.network),
        ):
            action.trigger()
            await stage.painted()
            (window,) = others()
            await check(stage, window)
            for tabs in window.findChildren(QTabWidget):
                for index in range(1, tabs.count()):
                    tabs.setCurrentIndex(index)
                    await check(stage, window)
            await close_others(stage)
        history = stage.window.history_dock
        history.rename_requested.emit(stage.conversation.id)
        await check(stage, others()[0])
        await close_others(stage)
        history.delete_requested.emit(stage.conversation.id)
        await check(stage)  # with the line that offers to undo it

    with running(answer(chat_stream(TEXT))) as server:
        play(qapp, tmp_path, journey, arguments=at(server))


def test_that_finding_and_the_menus_can_be_used_by_ear(qapp: QApplication, tmp_path: Path) -> None:
    async def journey(stage: Stage) -> None:
        stage.type("q")
        await stage.settled()
        stage.window.actions_by_name.find.trigger()
        QTest.keyClicks(stage.conductor.finding.bar.edit, "answer")
        await stage.until(lambda: "of" in stage.conductor.finding.bar.count_words, "the count")
        await check(stage)
        for button in stage.window.findChildren(QToolButton):
            if button.isVisible() and (menu := button.menu()) is not None:
                menu.popup(QPoint(0, 0))
                await stage.painted()
                assert "\n".join(faults_on_screen()) == ""
                menu.close()

    with running(answer(rich_body(TEXT))) as server:
        play(qapp, tmp_path, journey, arguments=at(server))


def test_that_the_quick_ask_can_be_used_by_ear(qapp: QApplication, tmp_path: Path) -> None:
    async def journey(stage: Stage) -> None:
        quick = Quick(stage)
        await quick.open()
        await check(stage, quick.window)
        await quick.ask("q")
        await quick.settled()
        await check(stage, quick.window)
        await quick.hide()

    with running(answer(rich_body(TEXT))) as server:
        play(qapp, tmp_path, journey, arguments=at(server))


def test_that_the_keyboard_alone_reaches_every_part(qapp: QApplication, tmp_path: Path) -> None:
    async def journey(stage: Stage) -> None:
        stage.type("q")
        await stage.settled()
        stage.window.activateWindow()
        stage.window.composer.edit.setFocus()
        reached: set[str] = set()
        for _ in range(60):
            focused = QApplication.focusWidget()
            if focused is not None:
                reached.add(focused.accessibleName() or getattr(focused, "text", str)())
                QTest.keyClick(focused, Qt.Key.Key_Tab)
        wanted = {"Question", "Search everything", "History", "Answer", "Answer options"}
        assert wanted <= reached, reached
        assert any(name.startswith("Copy the answer") for name in reached), reached

    with running(answer(chat_stream("An answer with [a link](https://example.org)."))) as server:
        play(qapp, tmp_path, journey, arguments=("--base-url", server.base_url, "--model", "m"))
