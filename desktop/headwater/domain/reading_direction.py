"""Which way a text is read: by its first letter that has a direction (UAX 9, P2 and P3)."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from itertools import chain

_STRONG = frozenset(("L", "R", "AL"))


def is_right_to_left(pieces: Iterable[str]) -> bool:
    """Whether a paragraph that consists of `pieces` begins at the right; a text is its letters."""
    letters = chain.from_iterable(pieces)
    return next((b for b in map(unicodedata.bidirectional, letters) if b in _STRONG), "L") != "L"
