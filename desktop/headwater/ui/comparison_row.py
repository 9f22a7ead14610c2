"""A comparison as rows: what stands beside what, and which rows are folded away."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from headwater.domain.answer_comparison import Likeness, Pairing
from headwater.domain.answer_sentence import SentenceMark
from headwater.domain.sequence_match import Steps

_MOST_IN_ROW = 20  # sentences of one paragraph
_MOST_CHARACTERS = 6000  # of one side of a row
_FEWEST_FOLDED = 2  # rows
_PAUSE = 256  # pairings between two pauses


@dataclass(frozen=True, slots=True)
class ComparisonRow:
    """Pairings whose first sentences stand on the left and whose second ones on the right."""

    first: tuple[Pairing, ...] = ()
    second: tuple[Pairing, ...] = ()

    @property
    def is_same(self) -> bool:
        """Whether both sides say the same."""
        return bool(self.first) and self.first[0].likeness is Likeness.SAME

    @property
    def is_changed(self) -> bool:
        """Whether both sides are versions of one sentence."""
        return bool(self.first) and self.first[0].likeness is Likeness.CHANGED

    @property
    def length(self) -> int:
        """How many characters both sides have together."""
        ours = sum(len(pairing.first.text) for pairing in self.first if pairing.first)
        return ours + sum(len(pairing.second.text) for pairing in self.second if pairing.second)


@dataclass(frozen=True, slots=True)
class Fold:
    """Rows from `begin` to `end` that say the same, with so many sentences, shown as one line."""

    begin: int
    end: int
    sentences: int


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a sentence; the other version does not have it if `is_changed`."""

    text: str
    is_changed: bool = False
    mark: SentenceMark | None = None


def rows_of(pairings: Sequence[Pairing]) -> Steps[list[ComparisonRow]]:
    """Return the rows: paragraphs that are the same, changed sentences, and what is on one side.

    Between two sentences that both versions have, paragraphs of one side stand beside those of
    the other, in order.
    """
    rows: list[ComparisonRow] = []
    same: list[Pairing] = []
    only: tuple[list[Pairing], list[Pairing]] = ([], [])

    def end_same() -> None:
        if same:
            rows.append(ComparisonRow(tuple(same), tuple(same)))
            same.clear()

    def end_only() -> Iterator[None]:
        sides = [_paragraphs(side, is_first=side is only[0]) for side in only]
        for number, (first, second) in enumerate(zip_longest(*sides, fillvalue=())):
            rows.append(ComparisonRow(first, second))
            if number % _PAUSE == 0:
                yield
        for side in only:
            side.clear()

    for number, pairing in enumerate(pairings):
        if number % _PAUSE == 0:
            yield
        match pairing.likeness:
            case Likeness.SAME:
                yield from end_only()
                if _is_full(same, pairing, is_first=True) or _is_full(
                    same, pairing, is_first=False
                ):
                    end_same()
                same.append(pairing)
            case Likeness.CHANGED:
                end_same()
                yield from end_only()
                rows.append(ComparisonRow((pairing,), (pairing,)))
            case Likeness.FIRST_ONLY:
                end_same()
                if only[1]:
                    yield from end_only()
                only[0].append(pairing)
            case Likeness.SECOND_ONLY:
                end_same()
                only[1].append(pairing)
    end_same()
    yield from end_only()
    return rows


def folded(rows: Sequence[ComparisonRow], unfolded: frozenset[int]) -> list[int | Fold]:
    """Return the rows to show, by their numbers; a row beside a difference is never folded.

    `unfolded` are the first rows of folds that were opened. Where nothing differs all is shown.
    """
    shown: list[int | Fold] = []
    at = 0
    while at < len(rows):
        end = at
        while end < len(rows) and rows[end].is_same:
            end += 1
        begin = at + (at > 0)
        last = end - (end < len(rows))
        is_all = at == 0 and end == len(rows)
        if last - begin >= _FEWEST_FOLDED and not is_all and begin not in unfolded:
            sentences = sum(len(row.first) for row in rows[begin:last])
            shown += (*range(at, begin), Fold(begin, last, sentences), *range(last, end))
        else:
            shown += range(at, end)
        if end < len(rows):
            shown.append(end)
        at = end + 1
    return shown


def pieces_of(pairing: Pairing, *, is_first: bool) -> list[Piece]:
    """Return the sentence of one side in pieces, its marks at their places."""
    sentence, other = pairing.first, pairing.second
    changes = pairing.first_changes
    if not is_first:
        sentence, other, changes = other, sentence, pairing.second_changes
    if sentence is None:
        return []
    pages = other.pages if other is not None else sentence.pages
    cuts = {0, len(sentence.text)}.union(*changes, (mark.at for mark in sentence.marks))
    starts = sorted(cuts)
    spans = iter((*changes, (len(sentence.text) + 1, 0)))
    begin, end = next(spans)
    marks = iter(sorted(sentence.marks, key=lambda mark: mark.at))
    mark = next(marks, None)
    pieces: list[Piece] = []
    for start, stop in zip_longest(starts, starts[1:], fillvalue=len(sentence.text)):
        while mark is not None and mark.at <= start:
            pieces.append(Piece(f"[{mark.id}]", mark.page not in pages, mark))
            mark = next(marks, None)
        if stop > start:
            while end and end <= start:
                begin, end = next(spans)
            pieces.append(Piece(sentence.text[start:stop], begin <= start < end))
    return pieces


def _paragraphs(pairings: list[Pairing], *, is_first: bool) -> Iterator[tuple[Pairing, ...]]:
    paragraph: list[Pairing] = []
    for pairing in pairings:
        if _is_full(paragraph, pairing, is_first=is_first):
            yield tuple(paragraph)
            paragraph = []
        paragraph.append(pairing)
    if paragraph:
        yield tuple(paragraph)


def _is_full(paragraph: list[Pairing], further: Pairing, *, is_first: bool) -> bool:
    """Whether a further sentence belongs to a row of its own."""
    if not paragraph:
        return False
    before = [pairing.first if is_first else pairing.second for pairing in paragraph]
    sentence = further.first if is_first else further.second
    assert sentence is not None
    length = sum(len(each.text) for each in before if each is not None) + len(sentence.text)
    return sentence.begins or len(before) >= _MOST_IN_ROW or length > _MOST_CHARACTERS
