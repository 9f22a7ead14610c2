"""Each desktop has its own place for a key that starts a command."""

from __future__ import annotations

import pytest

from headwater.domain.shortcut import KEYS, KeyCombination
from headwater.ui.desktop_hint import desktop_hint

_KEYS = KeyCombination.parse("Ctrl+Alt+Space")


@pytest.mark.parametrize(
    ("desktop", "begin"),
    [
        ("GNOME", "In GNOME: Settings › Keyboard › Custom Shortcuts"),
        ("ubuntu:GNOME", "In GNOME: "),
        ("KDE", "In KDE Plasma: System Settings › Shortcuts"),
        ("XFCE", "In Xfce: "),
        ("X-Cinnamon", "In Cinnamon: "),
        ("LXQt", "In LXQt: "),
        ("", "Your desktop’s keyboard settings "),
        ("Something:Else", "Your desktop’s keyboard settings "),
        ("sway", "For the configuration: bindsym Ctrl+Mod1+space exec headwater --quick-ask"),
        ("Hyprland", "For the configuration: bind = CTRL ALT, space, exec, headwater --quick-ask"),
    ],
)
def test_that_the_place_is_named_in_the_desktops_own_words(desktop: str, begin: str) -> None:
    assert desktop_hint(desktop, "headwater --quick-ask", _KEYS).startswith(begin)


@pytest.mark.parametrize(
    ("keys", "written"),
    [
        ("Super+K", "Mod4+k"),
        ("Ctrl+Shift+F", "Ctrl+Shift+f"),
        ("F12", "F12"),
        ("Ctrl+PageUp", "Ctrl+Page_Up"),
        ("Alt+Return", "Mod1+Return"),
        ("Ctrl+BracketLeft", "Ctrl+bracketleft"),
        ("Ctrl+1", "Ctrl+1"),
    ],
)
def test_that_a_key_is_written_as_xkb_names_it(keys: str, written: str) -> None:
    hint = desktop_hint("sway", "h", KeyCombination.parse(keys))
    assert hint == f"For the configuration: bindsym {written} exec h"


def test_that_each_key_has_a_name_of_its_own() -> None:
    hints = {desktop_hint("sway", "h", KeyCombination(frozenset(), key)) for key in KEYS}
    assert len(hints) == len(KEYS)
