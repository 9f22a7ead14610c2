"""Where each desktop keeps the keys that start a command."""

from __future__ import annotations

from headwater.domain.shortcut import LETTERS, KeyCombination, Modifier

_MENUS = {
    "GNOME": "In GNOME: Settings › Keyboard › Custom Shortcuts.",
    "UNITY": "Settings › Keyboard › Custom Shortcuts.",
    "BUDGIE": "In Budgie: Settings › Keyboard › Custom Shortcuts.",
    "KDE": "In KDE Plasma: System Settings › Shortcuts › Add New › Command.",
    "XFCE": "In Xfce: Settings › Keyboard › Application Shortcuts.",
    "X-CINNAMON": "In Cinnamon: System Settings › Keyboard › Shortcuts.",
    "MATE": "In MATE: Control Centre › Keyboard Shortcuts.",
    "LXQT": "In LXQt: Configuration Centre › Shortcut Keys.",
    "PANTHEON": "In elementary OS: System Settings › Keyboard › Shortcuts › Custom.",
    "COSMIC": "In COSMIC: Settings › Input Devices › Keyboard › Shortcuts.",
}
_ANY = "Your desktop’s keyboard settings can start it by a key."
_SWAY = {
    Modifier.CTRL: "Ctrl",
    Modifier.ALT: "Mod1",
    Modifier.SHIFT: "Shift",
    Modifier.SUPER: "Mod4",
}
_KEYSYMS = {  # as libxkbcommon names them, where that is not the lower-case word
    **{name: name for name in ("Tab", "Return", "Insert", "Delete", "Home", "End")},
    **{name: name for name in ("Left", "Right", "Up", "Down", "Print", "Pause")},
    "Backspace": "BackSpace",
    "PageUp": "Page_Up",
    "PageDown": "Page_Down",
    "ScrollLock": "Scroll_Lock",
}


def desktop_hint(desktop: str, command: str, keys: KeyCombination) -> str:
    """Return where to bind `command` to `keys`, for a desktop as XDG_CURRENT_DESKTOP names it."""
    for name in desktop.upper().split(":"):
        if name in _MENUS:
            return _MENUS[name]
        held = [modifier for modifier in Modifier if modifier in keys.modifiers]
        if name in ("SWAY", "I3"):
            pressed = "+".join((*(_SWAY[modifier] for modifier in held), _keysym(keys.key)))
            return f"For the configuration: bindsym {pressed} exec {command}"
        if name == "HYPRLAND":
            pressed = " ".join(modifier.value.upper() for modifier in held)
            return f"For the configuration: bind = {pressed}, {_keysym(keys.key)}, exec, {command}"
    return _ANY


def _keysym(key: str) -> str:
    if key in _KEYSYMS:
        return _KEYSYMS[key]
    return key if key.startswith("F") and key not in LETTERS else key.lower()
