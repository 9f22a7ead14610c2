"""A code block as it came: what is coloured, and what Copy copies to the last character.

Copy gives every character between the fences but one: the line ending before the closing fence,
with which CommonMark would end the code (0.31, 4.5). Pasted into a terminal it would run the last
line before anybody has read it; in a file nothing is lost by it. Blank lines at the end of the code
are the code's own and stay. What begins an indented line, a quote or an item is none of the code.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)
class CodeText:
    """The lines of a code block with their line endings."""

    language: str
    lines: list[str] = field(default_factory=list)
    first: int = 0  # where its first line begins, relative to the answer's start
    measured: int = 0  # of how many lines `width` is the widest, in pixels
    width: float = 0.0

    @property
    def text(self) -> str:
        """The code without the line ending that belongs to the closing fence."""
        return self.text_with("")

    def text_with(self, tail: str) -> str:
        """Return the code with what has come of a further line."""
        text = "".join(self.lines) + tail
        for ending in ("\r\n", "\n", "\r"):
            if text.endswith(ending):
                return text.removesuffix(ending)
        return text
