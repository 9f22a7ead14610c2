"""Which sentence a citation mark of an answer stands for, as words of their own."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from headwater.domain import text_guard
from headwater.domain.citations import sentence_around
from headwater.domain.cited_sentence import CitedSentence
from headwater.ui.answer_span import in_units

if TYPE_CHECKING:
    from collections.abc import Collection

    from PySide6.QtGui import QTextDocument

    from headwater.ui.answer_span import SpanTable

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
    places = [(span.start, span.start + span.length) for span in marks]
    start, end = sentence_around(in_units(block.text()), places, here[0].start)
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
    words = _SPACE_BEFORE_END.sub("", _SPACES.sub(" ", text)).strip()
    return CitedSentence(words, tuple(cited))
