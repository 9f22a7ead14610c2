"""Which sentence a citation mark of an answer stands for, as words of their own."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from headwater.domain import text_guard
from headwater.domain.citations import sentence_around
from headwater.domain.cited_sentence import CitedSentence
from headwater.ui.answer_format import Property
from headwater.ui.answer_span import in_units

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from PySide6.QtGui import QTextBlock, QTextDocument

    from headwater.ui.answer_span import Span, SpanTable

_SPACES = re.compile(rf"[\s{text_guard.BREAK}]+")
_SPACE_BEFORE_END = re.compile(r" (?=[.,;:!?…])")


def sentence_at(
    document: QTextDocument, spans: SpanTable, position: int, ids: Collection[str]
) -> CitedSentence:
    """Return the sentence of the mark at a position of the document, and what it cites.

    Empty when there stands no mark with one of `ids`.
    """
    block = document.findBlock(position)
    at = position - block.position()
    marks = [span for span in spans.of(block) if span.mark]
    here = [s for s in marks if s.start <= at <= s.start + s.length and s.mark in ids]
    if not here:
        return CitedSentence("", ())
    start, end = sentence_span(block, marks, here[0].start)
    units = block.text().encode("utf-16-le", "surrogatepass")
    pieces = []
    cited: dict[str, None] = {}
    for span in marks:
        if start <= span.start < end:
            cited[span.mark] = None
            pieces.append(units[2 * start : 2 * span.start])
            start = span.start + span.length
    pieces.append(units[2 * start : 2 * end])
    text = " ".join(piece.decode("utf-16-le", "replace") for piece in pieces)
    text = text.rpartition("\t")[2]  # behind bullets and numbers, the only ones to have tabs
    words = _SPACE_BEFORE_END.sub("", _SPACES.sub(" ", text_guard.undirected(text))).strip()
    return CitedSentence(words, tuple(cited))


def sentence_span(block: QTextBlock, marks: Iterable[Span], at: int) -> tuple[int, int]:
    """Return start and end of the sentence for which the mark at a place of a block stands.

    `marks` are the spans of all marks of the block. A cell of a table ends its last sentence.
    """
    text = in_units(block.text())
    begin, end = 0, len(text)
    if block.blockFormat().intProperty(Property.TABLE):
        begin = text.rfind(text_guard.LINE, 0, at) + 1
        end = begin + len(text[begin:].partition(text_guard.LINE)[0])
    places = [
        (s.start - begin, s.start - begin + s.length) for s in marks if begin <= s.start < end
    ]
    first, last = sentence_around(text[begin:end], places, at - begin)
    return begin + first, begin + last
