"""The first letter that has a direction says how a text is read."""

from __future__ import annotations

import pytest

from headwater.domain.text_direction import is_right_to_left


@pytest.mark.parametrize(
    ("text", "is_so"),
    [
        ("שלום hello", True),
        ("مرحبا", True),
        ("1. • (مرحبا)", True),
        ("hello שלום", False),
        ("量子", False),
        ("", False),
        ("12 – 34", False),
    ],
)
def test_that_the_first_letter_decides(text: str, is_so: bool) -> None:
    assert is_right_to_left(text) is is_so


def test_that_text_without_letters_goes_the_way_it_is_told() -> None:
    assert is_right_to_left("4", otherwise=True)
    assert not is_right_to_left("a 4", otherwise=True)
