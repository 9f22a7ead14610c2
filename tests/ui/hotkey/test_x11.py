"""A key grabbed from a real X server, over connections of the test's own."""

from __future__ import annotations

import ctypes
import os
import subprocess
import time
from collections.abc import Callable, Iterator

import pytest
from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QApplication

from headwater.domain.shortcut import KEYS, KeyCombination, ShortcutState, ShortcutStatus
from headwater.session.ports import ShortcutBackend
from headwater.ui.hotkey.x11 import FREEZE, PressCounter, X11Hotkey, keysym_of
from headwater.ui.hotkey.xcb import (
    ACCESS_ERROR,
    CONTROL,
    FOCUS_IN,
    LOCK,
    MOD1,
    MOD2,
    MOD4,
    SHIFT,
    KeyEvent,
    Xcb,
    focus_arrives,
    key_event,
)
from tests.journeys.screen import new_server

PATIENCE = 10.0
KEY = KeyCombination.parse("Ctrl+Alt+Space")
SPACE = 0x20
# The names in X11/keysymdef.h that are not ours in lower case.
_OTHER_NAMES = {
    "Backspace": "BackSpace",
    "PageUp": "Prior",
    "PageDown": "Next",
    "ScrollLock": "Scroll_Lock",
}
_CAPITALISED = (
    *("Tab", "Return", "Insert", "Delete", "Home", "End", "Left", "Right", "Up", "Down"),
    *("Print", "Pause"),
)


class Connection:
    """One program at the server."""

    def __init__(self, display: str) -> None:
        self._library = ctypes.CDLL("libxcb.so.1")
        self._library.xcb_connect.restype = ctypes.c_void_p
        self._library.xcb_disconnect.argtypes = (ctypes.c_void_p,)
        self._library.xcb_poll_for_event.argtypes = (ctypes.c_void_p,)
        self._library.xcb_poll_for_event.restype = ctypes.c_void_p
        self._free = ctypes.CDLL(None).free
        self._free.argtypes = (ctypes.c_void_p,)
        self.address = int(self._library.xcb_connect(display.encode(), None))
        self.xcb = Xcb(self.address)

    def hand_to(self, hotkey: X11Hotkey) -> None:
        """Show `hotkey` the events that have come, as Qt does."""
        while event := self._library.xcb_poll_for_event(self.address):
            hotkey.nativeEventFilter(b"xcb_generic_event_t", event)
            self._free(event)

    def close(self) -> None:
        """End, which frees whatever the server holds for it."""
        self.xcb.close()
        self._library.xcb_disconnect(self.address)


class Server:
    """An X server, and whoever is connected to it."""

    def __init__(self, display: str) -> None:
        self._environment = {**os.environ, "DISPLAY": display}
        self._display = display
        self._connections: list[Connection] = []
        self._hotkeys: list[X11Hotkey] = []
        self.states: list[ShortcutState] = []
        self.presses = 0

    def connect(self) -> Connection:
        """Return one more program."""
        self._connections.append(Connection(self._display))
        return self._connections[-1]

    def hotkey(self) -> tuple[X11Hotkey, Connection]:
        """Return what is tested, and its connection."""
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        connection = self.connect()
        hotkey = X11Hotkey(self.states.append, self._pressed, application, connection.address)
        self._hotkeys.append(hotkey)
        return hotkey, connection

    def hang_up(self, connection: Connection) -> None:
        """End one of the programs."""
        self._connections.remove(connection)
        connection.close()

    def _pressed(self, activation_token: str) -> None:
        assert activation_token == ""
        self.presses += 1

    def run(self, *command: str) -> None:
        """Run a program that acts on the server."""
        subprocess.run(command, env=self._environment, check=True, timeout=PATIENCE)

    def until(self, claim: Callable[[], object], hotkey: X11Hotkey, at: Connection) -> None:
        """Let events come until `claim` holds."""
        given_up = time.monotonic() + PATIENCE
        while not claim():
            assert time.monotonic() < given_up
            at.hand_to(hotkey)
            QCoreApplication.processEvents()
            time.sleep(0.002)

    def close(self) -> None:
        """Give every key back and hang up."""
        for hotkey in self._hotkeys:
            hotkey.release()
            hotkey.deleteLater()
        for connection in self._connections:
            connection.close()


@pytest.fixture
def server(qapp: QApplication) -> Iterator[Server]:
    with new_server() as display:
        server = Server(display)
        yield server
        server.close()


def is_free(server: Server, modifiers: int = CONTROL | MOD1) -> bool:
    """Whether one more program would get the key."""
    other = server.connect()
    (code,) = other.xcb.keycodes(SPACE)
    if other.xcb.grab(code, modifiers):
        return False
    other.xcb.ungrab(code, modifiers)
    return True


def take(other: Connection, modifiers: int = CONTROL | MOD1) -> None:
    for code in other.xcb.keycodes(SPACE):
        assert other.xcb.grab(code, modifiers) == 0


# Presses.

DOWN, UP = True, False


@pytest.mark.parametrize(
    ("events", "are_new"),
    [
        ([(DOWN, 1000)], [True]),
        ([(DOWN, 0)], [True]),
        ([(DOWN, 1000), (UP, 1100), (DOWN, 1200)], [True, False, True]),
        # Held, where each repetition is a release and a press in the same instant.
        (
            [(DOWN, 1000), (UP, 1500), (DOWN, 1500), (UP, 1530), (DOWN, 1531), (UP, 1600)],
            [True, False, False, False, False, False],
        ),
        (
            [(DOWN, 1000), (UP, 1500), (DOWN, 1500), (UP, 1600), (DOWN, 1650)],
            [True, *[False] * 3, True],
        ),
        # Held, where each repetition is a press alone.
        (
            [(DOWN, 1000), (DOWN, 1500), (DOWN, 1530), (UP, 1600), (DOWN, 1650)],
            [True, *[False] * 3, True],
        ),
        # A release that never came.
        ([(DOWN, 1000), (DOWN, 2600)], [True, True]),
        # The server's clock goes round after 49 days.
        ([(DOWN, 0xFFFFFF00), (UP, 0xFFFFFFF0), (DOWN, 0x10)], [True, False, True]),
        ([(DOWN, 0xFFFFFFF0), (DOWN, 0x20)], [True, False]),
        ([(DOWN, 0xFFFFFFF0), (UP, 0xFFFFFFFF), (DOWN, 0x0)], [True, False, False]),
    ],
)
def test_that_a_press_by_hand_is_told_from_a_repetition(
    events: list[tuple[bool, int]], are_new: list[bool]
) -> None:
    counter = PressCounter()
    assert [counter.is_new(KeyEvent(down, 65, 0, time)) for down, time in events] == are_new


def test_that_a_key_event_is_read_from_its_bytes() -> None:
    event = bytearray(32)
    event[0], event[1] = 2, 65
    event[4:8] = (0xFFFFFFF0).to_bytes(4, "little")
    event[28:30] = (CONTROL | MOD1).to_bytes(2, "little")
    assert key_event(bytes(event)) == KeyEvent(DOWN, 65, CONTROL | MOD1, 0xFFFFFFF0)
    event[0] = 0x80 | 3  # sent by another program
    assert key_event(bytes(event)) == KeyEvent(UP, 65, CONTROL | MOD1, 0xFFFFFFF0)
    event[0] = 4  # a button of the mouse
    assert key_event(bytes(event)) is None


@pytest.mark.parametrize(
    ("kind", "detail", "mode", "arrives"),
    [
        (FOCUS_IN, 3, 0, True),
        (FOCUS_IN, 3, 3, True),  # while the key is still held
        (FOCUS_IN, 0, 1, False),  # a grab begins
        (FOCUS_IN, 0, 2, False),  # a grab ends
        (FOCUS_IN, 5, 0, False),  # of the pointer
        (10, 3, 0, False),  # out, not in
    ],
)
def test_that_only_a_true_move_of_the_focus_counts(
    kind: int, detail: int, mode: int, arrives: bool
) -> None:
    event = bytearray(32)
    event[0], event[1], event[8] = kind, detail, mode
    assert focus_arrives(bytes(event)) is arrives


# What keys are called.


def test_that_every_key_has_the_number_that_x_gives_its_name() -> None:
    x11 = ctypes.CDLL("libX11.so.6")
    x11.XStringToKeysym.argtypes = (ctypes.c_char_p,)
    x11.XStringToKeysym.restype = ctypes.c_ulong
    for key in KEYS:
        is_function = key.startswith("F") and key[1:].isdigit()
        name = key if is_function or key in _CAPITALISED else _OTHER_NAMES.get(key, key.lower())
        assert keysym_of(key) == x11.XStringToKeysym(name.encode()) != 0, key


def test_that_a_keyboard_has_every_key_up_to_F12(server: Server) -> None:
    xcb = server.connect().xcb
    wanted = {key for key in KEYS if not (key[1:].isdigit() and int(key[1:]) > 12)}
    assert {key for key in wanted if not xcb.keycodes(keysym_of(key))} == set()


def test_that_a_key_is_found_by_what_it_gives_without_shift(server: Server) -> None:
    xcb = server.connect().xcb
    assert xcb.keycodes(ord("1"))
    # A French keyboard has its digits on Shift: then that key is better than none.
    assert xcb.keycodes(ord("!")) == xcb.keycodes(ord("1"))


def test_that_modifiers_are_where_the_server_has_them(server: Server) -> None:
    xcb = server.connect().xcb
    assert xcb.modifiers_of(0xFFE1) == SHIFT
    assert xcb.modifiers_of(0xFFE5) == LOCK
    assert xcb.modifiers_of(0xFFE9, 0xFFEA) & MOD1
    assert xcb.modifiers_of(0xFFEB, 0xFFEC) & MOD4
    assert xcb.modifiers_of(0xFF7F) == MOD2
    assert xcb.modifiers_of(SPACE) == 0


def test_that_the_keyboard_extension_is_known_and_an_invented_one_is_not(server: Server) -> None:
    xcb = server.connect().xcb
    assert xcb.first_event("XKEYBOARD") > 0
    assert xcb.first_event("HEADWATER") == 0


def test_that_windows_are_blended_where_somebody_says_so(server: Server) -> None:
    connection = server.connect()
    xcb, name = connection.xcb, b"_NET_WM_CM_S0"
    assert not xcb.has_compositor()
    cookie = xcb._xcb.xcb_intern_atom(connection.address, 0, len(name), name)
    atom = xcb._xcb.xcb_intern_atom_reply(connection.address, cookie, None).contents.value
    assert not xcb.has_compositor()
    xcb._xcb.xcb_set_selection_owner(
        ctypes.c_void_p(connection.address), xcb._root, ctypes.c_uint32(atom), 0
    )
    assert xcb.has_compositor()


# Grabs.


def test_that_a_second_program_is_refused_until_the_first_gives_back(server: Server) -> None:
    first, second = server.connect(), server.connect()
    (code,) = first.xcb.keycodes(SPACE)
    assert first.xcb.grab(code, CONTROL | MOD1) == 0
    assert second.xcb.grab(code, CONTROL | MOD1) == ACCESS_ERROR
    assert second.xcb.grab(code, CONTROL) == 0
    first.xcb.ungrab(code, CONTROL | MOD1)
    assert second.xcb.grab(code, CONTROL | MOD1) == 0


def test_that_it_is_a_backend_and_says_which(server: Server) -> None:
    backend: ShortcutBackend = server.hotkey()[0]
    assert backend.name == "X11"


def test_that_a_free_key_is_had_with_every_lock_and_given_back(server: Server) -> None:
    hotkey, _ = server.hotkey()
    hotkey.bind(KEY)
    assert server.states == [ShortcutState(ShortcutStatus.ACTIVE, "Ctrl+Alt+Space")]
    for locks in (0, LOCK, MOD2, LOCK | MOD2):
        assert not is_free(server, CONTROL | MOD1 | locks)
    hotkey.release()
    assert is_free(server)


def test_that_a_taken_key_is_called_taken_and_can_be_had_later(server: Server) -> None:
    other = server.connect()
    take(other)
    hotkey, at = server.hotkey()
    hotkey.bind(KEY)
    (state,) = server.states
    assert state.status == ShortcutStatus.TAKEN
    assert "Ctrl+Alt+Space" in state.problem
    assert state.remedy
    server.hang_up(other)  # which the server notices when it comes to it

    def is_had() -> bool:
        hotkey.bind(KEY)
        return server.states[-1].is_active

    server.until(is_had, hotkey, at)


def test_that_nothing_is_kept_of_a_key_that_is_taken_in_part(server: Server) -> None:
    take(server.connect(), CONTROL | MOD1 | MOD2)
    hotkey, _ = server.hotkey()
    hotkey.bind(KEY)
    assert server.states[-1].status == ShortcutStatus.TAKEN
    assert is_free(server)


def test_that_another_key_takes_the_place_of_the_first(server: Server) -> None:
    hotkey, _ = server.hotkey()
    hotkey.bind(KEY)
    hotkey.bind(KeyCombination.parse("Super+F9"))
    assert server.states[-1].keys == "Super+F9"
    assert is_free(server)


def test_that_a_key_the_keyboard_lacks_is_no_ones(server: Server) -> None:
    xcb = server.connect().xcb
    lacking = min(key for key in KEYS if not xcb.keycodes(keysym_of(key)))
    hotkey, _ = server.hotkey()
    hotkey.bind(KeyCombination.parse(f"Ctrl+{lacking}"))
    assert server.states[-1].status == ShortcutStatus.FAILED
    assert f"Ctrl+{lacking}" in server.states[-1].problem


@pytest.mark.parametrize("lock", ["", "Num_Lock", "Caps_Lock"])
def test_that_a_press_is_heard_whatever_is_locked(server: Server, lock: str) -> None:
    hotkey, at = server.hotkey()
    hotkey.bind(KEY)
    if lock:
        server.run("xdotool", "key", lock)
    server.run("xdotool", "key", "ctrl+alt+shift+space", "alt+space", "ctrl+alt+space")
    server.until(lambda: server.presses, hotkey, at)
    server.run("xdotool", "key", "ctrl+alt+space")
    server.until(lambda: server.presses == 2, hotkey, at)


def test_that_the_same_key_in_a_window_of_ours_without_what_is_held_is_no_press(
    server: Server,
) -> None:
    hotkey, at = server.hotkey()
    hotkey.bind(KEY)
    (code,) = at.xcb.keycodes(SPACE)
    for held, presses in ((0, 0), (CONTROL, 0), (CONTROL | MOD1 | SHIFT, 0), (CONTROL | MOD1, 1)):
        event = (ctypes.c_uint8 * 32)(2, code)
        event[5] = 0x10  # a time, so that it is no repetition
        event[28] = held
        hotkey.nativeEventFilter(b"xcb_generic_event_t", ctypes.addressof(event))
        assert server.presses == presses


def test_that_a_released_key_is_heard_no_more(server: Server) -> None:
    hotkey, at = server.hotkey()
    hotkey.bind(KEY)
    server.run("xdotool", "key", "ctrl+alt+space")
    hotkey.release()
    at.hand_to(hotkey)
    assert server.presses == 0


def test_that_a_key_is_followed_to_where_a_new_layout_has_it(server: Server) -> None:
    hotkey, at = server.hotkey()
    hotkey.bind(KeyCombination.parse("Ctrl+Alt+K"))
    before = at.xcb.keycodes(ord("k"))
    server.run("xmodmap", "-e", "keycode 45 = j J", "-e", "keycode 44 = k K")
    server.until(lambda: hotkey._grabs and hotkey._grabs[0][0] not in before, hotkey, at)
    server.run("xdotool", "key", "ctrl+alt+k")
    server.until(lambda: server.presses == 1, hotkey, at)
    server.run("xdotool", "key", "ctrl+alt+j")
    at.hand_to(hotkey)
    assert server.presses == 1


# What is typed behind the key.


def test_that_letters_wait_for_the_window_and_not_for_a_late_word_of_the_last(
    server: Server, qapp: QApplication
) -> None:
    hotkey, at = server.hotkey()
    hotkey.bind(KEY)
    server.run("xdotool", "key", "ctrl+alt+space")
    server.until(lambda: server.presses, hotkey, at)
    assert hotkey._is_frozen
    qapp.focusWindowChanged.emit(None)
    assert hotkey._is_frozen
    came = (ctypes.c_uint8 * 32)(FOCUS_IN, 3)
    hotkey.nativeEventFilter(b"xcb_generic_event_t", ctypes.addressof(came))
    assert not hotkey._is_frozen


def test_that_letters_wait_no_longer_than_is_bearable(server: Server) -> None:
    hotkey, at = server.hotkey()
    hotkey.bind(KEY)
    server.run("xdotool", "key", "ctrl+alt+space")
    server.until(lambda: server.presses, hotkey, at)
    began = time.monotonic()
    server.until(lambda: not hotkey._is_frozen, hotkey, at)
    assert time.monotonic() - began > FREEZE / 2000
    server.run("xdotool", "key", "ctrl+alt+space")
    server.until(lambda: server.presses == 2, hotkey, at)
