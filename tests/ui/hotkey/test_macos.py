"""Carbon's hot keys, argument by argument, through C functions that stand in for the framework."""

from __future__ import annotations

import ctypes
import gc
import sys
from collections.abc import Iterator
from ctypes import CFUNCTYPE, POINTER, c_int32, c_uint32, c_ulong, c_void_p
from dataclasses import dataclass
from typing import Any, cast

import pytest

from headwater.domain.shortcut import KEYS, KeyCombination, ShortcutState, ShortcutStatus
from headwater.session.ports import ShortcutBackend
from headwater.ui.hotkey.macos import KEY_CODES, Carbon, CarbonHotkey, EventType, HotKeyId

TARGET = 0x7FF8_1234_5678  # addresses of a Mac do not fit into 32 bits
HANDLER = 0x6000_0000_0001
HOT_KEY = 0x6000_0000_0100
NOT_HANDLED = -9874
Handler = CFUNCTYPE(c_int32, c_void_p, c_void_p, c_void_p)


class Untyped(ctypes._CFuncPtr):  # type: ignore[misc, name-defined]
    """A function as ctypes finds it in a library: it knows an address and no types."""

    _flags_ = 1  # FUNCFLAG_CDECL
    _restype_ = ctypes.c_int


@dataclass
class Event:
    """A hot key event: what GetEventParameter would find in it."""

    number: int
    signature: int = int.from_bytes(b"Hdwt", "big")
    status: int = 0


class FakeCarbon:
    """The framework: C functions with the types of Apple's headers, and what they were given."""

    def __init__(self) -> None:
        self.calls: list[tuple[Any, ...]] = []
        self.refusals = {"install": 0, "register": 0}
        self.handler: int | None = None
        self.hot_keys: set[int] = set()
        self.events: list[Event] = []
        out = POINTER(c_void_p)
        self._functions = {
            "GetApplicationEventTarget": CFUNCTYPE(c_void_p)(lambda: TARGET),
            "InstallEventHandler": CFUNCTYPE(
                c_int32, c_void_p, c_void_p, c_ulong, POINTER(EventType), c_void_p, out
            )(self._install),
            "RemoveEventHandler": CFUNCTYPE(c_int32, c_void_p)(self._remove),
            "RegisterEventHotKey": CFUNCTYPE(
                c_int32, c_uint32, c_uint32, HotKeyId, c_void_p, c_uint32, out
            )(self._register),
            "UnregisterEventHotKey": CFUNCTYPE(c_int32, c_void_p)(self._unregister),
            "GetEventParameter": CFUNCTYPE(
                *(c_int32, c_void_p, c_uint32, c_uint32, c_void_p, c_ulong, c_void_p),
                POINTER(HotKeyId),
            )(self._parameter),
        }
        for name, function in self._functions.items():
            setattr(self, name, Untyped(ctypes.cast(function, c_void_p).value))

    def _install(
        self, target: int, handler: int, count: int, kinds: Any, data: int | None, out: Any
    ) -> int:
        kind = (kinds[0].event_class.to_bytes(4, "big"), kinds[0].kind)
        self.calls.append(("install", target, count, kind, data))
        if not self.refusals["install"]:
            self.handler = handler
            out[0] = HANDLER
        return self.refusals["install"]

    def _remove(self, handler: int) -> int:
        self.calls.append(("remove", handler))
        self.handler = None
        return 0

    def _register(
        self, key: int, modifiers: int, hot_key: HotKeyId, target: int, options: int, out: Any
    ) -> int:
        name = (hot_key.signature.to_bytes(4, "big"), hot_key.number)
        self.calls.append(("register", key, modifiers, name, target, options))
        if not self.refusals["register"]:
            out[0] = HOT_KEY + hot_key.number
            self.hot_keys.add(HOT_KEY + hot_key.number)
        return self.refusals["register"]

    def _unregister(self, hot_key: int) -> int:
        self.calls.append(("unregister", hot_key))
        self.hot_keys.remove(hot_key)
        return 0

    def _parameter(
        self, event: int, name: int, kind: int, _found: Any, size: int, _found_size: Any, out: Any
    ) -> int:
        words = (name.to_bytes(4, "big"), kind.to_bytes(4, "big"))
        self.calls.append(("parameter", *words, size))
        found = self.events[event - 1]
        out[0] = HotKeyId(found.signature, found.number)
        return found.status

    def send(self, event: Event) -> int:
        """Call the handler that is installed, as the run loop does; return its OSStatus."""
        assert self.handler is not None, "there is no handler"
        self.events.append(event)
        return int(Handler(self.handler)(None, len(self.events), None))

    def of(self, *names: str) -> list[tuple[Any, ...]]:
        return [call for call in self.calls if call[0] in names]


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
def carbon() -> FakeCarbon:
    return FakeCarbon()


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
def hotkey(carbon: FakeCarbon, heard: Heard) -> Iterator[CarbonHotkey]:
    hotkey = CarbonHotkey(heard.states.append, heard.press, cast("Carbon", carbon))
    yield hotkey
    hotkey.release()


def _bind(hotkey: CarbonHotkey, text: str) -> None:
    hotkey.bind(KeyCombination.parse(text))


def test_that_it_is_a_backend_and_says_which(hotkey: CarbonHotkey) -> None:
    backend: ShortcutBackend = hotkey

    assert backend.name == "macOS"


def test_that_carbon_is_asked_for_presses_and_then_for_the_key(
    hotkey: CarbonHotkey, carbon: FakeCarbon
) -> None:
    _bind(hotkey, "Super+Shift+Space")

    assert carbon.calls == [
        ("install", TARGET, 1, (b"keyb", 5), None),
        ("register", 0x31, 0x0300, (b"Hdwt", 1), TARGET, 1),
    ]


@pytest.mark.parametrize(
    ("text", "modifiers"),
    [
        ("Super+K", 1 << 8),
        ("Shift+F5", 1 << 9),
        ("Alt+K", 1 << 11),
        ("Ctrl+K", 1 << 12),
        ("Ctrl+Alt+Shift+Super+K", 0x1B00),
        ("F5", 0),
    ],
)
def test_that_every_key_to_hold_has_its_bit(
    hotkey: CarbonHotkey, carbon: FakeCarbon, text: str, modifiers: int
) -> None:
    _bind(hotkey, text)

    assert [call[2] for call in carbon.of("register")] == [modifiers]


# HIToolbox/Events.h: kVK_ANSI_A is 0x00, and so on.
_EVENTS_H = """
    A=00 S=01 D=02 F=03 H=04 G=05 Z=06 X=07 C=08 V=09 B=0B Q=0C W=0D E=0E R=0F Y=10 T=11 1=12 2=13
    3=14 4=15 6=16 5=17 Equal=18 9=19 7=1A Minus=1B 8=1C 0=1D BracketRight=1E O=1F U=20
    BracketLeft=21 I=22 P=23 Return=24 L=25 J=26 Apostrophe=27 K=28 Semicolon=29 Backslash=2A
    Comma=2B Slash=2C N=2D M=2E Period=2F Tab=30 Space=31 Grave=32 Backspace=33 F17=40 F18=4F
    F19=50 F20=5A F5=60 F6=61 F7=62 F3=63 F8=64 F9=65 F11=67 F13=69 F16=6A F14=6B F10=6D F12=6F
    F15=71 Home=73 PageUp=74 Delete=75 F4=76 End=77 F2=78 PageDown=79 F1=7A Left=7B Right=7C
    Down=7D Up=7E
"""


def test_that_every_key_is_named_by_where_it_stands() -> None:
    written = dict(pair.split("=") for pair in _EVENTS_H.split())

    assert {key: f"{code:02X}" for key, code in KEY_CODES.items()} == written


def test_that_a_key_that_no_mac_has_is_refused_in_a_plain_sentence(
    hotkey: CarbonHotkey, carbon: FakeCarbon, heard: Heard
) -> None:
    missing = sorted(KEYS - KEY_CODES.keys())
    for key in missing:
        _bind(hotkey, f"Ctrl+{key}")

    assert missing == ["F21", "F22", "F23", "F24", "Insert", "Pause", "Print", "ScrollLock"]
    assert carbon.calls == []
    assert heard.states[-1] == ShortcutState(
        ShortcutStatus.FAILED,
        problem="The keyboard of a Mac has no key ScrollLock.",
        remedy="Choose another key.",
    )


def test_that_it_is_active_in_the_signs_of_a_mac(hotkey: CarbonHotkey, heard: Heard) -> None:
    _bind(hotkey, "Super+Shift+Space")

    assert heard.states == [ShortcutState(ShortcutStatus.ACTIVE, keys="⇧⌘Space")]


def test_that_a_press_is_told_once(hotkey: CarbonHotkey, carbon: FakeCarbon, heard: Heard) -> None:
    _bind(hotkey, "Ctrl+Alt+K")

    assert carbon.send(Event(1)) == 0
    assert carbon.of("parameter") == [("parameter", b"----", b"hkid", 8)]
    assert heard.tokens == [""]


@pytest.mark.parametrize(
    "event",
    [Event(2), Event(1, signature=int.from_bytes(b"Othr", "big")), Event(1, status=-9870)],
    ids=["another number", "another program", "unreadable"],
)
def test_that_what_is_not_ours_is_left_to_the_next_handler(
    hotkey: CarbonHotkey, carbon: FakeCarbon, heard: Heard, event: Event
) -> None:
    _bind(hotkey, "Ctrl+Alt+K")

    assert carbon.send(event) == NOT_HANDLED
    assert heard.tokens == []


def test_that_a_new_key_takes_the_place_of_the_old_one_under_the_same_handler(
    hotkey: CarbonHotkey, carbon: FakeCarbon, heard: Heard
) -> None:
    _bind(hotkey, "Ctrl+Alt+K")
    _bind(hotkey, "Ctrl+Alt+J")

    assert [call[0] for call in carbon.calls] == ["install", "register", "unregister", "register"]
    assert carbon.of("unregister") == [("unregister", HOT_KEY + 1)]
    assert carbon.hot_keys == {HOT_KEY + 2}
    assert carbon.send(Event(1)) == NOT_HANDLED  # pressed before, read after
    assert carbon.send(Event(2)) == 0
    assert heard.tokens == [""]


def test_that_a_key_of_another_program_is_named_with_a_way_out(
    hotkey: CarbonHotkey, carbon: FakeCarbon, heard: Heard
) -> None:
    carbon.refusals["register"] = -9878

    _bind(hotkey, "Super+Shift+Space")

    assert heard.states == [
        ShortcutState(
            ShortcutStatus.TAKEN,
            problem="Another program uses ⇧⌘Space.",
            remedy="Choose another key, or free this one in the other program.",
        )
    ]


@pytest.mark.parametrize(("call", "status"), [("install", -9860), ("register", -9868)])
def test_that_any_other_refusal_gives_its_number(
    hotkey: CarbonHotkey, carbon: FakeCarbon, heard: Heard, call: str, status: int
) -> None:
    carbon.refusals[call] = status

    _bind(hotkey, "Alt+K")

    assert heard.states == [
        ShortcutState(
            ShortcutStatus.FAILED,
            problem=f"macOS refused ⌥K (error {status}).",
            remedy="Choose another key.",
        )
    ]


@pytest.mark.parametrize("text", ["Ctrl+Alt+J", "Ctrl+Alt+Insert"])
def test_that_a_refused_key_leaves_nothing_bound(
    hotkey: CarbonHotkey, carbon: FakeCarbon, heard: Heard, text: str
) -> None:
    _bind(hotkey, "Ctrl+Alt+K")
    carbon.refusals["register"] = -9878

    _bind(hotkey, text)

    assert (carbon.hot_keys, carbon.handler) == (set(), None)
    assert not heard.states[-1].is_active
    assert carbon.of("remove") == [("remove", HANDLER)]


def test_that_release_takes_the_key_and_the_handler_out_once(
    hotkey: CarbonHotkey, carbon: FakeCarbon, heard: Heard
) -> None:
    _bind(hotkey, "Ctrl+Alt+K")

    hotkey.release()
    hotkey.release()

    assert carbon.of("unregister", "remove") == [("unregister", HOT_KEY + 1), ("remove", HANDLER)]
    assert (len(heard.states), heard.tokens) == (1, [])


def test_that_nothing_is_called_after_release(
    hotkey: CarbonHotkey, carbon: FakeCarbon, heard: Heard
) -> None:
    _bind(hotkey, "Ctrl+Alt+K")
    address = carbon.handler
    hotkey.release()

    carbon.handler = address  # an event that was on its way
    assert carbon.send(Event(1)) == NOT_HANDLED
    assert heard.tokens == []


def test_that_a_released_key_can_be_bound_again(
    hotkey: CarbonHotkey, carbon: FakeCarbon, heard: Heard
) -> None:
    _bind(hotkey, "Ctrl+Alt+K")
    hotkey.release()
    _bind(hotkey, "Ctrl+Alt+K")

    assert carbon.send(Event(2)) == 0
    assert heard.tokens == [""]
    assert len(carbon.of("install")) == 2


def test_that_the_function_which_carbon_calls_outlives_a_collection(
    hotkey: CarbonHotkey, carbon: FakeCarbon, heard: Heard
) -> None:
    _bind(hotkey, "Ctrl+Alt+K")

    gc.collect()

    assert carbon.send(Event(1)) == 0
    assert heard.tokens == [""]


def test_that_a_bug_behind_the_key_is_reported_and_not_raised_into_c(
    hotkey: CarbonHotkey, carbon: FakeCarbon, heard: Heard, monkeypatch: pytest.MonkeyPatch
) -> None:
    reported: list[type[BaseException]] = []
    lost: list[object] = []
    monkeypatch.setattr(sys, "excepthook", lambda kind, _error, _trace: reported.append(kind))
    monkeypatch.setattr(sys, "unraisablehook", lost.append)
    heard.bug = ValueError("nobody thought of this")
    _bind(hotkey, "Ctrl+Alt+K")

    assert carbon.send(Event(1)) == 0
    assert (reported, lost) == ([ValueError], [])


def test_that_a_press_may_release_the_key(carbon: FakeCarbon) -> None:
    backend = CarbonHotkey(lambda _: None, lambda _: backend.release(), cast("Carbon", carbon))
    _bind(backend, "Ctrl+Alt+K")

    assert carbon.send(Event(1)) == 0
    assert (carbon.hot_keys, carbon.handler) == (set(), None)


def test_that_elsewhere_there_is_no_such_framework(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "linux")

    with pytest.raises(OSError, match="a part of macOS"):
        CarbonHotkey(lambda _: None, lambda _: None)
