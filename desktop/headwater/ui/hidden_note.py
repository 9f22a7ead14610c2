"""A quiet line below a question: characters that nobody sees were pasted into it."""

from __future__ import annotations

from PySide6.QtWidgets import QFrame, QHBoxLayout, QPlainTextEdit, QPushButton

from headwater.domain.hidden_text import count_hidden, without_hidden
from headwater.ui.announcement import announce
from headwater.ui.plain_label import plain_label
from headwater.ui.theme import NEAR


class HiddenNote(QFrame):
    """Follows a text box, and is there as long as the text has such characters."""

    def __init__(self, edit: QPlainTextEdit, margin: int = 0) -> None:
        """Take the box, and the space at both sides."""
        super().__init__()
        self._edit = edit
        self._words = plain_label("muted")
        self._words.setWordWrap(False)
        self._remove = QPushButton("Remove")
        self._remove.setObjectName("quiet")
        self._remove.setAccessibleName("Remove the invisible characters")
        row = QHBoxLayout(self)
        row.setContentsMargins(margin, 0, margin, 0)
        row.setSpacing(NEAR)
        row.addWidget(self._words)
        row.addWidget(self._remove)
        row.addStretch(1)
        self._remove.clicked.connect(self._clean)
        edit.textChanged.connect(self._look)
        self.hide()

    @property
    def words(self) -> str:
        """What it says."""
        return self._words.text()

    def _look(self) -> None:
        count = count_hidden(self._edit.toPlainText())
        was_hidden = self.isHidden()
        self.setVisible(bool(count))
        if not count:
            return
        plural = "" if count == 1 else "s"
        self._words.setText(f"{count:,} invisible character{plural} in this question")
        if was_hidden:
            announce(self, self.words)

    def _clean(self) -> None:
        cursor = self._edit.textCursor()
        text = without_hidden(self._edit.toPlainText())
        cursor.select(cursor.SelectionType.Document)
        cursor.insertText(text)  # which can be undone
        self._edit.setFocus()
