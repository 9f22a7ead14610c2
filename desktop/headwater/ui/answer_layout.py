"""Lays out the blocks of a conversation: one below the other, and the cells of a row side by side.

Qt's own layout goes through every run and every table of the document for each row that is added.
This one knows where each block is, lays out what has changed and nothing else, and leaves what
nobody has looked at for later when the width changes. All lengths are in pixels.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from itertools import accumulate, pairwise
from math import ceil
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QElapsedTimer, QPointF, QRectF, QSizeF, Qt, Signal
from PySide6.QtGui import (
    QAbstractTextDocumentLayout,
    QFontMetrics,
    QTextCharFormat,
    QTextFormat,
    QTextLayout,
    QTextLine,
)

from headwater.domain.text_direction import FROM_LEFT, FROM_RIGHT
from headwater.domain.text_guard import LINE, OBJECT
from headwater.ui.answer_format import NARROWEST, Property
from headwater.ui.answer_span import in_units
from headwater.ui.bare_document import BareDocument
from headwater.ui.block_look import BlockLooks

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from PySide6.QtCore import QObject, QPoint
    from PySide6.QtGui import (
        QPainter,
        QPainterPath,
        QTextBlock,
        QTextDocument,
        QTextFrame,
        QTextInlineObject,
    )

    from headwater.ui.block_look import BlockLook

    _Point = QPointF | QPoint | QPainterPath.Element
    _Seen = tuple[QTextBlock, QRectF, BlockLook]

_ALIGNMENT = QTextFormat.Property.TextVerticalAlignment.value
_MIDDLE = QTextCharFormat.VerticalAlignment.AlignMiddle.value
_NOWHERE = QRectF(-2e6, -2e6, 1, 1)
_AT_ONCE = 400  # blocks that are laid out with the change that brought them


@dataclass(slots=True)
class Columns:
    """The columns of a table: where it begins within the page, and each one's part of the rest.

    None is narrower than its `least`, which its longest word takes, while others have room to
    spare. `aligns` are those of `Block`. At least `above` is left free above the table.
    """

    indent: float
    shares: list[float]
    least: list[float]
    aligns: Sequence[str]
    above: float = 0.0
    is_mirrored: bool = False

    def places(self, width: float) -> list[tuple[float, float]]:
        """Return how far from the left each column begins on a page of `width`, and its width."""
        room = max(0.0, width - self.indent)
        edges = [round(edge) for edge in accumulate(self._widths(room), initial=0.0)]
        return [
            (room - end if self.is_mirrored else self.indent + at, float(end - at))
            for at, end in pairwise(edges)
        ]

    def _widths(self, room: float) -> list[float]:
        whole = sum(self.shares) or 1.0
        widths = [room * share / whole for share in self.shares]
        if all(width >= least for width, least in zip(widths, self.least, strict=True)):
            return widths
        needed = sum(self.least)
        if needed >= room:
            return [room * least / needed for least in self.least]
        spare = [max(0.0, w - least) for w, least in zip(widths, self.least, strict=True)]
        part = (room - needed) / sum(spare)
        return [least + part * more for least, more in zip(self.least, spare, strict=True)]


class Page(NamedTuple):
    """The place of the text within the document."""

    left: float
    top: float
    width: float
    bottom: float


class _Column(NamedTuple):
    """A column: where it begins within its table, its width, and an alignment of `Block`."""

    left: float
    width: float
    align: str


class _Placed(NamedTuple):
    """The place of a table within the page."""

    left: float
    width: float
    columns: list[_Column]


class AnswerLayout(QAbstractTextDocumentLayout):
    """Knows the place of each block by its number.

    Each block begins `space` below where the one before ends and is `height` high, a row with the
    space below its text.
    """

    wanted = Signal()  # blocks have no place of their own yet: somebody should call `advance`

    def __init__(self, document: QTextDocument) -> None:
        super().__init__(document)
        self._spaces: list[float] = [0.0]
        self._heights: list[float] = [0.0]
        self._is_done = bytearray(1)
        self._known: list[BlockLook | None] = [None]  # what is done has its look here
        self._tops: list[float] = []  # as many as are known
        self.page = Page(0, 0, 0, 0)
        self._tables: dict[int, Columns] = {}
        self._refitted: dict[int, QTextBlock] = {}
        self._placed: dict[int, _Placed] = {}
        self._seen: tuple[float, float, list[_Seen]] | None = None
        self.looks = BlockLooks(document)
        self._shift_of: Callable[[QTextBlock], float] = _none
        self._kept: list[int] = []  # blocks whose letters stay shaped until they are drawn
        self._keeps = False
        self._rooms: dict[tuple[str, float, bool, bool], tuple[float, float, float]] = {}
        self._size = QSizeF()
        self._budget = QElapsedTimer()
        self.paint_below: Callable[[QPainter, QRectF], None] = _nothing

    # Tables.

    def add_table(self, columns: Columns) -> int:
        """Return the number by which the rows of a new table name it."""
        number = len(self._tables) + 1
        self._tables[number] = columns
        return number

    def _places(self, table: int) -> _Placed:
        """Return where a table and its columns are now."""
        placed = self._placed.get(table)
        if placed is None:
            known = self._tables[table]
            places = known.places(self.page.width)
            left, width = min(at for at, _ in places), sum(wide for _, wide in places)
            columns = [
                _Column(at - left, wide, align)
                for (at, wide), align in zip(places, known.aligns, strict=True)
            ]
            placed = self._placed[table] = _Placed(left, width, columns)
        return placed

    def refit(self, table: int, first: QTextBlock) -> None:
        """Take a table's other columns, and lay it out with the next change or `flush`.

        It begins with the block `first`.
        """
        self._placed.pop(table, None)
        self._refitted[table] = first

    def flush(self) -> None:
        """Lay out the tables that still wait for a change."""
        for first in list(self._refitted.values()):
            self.document().markContentsDirty(first.position(), 1)

    def _forget_rows(self, first: int) -> int:
        """Have tables with other columns laid out again; return the first block of them all."""
        for table, begin in self._refitted.items():
            block, number = begin, begin.blockNumber()
            first = min(first, number)
            while number < len(self._is_done) and self.looks.of(block).table == table:
                self._is_done[number] = 0
                block, number = block.next(), number + 1
        self._refitted.clear()
        return first

    # Lines that go on out of sight.

    def shift_by(self, shift_of: Callable[[QTextBlock], float]) -> None:
        """Take how far to the left the lines of an unbroken block are shifted, within its edges."""
        self._shift_of = shift_of

    def note_shift(self) -> None:
        """Take note that another shift applies."""
        self._seen = None

    def edges(self, block: QTextBlock) -> tuple[float, float]:
        """Return from where to where an unbroken block can be seen."""
        look = self.looks.of(block)
        left = self.page.left + look.left - look.right
        return left, self.page.left + self.page.width

    # What Qt tells.

    def documentChanged(self, position: int, _removed: int, added: int) -> None:
        """Lay out the blocks from `position` on that are new or have changed."""
        document = self.document()
        count, characters = document.blockCount(), document.characterCount()
        grown = count - len(self._spaces)
        if position == 0 and added >= characters - 1:
            self._take_page()
        if characters <= 1:  # cleared: formats are numbered anew
            self.looks.clear()
            self._tables.clear()
            self._refitted.clear()
            self._placed.clear()
            self._rooms.clear()
        self._seen = None
        first = document.findBlock(position).blockNumber()
        end = document.findBlock(min(position + added, characters - 1)).blockNumber() + 1
        if first < 0 or end - grown < first:
            first, end = 0, count
        before = end - grown
        if grown:  # most often at the end; the others' lengths are good guesses until then
            same, blank = min(before, end), [0.0] * max(0, grown)
            for lengths in (self._spaces, self._heights):
                lengths[same:before] = blank
        self._is_done[first:before] = bytes(end - first)
        self._known[first:before] = [None] * (end - first)
        self._keeps = not self._kept  # what came before was drawn: so will this be
        self._kept = [n + grown if n >= before else n for n in self._kept]
        if self._refitted:
            first = self._forget_rows(first)
        del self._tops[first:]
        if end - first > _AT_ONCE:
            if grown:
                self._estimate(before, end)
            self.wanted.emit()
        else:
            self._lay_out(first, min(end + 1, count))
        self._keeps = False
        self._tell(first)

    def _take_page(self) -> None:
        """Know the place of the text: Qt tells of another one as a change of everything."""
        document = self.document()
        frame = document.rootFrame().frameFormat()
        left, right = frame.leftMargin(), frame.rightMargin()
        width = max(1.0, document.textWidth() - left - right)
        self.page = Page(left, frame.topMargin(), width, frame.bottomMargin())
        self._placed.clear()

    def _tell(self, first: int) -> None:
        """Have the view know what has become of the blocks from `first` on."""
        size = self.documentSize()
        top = self._tops[first] - self._spaces[first] if first < len(self._tops) else 0.0
        if size != self._size:
            self._size = size
            self.documentSizeChanged.emit(size)
        below = QRectF(0, top - 1, size.width(), max(1.0, size.height() - top + 2))
        self.update[QRectF].emit(below)  # type: ignore[index]  # a signal with a default

    # Laying out.

    def advance(self, y: float, milliseconds: int) -> bool:
        """Lay out for a while what waits for it, first what is below `y`; return if more waits."""
        self._budget.start()
        begin = self.number_at(y)
        while (number := self._next_waiting(begin)) >= 0:
            if self._budget.elapsed() >= milliseconds:
                break
            self._lay_out(number, min(number + 20, len(self._spaces)))
        self._tell(0)
        return number >= 0

    def _next_waiting(self, begin: int) -> int:
        number = self._is_done.find(0, begin)
        return number if number >= 0 else self._is_done.find(0)

    def _estimate(self, first: int, end: int) -> None:
        """Give blocks that wait about the height that they will have."""
        block = self.document().findBlockByNumber(first)
        for number in range(first, end):
            look = self._look(block, number)
            width = max(1.0, self.page.width - look.left - look.right)
            lines = ceil(block.length() * look.line_height / 3 / width)
            if not self._is_done[number]:
                self._heights[number] = lines * look.line_height
                self._spaces[number] = look.above
            block = block.next()

    def _look(self, block: QTextBlock, number: int) -> BlockLook:
        """Return how a block looks whose number is known."""
        look = self._known[number]
        if look is None:
            look = self._known[number] = self.looks.of(block)
        return look

    def _lay_out(self, first: int, end: int) -> None:
        """Lay out what waits of the blocks from `first` to before `end` and of their rows."""
        block = self.document().findBlockByNumber(first)
        earlier = self._look(block.previous(), first - 1) if first else None
        for number in range(first, end):
            look = self._known[number] or self._look(block, number)
            if not self._is_done[number]:
                self._lay_out_block(block, number, look)
            above = _below(earlier)
            if not look.table:
                above = max(above, look.above)
            elif earlier is not None and earlier.table == look.table:
                above = look.above
            else:
                above = max(above, self._tables[look.table].above) + look.above
            self._spaces[number] = above
            block, earlier = block.next(), look
        del self._tops[first:]
        self._seen = None

    def _lay_out_block(self, block: QTextBlock, number: int, look: BlockLook) -> None:
        """Break a block into lines."""
        layout = block.layout()
        layout.setTextOption(look.option)
        layout.setCacheEnabled(self._keeps)
        if self._keeps:
            self._kept.append(number)
        layout.beginLayout()
        if look.table:
            height = _spread(layout, block.text(), look, self._places(look.table).columns)
        else:
            width = max(1.0, self.page.width - look.left - look.right)
            lay_out = _stack if look.is_fixed else _pile
            height = lay_out(layout, look, width)
        layout.endLayout()
        self._is_done[number] = 1
        self._heights[number] = height + _within(look)

    # Places.

    def _know_tops(self, number: int) -> None:
        """Know the tops up to that of a block."""
        known = len(self._tops)
        if number < known:
            return
        end = self._tops[-1] + self._heights[known - 1] if known else self.page.top
        steps = [s + h for s, h in zip(self._spaces[known:], self._heights[known:], strict=True)]
        ends = accumulate(steps, initial=end)
        self._tops += [end + space for end, space in zip(ends, self._spaces[known:], strict=False)]

    def number_at(self, y: float) -> int:
        """Return the number of the first block that a line at height `y` can meet."""
        self._know_tops(len(self._spaces) - 1)
        return max(0, bisect_right(self._tops, y) - 1)

    def blocks_at(self, top: float, bottom: float) -> list[_Seen]:
        """Return the blocks that can be seen between two heights, with their places and looks."""
        if self._seen is not None and self._seen[:2] == (top, bottom):
            return self._seen[2]
        number, count = self.number_at(top), len(self._spaces)
        block = self.document().findBlockByNumber(number)
        found: list[_Seen] = []
        while number < count:
            if not self._is_done[number]:
                self._lay_out(number, number + 1)
                self.wanted.emit()
            if number >= len(self._tops):
                self._know_tops(number)
            if self._tops[number] > bottom:
                break
            look = self._known[number] or self._look(block, number)
            found.append((block, self._rect(block, number, look), look))
            block, number = block.next(), number + 1
        self._seen = (top, bottom, found)
        return found

    def _place_of(self, block: QTextBlock, number: int) -> QRectF:
        if not self._is_done[number]:
            self._lay_out(number, number + 1)
            self.wanted.emit()
        self._know_tops(number)
        return self._rect(block, number, self._look(block, number))

    def _rect(self, block: QTextBlock, number: int, look: BlockLook) -> QRectF:
        """Return the place of a block whose top is known."""
        left, width = self.page.left, self.page.width
        if look.table:
            placed = self._places(look.table)
            left, width = left + placed.left, placed.width
        elif look.is_unbroken:
            left -= self._shift_of(block)
        return QRectF(left, self._tops[number], width, self._heights[number] - _within(look))

    def blockBoundingRect(self, block: QTextBlock) -> QRectF:
        """Return the place of the lines of a block, from edge to edge of the page or its table."""
        number = block.blockNumber()
        if not 0 <= number < len(self._spaces):
            return QRectF()
        if not self._is_done[number] and self.document().blockCount() != len(self._spaces):
            return QRectF()  # asked in the middle of a change
        return self._place_of(block, number)

    def frameBoundingRect(self, _frame: QTextFrame) -> QRectF:
        """Return the place of everything: there is no other frame than the page."""
        return QRectF(QPointF(), self.documentSize())

    def documentSize(self) -> QSizeF:
        """Return how large the document is, as far as it is known."""
        last = len(self._spaces) - 1
        self._know_tops(last)
        height = self._tops[last] + self._heights[last] + self.page.bottom
        below = self._look(self.document().lastBlock(), last).below
        return QSizeF(self.document().textWidth(), height + below)

    def pageCount(self) -> int:
        return 1

    def hitTest(self, point: _Point, accuracy: Qt.HitTestAccuracy) -> int:
        """Return the position nearest to a point; -1 if it has to be on a character and is not."""
        inside = QPointF(point)  # type: ignore[arg-type]
        x, y = inside.x(), inside.y()
        is_exact = accuracy == Qt.HitTestAccuracy.ExactHit
        if not is_exact and y < self.page.top:
            return 0
        if not is_exact and y >= self.documentSize().height() - self.page.bottom:
            return self.document().characterCount() - 1
        seen = self.blocks_at(y, y)
        if not seen:
            return -1
        block, place, look = seen[-1]
        inside -= place.topLeft()
        line = self._line_at(block, look, inside)
        if line is None:
            return -1 if is_exact else block.position()
        if look.is_unbroken:  # what is out of sight is not there to be met
            left, right = self.edges(block)
            inside.setX(min(max(x, left), right - 1) - place.left())
        if is_exact and not line.naturalTextRect().contains(inside):
            return -1
        kind = QTextLine.CursorPosition
        edge = kind.CursorOnCharacter if is_exact else kind.CursorBetweenCharacters
        return block.position() + line.xToCursor(inside.x(), edge)

    def _line_at(self, block: QTextBlock, look: BlockLook, point: QPointF) -> QTextLine | None:
        """Return the line nearest to a point within a block."""
        layout = block.layout()
        lines: Sequence[int] = range(layout.lineCount())
        if look.table:
            columns = self._places(look.table).columns
            column = min(range(len(columns)), key=lambda n: _aside(columns[n], point.x()))
            text = in_units(block.text())
            lines = [
                n for n in lines if text.count(LINE, 0, layout.lineAt(n).textStart()) == column
            ]
        if not lines:
            return None
        if look.is_fixed and look.line_height:
            number = int(point.y() / look.line_height)
            return layout.lineAt(lines[min(len(lines) - 1, max(0, number))])
        for number in lines:
            line = layout.lineAt(number)
            if point.y() < line.y() + line.height():
                return line
        return layout.lineAt(lines[-1])

    # Drawing.

    def draw(self, painter: QPainter, context: QAbstractTextDocumentLayout.PaintContext) -> None:
        """Draw what meets the clip of the context, with its selections and its cursor."""
        clip = QRectF(context.clip)
        if not clip.isValid():
            clip = QRectF(QPointF(), self.documentSize())
        painter.save()
        self.paint_below(painter, clip)
        painter.restore()
        painter.setPen(context.palette.text().color())
        # Copies: the binding lends parts of the context that do not outlive it.
        chosen = [
            (s.cursor.selectionStart(), s.cursor.selectionEnd(), QTextCharFormat(s.format))
            for s in context.selections
            if s.cursor.hasSelection()
        ]
        caret = context.cursorPosition
        seen = self.blocks_at(clip.top(), clip.bottom())
        first = seen[0][0].blockNumber() if seen else 0
        kept = self._release(painter, first, first + len(seen))
        for number, (block, place, look) in enumerate(seen, first):
            layout, at = block.layout(), place.topLeft()
            if number in kept:
                layout.setCacheEnabled(False)
            ranges = _ranges(block, chosen) if chosen else []
            if look.is_unbroken:
                left, right = self.edges(block)
                painter.save()
                strip = QRectF(left, place.top(), right - left, place.height())
                painter.setClipRect(strip, Qt.ClipOperation.IntersectClip)
            if look.table:  # Qt takes a line below the clip for the last one in it
                layout.draw(painter, at, ranges)
            else:
                layout.draw(painter, at, ranges, clip)
            if caret >= 0 and block.contains(caret):
                layout.drawCursor(painter, at, caret - block.position())
            if look.is_unbroken:
                painter.restore()

    def _release(self, painter: QPainter, first: int, end: int) -> frozenset[int]:
        """Return the blocks to be drawn, from `first` to before `end`, that Qt keeps in shape.

        It lets go of the letters with the next drawing; that of what is unseen is now.
        """
        if not self._kept:
            return frozenset()
        kept, self._kept = self._kept, []
        for number in kept:
            if not first <= number < end:
                layout = self.document().findBlockByNumber(number).layout()
                if layout is not None:
                    layout.setCacheEnabled(False)
                    layout.draw(painter, QPointF(), [], _NOWHERE)
        return frozenset(kept)

    def resizeInlineObject(
        self, item: QTextInlineObject, position: int, text_format: QTextFormat
    ) -> None:
        """Give a formula its place: half above the line if it is in the middle, else upon it.

        Qt asks several times for each; a narrow one takes the same room wherever it stands.
        """
        text, number = text_format.stringProperty, text_format.doubleProperty
        middle = text_format.intProperty(_ALIGNMENT) == _MIDDLE
        is_alone = text_format.boolProperty(Property.IS_ALONE)
        key = (text(Property.FORMULA), number(Property.EM), middle, is_alone)
        room = self._rooms.get(key)
        if room is None:
            super().resizeInlineObject(item, position, text_format)  # upon the line
            above, below = item.ascent(), 0.0
            if middle:
                letters = QFontMetrics(text_format.toCharFormat().font())
                below = above / 2 - letters.xHeight() / 4
            room = (item.width(), above - below, below)
            if item.width() < NARROWEST:  # a wider one may have been made that narrow
                self._rooms[key] = room
        width, above, below = room
        item.setWidth(width)
        item.setAscent(above)
        item.setDescent(below)


class AnswerDocument(BareDocument):
    """A document that lays itself out so."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.layout = AnswerLayout(self)
        self.setDocumentLayout(self.layout)


def _nothing(_painter: QPainter, _visible: QRectF) -> None:
    """Paint nothing below the text."""


def _none(_block: QTextBlock) -> float:
    return 0.0


def _below(look: BlockLook | None) -> float:
    """Return the space below a block; that below the text of a row is part of it."""
    return 0.0 if look is None or look.table else look.below


def _within(look: BlockLook) -> float:
    """Return the space below the lines of a block that is part of it."""
    return look.below if look.table else 0.0


def _stack(layout: QTextLayout, look: BlockLook, width: float) -> float:
    """Break a text into lines of one height; return how high they are together."""
    x, y, room = look.begin, 0.0, width - look.indent
    line = layout.createLine()  # there is one, even without text
    while line.isValid():
        line.setLineWidth(room)
        line.setPosition(QPointF(x, y + look.baseline - line.ascent()))
        y += look.line_height
        x, room = look.left, width
        line = layout.createLine()
    return y


def _pile(layout: QTextLayout, look: BlockLook, width: float) -> float:
    """Break a text into lines, each as high as it needs; return how high they are together."""
    x, y, room = look.begin, 0.0, width - look.indent
    line = layout.createLine()
    while line.isValid():
        line.setLeadingIncluded(True)
        line.setLineWidth(room)
        height = max(look.line_height, ceil(line.ascent() + line.descent() + line.leading()))
        line.setPosition(QPointF(x, y + height - line.height()))
        y += height
        x, room = look.left, width
        line = layout.createLine()
    return y


def _spread(layout: QTextLayout, text: str, look: BlockLook, columns: Sequence[_Column]) -> float:
    """Break the cells of a row into lines, each in its column; return how high the highest is."""
    text = in_units(text)
    highest, begin = 0.0, 0
    line = layout.createLine()
    for left, width, align in columns:
        end = text.find(LINE, begin) % (len(text) + 1)  # -1 is the end of all
        sign = text[begin : begin + 1]
        is_mirrored = sign == FROM_RIGHT or (look.is_mirrored and sign != FROM_LEFT)
        is_tall = look.is_tall and OBJECT in text[begin:end]
        x, y, room = left + look.right if is_mirrored else left, 0.0, max(1.0, width - look.right)
        while line.isValid() and line.textStart() <= end:
            if is_tall:
                line.setLeadingIncluded(True)
            line.setLineWidth(room)
            above, height = look.baseline - line.ascent(), look.line_height
            if is_tall:  # letters stand as high as those of the other cells, if there is room
                above = max(0.0, above)
                height = max(height, ceil(above + line.height()))
            free = room - line.naturalTextWidth() if align or is_mirrored else 0.0
            line.setPosition(QPointF(x + _shift(align, free, is_mirrored=is_mirrored), y + above))
            y += height
            line = layout.createLine()
        highest, begin = max(highest, y), end + 1
    return highest


def _shift(align: str, free: float, *, is_mirrored: bool) -> float:
    """Return how far to the right a line of a cell goes that leaves so much of its width free."""
    if align == "center":
        return free / 2
    return free if (align == "right") != is_mirrored else 0.0


def _aside(column: _Column, x: float) -> float:
    """Return how far a point is beside a column."""
    return max(column.left - x, x - column.left - column.width, 0.0)


def _ranges(
    block: QTextBlock, chosen: Sequence[tuple[int, int, QTextCharFormat]]
) -> list[QTextLayout.FormatRange]:
    """Return what of a block is selected."""
    at, length = block.position(), block.length()
    found: list[QTextLayout.FormatRange] = []
    for start, end, look in chosen:
        if start < at + length and end > at:
            part = QTextLayout.FormatRange()
            part.start, part.length, part.format = start - at, end - start, look
            found.append(part)
    return found
