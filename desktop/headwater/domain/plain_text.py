"""Text that is not ours, made harmless for one line or a paragraph, whoever shows it."""

from __future__ import annotations

import unicodedata

_SHAPING = "\u00ad\u200c\u200d"
_BIDI = dict.fromkeys(
    map(ord, "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f")
)


def one_line(text: str, longest: int = 300) -> str:
    """Return `text` as one bounded line without control or direction characters.

    For labels, list rows, titles and tooltips: nothing in it can break a layout, reorder the
    words beside it, or be taken for markup by a widget that is set to plain text.
    """
    text = text[: longest * 4].translate(_BIDI)
    if not text.isprintable():  # which is the most common case and fifty times as fast to tell
        text = "".join(c if _is_printable(c) else " " for c in text)
    line = " ".join(text.split())
    return line if len(line) <= longest else line[: longest - 1].rstrip() + "…"


def paragraph(text: str, longest: int = 4000) -> str:
    """Return `text` with its line breaks, otherwise as harmless as `one_line` makes it."""
    lines = text[: longest * 2].translate(_BIDI).splitlines()
    clean = "\n".join(one_line(line, longest) for line in lines)
    return clean if len(clean) <= longest else clean[: longest - 1].rstrip() + "…"


def _is_printable(character: str) -> bool:
    """Return whether it can be seen; of what cannot, joiners and the soft hyphen shape words."""
    kind = unicodedata.category(character)
    return kind not in ("Cc", "Cs", "Co", "Cn", "Cf") or character in _SHAPING
