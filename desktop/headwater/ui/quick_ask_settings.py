"""What the preferences need to know of the world around the quick ask."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from headwater.session.shortcut_session import ShortcutSession


class LoginStart(Protocol):
    """Whether the program starts with the login."""

    def is_on(self) -> bool:
        """Whether the next login will start it, as the system sees it."""
        ...

    def switch(self, on: bool) -> str:
        """Start with the login or not; return why that failed, in plain words, or ""."""
        ...


class MenuEntry(Protocol):
    """The program's entry in the applications menu."""

    def is_installed(self) -> bool:
        """Whether the desktop would find it."""
        ...

    def install(self, done: Callable[[str], None]) -> None:
        """Add it; `done` hears why that failed, in plain words, or "". It may take seconds."""
        ...


@dataclass(frozen=True, slots=True)
class QuickAskSettings:
    """What the section on the quick ask shows and changes beside the preferences.

    `command` opens the quick ask, as people type it. `desktop` is XDG_CURRENT_DESKTOP. `screens`
    are the names of the screens, none where a program cannot choose. `entry` is None where there
    is no such menu.
    """

    shortcut: ShortcutSession
    command: str
    desktop: str
    screens: tuple[str, ...]
    login_start: LoginStart
    entry: MenuEntry | None
    has_tray: bool
