"""In which direction a text is read."""

from __future__ import annotations

import re
import unicodedata

# What stands between one of the first two and the last is read as a text of its own (UAX 9).
FROM_LEFT, FROM_RIGHT, BACK = ISOLATES = "\u2066\u2067\u2069"
# The blocks of Unicode that hold such letters, and the mark that turns text around.
_FROM_RIGHT = re.compile(
    "[\u0590-\u08ff\u200f\ufb1d-\ufdff\ufe70-\ufeff\U00010800-\U00010fff\U0001e800-\U0001efff]"
)


def is_right_to_left(text: str, *, otherwise: bool = False) -> bool:
    """Whether the first letter that has a direction is one of Hebrew, Arabic and the like.

    That is rule P2 of UAX 9; text without such a letter is read as `otherwise` says.
    """
    found = map(unicodedata.bidirectional, text)
    first = next((kind for kind in found if kind in ("L", "R", "AL")), "")
    return first in ("R", "AL") if first else otherwise


def has_right_to_left(text: str) -> bool:
    """Whether there may be such a letter anywhere in it."""
    return not text.isascii() and _FROM_RIGHT.search(text) is not None
