"""Finds the marks `[1]` in an answer, what they refer to and the sentences they stand for."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from headwater.domain.block import Kind
from headwater.domain.blocks import split_blocks
from headwater.domain.formula import find_formulas, without_formulas

if TYPE_CHECKING:
    from headwater.domain.source import Source

_ID = r"(?:[a-z]{1,12}:)?[0-9]{1,5}"
_PART = rf"(?:[0-9]{{1,5}}[-–][0-9]{{1,5}}|{_ID})"
_BEHIND = r"(?:†[^\]】\n]{1,40})?"  # `†source`, `†L3-L5`: where in the page, which we do not keep
# Followed by `(` it is the text of a Markdown link.
_MARK = re.compile(
    rf"\[(?P<ids>{_PART}(?:, ?{_PART}){{0,31}}){_BEHIND}\](?!\()"
    rf"|【(?P<wide_ids>{_ID}(?:, ?{_ID}){{0,31}}){_BEHIND}】"
    r"|\[\^(?P<note_id>[0-9]{1,5})\](?!\()",
    re.ASCII,
)
_PLAIN_MARK = re.compile(rf"\[{_ID}\]", re.ASCII)
_LINE_BEGIN = re.compile(r"(?:\n|\A) {0,3}\Z")
_MOST_IDS = 32  # of one mark; a longer range is no mark
_BACKTICKS = re.compile(r"`+")
_LINK = re.compile(r"\]\([^()\s]{1,2048}\)")
_ANY_MARK = "\ufffc"
_SENTENCE_END = re.compile(
    r"[.!?…][\"'”’»)\]]{0,4}(?:[ \u200b]{0,2}\ufffc)*(?:\s+(?=[^a-z\s])|\Z)"
    r"|[。！？][”’」』）]{0,4}(?:[ \u200b]{0,2}\ufffc)*"
)


@dataclass(frozen=True, slots=True)
class Mark:
    """A mark at `text[start:end]`; `[1, 2]` is one mark with two ids.

    `is_foreign` says that it is written otherwise than `[1]`.
    """

    start: int
    end: int
    ids: tuple[str, ...]
    is_foreign: bool = False

    def stands(self, known: Collection[str]) -> bool:
        """Whether it is a mark where sources have the ids `known`.

        A foreign one is shown as it was written unless a source has one of its ids: `[3, 4]` may
        be an interval, and `[2-4]` anything.
        """
        return not self.is_foreign or any(mark_id in known for mark_id in self.ids)


@lru_cache(maxsize=256)  # what is drawn is asked again when it is whole
def find_marks(text: str) -> tuple[Mark, ...]:
    """Return the marks in a run of text that is neither code nor part of a link.

    `[n]` and `[web:n]` are what the servers write; `[1, 2]`, `[1-3]`, `[^1]`, `【1】` and
    `【1†source】` are what some models make of it. There are none in formulas. Whether one of the
    latter is a mark depends on the sources as well: see `Mark.stands`.
    """
    if "[" not in text and "【" not in text:
        return ()
    return tuple(_marks(text))


def _marks(text: str) -> Iterator[Mark]:
    formulas = iter((*formula_spans(text), (len(text), len(text))))
    begin, end = next(formulas)
    for found in _MARK.finditer(text):
        while end <= found.start():
            begin, end = next(formulas)
        if begin < found.end() or (found["note_id"] and _defines_note(text, found)):
            continue
        ids = _ids(found["ids"] or found["wide_ids"] or found["note_id"])
        if ids:
            is_foreign = _PLAIN_MARK.fullmatch(found.group()) is None
            yield Mark(found.start(), found.end(), ids, is_foreign)


def _defines_note(text: str, mark: re.Match[str]) -> bool:
    """Whether the mark begins a footnote, `[^1]: ...`, instead of referring to one."""
    if not text.startswith(":", mark.end()):
        return False
    # Four characters back there is a line's end or none near enough.
    before = text[max(0, mark.start() - 4) : mark.start()]
    return (mark.start() < 4 or "\n" in before) and _LINE_BEGIN.search(before) is not None


def _ids(written: str) -> tuple[str, ...]:
    """Return the ids of a mark, ranges written out; none if it cannot be a mark.

    A range that is too long or runs back is none, nor is a list or a range with a 0, which no
    server counts from: `[0, 1]` is an interval.
    """
    ids: list[str] = []
    for part in written.split(","):
        low, dash, high = part.strip().replace("–", "-").partition("-")
        if not dash:
            ids.append(low)
        elif int(low) < int(high) < int(low) + _MOST_IDS:
            ids += map(str, range(int(low), int(high) + 1))
        else:
            return ()
    is_mark = len(ids) <= _MOST_IDS and (len(ids) == 1 or "0" not in ids)
    return tuple(ids) if is_mark else ()


def formula_spans(text: str) -> tuple[tuple[int, int], ...]:
    """Return start and end of each formula in a run of text."""
    return tuple((formula.start, formula.end) for formula in find_formulas(text))


def sources_by_id(sources: Iterable[Source]) -> dict[str, Source]:
    """Return the source that each id, aliases included, refers to; the first one wins."""
    found: dict[str, Source] = {}
    for source in sources:
        found.setdefault(source.id, source)
        for alias in source.aliases:
            found.setdefault(alias, source)
    return found


def cited_ids(text: str, sources: Iterable[Source]) -> tuple[str, ...]:
    """Return the ids of the sources that the Markdown `text` cites, in order of first mention."""
    by_id = sources_by_id(sources)
    cited: dict[str, None] = {}
    for block in split_blocks(text):
        if block.kind in (Kind.CODE, Kind.CODE_LINE, Kind.CODE_END, Kind.FORMULA):
            continue
        for run in (block.text, *block.cells):
            for mark in find_marks(without_code_and_links(without_formulas(run))):
                for mark_id in mark.ids:
                    if mark_id in by_id:
                        cited[by_id[mark_id].id] = None
    return tuple(cited)


def sentence_around(text: str, marks: Sequence[tuple[int, int]], at: int) -> tuple[int, int]:
    """Return start and end of the sentence that the mark at index `at` stands for.

    `marks` are the places of all marks in `text`, in order: a mark behind the full stop belongs
    to the sentence before it.
    """
    sentences = split_sentences(text, marks)
    return next((span for span in sentences if at < span[1]), sentences[-1])


def split_sentences(text: str, marks: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return start and end of each sentence, one at least, each with the marks behind it.

    `marks` are the places of all marks in `text`, in order.
    """
    pieces, kept = [], 0
    for start, end in marks:
        pieces += [text[kept:start], _ANY_MARK * (end - start)]
        kept = end
    veiled = "".join((*pieces, text[kept:]))
    sentences: list[tuple[int, int]] = []
    begin = 0
    for boundary in _SENTENCE_END.finditer(veiled):
        sentences.append((begin, begin + len(veiled[begin : boundary.end()].rstrip())))
        begin = boundary.end()
    if begin < len(veiled) or not sentences:
        sentences.append((begin, len(veiled.rstrip())))
    return sentences


def without_code_and_links(text: str) -> str:
    """Return a run of text without its code spans and the targets of links: no mark is there."""
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
