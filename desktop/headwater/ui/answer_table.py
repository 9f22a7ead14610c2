"""Writes tables into the document, row by row: each cell is a block, which AnswerLayout places."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtGui import QTextBlock, QTextBlockFormat

from headwater.domain.block import Block, Kind
from headwater.domain.text_direction import is_right_to_left
from headwater.domain.text_guard import BREAK
from headwater.ui.answer_format import ABOVE_TABLE, Property, Role
from headwater.ui.answer_layout import Columns
from headwater.ui.inline_run import PLAIN, is_plain

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtGui import QTextCursor

    from headwater.ui.answer_format import AnswerFormats
    from headwater.ui.answer_layout import AnswerDocument
    from headwater.ui.answer_span import Span, SpanTable
    from headwater.ui.inline_run import Run

_DECISIVE = 20  # rows; they decide about the widths of the columns
_LONGEST_WORD = 24  # characters; a longer one may be broken
_WIDEST = 44  # characters; a longer cell does not claim more of the width
MOST_CELLS = 6_000  # of one table; further rows are shown as text


class _Needs(NamedTuple):
    """What the cells of a column ask for: characters, and pixels for the longest word."""

    length: int
    word: float


class TableWriter:
    """Writes the table that is open; an earlier one is never touched again."""

    def __init__(
        self,
        document: AnswerDocument,
        formats: AnswerFormats,
        spans: SpanTable,
        write_runs: Callable[[QTextCursor, int, list[Run], list[Run], Role], None],
    ) -> None:
        """Take `write_runs`, which turns what stands between two positions into other runs."""
        self._document = document
        self._formats = formats
        self._spans = spans
        self._write_runs = write_runs
        self._number = 0  # of the table in its document
        self._columns = Columns(0, [], [])
        self._header: list[_Needs] = []
        self._body: list[_Needs] = []
        self._first = QTextBlock()
        self._rows = 0
        self._last: list[list[Run]] = []
        self._looks: dict[bool, list[QTextBlockFormat]] = {}

    def append(
        self,
        end: QTextCursor,
        block: Block,
        cells: list[list[Run]],
        base: int,
        *,
        is_tail: bool,
    ) -> list[Span]:
        """Write a header or a row behind `end` and go to its end; return its marks."""
        if is_first := block.kind is Kind.TABLE or not self._number:
            self._begin_table(block, len(cells))
        role = _role(block)
        text_format = self._formats.text(role, PLAIN)
        spans: list[Span] = []
        looks = self._looks_of(block)
        for column, runs in enumerate(cells):
            fitted = None
            if self._needs_fit(runs):
                fitted = self._formats.fitted(QTextBlockFormat(looks[column]), runs, role)
            end.insertBlock(fitted or looks[column], text_format)
            if is_first and not column:
                self._first = end.block()
            self._write_runs(end, 0, [], runs, role)
            spans += self._spans.note_new(end, runs, base)
        self._rows += 1
        self._last = cells
        if not is_tail or block.kind is Kind.TABLE:
            self._fit_columns(cells, is_header=block.kind is Kind.TABLE)
        return spans

    def _needs_fit(self, runs: list[Run]) -> bool:
        return self._columns.is_mirrored or not is_plain(runs)

    def amend(
        self,
        end: QTextCursor,
        at: int,
        block: Block,
        cells: list[list[Run]],
        base: int,
        *,
        is_tail: bool,
    ) -> list[Span]:
        """Turn the last row, from position `at` to `end`, into `block`; return its marks."""
        spans = self._fill(end, at, block, cells, base)
        if not is_tail or block.kind is Kind.TABLE:
            self._fit_columns(cells, is_header=block.kind is Kind.TABLE)
        return spans

    def cut(self, end: QTextCursor, block: Block, start: int) -> None:
        """Remove the last row, which begins behind position `start`."""
        self._spans.remove_to_end(end, start)
        self._rows -= 1
        if block.kind is Kind.TABLE:
            self.forget()

    def forget(self) -> None:
        """Let go of the table; a further row would begin a new one."""
        self._number = self._rows = 0

    def _begin_table(self, block: Block, columns: int) -> None:
        self._header = self._body = [_Needs(0, 0.0)] * columns
        self._columns = Columns(
            self._formats.indent(block.containers),
            [1.0] * columns,
            [0.0] * columns,
            self._formats.length(ABOVE_TABLE),
            is_right_to_left(" ".join(block.cells)),
        )
        self._number = self._document.layout.add_table(self._columns)
        self._rows = 0
        self._looks.clear()

    def _fill(
        self, end: QTextCursor, at: int, block: Block, cells: list[list[Run]], base: int
    ) -> list[Span]:
        role = _role(block)
        spans: list[Span] = []
        last = within = self._document.findBlock(at)
        for old, runs in zip(self._last, cells, strict=True):
            if old != runs:
                end.setPosition(within.position() + within.length() - 1)
                self._write_runs(end, within.position(), old, runs, role)
                if self._needs_fit(old) or self._needs_fit(runs):
                    fitted = self._formats.fitted(end.blockFormat(), runs, role)
                    if fitted is not None:
                        end.setBlockFormat(fitted)
            spans += self._spans.note(within, runs, base)
            last, within = within, within.next()
        end.setPosition(last.position() + last.length() - 1)
        self._last = cells
        return spans

    def _looks_of(self, block: Block) -> list[QTextBlockFormat]:
        """Return the format of each cell of a header or of a row."""
        is_header = block.kind is Kind.TABLE
        looks = self._looks.get(is_header)
        if looks is None:
            looks = self._looks[is_header] = []
            for column, align in enumerate(block.aligns):
                look = self._formats.cell(
                    align, is_header=is_header, is_mirrored=self._columns.is_mirrored
                )
                look.setProperty(Property.TABLE, self._number)
                look.setProperty(Property.COLUMN, column)
                looks.append(look)
        return looks

    def _fit_columns(self, cells: list[list[Run]], *, is_header: bool) -> None:
        """Widen the columns for longer cells while the table is short, then never again."""
        if self._rows > _DECISIVE:
            return
        if is_header:
            self._header = [self._needs(runs) for runs in cells]
        else:
            self._body = [
                _Needs(max(before.length, now.length), max(before.word, now.word))
                for before, now in zip(self._body, map(self._needs, cells), strict=True)
            ]
        both = list(zip(self._header, self._body, strict=True))
        shares = [max(a.length, b.length) + 4.0 for a, b in both]
        least = [max(a.word, b.word) for a, b in both]
        if (shares, least) != (self._columns.shares, self._columns.least):
            self._columns.shares, self._columns.least = shares, least
            self._document.layout.refit(self._number, self._first)

    def _needs(self, runs: list[Run]) -> _Needs:
        length = sum(len(run.text) for run in runs)
        # A mark looks otherwise once its source has come.
        text = "".join(run.text for run in runs if not run.style.mark).replace(BREAK, " ")
        word = max(text.split(), key=len, default="")[:_LONGEST_WORD]
        return _Needs(min(_WIDEST, length), self._formats.width_in_cell(word))


def row_end(first: QTextBlock) -> int:
    """Return the position behind the last cell of the row that begins with `first`."""
    last, following = first, first.next()
    while following.blockFormat().intProperty(Property.COLUMN):
        last, following = following, following.next()
    return last.position() + last.length() - 1


def _role(block: Block) -> Role:
    return Role.HEADER_CELL if block.kind is Kind.TABLE else Role.CELL
