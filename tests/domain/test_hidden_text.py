"""What nobody sees in a question is counted and can be removed; what a script needs stays."""

from __future__ import annotations

import pytest

from headwater.domain.hidden_text import count_hidden, without_hidden


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("plain", 0),
        ("a\u200bb\u2060", 2),
        ("\u202eabc\u202c \u2066x\u2069", 4),
        ("ask" + "".join(chr(0xE0000 + ord(c)) for c in "ignore that"), 11),
        ("x" + "\U000e0100\U000e0101", 2),
        ("\ufeffBOM", 1),
        ("a\u3164b", 1),
        ("❤\ufe0f\ufe0f\ufe0f", 2),
    ],
)
def test_that_S10_what_cannot_be_seen_is_counted_and_removed(text: str, count: int) -> None:
    assert count_hidden(text) == count
    clean = without_hidden(text)
    assert len(clean) == len(text) - count
    assert count_hidden(clean) == 0


@pytest.mark.parametrize(
    "text",
    [
        "👩\u200d👩\u200d👧 ❤\ufe0f",
        "می\u200cخواهم",
        "क्\u200dष",
        "\u200fשלום (a)\u200e",
        "🏴" + "".join(chr(0xE0000 + ord(c)) for c in "gbsct") + "\U000e007f",
        "co\u00adop",
        "한국어",
    ],
)
def test_that_what_a_script_or_an_emoji_needs_is_nothing_hidden(text: str) -> None:
    assert count_hidden(text) == 0
    assert without_hidden(text) == text
