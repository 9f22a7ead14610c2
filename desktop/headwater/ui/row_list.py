"""A list of lines with a smaller one under each, as the history shows them, for dialogs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractItemView, QListWidget, QListWidgetItem

from headwater.ui.history_list import HistoryDelegate
from headwater.ui.history_model import HistoryRole
from headwater.ui.theme import Theme


class Row(NamedTuple):
    """One line; `name` is what `chosen` returns for it."""

    name: str
    text: str
    detail: str


class RowList(QListWidget):
    """Rows that can be selected, one or several."""

    def __init__(self, name: str, theme: Theme, *, takes_several: bool = False) -> None:
        """Take what a screen reader calls the list."""
        super().__init__()
        modes = QAbstractItemView.SelectionMode
        self.setAccessibleName(name)
        self.setItemDelegate(HistoryDelegate(self, theme))
        self.setSelectionMode(
            modes.ExtendedSelection if takes_several else modes.SingleSelection,
        )
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setMouseTracking(True)

    @property
    def chosen(self) -> list[str]:
        """The names of the selected rows, from the top."""
        found = sorted(self.selectedItems(), key=self.row)
        return [str(item.data(HistoryRole.ID)) for item in found]

    def show_rows(self, rows: Sequence[Row]) -> None:
        """Show these; what was selected and is still there stays selected."""
        selected = set(self.chosen)
        at = self.currentRow()
        self.clear()
        for row in rows:
            item = QListWidgetItem(row.text)
            item.setData(HistoryRole.ID, row.name)
            item.setData(HistoryRole.DETAIL, row.detail)
            item.setData(HistoryRole.IS_HEADING, False)
            item.setData(Qt.ItemDataRole.AccessibleTextRole, f"{row.text}, {row.detail}")
            self.addItem(item)
            if row.name in selected:
                item.setSelected(True)
        if rows and not self.selectedItems():
            self.setCurrentRow(min(max(at, 0), len(rows) - 1))
