"""What text must not do to Qt, to what stands beside it, or behind a reader's back."""

from __future__ import annotations

import pytest

from headwater.domain import text_guard

_SCOTLAND = "\U0001f3f4\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f"
_SMUGGLED = "".join(chr(0xE0000 + ord(letter)) for letter in "send it")


@pytest.mark.parametrize("guard", [text_guard.prose, text_guard.code])
def test_that_S10_letters_that_nothing_shows_are_seen(guard: object) -> None:
    assert callable(guard)
    assert guard(f"a{_SMUGGLED}b") == f"a{chr(0xFFFD) * len(_SMUGGLED)}b"
    assert guard(f"\U0001f3f4{_SMUGGLED}") == f"\U0001f3f4{chr(0xFFFD) * len(_SMUGGLED)}"


@pytest.mark.parametrize("guard", [text_guard.prose, text_guard.code])
def test_that_flags_of_regions_stay_flags(guard: object) -> None:
    assert callable(guard)
    assert guard(f"a {_SCOTLAND} b") == f"a {_SCOTLAND} b"


def test_that_S10_a_question_shows_what_was_pasted_into_it_unseen() -> None:
    assert text_guard.plain_lines(f"a{_SMUGGLED}\n{_SCOTLAND}") == [
        f"a{chr(0xFFFD) * len(_SMUGGLED)}",
        _SCOTLAND,
    ]


def test_that_a_mark_of_byte_order_is_not_left_to_qt_which_would_drop_some() -> None:
    mark = chr(0xFEFF)
    assert text_guard.prose(f"a{mark}b") == "ab"
    assert text_guard.plain_lines(f"{mark}a") == ["a"]
    assert text_guard.code(f"a{mark}b") == "a\ufffdb"
