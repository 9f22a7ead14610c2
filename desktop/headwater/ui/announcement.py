"""What a screen reader says when an answer has ended: once, and not with every word."""

from __future__ import annotations

from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent
from PySide6.QtWidgets import QWidget

from headwater.domain.answer import Answer
from headwater.ui.plain_text import one_line


def announce_end(view: QWidget, answer: Answer) -> None:
    """Say how `answer` ended, as coming from `view`."""
    announce(view, end_words(answer))


def announce(view: QWidget, words: str) -> None:
    """Say `words`, as coming from `view`."""
    QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(view, words))


def end_words(answer: Answer) -> str:
    """Return the sentence for an answer that has ended."""
    if answer.status == "complete":
        count = len(answer.sources)
        return f"Answer complete, {count} source{'' if count == 1 else 's'}"
    return one_line(answer.failure.title) if answer.failure else "Answer stopped"
