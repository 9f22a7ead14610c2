"""Colours code while it grows and when it is complete, a little per frame; Pygments reads it.

Pygments cannot say in which state it is at the end of a line. So what is read again with new lines
begins at a line from which reading afresh gave the same for all lines behind it, as a rule a few
lines back. Where that is a mistake, reading all of it when the block is complete puts it right.
"""

from __future__ import annotations

from dataclasses import dataclass, field
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

_MOST = 64 * 1024  # characters; what goes on behind them stays plain
_LONGEST_LINE = 2000
_BUDGET = 4  # milliseconds per frame
_PAUSE = 100  # milliseconds between two readings of what grows
_STEP = 60  # lines of one reading
_OVERLAP = 4  # lines that have to be read the same before those above are left alone
_WIDEST = 8_000  # characters read again and again; in a longer docstring colours wait for the end

_Token = tuple[int, int, object]  # where it begins within its line, its length, its kind


@dataclass(slots=True)
class _Growing:
    """How far a block that still grows is coloured, in lines."""

    code: CodeText
    begin: int = 0  # from here on lines are read again
    end: int = 0
    read: list[list[_Token]] = field(default_factory=list)  # of the lines from `begin` to `end`
    is_over: bool = False


class Highlighter:
    """Works through the code blocks that were added; `advance` does one frame's share.

    The colours of a complete block are set all at once.
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
        self._growing: _Growing | None = None
        self._since_growth = QElapsedTimer()

    def add(self, code: CodeText, writer: AnswerWriter) -> None:
        """Colour `code`, which `writer` wrote and which is complete, in this and later frames."""
        if code.language:
            self._waiting.append(self._work(code, writer))

    def forget(self) -> None:
        """Drop what waits: the document is about to change."""
        self._waiting.clear()
        self._growing = None

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

    def grow(self, code: CodeText, writer: AnswerWriter) -> bool:
        """Colour lines of a block that still grows; return whether there are more of them."""
        growing = self._growing
        if growing is None or growing.code is not code:
            growing = self._growing = _Growing(code)
            self._since_growth.invalidate()
        lexer = None if growing.is_over else _lexer(code.language)
        if lexer is None or growing.end == len(code.lines):
            return False
        if self._since_growth.isValid() and self._since_growth.elapsed() < _PAUSE:
            return True
        self._since_growth.start()
        begin, most = growing.begin, _readable(code.lines)
        growing.end = min(growing.end + _STEP, most)
        growing.is_over = growing.end == most < len(code.lines)
        lines = _bare(code.lines[begin : growing.end])
        if sum(map(len, lines)) > _WIDEST:
            growing.is_over = True
            return False
        read = _read(lexer, lines)
        changed = [n for n, line in enumerate(read) if growing.read[n : n + 1] != [line]]
        self._apply(writer.position_of(code), {begin + n: read[n] for n in changed})
        growing.read = read
        self._leave_alone(growing, lexer, lines)
        return growing.end < len(code.lines)

    def _leave_alone(self, growing: _Growing, lexer: Lexer, lines: list[str]) -> None:
        """Have the next reading begin a few lines back, if that gives the same."""
        first = len(lines) - _OVERLAP
        if first > 0 and _read(lexer, lines[first:]) == growing.read[first:]:
            growing.begin += first
            del growing.read[:first]

    def _work(self, code: CodeText, writer: AnswerWriter) -> Iterator[None]:
        lexer = _lexer(code.language)
        if lexer is None:
            return
        lines = _bare(code.lines[: _readable(code.lines)])
        read: dict[int, list[_Token]] = {number: [] for number in range(len(lines))}
        for number, token in _tokens(lexer, lines):
            read[number].append(token)
            yield
        self._apply(writer.position_of(code), read)

    def _apply(self, first: int, read: dict[int, list[_Token]]) -> None:
        """Give lines of the block whose first line is at position `first` their colours."""
        if not read:
            return
        edit = QTextCursor(self._document)
        edit.beginEditBlock()
        begin = self._document.findBlock(first).blockNumber()
        for number, tokens in read.items():
            layout = self._document.findBlockByNumber(begin + number).layout()
            ranges = [
                _range(at, length, look)
                for at, length, kind in tokens
                if (look := self._look(kind)) is not None
            ]
            if ranges or layout.formats():
                layout.setFormats(ranges)
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


def load_language(language: str) -> None:
    """Have what reads a language ready, 40 ms for Python; may run in any thread."""
    _lexer(language)


@lru_cache(maxsize=32)
def _lexer(language: str) -> Lexer | None:
    # Imported late: most answers have no code, and the window should be there first.
    from pygments.lexers import get_lexer_by_name
    from pygments.util import ClassNotFound

    try:
        return get_lexer_by_name(language)
    except ClassNotFound:
        return None


def _readable(lines: list[str]) -> int:
    """Return how many of the first lines are coloured."""
    size = 0
    for number, line in enumerate(lines):
        size += len(line)
        if len(line) > _LONGEST_LINE or size > _MOST:
            return number
    return len(lines)


def _bare(lines: list[str]) -> list[str]:
    return [line.rstrip("\r\n") for line in lines]


def _read(lexer: Lexer, lines: list[str]) -> list[list[_Token]]:
    """Return the tokens of each line."""
    read: list[list[_Token]] = [[] for _ in lines]
    for number, token in _tokens(lexer, lines):
        read[number].append(token)
    return read


def _tokens(lexer: Lexer, lines: list[str]) -> Iterator[tuple[int, _Token]]:
    """Yield the tokens that are no white space, each with the number of its line."""
    # One line feed after each line, as each is a block: code may have any line endings.
    number = at = 0
    for _, kind, value in lexer.get_tokens_unprocessed("\n".join(lines)):
        for index, piece in enumerate(value.split("\n")):
            if index:
                number, at = number + 1, 0
            length = text_guard.units(piece)
            if number >= len(lines):
                return
            if piece.strip():
                yield number, (at, length, kind)
            at += length


def _range(start: int, length: int, look: QTextCharFormat) -> QTextLayout.FormatRange:
    made = QTextLayout.FormatRange()
    made.start = start
    made.length = length
    made.format = look
    return made
