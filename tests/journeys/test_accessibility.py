"""Whoever does not see the window can use it: names, keys, announcements."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QWidget

from tests.fault_server import answer, chat_stream, running
from tests.journeys.stage import Stage, play


def nameless(root: QWidget) -> list[str]:
    """Return what can take the focus under `root` and has no name for a screen reader."""
    found = []
    for widget in [root, *root.findChildren(QWidget)]:
        if not widget.isVisible() or widget.focusPolicy() == Qt.FocusPolicy.NoFocus:
            continue
        interface = QAccessible.queryAccessibleInterface(widget)
        if not interface.text(QAccessible.Text.Name).strip():
            found.append(f"{type(widget).__name__} {widget.objectName()!r}")
    return found


def test_that_every_control_has_a_name(qapp: QApplication, tmp_path: Path) -> None:
    async def journey(stage: Stage) -> None:
        assert nameless(stage.window) == []
        stage.type("q")
        await stage.settled()
        assert nameless(stage.window) == []
        actions = stage.window.actions_by_name
        for action in (actions.connection, actions.preferences, actions.options, actions.edit):
            action.trigger()
            await stage.painted()
            for window in QApplication.topLevelWidgets():
                if window.isVisible():
                    assert nameless(window) == [], action.text()
            for dialog in stage.window.findChildren(QDialog):
                dialog.reject()
            for window in QApplication.topLevelWidgets():
                if window.isVisible() and window is not stage.window:
                    window.close()
            await stage.painted()

    with running(answer(chat_stream("An answer."))) as server:
        play(qapp, tmp_path, journey, arguments=("--base-url", server.base_url, "--model", "m"))


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
