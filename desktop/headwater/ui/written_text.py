"""What of a growing text is written, and whether a later text begins with it."""

from __future__ import annotations

from bisect import bisect_left

_LAST_PART = 4096  # characters
_NOW_AND_THEN = 16  # comparisons


class WrittenText:
    """A text that is written piece by piece.

    An answer grows at its end, and reading a megabyte of it in every frame is felt. So most times
    only the last part of what is written is compared; now and then, and in the end, all of it.
    """

    def __init__(self) -> None:
        self.length = 0
        self._source = ""  # begins with what was written when all of it was compared
        self._known = 0  # characters, which that was
        self._pieces: list[str] = []  # what was written since then
        self._compared = ""
        self._is_same = self._is_whole = True  # what came of it, and whether it was all
        self._comparisons = 0

    def begin(self, text: str, end: int) -> None:
        """Take note that `text` up to `end` is written, and nothing else."""
        self.length = end
        self._note_whole(text)

    def go_on(self, text: str, end: int) -> str:
        """Return what of `text`, which begins with what is written, is to come up to `end`."""
        piece = text[self.length : end]
        self._pieces.append(piece)
        self.length = end
        return piece

    def is_beginning_of(self, text: str, *, is_final: bool = False) -> bool:
        """Whether `text` begins with what is written; without `is_final` as far as was looked."""
        if self._compared is text and (self._is_whole or not is_final):
            return self._is_same
        self._comparisons += 1
        is_whole = is_final or self._comparisons % _NOW_AND_THEN == 0
        begin = 0 if is_whole else max(0, self._known - _LAST_PART)
        is_same = text.startswith(self._source[begin : self._known], begin)
        is_same = is_same and text.startswith("".join(self._pieces), self._known)
        if is_same and not begin:
            self._note_whole(text)
        else:
            self._compared, self._is_same, self._is_whole = text, is_same, not begin
        return is_same

    def changes_to(self, text: str) -> int:
        """Return how many characters of `text` stand behind what it has in common with this."""
        written = self._source[: self._known] + "".join(self._pieces)
        same = bisect_left(
            range(len(written)), True, key=lambda n: not text.startswith(written[: n + 1])
        )
        return len(text) - same

    def _note_whole(self, text: str) -> None:
        self._source, self._known, self._pieces = text, self.length, []
        self._compared, self._is_same, self._is_whole = text, True, True
