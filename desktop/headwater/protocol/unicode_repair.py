"""Text that can be saved, sent and drawn: halves of characters are joined or replaced.

JSON may carry half of a UTF-16 surrogate pair; gateways written in JavaScript even cut an emoji
over two pieces. A lone half raises UnicodeEncodeError wherever text leaves the program; NUL ends
strings in SQLite's and Qt's C interfaces.
"""

from __future__ import annotations

_REPLACEMENT = "\ufffd"


def repaired(text: str) -> str:
    """Return `text` with surrogate pairs joined and lone halves and NUL as U+FFFD."""
    if "\0" in text:
        text = text.replace("\0", _REPLACEMENT)
    if text.isascii():
        return text
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text


class TextJoiner:
    """Repairs a text that comes in pieces; keeps half a character until the next piece."""

    def __init__(self) -> None:
        self._half = ""

    def feed(self, piece: str) -> str:
        """Return `piece`, repaired, without a half character at its end; may be empty."""
        if self._half:
            piece, self._half = self._half + piece, ""
        if piece and "\ud800" <= piece[-1] <= "\udbff":
            piece, self._half = piece[:-1], piece[-1]
        return repaired(piece)

    def finish(self) -> str:
        """Return what is left: nothing, or U+FFFD for the half that stayed alone."""
        half, self._half = self._half, ""
        return _REPLACEMENT if half else ""
