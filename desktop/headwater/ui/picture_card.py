"""One picture that a search found: its title and host, and itself only after a click."""

from __future__ import annotations

from enum import Enum, auto
from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QImage, QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QAbstractButton, QWidget
from shiboken6 import isValid

from headwater.ui.decoded_picture import decoded_picture
from headwater.ui.link import host_line
from headwater.ui.plain_text import one_line
from headwater.ui.source_card import link_card
from headwater.ui.theme import smaller

if TYPE_CHECKING:
    from headwater.domain.source import Picture
    from headwater.ui.picture_loading import LoadPicture

_WIDTH = 168
_IMAGE_HEIGHT = 108
_RADIUS = 8


class _State(Enum):
    UNASKED = auto()
    LOADING = auto()
    SHOWN = auto()
    FAILED = auto()


_WORDS = {
    _State.UNASKED: "Show",
    _State.LOADING: "Loading…",
    _State.SHOWN: "",
    _State.FAILED: "Cannot be shown",
}
_SAYS = {
    _State.UNASKED: "Load the picture",
    _State.LOADING: "Loading",
    _State.SHOWN: "Open the page of the picture",
    _State.FAILED: "The picture cannot be shown. Open its page",
}


class PictureCard(QAbstractButton):
    """The first click loads the picture, the next one opens the page that it is on."""

    page_opened = Signal(str)

    def __init__(self, picture: Picture, load: LoadPicture, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._picture = picture
        self._load = load
        self._page = picture.page_url or picture.url
        self._host = host_line(picture.url)  # the one that would be asked
        self._title = one_line(picture.title, 200) or self._host
        self._state = _State.UNASKED
        self._image: QImage | None = None
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setToolTip(link_card(picture.url))
        self._enter(_State.UNASKED)
        self.clicked.connect(self._activate)

    @property
    def is_unasked(self) -> bool:
        """Whether it was not tried to load it."""
        return self._state is _State.UNASKED

    def load(self) -> None:
        """Load the picture, if that was not tried yet."""
        if self.is_unasked:
            self._enter(_State.LOADING)
            self._load(self._picture.url, self._loaded)

    def _activate(self) -> None:
        if self.is_unasked:
            self.load()
        elif self._state is not _State.LOADING:
            self.page_opened.emit(self._page)

    def _loaded(self, data: bytes | None) -> None:
        if not isValid(self):  # the answer is no longer on the screen
            return
        room = QSize(_WIDTH, _IMAGE_HEIGHT) * self.devicePixelRatio()
        self._image = decoded_picture(data, room) if data is not None else None
        self._enter(_State.FAILED if self._image is None else _State.SHOWN)

    def _enter(self, state: _State) -> None:
        self._state = state
        self.setAccessibleName(f"{_SAYS[state]}: {self._title}, {self._host}")
        self.update()

    def sizeHint(self) -> QSize:
        lines = 2 * QFontMetrics(smaller(self.font())).height()
        return QSize(_WIDTH, _IMAGE_HEIGHT + lines + 10)

    def paintEvent(self, event: QPaintEvent) -> None:
        palette = self.palette()
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            small = smaller(self.font())
            metrics = QFontMetrics(small)
            painter.setFont(small)
            frame = QRect(0, 0, self.width(), _IMAGE_HEIGHT)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(palette.color(QPalette.ColorRole.Midlight))
            painter.drawRoundedRect(frame, _RADIUS, _RADIUS)
            if self._image is not None:
                self._paint_image(painter, self._image, frame)
            else:
                painter.setPen(palette.color(QPalette.ColorRole.Text))
                painter.drawText(frame, Qt.AlignmentFlag.AlignCenter, _WORDS[self._state])
            if self.hasFocus():
                painter.setPen(palette.color(QPalette.ColorRole.Accent))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawRoundedRect(frame.adjusted(0, 0, -1, -1), _RADIUS, _RADIUS)
            line = QRect(2, _IMAGE_HEIGHT + 4, self.width() - 4, metrics.height())
            for text, role in (
                (self._title, QPalette.ColorRole.Text),
                (self._host, QPalette.ColorRole.PlaceholderText),
            ):
                painter.setPen(palette.color(role))
                elided = metrics.elidedText(text, Qt.TextElideMode.ElideRight, line.width())
                painter.drawText(line, int(Qt.AlignmentFlag.AlignVCenter), elided)
                line.translate(0, metrics.height())

    def _paint_image(self, painter: QPainter, image: QImage, frame: QRect) -> None:
        ratio = self.devicePixelRatio()
        size = image.size() / ratio
        left = frame.left() + (frame.width() - size.width()) / 2
        top = frame.top() + (frame.height() - size.height()) / 2
        painter.drawImage(QRectF(left, top, size.width(), size.height()), image)
