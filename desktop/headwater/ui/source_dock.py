"""Where the answer comes from: the sources, as they arrive."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLabel, QMainWindow

from headwater.ui.dock import Dock
from headwater.ui.theme import LIGHT, Theme

if TYPE_CHECKING:
    from headwater.domain.conversation import Turn
    from headwater.ui.pictures import Pictures
    from headwater.ui.source_list import SourceList


class SourceDock(Dock):
    """Lists the sources of one turn; a click lights the sentences, Enter opens the page."""

    source_selected = Signal(str, str)
    source_opened = Signal(str)

    def __init__(self, parent: QMainWindow) -> None:
        super().__init__("Sources", "sources", parent, 228)
        self._turn_id = ""
        self._theme = LIGHT
        self._list: SourceList | None = None
        self._empty = QLabel("The pages an answer rests on are listed here.")
        self._empty.setObjectName("muted")
        self._empty.setWordWrap(True)
        self._empty.setContentsMargins(14, 6, 14, 6)
        self.body.addWidget(self._empty)
        self.body.addStretch(0)

    def show_turn(self, turn: Turn | None) -> None:
        """Show the sources of `turn`."""
        sources = turn.answer.sources if turn else ()
        self._turn_id = turn.id if turn else ""
        self._empty.setVisible(not sources)
        if turn is None:
            self._empty.setText("The pages an answer rests on are listed here.")
        elif not sources:
            is_running = turn.answer.is_running
            words = "Nothing found yet." if is_running else "This answer names no sources."
            self._empty.setText(words)
        detail = ""
        if turn is not None and sources:
            cited = _cited(turn)
            by_mark = tuple(s for s in sources if cited.intersection(s.ids))
            others = tuple(s for s in sources if not cited.intersection(s.ids))
            self._shown_list().show_sources(by_mark, others)
            detail = f"{len(sources)}, {len(by_mark)} cited" if by_mark else f"{len(sources)}"
        if self._list is not None:
            self._list.setVisible(bool(sources))
        self.set_detail(detail)

    def select_source(self, source_id: str) -> None:
        """Mark the row of that source and bring it into view."""
        if self._list is not None:
            self._list.select_source(source_id)

    def wear(self, theme: Theme, pictures: Pictures) -> None:
        """Take on the theme's colours."""
        super().wear(theme, pictures)
        self._theme = theme
        if self._list is not None:
            self._list.wear(theme)

    def _shown_list(self) -> SourceList:
        """Return the list, made with the first source: the window opens without any."""
        if self._list is None:
            from headwater.ui.source_list import SourceList

            self._list = SourceList(self._theme)
            self._list.source_opened.connect(self.source_opened)
            self._list.source_selected.connect(
                lambda source_id: self.source_selected.emit(self._turn_id, source_id)
            )
            self.body.insertWidget(1, self._list, 1)
        return self._list


def _cited(turn: Turn) -> frozenset[str]:
    from headwater.domain.citations import cited_ids

    return frozenset(cited_ids(turn.answer.text, turn.answer.sources))
