"""The shortcut on a Mac: a hot key of Carbon, which needs no permission to watch the keyboard.

The Carbon Event Manager (CarbonEvents.h, CarbonEventsCore.h) is old, still there on Apple silicon
and the one way to be told of one key without being shown all the others. Its events reach the main
thread through the run loop that Qt runs.
"""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Callable
from typing import Protocol, cast

from headwater.domain.shortcut import (
    FUNCTION_KEYS,
    KeyCombination,
    Modifier,
    ShortcutState,
    ShortcutStatus,
)

_FRAMEWORK = "/System/Library/Frameworks/Carbon.framework/Carbon"
_EXISTS = -9878  # eventHotKeyExistsErr
_NOT_HANDLED = -9874  # eventNotHandledErr: Carbon goes on with the next handler
_PRESSED = 5  # kEventHotKeyPressed
_EXCLUSIVE = 1  # kEventHotKeyExclusive: two programs that both ask so are not given the same key
_MODIFIERS = {
    Modifier.SUPER: 1 << 8,
    Modifier.SHIFT: 1 << 9,
    Modifier.ALT: 1 << 11,
    Modifier.CTRL: 1 << 12,
}
# HIToolbox/Events.h, kVK_*: where a key stands, whatever the input source writes there. The main
# block is numbered through; "-" stands for the key that only keyboards of other countries have.
_MAIN_BLOCK = """
    A S D F H G Z X C V - B Q W E R Y T 1 2 3 4 6 5 Equal 9 7 Minus 8 0 BracketRight O U
    BracketLeft I P Return L J Apostrophe K Semicolon Backslash Comma Slash N M Period Tab Space
    Grave Backspace
"""
_FUNCTION_BLOCK = (
    *(0x7A, 0x78, 0x63, 0x76, 0x60, 0x61, 0x62, 0x64, 0x65, 0x6D),  # F1 to F10
    *(0x67, 0x6F, 0x69, 0x6B, 0x71, 0x6A, 0x40, 0x4F, 0x50, 0x5A),  # F11 to F20, the last
)
_NAVIGATION_BLOCK = {
    "Home": 0x73,
    "PageUp": 0x74,
    "Delete": 0x75,
    "End": 0x77,
    "PageDown": 0x79,
    "Left": 0x7B,
    "Right": 0x7C,
    "Down": 0x7D,
    "Up": 0x7E,
}
KEY_CODES = {
    **{key: code for code, key in enumerate(_MAIN_BLOCK.split()) if key != "-"},
    **dict(zip(FUNCTION_KEYS, _FUNCTION_BLOCK, strict=False)),
    **_NAVIGATION_BLOCK,
}


def four_characters(code: str) -> int:
    """Return the number that Carbon writes as a text of four characters."""
    return int.from_bytes(code.encode("ascii"), "big")


SIGNATURE = four_characters("Hdwt")


class HotKeyId(ctypes.Structure):
    """EventHotKeyID: whose hot key it is, and which of theirs."""

    _fields_ = (("signature", ctypes.c_uint32), ("number", ctypes.c_uint32))


class EventType(ctypes.Structure):
    """EventTypeSpec: which events a handler is called for."""

    _fields_ = (("event_class", ctypes.c_uint32), ("kind", ctypes.c_uint32))


EventHandler = ctypes.CFUNCTYPE(ctypes.c_int32, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p)

_POINTER = ctypes.POINTER(ctypes.c_void_p)
# What each call returns and takes. An address without its type is cut to 32 bits.
_CALLS: dict[str, tuple[type, ...]] = {
    "GetApplicationEventTarget": (ctypes.c_void_p,),
    "InstallEventHandler": (
        *(ctypes.c_int32, ctypes.c_void_p, EventHandler, ctypes.c_ulong),
        *(ctypes.POINTER(EventType), ctypes.c_void_p, _POINTER),
    ),
    "RemoveEventHandler": (ctypes.c_int32, ctypes.c_void_p),
    "RegisterEventHotKey": (
        *(ctypes.c_int32, ctypes.c_uint32, ctypes.c_uint32, HotKeyId),
        *(ctypes.c_void_p, ctypes.c_uint32, _POINTER),
    ),
    "UnregisterEventHotKey": (ctypes.c_int32, ctypes.c_void_p),
    "GetEventParameter": (
        *(ctypes.c_int32, ctypes.c_void_p, ctypes.c_uint32, ctypes.c_uint32, ctypes.c_void_p),
        *(ctypes.c_ulong, ctypes.c_void_p, ctypes.c_void_p),
    ),
}


class Carbon(Protocol):
    """The functions of the framework that a shortcut needs; each but the first returns OSStatus."""

    GetApplicationEventTarget: Callable[..., int]
    InstallEventHandler: Callable[..., int]
    RemoveEventHandler: Callable[..., int]
    RegisterEventHotKey: Callable[..., int]
    UnregisterEventHotKey: Callable[..., int]
    GetEventParameter: Callable[..., int]


class CarbonHotkey:
    """Hears one key from anywhere on a Mac; `release` it before it is dropped."""

    name = "macOS"
    needs_consent = False

    def __init__(
        self,
        changed: Callable[[ShortcutState], None],
        pressed: Callable[[str], None],
        carbon: Carbon | None = None,
    ) -> None:
        self._changed = changed
        self._pressed = pressed
        self._carbon = typed(carbon or _the_system())
        self._callback = EventHandler(self._hear)  # Carbon has its address and no more
        self._installed = ctypes.c_void_p()
        self._hot_key = ctypes.c_void_p()
        self._number = 0

    def bind(self, keys: KeyCombination) -> None:
        """Register `keys` in the place of what is registered and tell the outcome."""
        self._unregister()
        words = keys.words("darwin")
        if keys.key not in KEY_CODES:
            self.release()
            self._changed(_failed(f"The keyboard of a Mac has no key {keys.key}."))
            return
        status = self._install() or self._register(keys)
        if not status:
            self._changed(ShortcutState(ShortcutStatus.ACTIVE, keys=words))
            return
        self.release()
        if status == _EXISTS:
            taken = ShortcutState(
                ShortcutStatus.TAKEN,
                problem=f"Another program uses {words}.",
                remedy="Choose another key, or free this one in the other program.",
            )
            self._changed(taken)
        else:
            self._changed(_failed(f"macOS refused {words} (error {status})."))

    def release(self) -> None:
        """Give the key back and take our handler out; neither is called any more."""
        self._unregister()
        if self._installed.value:
            self._carbon.RemoveEventHandler(self._installed)
            self._installed = ctypes.c_void_p()

    def _install(self) -> int:
        """Have `_hear` called for every hot key of the program; return the OSStatus."""
        if self._installed.value:
            return 0
        pressed = EventType(four_characters("keyb"), _PRESSED)
        target = self._carbon.GetApplicationEventTarget()
        return self._carbon.InstallEventHandler(
            target, self._callback, 1, ctypes.byref(pressed), None, ctypes.byref(self._installed)
        )

    def _register(self, keys: KeyCombination) -> int:
        """Ask for the key under a number never used before; return the OSStatus."""
        self._number += 1
        modifiers = sum(_MODIFIERS[modifier] for modifier in keys.modifiers)
        return self._carbon.RegisterEventHotKey(
            KEY_CODES[keys.key],
            modifiers,
            HotKeyId(SIGNATURE, self._number),
            self._carbon.GetApplicationEventTarget(),
            _EXCLUSIVE,
            ctypes.byref(self._hot_key),
        )

    def _unregister(self) -> None:
        if self._hot_key.value:
            self._carbon.UnregisterEventHotKey(self._hot_key)
            self._hot_key = ctypes.c_void_p()

    def _hear(self, _next: int | None, event: int | None, _data: int | None) -> int:
        """Take one event of Carbon and return its OSStatus; nothing may be raised into C."""
        try:
            hot_key = HotKeyId()
            status = self._carbon.GetEventParameter(
                event,
                four_characters("----"),  # kEventParamDirectObject
                four_characters("hkid"),  # typeEventHotKeyID
                None,
                ctypes.sizeof(hot_key),
                None,
                ctypes.byref(hot_key),
            )
            ours = (hot_key.signature, hot_key.number) == (SIGNATURE, self._number)
            if status or not ours or not self._hot_key.value:
                return _NOT_HANDLED
            self._pressed("")
        except Exception:  # noqa: BLE001 - C cannot take it; it goes where a slot's goes
            sys.excepthook(*sys.exc_info())
        return 0


def typed(carbon: Carbon) -> Carbon:
    """Tell ctypes what the functions take and return."""
    for name, (result, *arguments) in _CALLS.items():
        function = getattr(carbon, name)
        function.restype = result
        function.argtypes = arguments
    return carbon


def _failed(problem: str) -> ShortcutState:
    return ShortcutState(ShortcutStatus.FAILED, problem=problem, remedy="Choose another key.")


def _the_system() -> Carbon:
    """Return the real framework.

    Raises:
        OSError: this is not a Mac.
    """
    if sys.platform == "darwin":
        return cast("Carbon", ctypes.CDLL(_FRAMEWORK))
    raise OSError("Carbon is a part of macOS")
