"""The sources of one answer as rows: cited ones first, the rest folded below."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache
from html import escape
from typing import TYPE_CHECKING

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from headwater.ui.link import host_line
from headwater.ui.plain_text import one_line, paragraph
from headwater.ui.source_card import link_card

if TYPE_CHECKING:
    from headwater.domain.source import Source

_Index = QModelIndex | QPersistentModelIndex


class SourceRole(IntEnum):
    """What a row can be asked for beside its text."""

    ID = Qt.ItemDataRole.UserRole
    TITLE = Qt.ItemDataRole.UserRole + 1
    PLACE = Qt.ItemDataRole.UserRole + 2
    SNIPPET = Qt.ItemDataRole.UserRole + 3
    URL = Qt.ItemDataRole.UserRole + 4
    USE = Qt.ItemDataRole.UserRole + 5
    CHECK = Qt.ItemDataRole.UserRole + 6
    IS_CITED = Qt.ItemDataRole.UserRole + 7


class SourceModel(QAbstractListModel):
    """Rows of sources; the row after the cited ones folds and unfolds the others."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._cited: tuple[Source, ...] = ()
        self._others: tuple[Source, ...] = ()
        self._is_unfolded = False
        self._use: tuple[str, str] = ("", "")
        self._checks: dict[str, str] = {}

    def show_sources(self, cited: tuple[Source, ...], others: tuple[Source, ...]) -> None:
        """Show these; nothing happens when they are the same."""
        if (cited, others) != (self._cited, self._others):
            self.beginResetModel()
            self._cited, self._others = cited, others
            self.endResetModel()

    def show_use(self, source_id: str, words: str) -> None:
        """Say in the row of that source, and in no other, which use of it is shown."""
        before, self._use = self._use, (source_id, words)
        for changed in {before[0], source_id}:
            if (row := self.row_of(changed)) >= 0:
                index = self.index(row)
                self.dataChanged.emit(index, index)

    def show_checks(self, words: dict[str, str]) -> None:
        """Say in the rows, by the ids of the sources, what may be said of their passages."""
        if words == self._checks:
            return
        self._checks = words
        if last := self.rowCount():
            self.dataChanged.emit(self.index(0), self.index(last - 1))

    def toggle_fold(self) -> None:
        """Show or hide the sources that the answer does not cite."""
        if not self._has_fold:
            return
        fold, last = len(self._cited), len(self._cited) + len(self._others)
        if self._is_unfolded:
            self.beginRemoveRows(QModelIndex(), fold + 1, last)
            self._is_unfolded = False
            self.endRemoveRows()
        else:
            self.beginInsertRows(QModelIndex(), fold + 1, last)
            self._is_unfolded = True
            self.endInsertRows()
        self.dataChanged.emit(self.index(fold), self.index(fold))

    def source_at(self, index: _Index) -> Source | None:
        """Return the source of a row, None for the row that folds."""
        row = index.row()
        if 0 <= row < len(self._cited):
            return self._cited[row]
        row -= len(self._cited) + bool(self._has_fold)
        return self._others[row] if 0 <= row < len(self._others) else None

    def row_of(self, source_id: str) -> int:
        """Return the row that shows the source, -1 if none does."""
        for row in range(self.rowCount()):
            source = self.source_at(self.index(row))
            if source is not None and source_id in source.ids:
                return row
        return -1

    @property
    def _has_fold(self) -> bool:
        return bool(self._cited and self._others)

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        if parent.isValid():
            return 0
        shows_others = self._is_unfolded or not self._cited
        return len(self._cited) + self._has_fold + (len(self._others) if shows_others else 0)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        source = self.source_at(index)
        if source is None:
            return self._fold_data(role)
        words = _words_of(source)
        match role:
            case Qt.ItemDataRole.DisplayRole | SourceRole.TITLE:
                return words.title
            case Qt.ItemDataRole.AccessibleTextRole:
                said = (
                    f"Source {one_line(source.id, 8)}: {words.title}",
                    words.host,
                    self._use_of(source),
                    self._checks.get(source.id, "")[2:],
                )
                return ", ".join(filter(None, said))
            case Qt.ItemDataRole.ToolTipRole:
                check = self._checks.get(source.id, "")  # a row may not have room for all of it
                return link_card(source.url) + (f"<p>{escape(check)}</p>" if check else "")
            case SourceRole.ID:
                return one_line(source.id, 8)
            case SourceRole.PLACE:
                date = source.published or source.updated
                return f"{words.host} · {_date(date)}" if date else words.host
            case SourceRole.SNIPPET:
                return words.snippet
            case SourceRole.URL:
                return source.url
            case SourceRole.USE:
                return self._use_of(source)
            case SourceRole.CHECK:
                return self._checks.get(source.id, "")
            case SourceRole.IS_CITED:
                return index.row() < len(self._cited)
            case _:
                return None

    def _fold_data(self, role: int) -> object:
        words = f"Also found ({len(self._others)})"
        if role == Qt.ItemDataRole.DisplayRole:
            return f"{'▾' if self._is_unfolded else '▸'} {words}"
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{words}, {'unfolded' if self._is_unfolded else 'folded'}"
        return None

    def _use_of(self, source: Source) -> str:
        source_id, words = self._use
        return words if source_id in source.ids else ""


@dataclass(frozen=True, slots=True)
class _Words:
    """What a source brings along, made harmless."""

    title: str
    host: str
    snippet: str


@lru_cache(maxsize=4096)
def _words_of(source: Source) -> _Words:
    """Return the words of a source, from memory: a list asks for them again and again."""
    return _Words(
        one_line(source.title, 200) or one_line(source.url, 200),
        host_line(source.url),
        " ".join(paragraph(source.snippet, 400).split()),
    )


_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]


def _date(text: str) -> str:
    """Return `Jun 2002` for `2002-06-14`, anything else as one short line."""
    parts = text.split("T", maxsplit=1)[0].split("-")
    if len(parts) >= 2 and parts[0].isdigit() and parts[1].isdigit():
        month = int(parts[1])
        if 1 <= month <= len(_MONTHS):
            return f"{_MONTHS[month - 1]} {parts[0]}"
    return one_line(text, 20)
