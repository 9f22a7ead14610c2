"""Which stretches of a block the painter puts a shape under: citation chips and inline code."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtGui import QTextCursor

from headwater.domain import text_guard
from headwater.domain.text_direction import has_right_to_left

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QTextBlock

    from headwater.ui.inline_run import Run

_ASTRAL = re.compile("[\U00010000-\U0010ffff]")


@dataclass(slots=True)
class Span:
    """`length` positions from `start`; `mark` is the id of a chip, empty for inline code.

    `is_mixed` says that something beside it is read from right to left.
    """

    start: int
    length: int
    mark: str = ""
    is_known: bool = False
    is_mixed: bool = False


class SpanTable:
    """Remembers the spans of each block that has any, by the number in the block's user state."""

    def __init__(self) -> None:
        self._spans: dict[int, list[Span]] = {}
        self._next = 0

    def note(self, block: QTextBlock, runs: Sequence[Run], base: int = 0) -> list[Span]:
        """Take the spans of a block that shows `runs`; return those of its marks.

        Starts are kept relative to the block and returned relative to position `base`.
        """
        spans = _spans_of(runs)
        if spans:
            return self._keep(block, spans, base)
        state = block.userState()
        if state >= 0:
            self._spans.pop(state, None)
            block.setUserState(-1)
        return []

    def note_new(self, end: QTextCursor, runs: Sequence[Run], base: int = 0) -> list[Span]:
        """Do the same for a block that had none and ends at a cursor; most have none now."""
        spans = _spans_of(runs)
        return self._keep(end.block(), spans, base) if spans else []

    def _keep(self, block: QTextBlock, spans: list[Span], base: int) -> list[Span]:
        state = block.userState()
        if state < 0:
            state = self._next
            self._next += 1
            block.setUserState(state)
        self._spans[state] = spans
        at = block.position() - base
        return [
            Span(at + span.start, span.length, span.mark, span.is_known)
            for span in spans
            if span.mark
        ]

    def of(self, block: QTextBlock) -> Sequence[Span]:
        """Return the spans of a block, starts relative to it."""
        state = block.userState()
        return self._spans.get(state, ()) if state >= 0 else ()

    def remove_to_end(self, end: QTextCursor, start: int) -> None:
        """Remove what lies between position `start` and `end`, as if it had never been written.

        Where blocks merge, Qt may keep the format and the state of the one that goes.
        """
        end.setPosition(start, QTextCursor.MoveMode.KeepAnchor)
        block = end.block()
        look, state = block.blockFormat(), block.userState()
        end.removeSelectedText()
        end.setBlockFormat(look)
        end.block().setUserState(state)

    def clear(self) -> None:
        """Forget everything."""
        self._spans.clear()


def in_units(text: str) -> str:
    """Return `text` with two characters for each that takes two positions in a document."""
    return text if text.isascii() else _ASTRAL.sub("xx", text)


def _spans_of(runs: Sequence[Run]) -> list[Span]:
    spans: list[Span] = []
    if len(runs) == 1 and not runs[0].style.code:  # a mark is more than one
        return spans
    at = 0
    opened: Span | None = None
    for run in runs:
        length = text_guard.units(run.text)
        style = run.style
        if style.mark:
            if style.pad and opened is None:
                opened = Span(at, 0, style.mark, style.is_known)
            elif style.pad and opened is not None:
                opened.length = at + length - opened.start
                spans.append(opened)
                opened = None
        elif style.code:
            if spans and not spans[-1].mark and spans[-1].start + spans[-1].length == at:
                spans[-1].length += length
            else:
                spans.append(Span(at, length))
        at += length
    if spans and any(has_right_to_left(run.text) for run in runs):
        for span in spans:
            span.is_mixed = True
    return spans
