"""What goes along with the question, and what is offered to: chips that can be removed."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from headwater.ui.plain_text import one_line
from headwater.ui.quick_ask.enclosure import Enclosure, Offer
from headwater.ui.theme import APART, NEAR

_LONGEST = 44


class ChipRow(QWidget):
    """Full chips are sent with the question, dashed ones only once they are clicked."""

    removed = Signal(int)
    taken = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("What goes along")
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(APART, 0, APART, 10)
        self._row.setSpacing(NEAR)
        self._shown: tuple[tuple[str, ...], tuple[str, ...]] = ((), ())
        self.hide()

    def show_chips(self, enclosures: Sequence[Enclosure], offers: Sequence[Offer]) -> None:
        """Show these; without any the row is hidden."""
        shown = (
            tuple(one_line(e.words, _LONGEST) for e in enclosures),
            tuple(one_line(o.words, _LONGEST) for o in offers),
        )
        if shown == self._shown:
            return
        self._shown = shown
        while (item := self._row.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        for index, words in enumerate(shown[0]):
            chip = _chip(f"{words}  ×", f"Remove {words}", "Remove it (Backspace)")
            chip.setProperty("on", True)
            chip.clicked.connect(lambda _=False, i=index: self.removed.emit(i))
            self._row.addWidget(chip)
        for index, words in enumerate(shown[1]):
            chip = _chip(f"+  {words}", f"Add {words}", "Send it along")
            chip.setProperty("offer", True)
            chip.clicked.connect(lambda _=False, i=index: self.taken.emit(i))
            self._row.addWidget(chip)
        self._row.addStretch(1)
        self.setVisible(any(shown))


def _chip(text: str, name: str, tip: str) -> QPushButton:
    chip = QPushButton(text.replace("&", "&&"))
    chip.setObjectName("chip")
    chip.setAccessibleName(name)
    chip.setToolTip(tip)
    return chip
