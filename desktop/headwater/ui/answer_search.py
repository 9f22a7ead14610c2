"""Where words stand in the shown conversation: looked for in slices, and kept right as it grows.

What changes in the document is looked through again, block by block; places behind a change move
with it. So a streamed answer costs what is new, and the place in front of the reader stays.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from itertools import accumulate

from PySide6.QtCore import QElapsedTimer, QObject, Signal
from PySide6.QtGui import QTextBlock, QTextDocument

from headwater.domain import text_guard
from headwater.domain.search_text import SearchWords
from headwater.ui.answer_format import Property, Role
from headwater.ui.answer_span import Span, SpanTable
from headwater.ui.timer import timer

_SLICE = 5  # milliseconds of looking before everything else has its turn
_NOT_TEXT = (Role.FOOTER, Role.CODE_LABEL, Role.RULE)
_CELL_END = "\x00"  # nobody can look for it
# A known mark stands between two wide spaces where its brackets were (`inline_run.PAD`).
_CHIP = re.compile("\u00a0((?:[a-z]{1,12}:)?[0-9]{1,5})\u00a0", re.ASCII)


class AnswerSearch(QObject):
    """Holds every place where the words stand, by positions of the document, in order."""

    changed = Signal()  # there are more or fewer places, or another one is the current
    arrived = Signal(int, int)  # the first place for new words: from, to

    def __init__(self, document: QTextDocument, spans: SpanTable, parent: QObject) -> None:
        super().__init__(parent)
        self._document = document
        self._spans = spans
        self._words = SearchWords("")
        self._starts: list[int] = []
        self._ends: list[int] = []
        self._unread: list[tuple[int, int]] = []  # stretches of the document, next one first
        self._current = -1  # where the current place begins
        self._near = 0
        self._is_new = False  # nobody has arrived at a place since the words were changed
        self._next_slice = timer(self, 0, self._look)

    @property
    def count(self) -> int:
        """How many places are known."""
        return len(self._starts)

    @property
    def number(self) -> int:
        """Which of the places is the current one, from 1; 0 without any."""
        at = bisect_left(self._starts, self._current)
        is_there = at < len(self._starts) and self._starts[at] == self._current
        return at + 1 if is_there else 0

    @property
    def current(self) -> tuple[int, int] | None:
        """The current place."""
        number = self.number
        return (self._starts[number - 1], self._ends[number - 1]) if number else None

    @property
    def is_done(self) -> bool:
        """Whether everything was looked through."""
        return not self._unread

    def look_for(self, text: str, near: int) -> None:
        """Look for `text` anew; the first place at or behind position `near` becomes current."""
        was_looking = bool(self._words)
        self._words = SearchWords(text)
        self._starts, self._ends, self._unread = [], [], []
        self._current, self._near, self._is_new = -1, near, True
        if bool(self._words) != was_looking:
            if was_looking:
                self._document.contentsChange.disconnect(self._note_change)
            else:
                self._document.contentsChange.connect(self._note_change)
        if self._words:
            end = self._document.characterCount()
            begin = self._document.findBlock(min(near, end - 1)).position()
            self._unread = [(begin, end), (0, begin)] if begin else [(0, end)]
            self._look()
        else:
            self._next_slice.stop()
            self.changed.emit()

    def stop(self) -> None:
        """Look for nothing."""
        self.look_for("", 0)

    def step(self, by: int) -> tuple[int, int] | None:
        """Make the next (1) or the previous (-1) place current, around the end; return it."""
        if not self._starts:
            return None
        self._is_new = False
        if by > 0:
            at = bisect_right(self._starts, max(self._current, self._near - 1))
        else:
            behind = self._current if self._current >= 0 else self._near
            at = bisect_left(self._starts, behind) - 1
        self._current = self._near = self._starts[at % len(self._starts)]
        self.changed.emit()
        return self.current

    def between(self, start: int, end: int) -> list[tuple[int, int]]:
        """Return the places that begin from `start` to `end`."""
        first, last = bisect_left(self._starts, start), bisect_right(self._starts, end)
        return list(zip(self._starts[first:last], self._ends[first:last], strict=True))

    # Looking.

    def _look(self) -> None:
        spent = QElapsedTimer()
        spent.start()
        while self._unread and spent.elapsed() < _SLICE:
            self._look_through(spent)
        if self._unread:
            self._next_slice.start()
        self._choose_current()
        self.changed.emit()

    def _look_through(self, spent: QElapsedTimer) -> None:
        """Look through the first unread stretch, as far as the time allows."""
        start, end = self._unread.pop(0)
        starts: list[int] = []
        ends: list[int] = []
        block = self._document.findBlock(start)
        while block.isValid() and block.position() < end:
            at = block.position()
            for first, last in self._places(block):
                starts.append(at + first)
                ends.append(at + last)
            block = block.next()
            if spent.elapsed() >= _SLICE:
                break
        if starts:
            index = bisect_left(self._starts, starts[0])
            self._starts[index:index] = starts
            self._ends[index:index] = ends
        if block.isValid() and block.position() < end:
            self._unread.insert(0, (block.position(), end))

    def _places(self, block: QTextBlock) -> list[tuple[int, int]]:
        text = block.text()
        if text_guard.LINE in text and block.blockFormat().intProperty(Property.TABLE):
            text = text.replace(text_guard.LINE, _CELL_END)
        units: Sequence[int] = range(len(text) + 1)  # the position of each character in the block
        if text_guard.units(text) != len(text):
            units = [0, *accumulate(2 if character > "\uffff" else 1 for character in text)]
        marks = [span for span in self._spans.of(block) if span.mark]
        if marks and "\u00a0" in text:
            text = _CHIP.sub(r"[\1]", text)
        found = self._words.places_in(text)
        if marks and (across := self._words.places_across(text, _gaps(marks, text, units))):
            found = _without_overlaps([*found, *across])
        if not found or block.blockFormat().intProperty(Property.ROLE) in _NOT_TEXT:
            return []
        return [(units[start], units[end]) for start, end in found]

    def _choose_current(self) -> None:
        """Arrive at a place for new words, or at the next one if the current one has gone."""
        if not self._starts:
            self._is_new = self._is_new and bool(self._unread)
            return
        if self.number:
            return
        at = bisect_left(self._starts, self._near if self._current < 0 else self._current)
        if at == len(self._starts):
            # What comes first is the next one around the end, once the end is known; while a
            # text is drawn again, what was the current one is yet to come.
            if not self._is_new or any(end > self._near for _, end in self._unread):
                return
        elif self._unread and not self._is_new:
            return
        self._current = self._starts[at % len(self._starts)]
        if self._is_new:
            self._is_new = False
            self._near = self._current
            place = self.current
            assert place is not None
            self.arrived.emit(*place)

    # Changes of the document.

    def _note_change(self, at: int, removed: int, added: int) -> None:
        last = self._document.characterCount() - 1
        first_block = self._document.findBlock(min(at, last))
        last_block = self._document.findBlock(min(at + added, last))
        start = first_block.position()
        end = last_block.position() + last_block.length()
        moved = added - removed
        old_end = end - moved
        keep, rest = bisect_left(self._starts, start), bisect_left(self._starts, old_end)
        self._starts[keep:] = [place + moved for place in self._starts[rest:]]
        self._ends[keep:] = [place + moved for place in self._ends[rest:]]
        # Behind the old end nothing stood: the text is drawn again, and its places come back.
        if old_end <= self._current <= last - moved:
            self._current += moved
        if old_end <= self._near <= last - moved:
            self._near += moved
        unread: list[tuple[int, int]] = []
        for first, behind in self._unread:
            if first >= old_end:
                unread.append((first + moved, behind + moved))
            elif behind <= start:
                unread.append((first, behind))
            else:
                if first < start:
                    unread.append((first, start))
                if behind > old_end:
                    unread.append((end, behind + moved))
        self._unread = [(start, end), *unread]
        self._next_slice.start()


def _gaps(marks: Sequence[Span], text: str, units: Sequence[int]) -> list[tuple[int, int]]:
    """Return start and end of the marks in `text`, those side by side as one."""
    gaps: list[tuple[int, int]] = []
    for mark in marks:
        start, end = (bisect_left(units, at) for at in (mark.start, mark.start + mark.length))
        if gaps and text[gaps[-1][1] : start] in ("", text_guard.BREAK):
            gaps[-1] = (gaps[-1][0], end)
        else:
            gaps.append((start, end))
    return gaps


def _without_overlaps(places: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the places in order, without those that begin within another one."""
    kept: list[tuple[int, int]] = []
    for start, end in sorted(places):
        if not kept or start >= kept[-1][1]:
            kept.append((start, end))
    return kept
