"""Files and URLs that a Mac hands to a running program as events."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject
from PySide6.QtGui import QFileOpenEvent

from headwater.domain.summons import Summons, SummonsKind


class Opening(QObject):
    """An event filter for the application; only a Mac needs it, and it sees every event."""

    def __init__(self, take: Callable[[Summons], None]) -> None:
        super().__init__()
        self._take = take

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if not isinstance(event, QFileOpenEvent):
            return False
        if event.file():
            self._take(Summons(SummonsKind.QUICK_ASK, files=(event.file(),)))
        else:
            self._take(Summons.from_url(event.url().toString()))
        return True
