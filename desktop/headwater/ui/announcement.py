"""What a screen reader says of its own accord: what has ended, where the keys have led."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headwater.ui.plain_text import one_line

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from headwater.domain.answer import Answer


def announce_end(view: QWidget, answer: Answer) -> None:
    """Say how `answer` ended, as coming from `view`."""
    announce(view, end_words(answer))


def announce(widget: QWidget, words: str) -> None:
    """Have a screen reader say `words`, as coming from `widget`."""
    from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent  # 3 ms of the start

    QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(widget, words))


def end_words(answer: Answer) -> str:
    """Return the sentence for an answer that has ended."""
    if answer.status == "complete":
        count = len(answer.sources)
        return f"Answer complete, {count} source{'' if count == 1 else 's'}"
    return one_line(answer.failure.title) if answer.failure else "Answer stopped"
