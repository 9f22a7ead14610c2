"""The icon in the tray: the quick ask and the window in reach while no window is open."""

from __future__ import annotations

import sys
from collections.abc import Callable

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QSystemTrayIcon

from headwater.ui.pictures import Pictures
from headwater.ui.plain_text import one_line, paragraph

_Reason = QSystemTrayIcon.ActivationReason


class Tray(QObject):
    """Shown only where the desktop has a place for it; `look_again` finds one that came later."""

    quick_ask_requested = Signal()
    window_requested = Signal()
    new_question_requested = Signal()
    preferences_requested = Signal()
    quit_requested = Signal()
    message_opened = Signal(str)

    def __init__(
        self, pictures: Pictures, parent: QObject | None = None, *, platform: str = sys.platform
    ) -> None:
        """Take `sys.platform`."""
        super().__init__(parent)
        self._platform = platform
        self._message_key = ""
        self.menu = QMenu()
        self._quick_ask = self._add("Quick ask", self.quick_ask_requested.emit)
        self._add("Open Headwater", self.window_requested.emit)
        self._add("New question", self.new_question_requested.emit)
        self.menu.addSeparator()
        self._add("Preferences…", self.preferences_requested.emit)
        self._add("Quit", self.quit_requested.emit)
        self._picture = pictures.application_icon()
        self._icon: QSystemTrayIcon | None = None
        self.look_again()

    @property
    def is_available(self) -> bool:
        """Whether the desktop has a tray now."""
        return QSystemTrayIcon.isSystemTrayAvailable()

    @property
    def can_show_messages(self) -> bool:
        """Whether `show_message` reaches the person."""
        return self.is_shown and QSystemTrayIcon.supportsMessages()

    @property
    def is_shown(self) -> bool:
        """Whether the icon is in it."""
        return self._icon is not None and self._icon.isVisible()

    def look_again(self) -> bool:
        """Show the icon if there is a tray by now; return whether it is shown.

        After a login the tray may come up later than we do, and nobody tells.
        """
        if self.is_available and self._icon is None:
            # Made while there is no tray, it would never get into one.
            self._icon = QSystemTrayIcon(self._picture, self)
            self._icon.setToolTip("Headwater")
            self._icon.setContextMenu(self.menu)
            self._icon.activated.connect(self._activated)
            self._icon.messageClicked.connect(self._message_clicked)
        if self._icon is not None:
            self._icon.setVisible(self.is_available)
        return self.is_shown

    def set_words(self, key: str) -> None:
        """Say in the menu which key opens the quick ask, "" for none."""
        key = one_line(key, 60).replace("&", "&&")
        # As text: it works without the menu, and the system's own words need not be a key of Qt's.
        self._quick_ask.setText(f"Quick ask  {key}" if key else "Quick ask")

    def show_message(self, title: str, body: str, key: str) -> None:
        """Tell the person something; `message_opened` gives `key` back when that is clicked."""
        if self._icon is not None and self.can_show_messages:
            self._message_key = key
            self._icon.showMessage(one_line(title, 100), paragraph(body, 400), self._picture)

    def close(self) -> None:
        """Take the icon away: on Windows it would stay until the pointer passes over it."""
        if self._icon is not None:
            self._icon.hide()
        self.menu.deleteLater()

    def _add(self, words: str, request: Callable[[], None]) -> QAction:
        action = self.menu.addAction(words)
        action.setMenuRole(QAction.MenuRole.NoRole)  # a Mac would move it to another menu
        action.triggered.connect(lambda _checked: request())
        return action

    def _activated(self, reason: QSystemTrayIcon.ActivationReason) -> None:
        if self._platform == "darwin":
            return  # a click has opened the menu
        if reason == _Reason.Trigger:
            self.quick_ask_requested.emit()
        elif reason == _Reason.DoubleClick:  # a single click came before it
            self.window_requested.emit()

    def _message_clicked(self) -> None:
        key, self._message_key = self._message_key, ""
        if key:
            self.message_opened.emit(key)
