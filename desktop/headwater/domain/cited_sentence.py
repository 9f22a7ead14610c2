"""The sentences of an answer that cite something, as plain text to compare with passages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from headwater.domain.block import Kind
from headwater.domain.blocks import each_block
from headwater.domain.citations import find_marks, split_sentences, without_code_and_links
from headwater.domain.formula import without_formulas

_LINK_TEXT = re.compile(r"!?\[([^\[\]\n]{0,300})\]\(")
_MARKUP = re.compile(r"\\(?P<kept>[!-/:-@\[-`{-~])|\*\*|__|~~|`|(?<!\w)[*_]|[*_](?!\w)")
_UNREAD = (Kind.CODE, Kind.CODE_LINE, Kind.CODE_END, Kind.FORMULA)


@dataclass(frozen=True, slots=True)
class CitedSentence:
    """A sentence without its marks and its markup, and the ids that stand in its marks."""

    text: str
    ids: tuple[str, ...]


def cited_sentences(text: str) -> Iterator[CitedSentence]:
    """Yield the sentences of the Markdown `text` that have marks, in order.

    A mark belongs to the sentence before it. One at the head of a paragraph or of a cell belongs
    to the sentence that follows. Formulas are left out: no passage has their TeX.
    """
    for block in each_block(text):
        if block.kind in _UNREAD:
            continue
        for run in (block.text, *block.cells):
            if "[" in run or "【" in run:
                yield from _of_run(run)


def _of_run(run: str) -> Iterator[CitedSentence]:
    text = without_code_and_links(without_formulas(run))
    marks = find_marks(text)
    at = 0
    for start, end in split_sentences(text, [(mark.start, mark.end) for mark in marks]):
        ids: dict[str, None] = {}
        pieces: list[str] = []
        kept = start
        while at < len(marks) and marks[at].start < end:
            ids |= dict.fromkeys(marks[at].ids)
            pieces.append(text[kept : marks[at].start])
            kept = marks[at].end
            at += 1
        if ids:
            pieces.append(text[kept:end])
            yield CitedSentence(_plain("".join(pieces)), tuple(ids))


def _plain(markdown: str) -> str:
    text = _LINK_TEXT.sub(r"\1", markdown)
    text = _MARKUP.sub(lambda found: found["kept"] or "", text)
    return " ".join(text.split())
