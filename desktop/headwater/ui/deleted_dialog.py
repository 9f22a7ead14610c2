"""What was deleted lately: put back, or gone for good."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QMessageBox,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from headwater.session.ports import KEPT_WHEN_DELETED, ConversationSummary
from headwater.session.recently_deleted import RecentlyDeleted
from headwater.ui.plain_label import plain_label
from headwater.ui.plain_text import one_line
from headwater.ui.question_box import question_box
from headwater.ui.row_list import Row, RowList
from headwater.ui.theme import APART, NEAR, Theme

_SIZE = (520, 420)


class DeletedDialog(QDialog):
    """Follows one RecentlyDeleted as long as it is open."""

    def __init__(self, deleted: RecentlyDeleted, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle("Recently deleted")
        self.resize(*_SIZE)
        self._deleted = deleted
        self._forget: Callable[[], None] = deleted.changed.add(self._show)
        self._words = plain_label("muted")
        self.list = RowList("Recently deleted", theme, takes_several=True)
        self._problem = plain_label("warning")
        self._back = QPushButton("Put back")
        self._erase = QPushButton("Delete for good…")
        close = QPushButton("Close")
        close.setObjectName("primary")
        close.setDefault(True)
        for button in (self._back, self._erase):
            button.setAutoDefault(False)
        buttons = QHBoxLayout()
        buttons.setSpacing(NEAR)
        buttons.addWidget(self._back)
        buttons.addWidget(self._erase)
        buttons.addStretch(1)
        buttons.addWidget(close)
        column = QVBoxLayout(self)
        column.setContentsMargins(APART, APART, APART, APART)
        column.setSpacing(APART)
        column.addWidget(self._words)
        column.addWidget(self.list, 1)
        column.addWidget(self._problem)
        column.addLayout(buttons)
        self._back.clicked.connect(lambda: deleted.put_back(self.list.chosen))
        self._erase.clicked.connect(self._ask)
        self.list.itemSelectionChanged.connect(self._selected)
        close.clicked.connect(self.accept)
        self.finished.connect(self._end)
        self._show()
        deleted.look()

    def _show(self) -> None:
        summaries = self._deleted.summaries
        self._words.setText(
            f"Kept for {KEPT_WHEN_DELETED.days} days and then removed for good."
            if summaries
            else "Nothing was deleted in the last 30 days."
        )
        self.list.show_rows([_row(summary) for summary in summaries])
        self._problem.setText(self._deleted.problem)
        self._problem.setVisible(bool(self._deleted.problem))
        self._selected()

    def _selected(self) -> None:
        for button in (self._back, self._erase):
            button.setEnabled(bool(self.list.chosen))

    def _ask(self) -> None:
        chosen = self.list.chosen
        box = question_box(
            self,
            "Delete for good",
            "Delete this conversation for good?"
            if len(chosen) == 1
            else f"Delete these {len(chosen)} conversations for good?",
            "This cannot be undone. Backups that were made before still hold it, until newer ones "
            "take their place.",
        )
        delete = box.addButton("Delete for good", QMessageBox.ButtonRole.DestructiveRole)
        box.setDefaultButton(box.addButton("Keep", QMessageBox.ButtonRole.RejectRole))
        delete.clicked.connect(lambda: self._deleted.erase(chosen))
        box.open()

    def _end(self) -> None:
        self._forget()
        self.deleteLater()


def _row(summary: ConversationSummary) -> Row:
    count = "1 answer" if summary.answers == 1 else f"{summary.answers} answers"
    detail = count
    if summary.deleted is not None:
        day = summary.deleted.astimezone().date()
        until = day + KEPT_WHEN_DELETED
        detail = f"{count} · deleted {_day(day)} · kept until {until:%d %B}"
    return Row(summary.id, one_line(summary.title) or "Untitled", detail)


def _day(day: date) -> str:
    today = date.today()
    if day == today:
        return "today"
    return "yesterday" if day == today - timedelta(days=1) else f"on {day:%d %B}"
