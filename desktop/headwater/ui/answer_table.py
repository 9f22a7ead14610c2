"""Writes tables into the document, row by row, in pieces that Qt can lay out at once.

Qt lays a table out again for each change (3,000 rows take 1.7 s), so a long one becomes several
below each other with the same columns.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtGui import QTextCursor

from headwater.domain.block import Block, Kind
from headwater.domain.text_direction import is_right_to_left
from headwater.ui.answer_format import Role
from headwater.ui.inline_run import PLAIN

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtGui import QTextBlockFormat, QTextDocument, QTextTable

    from headwater.ui.answer_format import AnswerFormats
    from headwater.ui.answer_span import Span, SpanTable
    from headwater.ui.inline_run import Run

_FIRST_PIECE = 20  # rows; they decide about the widths of the columns
_PIECE = 5  # rows of each further one; Qt lays out all of a piece for each new row
_WIDEST = 44  # characters; a longer cell does not claim more of the width
MOST_CELLS = 6_000  # of one table; further rows are shown as text


class TableWriter:
    """Writes the table that is open; an earlier one is never touched again."""

    def __init__(
        self,
        document: QTextDocument,
        formats: AnswerFormats,
        spans: SpanTable,
        write_runs: Callable[[QTextCursor, int, list[Run], list[Run], Role], None],
    ) -> None:
        """Take `write_runs`, which turns what stands between two positions into other runs."""
        self._document = document
        self._formats = formats
        self._spans = spans
        self._write_runs = write_runs
        self._table: QTextTable | None = None
        self._before: QTextTable | None = None
        self._rows = 0  # in this piece
        self._is_mirrored = False  # its header is read from right to left, so are its numbers
        self._is_first_piece = True
        self._lengths: list[int] = []
        self._last: list[list[Run]] = []
        self._cell = formats.cell()
        self._looks: dict[tuple[str, float, bool, bool], QTextBlockFormat] = {}

    @property
    def _most_rows(self) -> int:
        return _FIRST_PIECE if self._is_first_piece else _PIECE

    def append(
        self,
        end: QTextCursor,
        block: Block,
        cells: list[list[Run]],
        base: int,
        *,
        is_tail: bool,
    ) -> list[Span]:
        """Write a header or a row at `end` and go behind it; return its marks."""
        if block.kind is Kind.TABLE:
            self._lengths = [0] * len(cells)
            self._is_mirrored = is_right_to_left(" ".join(block.cells))
            self._is_first_piece = True
            self._begin_piece(end, block, len(cells))
        elif self._table is None or self._rows >= self._most_rows:
            self._is_first_piece = self._is_first_piece and self._table is None
            self._begin_piece(end, block, len(cells))
        else:
            self._table.appendRows(1)
        self._rows += 1
        self._last = [[] for _ in cells]
        return self.amend(block, cells, base, is_tail=is_tail)

    def amend(
        self, block: Block, cells: list[list[Run]], base: int, *, is_tail: bool
    ) -> list[Span]:
        """Turn the last row into `block`; return its marks."""
        spans = self._fill(block, cells, base)
        if not is_tail or block.kind is Kind.TABLE:
            self._fit_columns(block, cells)
        return spans

    def cut(self, end: QTextCursor, block: Block) -> None:
        """Remove the last row, or the table with its header."""
        if self._table is None:
            return
        if self._rows > 1 and block.kind is Kind.ROW:
            self._table.removeRows(self._rows - 1, 1)
            self._rows -= 1
            return
        first = self._table.firstPosition() - 1
        end.setPosition(self._table.lastPosition() + 1)
        self._spans.remove_to_end(end, first)
        self._table, self._rows = self._before, _FIRST_PIECE

    def pad(self, margin: float) -> None:
        """Leave `margin` pixels below the table."""
        if self._table is not None:
            table_format = self._table.format()
            table_format.setBottomMargin(margin)
            self._table.setFormat(table_format)

    def take_up(self, end: QTextCursor) -> None:
        """Know the table before `end` again, to leave space below it; it gets no further rows."""
        within = QTextCursor(end)
        within.movePosition(QTextCursor.MoveOperation.PreviousCharacter)
        self._table, self._rows = within.currentTable(), _FIRST_PIECE

    def forget(self) -> None:
        """Let go of the table; a further row would begin a new one."""
        self._table, self._rows = None, 0

    def _begin_piece(self, end: QTextCursor, block: Block, columns: int) -> None:
        self._before = self._table if block.kind is Kind.ROW else None
        table_format = self._formats.table(block.containers, self._widths(columns))
        if block.kind is Kind.TABLE:
            table_format.setTopMargin(self._formats.length(12))
        self._table = end.insertTable(1, columns, table_format)
        self._rows = 0
        end.setPosition(self._table.lastPosition() + 1)

    def _fill(self, block: Block, cells: list[list[Run]], base: int) -> list[Span]:
        if self._table is None:
            return []
        is_header = block.kind is Kind.TABLE
        role = Role.HEADER_CELL if is_header else Role.CELL
        spans: list[Span] = []
        for column, runs in enumerate(cells):
            cell = self._table.cellAt(self._rows - 1, column)
            old = self._last[column]
            if not old and not (runs or is_header):
                cell.setFormat(self._cell)
                continue
            if not old:
                start = cell.firstCursorPosition()
                align = block.aligns[column]
                start.setBlockFormat(self._look_of_cell(block, align))
                start.setBlockCharFormat(self._formats.text(role, PLAIN))
                cell.setFormat(self._cell)
            if old != runs:
                cursor = cell.lastCursorPosition()
                self._write_runs(cursor, cell.firstPosition(), old, runs, role)
                fitted = self._formats.fitted(cursor.blockFormat(), runs, role)
                if fitted is not None:
                    cursor.setBlockFormat(fitted)
            spans += self._spans.note(cell.firstCursorPosition().block(), runs, base)
        self._last = cells
        return spans

    def _look_of_cell(self, block: Block, align: str) -> QTextBlockFormat:
        is_header = block.kind is Kind.TABLE
        indent = self._formats.indent(block.containers)
        key = (align, indent, is_header, self._is_mirrored)
        if key not in self._looks:
            self._looks[key] = self._formats.cell_block(
                align, indent, is_header=is_header, is_mirrored=self._is_mirrored
            )
        return self._looks[key]

    def _fit_columns(self, block: Block, cells: list[list[Run]]) -> None:
        """Widen the columns for longer cells while the first piece grows, then never again."""
        if self._table is None or not self._is_first_piece:
            return
        before = self._widths(len(cells))
        for column, runs in enumerate(cells):
            length = min(_WIDEST, sum(len(run.text) for run in runs))
            self._lengths[column] = max(self._lengths[column], length)
        widths = self._widths(len(cells))
        if widths != before:
            table_format = self._formats.table(block.containers, widths)
            table_format.setTopMargin(self._table.format().topMargin())
            self._table.setFormat(table_format)

    def _widths(self, columns: int) -> list[float]:
        weights = [length + 4 for length in self._lengths] or [1] * columns
        return [round(100 * weight / sum(weights), 1) for weight in weights]
