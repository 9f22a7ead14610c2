"""The key that opens the quick ask from anywhere: what it may be, and what it really is now."""

from __future__ import annotations

import string
from dataclasses import dataclass
from enum import StrEnum


class Modifier(StrEnum):
    """A key that is held; Super is the Windows key, and Command on a Mac."""

    CTRL = "Ctrl"
    ALT = "Alt"
    SHIFT = "Shift"
    SUPER = "Super"


LETTERS = tuple(string.ascii_uppercase)
DIGITS = tuple(string.digits)
FUNCTION_KEYS = tuple(f"F{number}" for number in range(1, 25))
NAMED_KEYS = (
    *("Space", "Tab", "Return", "Backspace", "Insert", "Delete", "Home", "End", "PageUp"),
    *("PageDown", "Left", "Right", "Up", "Down", "Print", "Pause", "ScrollLock"),
    *("Comma", "Period", "Slash", "Semicolon", "Apostrophe", "BracketLeft", "BracketRight"),
    *("Backslash", "Minus", "Equal", "Grave"),
)
KEYS = frozenset((*LETTERS, *DIGITS, *FUNCTION_KEYS, *NAMED_KEYS))
_ALONE = frozenset((*FUNCTION_KEYS, "Pause", "ScrollLock", "Print"))
_OTHER_NAMES = {"CONTROL": "CTRL", "META": "SUPER", "WIN": "SUPER", "CMD": "SUPER", "OPTION": "ALT"}
_MAC_SIGNS = {
    Modifier.CTRL: "⌃",
    Modifier.ALT: "⌥",
    Modifier.SHIFT: "⇧",
    Modifier.SUPER: "⌘",
}


class BadShortcutError(ValueError):
    """A text that names no usable combination of keys; the message says why."""


@dataclass(frozen=True, slots=True)
class KeyCombination:
    """Modifiers and one key of `KEYS`, by where it stands on a US keyboard."""

    modifiers: frozenset[Modifier]
    key: str

    @classmethod
    def parse(cls, text: str) -> KeyCombination:
        """Return what `text`, such as `Ctrl+Alt+Space`, names; case does not matter.

        Raises:
            BadShortcutError: it names no combination.
        """
        modifiers = {modifier.value.upper(): modifier for modifier in Modifier}
        keys = {key.upper(): key for key in KEYS}
        held: set[Modifier] = set()
        *first, last = text.upper().replace(" ", "").split("+")
        for name in first:
            modifier = modifiers.get(_OTHER_NAMES.get(name, name))
            if modifier is None:
                raise BadShortcutError(f"“{name.title()}” is no key to hold.")
            held.add(modifier)
        if last not in keys:
            raise BadShortcutError("Hold Ctrl, Alt or Super and press another key.")
        return cls(frozenset(held), keys[last])

    @property
    def text(self) -> str:
        """The combination as it is kept and as `parse` reads it."""
        held = [modifier.value for modifier in Modifier if modifier in self.modifiers]
        return "+".join((*held, self.key))

    def words(self, platform: str) -> str:
        """Return the combination as keyboards of `platform` (`sys.platform`) are labelled."""
        if platform == "darwin":
            signs = (sign for modifier, sign in _MAC_SIGNS.items() if modifier in self.modifiers)
            return "".join((*signs, self.key))
        return self.text.replace("Super", "Win") if platform == "win32" else self.text

    def problem(self, platform: str) -> str:
        """Return why this must not be taken away from everybody else, or an empty string."""
        only_shift = not self.modifiers - {Modifier.SHIFT}
        if only_shift and self.key not in _ALONE:
            return "Hold Ctrl, Alt or Super as well: other programs need this key for typing."
        if owner := _owned(platform).get(self.text):
            return f"{self.words(platform)} {owner}."
        if platform == "win32" and Modifier.SUPER in self.modifiers:
            return "Windows keeps combinations with the Windows key for itself."
        if self.modifiers == {Modifier.CTRL} and self.key in _EDITING:
            return f"{self.words(platform)} is needed in nearly every program."
        if platform == "darwin" and self.modifiers == {Modifier.SUPER} and self.key in LETTERS:
            return f"{self.words(platform)} is needed in nearly every program."
        return ""


_EDITING = frozenset("ACVXZYSFNOPWTQ")
_EVERYWHERE: dict[str, str] = {"Alt+Tab": "switches windows", "Alt+F4": "closes windows"}
_LINUX = {
    **_EVERYWHERE,
    "Alt+Space": "opens the window menu",
    "Ctrl+Space": "switches the input method",
    "Super+Space": "switches the input method",
    "Super+L": "locks the screen",
    "Super+D": "shows the desktop",
    "Super+Tab": "switches windows",
    "Ctrl+Alt+Delete": "belongs to the system",
    "Ctrl+Alt+Backspace": "may end the session",
    **{f"Ctrl+Alt+F{number}": "switches to a text console" for number in range(1, 13)},
    "Alt+F1": "opens the menu of the desktop",
    "Alt+F2": "runs a command",
    "Print": "takes a screenshot",
    "Alt+Print": "takes a screenshot",
}
_WINDOWS = {
    **_EVERYWHERE,
    "Alt+Space": "opens the window menu",
    "Ctrl+Space": "switches the input method",
    "Ctrl+Shift+Space": "switches the input method",
    "Ctrl+Alt+Delete": "belongs to the system",
    "F12": "is reserved for debuggers",
    "Print": "takes a screenshot",
    "Alt+Print": "takes a screenshot",
}
_MAC = {
    "Super+Space": "opens Spotlight",
    "Alt+Super+Space": "opens a Finder search",
    "Ctrl+Space": "switches the input source",
    "Ctrl+Alt+Space": "switches the input source",
    "Ctrl+Super+Space": "opens the emoji picker",
    "Super+Tab": "switches programs",
    "Super+Grave": "switches windows",
    "Shift+Super+3": "takes a screenshot",
    "Shift+Super+4": "takes a screenshot",
    "Shift+Super+5": "takes a screenshot",
    "Ctrl+Up": "opens Mission Control",
    "Ctrl+Down": "shows the windows of a program",
    "Ctrl+Left": "switches spaces",
    "Ctrl+Right": "switches spaces",
}


def _owned(platform: str) -> dict[str, str]:
    """Return what each combination that the system of `platform` owns does there."""
    return {"win32": _WINDOWS, "darwin": _MAC}.get(platform, _LINUX)


def default_shortcut(platform: str) -> KeyCombination:
    """Return the combination to begin with; the system owns none of these."""
    return KeyCombination.parse("Super+Shift+Space" if platform == "darwin" else "Ctrl+Alt+Space")


class ShortcutStatus(StrEnum):
    """How far it came with the system."""

    OFF = "off"
    ASKING = "asking"
    ACTIVE = "active"
    TAKEN = "taken"
    DENIED = "denied"
    UNAVAILABLE = "unavailable"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class ShortcutState:
    """What the shortcut really is: never active before the system has said so.

    `keys` is the combination in the system's own words, empty where it names none; `problem` one
    plain sentence on what stands in the way, `remedy` one on what to do about it.
    """

    status: ShortcutStatus = ShortcutStatus.OFF
    keys: str = ""
    problem: str = ""
    remedy: str = ""

    @property
    def is_active(self) -> bool:
        """Whether a press reaches us."""
        return self.status == ShortcutStatus.ACTIVE
