"""Finding in the shown conversation: the bar, the places in the text, and where the focus was."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from headwater.domain.text_guard import BREAK, LINE, undirected
from headwater.ui.announcement import announce
from headwater.ui.answer_format import Property
from headwater.ui.find_bar import FindBar
from headwater.ui.timer import timer

if TYPE_CHECKING:
    from headwater.ui.answer_view import AnswerView
    from headwater.ui.main_window import MainWindow
    from headwater.ui.pictures import Pictures

_SAYING_PAUSE = 400  # milliseconds without a further key until the count is said
_LONGEST_SELECTION = 100  # characters that are taken over into the box


class Finding(QObject):
    """Opens and closes the bar, and goes from place to place."""

    def __init__(self, window: MainWindow, view: AnswerView, pictures: Pictures) -> None:
        super().__init__(window)
        self._window = window
        self._view = view
        self._from: QWidget | None = None
        self.bar = bar = FindBar()
        window.set_find_bar(bar)
        bar.wear(window.theme, pictures)
        window.theme_changed.connect(lambda: bar.wear(window.theme, pictures))
        self._saying = timer(self, _SAYING_PAUSE, self._say)
        bar.words_changed.connect(self._look)
        bar.stepped.connect(self.step)
        bar.closed.connect(self.close)
        view.search.changed.connect(self._show_count)

    @property
    def is_open(self) -> bool:
        """Whether the bar is there."""
        return not self.bar.isHidden()

    def open(self) -> None:
        """Show the bar with what is selected, and let the person type."""
        edit = self.bar.edit
        # Qt answers with nothing where nothing has the focus, which the types do not say.
        focused: QWidget | None = self._window.focusWidget()
        if focused is not None and not self.bar.isAncestorOf(focused):
            self._from = focused
        self.bar.show()
        if words := self._selected_words():
            edit.setText(words)
        edit.setFocus()
        edit.selectAll()
        self._look(edit.text())

    def _selected_words(self) -> str:
        """Return what is selected within one paragraph or one cell, if it is not too long."""
        cursor = self._view.textCursor()
        selected = cursor.selectedText()
        is_row = cursor.blockFormat().intProperty(Property.TABLE)
        is_across = "\u2029" in selected or (is_row and LINE in selected)
        if is_across or len(selected) > _LONGEST_SELECTION:
            return ""
        return undirected(selected).replace(BREAK, "").replace("\u00a0", " ").strip()

    def close(self) -> None:
        """Leave the current place selected and give the focus back."""
        if not self.is_open:
            return
        self._saying.stop()
        self._view.select_found()
        self._view.search.stop()
        self.bar.hide()
        back = self._from
        (back if back is not None and back.isVisible() else self._view).setFocus()
        self._from = None

    def step(self, by: int) -> None:
        """Go to the next (1) or the previous (-1) place."""
        if not self.is_open:
            self.open()
        elif (place := self._view.search.step(by)) is not None:
            self._view.show_place(*place)
            self._saying.start(0)

    def stop(self) -> None:
        """Let go of what runs later."""
        self._saying.stop()
        self._view.search.stop()

    def _look(self, words: str) -> None:
        self._view.search.look_for(words, self._view.reading_position)
        self._saying.start(_SAYING_PAUSE)

    def _show_count(self) -> None:
        search = self._view.search
        self.bar.show_count(search.number, search.count, is_done=search.is_done)

    def _say(self) -> None:
        if words := self.bar.count_words:
            announce(self.bar, words)
