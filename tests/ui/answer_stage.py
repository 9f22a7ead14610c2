"""A view in a window, and turns to show in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from time import monotonic

from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QTextCursor, QWheelEvent
from PySide6.QtWidgets import QApplication, QLabel, QWidget

from headwater.domain.answer import Answer, AnswerState, Complete, Streaming
from headwater.domain.conversation import Turn
from headwater.domain.options import AnswerOptions
from headwater.domain.question import Question
from headwater.domain.source import Source
from headwater.ui.answer_view import AnswerView
from headwater.ui.frame_clock import FrameClock
from headwater.ui.theme import LIGHT

SOURCES = (
    Source(
        "1", "https://one.example/page", "One <b>title</b>", "A snippet <img src=x>", "2024-01-02"
    ),
    Source("2", "https://two.example/page", "Two"),
)
ASKED = datetime(2026, 11, 20, 14, 2, tzinfo=UTC)


class Stage:
    """A view in a window, and a clock that ticks when told."""

    def __init__(
        self,
        application: QApplication,
        *,
        has_footers: bool = True,
        make_head: Callable[[str], QWidget] | None = None,
    ) -> None:
        self.application = application
        self.clock = FrameClock(frame=0)
        self.footers: dict[str, QLabel] = {}
        self.view = AnswerView(LIGHT, self.clock, self._footer if has_footers else None, make_head)
        self.view.resize(800, 600)
        self.view.show()
        application.processEvents()

    def _footer(self, turn_id: str) -> QWidget:
        self.footers[turn_id] = QLabel(f"footer of {turn_id}")
        return self.footers[turn_id]

    def show(self, *turns: Turn, conversation: str = "c") -> None:
        self.view.show_path(conversation, turns)
        self.settle()

    def settle(self) -> None:
        """Let everything that was asked for be drawn."""
        deadline = monotonic() + 60
        while monotonic() < deadline:
            self.application.processEvents()
            if not self.clock._timer.isActive():
                return
        raise AssertionError("the view never comes to rest")

    def stream(self, text: str, step: int = 40, state: AnswerState | None = None) -> None:
        for end in range(step, len(text) + step, step):
            self.show(turn(text[:end], state or Streaming()))

    @property
    def text(self) -> str:
        return self.view.toPlainText().replace("\u200b", "")

    def place_of(self, text: str) -> QPoint:
        """The middle of the first occurrence of `text` on the viewport."""
        found = self.view.document().find(text)
        assert not found.isNull(), text
        start = QTextCursor(found)
        start.setPosition(found.selectionStart())
        end = QTextCursor(found)
        end.setPosition(found.selectionEnd())
        one, other = self.view.cursorRect(start), self.view.cursorRect(end)
        return QPoint((one.left() + other.left()) // 2, one.center().y())

    def top_line(self) -> tuple[str, int]:
        cursor = self.view.cursorForPosition(QPoint(60, 0))
        return cursor.block().text(), self.view.cursorRect(cursor).top()

    def wheel(
        self, steps: int, modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier
    ) -> None:
        middle = QPointF(300, 300)
        self.application.sendEvent(
            self.view.viewport(),
            QWheelEvent(
                middle,
                self.view.viewport().mapToGlobal(middle),
                QPoint(),
                QPoint(0, 120 * steps),
                Qt.MouseButton.NoButton,
                modifiers,
                Qt.ScrollPhase.NoScrollPhase,
                False,
            ),
        )
        self.application.processEvents()


def answer_stage(application: QApplication) -> Iterator[Stage]:
    """Make a stage for a fixture to yield, and leave nothing behind."""
    made = Stage(application)
    yield made
    made.view.close()
    made.view.deleteLater()
    made.clock.deleteLater()
    application.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    application.processEvents()


def turn(
    text: str = "",
    state: AnswerState | None = None,
    turn_id: str = "t",
    question: str = "What is it?",
    sources: tuple[Source, ...] = SOURCES,
    queries: tuple[str, ...] = (),
) -> Turn:
    answer = Answer(text=text, sources=sources, queries=queries, state=state or Complete())
    options = AnswerOptions(effort="low")
    return Turn(turn_id, "", Question(question, options=options, asked_at=ASKED), answer)


LINES = "".join(f"Line number {n} of many.\n\n" for n in range(300))
