from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headwater.domain.shortcut import (
    KEYS,
    BadShortcutError,
    KeyCombination,
    Modifier,
    ShortcutState,
    ShortcutStatus,
    default_shortcut,
)

PLATFORMS = ("linux", "win32", "darwin")


@given(st.frozensets(st.sampled_from(list(Modifier))), st.sampled_from(sorted(KEYS)))
def test_that_every_combination_is_read_back_as_it_was_written(
    modifiers: frozenset[Modifier], key: str
) -> None:
    keys = KeyCombination(modifiers, key)
    assert KeyCombination.parse(keys.text) == keys
    assert KeyCombination.parse(keys.text.lower()) == keys


def test_that_other_names_for_modifiers_are_understood() -> None:
    assert KeyCombination.parse("control + option+ cmd+k").text == "Ctrl+Alt+Super+K"


@pytest.mark.parametrize("text", ["", "Ctrl+", "Ctrl", "Hyper+K", "Ctrl+Alt+Nothing", "+"])
def test_that_what_names_no_key_is_refused_with_a_reason(text: str) -> None:
    with pytest.raises(BadShortcutError, match=r"key"):
        KeyCombination.parse(text)


@pytest.mark.parametrize("platform", PLATFORMS)
def test_that_the_key_to_begin_with_belongs_to_nobody(platform: str) -> None:
    assert default_shortcut(platform).problem(platform) == ""


@pytest.mark.parametrize(
    ("platform", "text", "word"),
    [
        ("linux", "Alt+Space", "window menu"),
        ("win32", "Alt+Space", "window menu"),
        ("darwin", "Super+Space", "Spotlight"),
        ("linux", "Ctrl+Space", "input method"),
        ("linux", "Ctrl+Alt+F3", "console"),
        ("win32", "Super+K", "Windows key"),
        ("win32", "F12", "debuggers"),
        ("linux", "K", "typing"),
        ("linux", "Shift+Space", "typing"),
        ("linux", "Ctrl+C", "every program"),
        ("darwin", "Super+C", "every program"),
    ],
)
def test_that_a_key_that_somebody_else_needs_is_refused(
    platform: str, text: str, word: str
) -> None:
    assert word in KeyCombination.parse(text).problem(platform)


@pytest.mark.parametrize("text", ["F9", "Ctrl+Alt+K", "Super+Grave", "Ctrl+Shift+Space", "Pause"])
def test_that_other_keys_may_be_chosen(text: str) -> None:
    assert KeyCombination.parse(text).problem("linux") == ""


def test_that_each_keyboard_is_spoken_of_in_its_own_words() -> None:
    keys = KeyCombination.parse("Ctrl+Super+K")
    assert [keys.words(platform) for platform in PLATFORMS] == ["Ctrl+Super+K", "Ctrl+Win+K", "⌃⌘K"]


def test_that_nothing_counts_as_active_but_what_the_system_confirmed() -> None:
    active = [s for s in ShortcutStatus if ShortcutState(s).is_active]
    assert active == [ShortcutStatus.ACTIVE]
