"""Where a question is written and sent, with what to search and whom to ask above it."""

from __future__ import annotations

from PySide6.QtCore import QMimeData, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QInputMethodEvent, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QPlainTextEdit,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from headwater.ui.hidden_note import HiddenNote
from headwater.ui.plain_text import breakable
from headwater.ui.styled_property import set_styled_property
from headwater.ui.theme import APART, NEAR

_MOST_LINES = 8
_LONGEST_QUESTION = 400_000


class QuestionEdit(QPlainTextEdit):
    """A text box that grows with its lines; Enter sends unless an input method composes."""

    submitted = Signal()
    recall_requested = Signal()
    focus_changed = Signal(bool)

    def __init__(self, parent: QWidget | None = None, most_lines: int = _MOST_LINES) -> None:
        """Take how many lines are shown before the text scrolls."""
        super().__init__(parent)
        self._most_lines = most_lines
        self.setObjectName("question")
        self.setAccessibleName("Question")
        self.setTabChangesFocus(True)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.document().setDocumentMargin(2)
        self._composes = False
        self.textChanged.connect(self.fit)
        self.fit()

    def text(self) -> str:
        """Return what is written, as it was typed."""
        return self.toPlainText()

    @property
    def is_empty(self) -> bool:
        """Whether nothing is written, nor about to be by an input method."""
        return not self._composes and self.document().isEmpty()

    def set_text(self, text: str) -> None:
        """Put `text` into the box with the caret at its end."""
        self.setPlainText(breakable(text[:_LONGEST_QUESTION]))
        cursor = self.textCursor()
        cursor.movePosition(cursor.MoveOperation.End)
        self.setTextCursor(cursor)

    def fit(self) -> None:
        """Be as high as the text needs, within bounds."""
        line = self.fontMetrics().lineSpacing()
        lines = 0
        block = self.document().firstBlock()
        while block.isValid() and lines < self._most_lines:
            lines += max(1, block.layout().lineCount())
            block = block.next()
        lines = max(1, min(lines, self._most_lines))
        height = lines * line + 2 * round(self.document().documentMargin()) + 4
        if height != self.height():
            self.setFixedHeight(height)

    def _insert(self, text: str) -> None:
        self.insertPlainText(text)
        self.ensureCursorVisible()

    def sizeHint(self) -> QSize:
        return QSize(super().sizeHint().width(), self.minimumHeight())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        is_enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if is_enter and not self._composes:
            if event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
                self._insert("\n")
            else:
                self.submitted.emit()
            event.accept()
            return
        if event.key() == Qt.Key.Key_Up and self.is_empty:
            self.recall_requested.emit()
            event.accept()
            return
        super().keyPressEvent(event)

    def inputMethodEvent(self, event: QInputMethodEvent) -> None:
        self._composes = bool(event.preeditString())
        super().inputMethodEvent(event)

    def insertFromMimeData(self, source: QMimeData) -> None:
        if source.hasText():
            self._insert(breakable(source.text()[:_LONGEST_QUESTION]))

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.focus_changed.emit(True)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self._composes = False
        super().focusOutEvent(event)
        self.focus_changed.emit(False)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.fit()


class Composer(QWidget):
    """The question box with its Send or Stop button; chips go into `chips`."""

    submitted = Signal(str)
    stop_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("composer")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._is_running = False
        self._last_question = ""
        self.edit = QuestionEdit()
        self.edit.setPlaceholderText("Ask anything")
        self._send = QPushButton("Send")
        self._send.setObjectName("primary")
        self._send.setToolTip("Send (Enter)")
        self._stop = QPushButton("Stop")
        self._stop.setObjectName("stop")
        self._stop.setToolTip("Stop (Esc)")
        self._stop.hide()
        self._box = QFrame()
        self._box.setObjectName("box")
        self._show_focus(True)  # a new window gives it the keys; `complete` looks
        row = QHBoxLayout(self._box)
        row.setContentsMargins(14, 8, 10, 8)
        row.setSpacing(NEAR)
        row.addWidget(self.edit, 1, Qt.AlignmentFlag.AlignVCenter)
        row.addWidget(self._send, 0, Qt.AlignmentFlag.AlignBottom)
        row.addWidget(self._stop, 0, Qt.AlignmentFlag.AlignBottom)
        self.chips = QHBoxLayout()
        self.chips.setSpacing(6)
        column = QVBoxLayout(self)
        column.setContentsMargins(APART, 10, APART, 14)
        column.setSpacing(NEAR)
        column.addLayout(self.chips)
        column.addWidget(self._box)
        self.hidden_note = HiddenNote(self.edit)
        column.addWidget(self.hidden_note)
        self.edit.submitted.connect(self._submit)
        self.edit.recall_requested.connect(self._recall)
        self.edit.focus_changed.connect(self._show_focus)
        self.edit.textChanged.connect(self._show_state)
        self._send.clicked.connect(self._submit)
        self._stop.clicked.connect(self.stop_requested)
        self._show_state()

    def set_running(self, is_running: bool) -> None:
        """Show Stop in the place of Send while an answer runs."""
        if is_running != self._is_running:
            self._is_running = is_running
            had_focus = self._send.hasFocus() or self._stop.hasFocus()
            self._send.setVisible(not is_running)
            self._stop.setVisible(is_running)
            if had_focus:
                self.edit.setFocus()
            self._show_state()

    def complete(self) -> None:
        """See whether the window was given the keys after all."""
        self._show_focus(self.edit.hasFocus())

    def set_placeholder(self, text: str) -> None:
        """Show `text` while nothing is written."""
        if text != self.edit.placeholderText():
            self.edit.setPlaceholderText(text)
            # Qt paints another placeholder only once there has been a text.
            self.edit.viewport().update()

    def set_last_question(self, text: str) -> None:
        """Take what Up in the empty box brings back."""
        self._last_question = text

    def _submit(self) -> None:
        text = self.edit.text().strip()
        if text and not self._is_running:
            self._last_question = text
            self.edit.clear()
            self.submitted.emit(text)

    def _recall(self) -> None:
        if self._last_question:
            self.edit.set_text(self._last_question)

    def _show_state(self) -> None:
        self._send.setEnabled(bool(self.edit.text().strip()))

    def _show_focus(self, has_focus: bool) -> None:
        set_styled_property(self._box, "focused", has_focus)
