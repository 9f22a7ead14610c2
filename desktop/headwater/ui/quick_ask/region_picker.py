"""Lets a person draw a rectangle over a frozen picture of the screen."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QBuffer, QIODevice, QPoint, QRect, Qt
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPixmap, QScreen
from PySide6.QtWidgets import QWidget

from headwater.ui.theme import Theme, smaller

_LEAST = 8  # pixels; anything smaller was a click, which means the whole screen
_VEIL = 110  # of 255
_WORDS = "Draw a rectangle, or click for the whole screen. Esc gives up."


class RegionPicker(QWidget):
    """Covers one screen with a picture of itself until something is chosen; then it is gone."""

    def __init__(self, screen: QScreen, theme: Theme, done: Callable[[bytes | None], None]) -> None:
        """Take what is given the PNG, or None when the person gave up."""
        super().__init__(
            None, Qt.WindowType.FramelessWindowHint | Qt.WindowType.WindowStaysOnTopHint
        )
        self.setAccessibleName(_WORDS)
        self.setWindowTitle("Screenshot — Headwater")
        self.setCursor(Qt.CursorShape.CrossCursor)
        self._theme = theme
        self._done = done
        self._picture: QPixmap = screen.grabWindow(0)
        self._from: QPoint | None = None
        self._to = QPoint()
        self.setGeometry(screen.geometry())

    @property
    def _region(self) -> QRect:
        """What is drawn so far, in the coordinates of this window."""
        if self._from is None:
            return QRect()
        start, end = self._from, self._to
        # QRect.normalized() loses a pixel on each side of a rectangle drawn backwards.
        left_top = QPoint(min(start.x(), end.x()), min(start.y(), end.y()))
        right_bottom = QPoint(max(start.x(), end.x()), max(start.y(), end.y()))
        return QRect(left_top, right_bottom).intersected(self.rect())

    def _finish(self, region: QRect | None) -> None:
        done, self._done = self._done, _nothing
        self.hide()
        self.deleteLater()
        if region is None:
            done(None)
            return
        ratio = self._picture.devicePixelRatio()
        pixels = QRect(region.topLeft() * ratio, region.size() * ratio)
        buffer = QBuffer()
        buffer.open(QIODevice.OpenModeFlag.WriteOnly)
        self._picture.copy(pixels).save(buffer, "PNG")
        done(bytes(buffer.data().data()))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._from = self._to = event.position().toPoint()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._to = event.position().toPoint()
        self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._to = event.position().toPoint()
        region = self._region
        is_drawn = region.width() >= _LEAST and region.height() >= _LEAST
        self._finish(region if is_drawn else self.rect())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self._finish(None)
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self._finish(self.rect())

    def paintEvent(self, event: QPaintEvent) -> None:
        with QPainter(self) as painter:
            painter.drawPixmap(self.rect(), self._picture)
            veil = QColor(self._theme.shadow)
            veil.setAlpha(_VEIL)
            region = self._region
            outside = self.rect() if region.isEmpty() else None
            if outside is not None:
                painter.fillRect(outside, veil)
            else:
                for part in _around(self.rect(), region):
                    painter.fillRect(part, veil)
                painter.setPen(self._theme.accent)
                painter.drawRect(region)
            font = smaller(self.font())
            painter.setFont(font)
            box = painter.fontMetrics().boundingRect(_WORDS).adjusted(-12, -8, 12, 8)
            box.moveCenter(QPoint(self.rect().center().x(), self.height() - 48))
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self._theme.surface)
            painter.drawRoundedRect(box, 8, 8)
            painter.setPen(self._theme.text)
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, _WORDS)


def _around(whole: QRect, hole: QRect) -> tuple[QRect, ...]:
    """Return the four parts of `whole` around `hole`."""
    return (
        QRect(whole.left(), whole.top(), whole.width(), hole.top() - whole.top()),
        QRect(whole.left(), hole.bottom() + 1, whole.width(), whole.bottom() - hole.bottom()),
        QRect(whole.left(), hole.top(), hole.left() - whole.left(), hole.height()),
        QRect(hole.right() + 1, hole.top(), whole.right() - hole.right(), hole.height()),
    )


def _nothing(_png: bytes | None) -> None:
    pass
