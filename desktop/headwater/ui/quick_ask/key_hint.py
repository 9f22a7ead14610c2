"""A key and what it does, as a caption that can be clicked."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QPushButton, QSizePolicy, QWidget

from headwater.ui.theme import Theme, smaller

_PAD = 5
_GAP = 5
_RADIUS = 4


class KeyHint(QPushButton):
    """Draws `key` as on a keyboard, and `words` behind it."""

    def __init__(self, key: str, words: str, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("act")
        self.setAccessibleName(words or key)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._key = key
        self._words = words
        self._theme = theme

    def wear(self, theme: Theme) -> None:
        """Take on the theme's colours."""
        self._theme = theme
        self.update()

    def sizeHint(self) -> QSize:
        metrics = QFontMetrics(smaller(self.font()))
        width = metrics.horizontalAdvance(self._key) + 2 * _PAD
        if self._words:
            width += _GAP + metrics.horizontalAdvance(self._words)
        return QSize(width + 4, metrics.height() + 8)

    def paintEvent(self, event: QPaintEvent) -> None:
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            font = smaller(self.font())
            metrics = QFontMetrics(font)
            painter.setFont(font)
            is_hot = self.underMouse()
            colour = self._theme.accent if is_hot or self.hasFocus() else self._theme.muted
            cap_width = metrics.horizontalAdvance(self._key) + 2 * _PAD
            cap = self.rect().adjusted(1, 2, 0, -3)
            cap.setWidth(cap_width)
            painter.setPen(self._theme.accent if self.hasFocus() else self._theme.hairline)
            painter.drawRoundedRect(cap.toRectF().translated(0.5, 0.5), _RADIUS, _RADIUS)
            painter.setPen(colour)
            painter.drawText(cap, Qt.AlignmentFlag.AlignCenter, self._key)
            rest = self.rect().adjusted(cap_width + _GAP + 1, 2, 0, -3)
            painter.drawText(
                rest, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, self._words
            )
