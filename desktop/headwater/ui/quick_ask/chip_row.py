"""What goes along with the question, and what is offered to: chips that can be removed."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from headwater.ui.plain_text import one_line
from headwater.ui.quick_ask.enclosure import Enclosure, Offer
from headwater.ui.theme import APART, NEAR

_LONGEST = 44
_MOST = 8  # enclosures; of more, only their number is said


class ChipRow(QWidget):
    """Full chips are sent with the question, dashed ones only once they are clicked."""

    removed = Signal(int)
    taken = Signal(int)

    def __init__(self, width: int, parent: QWidget | None = None) -> None:
        """Take the pixels after which a further line of chips begins."""
        super().__init__(parent)
        self.setAccessibleName("What goes along")
        self._room = width - 2 * APART
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(APART, 0, APART, 10)
        self._lines = QWidget()
        self._column.addWidget(self._lines)
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
        chips: list[QWidget] = []
        for index, words in enumerate(shown[0][:_MOST]):
            chip = _chip(f"{words}  ×", f"Remove {words}", "Remove it (Backspace)")
            chip.setProperty("on", True)
            chip.clicked.connect(lambda _=False, i=index: self.removed.emit(i))
            chips.append(chip)
        if len(shown[0]) > _MOST:
            rest = QLabel(f"and {len(shown[0]) - _MOST} more")
            rest.setObjectName("faint")
            chips.append(rest)
        for index, words in enumerate(shown[1]):
            chip = _chip(f"+  {words}", f"Add {words}", "Send it along")
            chip.setProperty("offer", True)
            chip.clicked.connect(lambda _=False, i=index: self.taken.emit(i))
            chips.append(chip)
        self._arrange(chips)
        self.setVisible(any(shown))

    def _arrange(self, chips: Sequence[QWidget]) -> None:
        """Put `chips` into lines, each as full as there is room."""
        before, self._lines = self._lines, QWidget()
        lines = QVBoxLayout(self._lines)
        lines.setContentsMargins(0, 0, 0, 0)
        lines.setSpacing(NEAR)
        line, left = QHBoxLayout(), 0
        for chip in chips:
            chip.setParent(self._lines)  # which gives it its style, and so its width
            chip.ensurePolished()
            width = chip.sizeHint().width()
            if width > left:
                line, left = QHBoxLayout(), self._room
                line.setSpacing(NEAR)
                line.addStretch(1)
                lines.addLayout(line)
            line.insertWidget(line.count() - 1, chip)
            left -= width + NEAR
        self._column.replaceWidget(before, self._lines)
        self._lines.show()
        before.hide()
        before.deleteLater()


def _chip(text: str, name: str, tip: str) -> QPushButton:
    chip = QPushButton(text.replace("&", "&&"))
    chip.setObjectName("chip")
    chip.setAccessibleName(name)
    chip.setToolTip(tip)
    return chip
