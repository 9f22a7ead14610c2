"""Where the sentences stand that cite one source; found once, while the text goes on growing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from headwater.ui.mark_sentence import sentence_span

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QTextDocument

    from headwater.domain.source import Source
    from headwater.ui.answer_span import SpanTable


@dataclass(slots=True)
class PlacedMark:
    """A citation mark in settled text: its digits' place, relative to the answer's start."""

    at: int
    length: int
    id: str
    is_known: bool


class CitedPlaces:
    """Remembers the sentences of the source that was asked for last.

    Settled text never changes, so only marks that were added since have to be looked at.
    """

    def __init__(self, document: QTextDocument, spans: SpanTable) -> None:
        self._document = document
        self._spans = spans
        self._ids: tuple[str, ...] = ()
        self._read = 0  # marks
        self._base = 0
        self._found: dict[tuple[int, int], None] = {}
        self._places: list[tuple[int, int]] = []

    def of(self, source: Source, marks: Sequence[PlacedMark], base: int) -> list[tuple[int, int]]:
        """Return start and end of each sentence, as positions in the document, in order.

        `marks` are all marks of an answer that begins at `base`. The list is the same object as
        long as it has the same places.
        """
        if source.ids != self._ids or base != self._base or self._read > len(marks):
            self.forget()
            self._ids, self._base = source.ids, base
        count = len(self._found)
        for mark in marks[self._read :]:
            if mark.id in self._ids:
                self._found[self._sentence_of(mark)] = None
        self._read = len(marks)
        if len(self._found) != count:
            self._places = list(self._found)
        return self._places

    def forget(self) -> None:
        """Look at every mark again when asked the next time."""
        self._ids, self._read, self._found, self._places = (), 0, {}, []

    def _sentence_of(self, mark: PlacedMark) -> tuple[int, int]:
        at = self._base + mark.at
        block = self._document.findBlock(at)
        marks = [span for span in self._spans.of(block) if span.mark]
        start, end = sentence_span(block, marks, at - block.position())
        return block.position() + start, block.position() + end
