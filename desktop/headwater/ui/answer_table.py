"""The table that is open: how its rows look, and how wide its columns have to be.

A row is one block with a LINE between its cells, which AnswerLayout places side by side.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtGui import QTextBlock

from headwater.domain.block import Block, Kind
from headwater.domain.text_direction import ISOLATES, is_right_to_left
from headwater.domain.text_guard import BREAK, LINE
from headwater.ui.answer_format import ABOVE_TABLE, Property
from headwater.ui.answer_layout import Columns
from headwater.ui.block_run import row_runs

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from PySide6.QtGui import QTextBlockFormat

    from headwater.ui.answer_format import AnswerFormats
    from headwater.ui.answer_layout import AnswerLayout
    from headwater.ui.inline_run import Run

_DECISIVE = 20  # rows; they decide about the widths of the columns
_LONGEST_WORD = 24  # characters; a longer one may be broken
_WIDEST = 44  # characters; a longer cell does not claim more of the width
MOST_CELLS = 6_000  # of one table; further rows are shown as text


class _Needs(NamedTuple):
    """What the cells of a column ask for: characters, and pixels for the longest word."""

    length: int
    word: float


class OpenTable:
    """Knows the table that rows are added to; an earlier one is never touched again."""

    def __init__(self, layout: AnswerLayout, formats: AnswerFormats) -> None:
        self._layout = layout
        self._formats = formats
        self._number = 0  # of the table in its document
        self._columns = Columns(0, [], [], [])
        self._header: list[_Needs] = []
        self._body: list[_Needs] = []
        self._first = QTextBlock()
        self._rows = 0
        self._looks: dict[bool, QTextBlockFormat] = {}

    def add(self, row: Block) -> QTextBlockFormat:
        """Take the header of a new table or a further row; return how its block looks."""
        if row.kind is Kind.TABLE or not self._number:
            self._begin(row)
        self._rows += 1
        is_header = row.kind is Kind.TABLE
        look = self._looks.get(is_header)
        if look is None:
            look = self._formats.row(is_header=is_header, is_mirrored=self._columns.is_mirrored)
            look.setProperty(Property.TABLE, self._number)
            self._looks[is_header] = look
        return look

    def runs(self, row: Block, known: Collection[str], *, is_open: bool) -> list[Run]:
        """Return what a header or a row of the table shows."""
        is_mirrored = self._columns.is_mirrored
        return row_runs(row, known, is_open=is_open, is_mirrored=is_mirrored)

    def cut(self, row: Block) -> None:
        """Forget the last row."""
        self._rows -= 1
        if row.kind is Kind.TABLE:
            self.forget()

    def forget(self) -> None:
        """Let go of the table; a further row would begin a new one."""
        self._number = self._rows = 0

    def _begin(self, row: Block) -> None:
        columns = len(row.cells)
        self._header = self._body = [_Needs(0, 0.0)] * columns
        self._columns = Columns(
            self._formats.indent(row.containers),
            [1.0] * columns,
            [0.0] * columns,
            row.aligns,
            self._formats.length(ABOVE_TABLE),
            is_right_to_left(" ".join(row.cells)),
        )
        self._number = self._layout.add_table(self._columns)
        self._rows = 0
        self._looks.clear()

    def fit_columns(self, block: QTextBlock, row: Block, runs: Sequence[Run]) -> None:
        """Widen the columns for the row in `block` while the table is short, then never again."""
        if self._rows > _DECISIVE:
            return
        if self._rows == 1:
            self._first = block
        needs = self._needs(runs)
        if row.kind is Kind.TABLE:
            self._header = needs
        else:
            self._body = [
                _Needs(max(before.length, now.length), max(before.word, now.word))
                for before, now in zip(self._body, needs, strict=True)
            ]
        both = list(zip(self._header, self._body, strict=True))
        shares = [max(a.length, b.length) + 4.0 for a, b in both]
        least = [max(a.word, b.word) for a, b in both]
        if (shares, least) != (self._columns.shares, self._columns.least):
            self._columns.shares, self._columns.least = shares, least
            self._layout.refit(self._number, self._first)

    def _needs(self, runs: Sequence[Run]) -> list[_Needs]:
        runs = [run for run in runs if run.text not in ISOLATES]
        cells = "".join(run.text for run in runs).split(LINE)
        # A mark looks otherwise once its source has come.
        words = "".join(run.text for run in runs if not run.style.mark).replace(BREAK, " ")
        longest = [
            max(cell.split(), key=len, default="")[:_LONGEST_WORD] for cell in words.split(LINE)
        ]
        return [
            _Needs(min(_WIDEST, len(cell)), self._formats.width_in_cell(word))
            for cell, word in zip(cells, longest, strict=True)
        ]
