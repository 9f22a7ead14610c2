"""Code whose lines go on out of sight: how far each block is scrolled, and what is seen of it.

Such lines are laid out to their end. Here is known which part of them the ground of their block
shows; the layout asks, and so their place is where they are seen (`AnswerLayout.shift_by`).
A line of code longer than about 2,000 characters is several blocks of the document (see
`domain/text_piece.py`), so it goes on below and no line is without end.
"""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QRectF

from headwater.domain.preferences import LongLines
from headwater.ui.answer_format import CODE_PADDING, Property, Role
from headwater.ui.text_line import cursor_x

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PySide6.QtGui import QTextBlock

    from headwater.ui.answer_format import AnswerFormats
    from headwater.ui.answer_layout import AnswerDocument
    from headwater.ui.answer_page import AnswerPage
    from headwater.ui.code_text import CodeText

_MOST_MEASURED = 1000  # lines of a block per call: about 3 ms
_LEAST = 1.0  # pixels; less than that out of sight is not worth a bar

Key = tuple[str, int]  # the turn's id and the block's group


class Strip(NamedTuple):
    """The visible lines of a block that is wider than its ground, in document coordinates.

    `lines` reaches from edge to edge of the ground. `room` is how much of a line is seen, `most`
    how far it can be scrolled.
    """

    first: QTextBlock
    last: QTextBlock
    key: Key
    lines: QRectF
    offset: float
    most: float
    room: float


class SidewaysCode:
    """Remembers for each block how far it is scrolled; all lengths are in pixels."""

    def __init__(self, document: AnswerDocument, page: AnswerPage, formats: AnswerFormats) -> None:
        """Take the formats of what is written now."""
        self._document = document
        self._page = page
        self.formats = formats
        self._offsets: dict[Key, float] = {}
        self.is_measuring = False  # the last strips may turn out to be wider
        document.layout.shift_by(self._shift)

    @property
    def is_on(self) -> bool:
        """Whether long lines go on out of sight at all."""
        return self.formats.long_lines is LongLines.SCROLL

    def clear(self) -> None:
        """Forget everything: another conversation is shown."""
        self._offsets.clear()

    def rescale(self, factor: float) -> None:
        """Show the same letters when all are `factor` times as large."""
        self._offsets = {key: factor * offset for key, offset in self._offsets.items()}

    def strips(self, visible: QRectF) -> list[Strip]:
        """Return what is to be seen in `visible`, from top to bottom; nothing while lines wrap."""
        self.is_measuring = False
        if not self.is_on:
            return []
        return [strip for run in self._runs(visible) if (strip := self._strip(*run)) is not None]

    def strip_at(self, visible: QRectF, y: float) -> Strip | None:
        """Return the strip whose lines stand at the height `y`."""
        for strip in self.strips(visible):
            if strip.lines.top() <= y < strip.lines.bottom():
                return strip
        return None

    def key_of(self, block: QTextBlock) -> Key:
        """Return which code a line of it, or its label, belongs to."""
        turn = self._page.turn_at(block.position())
        group = block.blockFormat().intProperty(Property.GROUP)
        return (turn.turn.id if turn is not None else "", group)

    def is_line(self, block: QTextBlock) -> bool:
        """Whether a block is a line of code."""
        return block.blockFormat().intProperty(Property.ROLE) == Role.CODE

    def scroll(self, strip: Strip, offset: float) -> bool:
        """Scroll a block to `offset`, as far as it goes; return whether that changed anything."""
        offset = float(round(min(max(offset, 0.0), strip.most)))  # letters stay sharp
        self._offsets[strip.key] = offset
        self._document.layout.note_shift()
        return offset != strip.offset

    def reveal(self, start: int, end: int) -> bool:
        """Scroll the line with what stands from `start` to `end` until it is seen.

        Returns whether there was need to.
        """
        block = self._document.findBlock(start)
        if not self.is_on or not self.is_line(block) or not block.layout().lineCount():
            return False
        strip = self._strip(block, block)
        if strip is None:
            return False
        line, at = block.layout().lineAt(0), block.position()
        from_x = cursor_x(line, start - at) - line.x()
        to_x = cursor_x(line, min(end - at, block.length() - 1)) - line.x()
        if strip.offset <= from_x and to_x <= strip.offset + strip.room:
            return False
        return self.scroll(strip, from_x - strip.room / 3)

    def seen(self, block: QTextBlock, rects: list[QRectF], *, is_caret: bool) -> list[QRectF]:
        """Return those places of a block that are in sight; a caret stands at the edge else."""
        if not rects or not self.is_on or not self.is_line(block):
            return rects
        left, right = self._document.layout.edges(block)
        found: list[QRectF] = []
        for rect in rects:
            if is_caret:
                rect.moveLeft(min(max(rect.left(), left), right - self._padding))
                found.append(rect)
            elif rect.left() < right and rect.right() > left:
                found.append(rect.intersected(QRectF(left, rect.top(), right - left, 1e6)))
        return found

    @property
    def _padding(self) -> float:
        return self.formats.length(CODE_PADDING)

    def _shift(self, block: QTextBlock) -> float:
        """Return how far the line of code in `block` is scrolled."""
        offset = self._offsets.get(self.key_of(block), 0.0) if self._offsets else 0.0
        if not offset:
            return 0.0
        left, right = self._document.layout.edges(block)
        return min(offset, max(0.0, self._reach(block, block) - (right - left - 2 * self._padding)))

    def _runs(self, visible: QRectF) -> Iterator[tuple[QTextBlock, QTextBlock]]:
        """Yield the first and the last visible line of each block of code."""
        run: tuple[QTextBlock, QTextBlock] | None = None
        for block, _, _ in self._document.layout.blocks_at(visible.top(), visible.bottom()):
            is_line = self.is_line(block)
            if run is not None and not is_line:
                yield run
                run = None
            if is_line:
                run = (block if run is None else run[0], block)
        if run is not None:
            yield run

    def _strip(self, first: QTextBlock, last: QTextBlock) -> Strip | None:
        left, right = self._document.layout.edges(first)
        room = right - left - 2 * self._padding
        most = float(ceil(self._reach(first, last) - room))
        if most < _LEAST:
            return None
        place_of = self._document.layout.blockBoundingRect
        top, bottom = place_of(first).top(), place_of(last).bottom()
        key = self.key_of(first)
        offset = min(self._offsets.get(key, 0.0), most)
        return Strip(
            first, last, key, QRectF(left, top, right - left, bottom - top), offset, most, room
        )

    def _reach(self, first: QTextBlock, last: QTextBlock) -> float:
        """Return how wide the code is, as far as it was measured, and from `first` to `last`."""
        turn_id, group = self.key_of(first)
        turn = self._page.turn(turn_id)
        code = turn.writer.codes.get(group) if turn is not None else None
        width = 0.0
        if turn is not None and code is not None and code.lines:
            width = self._measure(code, self._document.findBlock(turn.writer.position_of(code)))
        block = first
        while True:
            width = max(width, _width(block))
            if block == last:
                return width
            block = block.next()

    def _measure(self, code: CodeText, begin: QTextBlock) -> float:
        """Measure lines that were not yet, some of them; each is measured once."""
        before = code.measured
        count = min(len(code.lines), before + _MOST_MEASURED)
        if before < count:
            block = self._document.findBlockByNumber(begin.blockNumber() + before)
            while code.measured < count and block.isValid() and block.layout().lineCount():
                code.width = max(code.width, _width(block))
                code.measured += 1
                block = block.next()
        # Lines that are not laid out yet are painted again when they are.
        if before < code.measured < len(code.lines):
            self.is_measuring = True
        return code.width


def _width(block: QTextBlock) -> float:
    layout = block.layout()
    return layout.lineAt(0).naturalTextWidth() if layout.lineCount() else 0.0
