"""What the answer used and cost."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QLabel, QMainWindow, QWidget

from headwater.ui.dock import Dock

if TYPE_CHECKING:
    from headwater.domain.answer import Answer

_NOTHING = "–"
_ROWS = (
    ("input", "Input, cached"),
    ("output", "Output"),
    ("searches", "Searches"),
    ("speed", "First word, speed"),
    ("time", "Time"),
    ("cost", "Cost"),
)


class UsageDock(Dock):
    """Figures as the wire reports them; a dash where it says nothing."""

    def __init__(self, parent: QMainWindow) -> None:
        super().__init__("Usage", "usage", parent, 228)
        grid_host = QWidget()
        grid = QGridLayout(grid_host)
        grid.setContentsMargins(14, 0, 14, 14)
        grid.setVerticalSpacing(4)
        grid.setColumnStretch(0, 1)
        self._values: dict[str, QLabel] = {}
        for row, (key, name) in enumerate(_ROWS):
            label = QLabel(name)
            label.setObjectName("muted")
            value = QLabel(_NOTHING)
            value.setObjectName("strong")
            value.setTextFormat(Qt.TextFormat.PlainText)
            value.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            value.setAccessibleName(name)
            grid.addWidget(label, row, 0)
            grid.addWidget(value, row, 1)
            self._values[key] = value
        self.body.addWidget(grid_host)
        self.body.addStretch(1)
        self.show_answer(None)

    def show_answer(self, answer: Answer | None) -> None:
        """Show the figures of `answer`."""
        for key, text in usage_texts(answer).items():
            label = self._values[key]
            if label.text() != text:
                label.setText(text)
            if answer is not None:
                # A label that can be selected carries a whole document: not before it is of use.
                label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.set_detail("this answer" if answer is not None else "")


def usage_texts(answer: Answer | None) -> dict[str, str]:
    """Return the text of every row of the dock."""
    texts = dict.fromkeys((key for key, _ in _ROWS), _NOTHING)
    if answer is None:
        return texts
    usage, timing = answer.usage, answer.timing
    if usage is not None:
        if usage.input_tokens is not None:
            cached = f" / {usage.cached_tokens:,}" if usage.cached_tokens is not None else ""
            texts["input"] = f"{usage.input_tokens:,}{cached}"
        if usage.output_tokens is not None:
            texts["output"] = f"{usage.output_tokens:,}"
        if usage.searches is not None:
            texts["searches"] = f"{usage.searches:,}"
        if usage.cost is not None:
            sign = "$" if usage.currency == "USD" else f"{usage.currency} "
            texts["cost"] = f"{sign}{usage.cost:.4f}"
    if timing.first_word is not None:
        speed = ""
        if timing.total is not None and usage is not None and usage.output_tokens:
            writing = timing.total - timing.first_word
            if writing > 0.05:
                speed = f", {usage.output_tokens / writing:,.0f} tok/s"
        texts["speed"] = f"{timing.first_word:.1f} s{speed}"
    if timing.total is not None:
        texts["time"] = f"{timing.total:.1f} s"
    return texts
