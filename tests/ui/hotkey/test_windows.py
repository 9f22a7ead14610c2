"""RegisterHotKey, argument by argument, with a user32.dll made of Python."""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Iterator
from ctypes import wintypes
from typing import Any, cast

import pytest
from PySide6.QtCore import QAbstractEventDispatcher
from PySide6.QtWidgets import QApplication
from shiboken6 import Shiboken

from headwater.domain.shortcut import KEYS, KeyCombination, ShortcutState, ShortcutStatus
from headwater.session.ports import ShortcutBackend
from headwater.ui.hotkey.windows import VIRTUAL_KEYS, WindowsHotkey

WM_HOTKEY = 0x0312
WM_KEYDOWN = 0x0100


class FakeUser32:
    """Keeps what is registered and refuses as Windows does."""

    def __init__(self) -> None:
        self.registered: dict[int, tuple[int, int]] = {}
        self.calls: list[tuple[str, int, int, int]] = []
        self.refusal = 0

    def RegisterHotKey(self, number: int, modifiers: int, key: int) -> bool:
        self.calls.append(("register", number, modifiers, key))
        if not self.refusal:
            self.registered[number] = (modifiers, key)
        return not self.refusal

    def UnregisterHotKey(self, number: int) -> bool:
        self.calls.append(("unregister", number, 0, 0))
        return self.registered.pop(number, None) is not None

    def last_error(self) -> int:
        return self.refusal


class Heard:
    """What the backend told, and what it was told to do with a press."""

    def __init__(self) -> None:
        self.states: list[ShortcutState] = []
        self.tokens: list[str] = []
        self.bug: Exception | None = None

    def press(self, token: str) -> None:
        self.tokens.append(token)
        if self.bug:
            raise self.bug


@pytest.fixture
def user32() -> FakeUser32:
    return FakeUser32()


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
def hotkey(qapp: QApplication, user32: FakeUser32, heard: Heard) -> Iterator[WindowsHotkey]:
    hotkey = WindowsHotkey(heard.states.append, heard.press, user32)
    yield hotkey
    hotkey.release()


def _bind(hotkey: WindowsHotkey, text: str) -> None:
    hotkey.bind(KeyCombination.parse(text))


def _arrives(number: int, message: int = WM_HOTKEY, kind: bytes = b"windows_generic_MSG") -> bool:
    """Let Qt hand a message to its filters as it does on Windows; return whether one kept it."""
    received = wintypes.MSG()
    received.message, received.wParam = message, number
    # The stub of `filterNativeEvent` lacks its third argument, `qintptr *result`.
    dispatcher = cast("Any", QAbstractEventDispatcher.instance())
    address = Shiboken.VoidPtr(ctypes.addressof(received))
    return bool(dispatcher.filterNativeEvent(kind, address, 0))


def test_that_it_is_a_backend_and_says_which(hotkey: WindowsHotkey) -> None:
    backend: ShortcutBackend = hotkey

    assert backend.name == "Windows"


@pytest.mark.parametrize(
    ("text", "modifiers", "key"),
    [
        ("Ctrl+Alt+K", 0x4003, 0x4B),
        ("Ctrl+Alt+Shift+Super+Space", 0x400F, 0x20),
        ("Alt+0", 0x4001, 0x30),
        ("Ctrl+9", 0x4002, 0x39),
        ("Shift+F24", 0x4004, 0x87),
        ("F1", 0x4000, 0x70),
        ("Super+Z", 0x4008, 0x5A),
        ("Ctrl+Backspace", 0x4002, 0x08),
        ("Ctrl+Tab", 0x4002, 0x09),
        ("Ctrl+Return", 0x4002, 0x0D),
        ("Pause", 0x4000, 0x13),
        ("ScrollLock", 0x4000, 0x91),
        ("Print", 0x4000, 0x2C),
        ("Ctrl+PageUp", 0x4002, 0x21),
        ("Ctrl+PageDown", 0x4002, 0x22),
        ("Ctrl+End", 0x4002, 0x23),
        ("Ctrl+Home", 0x4002, 0x24),
        ("Ctrl+Left", 0x4002, 0x25),
        ("Ctrl+Up", 0x4002, 0x26),
        ("Ctrl+Right", 0x4002, 0x27),
        ("Ctrl+Down", 0x4002, 0x28),
        ("Ctrl+Insert", 0x4002, 0x2D),
        ("Ctrl+Delete", 0x4002, 0x2E),
        ("Ctrl+Semicolon", 0x4002, 0xBA),
        ("Ctrl+Equal", 0x4002, 0xBB),
        ("Ctrl+Comma", 0x4002, 0xBC),
        ("Ctrl+Minus", 0x4002, 0xBD),
        ("Ctrl+Period", 0x4002, 0xBE),
        ("Ctrl+Slash", 0x4002, 0xBF),
        ("Ctrl+Grave", 0x4002, 0xC0),
        ("Ctrl+BracketLeft", 0x4002, 0xDB),
        ("Ctrl+Backslash", 0x4002, 0xDC),
        ("Ctrl+BracketRight", 0x4002, 0xDD),
        ("Ctrl+Apostrophe", 0x4002, 0xDE),
    ],
)
def test_that_windows_is_asked_in_its_own_numbers_and_for_one_press_per_hold(
    hotkey: WindowsHotkey, user32: FakeUser32, text: str, modifiers: int, key: int
) -> None:
    _bind(hotkey, text)

    assert user32.calls == [("register", 1, modifiers, key)]


def test_that_every_key_has_a_number_of_its_own() -> None:
    assert VIRTUAL_KEYS.keys() == KEYS
    assert len(set(VIRTUAL_KEYS.values())) == len(KEYS)


def test_that_it_is_active_in_the_words_of_windows(hotkey: WindowsHotkey, heard: Heard) -> None:
    _bind(hotkey, "Super+Shift+F8")

    assert heard.states == [ShortcutState(ShortcutStatus.ACTIVE, keys="Shift+Win+F8")]


@pytest.mark.parametrize("kind", [b"windows_generic_MSG", b"windows_dispatcher_MSG"])
def test_that_a_press_is_told_once_and_kept_from_everybody_else(
    hotkey: WindowsHotkey, heard: Heard, kind: bytes
) -> None:
    _bind(hotkey, "Ctrl+Alt+K")

    assert _arrives(1, kind=kind)
    assert heard.tokens == [""]


def test_that_other_messages_pass(hotkey: WindowsHotkey, heard: Heard) -> None:
    _bind(hotkey, "Ctrl+Alt+K")

    assert not _arrives(1, WM_KEYDOWN)
    assert not _arrives(2)
    assert not _arrives(1, kind=b"xcb_generic_event_t")
    assert heard.tokens == []


def test_that_a_new_key_takes_the_place_of_the_old_one(
    hotkey: WindowsHotkey, user32: FakeUser32, heard: Heard
) -> None:
    _bind(hotkey, "Ctrl+Alt+K")
    _bind(hotkey, "Ctrl+Alt+J")

    assert user32.registered == {2: (0x4003, 0x4A)}
    assert not _arrives(1)  # pressed before, read after
    assert _arrives(2)
    assert heard.tokens == [""]


def test_that_a_key_of_another_program_is_named_with_a_way_out(
    hotkey: WindowsHotkey, user32: FakeUser32, heard: Heard
) -> None:
    user32.refusal = 1409

    _bind(hotkey, "Ctrl+Alt+K")

    assert heard.states == [
        ShortcutState(
            ShortcutStatus.TAKEN,
            problem="Another program uses Ctrl+Alt+K.",
            remedy="Choose another key, or free this one in the other program.",
        )
    ]


def test_that_any_other_refusal_gives_its_number(
    hotkey: WindowsHotkey, user32: FakeUser32, heard: Heard
) -> None:
    user32.refusal = 87

    _bind(hotkey, "Ctrl+Alt+K")

    assert heard.states == [
        ShortcutState(
            ShortcutStatus.FAILED,
            problem="Windows refused Ctrl+Alt+K (error 87).",
            remedy="Choose another key.",
        )
    ]


def test_that_a_refused_key_leaves_nothing_bound(
    hotkey: WindowsHotkey, user32: FakeUser32, heard: Heard
) -> None:
    _bind(hotkey, "Ctrl+Alt+K")
    user32.refusal = 1409

    _bind(hotkey, "Ctrl+Alt+J")

    assert user32.registered == {}
    assert not _arrives(1)
    assert not _arrives(2)
    assert heard.tokens == []


def test_that_nothing_is_called_after_release(
    hotkey: WindowsHotkey, user32: FakeUser32, heard: Heard
) -> None:
    _bind(hotkey, "Ctrl+Alt+K")

    hotkey.release()
    hotkey.release()

    assert user32.registered == {}
    assert user32.calls.count(("unregister", 1, 0, 0)) == 1
    assert not _arrives(1)
    assert (len(heard.states), heard.tokens) == (1, [])


def test_that_after_release_we_look_at_no_message_any_more(
    hotkey: WindowsHotkey, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[int] = []
    _bind(hotkey, "Ctrl+Alt+K")
    monkeypatch.setattr(hotkey._filter, "_hear", looked.append)
    _arrives(1)

    hotkey.release()
    _arrives(1)

    assert looked == [1]


def test_that_a_released_key_can_be_bound_again(hotkey: WindowsHotkey, heard: Heard) -> None:
    _bind(hotkey, "Ctrl+Alt+K")
    hotkey.release()
    _bind(hotkey, "Ctrl+Alt+K")

    assert _arrives(2)
    assert heard.tokens == [""]


def test_that_numbers_begin_anew_before_those_of_shared_libraries(
    hotkey: WindowsHotkey, user32: FakeUser32
) -> None:
    for _ in range(0xBFFF + 1):
        _bind(hotkey, "Ctrl+Alt+K")

    numbers = [number for call, number, _, _ in user32.calls if call == "register"]
    assert (max(numbers), numbers[-1]) == (0xBFFF, 1)


def test_that_a_bug_behind_the_key_is_reported_and_not_raised_into_qt(
    hotkey: WindowsHotkey, heard: Heard, monkeypatch: pytest.MonkeyPatch
) -> None:
    reported: list[type[BaseException]] = []
    monkeypatch.setattr(sys, "excepthook", lambda kind, _error, _trace: reported.append(kind))
    heard.bug = ValueError("nobody thought of this")
    _bind(hotkey, "Ctrl+Alt+K")

    assert _arrives(1)
    assert _arrives(1)
    assert reported == [ValueError, ValueError]


def test_that_a_press_may_bind_another_key(user32: FakeUser32, qapp: QApplication) -> None:
    backend = WindowsHotkey(lambda _: None, lambda _: _bind(backend, "Ctrl+Alt+J"), user32)
    _bind(backend, "Ctrl+Alt+K")

    assert _arrives(1)
    assert user32.registered == {2: (0x4003, 0x4A)}
    backend.release()


def test_that_elsewhere_there_is_no_such_library(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "linux")

    with pytest.raises(OSError, match="a part of Windows"):
        WindowsHotkey(lambda _: None, lambda _: None)
