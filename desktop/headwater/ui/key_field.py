"""A field that takes a combination of keys by having it pressed."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QFocusEvent, QGuiApplication, QKeyEvent
from PySide6.QtWidgets import QPushButton, QWidget

from headwater.domain.shortcut import DIGITS, FUNCTION_KEYS, LETTERS, KeyCombination, Modifier

_WAITING = "Press the keys…"
_Key = Qt.Key
_PUNCTUATION = {
    _Key.Key_Comma: "Comma",
    _Key.Key_Period: "Period",
    _Key.Key_Slash: "Slash",
    _Key.Key_Semicolon: "Semicolon",
    _Key.Key_Apostrophe: "Apostrophe",
    _Key.Key_BracketLeft: "BracketLeft",
    _Key.Key_BracketRight: "BracketRight",
    _Key.Key_Backslash: "Backslash",
    _Key.Key_Minus: "Minus",
    _Key.Key_Equal: "Equal",
    _Key.Key_QuoteLeft: "Grave",
}
_NAMED = {
    _Key.Key_Space: "Space",
    _Key.Key_Tab: "Tab",
    _Key.Key_Backtab: "Tab",
    _Key.Key_Return: "Return",
    _Key.Key_Backspace: "Backspace",
    _Key.Key_Insert: "Insert",
    _Key.Key_Delete: "Delete",
    _Key.Key_Home: "Home",
    _Key.Key_End: "End",
    _Key.Key_PageUp: "PageUp",
    _Key.Key_PageDown: "PageDown",
    _Key.Key_Left: "Left",
    _Key.Key_Right: "Right",
    _Key.Key_Up: "Up",
    _Key.Key_Down: "Down",
    _Key.Key_Print: "Print",
    _Key.Key_SysReq: "Print",  # what Alt makes of it
    _Key.Key_Pause: "Pause",
    _Key.Key_ScrollLock: "ScrollLock",
}
_LETTER_KEYS = {_Key(_Key.Key_A.value + index): name for index, name in enumerate(LETTERS)}
_DIGIT_KEYS = {_Key(_Key.Key_0.value + index): name for index, name in enumerate(DIGITS)}
_FUNCTION = {_Key(_Key.Key_F1.value + index): name for index, name in enumerate(FUNCTION_KEYS)}
_TYPING = {**_LETTER_KEYS, **_DIGIT_KEYS, **_PUNCTUATION}
_HELD_KEYS = frozenset(
    (
        *(_Key.Key_Control, _Key.Key_Shift, _Key.Key_Alt, _Key.Key_Meta, _Key.Key_AltGr),
        *(_Key.Key_Super_L, _Key.Key_Super_R, _Key.Key_Hyper_L, _Key.Key_Hyper_R),
        *(_Key.Key_CapsLock, _Key.Key_NumLock),
    )
)
# What Shift makes of a key on a US keyboard, for a press without a native code.
_SHIFTED = dict(zip('!@#$%^&*()<>?:"{}|_+~', (*"1234567890", *_PUNCTUATION.values()), strict=True))


def _row(first: int, names: str) -> dict[int, str]:
    return {first + index: name for index, name in enumerate(names)}


# Codes of X11 and of Wayland (evdev and 8), by place.
_LINUX = {
    **_row(10, "1234567890"),
    **_row(24, "QWERTYUIOP"),
    **_row(38, "ASDFGHJKL"),
    **_row(52, "ZXCVBNM"),
    20: "Minus",
    21: "Equal",
    34: "BracketLeft",
    35: "BracketRight",
    47: "Semicolon",
    48: "Apostrophe",
    49: "Grave",
    51: "Backslash",
    59: "Comma",
    60: "Period",
    61: "Slash",
}
# Virtual keys of Windows; RegisterHotKey takes the same.
_WINDOWS = {
    **_row(0x30, "0123456789"),
    **_row(0x41, "".join(LETTERS)),
    0xBA: "Semicolon",
    0xBB: "Equal",
    0xBC: "Comma",
    0xBD: "Minus",
    0xBE: "Period",
    0xBF: "Slash",
    0xC0: "Grave",
    0xDB: "BracketLeft",
    0xDC: "Backslash",
    0xDD: "BracketRight",
    0xDE: "Apostrophe",
}
# Virtual keys of macOS (kVK_ANSI_...), by place, as RegisterEventHotKey takes them.
_MAC = {
    **_row(0, "ASDFHGZXCV"),
    **_row(11, "BQWERYT123465"),
    24: "Equal",
    25: "9",
    26: "7",
    27: "Minus",
    28: "8",
    29: "0",
    30: "BracketRight",
    31: "O",
    32: "U",
    33: "BracketLeft",
    34: "I",
    35: "P",
    37: "L",
    38: "J",
    39: "Apostrophe",
    40: "K",
    41: "Semicolon",
    42: "Backslash",
    43: "Comma",
    44: "Slash",
    45: "N",
    46: "M",
    47: "Period",
    50: "Grave",
}


def combination(event: QKeyEvent, platform: str) -> KeyCombination | None:
    """Return what is pressed, or None for a key that cannot be a shortcut."""
    key = _key_name(event, platform)
    return KeyCombination(_modifiers(event, platform), key) if key else None


def _modifiers(event: QKeyEvent, platform: str) -> frozenset[Modifier]:
    is_mac = platform == "darwin"  # where Qt calls Command `Control`
    names: Mapping[Qt.KeyboardModifier, Modifier] = {
        Qt.KeyboardModifier.ControlModifier: Modifier.SUPER if is_mac else Modifier.CTRL,
        Qt.KeyboardModifier.MetaModifier: Modifier.CTRL if is_mac else Modifier.SUPER,
        Qt.KeyboardModifier.AltModifier: Modifier.ALT,
        Qt.KeyboardModifier.ShiftModifier: Modifier.SHIFT,
    }
    return frozenset(name for flag, name in names.items() if event.modifiers() & flag)


def _key_name(event: QKeyEvent, platform: str) -> str:
    """Return the name of the key itself, whatever Shift or Alt make of it."""
    key = _Key(event.key())
    if key in _NAMED or key in _FUNCTION:
        return _NAMED.get(key) or _FUNCTION[key]
    if event.modifiers() & Qt.KeyboardModifier.KeypadModifier:
        return ""
    if platform == "win32":
        native = _WINDOWS.get(event.nativeVirtualKey(), "")
    elif platform == "darwin":
        # 0 is the key A; a press that nobody made on a keyboard has no native modifiers either.
        is_real = event.nativeVirtualKey() or event.nativeModifiers()
        native = _MAC.get(event.nativeVirtualKey(), "") if is_real else ""
    else:
        native = _LINUX.get(event.nativeScanCode(), "")
        # The letters are where the layout has them, and so is what needs no Shift.
        is_shifted = event.modifiers() & Qt.KeyboardModifier.ShiftModifier
        if key in _LETTER_KEYS or not is_shifted or not native:
            native = _TYPING.get(key, native)
    if native or key in _TYPING:
        return native or _TYPING[key]
    return _SHIFTED.get(chr(key.value), "") if key.value < 0x80 else ""


class KeyField(QPushButton):
    """Click it or press Space on it, then press the keys; Esc leaves all as it was."""

    begun = Signal()
    chosen = Signal(object)  # KeyCombination
    default_chosen = Signal()
    unusable_pressed = Signal()
    left = Signal()

    def __init__(self, platform: str, parent: QWidget | None = None) -> None:
        """Take `sys.platform`."""
        super().__init__(parent)
        self.setObjectName("keyField")
        self.setAutoDefault(False)
        self.setCheckable(True)  # pressed in for as long as it waits
        self._platform = platform
        self._words = ""
        self.clicked.connect(self._toggle)
        self._show()

    @property
    def is_waiting(self) -> bool:
        """Whether the next keys are taken."""
        return self.isChecked()

    def show_keys(self, words: str) -> None:
        """Show the combination in use."""
        self._words = words
        self._show()

    def begin(self) -> None:
        """Take the next keys."""
        self.setChecked(True)
        self.setFocus(Qt.FocusReason.OtherFocusReason)
        if QGuiApplication.platformName() == "xcb":
            # Else the window manager takes the keys that it owns, and nobody could say so.
            self.grabKeyboard()
        self._show()
        self.begun.emit()

    def leave(self) -> None:
        """Wait no more; what was there stays."""
        if self.is_waiting:
            self._end()
            self.left.emit()

    def _toggle(self) -> None:
        # A click has checked it already, or unchecked it.
        if self.isChecked():
            self.begin()
        else:
            self.setChecked(True)
            self.leave()

    def _end(self) -> None:
        self.setChecked(False)
        if QWidget.keyboardGrabber() is self:
            self.releaseKeyboard()
        self._show()

    def _show(self, held: str = "") -> None:
        words = (held or _WAITING) if self.is_waiting else self._words
        self.setText(words)
        self.setAccessibleName(words if self.is_waiting else f"Shortcut: {words}")

    def _take(self, event: QKeyEvent) -> None:
        key = _Key(event.key())
        if event.isAutoRepeat():
            return
        if key == _Key.Key_Escape:
            self.leave()
        elif key in _HELD_KEYS:
            self._show_held(event)
        elif not _modifiers(event, self._platform) and key in (
            _Key.Key_Backspace,
            _Key.Key_Delete,
        ):
            self._end()
            self.default_chosen.emit()
        elif keys := combination(event, self._platform):
            self._end()
            self.chosen.emit(keys)
        else:
            self.unusable_pressed.emit()

    def _show_held(self, event: QKeyEvent) -> None:
        """Show what is held so far: what the press says, whether it counts itself in or not."""
        held = set(_modifiers(event, self._platform))
        is_mac = self._platform == "darwin"
        own = {
            _Key.Key_Control: Modifier.SUPER if is_mac else Modifier.CTRL,
            _Key.Key_Meta: Modifier.CTRL if is_mac else Modifier.SUPER,
            _Key.Key_Super_L: Modifier.SUPER,
            _Key.Key_Super_R: Modifier.SUPER,
            _Key.Key_Alt: Modifier.ALT,
            _Key.Key_Shift: Modifier.SHIFT,
        }.get(_Key(event.key()))
        if own and event.type() == QEvent.Type.KeyRelease:
            held.discard(own)
        elif own:
            held.add(own)
        words = KeyCombination(frozenset(held), "…").words(self._platform)
        self._show(words if held else "")

    def event(self, event: QEvent) -> bool:
        if self.is_waiting and isinstance(event, QKeyEvent):
            if event.type() == QEvent.Type.KeyPress:
                self._take(event)
            elif event.type() == QEvent.Type.KeyRelease and event.key() in _HELD_KEYS:
                self._show_held(event)
            event.accept()  # also what asks whether this is a key of the window's
            return True
        return super().event(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.leave()
