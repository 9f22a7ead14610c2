"""In which direction a text is read."""

from __future__ import annotations

import unicodedata


def is_right_to_left(text: str, *, otherwise: bool = False) -> bool:
    """Whether the first letter that has a direction is one of Hebrew, Arabic and the like.

    That is rule P2 of UAX 9; text without such a letter is read as `otherwise` says.
    """
    found = map(unicodedata.bidirectional, text)
    first = next((kind for kind in found if kind in ("L", "R", "AL")), "")
    return first in ("R", "AL") if first else otherwise
