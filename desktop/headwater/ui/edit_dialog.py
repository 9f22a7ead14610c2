"""Changing a question that was asked before; the old one is kept with its answer."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QDialog,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from headwater.ui.composer import QuestionEdit
from headwater.ui.composing import leave_keys_to_input_method
from headwater.ui.theme import APART, NEAR


class EditDialog(QDialog):
    """The same box as for a new question: Enter asks, Shift+Enter is a new line."""

    edited = Signal(str)

    def __init__(self, question: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle("Edit the question")
        self.setMinimumWidth(520)
        words = QLabel("The old question is kept with its answer.")
        words.setObjectName("muted")
        self._edit = QuestionEdit()
        self._edit.set_text(question)
        box = QFrame()
        box.setObjectName("box")
        inside = QVBoxLayout(box)
        inside.setContentsMargins(12, 8, 12, 8)
        inside.addWidget(self._edit)
        cancel = QPushButton("Cancel")
        ask = QPushButton("Ask")
        ask.setObjectName("primary")
        ask.setAutoDefault(False)
        buttons = QHBoxLayout()
        buttons.setSpacing(NEAR)
        buttons.addStretch(1)
        buttons.addWidget(cancel)
        buttons.addWidget(ask)
        column = QVBoxLayout(self)
        column.setContentsMargins(APART, APART, APART, APART)
        column.setSpacing(APART)
        column.addWidget(words)
        column.addWidget(box)
        column.addLayout(buttons)
        self._edit.submitted.connect(self._ask)
        ask.clicked.connect(self._ask)
        cancel.clicked.connect(self.reject)
        self.finished.connect(self.deleteLater)
        leave_keys_to_input_method(self)
        self._edit.setFocus()

    def _ask(self) -> None:
        if text := self._edit.text().strip():
            self.edited.emit(text)
            self.accept()
