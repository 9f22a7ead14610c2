"""Where words stand in a text, as a reader looks for them: whatever the case, width or accent."""

from __future__ import annotations

import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from itertools import accumulate

_LONGEST = 1000  # characters of what is looked for
# Accents of Latin, Greek and Cyrillic, Hebrew points, Arabic vowel signs. Those of other scripts
# (the voiced か of Japanese, the vowels of Hindi) make another letter and always count.
_ACCENTS = ((0x0300, 0x036F), (0x0591, 0x05C7), (0x0610, 0x061A), (0x064B, 0x065F))
_AFTER_GAP = ("", *" .,;:!?)]…，。；：！？、")
_UNSEEN = "\u00ad\u200b\u2060\ufeff"
_AS_TYPED = str.maketrans(
    {
        **dict.fromkeys("\u2018\u2019\u201a\u201b\u2032", "'"),
        **dict.fromkeys("\u201c\u201d\u201e\u201f\u2033", '"'),
        **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2212", "-"),
        **dict.fromkeys("\t\n\r\u2028\u2029", " "),
        **dict.fromkeys(_UNSEEN, ""),
    }
)


class SearchWords:
    """What is looked for. With an accent in it, accents count; without one, they do not."""

    def __init__(self, text: str) -> None:
        """Take at most 1,000 characters of `text`."""
        text = text[:_LONGEST]
        exact = text.translate(_EXACT)
        loose = text.translate(_LOOSE)
        self._minds_accents = exact != loose
        self._table = _EXACT if self._minds_accents else _LOOSE
        self._words = exact if self._minds_accents else loose

    def __bool__(self) -> bool:
        """Whether there is anything to look for."""
        return bool(self._words)

    def places_in(self, text: str) -> list[tuple[int, int]]:
        """Return start and end of each place in `text`, in order, none within another.

        A place begins and ends between characters: 하 is not found in 한.
        """
        if not self._words:
            return []
        if text.isascii():
            folded, starts = text.lower().translate(_AS_TYPED), None
        else:
            folded, starts = text.translate(self._table), None
        at = folded.find(self._words)
        if at < 0:
            return []
        if not text.isascii() or len(folded) != len(text):
            table = self._table
            lengths = (len(table[ord(character)]) for character in text)
            starts = [0, *accumulate(lengths)]
        found = []
        while at >= 0:
            end = at + len(self._words)
            place = (at, end) if starts is None else self._place(folded, starts, at, end)
            if place is not None:
                found.append(place)
            at = folded.find(self._words, end if place is not None else at + 1)
        return found

    def places_across(self, text: str, gaps: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
        """Return start and end of each place that is one only without some of the `gaps` in it.

        `gaps` are stretches of `text` in order that a reader passes over; the space before one
        goes with it where a space or a sign follows.
        """
        kept: list[str] = []
        bare_starts, starts = [0], [0]  # of each stretch that is kept, in the bare text and in it
        size = 0
        for start, end in gaps:
            before = text[starts[-1] : start]
            if text[end : end + 1] in _AFTER_GAP and before[-1:] == " ":
                before = before[:-1]
            size += len(before)
            kept.append(before)
            bare_starts.append(size)
            starts.append(end)
        kept.append(text[starts[-1] :])
        found = []
        for first, last in self.places_in("".join(kept)):
            begin = bisect_right(bare_starts, first) - 1
            end = bisect_left(bare_starts, last) - 1
            if end > begin:
                begin_at = starts[begin] + first - bare_starts[begin]
                found.append((begin_at, starts[end] + last - bare_starts[end]))
        return found

    def _place(self, folded: str, starts: list[int], at: int, end: int) -> tuple[int, int] | None:
        if self._minds_accents and end < len(folded) and _is_accent(folded[end]):
            return None
        first = bisect_right(starts, at) - 1
        last = bisect_left(starts, end)
        if starts[first] != at or starts[last] != end:
            return None
        # An accent that does not count, and stands behind the last letter, belongs to it.
        last = max(last, min(bisect_right(starts, end) - 1, len(starts) - 1))
        return first, last


class _Folding(dict[int, str]):
    """Folds each character once; what `str.translate` asks for."""

    def __init__(self, *, minds_accents: bool) -> None:
        super().__init__()
        self._minds_accents = minds_accents

    def __missing__(self, code: int) -> str:
        folded = unicodedata.normalize("NFKD", chr(code).casefold()).casefold()
        folded = folded.translate(_AS_TYPED)
        if not self._minds_accents:
            folded = "".join(c for c in folded if not _is_accent(c))
        self[code] = folded
        return folded


def _is_accent(character: str) -> bool:
    return any(first <= ord(character) <= last for first, last in _ACCENTS)


_EXACT = _Folding(minds_accents=True)
_LOOSE = _Folding(minds_accents=False)
