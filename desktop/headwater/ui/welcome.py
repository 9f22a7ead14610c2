"""What the window shows before there is an answer: three ways to start, or an invitation."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFont, QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from headwater.ui.plain_text import one_line
from headwater.ui.theme import APART, AROUND, NEAR

_SERVER_WORDS = "Ollama, LM Studio, llama.cpp, or any OpenAI-compatible address."
_NARROW = 560


class Welcome(QWidget):
    """The page for an empty conversation."""

    key_requested = Signal()
    server_requested = Signal()
    demo_requested = Signal()
    question_chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("welcome")
        self._shown: tuple[object, ...] = ()
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        heading = QLabel("Ask. See where the answer comes from.")
        heading.setWordWrap(True)
        font = QFont(self.font())
        font.setPointSizeF(font.pointSizeF() * 1.7)
        font.setWeight(QFont.Weight.DemiBold)
        heading.setFont(font)
        self._subtitle = QLabel()
        self._subtitle.setObjectName("muted")
        self._subtitle.setWordWrap(True)
        self._key = _Card(
            "Perplexity key",
            "Paste your key. It is checked once and kept in this computer’s keyring.",
            "Add key",
        )
        self._key.button.setObjectName("primary")
        self._server = _Card("A server of yours", _SERVER_WORDS, "Use it")
        self._demo = _Card(
            "Try the demo",
            "Recorded answers, streamed by a server inside the app. No key, no network.",
            "Start demo",
        )
        self._ways = QWidget()
        self._cards = QGridLayout(self._ways)
        self._cards.setContentsMargins(0, 0, 0, 0)
        self._cards.setSpacing(12)
        self._is_narrow: bool | None = None
        self._samples = QWidget()
        self._sample_column = QVBoxLayout(self._samples)
        self._sample_column.setContentsMargins(0, 0, 0, 0)
        self._sample_column.setSpacing(2)
        column = QWidget()
        column.setMaximumWidth(640)
        inside = QVBoxLayout(column)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.setSpacing(NEAR)
        inside.addWidget(heading)
        inside.addWidget(self._subtitle)
        inside.addSpacing(NEAR)
        inside.addWidget(self._ways)
        inside.addWidget(self._samples)
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(column, 100)
        row.addStretch(1)
        page = QVBoxLayout(self)
        page.setContentsMargins(AROUND, APART, AROUND, APART)
        page.addStretch(2)
        page.addLayout(row)
        page.addStretch(5)
        self._key.button.clicked.connect(self.key_requested)
        self._server.button.clicked.connect(self.server_requested)
        self._demo.button.clicked.connect(self.demo_requested)
        self._lay_cards(is_narrow=False)

    def show_ways(self, found_server: str) -> None:
        """Show the three ways to start; `found_server` names a server found on this machine."""
        if not self._is_news(("ways", found_server)):
            return
        self._subtitle.setText("Three ways to start. You can change your mind at any time.")
        found = f"Found: {one_line(found_server, 60)}. Or any OpenAI-compatible address."
        self._server.words.setText(found if found_server else _SERVER_WORDS)
        self._ways.show()
        self._samples.hide()

    def show_invitation(self, provider_name: str, samples: tuple[str, ...]) -> None:
        """Show that all is ready, with questions to try if there are any."""
        if not self._is_news(("invitation", provider_name, samples)):
            return
        said = f"{one_line(provider_name, 60)} is ready. Every answer is kept with its sources."
        self._subtitle.setText(said)
        self._ways.hide()
        while (item := self._sample_column.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.deleteLater()
        for question in samples:
            button = QPushButton(f"›  {one_line(question, 120)}".replace("&", "&&"))
            button.setObjectName("related")
            button.setAccessibleName(f"Ask: {one_line(question, 120)}")
            button.setCursor(Qt.CursorShape.PointingHandCursor)
            button.clicked.connect(lambda _=False, q=question: self.question_chosen.emit(q))
            self._sample_column.addWidget(button)
        self._samples.setVisible(bool(samples))

    def _is_news(self, shown: tuple[object, ...]) -> bool:
        before, self._shown = self._shown, shown
        return shown != before

    def _lay_cards(self, is_narrow: bool) -> None:
        if is_narrow == self._is_narrow:
            return
        self._is_narrow = is_narrow
        for at, card in enumerate((self._key, self._server, self._demo)):
            self._cards.removeWidget(card)
            card.set_flat(is_narrow)
            if is_narrow:
                self._cards.addWidget(card, at, 0)
                self._cards.setColumnStretch(at, 1 if at == 0 else 0)
            else:
                self._cards.addWidget(card, 0, at)
                self._cards.setColumnStretch(at, 1)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._lay_cards(is_narrow=self.width() < _NARROW + 2 * AROUND)
        super().resizeEvent(event)


class _Card(QFrame):
    """One way to start: a name, a sentence, a button."""

    def __init__(self, name: str, words: str, act: str) -> None:
        super().__init__()
        self.setObjectName("card")
        title = QLabel(name)
        font = QFont(title.font())
        font.setWeight(QFont.Weight.DemiBold)
        title.setFont(font)
        self.words = QLabel(words)
        self.words.setObjectName("muted")
        self.words.setTextFormat(Qt.TextFormat.PlainText)
        self.words.setWordWrap(True)
        self.words.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.button = QPushButton(act)
        self.button.setAccessibleName(f"{act}: {name}")
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(APART, APART, APART, APART)
        self._grid.setSpacing(NEAR)
        self._title = title

    def set_flat(self, is_flat: bool) -> None:
        """Lay the card out as a row instead of a column."""
        for widget in (self._title, self.words, self.button):
            self._grid.removeWidget(widget)
        self._grid.addWidget(self._title, 0, 0)
        if is_flat:
            self._grid.addWidget(self.words, 1, 0)
            self._grid.addWidget(self.button, 0, 1, 2, 1, Qt.AlignmentFlag.AlignVCenter)
            self._grid.setColumnStretch(0, 1)
            self._grid.setRowStretch(1, 0)
        else:
            self._grid.addWidget(self.words, 1, 0)
            self._grid.addWidget(self.button, 2, 0, Qt.AlignmentFlag.AlignLeft)
            self._grid.setRowStretch(1, 1)
