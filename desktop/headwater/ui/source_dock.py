"""Where the answer comes from: the sources, as they arrive."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QLabel, QMainWindow, QToolButton

from headwater.domain.source_order import SourceOrder, in_order
from headwater.ui.dock import Dock
from headwater.ui.theme import LIGHT, Theme

if TYPE_CHECKING:
    from collections.abc import Collection

    from headwater.domain.conversation import Turn
    from headwater.domain.source import Source
    from headwater.ui.pictures import Pictures
    from headwater.ui.source_check import SourceCheck
    from headwater.ui.source_list import SourceList
    from headwater.ui.source_order_menu import SourceOrderMenu


class SourceDock(Dock):
    """Lists the sources of one turn; a click lights the sentences, Enter opens the page."""

    source_selected = Signal(str, str)
    source_opened = Signal(str, str)
    order_chosen = Signal(str)

    def __init__(self, parent: QMainWindow) -> None:
        super().__init__("Sources", "sources", parent, 228)
        self._turn_id = ""
        self._turn: Turn | None = None
        self._cited: Collection[str] = ()
        self._listed: tuple[object, ...] = ()  # what the rows were made of
        self._order = SourceOrder.NUMBER
        self._menu: SourceOrderMenu | None = None
        self._check: SourceCheck | None = None
        self._explanation: QLabel | None = None
        self._theme = LIGHT
        self._list: SourceList | None = None
        self._empty = QLabel("The pages an answer rests on are listed here.")
        self._empty.setObjectName("muted")
        self._empty.setWordWrap(True)
        self._empty.setContentsMargins(14, 6, 14, 6)
        self.body.addWidget(self._empty)
        self.body.addStretch(0)
        self._more = self.add_head_button("Order of the sources")
        self._more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._more.hide()

    def show_turn(self, turn: Turn | None, cited: Collection[str] = ()) -> None:
        """Show the sources of `turn`; `cited` are the ids of those that its text cites."""
        sources = turn.answer.sources if turn else ()
        if turn is None or turn.id != self._turn_id:
            self.show_use("", 0, 0)
        self._turn, self._turn_id, self._cited = turn, turn.id if turn else "", cited
        self._empty.setVisible(not sources)
        if turn is None:
            self._empty.setText("The pages an answer rests on are listed here.")
        elif not sources:
            is_running = turn.answer.is_running
            words = "Nothing found yet." if is_running else "This answer names no sources."
            self._empty.setText(words)
        self._show_sources(sources, frozenset(cited))
        if self._list is not None:
            self._list.setVisible(bool(sources))
        self._more.setVisible(len(sources) > 1)
        self._check_passages()

    def _show_sources(self, sources: tuple[Source, ...], cited: frozenset[str]) -> None:
        """List the cited sources and then the others, unless they are listed so already."""
        listed = (sources, cited, self._order)
        if listed == self._listed:
            return
        self._listed = listed
        if not sources:
            self.set_detail("")
            return
        by_mark: list[Source] = []
        others: list[Source] = []
        for source in in_order(sources, self._order):
            (others if cited.isdisjoint(source.ids) else by_mark).append(source)
        self._shown_list().show_sources(tuple(by_mark), tuple(others))
        self.set_detail(f"{len(sources)}, {len(by_mark)} cited" if by_mark else f"{len(sources)}")

    def _check_passages(self) -> None:
        """Compare the answer with its passages, once it has ended and while this is in sight."""
        turn = self._turn
        if turn is None or turn.answer.is_running or not turn.answer.sources:
            if self._check is not None:
                self._check.forget()
                self._show_checks()
            return
        if not self.isVisible():
            return
        if self._check is None:
            from headwater.ui.source_check import SourceCheck

            self._check = SourceCheck(self)
            self._check.finished.connect(self._show_checks)
        self._check.begin(turn.answer)
        self._show_checks()

    def _show_checks(self) -> None:
        words = self._check.words() if self._check is not None else {}
        if self._list is not None:
            self._list.show_checks(words)
        if self._explanation is not None:
            self._explanation.setVisible(bool(words))

    def set_order(self, order: SourceOrder) -> None:
        """List the sources in that order."""
        if order is not self._order:
            self._order = order
            self.show_turn(self._turn, self._cited)
        if self._menu is not None:
            self._menu.check(order)

    def show_use(self, source_id: str, which: int, count: int) -> None:
        """Say in the row of a source that the `which`th of `count` sentences is shown, from 1."""
        if self._list is not None:
            self._list.show_use(source_id, f"{which} of {count}" if count else "")

    def select_source(self, source_id: str) -> None:
        """Mark the row of that source and bring it into view."""
        if self._list is not None:
            self._list.select_source(source_id)

    def wear(self, theme: Theme, pictures: Pictures) -> None:
        """Take on the theme's colours."""
        super().wear(theme, pictures)
        self._more.setIcon(pictures.icon("ellipsis", theme.muted))
        self._theme = theme
        if self._list is not None:
            self._list.wear(theme)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._check_passages()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        if self._check is not None:
            self._check.pause()

    def _shown_list(self) -> SourceList:
        """Return the list, made with the first source: the window opens without any."""
        if self._list is None:
            from headwater.ui.source_list import SourceList

            self._list = SourceList(self._theme)
            self._list.source_opened.connect(
                lambda source_id: self.source_opened.emit(self._turn_id, source_id)
            )
            self._list.source_selected.connect(
                lambda source_id: self.source_selected.emit(self._turn_id, source_id)
            )
            self.body.insertWidget(1, self._list, 1)
            self._explanation = _explanation()
            self.body.addWidget(self._explanation)
            from headwater.ui.source_order_menu import SourceOrderMenu

            self._menu = SourceOrderMenu(self)
            self._menu.check(self._order)
            self._menu.chosen.connect(self.order_chosen)
            self._more.setMenu(self._menu)
        return self._list


def _explanation() -> QLabel:
    """Return what stands below the rows, hidden; its place is kept, so that no row moves."""
    from headwater.ui.check_words import EXPLANATION
    from headwater.ui.plain_label import plain_label

    label = plain_label("faint")
    label.setText(EXPLANATION)
    label.setContentsMargins(14, 6, 14, 8)
    policy = label.sizePolicy()
    policy.setRetainSizeWhenHidden(True)
    label.setSizePolicy(policy)
    label.hide()
    return label
