"""Which way a text is read: by its first letter that has a direction (UAX 9, P2 and P3)."""

from __future__ import annotations

import unicodedata

_STRONG = frozenset(("L", "R", "AL"))


def is_right_to_left(text: str) -> bool:
    """Whether a paragraph of `text` begins at the right."""
    if text.isascii():
        return False
    return next((b for b in map(unicodedata.bidirectional, text) if b in _STRONG), "L") != "L"
