"""The few calls of libxcb that a global key needs, through ctypes."""

from __future__ import annotations

import ctypes
import sys
from ctypes import POINTER, c_int, c_uint, c_uint8, c_uint16, c_uint32, c_void_p
from dataclasses import dataclass

KEY_PRESS, KEY_RELEASE, FOCUS_IN, MAPPING_NOTIFY = 2, 3, 9, 34
SHIFT, LOCK, CONTROL, MOD1, MOD2, MOD4 = 1, 2, 4, 8, 16, 64
ACCESS_ERROR = 10
_MODIFIERS = 8
_MOVED, _MOVED_WHILE_GRABBED = 0, 3  # modes of FOCUS_IN; the others tell of a grab, not of a move
_OF_POINTER = (5, 6, 7)  # details of FOCUS_IN that speak of the pointer's window
_SYNC, _ASYNC = 0, 1
_ASYNC_KEYBOARD = 3  # for allow_events
_LAYOUT_GROUPS = (0, 2)  # the columns that hold what a key gives without Shift


class _Cookie(ctypes.Structure):
    _fields_ = (("sequence", c_uint),)


class _Error(ctypes.Structure):
    _fields_ = (("response_type", c_uint8), ("code", c_uint8))


class _Roots(ctypes.Structure):
    _fields_ = (("window", POINTER(c_uint32)), ("remaining", c_int), ("index", c_int))


class _ModifierReply(ctypes.Structure):
    _fields_ = (
        ("response_type", c_uint8),
        ("keycodes_per_modifier", c_uint8),
        ("rest", c_uint8 * 30),
    )


class _Extension(ctypes.Structure):
    _fields_ = (
        *(("response_type", c_uint8), ("pad", c_uint8), ("sequence", c_uint16)),
        *(("length", c_uint32), ("present", c_uint8), ("opcode", c_uint8)),
        ("first_event", c_uint8),
    )


class _Value(ctypes.Structure):
    _fields_ = (
        *(("response_type", c_uint8), ("pad", c_uint8), ("sequence", c_uint16)),
        *(("length", c_uint32), ("value", c_uint32)),
    )


@dataclass(frozen=True, slots=True)
class KeyEvent:
    """A press or release of a physical key; `time` is the server's, in milliseconds."""

    is_press: bool
    keycode: int
    state: int
    time: int


def key_event(event: bytes) -> KeyEvent | None:
    """Return what the 32 bytes of an event say if they speak of a key."""
    kind = event[0] & 0x7F
    if kind not in (KEY_PRESS, KEY_RELEASE):
        return None
    time = int.from_bytes(event[4:8], sys.byteorder)
    state = int.from_bytes(event[28:30], sys.byteorder)
    return KeyEvent(kind == KEY_PRESS, event[1], state, time)


def focus_arrives(event: bytes) -> bool:
    """Return whether the 32 bytes say that a window of ours has the keys from now on."""
    is_focus = event[0] & 0x7F == FOCUS_IN and event[1] not in _OF_POINTER
    return is_focus and event[8] in (_MOVED, _MOVED_WHILE_GRABBED)


class Xcb:
    """Grabs on the root window of one connection (an `xcb_connection_t *`), and what keys mean."""

    def __init__(self, connection: int) -> None:
        """Load the libraries.

        Raises:
            OSError: libxcb or libxcb-keysyms is not there.
        """
        self._xcb = _load_xcb()
        self._keysyms = _load_keysyms()
        self._free = ctypes.CDLL(None).free
        self._free.argtypes = (c_void_p,)
        self._connection = connection
        roots = self._xcb.xcb_setup_roots_iterator(self._xcb.xcb_get_setup(connection))
        self._root = int(roots.window[0])
        self._symbols = self._keysyms.xcb_key_symbols_alloc(connection)

    def close(self) -> None:
        """Free what was allocated."""
        self._keysyms.xcb_key_symbols_free(self._symbols)
        self._symbols = None

    def read_keyboard(self) -> None:
        """Take note of a changed keyboard layout."""
        self._keysyms.xcb_key_symbols_free(self._symbols)
        self._symbols = self._keysyms.xcb_key_symbols_alloc(self._connection)

    def keycodes(self, keysym: int) -> tuple[int, ...]:
        """Return the keys that give `keysym` without Shift, in any layout that is set up."""
        codes = self._all_keycodes(keysym)
        return tuple(code for code in codes if keysym in self._plain_keysyms(code))

    def modifiers_of(self, *keysyms: int) -> int:
        """Return the mask of the modifiers that any of the keys `keysyms` are."""
        wanted = {code for keysym in keysyms for code in self._all_keycodes(keysym)}
        reply = self._xcb.xcb_get_modifier_mapping_reply(
            self._connection, self._xcb.xcb_get_modifier_mapping(self._connection), None
        )
        if not reply:
            return 0
        per = reply.contents.keycodes_per_modifier
        codes = self._xcb.xcb_get_modifier_mapping_keycodes(reply)
        mask = 0
        for modifier in range(_MODIFIERS):
            if wanted & {codes[modifier * per + index] for index in range(per)}:
                mask |= 1 << modifier
        self._free(ctypes.cast(reply, c_void_p))
        return mask

    def grab(self, keycode: int, modifiers: int) -> int:
        """Grab a key, keyboard frozen with each press; return 0 or the X error code."""
        cookie = self._xcb.xcb_grab_key_checked(
            self._connection, 0, self._root, modifiers, keycode, _ASYNC, _SYNC
        )
        return self._error(cookie)

    def ungrab(self, keycode: int, modifiers: int) -> None:
        """Give a key back; one that was not grabbed is no matter."""
        self._error(
            self._xcb.xcb_ungrab_key_checked(self._connection, keycode, self._root, modifiers)
        )

    def thaw(self) -> None:
        """Let the keyboard go on after a press."""
        self._xcb.xcb_allow_events(self._connection, _ASYNC_KEYBOARD, 0)
        self._xcb.xcb_flush(self._connection)

    def first_event(self, extension: str) -> int:
        """Return the number of an extension's first event, 0 if the server has none of it."""
        name = extension.encode()
        reply = self._xcb.xcb_query_extension_reply(
            self._connection,
            self._xcb.xcb_query_extension(self._connection, len(name), name),
            None,
        )
        if not reply:
            return 0
        first = int(reply.contents.first_event) if reply.contents.present else 0
        self._free(ctypes.cast(reply, c_void_p))
        return first

    def has_compositor(self) -> bool:
        """Whether windows are blended, so that corners and shadows can be painted (EWMH 1.5)."""
        name = b"_NET_WM_CM_S0"
        atom = self._xcb.xcb_intern_atom_reply(
            self._connection, self._xcb.xcb_intern_atom(self._connection, 1, len(name), name), None
        )
        if not atom:
            return False
        number = int(atom.contents.value)
        self._free(ctypes.cast(atom, c_void_p))
        owner = self._xcb.xcb_get_selection_owner_reply(
            self._connection, self._xcb.xcb_get_selection_owner(self._connection, number), None
        )
        if not owner:
            return False
        found = bool(owner.contents.value)
        self._free(ctypes.cast(owner, c_void_p))
        return found

    def _all_keycodes(self, keysym: int) -> list[int]:
        found = self._keysyms.xcb_key_symbols_get_keycode(self._symbols, keysym)
        codes: list[int] = []
        if found:
            while code := found[len(codes)]:
                codes.append(code)
            self._free(ctypes.cast(found, c_void_p))
        return codes

    def _plain_keysyms(self, keycode: int) -> set[int]:
        get = self._keysyms.xcb_key_symbols_get_keysym
        return {int(get(self._symbols, keycode, column)) for column in _LAYOUT_GROUPS}

    def _error(self, cookie: _Cookie) -> int:
        error = self._xcb.xcb_request_check(self._connection, cookie)
        if not error:
            return 0
        code = int(error.contents.code)
        self._free(ctypes.cast(error, c_void_p))
        return code


def _load_xcb() -> ctypes.CDLL:
    xcb = ctypes.CDLL("libxcb.so.1")
    _declare(xcb, "xcb_get_setup", c_void_p, c_void_p)
    _declare(xcb, "xcb_setup_roots_iterator", _Roots, c_void_p)
    _declare(
        *(xcb, "xcb_grab_key_checked", _Cookie, c_void_p, c_uint8, c_uint32, c_uint16),
        *(c_uint8, c_uint8, c_uint8),
    )
    _declare(xcb, "xcb_ungrab_key_checked", _Cookie, c_void_p, c_uint8, c_uint32, c_uint16)
    _declare(xcb, "xcb_request_check", POINTER(_Error), c_void_p, _Cookie)
    _declare(xcb, "xcb_allow_events", _Cookie, c_void_p, c_uint8, c_uint32)
    _declare(xcb, "xcb_flush", c_int, c_void_p)
    _declare(xcb, "xcb_get_modifier_mapping", _Cookie, c_void_p)
    _declare(
        *(xcb, "xcb_get_modifier_mapping_reply", POINTER(_ModifierReply)),
        *(c_void_p, _Cookie, c_void_p),
    )
    _declare(xcb, "xcb_get_modifier_mapping_keycodes", POINTER(c_uint8), POINTER(_ModifierReply))
    _declare(xcb, "xcb_intern_atom", _Cookie, c_void_p, c_uint8, c_uint16, ctypes.c_char_p)
    _declare(
        *(xcb, "xcb_intern_atom_reply", POINTER(_Value)),
        *(c_void_p, _Cookie, c_void_p),
    )
    _declare(xcb, "xcb_get_selection_owner", _Cookie, c_void_p, c_uint32)
    _declare(
        *(xcb, "xcb_get_selection_owner_reply", POINTER(_Value)),
        *(c_void_p, _Cookie, c_void_p),
    )
    _declare(xcb, "xcb_query_extension", _Cookie, c_void_p, c_uint16, ctypes.c_char_p)
    _declare(
        *(xcb, "xcb_query_extension_reply", POINTER(_Extension)),
        *(c_void_p, _Cookie, c_void_p),
    )
    return xcb


def _load_keysyms() -> ctypes.CDLL:
    keysyms = ctypes.CDLL("libxcb-keysyms.so.1")
    _declare(keysyms, "xcb_key_symbols_alloc", c_void_p, c_void_p)
    _declare(keysyms, "xcb_key_symbols_free", None, c_void_p)
    _declare(keysyms, "xcb_key_symbols_get_keycode", POINTER(c_uint8), c_void_p, c_uint32)
    _declare(keysyms, "xcb_key_symbols_get_keysym", c_uint32, c_void_p, c_uint8, c_int)
    return keysyms


def _declare(library: ctypes.CDLL, name: str, result: object, *arguments: object) -> None:
    function = getattr(library, name)
    function.restype = result
    function.argtypes = arguments
