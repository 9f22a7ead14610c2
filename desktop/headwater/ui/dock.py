"""A dock with a calm header: a name, a detail at the right, and a button that closes it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import (
    QDockWidget,
    QHBoxLayout,
    QLabel,
    QMainWindow,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from headwater.ui.theme import APART, NEAR, Theme

if TYPE_CHECKING:
    from headwater.ui.pictures import Pictures


class Dock(QDockWidget):
    """Moves, floats and closes; `body` is laid out by whoever makes the dock."""

    def __init__(
        self, name: str, key: str, parent: QMainWindow, narrowest: int, *, with_header: bool = True
    ) -> None:
        """Take the name, the key that its place is remembered by, and its least width in pixels."""
        super().__init__(name, parent)
        self.setObjectName(key)
        self.setAccessibleName(name)
        content = QWidget()
        content.setObjectName("dock")
        content.setMinimumWidth(narrowest)
        content.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.body = QVBoxLayout(content)
        self.body.setContentsMargins(0, 0, 0, 0)
        self.body.setSpacing(0)
        self.setWidget(content)
        self._detail = QLabel()
        self._detail.setObjectName("dockDetail")
        self._detail.setTextFormat(Qt.TextFormat.PlainText)
        self._close = QToolButton()
        self._close.setAccessibleName(f"Close {name}")
        self._close.setToolTip(f"Close {name}")
        self._close.setIconSize(QSize(12, 12))
        self._close.clicked.connect(self.close)
        header = QWidget()
        header.setObjectName("dockTitle")
        header.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        row = QHBoxLayout(header)
        row.setSpacing(NEAR)
        if with_header:
            title = QLabel(name)
            title.setObjectName("dockName")
            row.setContentsMargins(14, 10, 6, 4)
            row.addWidget(title)
            row.addStretch(1)
            row.addWidget(self._detail)
            row.addWidget(self._close)
        else:
            row.setContentsMargins(APART, 4, 6, 4)
            self._close.hide()
        self.setTitleBarWidget(header)
        self._head = row

    def set_detail(self, text: str) -> None:
        """Show `text` at the right of the header."""
        if text != self._detail.text():
            self._detail.setText(text)

    def add_head_button(self, name: str) -> QToolButton:
        """Return a new button beside the one that closes; `name` says what it does."""
        button = QToolButton()
        button.setAccessibleName(name)
        button.setToolTip(name)
        button.setIconSize(self._close.iconSize())
        self._head.insertWidget(self._head.indexOf(self._close), button)
        return button

    def wear(self, theme: Theme, pictures: Pictures) -> None:
        """Take on the theme's colours."""
        self._close.setIcon(pictures.icon("x", theme.muted))
