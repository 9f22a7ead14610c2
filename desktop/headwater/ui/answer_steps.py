"""Goes through a conversation with the keys: from answer to answer, code to code, mark to mark."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtWidgets import QToolTip

from headwater.domain.citations import sources_by_id
from headwater.ui.announcement import announce
from headwater.ui.plain_text import one_line
from headwater.ui.source_card import source_card

if TYPE_CHECKING:
    from collections.abc import Iterator

    from headwater.ui.answer_turn import TurnText
    from headwater.ui.answer_view import AnswerView


class StepKind(StrEnum):
    """What is gone to."""

    ANSWER = "answer"
    CODE = "code block"
    MARK = "source"


class Stop(NamedTuple):
    """A place to go to, what a screen reader says there, and the card that is shown."""

    start: int
    end: int
    words: str
    card: str = ""


def step(view: AnswerView, kind: StepKind, by: int) -> None:
    """Go to the next (`by` 1) or previous (-1) place of a kind and select it; Enter opens it."""
    stops = sorted(_stops(view, kind))
    starts = [stop.start for stop in stops]
    origin = view.step_origin
    at = bisect_right(starts, origin) if by > 0 else bisect_left(starts, origin) - 1
    if not 0 <= at < len(stops):
        where = "further" if by > 0 else "earlier"
        announce(view, f"No {where} {kind}")
        return
    stop = stops[at]
    place = view.select_place(stop.start, stop.end)
    if stop.card:
        QToolTip.showText(view.viewport().mapToGlobal(place), stop.card, view.viewport())
    else:
        QToolTip.hideText()
    announce(view, stop.words)


def _stops(view: AnswerView, kind: StepKind) -> Iterator[Stop]:
    turns = view.turns
    for index, turn in enumerate(turns):
        match kind:
            case StepKind.ANSWER:
                block = turn.start.block()
                question = one_line(turn.turn.question.text, 140)
                end = block.position() + block.length() - 1
                words = f"Answer {index + 1} of {len(turns)}: {question}"
                yield Stop(block.position(), end, words)
            case StepKind.CODE:
                yield from _codes(turn)
            case StepKind.MARK:
                yield from _marks(turn)


def _codes(turn: TurnText) -> Iterator[Stop]:
    for code in turn.writer.codes.values():
        if code.lines:
            # The word Copy stands in the line above.
            label = turn.start.document().findBlock(turn.writer.position_of(code)).previous()
            end = label.position() + label.length() - 1
            lines = f"{len(code.lines)} line{'' if len(code.lines) == 1 else 's'}"
            kind = one_line(code.language, 40)
            yield Stop(label.position(), end, ", ".join(filter(None, ("Code", kind, lines))))


def _marks(turn: TurnText) -> Iterator[Stop]:
    known = sources_by_id(turn.turn.answer.sources)
    for start, end, mark in turn.writer.known_marks():
        if (source := known.get(mark)) is not None:
            title = one_line(source.title, 140) or source.domain
            yield Stop(start, end, f"Source {mark}: {title}, {source.domain}", source_card(source))
