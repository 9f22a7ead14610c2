"""Brings a document up to a path of turns, a bounded share per frame."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple

from PySide6.QtCore import QElapsedTimer
from PySide6.QtGui import QTextCursor
from PySide6.QtWidgets import QWidget

from headwater.domain.conversation import Turn
from headwater.ui.answer_format import AnswerFormats
from headwater.ui.answer_layout import AnswerDocument
from headwater.ui.answer_span import SpanTable
from headwater.ui.answer_turn import TurnText
from headwater.ui.code_highlight import Highlighter
from headwater.ui.formula_object import FormulaObject

SPREAD = 400.0  # milliseconds over which "smooth" spreads what has come
_MOST_SLICE = 4096  # characters drawn before the time is looked at again
_DENSE = 128  # to begin with, and when a slice takes a long time: formulas do
_LONG, _SHORT = 8, 2  # milliseconds of a slice
# The fewest and most characters of a frame when all of a text is there at once: laying out comes on
# top of writing, and may take ten times as long where directions change within words.
_AT_ONCE = (6 * 1024, 24 * 1024)
_LAYING_OUT = (20, 40)  # milliseconds: more may come at once with less, less has to with more
_MOST_LINES = 16  # of a slice; each may be a row of twenty cells
_MOST_REPLACED = 64 * 1024  # characters written anew in one frame
_FAR_BEHIND = 6000  # characters that wait to be drawn
_TYPING = 1000  # milliseconds behind a key for which somebody types


class _Share(NamedTuple):
    """What one frame may write; laying out and painting take as long again."""

    milliseconds: int
    pieces: int  # blocks, cells and runs
    slice: int  # characters drawn, if they are quick, before the time is looked at again


_ONE_FRAME = _Share(3, 300, 400)
_CATCHING_UP = _Share(8, 1000, 1024)  # also with the end of an answer, which is waited for
_LOADING = _Share(50, 1000, 1024)
_WHILE_TYPING = _Share(5, 1000, 1024)  # in the composer, while a conversation is opened


@dataclass(frozen=True, slots=True)
class Progress:
    """Whether everything is drawn, a running answer was added, or one that has ended is whole."""

    is_done: bool = True
    has_begun: bool = False
    has_ended: bool = False


class AnswerPage:
    """Holds the turns that are written in the document."""

    def __init__(
        self,
        document: AnswerDocument,
        formats: AnswerFormats,
        make_footer: Callable[[str], QWidget | None],
        make_head: Callable[[str], QWidget | None],
    ) -> None:
        """Take what makes the widgets below and above the answer of a turn, by its id."""
        self._document = document
        self._make_footer = make_footer
        self._make_head = make_head
        self._formats = formats
        self._highlighter = Highlighter(formats.theme, document)
        self._budget = QElapsedTimer()
        self._share = _ONE_FRAME
        self._since_key = QElapsedTimer()
        self._slice = _DENSE
        self._at_once = _AT_ONCE[0]
        self._formulas = FormulaObject(document)
        self.spans = SpanTable()
        self.turns: list[TurnText] = []
        self.pacing = "frame"
        self.hides_last_question = False
        self._spare: dict[str, QWidget] = {}
        self.is_new = True  # not everything was drawn even once
        self._begins_at_end = True
        self._above = 0  # turns of the path in front of those that are written

    def turn(self, turn_id: str) -> TurnText | None:
        """Return the turn with that id, None if it is not written."""
        return next((turn for turn in self.turns if turn.turn.id == turn_id), None)

    def turn_at(self, position: int) -> TurnText | None:
        """Return the turn that stands at a position of the document."""
        return next((t for t in reversed(self.turns) if t.start.position() <= position), None)

    @property
    def is_from_end(self) -> bool:
        """Whether the first turns are yet to come, so that positions do not count from them."""
        return self._above > 0

    def restart(self, formats: AnswerFormats, *, begins_at_end: bool) -> None:
        """Forget everything but the footers; `formats` are those of what comes.

        What comes may begin with its last turn, and go on with those above.
        """
        for turn in self.turns:
            if turn.footer is not None:
                self._spare[turn.turn.id] = turn.footer
                turn.footer = None
        self._remove_turns(0)
        self._formats = formats
        self._highlighter = Highlighter(formats.theme, self._document)
        self.is_new = True
        self._at_once = _AT_ONCE[0]
        self._begins_at_end = begins_at_end

    def is_replaced_by(self, path: tuple[Turn, ...]) -> bool:
        """Whether so much of an answer has become another that it has to be loaded again."""
        for shown, turn in zip(self.turns, path[self._above :], strict=False):
            answer = turn.answer
            if shown.turn.id != turn.id or shown.drawn is answer:
                continue
            if len(answer.text) <= _MOST_REPLACED or shown.shown <= _MOST_REPLACED:
                continue
            if shown.writer.changes_by(answer.text, answer.sources) > _MOST_REPLACED:
                return True
        return False

    def draw(self, path: tuple[Turn, ...], elapsed: float) -> Progress:
        """Draw what differs from `path`, until all is there or the time is up.

        `elapsed` are the milliseconds since the last call, for pacing.
        """
        self._budget.start()
        self._share = self._share_of(path)
        edit = QTextCursor(self._document)
        edit.beginEditBlock()
        try:
            progress = self._draw_turns(path, min(elapsed, SPREAD))
            self.highlight()
        finally:
            written = self._budget.elapsed()
            edit.endEditBlock()
        self._document.layout.flush()
        self._note_layout(self._budget.elapsed() - written)
        self._write_metas()
        return progress

    def _note_layout(self, milliseconds: int) -> None:
        """Let the next frame write more or less, by how long laying out this one took."""
        if milliseconds < _LAYING_OUT[0]:
            self._at_once = min(2 * self._at_once, _AT_ONCE[1])
        elif milliseconds > _LAYING_OUT[1]:
            self._at_once = max(self._at_once // 2, _AT_ONCE[0])

    def _write_metas(self) -> None:
        """Bring small lines up to date, by themselves.

        Together with the end of a long answer, Qt would take all that is between for changed.
        """
        now = datetime.now(UTC)
        for shown in self.turns:
            shown.write_meta(now)

    def highlight(self) -> bool:
        """Colour code for a few milliseconds; return whether there is more to do."""
        has_more = self._colour_complete()
        last = self.turns[-1] if self.turns else None
        if last is not None and last.turn.answer.is_running and not self.is_new:
            growing = last.writer.growing_code()
            if growing is not None and self._highlighter.grow(growing, last.writer):
                return True
        return has_more

    def _colour_complete(self) -> bool:
        for turn in self.turns:
            for code in turn.writer.codes_to_highlight():
                self._highlighter.add(code, turn.writer)
        return self._highlighter.advance()

    def make_way(self) -> None:
        """Take note that somebody types: for a while, frames are short also while loading."""
        self._since_key.start()

    def _share_of(self, path: tuple[Turn, ...]) -> _Share:
        if self.is_new:
            is_typing = self._since_key.isValid() and self._since_key.elapsed() < _TYPING
            return _WHILE_TYPING if is_typing else _LOADING
        shown = self.turn(path[-1].id) if path else None
        if shown is None:
            return _ONE_FRAME
        answer = path[-1].answer
        is_behind = len(answer.text) - shown.shown > _FAR_BEHIND
        return _CATCHING_UP if is_behind or not answer.is_running else _ONE_FRAME

    @property
    def is_time_up(self) -> bool:
        """Whether this frame's share is spent."""
        return self._budget.elapsed() > self._share.milliseconds

    def _draw_turns(self, path: tuple[Turn, ...], elapsed: float) -> Progress:
        same = 0
        for shown, turn in zip(self.turns, path[self._above :], strict=False):
            if shown.turn.id != turn.id or shown.has_question != self._has_question(turn, path):
                break
            same += 1
        self._remove_turns(same)
        self._drop_spare({turn.id for turn in path})
        if not self.turns:
            self._above = max(0, len(path) - 1) if self.is_new and self._begins_at_end else 0
        is_done, has_begun, has_ended = True, False, False
        for number in (*range(self._above, len(path)), *reversed(range(self._above))):
            turn = path[number]
            is_above = number < self._above
            if is_above or number - self._above >= len(self.turns):
                # What stands above the last turn comes once that is there.
                if self.is_time_up or (is_above and not is_done):
                    return Progress(is_done=False, has_begun=has_begun, has_ended=has_ended)
                self._add_turn(path, number)
                has_begun = has_begun or turn.answer.is_running
            shown = self.turns[number - self._above]
            shown.turn = turn
            if shown.drawn is not turn.answer:
                is_whole = self._draw_answer(shown, elapsed)
                is_done = is_done and is_whole
                has_ended = has_ended or (is_whole and not turn.answer.is_running)
        return Progress(is_done, has_begun, has_ended)

    def _has_question(self, turn: Turn, path: tuple[Turn, ...]) -> bool:
        return not (self.hides_last_question and turn is path[-1])

    def _add_turn(self, path: tuple[Turn, ...], number: int) -> None:
        """Write the skeleton of a turn of `path` at the end, or in front of what is written."""
        turn = path[number]
        is_above = number < self._above
        footer = self._spare.pop(turn.id, None) or self._make_footer(turn.id)
        head = self._make_head(turn.id)
        text = TurnText(
            self._document,
            self._formats,
            self.spans,
            turn,
            footer,
            head,
            has_question=self._has_question(turn, path),
            below=self.turns[0] if is_above else None,
        )
        text.write_meta(datetime.now(UTC))
        self.turns.insert(0 if is_above else len(self.turns), text)
        self._above = min(self._above, number)

    def _drop_spare(self, wanted: set[str]) -> None:
        for turn_id in self._spare.keys() - wanted:
            _put_away(self._spare.pop(turn_id))

    def _remove_turns(self, first: int) -> None:
        if first >= len(self.turns):
            return
        for turn in self.turns[first:]:
            for widget in (turn.footer, turn.head):
                if widget is not None:
                    _put_away(widget)
        self._highlighter.forget()
        if first == 0:
            column = self._document.rootFrame().frameFormat()
            self._document.clear()  # which forgets the margins as well
            self._document.rootFrame().setFrameFormat(column)
            self.spans.clear()
        else:
            cursor = QTextCursor(self._document)
            cursor.setPosition(self._document.characterCount() - 1)
            self.spans.remove_to_end(cursor, self.turns[first].start.position() - 1)
        self.turns = self.turns[:first]

    def _draw_answer(self, shown: TurnText, elapsed: float) -> bool:
        """Bring one answer nearer to what it is; return whether it is there."""
        answer = shown.turn.answer
        if shown.drawn is None or shown.drawn.sources is not answer.sources:
            shown.writer.set_sources(answer.sources)
        length = len(answer.text)
        goal = self._goal(shown, length, elapsed)
        shown.shown = min(shown.shown, length)
        begun, step = shown.shown, self._slice
        enough = shown.writer.pieces + self._share.pieces
        while True:
            # While a long text is loaded its code is coloured before more is put behind it.
            if self._colour_complete() and length - shown.shown > _MOST_SLICE:
                return False
            before = self._budget.elapsed()
            shown.shown = _end_of_slice(answer.text, shown.shown, min(goal, shown.shown + step))
            is_last = shown.shown >= goal
            shown.writer.write(
                answer.text,
                end=shown.shown,
                is_final=shown.shown >= length and not answer.is_running,
                with_tail=is_last and self.pacing != "paragraph",
            )
            spent = self._budget.elapsed() - before
            if spent > _LONG:
                step = _DENSE
            elif spent > _SHORT:
                step = self._slice
            else:
                step = min(2 * step, _MOST_SLICE)
            self._slice = min(step, self._share.slice)
            if is_last or self.is_time_up or shown.shown - begun > self._at_once:
                break
            if shown.writer.pieces > enough:
                break
        if shown.shown < length:
            return False
        shown.drawn = answer
        return True

    def _goal(self, shown: TurnText, length: int, elapsed: float) -> int:
        """Return how many characters to show on this frame."""
        waiting = length - shown.shown
        if self.pacing != "smooth" or self.is_new or waiting <= 0:
            return length
        shown.pace = max(shown.pace, waiting / SPREAD)
        step = max(1, round(shown.pace * max(elapsed, 16.0)))
        if step >= waiting:
            shown.pace = 0.0
        return min(length, shown.shown + step)


def _end_of_slice(text: str, start: int, end: int) -> int:
    """Return `end`, or where the last line ends that a slice from `start` may have."""
    place = start - 1
    for _ in range(_MOST_LINES):
        place = text.find("\n", place + 1, end)
        if place < 0:
            return end
    return place + 1


def _put_away(widget: QWidget) -> None:
    """Remove a widget; the keys that it had go to what it lay over, not to nothing."""
    below, focused = widget.parentWidget(), widget.window().focusWidget()
    if below is not None and widget.isAncestorOf(focused):
        below.setFocus()
    widget.hide()
    widget.deleteLater()
