"""Goes through a conversation with the keys: by answers, by parts that are read, by code, by marks.

Qt shows a screen reader the whole answer as one text in which a formula is a single character
without a name, so each part is said in words of ours when the keys come to it.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from enum import StrEnum
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtWidgets import QToolTip

from headwater.domain.block import Kind
from headwater.domain.citations import sources_by_id
from headwater.ui.announcement import announce
from headwater.ui.plain_text import one_line
from headwater.ui.source_card import source_card
from headwater.ui.spoken_block import spoken_code, spoken_row, spoken_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from headwater.domain.block import Block
    from headwater.ui.answer_turn import TurnText
    from headwater.ui.answer_view import AnswerView


class StepKind(StrEnum):
    """What is gone to."""

    ANSWER = "answer"
    PART = "part"
    CODE = "code block"
    MARK = "source"


class Place(NamedTuple):
    """Where a place ends, what a screen reader says there, and the card that is shown."""

    end: int
    words: str
    card: str = ""


class Stop(NamedTuple):
    """Where a place to go to begins, and what looks at the rest when it is gone to."""

    start: int
    look: Callable[[], Place]


def step(view: AnswerView, kind: StepKind, by: int) -> None:
    """Go to the next (`by` 1) or previous (-1) place of a kind; Enter opens it."""
    stops = sorted(_stops(view, kind), key=lambda stop: stop.start)
    starts = [stop.start for stop in stops]
    origin = view.step_origin
    at = bisect_right(starts, origin) if by > 0 else bisect_left(starts, origin) - 1
    if not 0 <= at < len(stops):
        where = "further" if by > 0 else "earlier"
        announce(view, f"No {where} {kind}")
        return
    place = stops[at].look()
    go = view.read_place if kind is StepKind.PART else view.select_place
    corner = go(stops[at].start, place.end)
    if place.card:
        QToolTip.showText(view.viewport().mapToGlobal(corner), place.card, view.viewport())
    else:
        QToolTip.hideText()
    announce(view, place.words)


def _stops(view: AnswerView, kind: StepKind) -> Iterator[Stop]:
    turns = view.turns
    for index, turn in enumerate(turns):
        match kind:
            case StepKind.ANSWER:
                start = turn.start.block().position()
                yield Stop(start, partial(_answer, turn, index + 1, len(turns)))
            case StepKind.PART:
                yield from _parts(turn, index + 1, len(turns))
            case StepKind.CODE:
                yield from _codes(turn)
            case StepKind.MARK:
                yield from _marks(turn)


def _answer(turn: TurnText, number: int, count: int) -> Place:
    question = one_line(turn.turn.question.text, 140)
    return Place(_end_of(turn, turn.start.position()), f"Answer {number} of {count}: {question}")


def _parts(turn: TurnText, number: int, count: int) -> Iterator[Stop]:
    """Yield the question, its small line, and what can be read of the answer one by one."""
    if turn.has_question:
        yield Stop(turn.start.position(), partial(_question, turn, number, count))
    small = turn.start.document().findBlock(turn.meta_position)
    if small.length() > 1:
        words = small.text().replace(" · ", ", ")
        yield Stop(small.position(), partial(Place, _end_of(turn, small.position()), words))
    placed = turn.writer.placed_blocks()
    at = 0
    while at < len(placed):
        start, first = placed[at]
        end = at + 1
        while end < len(placed) and _goes_on(first, placed[end][1]):
            end += 1
        if first.kind is Kind.TABLE:
            rows = [block for _, block in placed[at:end]]
            for row, (position, _) in enumerate(placed[at:end]):
                yield Stop(position, partial(_row, turn, position, rows, row))
        elif first.kind is not Kind.RULE:
            yield Stop(start, partial(_text, turn, placed[at:end], is_last=end == len(placed)))
        at = end


def _goes_on(first: Block, block: Block) -> bool:
    """Whether `block` belongs to the part that `first` begins."""
    if first.kind is Kind.TABLE:
        return block.kind is Kind.ROW
    if first.kind is Kind.CODE:
        return block.kind in (Kind.CODE_LINE, Kind.CODE_END)
    return block.continues


def _end_of(turn: TurnText, position: int) -> int:
    block = turn.start.document().findBlock(position)
    return block.position() + block.length() - 1


def _question(turn: TurnText, number: int, count: int) -> Place:
    words = " ".join(turn.turn.question.text.split())
    return Place(turn.meta_position - 1, f"Question {number} of {count}: {words}")


def _text(turn: TurnText, placed: list[tuple[int, Block]], *, is_last: bool) -> Place:
    part = [block for _, block in placed]
    if part[0].kind is Kind.CODE:
        lines = [position for position, block in placed if block.kind is not Kind.CODE_END]
        return Place(_end_of(turn, lines[-1]), spoken_code(part))
    known = sources_by_id(turn.turn.answer.sources)
    is_open = is_last and turn.turn.answer.is_running
    return Place(_end_of(turn, placed[-1][0]), spoken_text(part, known, is_open=is_open))


def _row(turn: TurnText, position: int, rows: list[Block], row: int) -> Place:
    known = sources_by_id(turn.turn.answer.sources)
    return Place(_end_of(turn, position), spoken_row(rows, row, known))


def _codes(turn: TurnText) -> Iterator[Stop]:
    for code in turn.writer.codes.values():
        if code.lines:
            # The word Copy stands in the line above.
            label = turn.start.document().findBlock(turn.writer.position_of(code)).previous()
            end = label.position() + label.length() - 1
            lines = f"{len(code.lines)} line{'' if len(code.lines) == 1 else 's'}"
            kind = one_line(code.language, 40)
            words = ", ".join(filter(None, ("Code", kind, lines)))
            yield Stop(label.position(), partial(Place, end, words))


def _marks(turn: TurnText) -> Iterator[Stop]:
    known = sources_by_id(turn.turn.answer.sources)
    for start, end, mark in turn.writer.known_marks():
        if (source := known.get(mark)) is not None:
            title = one_line(source.title, 140) or source.domain
            words = f"Source {mark}: {title}, {source.domain}"
            yield Stop(start, partial(Place, end, words, source_card(source)))
