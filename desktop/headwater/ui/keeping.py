"""Deleting and putting back: the line that undoes, the dialogs; loaded with the first of them."""

from __future__ import annotations

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from headwater.session.desk import Desk
from headwater.session.recently_deleted import RecentlyDeleted
from headwater.ui.deleted_dialog import DeletedDialog
from headwater.ui.main_window import MainWindow
from headwater.ui.pictures import Pictures
from headwater.ui.plain_text import one_line
from headwater.ui.timer import timer
from headwater.ui.undo_line import UndoLine

UNDO_FOR = 20_000  # milliseconds; afterwards there is "Recently deleted"


class Keeping(QObject):
    """Turns gestures on what is kept into calls on sessions."""

    def __init__(
        self, window: MainWindow, desk: Desk, deleted: RecentlyDeleted, pictures: Pictures
    ) -> None:
        super().__init__(window)
        self._window = window
        self._desk = desk
        self._deleted = deleted
        self._pictures = pictures
        self._line: UndoLine | None = None
        self._gone = ""
        self._going = timer(self, UNDO_FOR, self._drop_line)
        window.theme_changed.connect(self._dress)

    def delete(self, conversation_id: str, title: str) -> None:
        """Take a conversation out of the list and offer to put it back."""
        self._gone = conversation_id
        self._desk.delete(conversation_id)
        if self._line is None:
            self._line = UndoLine()
            self._line.undone.connect(self._undo)
            self._line.closed.connect(self._drop_line)
            self._dress()
            self._window.set_notice(self._line)
        self._line.say(f"“{one_line(title, 60) or 'Untitled'}” was deleted.")
        self._going.start()

    def show_deleted(self) -> None:
        """Show what can be put back."""
        DeletedDialog(self._deleted, self._window.theme, self._window).open()

    def stop(self) -> None:
        """Let the timer rest."""
        self._going.stop()

    def _undo(self) -> None:
        self._desk.put_back(self._gone)
        self._drop_line()

    def _drop_line(self) -> None:
        self._going.stop()
        line, self._line = self._line, None
        if line is not None:
            # Qt answers with nothing where nothing has the focus, which the types do not say.
            focused: QWidget | None = self._window.focusWidget()
            had_focus = focused is not None and line.isAncestorOf(focused)
            line.hide()
            line.deleteLater()
            if had_focus:
                self._window.focus_question()

    def _dress(self) -> None:
        if self._line is not None:
            self._line.wear(self._window.theme, self._pictures)
