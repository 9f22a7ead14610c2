"""Paints what lies below the text of an answer: code grounds, chips, bars, the light, the caret."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QFont, QFontMetricsF, QPen

from headwater.domain.text_direction import has_right_to_left
from headwater.ui.answer_format import (
    CODE_BOTTOM,
    CODE_PADDING,
    CODE_TOP,
    AnswerFormats,
    Role,
)
from headwater.ui.text_line import cursor_x, stretches

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QPainter, QTextBlock

    from headwater.ui.answer_layout import AnswerDocument
    from headwater.ui.answer_span import SpanTable
    from headwater.ui.block_look import BlockLook
    from headwater.ui.inline_run import Run
    from headwater.ui.sideways_code import SidewaysCode

_CELLS = (Role.CELL, Role.HEADER_CELL)
_BEYOND = 40.0  # pixels by which a shape that goes on out of sight is drawn longer
_COPY = 48  # the drawings' pixels; what the word Copy takes, with space before it
_BETWEEN_ANSWERS = (Role.QUESTION, Role.META, Role.FOOTER)


@dataclass(slots=True)
class _Shapes:
    """What is to be painted below the visible blocks, in document coordinates."""

    grounds: list[QRectF] = field(default_factory=list)
    labels: list[tuple[QPointF, float, str]] = field(default_factory=list)  # where, room, text
    turns: list[QPointF] = field(default_factory=list)  # where a line of code goes on
    rules: list[QRectF] = field(default_factory=list)
    chips: list[QRectF] = field(default_factory=list)
    codes: list[QRectF] = field(default_factory=list)
    light: list[QRectF] = field(default_factory=list)


class AnswerPainter:
    """Walks the visible blocks once per paint."""

    def __init__(
        self,
        document: AnswerDocument,
        spans: SpanTable,
        sideways: SidewaysCode,
    ) -> None:
        self._document = document
        self._spans = spans
        self._sideways = sideways
        self._layout = document.layout
        self._looks = document.layout.looks

    def paint(
        self,
        painter: QPainter,
        formats: AnswerFormats,
        visible: QRectF,
        lit: Sequence[tuple[int, int]],
    ) -> None:
        """Paint below the blocks that stand within `visible` (document coordinates)."""
        shapes = self._collect(formats, visible, lit)
        theme = formats.theme
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QBrush(theme.lit))
        for rect in shapes.light:
            painter.drawRoundedRect(rect.adjusted(-1, 0, 1, 0), 3, 3)
        painter.setBrush(QBrush(theme.code))
        for ground in shapes.grounds:
            painter.drawRoundedRect(ground, 8, 8)
        for rect in shapes.codes:
            painter.drawRoundedRect(rect.adjusted(-2, 0, 2, 0), 4, 4)
        for rect in shapes.rules:
            painter.fillRect(rect, theme.hairline)
        painter.setBrush(QBrush(theme.accent_soft))
        _paint_chips(painter, shapes.chips, formats)
        self._paint_labels(painter, shapes.labels, formats)
        _paint_turns(painter, shapes.turns, formats)

    def _place_of(self, block: QTextBlock) -> QRectF:
        return self._layout.blockBoundingRect(block)

    def reach(self, visible: QRectF) -> tuple[int, int]:
        """Return the positions where the blocks within `visible` begin and end."""
        find = self._document.findBlockByNumber
        first = find(self._layout.number_at(visible.top()))
        last = find(self._layout.number_at(visible.bottom()))
        return first.position(), last.position() + last.length()

    def _collect(
        self, formats: AnswerFormats, visible: QRectF, lit: Sequence[tuple[int, int]]
    ) -> _Shapes:
        page = self._layout.page
        left, right = page.left, page.left + page.width
        shapes = _Shapes()
        # Code and quotes are numbered anew in each answer, so `part` tells the answers apart.
        part = 0
        codes: dict[tuple[int, int], tuple[QTextBlock, QTextBlock]] = {}
        quotes: dict[tuple[int, str, bool], tuple[QTextBlock, QTextBlock]] = {}
        for block, rect, look in self._layout.blocks_at(visible.top(), visible.bottom()):
            if not look.table and look.role in _BETWEEN_ANSWERS:
                part += 1
            spans = self._spans.of(block)
            for span in spans:
                if span.mark and not span.is_known:
                    continue
                end = span.start + span.length
                found = self._rects(block, span.start, end, look, rect, is_mixed=span.is_mixed)
                if span.mark and len(found) > 1:  # a chip is whole, around its number
                    found = [max(found, key=QRectF.width)]
                (shapes.chips if span.mark else shapes.codes).extend(found)
            if lit:
                begin = block.position()
                for start, end in _between(lit, begin, begin + block.length()):
                    shapes.light += self._rects(block, start - begin, end - begin, look, rect)
            if look.is_bare:
                continue
            if look.role in (Role.CODE, Role.CODE_LABEL):
                code = (part, look.group)
                codes[code] = (codes.get(code, (block,))[0], block)
                if look.role == Role.CODE:
                    edge = left + look.left - formats.length(CODE_PADDING)
                    shapes.turns += _turns(block, look, QPointF(edge, rect.top()))
                else:
                    at = QPointF(left + look.left, rect.top() + rect.height() * 0.8)
                    room = right - at.x() - formats.length(CODE_PADDING + _COPY)
                    shapes.labels.append((at, room, look.label))
            elif look.role == Role.RULE:
                shapes.rules.append(QRectF(left, round(rect.center().y()), right - left, 1))
            elif look.role in _CELLS:
                bottom = round(rect.bottom() + look.below)
                shapes.rules.append(QRectF(rect.left(), bottom - 1, rect.width(), 1))
            for quote in look.quotes:
                key = (part, quote, look.is_mirrored)
                quotes[key] = (quotes.get(key, (block,))[0], block)
        for first, last in codes.values():
            shapes.grounds.append(self._ground(first, last, left, right, formats))
        for (_, quote, is_mirrored), (first, last) in quotes.items():
            x = float(quote.partition(":")[2])
            x = right - x - 3 if is_mirrored else left + x
            shapes.rules.append(self._bar(quote, first, last, x))
        return shapes

    def paint_pointer(
        self, painter: QPainter, formats: AnswerFormats, start: int, end: int
    ) -> None:
        """Paint a bar in the margin beside the sentence from position `start` to `end`."""
        block = self._document.findBlock(start)
        lines = self._rects(block, start - block.position(), end - block.position())
        if lines:
            self._paint_bar(painter, formats, lines[0].top(), lines[-1].bottom())

    def _paint_bar(
        self, painter: QPainter, formats: AnswerFormats, top: float, bottom: float
    ) -> None:
        left = self._layout.page.left - formats.length(10)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QBrush(formats.theme.accent))
        painter.drawRoundedRect(QRectF(left, top, 3, bottom - top), 1, 1)

    def paint_found(
        self,
        painter: QPainter,
        formats: AnswerFormats,
        places: Sequence[tuple[int, int]],
        current: tuple[int, int] | None,
    ) -> None:
        """Paint a ground under places that were found, and an edge around the current one."""
        painter.setBrush(QBrush(formats.theme.found))
        for place in places:
            is_current = place == current
            edge = QPen(formats.theme.warning, 2) if is_current else Qt.PenStyle.NoPen
            painter.setPen(edge)
            block = self._document.findBlock(place[0])
            at = block.position()
            for rect in self._rects(block, place[0] - at, place[1] - at):
                painter.drawRoundedRect(rect.adjusted(-1, 1, 1, -1), 3, 3)
        painter.setPen(Qt.PenStyle.NoPen)

    def paint_ring(self, painter: QPainter, formats: AnswerFormats, place: tuple[int, int]) -> None:
        """Paint a ring around what the keys went to, a bar beside what takes several lines."""
        first, last = (self._document.findBlock(position) for position in place)
        at = first.position()
        rects = self._rects(first, place[0] - at, place[1] - at)
        if first != last or len(rects) > 1:
            tops = self._place_of(first).united(self._place_of(last))
            self._paint_bar(painter, formats, tops.top(), tops.bottom())
            return
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(formats.theme.accent, 2))
        for rect in rects:
            # Outside of the ground that Qt paints under a selection.
            painter.drawRoundedRect(rect.adjusted(-3, -2, 3, 2), 4, 4)
        painter.setPen(Qt.PenStyle.NoPen)

    def paint_caret(self, painter: QPainter, formats: AnswerFormats, at: int) -> None:
        """Paint the sign that more is coming behind position `at`."""
        block = self._document.findBlock(at)
        rects = self._rects(block, at - block.position(), at - block.position(), is_caret=True)
        if not rects:
            return
        where = rects[-1]
        height = formats.length(15)
        top = _baseline(where) + formats.length(2) - height
        caret = QRectF(where.left() + 3, top, formats.length(7), height)
        colour = QColor(formats.theme.accent)
        colour.setAlphaF(0.8)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        painter.drawRoundedRect(caret, 1, 1)

    def paint_meta(
        self,
        painter: QPainter,
        formats: AnswerFormats,
        visible: QRectF,
        at: int,
        runs: Sequence[Run],
        width: int,
    ) -> None:
        """Paint the small line of a running turn in its block at position `at`, on one line."""
        rect = self._place_of(self._document.findBlock(at))
        if not rect.adjusted(0, -8, 0, 8).intersects(visible):
            return
        x = self._layout.page.left
        end = x + width
        baseline = rect.top() + formats.length(12 * 1.45) * 0.8
        for run in runs:
            look = formats.text(Role.META, run.style)
            font = look.font()
            font.setFamilies(formats.font.families())
            painter.setFont(font)
            painter.setPen(look.foreground().color())
            measure = painter.fontMetrics()
            text = measure.elidedText(run.text, Qt.TextElideMode.ElideRight, int(end - x))
            painter.drawText(QPointF(x, baseline), text)
            x += measure.horizontalAdvance(text)
            if text != run.text:
                return

    def _ground(
        self,
        first: QTextBlock,
        last: QTextBlock,
        left: float,
        right: float,
        formats: AnswerFormats,
    ) -> QRectF:
        """Return what lies under a block of code of which `first` to `last` are visible."""
        look = self._looks.of(first)
        is_label = look.role == Role.CODE_LABEL
        top = self._place_of(first).top()
        top -= formats.length(CODE_TOP) if is_label else _BEYOND
        goes_on = last.next().isValid() and self._looks.of(last.next()).group == look.group
        bottom = self._place_of(last).bottom()
        bottom += _BEYOND if goes_on else formats.length(CODE_BOTTOM)
        padding = formats.length(CODE_PADDING)
        return _rect(left + look.left - padding, top, right, bottom)

    def _bar(self, quote: str, first: QTextBlock, last: QTextBlock, x: float) -> QRectF:
        """Return the bar at `x` beside a quote of which `first` to `last` are visible."""
        look = self._looks.of(first)
        top = self._place_of(first).top()
        before = first.previous()
        if before.isValid() and quote in self._looks.of(before).quotes:
            top -= look.above  # it goes on over the space between two blocks
        return _rect(x, top, x + 3, self._place_of(last).bottom())

    def _rects(
        self,
        block: QTextBlock,
        start: int,
        end: int,
        look: BlockLook | None = None,
        bounds: QRectF | None = None,
        *,
        is_caret: bool = False,
        is_mixed: bool | None = None,
    ) -> list[QRectF]:
        """Return the places of the characters from `start` to `end` of a block, line by line.

        `look` and `bounds` are those of the block, if they are known; so is whether anything in
        it is read from right to left.
        """
        start, end = max(start, 0), min(end, block.length() - 1)
        if start > end or (start == end and not is_caret):
            return []
        layout = block.layout()
        if look is None or bounds is None:
            look, bounds = self._looks.of(block), self._place_of(block)
        count = layout.lineCount()
        if count == 0:
            return []
        left, top = bounds.left(), bounds.top()
        if is_mixed is None:
            is_mixed = start != end and has_right_to_left(block.text())
        is_mixed = start != end and (is_mixed or look.is_mirrored)
        measure = QFontMetricsF(self._document.defaultFont()) if look.is_tall else None
        found: list[QRectF] = []
        line = layout.lineAt(0) if count == 1 else layout.lineForTextPosition(start)
        while line.isValid():
            begin = line.textStart()
            line_end = begin + line.textLength()
            y, height = line.y(), line.height()
            if measure is not None:  # as high as text alone would be, around where it stands
                y += line.ascent() - measure.ascent()
                height = measure.height()
            first, last = max(start, begin), min(end, line_end)
            if is_mixed:
                parts = stretches(line, first, last)
            else:
                at = cursor_x(line, first)
                parts = [(at, cursor_x(line, last) if start != end else at)]
            found += [QRectF(left + at, top + y, to - at, height) for at, to in parts]
            if count == 1 or end <= line_end or line.lineNumber() + 1 >= count:
                break
            line = layout.lineAt(line.lineNumber() + 1)
        return self._sideways.seen(block, found, is_caret=is_caret) if look.is_unbroken else found

    def _paint_labels(
        self, painter: QPainter, labels: list[tuple[QPointF, float, str]], formats: AnswerFormats
    ) -> None:
        if not labels:
            return
        font = QFont(formats.font)
        font.setPointSizeF(formats.size(11))
        painter.setFont(font)
        painter.setPen(formats.theme.faint)
        measure = painter.fontMetrics()
        for at, room, label in labels:
            painter.drawText(at, measure.elidedText(label, Qt.TextElideMode.ElideRight, int(room)))


def _paint_chips(painter: QPainter, chips: list[QRectF], formats: AnswerFormats) -> None:
    height, inset, below = (formats.length(size) for size in (16, 2, 4))
    for rect in chips:
        top = _baseline(rect) - below - height / 2
        chip = QRectF(rect.left() + inset, top, rect.width() - inset, height)
        painter.drawRoundedRect(chip, height / 2 - 1, height / 2 - 1)


def _turns(block: QTextBlock, look: BlockLook, corner: QPointF) -> list[QPointF]:
    """Return the left end of each line on the screen with which no line of the code begins."""
    lines = range(0 if look.continues else 1, block.layout().lineCount())
    return [corner + QPointF(0, (line + 0.5) * look.line_height) for line in lines]


def _paint_turns(painter: QPainter, turns: list[QPointF], formats: AnswerFormats) -> None:
    """Paint small arrows beside lines that go on with the one above."""
    if not turns:
        return
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(formats.theme.faint, 1))
    short, long = formats.length(2), formats.length(6)
    for at in turns:
        heel = at + QPointF(formats.length(3) - 0.5, 0.5)
        point = heel + QPointF(long, 0)
        painter.drawPolyline([heel - QPointF(0, 2 * short), heel, point])
        painter.drawPolyline([point - QPointF(short, short), point, point - QPointF(short, -short)])
    painter.setPen(Qt.PenStyle.NoPen)


def _baseline(line: QRectF) -> float:
    """Return about where letters stand in the box of a line of text."""
    return line.top() + line.height() * 0.8


def _between(places: Sequence[tuple[int, int]], start: int, end: int) -> Sequence[tuple[int, int]]:
    """Return those of the places, which come in order, that begin from `start` to before `end`."""
    return places[bisect_left(places, (start, 0)) : bisect_left(places, (end, 0))]


def _rect(left: float, top: float, right: float, bottom: float) -> QRectF:
    return QRectF(left, top, right - left, bottom - top)
