"""Colours code when its block is complete, a little per frame; Pygments does the reading."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from PySide6.QtCore import QElapsedTimer
from PySide6.QtGui import QTextCharFormat, QTextCursor, QTextLayout

from headwater.domain import text_guard

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pygments.lexer import Lexer
    from PySide6.QtGui import QTextDocument

    from headwater.ui.answer_document import AnswerWriter
    from headwater.ui.code_text import CodeText
    from headwater.ui.theme import Theme

_MOST = 64 * 1024  # characters; longer code stays plain
_LONGEST_LINE = 2000
_BUDGET = 4  # milliseconds per frame


class Highlighter:
    """Works through the code blocks that were added; `advance` does one frame's share.

    The colours of a block are set all at once: Qt lays out again what stands behind a change.
    """

    def __init__(self, theme: Theme, document: QTextDocument) -> None:
        """Take the theme whose syntax colours are used."""
        self._document = document
        self._colours = (
            ("Comment", theme.syntax_comment),
            ("Keyword", theme.syntax_keyword),
            ("Operator.Word", theme.syntax_keyword),
            ("Literal.String", theme.syntax_string),
            ("Literal.Number", theme.syntax_number),
        )
        self._looks: dict[object, QTextCharFormat | None] = {}
        self._waiting: list[Iterator[None]] = []

    def add(self, code: CodeText, writer: AnswerWriter) -> None:
        """Colour `code`, which `writer` wrote, in this and later frames."""
        # One line feed after each line, as each is a block: code may have any line endings.
        text = "\n".join(line.rstrip("\r\n") for line in code.lines)
        if not code.language or len(text) > _MOST:
            return
        if any(len(line) > _LONGEST_LINE for line in code.lines):
            return
        self._waiting.append(self._work(code, writer, text))

    def forget(self) -> None:
        """Drop what waits: the document is about to change."""
        self._waiting.clear()

    def advance(self) -> bool:
        """Read for a few milliseconds; return whether more is waiting."""
        spent = QElapsedTimer()
        spent.start()
        while self._waiting:
            for _ in self._waiting[0]:
                if spent.elapsed() >= _BUDGET:
                    return True
            self._waiting.pop(0)
        return False

    def _work(self, code: CodeText, writer: AnswerWriter, text: str) -> Iterator[None]:
        lexer = _lexer(code.language)
        if lexer is None:
            return
        lines: list[list[QTextLayout.FormatRange]] = [[]]
        at = 0
        for _, kind, value in lexer.get_tokens_unprocessed(text):
            look = self._look(kind)
            for index, piece in enumerate(value.split("\n")):
                if index:
                    lines.append([])
                    at = 0
                length = text_guard.units(piece)
                if look is not None and piece.strip():
                    lines[-1].append(_range(at, length, look))
                at += length
            yield
        self._apply(writer.position_of(code), lines)

    def _apply(self, first: int, lines: list[list[QTextLayout.FormatRange]]) -> None:
        edit = QTextCursor(self._document)
        edit.beginEditBlock()
        block = self._document.findBlock(first)
        for ranges in lines:
            if not block.isValid():
                break
            if ranges:
                block.layout().setFormats(ranges)
            block = block.next()
        edit.endEditBlock()

    def _look(self, kind: object) -> QTextCharFormat | None:
        if kind not in self._looks:
            name = str(kind).removeprefix("Token.")
            found = next((c for prefix, c in self._colours if name.startswith(prefix)), None)
            look = None
            if found is not None:
                look = QTextCharFormat()
                look.setForeground(found)
            self._looks[kind] = look
        return self._looks[kind]


@lru_cache(maxsize=32)
def _lexer(language: str) -> Lexer | None:
    # Imported late: most answers have no code, and the window should be there first.
    from pygments.lexers import get_lexer_by_name
    from pygments.util import ClassNotFound

    try:
        return get_lexer_by_name(language)
    except ClassNotFound:
        return None


def _range(start: int, length: int, look: QTextCharFormat) -> QTextLayout.FormatRange:
    made = QTextLayout.FormatRange()
    made.start = start
    made.length = length
    made.format = look
    return made
