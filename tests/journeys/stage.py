"""Runs the whole program under its own loop and lets a test use it as a person would."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from pathlib import Path

os.environ["QT_API"] = "pyside6"

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton, QWidget

from headwater.adapters.keychain import EnvironmentKeys
from headwater.app import App
from headwater.command_line import parse_window
from headwater.domain.answer import Answer
from headwater.domain.api_key import ApiKey
from headwater.domain.conversation import Conversation
from headwater.event_loop import EventLoop
from headwater.ui.conductor import Conductor
from headwater.ui.main_window import MainWindow

PATIENCE = 15.0


class Stage:
    """One run of the program."""

    def __init__(self, app: App, window: MainWindow, folder: Path) -> None:
        self.app = app
        self.window = window
        self.folder = folder

    @property
    def conversation(self) -> Conversation:
        """What is in front of the user."""
        assert self.app.conductor is not None
        return self.app.conductor.conversation

    @property
    def answer(self) -> Answer:
        """The answer at the end of the path shown."""
        return self.conversation.path[-1].answer

    @property
    def text(self) -> str:
        """What a person can read in the answer view."""
        assert self.app.conductor is not None
        return self.app.conductor.view.toPlainText()

    @property
    def conductor(self) -> Conductor:
        """What fills the window."""
        assert self.app.conductor is not None
        return self.app.conductor

    def type(self, text: str) -> None:
        """Type into the question box and press Enter."""
        edit = self.window.composer.edit
        edit.setFocus()
        QTest.keyClicks(edit, text)
        QTest.keyClick(edit, Qt.Key.Key_Return)

    def press(self, words: str, within: QWidget | None = None) -> None:
        """Click the visible button that says `words`."""
        QTest.mouseClick(self.button(words, within), Qt.MouseButton.LeftButton)

    def button(self, words: str, within: QWidget | None = None) -> QPushButton:
        """Return the visible button that says `words`."""
        buttons = (within or self.window).findChildren(QPushButton)
        found = [b for b in buttons if b.text() == words and b.isVisible()]
        assert found, f"no button says {words}: {[b.text() for b in buttons if b.isVisible()]}"
        return found[-1]

    def has_button(self, words: str) -> bool:
        """Whether a visible button says `words`."""
        return any(
            b.text() == words and b.isVisible() for b in self.window.findChildren(QPushButton)
        )

    async def until(self, claim: Callable[[], object], what: str = "") -> None:
        """Wait until `claim` holds."""
        try:
            async with asyncio.timeout(PATIENCE):
                while not claim():
                    await asyncio.sleep(0.01)
        except TimeoutError:
            raise AssertionError(f"never happened: {what or claim}") from None

    async def settled(self) -> None:
        """Wait until the answer in front has ended and is painted."""
        await self.until(lambda: self.conversation.path, "a question")
        await self.until(lambda: not self.answer.is_running, "the end of the answer")
        conductor = self.app.conductor
        assert conductor is not None
        await self.until(lambda: not conductor.is_busy, "the window to know")
        await self.painted()

    async def ended(self) -> None:
        """Wait until the program has begun to close."""
        await self.until(lambda: self.app.is_ending, "the end")

    async def painted(self) -> None:
        """Wait for a few frames."""
        await asyncio.sleep(0.12)


Journey = Callable[[Stage], Awaitable[None]]


def play(
    application: QApplication,
    folder: Path,
    *journeys: Journey,
    arguments: tuple[str, ...] = (),
    key: str = "",
) -> None:
    """Run the program once for each of `journeys`, on the same data folder.

    Raises:
        AssertionError: a journey failed, or a mistake of ours was written down.
    """
    loop = EventLoop(application)
    asyncio.set_event_loop(loop)
    try:
        with loop:
            for journey in journeys:
                loop.run_until_complete(_play(application, folder, journey, arguments, key))
    finally:
        asyncio.set_event_loop(None)
    crash_file = folder / "log" / "crash.log"
    assert not crash_file.exists(), crash_file.read_text()


async def _play(
    application: QApplication,
    folder: Path,
    journey: Journey,
    arguments: tuple[str, ...],
    key: str,
) -> None:
    parsed = parse_window(["--data-dir", str(folder), *arguments])
    app = App(application, parsed)
    if not app._preferences.window_geometry:
        app.window.resize(1280, 800)  # the screen of the offscreen platform has 800 x 800
    app.window.show()
    keys = EnvironmentKeys(headwater=ApiKey(key) if key else None)
    running = asyncio.get_running_loop().create_task(app.run(keys))
    try:
        async with asyncio.timeout(PATIENCE):
            while app.conductor is None:
                if running.done():
                    await running
                await asyncio.sleep(0.01)
        await asyncio.sleep(0.1)
        await journey(Stage(app, app.window, folder))
    finally:
        app.quit()
        status = await running
    assert status == 0
