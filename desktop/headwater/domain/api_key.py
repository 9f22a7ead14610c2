"""A provider's key: checked on entry, masked wherever it could be printed."""

from __future__ import annotations

_LONGEST = 1200  # Windows' credential store takes 1,280 characters


class UnusableKeyError(ValueError):
    """The text cannot be a key; the message says why and never contains the text."""


class ApiKey:
    """A secret that does not show itself in `repr`, `str`, exceptions or logs."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        """Take `text` with surrounding white space removed.

        Raises:
            UnusableKeyError: empty, too long, or with characters that no header may carry.
        """
        text = text.strip()
        if not text:
            raise UnusableKeyError("The key is empty.")
        if len(text) > _LONGEST:
            raise UnusableKeyError("This is too long to be a key.")
        if not all("!" <= c <= "~" for c in text):
            raise UnusableKeyError("A key has no spaces, line breaks or special characters.")
        self._text = text

    def reveal(self) -> str:
        """Return the secret, for the one header or keyring call that needs it."""
        return self._text

    def masked_in(self, text: str) -> str:
        """Return `text` without the key, for anything a server sent back."""
        return text.replace(self._text, "•••") if self._text in text else text

    @property
    def hint(self) -> str:
        """The last four characters, to tell keys apart; nothing of a short key."""
        return f"•••{self._text[-4:]}" if len(self._text) >= 16 else "•••"

    def __repr__(self) -> str:
        return "ApiKey(•••)"

    __str__ = __repr__

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ApiKey) and other._text == self._text

    def __hash__(self) -> int:
        return hash(self._text)

    def __reduce__(self) -> str:
        raise TypeError("a key is never serialized")
