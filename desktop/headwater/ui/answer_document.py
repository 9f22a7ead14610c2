"""Writes one answer into its part of a QTextDocument and keeps it equal to the growing text.

Settled blocks are written once. What the open rest looks like is remembered as records; on the next
call each record is compared with what now stands in its place, and only the difference is written,
as a rule a few characters at the end. So a selection survives, and a frame costs what is new.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from PySide6.QtGui import QTextCursor

from headwater.domain import text_guard
from headwater.domain.block import Block, Kind
from headwater.domain.blocks import BlockSplitter
from headwater.domain.citations import Mark, find_marks, sources_by_id
from headwater.ui.anchor import CodeAnchor
from headwater.ui.answer_format import BELOW, CODE_BOTTOM, AnswerFormats, Property, Role, role_of
from headwater.ui.answer_span import Span, SpanTable
from headwater.ui.answer_table import MOST_CELLS, OpenTable
from headwater.ui.block_run import block_runs, is_loose
from headwater.ui.cited_place import CitedPlaces, PlacedMark
from headwater.ui.code_text import CodeText
from headwater.ui.inline_run import PLAIN, Run, is_plain, mark_runs
from headwater.ui.written_text import WrittenText

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from headwater.domain.source import Source
    from headwater.ui.answer_layout import AnswerDocument

_TABLES = (Kind.TABLE, Kind.ROW)
_CODES = (Kind.CODE, Kind.CODE_LINE, Kind.CODE_END)
_MOST_RELINKED = 3000  # marks at once


@dataclass(slots=True)
class _Record:
    """A block as written: positions are relative to where the answer begins."""

    block: Block
    start: int  # where to cut so that it and all after it are gone
    runs: list[Run] = field(default_factory=list)
    at: int = 0  # where its first run begins
    spans: list[Span] = field(default_factory=list)
    previous: Block | None = None
    is_loose: bool = False  # it must be drawn again: its end was guessed, or its sources changed


class AnswerWriter:
    """Owns the blocks between `base` and the turn's footer."""

    def __init__(
        self,
        document: AnswerDocument,
        formats: AnswerFormats,
        turn_id: str,
        find_base: Callable[[], int],
        spans: SpanTable,
    ) -> None:
        """Take `find_base`, which says where the block before the answer ends now."""
        self._document = document
        self._formats = formats
        self._turn_id = turn_id
        self._find_base = find_base
        self._base = 0  # where the answer begins; found again before each change
        self._spans = spans
        self._end = QTextCursor(document)
        self._splitter = BlockSplitter()
        self._written = WrittenText()
        self._is_finished = False
        self._records: list[_Record] = []
        self._settled: list[tuple[Block, int]] = []
        self._last: Block | None = None
        self._cells = 0  # of the table that is open
        self._sources_changed = False
        self._table = OpenTable(document.layout, formats)
        self._known: dict[str, Source] = {}
        self._foreign: list[tuple[int, Mark]] = []  # with the number of their settled block
        self._cited: dict[str, None] = {}  # the ids of the sources that settled marks lead to
        self._places = CitedPlaces(document, spans)
        self._redraw_from: int | None = None  # the settled block whose marks look otherwise now
        self._is_open = True
        self.marks: list[PlacedMark] = []
        self.codes: dict[int, CodeText] = {}
        self._closed_codes: list[CodeText] = []
        self.pieces = 0  # blocks, cells and runs written so far; each is laid out

    def begin(self) -> None:
        """Stand where the answer will be written."""
        self._base = self._find_base()
        self._end.setPosition(self._base)

    def codes_to_highlight(self) -> Iterator[CodeText]:
        """Yield each code block once that is whole now."""
        yield from self._closed_codes
        self._closed_codes = []

    def growing_code(self) -> CodeText | None:
        """Return the code block that further lines will belong to, if the text ends in one."""
        if self._last is None or self._last.kind not in (Kind.CODE, Kind.CODE_LINE):
            return None
        return self.codes.get(self._last.group)

    def position_of(self, code: CodeText) -> int:
        """Return where the first line of `code` begins in the document."""
        return self._find_base() + code.first

    def code_text(self, group: int) -> str | None:
        """Return what Copy copies of a code block, also of one that still grows."""
        code = self.codes.get(group)
        if code is None:
            return None
        tail = (r.block for r in self._records if r.block.kind is Kind.CODE_LINE)
        return code.text_with("".join(b.text + b.info for b in tail if b.group == group))

    @property
    def end(self) -> int:
        """The position in the document after the last character."""
        return self._end.position()

    @property
    def caret(self) -> int:
        """The position behind the last word: in a row that grows, its last cells are empty."""
        if not self._records or self._records[-1].block.kind is not Kind.ROW:
            return self.end
        row = "".join(run.text for run in self._records[-1].runs)
        return self.end - len(row) + len(row.rstrip(text_guard.LINE))

    @property
    def is_empty(self) -> bool:
        """Whether nothing of the answer is on the screen."""
        return self._last is None and not self._records

    def cited_ids(self) -> tuple[str, ...]:
        """The ids of the sources cited so far, in order of first mention."""
        last = (span.mark for record in self._records for span in record.spans)
        return tuple(self._cited | self._cited_by(last))

    def _cited_by(self, mark_ids: Iterable[str]) -> dict[str, None]:
        return {self._known[i].id: None for i in mark_ids if i in self._known}

    def known_marks(self) -> list[tuple[int, int, str]]:
        """Return start, end and id of the marks that lead to a source, as positions now."""
        base = self._find_base()
        marks = [(m.at, m.length, m.id) for m in self.marks if m.is_known]
        for record in self._records:
            marks += [(s.start, s.length, s.mark) for s in record.spans if s.mark and s.is_known]
        return [(base + at, base + at + length, mark) for at, length, mark in marks]

    def placed_blocks(self) -> list[tuple[int, Block]]:
        """Return the blocks, each with the position where its text begins now."""
        base = self._find_base()
        blocks = [(start, block) for block, start in self._settled]
        blocks += [(record.start, record.block) for record in self._records]
        return [(base + start + 1, block) for start, block in blocks]

    def table_at(self, position: int) -> list[Block]:
        """Return header and rows of the table at a position of the document, empty elsewhere."""
        at = position - self._find_base()
        blocks = [*self._settled, *((record.block, record.start) for record in self._records)]
        index = bisect_left(blocks, at, key=lambda placed: placed[1]) - 1
        if index < 0 or blocks[index][0].kind not in _TABLES:
            return []
        first = index
        while blocks[first][0].kind is Kind.ROW and first:
            first -= 1
        rows = [blocks[first][0]]
        for block, _ in blocks[first + 1 :]:
            if block.kind is not Kind.ROW:
                break
            rows.append(block)
        return rows

    # Sources, which may come after the text that cites them.

    def set_sources(self, sources: Iterable[Source]) -> None:
        """Link the marks whose sources are known now, and unlink the others."""
        self._base = self._find_base()
        before = self._known.keys()
        self._known = sources_by_id(sources)
        self._sources_changed = True
        if before != self._known.keys():
            # Such a mark has other characters once a source has one of its ids.
            changed = [
                at for at, mark in self._foreign if mark.stands(before) != mark.stands(self._known)
            ]
            if self._redraw_from is not None:
                changed.append(self._redraw_from)
            self._redraw_from = min(changed, default=None)
        for mark in self.marks:
            if mark.is_known != (mark.id in self._known):
                mark.is_known = not mark.is_known
                self._relink(mark)
        self._cited = self._cited_by(mark.id for mark in self.marks)

    def source(self, source_id: str) -> Source | None:
        """Return the source that an id, maybe an alias, refers to."""
        return self._known.get(source_id)

    def _relink(self, mark: PlacedMark) -> None:
        cursor = QTextCursor(self._document)
        cursor.setPosition(self._base + mark.at)
        block = cursor.block()
        offset = cursor.position() - block.position()
        for span in self._spans.of(block):
            if span.mark and span.start == offset:
                span.is_known = mark.is_known
        cursor.setPosition(cursor.position() + mark.length, QTextCursor.MoveMode.KeepAnchor)
        role = Role(block.blockFormat().intProperty(Property.ROLE))
        runs = mark_runs(mark.id, PLAIN, is_known=mark.is_known)
        cursor.removeSelectedText()
        self._insert(cursor, list(runs), role, block.blockFormat().headingLevel())

    def sentences_citing(self, source: Source) -> list[tuple[int, int]]:
        """Return the places of the sentences that cite `source`, as positions in the document.

        Once found they are remembered, so asking again costs what is new.
        """
        self._base = self._find_base()
        return self._places.of(source, self.marks, self._base)

    # Text.

    def write(
        self, text: str, *, is_final: bool, with_tail: bool = True, end: int | None = None
    ) -> None:
        """Show `text`, up to `end` if it is given; what follows is another frame's work.

        With `is_final` nothing more will come, else the end is a live tail.
        """
        end = len(text) if end is None else end
        self._is_open = not is_final
        self._base = self._find_base()
        written = self._written
        if (
            self._redraw_from is not None
            or not written.is_beginning_of(text, is_final=is_final)
            or end < written.length
            or (self._is_finished and end > written.length)
        ):
            written.begin(text, end)
            self._restart(text[:end])
            settled: list[Block] = []
        else:
            settled = self._splitter.feed(written.go_on(text, end))
        if is_final and not self._is_finished:
            settled += self._splitter.finish()
            self._is_finished = True
        tail = [] if self._is_finished or not with_tail else self._splitter.tail()
        self._show(settled, tail)

    def changes_by(self, text: str, sources: Iterable[Source]) -> int:
        """Return how many characters `text` and `sources` would have written anew at once."""
        known = sources_by_id(sources)
        before = self._known.keys()
        if before != known.keys():
            if any(m.stands(before) != m.stands(known) for _, m in self._foreign):
                return len(text)
            if sum(m.is_known != (m.id in known) for m in self.marks) > _MOST_RELINKED:
                return len(text)
        return 0 if self._written.is_beginning_of(text) else self._written.changes_to(text)

    def _restart(self, text: str) -> None:
        """Keep the settled blocks that `text` still begins with, forget the rest."""
        self._splitter = BlockSplitter()
        self._is_finished = False
        blocks = self._splitter.feed(text)
        self._cut(0)
        same = 0
        for (old, _), new in zip(self._settled, blocks, strict=False):
            if old != new:
                break
            same += 1
        if self._redraw_from is not None:
            same, self._redraw_from = min(same, self._redraw_from), None
        # A piece of code or of a table is only as old as its beginning.
        while same and same < len(self._settled) and _needs_beginning(self._settled[same][0]):
            same -= 1
        if same < len(self._settled):
            self._cut_settled(same)
        self._show(blocks[same:], [])

    def _cut_settled(self, count: int) -> None:
        start = self._settled[count][1]
        self._remove(start)
        self._settled = self._settled[:count]
        self._last = self._settled[-1][0] if self._settled else None
        self.marks = [mark for mark in self.marks if mark.at < start]
        self._foreign = [(at, mark) for at, mark in self._foreign if at < count]
        self._cited = self._cited_by(mark.id for mark in self.marks)
        self._places.forget()
        kept = {block.group for block, _ in self._settled if block.kind is Kind.CODE}
        self.codes = {group: code for group, code in self.codes.items() if group in kept}
        self._table.forget()

    def _show(self, settled: list[Block], tail: list[Block]) -> None:
        if self._sources_changed:
            for record in self._records:
                record.is_loose = record.block.kind in (Kind.PARAGRAPH, Kind.HEADING, Kind.ROW)
            self._sources_changed = False
        wanted = self._without_surplus_rows(settled + tail)
        for index, block in enumerate(wanted):
            is_tail = index >= len(settled)
            if index < len(self._records):
                record = self._records[index]
                if record.block == block and not record.is_loose:
                    continue
                if self._may_amend(self._records[index].block, block):
                    self._cut(index + 1)
                    self._amend(self._records[index], block, is_tail=is_tail)
                    continue
                self._cut(index)
            self._append(block, is_tail=is_tail)
        if len(self._records) > len(wanted):
            self._cut(len(wanted))
        for record in self._records[: len(settled)]:
            self._settle(record)
        self._records = self._records[len(settled) :]

    def _without_surplus_rows(self, blocks: list[Block]) -> list[Block]:
        """Show the rows of a table that grows past all measure as text."""
        cells = self._cells
        for index, block in enumerate(blocks):
            if block.kind is Kind.TABLE:
                cells = 0
            elif block.kind is Kind.ROW:
                cells += len(block.cells)
                if cells > MOST_CELLS:
                    text = " | ".join(block.cells)
                    blocks[index] = Block(Kind.PARAGRAPH, text, block.containers, block.fresh)
        return blocks

    def _may_amend(self, old: Block, new: Block) -> bool:
        if old.kind is not new.kind or old.kind in (Kind.TABLE, Kind.CODE, Kind.CODE_END):
            return False
        if old.kind is Kind.ROW:
            return old.group == new.group
        return (
            old.containers == new.containers
            and old.fresh == new.fresh
            and old.continues == new.continues
            and old.gap == new.gap
            and old.level == new.level
            and old.group == new.group
        )

    def _settle(self, record: _Record) -> None:
        block = record.block
        if block.kind not in _CODES:
            at = len(self._settled)
            for run in block.cells or (block.text,):
                if marks := find_marks(run):
                    self._foreign += [(at, mark) for mark in marks if mark.is_foreign]
        self._settled.append((block, record.start))
        self._last = block
        for span in record.spans:
            if span.mark:
                self.marks.append(PlacedMark(span.start, span.length, span.mark, span.is_known))
                self._cited |= self._cited_by((span.mark,))
        if block.kind is Kind.CODE:
            self.codes[block.group] = CodeText(" ".join(block.info.split()[:1]))
        elif block.kind is Kind.CODE_LINE and block.group in self.codes:
            code = self.codes[block.group]
            if not code.lines:
                code.first = record.at
            code.lines.append(block.text + block.info)
        elif block.kind is Kind.CODE_END and block.group in self.codes:
            self._closed_codes.append(self.codes[block.group])
        elif block.kind is Kind.TABLE:
            self._cells = len(block.cells)
        elif block.kind is Kind.ROW:
            self._cells += len(block.cells)

    # Blocks.

    def _append(self, block: Block, *, is_tail: bool) -> None:
        previous = self._records[-1].block if self._records else self._last
        base = self._base
        self.pieces += 1 + 2 * len(block.cells)
        if block.kind is Kind.CODE_END:
            self._records.append(_Record(block, self.end - base, previous=previous))
            self._pad_code(self._formats.length(CODE_BOTTOM + BELOW))
            return
        self._append_text(block, previous, base, is_tail=is_tail)

    def _append_text(
        self, block: Block, previous: Block | None, base: int, *, is_tail: bool
    ) -> None:
        start = self.end - base
        role = role_of(block)
        text_format = self._formats.text(role, PLAIN, block.level)
        is_row = block.kind in _TABLES
        look = self._table.add(block) if is_row else self._formats.block(block, previous)
        self._end.insertBlock(look, text_format)
        record = _Record(block, start, at=self.end - base, previous=previous)
        record.runs = self._runs(block, is_tail)
        record.is_loose = is_tail and is_loose(block)
        if block.kind is Kind.CODE:
            anchor = CodeAnchor(self._turn_id, block.group)
            self._end.insertText("Copy", self._formats.copy_anchor(anchor))
        else:
            self._insert(self._end, record.runs, role, block.level)
            if role is Role.FORMULA or not is_plain(record.runs):
                self._fit_lines(record.runs, role, block.level)
        record.spans = self._spans.note_new(self._end, record.runs, base)
        if is_row and (not is_tail or block.kind is Kind.TABLE):
            self._table.fit_columns(self._end.block(), block, record.runs)
        self._records.append(record)

    def _amend(self, record: _Record, block: Block, *, is_tail: bool) -> None:
        runs = self._runs(block, is_tail)
        record.block = block
        record.is_loose = is_tail and is_loose(block)
        if runs != record.runs:
            self._rewrite(record, runs)
        if block.kind is Kind.ROW and not is_tail:
            self._table.fit_columns(self._end.block(), block, runs)

    def _rewrite(self, record: _Record, new: list[Run]) -> None:
        """Turn what the last record shows into `new`."""
        block, old = record.block, record.runs
        role = role_of(block)
        end, at = self._end, self._base + record.at
        same = 0
        while same < len(old) and same < len(new) and old[same] == new[same]:
            at += text_guard.units(old[same].text)
            same += 1
        rest = new[same:]
        if same < len(old) and rest and old[same].style == rest[0].style:
            shared = _shared_length(old[same].text, rest[0].text)
            at += text_guard.units(rest[0].text[:shared])
            rest = [Run(rest[0].text[shared:], rest[0].style), *rest[1:]]
        if end.position() > at:
            end.setPosition(at, QTextCursor.MoveMode.KeepAnchor)
            end.removeSelectedText()
        self._insert(end, rest, role, block.level)
        if block.kind is Kind.FORMULA or not (is_plain(old) and is_plain(new)):
            self._fit_lines(new, role, block.level)
        record.runs = new
        record.spans = self._spans.note(end.block(), new, self._base)

    def _insert(self, cursor: QTextCursor, runs: list[Run], role: Role, level: int = 0) -> None:
        self.pieces += len(runs)
        format_of, turn_id = self._formats.text, self._turn_id
        for run in runs:
            if run.text:
                cursor.insertText(run.text, format_of(role, run.style, level, turn_id))

    def _fit_lines(self, runs: list[Run], role: Role, level: int) -> None:
        """Let the lines of the last block grow if a formula in it is higher than they are."""
        look = self._formats.fitted(self._end.blockFormat(), runs, role, level)
        if look is not None:
            self._end.setBlockFormat(look)

    def _cut(self, index: int) -> None:
        """Remove the records from `index` on, and what they wrote."""
        if index >= len(self._records):
            return
        for record in reversed(self._records[index:]):
            if record.block.kind is Kind.CODE_END:
                self._pad_code(0)
                continue
            if record.block.kind in _TABLES:
                self._table.cut(record.block)
            self._remove(record.start)
        self._records = self._records[:index]

    def _remove(self, start: int) -> None:
        """Remove everything from `start`, relative to the base, to the end of the answer."""
        self._spans.remove_to_end(self._end, self._base + start)

    def _pad_code(self, padding: float) -> None:
        block_format = self._end.blockFormat()
        block_format.setBottomMargin(padding)
        self._end.setBlockFormat(block_format)

    def _runs(self, block: Block, is_tail: bool) -> list[Run]:
        is_open = is_tail and self._is_open
        if block.kind in _TABLES:
            return self._table.runs(block, self._known, is_open=is_open)
        return block_runs(block, self._known, is_open=is_open)


def _needs_beginning(block: Block) -> bool:
    """Whether `block` goes on with what an earlier one began."""
    return block.continues or block.kind in (Kind.CODE_LINE, Kind.CODE_END, Kind.ROW)


def _shared_length(one: str, other: str) -> int:
    shortest = min(len(one), len(other))
    if one[:shortest] == other[:shortest]:
        return shortest
    return next(i for i in range(shortest) if one[i] != other[i])
