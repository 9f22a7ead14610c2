"""The kept conversations as rows, under headings of days."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import IntEnum
from typing import TYPE_CHECKING

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from headwater.ui.plain_text import one_line

if TYPE_CHECKING:
    from headwater.session.ports import ConversationSummary

_Index = QModelIndex | QPersistentModelIndex
_STATES = {
    "running": "streaming…",
    "incomplete": "interrupted, text kept",
    "failed": "no answer",
    "stopped": "stopped, text kept",
}


class HistoryRole(IntEnum):
    """What a row can be asked for beside its text."""

    ID = Qt.ItemDataRole.UserRole
    DETAIL = Qt.ItemDataRole.UserRole + 1
    IS_HEADING = Qt.ItemDataRole.UserRole + 2


@dataclass(frozen=True, slots=True)
class _Row:
    text: str
    detail: str = ""
    id: str = ""


class HistoryModel(QAbstractListModel):
    """Rows of conversations, newest first; headings cannot be chosen."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows: tuple[_Row, ...] = ()

    def show_summaries(
        self, summaries: tuple[ConversationSummary, ...], today: date, *, is_search: bool
    ) -> None:
        """Show these; found ones come without headings, in the order of the search."""
        rows: list[_Row] = []
        heading = ""
        for summary in summaries:
            day = day_heading(summary.updated, today)
            if not is_search and day != heading:
                heading = day
                rows.append(_Row(day))
            title = one_line(summary.title) or "Untitled"
            rows.append(_Row(title, _detail(summary, is_search), summary.id))
        if tuple(rows) == self._rows:
            return
        if [r.id for r in rows] == [r.id for r in self._rows]:
            self._rows = tuple(rows)
            self.dataChanged.emit(self.index(0), self.index(len(rows) - 1))
        else:
            self.beginResetModel()
            self._rows = tuple(rows)
            self.endResetModel()

    def row_of(self, conversation_id: str) -> int:
        """Return the row of that conversation, -1 if it is not shown."""
        for row, content in enumerate(self._rows):
            if content.id and content.id == conversation_id:
                return row
        return -1

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        return 0 if parent.isValid() else len(self._rows)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not 0 <= index.row() < len(self._rows):
            return None
        row = self._rows[index.row()]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return row.text
            case Qt.ItemDataRole.AccessibleTextRole:
                return f"{row.text}, {row.detail}" if row.detail else row.text
            case HistoryRole.ID:
                return row.id
            case HistoryRole.DETAIL:
                return row.detail
            case HistoryRole.IS_HEADING:
                return not row.id
            case _:
                return None

    def flags(self, index: _Index) -> Qt.ItemFlag:
        if index.isValid() and not self._rows[index.row()].id:
            return Qt.ItemFlag.NoItemFlags
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable


def day_heading(when: datetime, today: date) -> str:
    """Return Today, Yesterday, the month of this year, or month and year."""
    day = when.astimezone().date()
    if day >= today:
        return "Today"
    if day == today - timedelta(days=1):
        return "Yesterday"
    if day.year == today.year:
        return f"{day:%B}"
    return f"{day:%B %Y}"


def _detail(summary: ConversationSummary, is_search: bool) -> str:
    if is_search and summary.excerpt:
        return one_line(summary.excerpt, 120)
    if state := _STATES.get(summary.state, ""):
        return state
    if summary.answers <= 1 and not summary.cost:
        return ""
    parts = [f"{summary.answers} answers" if summary.answers != 1 else "1 answer"]
    if summary.cost:
        parts.append(f"{summary.cost * 100:.1f} ct")
    return " · ".join(parts)
