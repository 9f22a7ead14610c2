"""What the preferences say of newer releases: a look now, a look once a day, what is sent."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from headwater.domain.failure import Failure
from headwater.domain.release import ReleasePlace
from headwater.session.release_session import ReleaseSession
from headwater.ui.plain_label import plain_label
from headwater.ui.plain_text import paragraph
from headwater.ui.release_line import release_words
from headwater.ui.theme import NEAR

_LONGEST = 400
_UNKNOWN = "This build does not know where releases of Headwater are published."


class ReleasePanel(QWidget):
    """Follows one ReleaseSession; `close_session` ends that."""

    def __init__(self, releases: ReleaseSession, open_url: Callable[[str], None]) -> None:
        super().__init__()
        self._releases = releases
        self._open_url = open_url
        self._has_asked = False
        self._forget: Callable[[], None] = lambda: None
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(NEAR)
        if releases.place is None:
            words = plain_label("muted", is_selectable=True)
            words.setText(_UNKNOWN)
            column.addWidget(words)
        else:
            self._lay_out(column, releases.place)
            self._forget = releases.changed.add(self._show)
            self._show()

    def close_session(self) -> None:
        """Follow nothing any more."""
        self._forget()

    def _lay_out(self, column: QVBoxLayout, place: ReleasePlace) -> None:
        look = QPushButton("Look for a newer release")
        look.setAutoDefault(False)
        self._outcome = plain_label("muted", is_selectable=True)
        self._page = QPushButton("Open its page")
        self._page.setAutoDefault(False)
        self._daily = QCheckBox("Look once a day")
        self._daily.setChecked(self._releases.is_daily)
        sent = plain_label("muted", is_selectable=True)
        sent.setText(
            f"Asks {place.asked_host} for the number of the newest release and says that Headwater "
            f"{self._releases.own} asks. Nothing else is sent."
        )
        self._daily.setAccessibleDescription(sent.text())
        row = QHBoxLayout()
        row.setSpacing(NEAR)
        row.addWidget(look, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self._outcome, 1)
        row.addWidget(self._page, 0, Qt.AlignmentFlag.AlignTop)
        column.addLayout(row)
        column.addWidget(self._daily, 0, Qt.AlignmentFlag.AlignLeft)
        column.addWidget(sent)
        look.clicked.connect(self._look)
        self._page.clicked.connect(lambda: self._open_url(place.page_url))
        self._daily.clicked.connect(lambda is_on: self._releases.switch(on=is_on))

    def _look(self) -> None:
        self._has_asked = True
        self._releases.look()

    def _show(self) -> None:
        words, is_newer = self._words()
        if words != self._outcome.text():
            self._outcome.setText(words)
            if words and self._has_asked:
                QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self, words))
        self._page.setVisible(is_newer)

    def _words(self) -> tuple[str, bool]:
        """Return what is known, and whether it is a newer release."""
        releases = self._releases
        if releases.is_asking and self._has_asked:
            return "Looking…", False
        match releases.outcome:
            case None:
                return "", False
            case Failure(title=title, detail=detail):
                words = f"{title} {detail}".rstrip()
                return (paragraph(words, _LONGEST) if self._has_asked else ""), False
            case newest if newest > releases.own:
                return release_words(newest), True
            case _ if not self._has_asked:
                return "", False  # it may not be true any more
            case newest if newest == releases.own:
                return f"Headwater {newest} is the newest release.", False
            case newest:
                return f"The newest release is Headwater {newest}; this one is newer.", False
