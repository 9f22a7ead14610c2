"""Where in an answer the reader is: following its end, or at a place that must not move."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPoint
from PySide6.QtGui import QTextCursor
from PySide6.QtWidgets import QTextBrowser

_NEAR_END = 16  # pixels; so close to the end counts as being there


class ReadingPlace:
    """Moves the scroll bar of a view, and knows a reader's scrolling from its own."""

    def __init__(self, view: QTextBrowser, changed: Callable[[bool], None]) -> None:
        """Take `changed`, which is told when following begins or ends."""
        self._view = view
        self._changed = changed
        self._depth = 0  # of changes of ours that are going on
        self.is_following = True

    def __enter__(self) -> None:
        """Until the end of the block, whatever scrolls is not the reader."""
        self._depth += 1

    def __exit__(self, *_: object) -> None:
        self._depth -= 1

    def follow(self, following: bool) -> None:
        """Begin or stop keeping the end in sight."""
        if following != self.is_following:
            self.is_following = following
            self._changed(following)

    def note_scroll(self) -> bool:
        """Take note that the bar has moved; return whether by hand, which decides on following."""
        if self._depth:
            return False
        self.decide()
        return True

    def note_range(self) -> None:
        """Take note that the document became longer or shorter."""
        if self.is_following and not self._depth:
            self.go_to_end()

    def go_to(self, value: int) -> None:
        """Scroll without that counting as the reader's doing."""
        with self:
            self._view.verticalScrollBar().setValue(value)

    def go_to_end(self) -> None:
        """Scroll to the end."""
        self.go_to(self._view.verticalScrollBar().maximum())

    def mark(self) -> tuple[QTextCursor, int] | None:
        """Return which text is at the top and how high, None while following."""
        if self.is_following:
            return None
        cursor = self._view.cursorForPosition(QPoint(0, 0))
        return cursor, self._view.cursorRect(cursor).top()

    def settle(self, mark: tuple[QTextCursor, int] | None) -> None:
        """Go to the end, or have the marked text where it was before the document changed."""
        if mark is None:
            self.go_to_end()
            return
        cursor, top = mark
        moved = self._view.cursorRect(cursor).top() - top
        if moved:
            self.go_to(self._view.verticalScrollBar().value() + moved)

    def show_position(self, position: int, below: int) -> None:
        """Scroll so that a position of the document is `below` pixels under the upper edge."""
        cursor = QTextCursor(self._view.document())
        cursor.setPosition(position)
        top = self._view.cursorRect(cursor).top()
        self.go_to(self._view.verticalScrollBar().value() + top - below)

    def decide(self) -> None:
        """Follow exactly if the end is in sight now."""
        bar = self._view.verticalScrollBar()
        self.follow(bar.maximum() - bar.value() <= _NEAR_END)
