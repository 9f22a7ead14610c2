"""A quiet line in the window: what was just deleted, and the way back."""

from __future__ import annotations

from PySide6.QtCore import QSize, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QToolButton

from headwater.ui.announcement import announce
from headwater.ui.pictures import Pictures
from headwater.ui.plain_label import plain_label
from headwater.ui.theme import APART, NEAR, Theme


class UndoLine(QFrame):
    """Stays until it is closed, or used."""

    undone = Signal()
    closed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._words = plain_label("muted")
        self.button = QPushButton("Undo")
        self.button.setObjectName("quiet")
        self._close = QToolButton()
        self._close.setAccessibleName("Close")
        self._close.setToolTip("Close")
        self._close.setIconSize(QSize(14, 14))
        row = QHBoxLayout(self)
        row.setContentsMargins(APART, NEAR // 2, APART, NEAR // 2)
        row.setSpacing(NEAR)
        row.addWidget(self._words, 1)
        row.addWidget(self.button)
        row.addWidget(self._close)
        self.button.clicked.connect(self.undone)
        self._close.clicked.connect(self.closed)

    @property
    def words(self) -> str:
        """What it says."""
        return self._words.text()

    def say(self, words: str) -> None:
        """Say what was done."""
        self._words.setText(words)
        announce(self, words)

    def wear(self, theme: Theme, pictures: Pictures) -> None:
        """Take the colours of the window."""
        self._close.setIcon(pictures.icon("x", theme.muted))
