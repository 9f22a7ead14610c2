"""Whoever writes with an input method sends, closes and chooses nothing while it composes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QInputMethodEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QPlainTextEdit, QTextEdit, QWidget
from shiboken6 import isValid

from tests.fault_server import answer, chat_stream, running
from tests.journeys.stage import Stage, play

NAMES = {
    "window": {"Question", "Find in this conversation", "Search everything"},
    "connection": {"Address", "Model", "Key"},
    "preferences": {"Give up after, seconds without text"},
    "options": {
        "Instructions",
        "Output limit, tokens",
        "Stop after, tokens",
        "Temperature, 0 to 2",
        "Top-p, above 0 to 1",
    },
    "edit": {"Question"},
    "rename": {"Title"},
}


def boxes(window: QWidget) -> dict[str, QWidget]:
    """Return everything in a window that takes words, by name."""
    found = {}
    for box in window.findChildren(QWidget):
        if not isinstance(box, QLineEdit | QPlainTextEdit | QTextEdit) or box.isReadOnly():
            continue
        if box.isVisible() and box.isEnabled():
            found[box.accessibleName()] = box.focusProxy() or box
    return found


async def opened(stage: Stage, place: str) -> QWidget:
    """Open what has that name and return its window."""
    actions = stage.window.actions_by_name
    before = set(QApplication.topLevelWidgets())
    openers: dict[str, Callable[[], None]] = {
        "window": actions.find.trigger,
        "connection": actions.connection.trigger,
        "preferences": actions.preferences.trigger,
        "options": actions.options.trigger,
        "edit": actions.edit.trigger,
        "rename": lambda: stage.conductor._rename(stage.conversation.id),
    }
    openers[place]()
    await stage.painted()
    new = [w for w in QApplication.topLevelWidgets() if w not in before and w.isVisible()]
    return new[0] if new else stage.window


@pytest.mark.parametrize("key", [Qt.Key.Key_Return, Qt.Key.Key_Escape])
def test_that_pain_10_no_box_takes_a_key_that_belongs_to_an_input_method(
    qapp: QApplication, tmp_path: Path, key: Qt.Key
) -> None:
    async def journey(stage: Stage) -> None:
        stage.type("q")
        await stage.settled()
        for place, names in NAMES.items():
            if place == "window" and key == Qt.Key.Key_Escape:
                continue  # there is nothing to lose
            window = await opened(stage, place)
            found = boxes(window)
            assert found.keys() == names, place
            for name, box in found.items():
                box.setFocus()
                QApplication.sendEvent(box, QInputMethodEvent("りょうし", []))
                QTest.keyClick(box, key)
                await stage.painted()
                assert isValid(box), (place, name)
                assert box.isVisible(), (place, name)
                assert len(server.requests) == 1, (place, name)
                QApplication.sendEvent(box, QInputMethodEvent())
            if window is not stage.window:
                window.close()
            await stage.painted()
        window = await opened(stage, "rename")
        box = boxes(window)["Title"]
        assert isinstance(box, QLineEdit)
        box.clear()
        done = QInputMethodEvent()
        done.setCommitString("量子")
        QApplication.sendEvent(box, done)
        QTest.keyClick(box, Qt.Key.Key_Return)
        await stage.until(lambda: stage.conversation.title == "量子", "the new title")

    with running(answer(chat_stream("An answer."))) as server:
        play(qapp, tmp_path, journey, arguments=("--base-url", server.base_url, "--model", "m"))
