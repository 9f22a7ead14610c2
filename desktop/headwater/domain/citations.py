"""Finds the marks `[1]` in an answer, what they refer to and the sentences they stand for."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from headwater.domain.block import Kind
from headwater.domain.blocks import split_blocks
from headwater.domain.formula import without_formulas

if TYPE_CHECKING:
    from headwater.domain.source import Source

_ID = r"(?:[a-z]{1,12}:)?[0-9]{1,5}"
# Followed by `(` it is the text of a Markdown link.
_MARK = re.compile(rf"\[({_ID}(?:, ?{_ID}){{0,31}})\](?!\()", re.ASCII)
_BACKTICKS = re.compile(r"`+")
_LINK = re.compile(r"\]\([^()\s]{1,2048}\)")
_ANY_MARK = "\ufffc"
_SENTENCE_END = re.compile(
    r"[.!?…][\"'”’»)\]]{0,4}(?:[ \u200b]{0,2}\ufffc)*(?:\s+(?=[^a-z\s])|\Z)"
    r"|[。！？][”’」』）]{0,4}(?:[ \u200b]{0,2}\ufffc)*"
)


@dataclass(frozen=True, slots=True)
class Mark:
    """A mark at `text[start:end]`; `[1, 2]` is one mark with two ids."""

    start: int
    end: int
    ids: tuple[str, ...]


def find_marks(text: str) -> tuple[Mark, ...]:
    """Return the marks in a run of text that is neither code nor part of a link.

    `[n]` and `[web:n]` are what the servers write; `[1, 2]` is tolerated.
    """
    if "[" not in text:
        return ()
    return tuple(
        Mark(found.start(), found.end(), tuple(i.strip() for i in found[1].split(",")))
        for found in _MARK.finditer(text)
    )


def sources_by_id(sources: Iterable[Source]) -> dict[str, Source]:
    """Return the source that each id, aliases included, refers to; the first one wins."""
    found: dict[str, Source] = {}
    for source in sources:
        for known_id in source.ids:
            found.setdefault(known_id, source)
    return found


def cited_ids(text: str, sources: Iterable[Source]) -> tuple[str, ...]:
    """Return the ids of the sources that the Markdown `text` cites, in order of first mention."""
    by_id = sources_by_id(sources)
    cited: dict[str, None] = {}
    for block in split_blocks(text):
        if block.kind in (Kind.CODE, Kind.CODE_LINE, Kind.CODE_END, Kind.FORMULA):
            continue
        for run in (block.text, *block.cells):
            for mark in find_marks(_without_code_and_links(without_formulas(run))):
                for mark_id in mark.ids:
                    if mark_id in by_id:
                        cited[by_id[mark_id].id] = None
    return tuple(cited)


def sentence_around(text: str, marks: Sequence[tuple[int, int]], at: int) -> tuple[int, int]:
    """Return start and end of the sentence that the mark at index `at` stands for.

    `marks` are the places of all marks in `text`, in order: a mark behind the full stop belongs
    to the sentence before it.
    """
    pieces, kept = [], 0
    for start, end in marks:
        pieces += [text[kept:start], _ANY_MARK * (end - start)]
        kept = end
    veiled = "".join((*pieces, text[kept:]))
    begin = 0
    for boundary in _SENTENCE_END.finditer(veiled):
        if boundary.end() > at:
            return begin, begin + len(veiled[begin : boundary.end()].rstrip())
        begin = boundary.end()
    return begin, len(veiled.rstrip())


def sentences_citing(text: str, source: Source) -> tuple[tuple[int, int], ...]:
    """Return start and end of each sentence of a run of text that cites `source`."""
    marks = find_marks(text)
    places = [(mark.start, mark.end) for mark in marks]
    spans = {
        sentence_around(text, places, mark.start): None
        for mark in marks
        if not set(mark.ids).isdisjoint(source.ids)
    }
    return tuple(spans)


def _without_code_and_links(text: str) -> str:
    """Blank out code spans and the targets of links; marks cannot stand there."""
    runs = list(_BACKTICKS.finditer(text))
    last_of_length = {len(run.group()): index for index, run in enumerate(runs)}
    kept: list[str] = []
    start = index = 0
    while index < len(runs):
        length = len(runs[index].group())
        if last_of_length[length] <= index:
            index += 1
            continue
        closing = index + 1
        while len(runs[closing].group()) != length:
            closing += 1
        kept += (text[start : runs[index].start()], " ")
        start = runs[closing].end()
        index = closing + 1
    kept.append(text[start:])
    return _LINK.sub("](", "".join(kept))
