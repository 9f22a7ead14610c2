"""A quiet line in the window: a newer release is out."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize, Signal
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent, QShowEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QToolButton

from headwater.domain.release import Version
from headwater.ui.pictures import Pictures
from headwater.ui.plain_label import plain_label
from headwater.ui.theme import APART, NEAR, Theme


class ReleaseLine(QFrame):
    """Stays until it is closed; `seen` comes when it stands in the window that is in front."""

    seen = Signal()
    page_requested = Signal()
    closed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._words = plain_label("muted")
        page = QPushButton("Open its page")
        page.setObjectName("quiet")
        self._close = QToolButton()
        self._close.setAccessibleName("Close")
        self._close.setToolTip("Close")
        self._close.setIconSize(QSize(14, 14))
        row = QHBoxLayout(self)
        row.setContentsMargins(APART, NEAR // 2, APART, NEAR // 2)
        row.setSpacing(NEAR)
        row.addWidget(self._words, 1)
        row.addWidget(page)
        row.addWidget(self._close)
        page.clicked.connect(self.page_requested)
        self._close.clicked.connect(self.closed)

    def show_release(self, release: Version) -> None:
        """Say which release is out."""
        words = release_words(release)
        if words != self._words.text():
            self._words.setText(words)
            QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self, words))
        self._tell()

    def wear(self, theme: Theme, pictures: Pictures) -> None:
        """Take the colours of the window."""
        self._close.setIcon(pictures.icon("x", theme.muted))

    def _tell(self) -> None:
        if self.isVisible() and self.isActiveWindow():
            self.seen.emit()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._tell()

    def event(self, event: QEvent) -> bool:
        # Of a window that comes to the front, its children hear by this event alone.
        is_taken = super().event(event)
        if event.type() == QEvent.Type.WindowActivate:
            self._tell()
        return is_taken


def release_words(release: Version) -> str:
    """Return what is said of a newer release."""
    return f"Headwater {release} is out."
