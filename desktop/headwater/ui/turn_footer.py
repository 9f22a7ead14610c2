"""What stands under an answer: how it ended, what to do with it, where to go next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from headwater.domain.conversation import Turn
from headwater.ui.failure_notice import FailureNotice
from headwater.ui.plain_text import one_line
from headwater.ui.theme import NEAR

if TYPE_CHECKING:
    from headwater.domain.source import Picture
    from headwater.ui.picture_loading import LoadPicture
    from headwater.ui.picture_strip import PictureStrip

_MOST_RELATED = 5


class TurnFooter(QWidget):
    """The row under one answer; every gesture names the turn it belongs to."""

    version_chosen = Signal(str)
    compare_requested = Signal(str)
    copy_requested = Signal(str)
    export_requested = Signal(str)
    retry_requested = Signal(str)
    edit_requested = Signal(str)
    continue_requested = Signal(str)
    remedy_chosen = Signal(str, str)
    related_chosen = Signal(str)
    page_opened = Signal(str)
    resized = Signal(str)

    def __init__(
        self, turn_id: str, load_picture: LoadPicture, parent: QWidget | None = None
    ) -> None:
        """Take what fetches a picture that the search found, once somebody asks to see it."""
        super().__init__(parent)
        self._load_picture = load_picture
        self._strip: PictureStrip | None = None
        self._turn_id = turn_id
        self._versions: tuple[str, ...] = ()
        self._shown: tuple[object, ...] = ()
        self.notice = FailureNotice()
        self.notice.hide()
        self._back = _quiet("‹", "Earlier answer")
        self._where = QLabel()
        self._where.setObjectName("muted")
        self._forth = _quiet("›", "Later answer")
        self._compare = _quiet("Compare", "Compare two versions of this answer")
        self._copy = _quiet("Copy", "Copy the answer with its sources")
        self._retry = _quiet("Retry", "Ask again; this answer is kept")
        self._export = _quiet("Export", "Write this answer with its sources to a file")
        self._edit = _quiet("Edit", "Change the question; this answer is kept")
        self._actions = self._action_row()
        self._line = QFrame()
        self._line.setObjectName("hairline")
        self._line.setFixedHeight(1)
        self._related = QVBoxLayout()
        self._related.setSpacing(0)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, NEAR, 0, NEAR)
        column.setSpacing(NEAR)
        column.addWidget(self.notice)
        column.addWidget(self._actions)
        self._column = column
        column.addWidget(self._line)
        column.addLayout(self._related)
        self._back.clicked.connect(lambda: self._step(-1))
        self._forth.clicked.connect(lambda: self._step(1))
        self._compare.clicked.connect(lambda: self.compare_requested.emit(turn_id))
        self._copy.clicked.connect(lambda: self.copy_requested.emit(turn_id))
        self._export.clicked.connect(lambda: self.export_requested.emit(turn_id))
        self._retry.clicked.connect(lambda: self.retry_requested.emit(turn_id))
        self._edit.clicked.connect(lambda: self.edit_requested.emit(turn_id))
        self.notice.remedy_chosen.connect(lambda remedy: self.remedy_chosen.emit(turn_id, remedy))
        self.notice.continue_requested.connect(lambda: self.continue_requested.emit(turn_id))
        self.notice.resized.connect(lambda: self.resized.emit(turn_id))

    def _action_row(self) -> QWidget:
        actions = QWidget()
        row = QHBoxLayout(actions)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(NEAR)
        for widget in (self._back, self._where, self._forth, self._compare, self._copy):
            row.addWidget(widget)
        row.addWidget(self._retry)
        row.addWidget(self._edit)
        row.addWidget(self._export)
        row.addStretch(1)
        return actions

    def show_turn(self, turn: Turn, versions: tuple[str, ...]) -> None:
        """Show what goes with `turn`, one of `versions` (turn ids, oldest first)."""
        answer = turn.answer
        shown = (answer.state, answer.follow_ups, answer.pictures, versions, bool(answer.text))
        if shown == self._shown:
            return
        self._shown = shown
        self._versions = versions
        is_running = answer.is_running
        self.notice.show_answer(answer)
        several = len(versions) > 1
        for widget in (self._back, self._where, self._forth, self._compare):
            widget.setVisible(several)
        if several:
            at = versions.index(turn.id)
            self._where.setText(f"{at + 1} / {len(versions)}")
            self._where.setAccessibleName(f"Answer {at + 1} of {len(versions)}")
            self._back.setEnabled(at > 0)
            self._forth.setEnabled(at < len(versions) - 1)
        self._copy.setVisible(bool(answer.text) and not is_running)
        self._export.setVisible(bool(answer.text) and not is_running)
        self._retry.setVisible(not is_running and answer.status == "complete")
        self._edit.setVisible(not is_running)
        self._show_pictures(() if is_running else answer.pictures)
        self._show_related(() if is_running else answer.follow_ups)
        self.resized.emit(self._turn_id)

    def _show_pictures(self, pictures: tuple[Picture, ...]) -> None:
        if self._strip is None:
            if not pictures:
                return
            from headwater.ui.picture_strip import PictureStrip

            self._strip = PictureStrip(self._load_picture)
            self._strip.page_opened.connect(self.page_opened)
            self._strip.unfolded.connect(lambda: self.resized.emit(self._turn_id))
            self._column.insertWidget(self._column.indexOf(self._line), self._strip)
        self._strip.show_pictures(pictures)

    def _show_related(self, questions: tuple[str, ...]) -> None:
        while (item := self._related.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.deleteLater()
        questions = tuple(q for q in questions if q.strip())[:_MOST_RELATED]
        self._line.setVisible(bool(questions))
        for question in questions:
            button = QPushButton(f"›  {one_line(question, 140)}".replace("&", "&&"))
            button.setObjectName("related")
            button.setAccessibleName(f"Ask: {one_line(question, 140)}")
            button.setCursor(Qt.CursorShape.PointingHandCursor)
            button.clicked.connect(lambda _=False, q=question: self.related_chosen.emit(q))
            self._related.addWidget(button)

    def _step(self, by: int) -> None:
        at = self._versions.index(self._turn_id) + by
        if 0 <= at < len(self._versions):
            self.version_chosen.emit(self._versions[at])


def _quiet(text: str, says: str) -> QPushButton:
    button = QPushButton(text)
    button.setObjectName("act")
    button.setToolTip(says)
    # Who asks for a button by voice says the word that stands on it.
    button.setAccessibleName(says if text in says or not text.isalpha() else f"{text}: {says}")
    return button
