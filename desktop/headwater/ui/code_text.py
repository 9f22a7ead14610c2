"""A code block as it came: what is coloured, and what Copy copies to the last character."""

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
        text = "".join(self.lines)
        for ending in ("\r\n", "\n", "\r"):
            if text.endswith(ending):
                return text.removesuffix(ending)
        return text
