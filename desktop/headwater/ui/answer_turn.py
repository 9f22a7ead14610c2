"""One turn on the screen: question, small line, answer, and the place of the turn's own widget."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtGui import QTextCursor

from headwater.domain import text_guard
from headwater.ui.answer_document import AnswerWriter
from headwater.ui.answer_format import AnswerFormats, Property, Role
from headwater.ui.answer_meta import meta_runs
from headwater.ui.inline_run import PLAIN, plain_runs

if TYPE_CHECKING:
    from datetime import datetime

    from PySide6.QtGui import QTextBlock, QTextCharFormat
    from PySide6.QtWidgets import QWidget

    from headwater.domain.answer import Answer
    from headwater.domain.conversation import Turn
    from headwater.ui.answer_layout import AnswerDocument
    from headwater.ui.answer_span import SpanTable
    from headwater.ui.inline_run import Run


class TurnText:
    """Owns the part of the document from a question to the place below its answer."""

    def __init__(
        self,
        document: AnswerDocument,
        formats: AnswerFormats,
        spans: SpanTable,
        turn: Turn,
        footer: QWidget | None,
        head: QWidget | None = None,
        *,
        has_question: bool = True,
        below: TurnText | None = None,
    ) -> None:
        """Take whether the question is written; the quick ask shows the last one elsewhere.

        `head` is a widget above the answer, `footer` one below; both may change their height.
        It goes to the end of the document, or in front of the turn `below`, the first one there.
        """
        self._document = document
        self._formats = formats
        self.turn = turn
        self.footer = footer
        self.head = head
        self.has_question = has_question
        self.drawn: Answer | None = None
        self.shown = 0  # characters of the text
        self.pace = 0.0  # characters per millisecond, when they are spread evenly
        self._meta: list[Run] = []
        self._told_of: Answer | None = None  # the answer of which the small line tells
        self._told: tuple[object, ...] = ()  # what of it the line depends on
        self.running_meta: list[Run] = []  # painted, not written
        self._height = 0
        self._head_height = 0
        self.is_fitted = False
        is_blank = below is not None or document.isEmpty()
        end = QTextCursor(document)
        end.setPosition(document.characterCount() - 1)  # `movePosition` would lay out blocks
        if below is not None:
            end = below.make_room()
        self._lines = 0
        if has_question:
            self._lines = self._write_question(end, is_blank=is_blank)
        if has_question or not is_blank:
            end.insertBlock(formats.meta(), formats.text(Role.META, PLAIN))
        else:
            end.setBlockFormat(formats.meta())
            end.setBlockCharFormat(formats.text(Role.META, PLAIN))
        if not has_question:
            self._begin_at(end)
        if head is not None:
            end.insertBlock(formats.head(1), formats.plain(Role.FOOTER))
            end.insertText(text_guard.BREAK, self._unseen())
        self._foot = QTextCursor(end)
        self.writer = AnswerWriter(document, formats, turn.id, self._base, spans)
        self._foot.insertBlock(formats.footer(1), formats.plain(Role.FOOTER))
        self._foot.insertText(text_guard.BREAK, self._unseen())
        # The next turn is written behind the foot, and must not carry it along.
        self._foot.setPosition(self.foot)
        # The writer's end was carried along by what was inserted at it.
        self.writer.begin()

    def _unseen(self) -> QTextCharFormat:
        """Return the format of a character that only keeps a place."""
        ours = self._formats.plain(Role.FOOTER)
        ours.setFontPointSize(1)
        ours.setProperty(Property.OURS, True)
        return ours

    def make_room(self) -> QTextCursor:
        """Return a cursor in a new blank block above this turn, which is the document's first."""
        block = self.start.block()
        look = block.blockFormat()
        if self.has_question:
            self._formats.set_apart(look)
        cursor = QTextCursor(block)
        cursor.insertBlock(look, block.charFormat())
        self.start.setPosition(cursor.position())
        cursor.setPosition(cursor.position() - 1)
        return cursor

    def _write_question(self, end: QTextCursor, *, is_blank: bool) -> int:
        lines = text_guard.plain_lines(self.turn.question.text.strip())
        for index, line in enumerate(lines):
            look = self._formats.question(line)
            if not index and not is_blank:
                self._formats.set_apart(look)
            text_format = self._formats.text(Role.QUESTION, PLAIN)
            if is_blank and not index:
                end.setBlockFormat(look)
                end.setBlockCharFormat(text_format)
            else:
                end.insertBlock(look, text_format)
            if not index:
                self._begin_at(end)
            for run in plain_runs(line):
                end.insertText(run.text, self._formats.text(Role.QUESTION, run.style))
        return len(lines)

    def _begin_at(self, place: QTextCursor) -> None:
        self.start = QTextCursor(place)
        self.start.setKeepPositionOnInsert(True)

    def _meta_block(self) -> QTextBlock:
        block = self.start.block()
        for _ in range(self._lines):
            block = block.next()
        return block

    def _head_block(self) -> QTextBlock:
        """Return the block that the answer follows: the head's place, or the small line."""
        block = self._meta_block()
        return block if self.head is None else block.next()

    def _base(self) -> int:
        """The position where what stands above ends and the answer begins."""
        block = self._head_block()
        return block.position() + block.length() - 1

    @property
    def foot(self) -> int:
        """The position of the footer's block."""
        return self._foot.block().position()

    def write_meta(self, now: datetime) -> None:
        """Bring the small line up to date.

        While the answer runs the line is only painted: it changes each second, and stays one line.
        """
        answer = self.turn.answer
        if answer is self._told_of and not answer.is_running:
            return
        self._told_of = answer
        about = (answer.state, answer.queries, answer.sources, bool(answer.text))
        told = (self.turn.question, *about, int(now.timestamp()))
        if told == self._told:
            return
        self._told = told
        runs = meta_runs(self.turn, now, has_steps=self.head is not None)
        if runs == self._meta:
            return
        self._meta = runs
        if self.turn.answer.is_running:
            self.running_meta = runs
            return
        self.running_meta = []
        cursor = QTextCursor(self._document)
        line = self._meta_block()
        cursor.setPosition(line.position())
        cursor.setPosition(line.position() + line.length() - 1, QTextCursor.MoveMode.KeepAnchor)
        cursor.removeSelectedText()
        for run in runs:
            cursor.insertText(run.text, self._formats.text(Role.META, run.style))

    @property
    def meta_position(self) -> int:
        """The position of the small line's block."""
        return self._meta_block().position()

    @property
    def head_position(self) -> int:
        """The position of the head's block, that of the small line without one."""
        return self._head_block().position()

    def fit_footer(self, width: int) -> None:
        """Reserve as much height as the footer needs at `width` pixels."""
        self.is_fitted = True
        self._fit_head()
        height = 0
        if self.footer is not None:
            tall = self.footer.heightForWidth(width) if self.footer.hasHeightForWidth() else -1
            height = tall if tall >= 0 else self.footer.sizeHint().height()
            height = max(self.footer.minimumHeight(), min(height, self.footer.maximumHeight()))
        if height != self._height:
            self._height = height
            self._foot.setBlockFormat(self._formats.footer(height))

    def _fit_head(self) -> None:
        height = 0 if self.head is None else self.head.sizeHint().height()
        if self.head is not None and height != self._head_height:
            self._head_height = height
            QTextCursor(self._head_block()).setBlockFormat(self._formats.head(height))

    @property
    def head_height(self) -> int:
        """The reserved height of the head in pixels."""
        return self._head_height

    @property
    def footer_height(self) -> int:
        """The reserved height in pixels."""
        return self._height
