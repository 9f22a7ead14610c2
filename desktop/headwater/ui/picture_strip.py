"""The pictures that a search found, folded; each is loaded by a click and by nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from headwater.ui.fold import Fold
from headwater.ui.picture_card import PictureCard
from headwater.ui.theme import NEAR

if TYPE_CHECKING:
    from headwater.domain.source import Picture
    from headwater.ui.picture_loading import LoadPicture

_MOST = 12
_SCROLL_BAR = 14  # pixels kept for it


class PictureStrip(QWidget):
    """One line until it is unfolded, then a row of cards."""

    page_opened = Signal(str)
    unfolded = Signal()

    def __init__(self, load: LoadPicture, parent: QWidget | None = None) -> None:
        """Take what fetches a picture; it is called after a click alone."""
        super().__init__(parent)
        self._load = load
        self._pictures: tuple[Picture, ...] = ()
        self._cards: list[PictureCard] = []
        self._fold = Fold()
        self._fold.turned.connect(self._unfold)
        self._all = QPushButton("Show all")
        self._all.setObjectName("act")
        self._all.setToolTip("Load every picture from its own server")
        self._all.clicked.connect(self._load_all)
        self._all.hide()
        self._row: QScrollArea | None = None
        head = QHBoxLayout()
        head.setSpacing(NEAR)
        head.addWidget(self._fold)
        head.addWidget(self._all)
        head.addStretch(1)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(4)
        self._column.addLayout(head)

    def show_pictures(self, pictures: tuple[Picture, ...]) -> None:
        """Offer `pictures`, folded; without any there is no strip."""
        self.setVisible(bool(pictures))
        if pictures == self._pictures:
            return
        self._pictures = pictures
        if self._row is not None:
            self._row.deleteLater()
            self._row = None
            self._cards.clear()
        self._fold.turn(is_unfolded=False)
        self._write_line()

    def _write_line(self) -> None:
        count = len(self._pictures)
        words = f"{count} picture{'' if count == 1 else 's'} found"
        is_unfolded = self._fold.is_unfolded
        if is_unfolded and count > _MOST:
            words += f", the first {_MOST} are listed"
        self._fold.say(words)
        self._all.setVisible(is_unfolded and any(card.is_unasked for card in self._cards))

    def _unfold(self, is_unfolded: bool) -> None:
        if is_unfolded and self._row is None:
            self._row = self._make_row()
            self._column.addWidget(self._row)
        if self._row is not None:
            self._row.setVisible(is_unfolded)
        self._write_line()
        self.unfolded.emit()

    def _make_row(self) -> QScrollArea:
        inside = QWidget()
        cards = QHBoxLayout(inside)
        cards.setContentsMargins(0, 0, 0, 0)
        cards.setSpacing(NEAR)
        for picture in self._pictures[:_MOST]:
            card = PictureCard(picture, self._load)
            card.setFixedSize(card.sizeHint())
            card.page_opened.connect(self.page_opened)
            card.clicked.connect(self._write_line)
            self._cards.append(card)
            cards.addWidget(card)
        cards.addStretch(1)
        row = QScrollArea()
        row.setFrameShape(QFrame.Shape.NoFrame)
        row.setWidget(inside)
        row.setWidgetResizable(True)
        row.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        row.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        row.setFixedHeight(self._cards[0].height() + _SCROLL_BAR if self._cards else 0)
        row.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        return row

    def _load_all(self) -> None:
        for card in self._cards:
            card.load()
        self._write_line()

    def minimumSizeHint(self) -> QSize:
        return QSize(0, super().minimumSizeHint().height())
