"""What stands above an answer: one line about searching and thinking, which unfolds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent, QTextCursor
from PySide6.QtWidgets import QPlainTextEdit, QVBoxLayout, QWidget

from headwater.domain import text_guard
from headwater.ui.fold import Fold
from headwater.ui.step_words import search_lines, steps_line

if TYPE_CHECKING:
    from headwater.domain.conversation import Turn

_HEIGHT = 200  # of what is unfolded, in pixels
_MOST_THOUGHTS = 200_000  # characters
_LONGEST_LINE = 4000  # characters; Qt is quadratic in what has no place to break


class TurnSteps(QWidget):
    """Folded at first; unfolded it goes on while the answer runs. Hidden where there is nothing."""

    resized = Signal(str)
    unfolded = Signal(str)

    def __init__(self, turn_id: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._turn_id = turn_id
        self._turn: Turn | None = None
        self._line = ""
        self._searched: tuple[object, object] = ((), ())
        self._thought = 0  # characters of the thoughts that are shown
        self._fold = Fold()
        self._fold.turned.connect(self._unfold)
        self._story: QPlainTextEdit | None = None
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(4)
        self._column.addWidget(self._fold, 0, Qt.AlignmentFlag.AlignLeft)
        self._fold.hide()

    def show_turn(self, turn: Turn) -> None:
        """Show the steps of `turn`, which may have become more."""
        if self._turn is not None and turn.answer is self._turn.answer:
            return
        self._turn = turn
        line = steps_line(turn.answer)
        if line != self._line:
            was_empty, self._line = not self._line, line
            self._fold.setVisible(bool(line))
            self._write_line()
            if was_empty or not line:
                self.resized.emit(self._turn_id)
        if self._story is not None and self._fold.is_unfolded:
            self._go_on()

    def _unfold(self, is_unfolded: bool) -> None:
        if self._story is None:
            self._story = _story()
            self._column.addWidget(self._story)
        self._story.setVisible(is_unfolded)
        self._write_line()
        if is_unfolded:
            self._go_on()
        self.unfolded.emit(self._turn_id)

    def _write_line(self) -> None:
        self._fold.say(self._line, room=max(40, self.width() - 8))

    def _go_on(self) -> None:
        """Write what is not there yet; the thoughts come last, so that they only grow."""
        turn, story = self._turn, self._story
        if turn is None or story is None:
            return
        answer = turn.answer
        bar = story.verticalScrollBar()
        at, is_at_end = bar.value(), bar.value() >= bar.maximum()
        thoughts = answer.reasoning[:_MOST_THOUGHTS]
        searched = (answer.queries, answer.sources)
        if searched != self._searched or len(thoughts) < self._thought:
            self._searched, self._thought = searched, 0
            story.setPlainText("\n".join(search_lines(answer)))
        if len(thoughts) > self._thought:
            if not self._thought:
                has_more = story.document().characterCount() > 1
                story.appendPlainText("\nThought\n" if has_more else "Thought\n")
            _append(story, thoughts[self._thought :])
            self._thought = len(thoughts)
        bar.setValue(bar.maximum() if is_at_end and answer.is_running else at)

    def sizeHint(self) -> QSize:
        height = self._fold.sizeHint().height() if self._line else 0
        if self._line and self._story is not None and self._fold.is_unfolded:
            height += self._story.height() + 4
        return QSize(super().sizeHint().width(), height)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._write_line()


def _story() -> QPlainTextEdit:
    story = QPlainTextEdit()
    story.setReadOnly(True)
    story.setUndoRedoEnabled(False)
    story.setAccessibleName("What was searched, read and thought")
    story.setFixedHeight(_HEIGHT)
    story.setTabChangesFocus(True)
    return story


def _append(story: QPlainTextEdit, text: str) -> None:
    cursor = QTextCursor(story.document())
    cursor.movePosition(QTextCursor.MoveOperation.End)
    for index, line in enumerate(text_guard.plain_lines(text)):
        if index:
            cursor.insertBlock()
        at = 0
        while at < len(line):
            if cursor.positionInBlock() >= _LONGEST_LINE:
                cursor.insertBlock()
            piece = line[at : at + _LONGEST_LINE - cursor.positionInBlock()]
            cursor.insertText(piece)
            at += len(piece)
