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
        self._values: dict[str, QLabel] = {}
        self._figures: QWidget | None = None
        self._empty = QLabel("What an answer used and cost is shown here.")
        self._empty.setObjectName("muted")
        self._empty.setWordWrap(True)
        self._empty.setContentsMargins(14, 6, 14, 6)
        self.body.addWidget(self._empty)
        self.body.addStretch(1)

    def show_answer(self, answer: Answer | None) -> None:
        """Show the figures of `answer`."""
        if answer is not None and self._figures is None:
            self._figures = self._make_figures()
            self.body.insertWidget(0, self._figures)
        if self._figures is not None:
            self._figures.setVisible(answer is not None)
            for key, text in usage_texts(answer).items():
                label = self._values[key]
                if label.text() != text:
                    label.setText(text)
                    label.setAccessibleName(f"{dict(_ROWS)[key]}: {text}")
        self._empty.setVisible(answer is None)
        self.set_detail("this answer" if answer is not None else "")

    def _make_figures(self) -> QWidget:
        """Return the rows of figures, made with the first answer: the window opens without any."""
        figures = QWidget()
        grid = QGridLayout(figures)
        grid.setContentsMargins(14, 0, 14, 14)
        grid.setVerticalSpacing(4)
        grid.setColumnStretch(0, 1)
        for row, (key, name) in enumerate(_ROWS):
            label = QLabel(name)
            label.setObjectName("muted")
            value = QLabel(_NOTHING)
            value.setObjectName("strong")
            value.setTextFormat(Qt.TextFormat.PlainText)
            value.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            value.setAccessibleName(f"{name}: {_NOTHING}")
            value.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            grid.addWidget(label, row, 0)
            grid.addWidget(value, row, 1)
            self._values[key] = value
        return figures


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
