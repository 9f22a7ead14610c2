"""Starting with the login, without a window: the way of each system, and what it says now."""

from __future__ import annotations

import os
import plistlib
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from headwater.adapters import desktop_file
from headwater.adapters.desktop_file import APP_ID, FILE_NAME, command_line

_NAME = "Headwater"
_HIDDEN = "--hidden"
_GNOME_SWITCH = "X-GNOME-Autostart-enabled"
_OURS = frozenset(("Type", "Name", "Comment", "Exec", "Icon", "Terminal", "Hidden", _GNOME_SWITCH))
_RUN = r"Software\Microsoft\Windows\CurrentVersion\Run"
# Where the Task Manager and the Settings keep what was switched off there.
_APPROVED = r"Software\Microsoft\Windows\CurrentVersion\Explorer\StartupApproved\Run"


class LoginStart(Protocol):
    """Starts the program with the login, or does not."""

    def is_on(self) -> bool:
        """Whether the next login will start it, as the system sees it."""
        ...

    def switch(self, on: bool) -> str:  # noqa: FBT001 - on or off is what a switch is told
        """Start with the login or not; return why that failed, in plain words, or ""."""
        ...


def login_start(command: Sequence[str], platform: str = sys.platform) -> LoginStart:
    """Return the way of `platform`; `command` starts the program, `--hidden` is added."""
    if platform == "win32":
        return WindowsLogin(command, WindowsRegistry())
    if platform == "darwin":
        return MacLogin(command, Path.home() / "Library" / "LaunchAgents")
    return LinuxLogin(command)


class LinuxLogin:
    """A file in `~/.config/autostart` (Desktop Application Autostart Specification 0.5)."""

    def __init__(self, command: Sequence[str], environ: Mapping[str, str] = os.environ) -> None:
        """Take the environment for XDG_CONFIG_HOME and XDG_CONFIG_DIRS."""
        self._command = (*command, _HIDDEN)
        home = environ.get("XDG_CONFIG_HOME", "")
        if not home.startswith("/"):
            home = f"{environ.get('HOME') or Path.home()}/.config"
        self._path = Path(home) / "autostart" / FILE_NAME
        dirs = environ.get("XDG_CONFIG_DIRS") or "/etc/xdg"
        self._of_all = tuple(
            Path(folder) / "autostart" / FILE_NAME
            for folder in dirs.split(":")
            if folder.startswith("/")
        )

    def is_on(self) -> bool:
        """Whether the file that counts is not switched off and its program is there."""
        for path in (self._path, *self._of_all):
            if path.is_file():
                return _is_switched_on(desktop_file.values(desktop_file.read(path)))
        return False

    def switch(self, on: bool) -> str:  # noqa: FBT001
        """Write the file, or remove it; what somebody else put into it is kept."""
        text = desktop_file.read(self._path)
        try:
            if on:
                self._write(_switched_on(text, self._command))
            elif any(path.is_file() for path in self._of_all) or _is_edited(text):
                # Removed, it would leave the one for all users, or somebody's changes would go.
                self._write(desktop_file.changed(text or _new(self._command), {"Hidden": "true"}))
            else:
                self._path.unlink(missing_ok=True)
        except OSError as error:
            return _problem(self._path, error)
        return ""

    def _write(self, text: str) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._path.write_text(text, encoding="utf-8")


class Registry(Protocol):
    """What is needed of the Windows registry, in the part of this user."""

    def read(self, key: str, name: str) -> str | bytes | None:
        """Return the value, or None where there is none.

        Raises:
            OSError: it cannot be read.
        """
        ...

    def write(self, key: str, name: str, value: str) -> None:
        """Set a text; raises OSError."""
        ...

    def remove(self, key: str, name: str) -> None:
        """Remove the value if there is one; raises OSError."""
        ...


class WindowsLogin:
    """A value under `Run` of this user."""

    def __init__(self, command: Sequence[str], registry: Registry) -> None:
        self._command = subprocess.list2cmdline((*command, _HIDDEN))
        self._registry = registry

    def is_on(self) -> bool:
        """Whether the value is there and was not switched off in the Task Manager."""
        with suppress(OSError):
            return bool(self._registry.read(_RUN, _NAME)) and not self._is_refused()
        return False

    def switch(self, on: bool) -> str:  # noqa: FBT001
        """Set or remove the value; to switch it on here undoes the switch of the Task Manager."""
        try:
            if on:
                self._registry.write(_RUN, _NAME, self._command)
                if self._is_refused():
                    self._registry.remove(_APPROVED, _NAME)
            else:
                self._registry.remove(_RUN, _NAME)
        except OSError as error:
            return f"Windows did not take it: {_words(error)}."
        return ""

    def _is_refused(self) -> bool:
        # An odd first byte means off; the time when that was done follows.
        kept = self._registry.read(_APPROVED, _NAME)
        return isinstance(kept, bytes) and bool(kept[:1]) and kept[0] % 2 == 1


class WindowsRegistry:
    """HKEY_CURRENT_USER, by `winreg`."""

    def read(self, key: str, name: str) -> str | bytes | None:
        """Return the value, or None; raises OSError."""
        if sys.platform == "win32":
            import winreg

            try:
                with winreg.OpenKey(winreg.HKEY_CURRENT_USER, key) as opened:
                    value, _ = winreg.QueryValueEx(opened, name)
            except FileNotFoundError:
                return None
            return value if isinstance(value, str | bytes) else None
        raise OSError(_NO_REGISTRY)

    def write(self, key: str, name: str, value: str) -> None:
        """Set a text; raises OSError."""
        if sys.platform == "win32":
            import winreg

            with winreg.CreateKey(winreg.HKEY_CURRENT_USER, key) as opened:
                winreg.SetValueEx(opened, name, 0, winreg.REG_SZ, value)
            return
        raise OSError(_NO_REGISTRY)

    def remove(self, key: str, name: str) -> None:
        """Remove the value if there is one; raises OSError."""
        if sys.platform == "win32":
            import winreg

            with (
                suppress(FileNotFoundError),
                winreg.OpenKey(winreg.HKEY_CURRENT_USER, key, 0, winreg.KEY_SET_VALUE) as opened,
            ):
                winreg.DeleteValue(opened, name)
            return
        raise OSError(_NO_REGISTRY)


_NO_REGISTRY = "there is no registry here"


class MacLogin:
    """A property list among the user's launch agents (launchd.plist(5)); read at each login."""

    def __init__(self, command: Sequence[str], folder: Path) -> None:
        """Take the folder of the launch agents."""
        self._command = (*command, _HIDDEN)
        self._path = folder / f"{APP_ID}.plist"

    def is_on(self) -> bool:
        """Whether it asks to be run at login and names a program that is there."""
        try:
            found = plistlib.loads(self._path.read_bytes())
        except (OSError, ValueError, plistlib.InvalidFileException):
            return False
        if not isinstance(found, dict) or found.get("Disabled") is True:
            return False
        arguments = found.get("ProgramArguments")
        program = arguments[0] if isinstance(arguments, list) and arguments else None
        is_there = isinstance(program, str) and os.access(program, os.X_OK)
        return found.get("RunAtLoad") is True and is_there

    def switch(self, on: bool) -> str:  # noqa: FBT001
        """Write the list or remove it."""
        try:
            if on:
                self._path.parent.mkdir(parents=True, exist_ok=True)
                wanted = {
                    "Label": APP_ID,
                    "ProgramArguments": list(self._command),
                    "RunAtLoad": True,
                    "ProcessType": "Interactive",
                    "LimitLoadToSessionType": "Aqua",
                }
                self._path.write_bytes(plistlib.dumps(wanted))
            else:
                self._path.unlink(missing_ok=True)
        except OSError as error:
            return _problem(self._path, error)
        return ""


def _is_switched_on(found: Mapping[str, str]) -> bool:
    if found.get("Hidden") == "true" or found.get(_GNOME_SWITCH) == "false":
        return False
    return desktop_file.is_there(found.get("TryExec") or found.get("Exec", ""))


def _new(command: Sequence[str]) -> str:
    lines = (
        "[Desktop Entry]",
        "Type=Application",
        f"Name={_NAME}",
        "Comment=Ready for the quick ask from the login on",
        f"Exec={command_line(command)}",
        f"Icon={APP_ID}",
        "Terminal=false",
        f"{_GNOME_SWITCH}=true",
    )
    return "\n".join(lines) + "\n"


def _switched_on(text: str, command: Sequence[str]) -> str:
    """Return the text of a file that is on: a new one, or `text` as somebody changed it."""
    if not _is_edited(text):
        return _new(command)
    changes = {"Exec": command_line(command), _GNOME_SWITCH: "true"}
    found = desktop_file.values(text)
    if "Hidden" in found:
        changes["Hidden"] = "false"
    if "TryExec" in found:
        changes["TryExec"] = command[0]
    return desktop_file.changed(text, changes)


def _is_edited(text: str) -> bool:
    """Whether there is more in `text` than we write."""
    return bool(desktop_file.values(text).keys() - _OURS)


def _problem(path: Path, error: OSError) -> str:
    return f"{path} could not be changed: {_words(error)}."


def _words(error: OSError) -> str:
    return (error.strerror or str(error) or type(error).__name__).lower()
