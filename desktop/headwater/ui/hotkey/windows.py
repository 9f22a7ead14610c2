"""The shortcut on Windows: RegisterHotKey, and WM_HOTKEY picked out of Qt's messages.

Windows names the key by its virtual-key code and swallows it everywhere else. Whoever receives
WM_HOTKEY may call SetForegroundWindow, so activating a window in `pressed` brings it to the front.
"""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Callable
from ctypes import wintypes
from typing import Protocol

from PySide6.QtCore import QAbstractEventDispatcher, QAbstractNativeEventFilter

from headwater.domain.shortcut import (
    DIGITS,
    FUNCTION_KEYS,
    LETTERS,
    KeyCombination,
    Modifier,
    ShortcutState,
    ShortcutStatus,
)

_WM_HOTKEY = 0x0312
_ALREADY_REGISTERED = 1409  # ERROR_HOTKEY_ALREADY_REGISTERED
_LAST_NUMBER = 0xBFFF  # above it are the atoms of shared libraries
_NO_REPEAT = 0x4000  # a key held down is one press
_MODIFIERS = {Modifier.ALT: 1, Modifier.CTRL: 2, Modifier.SHIFT: 4, Modifier.SUPER: 8}
# Virtual-key codes that follow each other, by the first of them (Microsoft: Virtual-Key Codes).
_RUNS = {
    0x08: "Backspace Tab",
    0x0D: "Return",
    0x13: "Pause",
    0x20: "Space PageUp PageDown End Home Left Up Right Down",
    0x2C: "Print Insert Delete",
    0x30: " ".join(DIGITS),
    0x41: " ".join(LETTERS),
    0x70: " ".join(FUNCTION_KEYS),
    0x91: "ScrollLock",
    0xBA: "Semicolon Equal Comma Minus Period Slash Grave",
    0xDB: "BracketLeft Backslash BracketRight Apostrophe",
}
VIRTUAL_KEYS = {
    key: first + place for first, run in _RUNS.items() for place, key in enumerate(run.split())
}


class User32(Protocol):
    """The calls of user32.dll that a shortcut needs, for the thread that makes them."""

    def RegisterHotKey(self, number: int, modifiers: int, key: int) -> bool:
        """Ask for a key; WM_HOTKEY with `number` will come to this thread."""
        ...

    def UnregisterHotKey(self, number: int) -> bool:
        """Give it back."""
        ...

    def last_error(self) -> int:
        """Return the number of what went wrong in the last call."""
        ...


class WindowsHotkey:
    """Hears one key from anywhere on Windows; one per thread, which all its numbers belong to."""

    name = "Windows"
    needs_consent = False

    def __init__(
        self,
        changed: Callable[[ShortcutState], None],
        pressed: Callable[[str], None],
        user32: User32 | None = None,
    ) -> None:
        self._changed = changed
        self._pressed = pressed
        self._user32 = user32 or _the_system()
        self._filter = _HotkeyFilter(self._hear)
        self._last_number = 0
        self._bound: int | None = None

    def bind(self, keys: KeyCombination) -> None:
        """Register `keys` in the place of what is registered and tell the outcome."""
        self.release()
        # A press of the former key may still wait in the queue: it carries the former number.
        self._last_number = self._last_number % _LAST_NUMBER + 1
        modifiers = sum(_MODIFIERS[modifier] for modifier in keys.modifiers) | _NO_REPEAT
        if self._user32.RegisterHotKey(self._last_number, modifiers, VIRTUAL_KEYS[keys.key]):
            self._bound = self._last_number
            QAbstractEventDispatcher.instance().installNativeEventFilter(self._filter)
            self._changed(ShortcutState(ShortcutStatus.ACTIVE, keys=keys.words("win32")))
        else:
            self._changed(_refusal(keys.words("win32"), self._user32.last_error()))

    def release(self) -> None:
        """Give the key back; what is still in the queue is no longer heard."""
        if self._bound is None:
            return
        QAbstractEventDispatcher.instance().removeNativeEventFilter(self._filter)
        self._user32.UnregisterHotKey(self._bound)
        self._bound = None

    def _hear(self, number: int) -> bool:
        """Report the press if it is ours; return whether it was."""
        if number != self._bound:
            return False
        self._pressed("")
        return True


class _HotkeyFilter(QAbstractNativeEventFilter):
    """Picks WM_HOTKEY out of the messages of this thread."""

    def __init__(self, hear: Callable[[int], bool]) -> None:
        super().__init__()
        self._hear = hear

    def nativeEventFilter(self, event_type: object, message: int) -> tuple[bool, int]:
        try:
            if event_type in (b"windows_generic_MSG", b"windows_dispatcher_MSG"):
                received = wintypes.MSG.from_address(int(message))
                if received.message == _WM_HOTKEY:
                    return self._hear(received.wParam), 0
        except Exception:  # noqa: BLE001 - Qt cannot take it; it goes where a slot's goes
            sys.excepthook(*sys.exc_info())
            return True, 0
        return False, 0


def _refusal(words: str, error: int) -> ShortcutState:
    """Return what the number of the error means for the person."""
    if error == _ALREADY_REGISTERED:
        return ShortcutState(
            ShortcutStatus.TAKEN,
            problem=f"Another program uses {words}.",
            remedy="Choose another key, or free this one in the other program.",
        )
    return ShortcutState(
        ShortcutStatus.FAILED,
        problem=f"Windows refused {words} (error {error}).",
        remedy="Choose another key.",
    )


def _the_system() -> User32:
    """Return the real user32.dll.

    Raises:
        OSError: this is not Windows.
    """
    if sys.platform == "win32":
        library = ctypes.WinDLL("user32", use_last_error=True)
        library.RegisterHotKey.argtypes = (
            wintypes.HWND,
            ctypes.c_int,
            wintypes.UINT,
            wintypes.UINT,
        )
        library.RegisterHotKey.restype = wintypes.BOOL
        library.UnregisterHotKey.argtypes = (wintypes.HWND, ctypes.c_int)
        library.UnregisterHotKey.restype = wintypes.BOOL

        class System:
            """Hot keys of this thread and of no window."""

            def RegisterHotKey(self, number: int, modifiers: int, key: int) -> bool:
                return bool(library.RegisterHotKey(None, number, modifiers, key))

            def UnregisterHotKey(self, number: int) -> bool:
                return bool(library.UnregisterHotKey(None, number))

            def last_error(self) -> int:
                return ctypes.get_last_error()

        return System()
    raise OSError("user32.dll is a part of Windows")
