"""An answer on its way to the clipboard."""

from __future__ import annotations

from PySide6.QtCore import QByteArray, QMimeData

from headwater.domain.conversation import Turn
from headwater.domain.transcript import markdown_with_sources


def answer_data(turn: Turn) -> QMimeData:
    """Return the question, the answer and its sources, as text and as Markdown."""
    data = QMimeData()
    text = markdown_with_sources(turn.question, turn.answer)
    data.setText(text)
    data.setData("text/markdown", QByteArray(text.encode("utf-8", "replace")))
    return data
