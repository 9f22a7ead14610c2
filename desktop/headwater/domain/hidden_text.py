"""Characters of a text that nobody sees and a model reads: they can carry words of their own."""

from __future__ import annotations

import re

# Flags of regions are written with tag characters; they stay.
_FLAG = "\U0001f3f4[\U000e0030-\U000e007a]{1,6}\U000e007f"
# Breaks, joiners without a script that needs them, turns of direction, fillers of Hangul, tags, and
# selectors of variants beyond the one that a character may have. What Persian, Hindi or an emoji
# is joined with is none of them, nor are the marks of direction that Hebrew and Arabic use.
_HIDDEN = re.compile(
    f"({_FLAG})|[\u200b\u2060-\u2064\u202a-\u202e\u2066-\u2069\u180e\ufeff\u115f\u1160\u3164\uffa0"
    "\U000e0000-\U000e007f\U000e0100-\U000e01ef]|(?<=[\ufe00-\ufe0f])[\ufe00-\ufe0f]"
)


def count_hidden(text: str) -> int:
    """Return how many characters of `text` cannot be seen and have no use."""
    if text.isascii():
        return 0
    return sum(found[1] is None for found in _HIDDEN.finditer(text))


def without_hidden(text: str) -> str:
    """Return `text` without them."""
    return _HIDDEN.sub(lambda found: found[1] or "", text)
