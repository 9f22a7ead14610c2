"""A key grabbed from the X server, on the connection that Qt has to it.

The grab is synchronous: with the press the server holds back every further key until the quick
ask has the focus. So what is typed right behind the shortcut arrives there and nowhere else.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from itertools import combinations
from typing import cast

from PySide6.QtCore import QAbstractNativeEventFilter, QByteArray, QObject, QTimer
from PySide6.QtGui import QGuiApplication, QWindow

from headwater.domain.shortcut import (
    FUNCTION_KEYS,
    KeyCombination,
    Modifier,
    ShortcutState,
    ShortcutStatus,
)
from headwater.ui.hotkey.xcb import (
    ACCESS_ERROR,
    CONTROL,
    LOCK,
    MAPPING_NOTIFY,
    MOD1,
    MOD2,
    MOD4,
    SHIFT,
    KeyEvent,
    Xcb,
    focus_arrives,
    key_event,
)

FREEZE = 300  # milliseconds that the keyboard waits for a window at most
_HELD = 1500  # milliseconds; a key that repeats does so more often
_SETTLE = 200  # milliseconds after which a changed keyboard layout is read
_EVENT_SIZE = 32
_MODIFIER_BITS = 0xFF
_CORE = SHIFT | CONTROL | MOD1 | MOD4
_ALT_KEYS, _SUPER_KEYS = (0xFFE9, 0xFFEA), (0xFFEB, 0xFFEC)
_LOCK_KEYS = (0xFF7F, 0xFF14)  # Num_Lock, Scroll_Lock
_KEYSYMS = {  # X11/keysymdef.h; letters and digits are their own ASCII codes
    "Space": 0x20,
    "Tab": 0xFF09,
    "Return": 0xFF0D,
    "Backspace": 0xFF08,
    "Insert": 0xFF63,
    "Delete": 0xFFFF,
    "Home": 0xFF50,
    "End": 0xFF57,
    "PageUp": 0xFF55,
    "PageDown": 0xFF56,
    "Left": 0xFF51,
    "Up": 0xFF52,
    "Right": 0xFF53,
    "Down": 0xFF54,
    "Print": 0xFF61,
    "Pause": 0xFF13,
    "ScrollLock": 0xFF14,
    "Comma": 0x2C,
    "Period": 0x2E,
    "Slash": 0x2F,
    "Semicolon": 0x3B,
    "Apostrophe": 0x27,
    "BracketLeft": 0x5B,
    "BracketRight": 0x5D,
    "Backslash": 0x5C,
    "Minus": 0x2D,
    "Equal": 0x3D,
    "Grave": 0x60,
    **{name: 0xFFBE + index for index, name in enumerate(FUNCTION_KEYS)},
}


def keysym_of(key: str) -> int:
    """Return the X keysym that `key`, one of `domain.shortcut.KEYS`, gives without Shift."""
    return _KEYSYMS.get(key) or ord(key.lower())


class PressCounter:
    """Tells a press from the repetitions of a held key."""

    def __init__(self) -> None:
        self._is_down = False
        self._last = -_HELD

    def is_new(self, event: KeyEvent) -> bool:
        """Take the next event of the key; return whether it is a press by hand."""
        since = (event.time - self._last) & 0xFFFFFFFF  # the server's clock goes round
        self._last = event.time
        if not event.is_press:
            self._is_down = False
            return False
        # A repeating key is released and pressed in the same instant, or pressed only, which
        # depends on the server. A release may get lost; then time tells.
        was_down, self._is_down = self._is_down, True
        return since > 1 and not (was_down and since < _HELD)


class X11Hotkey(QObject, QAbstractNativeEventFilter):
    """Holds one key on the root window; needs no permission and swallows the key."""

    name = "X11"
    needs_consent = False

    def __init__(
        self,
        changed: Callable[[ShortcutState], None],
        pressed: Callable[[str], None],
        application: QGuiApplication,
        connection: int,
    ) -> None:
        """Take Qt's own `xcb_connection_t *`.

        Raises:
            OSError: libxcb or libxcb-keysyms is not there.
        """
        QObject.__init__(self)
        QAbstractNativeEventFilter.__init__(self)
        self._changed = changed
        self._pressed = pressed
        self._application = application
        self._xcb = Xcb(connection)
        self._keyboard_event = self._xcb.first_event("XKEYBOARD")
        self._keys: KeyCombination | None = None
        self._grabs: tuple[tuple[int, int], ...] = ()
        self._ignored = LOCK | MOD2
        self._presses = PressCounter()
        self._is_leaving = False
        self._frozen = self._timer(FREEZE, self._thaw)
        self._relayout = self._timer(_SETTLE, self._keyboard_changed)

    def bind(self, keys: KeyCombination) -> None:
        """Grab `keys` in the place of what is grabbed."""
        self.release()
        self._application.installNativeEventFilter(self)
        self._application.focusWindowChanged.connect(self._focus_changed)
        self._keys = keys
        self._changed(self._grab(keys))

    def release(self) -> None:
        """Give the key back."""
        if self._keys is not None:
            self._keys = None
            self._relayout.stop()
            self._thaw()
            self._ungrab()
            self._application.focusWindowChanged.disconnect(self._focus_changed)
            self._application.removeNativeEventFilter(self)

    def _grab(self, keys: KeyCombination) -> ShortcutState:
        codes = self._xcb.keycodes(keysym_of(keys.key))
        words = keys.words("linux")
        if not codes:
            return ShortcutState(
                ShortcutStatus.FAILED,
                problem=f"This keyboard has no key for {words}.",
                remedy="Choose another key.",
            )
        locks = self._xcb.modifiers_of(*_LOCK_KEYS) & ~_CORE
        self._ignored = LOCK | (locks or MOD2)
        held = self._mask(keys)
        self._grabs = tuple((code, held) for code in codes)
        for code in codes:
            for with_locks in _subsets(self._ignored):
                if error := self._xcb.grab(code, held | with_locks):
                    self._ungrab()
                    return _refusal(error, words)
        return ShortcutState(ShortcutStatus.ACTIVE, words)

    def _ungrab(self) -> None:
        for code, held in self._grabs:
            for with_locks in _subsets(self._ignored):
                self._xcb.ungrab(code, held | with_locks)
        self._grabs = ()

    def _mask(self, keys: KeyCombination) -> int:
        masks = {
            Modifier.SHIFT: SHIFT,
            Modifier.CTRL: CONTROL,
            Modifier.ALT: self._xcb.modifiers_of(*_ALT_KEYS) & _CORE or MOD1,
            Modifier.SUPER: self._xcb.modifiers_of(*_SUPER_KEYS) & _CORE or MOD4,
        }
        mask = 0
        for modifier in keys.modifiers:
            mask |= masks[modifier]
        return mask

    def _keyboard_changed(self) -> None:
        """Grab anew: the key may sit elsewhere in the layout that is in use now."""
        if self._keys is not None:
            self._ungrab()
            self._xcb.read_keyboard()
            self._changed(self._grab(self._keys))

    def _take(self, event: KeyEvent) -> None:
        is_new = self._presses.is_new(event)
        if event.is_press:
            self._frozen.start()
        if is_new:
            self._pressed("")
            focused = cast("QWindow | None", self._application.focusWindow())
            self._is_leaving = focused is not None and not focused.isVisible()
        else:
            self._thaw()

    def _focus_changed(self, window: QWindow | None) -> None:
        """Let go once the window that the key hid has lost the focus."""
        if window is None and self._is_leaving:
            self._thaw()

    def _thaw(self) -> None:
        if self._frozen.isActive():
            self._frozen.stop()
            self._xcb.thaw()

    def _timer(self, pace: int, act: Callable[[], None]) -> QTimer:
        timer = QTimer(self)
        timer.setSingleShot(True)
        timer.setInterval(pace)
        timer.timeout.connect(act)
        return timer

    def nativeEventFilter(
        self, kind: QByteArray | bytes | bytearray | memoryview, message: int
    ) -> object:
        """Look at what the server says; Qt goes on with it and keeps its own clock by it."""
        if kind == b"xcb_generic_event_t":
            raw = ctypes.string_at(int(message), _EVENT_SIZE)
            event = key_event(raw)
            if event is not None and self._is_ours(event):
                self._take(event)
            elif focus_arrives(raw):
                # Qt may say so before it is true, and says 100 ms late that a window has lost it;
                # by then the key may have been pressed again.
                self._thaw()
            elif event is None and self._is_new_layout(raw):
                self._relayout.start()
        return False, 0

    def _is_ours(self, event: KeyEvent) -> bool:
        """Whether it is a grabbed key; one is released with other modifiers than it was pressed."""
        held = event.state & _MODIFIER_BITS & ~self._ignored
        return any(
            event.keycode == code and (not event.is_press or held == mask)
            for code, mask in self._grabs
        )

    def _is_new_layout(self, raw: bytes) -> bool:
        """Whether the event says so: in the core protocol, or as XKEYBOARD's first two kinds."""
        kind = raw[0] & 0x7F
        return kind == MAPPING_NOTIFY or (kind == self._keyboard_event and raw[1] in (0, 1))


def _subsets(mask: int) -> list[int]:
    """Return every combination of the bits of `mask`."""
    bits = [1 << index for index in range(8) if mask & 1 << index]
    return [sum(chosen) for size in range(len(bits) + 1) for chosen in combinations(bits, size)]


def _refusal(error: int, words: str) -> ShortcutState:
    if error == ACCESS_ERROR:
        return ShortcutState(
            ShortcutStatus.TAKEN,
            problem=f"Another program has taken {words}.",
            remedy="Choose another key, or free this one in the other program and try again.",
        )
    return ShortcutState(
        ShortcutStatus.FAILED,
        problem=f"The X server refused {words} (error {error}).",
        remedy="Choose another key.",
    )
