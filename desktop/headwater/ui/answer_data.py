"""An answer, or what is selected of it, on its way to the clipboard in three shapes at once."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, QMimeData

from headwater.domain.answer import Answer
from headwater.domain.source_order import SourceOrder, in_order
from headwater.domain.text_guard import undirected
from headwater.domain.transcript import attached_line, markdown_with_sources, source_lines
from headwater.domain.unmarked import without_marks
from headwater.ui.answer_copy import selected_html, selected_marks, selected_text
from headwater.ui.answer_html import answer_html, source_list_html
from headwater.ui.selected_markdown import selected_markdown

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from PySide6.QtGui import QTextCursor

    from headwater.domain.conversation import Turn
    from headwater.domain.source import Source
    from headwater.ui.anchor import SourceAnchor

_LONGEST_HTML = 200_000  # characters; what is longer goes as text, or the window would stutter
_MOST_PARTS = 20_000  # lines and bars between cells, for the same reason


def answer_data(turn: Turn, *, with_sources: bool = True) -> QMimeData:
    """Return the question, the answer and its sources as text, as Markdown and as HTML.

    Without sources the marks that refer to them go as well.
    """
    question, answer = turn.question, turn.answer
    if not with_sources:
        answer = replace(answer, text=without_marks(answer.text, answer.sources), sources=())
    answer = replace(answer, sources=in_order(answer.sources, SourceOrder.NUMBER))
    markdown = markdown_with_sources(question, answer)
    listed = source_lines(answer)
    head = (" ".join(question.text.split()), attached_line(question), answer.text.strip())
    plain = "\n\n".join(filter(None, (*head, listed and f"Sources:\n{listed}")))
    html = ""
    parts = answer.text.count("\n") + answer.text.count("|")
    if len(answer.text) <= _LONGEST_HTML and parts <= _MOST_PARTS:
        html = answer_html(answer.text, answer.sources, question.text)
    return shapes(plain, markdown, html)


def selection_data(
    cursor: QTextCursor, source_of: Callable[[SourceAnchor], Source | None]
) -> QMimeData:
    """Return the selection in the same shapes, with the sources of its marks and no others.

    A selection that is too long for that goes as text.
    """
    anchors = {anchor: source_of(anchor) for anchor in selected_marks(cursor)}
    known = {anchor: source for anchor, source in anchors.items() if source is not None}
    used = _in_order_of_numbers(known)
    listed = source_lines(Answer(sources=used))
    plain = selected_text(cursor)
    if listed:
        plain += f"\n\nSources:\n{listed}"
    if cursor.selectionEnd() - cursor.selectionStart() > _LONGEST_HTML:
        return shapes(plain, "", "")
    markdown = markdown_with_sources(None, Answer(selected_markdown(cursor), sources=used))
    return shapes(plain, markdown, selected_html(cursor, known) + source_list_html(used))


def _in_order_of_numbers(known: Mapping[SourceAnchor, Source]) -> tuple[Source, ...]:
    """Return each source once, those of one answer after those of the other."""
    by_turn: dict[str, dict[str, Source]] = {}
    for anchor, source in known.items():
        by_turn.setdefault(anchor.turn_id, {})[source.id] = source
    return tuple(
        source
        for sources in by_turn.values()
        for source in in_order(sources.values(), SourceOrder.NUMBER)
    )


def shapes(plain: str, markdown: str, html: str) -> QMimeData:
    """Return the clipboard's contents; what is empty is left out.

    Text goes without overrides of its direction: where it is pasted they would be obeyed.
    """
    data = QMimeData()
    data.setText(undirected(plain))
    if markdown:
        written = undirected(markdown).encode("utf-8", "replace")
        data.setData("text/markdown", QByteArray(written))
    if html:
        data.setHtml(html)
    return data
