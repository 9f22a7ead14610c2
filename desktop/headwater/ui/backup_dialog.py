"""The backups of the history: which there are, one more, and the way back to one of them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta

from PySide6.QtCore import QLocale
from PySide6.QtWidgets import QDialog, QHBoxLayout, QMessageBox, QPushButton, QVBoxLayout, QWidget

from headwater.session.backup_session import BackupSession
from headwater.session.ports import BackupSummary
from headwater.ui.announcement import announce
from headwater.ui.plain_label import plain_label
from headwater.ui.question_box import question_box
from headwater.ui.row_list import Row, RowList
from headwater.ui.theme import APART, NEAR, Theme

_SIZE = (540, 440)


class BackupDialog(QDialog):
    """Follows one BackupSession as long as it is open."""

    def __init__(self, backups: BackupSession, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle("Backups")
        self.resize(*_SIZE)
        self._backups = backups
        self._forget: Callable[[], None] = backups.changed.add(self._show)
        about = plain_label("muted")
        about.setText(
            "The history is backed up once a day, on this computer, unencrypted as it is itself. "
            "The last seven days and four weeks are kept. Keys and preferences are not part of it."
        )
        self.list = RowList("Backups", theme)
        self._state = plain_label("muted")
        self._problem = plain_label("warning")
        self._restore = QPushButton("Restore…")
        self._make = QPushButton("Make one now")
        close = QPushButton("Close")
        close.setObjectName("primary")
        close.setDefault(True)
        for button in (self._restore, self._make):
            button.setAutoDefault(False)
        buttons = QHBoxLayout()
        buttons.setSpacing(NEAR)
        buttons.addWidget(self._restore)
        buttons.addWidget(self._make)
        buttons.addStretch(1)
        buttons.addWidget(close)
        column = QVBoxLayout(self)
        column.setContentsMargins(APART, APART, APART, APART)
        column.setSpacing(APART)
        column.addWidget(about)
        column.addWidget(self.list, 1)
        column.addWidget(self._state)
        column.addWidget(self._problem)
        column.addLayout(buttons)
        self._restore.clicked.connect(self._ask)
        self._make.clicked.connect(backups.make)
        self.list.itemSelectionChanged.connect(self._selected)
        close.clicked.connect(self.accept)
        self.finished.connect(self._end)
        self._show()
        backups.look()

    def _show(self) -> None:
        backups = self._backups
        self.list.show_rows([_row(summary) for summary in backups.summaries])
        state = backups.doing or backups.done
        if not state and not backups.problem and not backups.summaries:
            state = "There is no backup yet."
        for label, words in ((self._state, state), (self._problem, backups.problem)):
            if words != label.text():
                label.setText(words)
                if words:
                    announce(self, words)
            label.setVisible(bool(words))
        self._make.setEnabled(not backups.doing)
        self._selected()

    def _selected(self) -> None:
        chosen = self._chosen()
        is_usable = chosen is not None and chosen.conversations is not None
        self._restore.setEnabled(is_usable and not self._backups.doing)

    def _chosen(self) -> BackupSummary | None:
        names = self.list.chosen
        return next((each for each in self._backups.summaries if each.name in names), None)

    def _ask(self) -> None:
        chosen = self._chosen()
        if chosen is None:
            return
        box = question_box(
            self,
            "Restore a backup",
            f"Put the history back to how it was {moment_words(chosen.moment)}?",
            "What is in the history now becomes a backup first, so this can be undone.",
        )
        restore = box.addButton("Restore", QMessageBox.ButtonRole.AcceptRole)
        box.setDefaultButton(box.addButton("Cancel", QMessageBox.ButtonRole.RejectRole))
        restore.clicked.connect(lambda: self._backups.restore(chosen))
        box.open()

    def _end(self) -> None:
        self._forget()
        self.deleteLater()


def moment_words(moment: datetime) -> str:
    """Return a moment as one says it: today at 14:03, on 3 November at 09:10."""
    local = moment.astimezone()
    day, today = local.date(), date.today()
    clock = f"at {local:%H:%M}"
    if day == today:
        return f"today {clock}"
    if day == today - timedelta(days=1):
        return f"yesterday {clock}"
    year = "" if day.year == today.year else f" {day.year}"
    return f"on {day.day} {day:%B}{year} {clock}"


def _row(summary: BackupSummary) -> Row:
    count = summary.conversations
    if count is None:
        holds = "cannot be read"
    else:
        holds = "1 conversation" if count == 1 else f"{count:,} conversations"
    size = QLocale().formattedDataSize(
        summary.size, 1, QLocale.DataSizeFormat.DataSizeTraditionalFormat
    )
    words = moment_words(summary.moment)
    return Row(summary.name, words[:1].upper() + words[1:], f"{holds} · {size} · {summary.reason}")
