"""Lays out the blocks of a conversation: one below the other, the cells of a table side by side.

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
    QTextBlockFormat,
    QTextCharFormat,
    QTextLayout,
    QTextLine,
    QTextOption,
)

from headwater.ui.answer_format import Property
from headwater.ui.bare_document import BareDocument

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from PySide6.QtCore import QObject, QPoint
    from PySide6.QtGui import (
        QPainter,
        QPainterPath,
        QTextBlock,
        QTextDocument,
        QTextFormat,
        QTextFrame,
        QTextInlineObject,
    )

    _Point = QPointF | QPoint | QPainterPath.Element

_AT_ONCE = 400  # blocks that are laid out with the change that brought them
_FIXED = QTextBlockFormat.LineHeightTypes.FixedHeight.value
_SIDES = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignRight


@dataclass(slots=True)
class Columns:
    """The columns of a table: where it begins within the page, and each one's part of the rest.

    None is narrower than its `least`, which its longest word takes, while others have room to
    spare. At least `above` is left free above the table.
    """

    indent: float
    shares: list[float]
    least: list[float]
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


class _Page(NamedTuple):
    """The place of the text within the document."""

    left: float
    top: float
    width: float
    bottom: float


class _Measures(NamedTuple):
    """What a block's format says of its lines."""

    above: float
    below: float
    left: float
    right: float
    indent: float  # of the first line
    line_height: float
    baseline: float  # how far below the top of a line letters stand
    is_fixed: bool
    is_unbroken: bool  # its lines go on out of sight, and can be shifted
    table: int  # 0 for what is no cell
    column: int


class AnswerLayout(QAbstractTextDocumentLayout):
    """Knows the place of each block by its number.

    Each block begins `space` below where the one before ends and is `height` high. A cell that
    does not begin its row has a negative space: it begins where its row does.
    """

    wanted = Signal()  # blocks have no place of their own yet: somebody should call `advance`

    def __init__(self, document: QTextDocument) -> None:
        super().__init__(document)
        self._spaces: list[float] = [0.0]
        self._heights: list[float] = [0.0]
        self._own: list[float] = [0.0]  # the height of a block's lines; its row may be higher
        self._is_done = bytearray(1)
        self._tops: list[float] = []  # as many as are known
        self._page = _Page(0, 0, 0, 0)
        self._tables: dict[int, Columns] = {}
        self._refitted: dict[int, QTextBlock] = {}
        self._placed: dict[int, tuple[list[float], float, list[tuple[float, float]]]] = {}
        self._seen: tuple[float, float, list[tuple[QTextBlock, QRectF]]] | None = None
        self._measures: dict[int, _Measures] = {}
        self._options: dict[tuple[int, Qt.LayoutDirection], QTextOption] = {}
        self._shift_of: Callable[[QTextBlock], float] = _none
        self._size = QSizeF()
        self._budget = QElapsedTimer()

    # Tables.

    def add_table(self, columns: Columns) -> int:
        """Return the number by which the cells of a new table name it."""
        number = len(self._tables) + 1
        self._tables[number] = columns
        return number

    def _places(self, table: int) -> list[tuple[float, float]]:
        """Return where the columns of a table are now."""
        columns = self._tables[table]
        shares, width, places = self._placed.get(table, (None, 0.0, []))
        if shares is not columns.shares or width != self._page.width:
            places = columns.places(self._page.width)
            self._placed[table] = (columns.shares, self._page.width, places)
        return places

    def refit(self, table: int, first: QTextBlock) -> None:
        """Lay out a table, which begins with the block `first`, with the next change or `flush`."""
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
            while number < len(self._is_done) and self._measures_of(block).table == table:
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
        measures = self._measures_of(block)
        left = self._page.left + measures.left - measures.right
        return left, self._page.left + self._page.width

    # What Qt tells.

    def documentChanged(self, position: int, _removed: int, added: int) -> None:
        """Lay out the blocks from `position` on that are new or have changed."""
        document = self.document()
        count, characters = document.blockCount(), document.characterCount()
        grown = count - len(self._spaces)
        if position == 0 and added >= characters - 1:
            self._take_page()
        if characters <= 1:  # cleared: formats are numbered anew
            self._measures.clear()
            self._options.clear()
            self._tables.clear()
            self._refitted.clear()
            self._placed.clear()
        self._seen = None
        first = document.findBlock(position).blockNumber()
        end = document.findBlock(min(position + added, characters - 1)).blockNumber() + 1
        if first < 0 or end - grown < first:
            first, end = 0, count
        before = end - grown
        blank = [0.0] * (end - first)
        if grown:
            self._spaces[first:before] = blank
            self._heights[first:before] = blank
            self._own[first:before] = blank
        self._is_done[first:before] = bytes(end - first)
        if self._refitted:
            first = self._forget_rows(first)
        del self._tops[first:]
        if end - first > _AT_ONCE:
            if grown:
                self._estimate(first, end)
            self.wanted.emit()
        else:
            self._lay_out(first, min(end + 1, count))
        self._tell(first)

    def _take_page(self) -> None:
        """Know the place of the text: Qt tells of another one as a change of everything."""
        document = self.document()
        frame = document.rootFrame().frameFormat()
        left, right = frame.leftMargin(), frame.rightMargin()
        width = max(1.0, document.textWidth() - left - right)
        self._page = _Page(left, frame.topMargin(), width, frame.bottomMargin())

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
            measures = self._measures_of(block)
            width = max(1.0, self._page.width - measures.left - measures.right)
            lines = ceil(block.length() * measures.line_height / 3 / width)
            if not self._is_done[number]:
                self._heights[number] = self._own[number] = lines * measures.line_height
                self._spaces[number] = measures.above
            block = block.next()

    def _lay_out(self, first: int, end: int) -> None:
        """Lay out what waits of the blocks from `first` to before `end` and of their rows."""
        block = self.document().findBlockByNumber(first)
        measures = self._measures_of(block)
        while first > 0 and measures.column:
            block, first = block.previous(), first - 1
            measures = self._measures_of(block)
        number, count = first, len(self._spaces)
        earlier = self._measures_of(block.previous()) if first else None
        while number < count and block.isValid():
            measures = self._measures_of(block)
            if number >= end and not measures.column:
                break
            if measures.table:
                block, number = self._lay_out_row(block, number, earlier)
                earlier = measures
                continue
            if not self._is_done[number]:
                own = self._lay_out_block(block, number, measures, self._page.width)
                self._heights[number] = own
            self._spaces[number] = max(_below(earlier), measures.above)
            earlier = measures
            block, number = block.next(), number + 1
        del self._tops[first:]
        self._seen = None

    def _lay_out_row(
        self, block: QTextBlock, first: int, earlier: _Measures | None
    ) -> tuple[QTextBlock, int]:
        """Lay out what waits of the row that begins with `block`; return what comes behind."""
        begin = measures = self._measures_of(block)
        goes_on = earlier is not None and earlier.table == begin.table
        above = 0.0 if goes_on else max(_below(earlier), self._tables[begin.table].above)
        places = self._places(begin.table)
        highest, number, count = begin.line_height, first, len(self._spaces)
        while True:
            if not self._is_done[number]:
                self._lay_out_block(block, number, measures, places[measures.column][1])
            highest = max(highest, self._own[number])
            column, block, number = measures.column, block.next(), number + 1
            if number >= count or not block.isValid():
                break
            measures = self._measures_of(block)
            if measures.table != begin.table or measures.column <= column:
                break
        height = highest + begin.below
        self._heights[first:number] = [height] * (number - first)
        self._spaces[first:number] = [-height] * (number - first)
        self._spaces[first] = above + begin.above
        return block, number

    def _lay_out_block(
        self, block: QTextBlock, number: int, measures: _Measures, width: float
    ) -> float:
        """Break a block into lines on `width`; return how high they are together."""
        layout = block.layout()
        direction = block.textDirection()
        layout.setTextOption(self._option(block, direction))
        left, indent = measures.left, measures.indent
        width = max(1.0, width - left - measures.right)
        is_mirrored = direction == Qt.LayoutDirection.RightToLeft
        least, is_fixed = measures.line_height, measures.is_fixed
        y = 0.0
        layout.beginLayout()
        line = layout.createLine()
        while line.isValid():
            line.setLeadingIncluded(True)
            line.setLineWidth(width - indent)
            x = left if is_mirrored else left + indent
            if is_fixed:
                rise = line.ascent() + max(0.0, line.leading()) - measures.baseline
                line.setPosition(QPointF(x, y - rise))
                y += least
            else:
                rows = max(least, ceil(line.ascent() + line.descent() + line.leading()))
                line.setPosition(QPointF(x, y + rows - line.height()))
                y += rows
            indent = 0.0
            line = layout.createLine()
        layout.endLayout()
        self._is_done[number] = 1
        self._own[number] = y
        return y

    def _measures_of(self, block: QTextBlock) -> _Measures:
        index = block.blockFormatIndex()
        found = self._measures.get(index)
        if found is None:
            look = block.blockFormat()
            found = self._measures[index] = _Measures(
                above=look.topMargin(),
                below=look.bottomMargin(),
                left=look.leftMargin(),
                right=look.rightMargin(),
                indent=look.textIndent(),
                line_height=look.lineHeight(),
                baseline=int(64 * look.lineHeight()) * 4 // 5 / 64,
                is_fixed=look.lineHeightType() == _FIXED,
                is_unbroken=look.nonBreakableLines(),
                table=look.intProperty(Property.TABLE),
                column=look.intProperty(Property.COLUMN),
            )
        return found

    def _option(self, block: QTextBlock, direction: Qt.LayoutDirection) -> QTextOption:
        key = (block.blockFormatIndex(), direction)
        option = self._options.get(key)
        if option is None:
            look = block.blockFormat()
            option = self._options[key] = QTextOption(self.document().defaultTextOption())
            option.setTextDirection(direction)
            option.setTabs(look.tabPositions())
            option.setAlignment(_visual(look.alignment(), direction))
            if look.nonBreakableLines():
                option.setWrapMode(QTextOption.WrapMode.NoWrap)
        return option

    # Places.

    def _know_tops(self, number: int) -> None:
        """Know the tops up to that of a block."""
        known = len(self._tops)
        if number < known:
            return
        end = self._tops[-1] + self._heights[known - 1] if known else self._page.top
        steps = [s + h for s, h in zip(self._spaces[known:], self._heights[known:], strict=True)]
        ends = accumulate(steps, initial=end)
        self._tops += [end + space for end, space in zip(ends, self._spaces[known:], strict=False)]

    def number_at(self, y: float) -> int:
        """Return the number of the first block that a line at height `y` can meet."""
        self._know_tops(len(self._spaces) - 1)
        number = max(0, bisect_right(self._tops, y) - 1)
        while number > 0 and self._tops[number - 1] == self._tops[number]:
            number -= 1
        return number

    def blocks_at(self, top: float, bottom: float) -> list[tuple[QTextBlock, QRectF]]:
        """Return the blocks that can be seen between two heights, each with its place."""
        if self._seen is not None and self._seen[:2] == (top, bottom):
            return self._seen[2]
        number, count = self.number_at(top), len(self._spaces)
        block = self.document().findBlockByNumber(number)
        found: list[tuple[QTextBlock, QRectF]] = []
        while number < count:
            if not self._is_done[number]:
                self._lay_out(number, number + 1)
                self.wanted.emit()
            if number >= len(self._tops):
                self._know_tops(number)
            if self._tops[number] > bottom:
                break
            found.append((block, self._rect(block, number)))
            block, number = block.next(), number + 1
        self._seen = (top, bottom, found)
        return found

    def _place_of(self, block: QTextBlock, number: int) -> QRectF:
        if not self._is_done[number]:
            self._lay_out(number, number + 1)
            self.wanted.emit()
        self._know_tops(number)
        return self._rect(block, number)

    def _rect(self, block: QTextBlock, number: int) -> QRectF:
        """Return the place of a block whose top is known."""
        measures = self._measures_of(block)
        left, width = self._page.left, self._page.width
        if measures.table:
            at, width = self._places(measures.table)[measures.column]
            left += at
        elif measures.is_unbroken:
            left -= self._shift_of(block)
        return QRectF(left, self._tops[number], width, self._own[number])

    def blockBoundingRect(self, block: QTextBlock) -> QRectF:
        """Return the place of the lines of a block, from edge to edge of the page or its cell."""
        number = block.blockNumber()
        if not 0 <= number < len(self._spaces):
            return QRectF()
        return self._place_of(block, number)

    def frameBoundingRect(self, _frame: QTextFrame) -> QRectF:
        """Return the place of everything: there is no other frame than the page."""
        return QRectF(QPointF(), self.documentSize())

    def documentSize(self) -> QSizeF:
        """Return how large the document is, as far as it is known."""
        last = len(self._spaces) - 1
        self._know_tops(last)
        height = self._tops[last] + self._heights[last] + self._page.bottom
        below = self._measures_of(self.document().lastBlock()).below
        return QSizeF(self.document().textWidth(), height + below)

    def pageCount(self) -> int:
        return 1

    def hitTest(self, point: _Point, accuracy: Qt.HitTestAccuracy) -> int:
        """Return the position nearest to a point; -1 if it has to be on a character and is not."""
        inside = QPointF(point)  # type: ignore[arg-type]
        x, y = inside.x(), inside.y()
        is_exact = accuracy == Qt.HitTestAccuracy.ExactHit
        if not is_exact and y < self._page.top:
            return 0
        if not is_exact and y >= self.documentSize().height() - self._page.bottom:
            return self.document().characterCount() - 1
        nearest: tuple[QTextBlock, QRectF] | None = None
        least = 0.0
        for block, place in self.blocks_at(y, y):
            aside = max(place.left() - x, x - place.right(), 0.0)
            if nearest is None or aside < least or place.top() > nearest[1].top():
                nearest, least = (block, place), aside
        if nearest is None:
            return -1
        block, place = nearest
        line = self._line_at(block, y - place.top())
        if line is None:
            return -1 if is_exact else block.position()
        if self._measures_of(block).is_unbroken:  # what is out of sight is not there to be met
            left, right = self.edges(block)
            inside.setX(min(max(x, left), right - 1))
        inside -= place.topLeft()
        if is_exact and not line.naturalTextRect().contains(inside):
            return -1
        kind = QTextLine.CursorPosition
        edge = kind.CursorOnCharacter if is_exact else kind.CursorBetweenCharacters
        return block.position() + line.xToCursor(inside.x(), edge)

    def _line_at(self, block: QTextBlock, y: float) -> QTextLine | None:
        """Return the line at a height within a block, beyond its ends the nearest."""
        layout = block.layout()
        count = layout.lineCount()
        if not count:
            return None
        measures = self._measures_of(block)
        if measures.is_fixed and measures.line_height:
            return layout.lineAt(min(count - 1, max(0, int(y / measures.line_height))))
        for number in range(count):
            line = layout.lineAt(number)
            if y < line.y() + line.height():
                return line
        return layout.lineAt(count - 1)

    def row(self, block: QTextBlock) -> QRectF:
        """Return the place of the row that a cell is in, with the space below its text."""
        number = block.blockNumber()
        places = self._places(self._measures_of(block).table)
        left = self._page.left + min(at for at, _ in places)
        width = sum(wide for _, wide in places)
        return QRectF(left, self._place_of(block, number).top(), width, self._heights[number])

    # Drawing.

    def draw(self, painter: QPainter, context: QAbstractTextDocumentLayout.PaintContext) -> None:
        """Draw what meets the clip of the context, with its selections and its cursor."""
        clip = QRectF(context.clip)
        if not clip.isValid():
            clip = QRectF(QPointF(), self.documentSize())
        painter.setPen(context.palette.text().color())
        # Copies: the binding lends parts of the context that do not outlive it.
        chosen = [
            (s.cursor.selectionStart(), s.cursor.selectionEnd(), QTextCharFormat(s.format))
            for s in context.selections
            if s.cursor.hasSelection()
        ]
        caret = context.cursorPosition
        for block, place in self.blocks_at(clip.top(), clip.bottom()):
            layout, at = block.layout(), place.topLeft()
            ranges = _ranges(block, chosen) if chosen else []
            is_unbroken = self._measures_of(block).is_unbroken
            if is_unbroken:
                left, right = self.edges(block)
                painter.save()
                seen = QRectF(left, place.top(), right - left, place.height())
                painter.setClipRect(seen, Qt.ClipOperation.IntersectClip)
            layout.draw(painter, at, ranges, clip)
            if caret >= 0 and block.contains(caret):
                layout.drawCursor(painter, at, caret - block.position())
            if is_unbroken:
                painter.restore()

    def resizeInlineObject(
        self, item: QTextInlineObject, position: int, text_format: QTextFormat
    ) -> None:
        """Give a formula its place: half above the line if it is in the middle, else upon it."""
        super().resizeInlineObject(item, position, text_format)  # upon the line
        look = text_format.toCharFormat()
        if look.verticalAlignment() == QTextCharFormat.VerticalAlignment.AlignMiddle:
            height = item.ascent()
            below = height / 2 - QFontMetrics(look.font()).xHeight() / 4
            item.setDescent(below)
            item.setAscent(height - below)


class AnswerDocument(BareDocument):
    """A document that lays itself out so."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.layout = AnswerLayout(self)
        self.setDocumentLayout(self.layout)


def _none(_block: QTextBlock) -> float:
    return 0.0


def _below(measures: _Measures | None) -> float:
    """Return the space below a block; that below a cell is part of its row."""
    return 0.0 if measures is None or measures.table else measures.below


def _visual(alignment: Qt.AlignmentFlag, direction: Qt.LayoutDirection) -> Qt.AlignmentFlag:
    """Return the alignment on the screen: text read from right to left has its own left."""
    if not alignment & Qt.AlignmentFlag.AlignHorizontal_Mask:
        alignment |= Qt.AlignmentFlag.AlignLeft
    if alignment & Qt.AlignmentFlag.AlignAbsolute or not alignment & _SIDES:
        return alignment
    if direction == Qt.LayoutDirection.RightToLeft:
        alignment ^= _SIDES
    return alignment | Qt.AlignmentFlag.AlignAbsolute


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
