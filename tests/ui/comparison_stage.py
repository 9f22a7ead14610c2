"""Two or three versions of an answer in the window that compares them."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from headwater.domain.answer import Answer, AnswerState, Complete
from headwater.domain.conversation import Turn
from headwater.domain.question import Question
from headwater.domain.source import Source
from headwater.ui.comparison_page import ComparisonPage
from headwater.ui.comparison_window import ComparisonWindow
from headwater.ui.pictures import Pictures
from headwater.ui.theme import LIGHT, Theme

ICONS = Path(__file__).parents[2] / "resources" / "icons"
ONE = Source("1", "https://www.one.example/", "The first page")
TWO = Source("2", "http://two.example/a", "The second page")
TURNED = (Source("1", "https://two.example/a"), Source("2", "https://one.example/"))


def version(
    turn_id: str,
    text: str,
    *sources: Source,
    question: str = "Why?",
    state: AnswerState | None = None,
) -> Turn:
    """Return a version; all of them are children of the same turn."""
    asked = Question(question, asked_at=datetime(2026, 1, 2, 3, 4, tzinfo=UTC))
    answer = Answer(text=text, sources=sources, state=state or Complete(), model=f"model {turn_id}")
    return Turn(turn_id, "", asked, answer)


class ComparisonStage:
    """The window, 1000 pixels wide, in front of nothing."""

    def __init__(self, qtbot: QtBot, theme: Theme = LIGHT) -> None:
        self._qtbot = qtbot
        self.parent = QWidget()
        qtbot.addWidget(self.parent)
        self.window = ComparisonWindow(theme, 100, self.parent)
        self.window.wear(theme, Pictures(ICONS, 1.0))
        self.window.resize(1000, 700)
        self.window.show()
        self.opened: list[str] = []
        self.window.link_opened.connect(self.opened.append)

    @property
    def page(self) -> ComparisonPage:
        return self.window.page

    @property
    def text(self) -> str:
        """What can be read, a line for each block."""
        return self.page.toPlainText().replace("\u202f", " ")

    def show(self, *versions: Turn, shown: str = "") -> None:
        """Compare `shown`, else the last version, and wait until all is there."""
        self.window.show_versions(versions, shown or versions[-1].id)
        self.settle()

    def settle(self) -> None:
        """Wait until everything is compared and written."""
        self._qtbot.waitUntil(lambda: self.window.is_done)
        QApplication.processEvents()

    def close(self) -> None:
        """Close the window as Esc does."""
        self.window.reject()
        QApplication.processEvents()
