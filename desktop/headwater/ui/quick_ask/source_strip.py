"""The sources of an answer in one line: number and domain, each opens its page."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSizePolicy, QWidget

from headwater.domain.source import Source
from headwater.ui.plain_text import one_line
from headwater.ui.theme import APART, NEAR, Theme, smaller

_LONGEST_DOMAIN = 32
_MOST = 8
_NUMBER_PAD = 6
_RADIUS = 8


class SourceStrip(QWidget):
    """Shows as many as fit, and how many more there are."""

    source_opened = Signal(str)
    more_requested = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Sources")
        self._theme = theme
        self._sources: tuple[Source, ...] = ()
        self._buttons: list[_SourceButton] = []
        self._more = QPushButton()
        self._more.setObjectName("act")
        self._more.clicked.connect(self.more_requested)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(APART, 0, APART, NEAR)
        self._row.setSpacing(12)
        self._row.addWidget(self._more)
        self._row.addStretch(1)

    def show_sources(self, sources: tuple[Source, ...]) -> None:
        """Show `sources` in the order of the answer; an empty strip is hidden."""
        if sources != self._sources:
            self._sources = sources
            for button in self._buttons:
                button.deleteLater()
            self._buttons = [self._button(source) for source in sources[:_MOST]]
            for index, button in enumerate(self._buttons):
                self._row.insertWidget(index, button)
            self._fit()
        self.setVisible(bool(sources))

    def wear(self, theme: Theme) -> None:
        """Take on the theme's colours."""
        self._theme = theme
        for button in self._buttons:
            button.theme = theme
            button.update()

    def _button(self, source: Source) -> _SourceButton:
        button = _SourceButton(source, self._theme)
        button.clicked.connect(lambda: self.source_opened.emit(source.url))
        return button

    def _fit(self) -> None:
        margins = self._row.contentsMargins()
        room = self.width() - margins.left() - margins.right()
        self._more.setText(f"and {len(self._sources)} more")
        kept = self._more.sizeHint().width()
        used, shown = 0, 0
        for index, button in enumerate(self._buttons):
            used += button.sizeHint().width() + self._row.spacing()
            is_last = index == len(self._sources) - 1
            if used + (0 if is_last else kept) > room:
                break
            shown += 1
        for index, button in enumerate(self._buttons):
            button.setVisible(index < shown)
        hidden = len(self._sources) - shown
        self._more.setText(f"and {hidden} more" if shown else f"{hidden} sources")
        self._more.setVisible(hidden > 0)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def minimumSizeHint(self) -> QSize:
        return QSize(0, super().minimumSizeHint().height())


class _SourceButton(QPushButton):
    """The number in a small accent chip, and the domain as it truly is."""

    def __init__(self, source: Source, theme: Theme) -> None:
        super().__init__()
        # Loaded with the first source; a hidden window has none.
        from headwater.ui.link import host_line
        from headwater.ui.source_card import source_card

        self.theme = theme
        self._number = one_line(source.id, 8)
        self._domain = host_line(source.url, _LONGEST_DOMAIN)
        self.setObjectName("act")
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(f"Source {self._number}: {one_line(source.title) or self._domain}")
        self.setToolTip(source_card(source))

    def _number_width(self, metrics: QFontMetrics) -> int:
        return max(metrics.height(), metrics.horizontalAdvance(self._number) + 2 * _NUMBER_PAD)

    def sizeHint(self) -> QSize:
        metrics = QFontMetrics(smaller(self.font()))
        width = self._number_width(metrics) + 4 + metrics.horizontalAdvance(self._domain)
        return QSize(width + 4, metrics.height() + 8)

    def paintEvent(self, event: QPaintEvent) -> None:
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            font = smaller(self.font())
            metrics = QFontMetrics(font)
            painter.setFont(font)
            chip = self.rect().adjusted(1, 4, 0, -4)
            chip.setWidth(self._number_width(metrics))
            is_hot = self.underMouse() or self.hasFocus()
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self.theme.accent if is_hot else self.theme.accent_soft)
            painter.drawRoundedRect(chip, _RADIUS, _RADIUS)
            painter.setPen(self.theme.on_accent if is_hot else self.theme.accent)
            bold = smaller(self.font())
            bold.setBold(True)
            painter.setFont(bold)
            painter.drawText(chip, Qt.AlignmentFlag.AlignCenter, self._number)
            painter.setFont(font)
            painter.setPen(self.theme.accent if is_hot else self.theme.muted)
            rest = self.rect().adjusted(chip.right() + 5, 0, 0, 0)
            painter.drawText(
                rest, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, self._domain
            )
