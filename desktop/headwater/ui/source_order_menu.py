"""The menu in the head of the Sources dock: in which order they are listed."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu, QWidget

from headwater.domain.source_order import SourceOrder

_WORDS = {
    SourceOrder.NUMBER: "In order of their numbers",
    SourceOrder.DATE: "Newest first",
    SourceOrder.DOMAIN: "By domain",
}


class SourceOrderMenu(QMenu):
    """One of the orders is checked."""

    chosen = Signal(str)

    def __init__(self, parent: QWidget) -> None:
        super().__init__("Order of the sources", parent)
        group = QActionGroup(self)
        self._actions: dict[SourceOrder, QAction] = {}
        for order, words in _WORDS.items():
            action = self._actions[order] = self.addAction(words)
            action.setCheckable(True)
            action.triggered.connect(lambda _=False, order=order: self.chosen.emit(order.value))
            group.addAction(action)

    def check(self, order: SourceOrder) -> None:
        """Show that this one is in force."""
        self._actions[order].setChecked(True)
