"""The line that folds and unfolds what stands below it."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QPushButton, QWidget

from headwater.ui.styled_property import set_styled_property


class Fold(QPushButton):
    """A button that says how it stands; a checkable one would call itself a check box."""

    turned = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("act")
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.is_unfolded = False
        self._words = ""
        self.clicked.connect(lambda: self.turn(is_unfolded=not self.is_unfolded))

    def turn(self, *, is_unfolded: bool) -> None:
        """Fold or unfold, as a click does."""
        if is_unfolded != self.is_unfolded:
            self.is_unfolded = is_unfolded
            set_styled_property(self, "on", is_unfolded)
            self.say(self._words)
            self.turned.emit(is_unfolded)

    def say(self, words: str, room: int = 0) -> None:
        """Say what is below, within `room` pixels on the screen unless that is 0."""
        self._words = words
        text = f"{'▾' if self.is_unfolded else '▸'} {words}"
        if room:
            text = self.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, room)
        self.setText(text)
        self.setAccessibleName(f"{words}, {'unfolded' if self.is_unfolded else 'folded'}")
