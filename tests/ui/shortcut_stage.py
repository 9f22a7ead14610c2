"""A shortcut on a stage: real sessions, and a backend that does what the test says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QWidget

from headwater.domain.preferences import Preferences
from headwater.domain.shortcut import ShortcutState
from headwater.session.preference_session import PreferenceSession
from headwater.session.shortcut_session import ShortcutSession
from tests.fakes import FakeShortcut, FakeStore, play, scope_without_crash


class FakeLogin:
    """Starts with the login, or says why not."""

    def __init__(self) -> None:
        self.on = False
        self.problem = ""

    def is_on(self) -> bool:
        return self.on

    def switch(self, on: bool) -> str:
        if not self.problem:
            self.on = on
        return self.problem


class FakeEntry:
    """An entry that takes its time."""

    def __init__(self) -> None:
        self.there = False
        self.waiting: list[Callable[[str], None]] = []

    def is_installed(self) -> bool:
        return self.there

    def install(self, done: Callable[[str], None]) -> None:
        self.waiting.append(done)


@dataclass
class ShortcutStage:
    """What a journey has at hand."""

    qapp: QApplication
    preferences: PreferenceSession
    session: ShortcutSession
    backends: list[FakeShortcut]
    opened: list[str] = field(default_factory=list)

    @property
    def backend(self) -> FakeShortcut:
        return self.backends[0]

    def say(self, state: ShortcutState) -> None:
        self.backend.changed(state)


def with_shortcut(
    qapp: QApplication,
    journey: Callable[[ShortcutStage], None],
    preferences: Preferences | None = None,
    *,
    is_possible: bool = True,
) -> None:
    """Run `journey` with a shortcut that has begun; all is closed afterwards."""

    async def run() -> None:
        async with scope_without_crash() as scope:
            kept = PreferenceSession(preferences or Preferences(), FakeStore(), scope, 0.0)
            backends: list[FakeShortcut] = []

            def make(
                changed: Callable[[ShortcutState], None], pressed: Callable[[str], None]
            ) -> FakeShortcut:
                backends.append(FakeShortcut(changed, pressed))
                return backends[-1]

            session = ShortcutSession(kept, "linux", make if is_possible else None)
            stage = ShortcutStage(qapp, kept, session, backends)
            session.pressed.add(stage.opened.append)
            session.begin()
            journey(stage)
            session.close()
            await kept.close()

    play(run)


def words(widget: QWidget) -> list[str]:
    """Return what can be read, from top to bottom."""
    return [w.text() for w in widget.findChildren(QLabel) if not w.isHidden() and w.text()]


def button(widget: QWidget, text: str) -> QPushButton:
    """Return the button that says `text`."""
    return next(b for b in widget.findChildren(QPushButton) if b.text() == text)
