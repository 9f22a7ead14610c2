"""Comparing versions of an answer: the one window for it, and what it follows."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from headwater.ui.comparison_window import ComparisonWindow

if TYPE_CHECKING:
    from headwater.domain.conversation import Conversation
    from headwater.ui.main_window import MainWindow
    from headwater.ui.pictures import Pictures


class Comparing(QObject):
    """Opens the window, tells it of further versions, and closes it with what it belongs to.

    It stays when another conversation is shown, and goes when its own one is deleted.
    """

    def __init__(
        self,
        window: MainWindow,
        pictures: Pictures,
        open_url: Callable[[str], None],
        zoom_by: Callable[[int], None],
    ) -> None:
        super().__init__(window)
        self._window = window
        self._pictures = pictures
        self._open_url = open_url
        self._zoom_by = zoom_by
        self._conversation_id = ""
        self._turn_id = ""
        self.dialog: ComparisonWindow | None = None
        window.theme_changed.connect(self._wear)
        window.closed.connect(self.close)

    def open(self, conversation: Conversation, turn_id: str, zoom: int) -> None:
        """Compare the version `turn_id`, which has siblings, with one of them."""
        self._conversation_id, self._turn_id = conversation.id, turn_id
        dialog = self.dialog
        if dialog is None:
            dialog = self.dialog = self._make(zoom)
        dialog.show()  # first, so that it is written as wide as it is
        dialog.show_versions(conversation.versions(turn_id), turn_id)
        dialog.raise_()
        dialog.activateWindow()

    def follow(self, conversation: Conversation) -> None:
        """Take note of what became of a conversation, if it is the one that is compared."""
        if self.dialog is not None and conversation.id == self._conversation_id:
            self.dialog.follow(conversation.versions(self._turn_id))

    def set_zoom(self, zoom: int) -> None:
        """Show the texts at `zoom` per cent."""
        if self.dialog is not None:
            self.dialog.page.set_zoom(zoom)

    def conversation_deleted(self, conversation_id: str) -> None:
        """Show nothing of what was deleted."""
        if conversation_id == self._conversation_id:
            self.close()

    def close(self) -> None:
        """Close the window, if it is there."""
        if self.dialog is not None:
            self.dialog.reject()

    def _make(self, zoom: int) -> ComparisonWindow:
        dialog = ComparisonWindow(self._window.theme, zoom, self._window)
        dialog.wear(self._window.theme, self._pictures)
        dialog.link_opened.connect(self._open_url)
        dialog.zoom_requested.connect(self._zoom_by)
        actions = self._window.actions_by_name
        dialog.addActions([actions.zoom_in, actions.zoom_out, actions.zoom_natural])
        dialog.finished.connect(self._forget)
        return dialog

    def _forget(self) -> None:
        self.dialog = None
        self._window.activateWindow()

    def _wear(self) -> None:
        if self.dialog is not None:
            self.dialog.wear(self._window.theme, self._pictures)
