"""Where an overlong paragraph or line is cut, so that no part of an answer grows without end."""

from __future__ import annotations

import re

PIECE = 2048  # characters; what is longer is handed out in pieces
LONGEST_PIECE = 3 * PIECE

_SENTENCE_END = re.compile(r"[.!?。！？][\"'”’)\]]{0,4}(?:[ \t]+|(?<=[。！？]))(?=[^ \t\r\n])")


def cut_of(line: str) -> int | None:
    """Return where to cut an overlong line: after a sentence, else where the length ends.

    The answer depends on what precedes the cut and one character after it, never on how much more
    of the line is known; None means that it cannot be told yet, or that there is no need.
    """
    if len(line) <= PIECE:
        return None
    for end in _SENTENCE_END.finditer(line, PIECE - 8, LONGEST_PIECE):
        if end.end() >= PIECE and is_balanced(line[: end.end()]):
            return end.end()
    if len(line) <= LONGEST_PIECE:
        return None
    space = line.rfind(" ", PIECE, LONGEST_PIECE)
    return space + 1 if space >= 0 else LONGEST_PIECE


def is_balanced(text: str) -> bool:
    """Whether a cut after `text` is unlikely to tear bold text, code or a link apart."""
    return (
        text.count("`") % 2 == 0
        and text.count("**") % 2 == 0
        and text.count("[") == text.count("]")
    )
