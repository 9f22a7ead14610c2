"""Everything asked before, and the box that searches it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QLabel, QLineEdit, QMainWindow

from headwater.ui.dock import Dock
from headwater.ui.theme import LIGHT, NEAR, Theme

if TYPE_CHECKING:
    from headwater.session.ports import ConversationSummary
    from headwater.ui.history_list import HistoryList
    from headwater.ui.pictures import Pictures

_TYPING_PAUSE = 120  # milliseconds


class HistoryDock(Dock):
    """Lists conversations; a click or Enter opens one."""

    chosen = Signal(str)
    searched = Signal(str)
    rename_requested = Signal(str)
    delete_requested = Signal(str)

    def __init__(self, parent: QMainWindow) -> None:
        super().__init__("History", "history", parent, 150, with_header=False)
        self._theme = LIGHT
        self._list: HistoryList | None = None
        self._selected = ""
        self.search = QLineEdit()
        self.search.setPlaceholderText("Search everything")
        self.search.setAccessibleName("Search everything")
        self.search.setMaxLength(500)
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(_TYPING_PAUSE)
        self._empty = QLabel()
        self._empty.setObjectName("faint")
        self._empty.setWordWrap(True)
        self._empty.setContentsMargins(10, 8, 6, 8)
        self.body.setContentsMargins(8, 0, 8, 0)
        self.body.setSpacing(NEAR)
        self.body.addWidget(self.search)
        self.body.addWidget(self._empty)
        self.body.addStretch(0)
        self.search.textChanged.connect(lambda _: self._pause.start())
        self._pause.timeout.connect(lambda: self.searched.emit(self.search.text()))
        self.search.returnPressed.connect(self._go_to_list)

    def show_summaries(
        self, summaries: tuple[ConversationSummary, ...], search: str, problem: str
    ) -> None:
        """Show the list, what it is narrowed to, and what stands in its way."""
        if summaries:
            shown = self._shown_list()
            shown.show_summaries(summaries, is_search=bool(search))
            shown.select(self._selected)
        if problem:
            self._empty.setText(problem)
        elif search:
            self._empty.setText("Nothing found.")
        else:
            self._empty.setText("Your questions will be kept here, on this computer only.")
        self._empty.setVisible(bool(problem) or not summaries)
        if self._list is not None:
            self._list.setVisible(bool(summaries))

    def select(self, conversation_id: str) -> None:
        """Mark the row of that conversation, none if it is not listed."""
        self._selected = conversation_id
        if self._list is not None:
            self._list.select(conversation_id)

    def wear(self, theme: Theme, pictures: Pictures) -> None:
        """Take on the theme's colours."""
        super().wear(theme, pictures)
        self._theme = theme
        self.search.setClearButtonEnabled(True)
        if self._list is not None:
            self._list.wear(theme)

    def _go_to_list(self) -> None:
        if self._list is not None:
            self._list.setFocus()

    def _shown_list(self) -> HistoryList:
        """Return the list, made with the first conversation."""
        if self._list is None:
            from headwater.ui.history_list import HistoryList

            self._list = HistoryList(self._theme)
            self._list.chosen.connect(self.chosen)
            self._list.rename_requested.connect(self.rename_requested)
            self._list.delete_requested.connect(self.delete_requested)
            self.body.insertWidget(2, self._list, 1)
        return self._list
