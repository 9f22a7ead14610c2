"""Paints what lies below the text of an answer: code grounds, chips, bars, the light, the caret."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QFont, QFontMetricsF, QPen, QTextBlock, QTextBlockFormat

from headwater.ui.answer_format import CODE_BOTTOM, CODE_TOP, AnswerFormats, Property, Role

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from PySide6.QtGui import QPainter, QTextDocument

    from headwater.ui.answer_span import SpanTable
    from headwater.ui.inline_run import Run

_BEYOND = 40.0  # pixels by which a shape that goes on out of sight is drawn longer


@dataclass(slots=True)
class _Ground:
    left: float
    right: float
    top: float
    bottom: float


@dataclass(slots=True)
class _Shapes:
    """What is to be painted below the visible blocks, in document coordinates."""

    grounds: dict[int, _Ground] = field(default_factory=dict)
    bars: dict[str, _Ground] = field(default_factory=dict)
    labels: list[tuple[QPointF, str]] = field(default_factory=list)
    rules: list[QRectF] = field(default_factory=list)
    chips: list[QRectF] = field(default_factory=list)
    codes: list[QRectF] = field(default_factory=list)
    light: list[QRectF] = field(default_factory=list)


class AnswerPainter:
    """Walks the visible blocks once per paint."""

    def __init__(self, document: QTextDocument, spans: SpanTable) -> None:
        self._document = document
        self._spans = spans

    def paint(
        self,
        painter: QPainter,
        formats: AnswerFormats,
        first: QTextBlock,
        visible: QRectF,
        lit: Sequence[tuple[int, int]],
    ) -> None:
        """Paint below the blocks from `first` to the end of `visible` (document coordinates)."""
        shapes = self._collect(formats, first, visible, lit)
        theme = formats.theme
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QBrush(theme.lit))
        for rect in shapes.light:
            painter.drawRoundedRect(rect.adjusted(-1, 0, 1, 0), 3, 3)
        painter.setBrush(QBrush(theme.code))
        for ground in shapes.grounds.values():
            painter.drawRoundedRect(_rect(ground), 8, 8)
        for rect in shapes.codes:
            painter.drawRoundedRect(rect.adjusted(-2, 0, 2, 0), 4, 4)
        painter.setBrush(QBrush(theme.hairline))
        for bar in shapes.bars.values():
            painter.drawRect(_rect(bar))
        for rect in shapes.rules:
            painter.drawRect(rect)
        painter.setBrush(QBrush(theme.accent_soft))
        for rect in shapes.chips:
            self._paint_chip(painter, rect, formats)
        self._paint_labels(painter, shapes.labels, formats)

    def _collect(
        self,
        formats: AnswerFormats,
        first: QTextBlock,
        visible: QRectF,
        lit: Sequence[tuple[int, int]],
    ) -> _Shapes:
        column = self._document.rootFrame().frameFormat()
        left = column.leftMargin()
        right = self._document.textWidth() - column.rightMargin()
        shapes = _Shapes()
        for block, block_format, rect in self._visible_blocks(first, visible):
            role = block_format.intProperty(Property.ROLE)
            if role in (Role.CODE, Role.CODE_LABEL):
                self._extend_ground(shapes.grounds, block, block_format, rect, left, right, formats)
                if role == Role.CODE_LABEL:
                    at = QPointF(left + block_format.leftMargin(), rect.top() + rect.height() * 0.8)
                    shapes.labels.append((at, block_format.stringProperty(Property.LABEL)))
            elif role == Role.RULE:
                shapes.rules.append(QRectF(left, round(rect.center().y()), right - left, 1))
            if quotes := block_format.stringProperty(Property.QUOTES).split():
                _extend_bars(shapes.bars, quotes, block, block_format, rect, left, right)
            for start, end in lit:
                at_block = block.position()
                shapes.light += self._rects(block, start - at_block, end - at_block)
            for span in self._spans.of(block):
                found = self._rects(block, span.start, span.start + span.length)
                if span.mark and span.is_known:
                    shapes.chips += found
                elif not span.mark:
                    shapes.codes += found
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
        left = self._document.rootFrame().frameFormat().leftMargin() - formats.length(10)
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
        if first != last or len(self._rects(first, *(p - first.position() for p in place))) > 1:
            bounds = self._document.documentLayout().blockBoundingRect
            tops = bounds(first).united(bounds(last))
            self._paint_bar(painter, formats, tops.top(), tops.bottom())
            return
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(formats.theme.accent, 2))
        block = self._document.findBlock(place[0])
        at = block.position()
        for rect in self._rects(block, place[0] - at, place[1] - at):
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
        painter.setPen(Qt.PenStyle.NoPen)
        colour = formats.theme.accent
        painter.setBrush(QBrush(colour))
        painter.setOpacity(0.8)
        painter.drawRoundedRect(QRectF(where.left() + 3, top, formats.length(7), height), 1, 1)
        painter.setOpacity(1)

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
        rect = self._document.documentLayout().blockBoundingRect(self._document.findBlock(at))
        if not rect.adjusted(0, -8, 0, 8).intersects(visible):
            return
        x = self._document.rootFrame().frameFormat().leftMargin()
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

    def _visible_blocks(
        self, first: QTextBlock, visible: QRectF
    ) -> Iterator[tuple[QTextBlock, QTextBlockFormat, QRectF]]:
        layout = self._document.documentLayout()
        block = first
        while block.isValid():
            rect = layout.blockBoundingRect(block)
            if rect.top() > visible.bottom():
                return
            block_format = block.blockFormat()
            # Qt leaves out what the fixed height of the lines adds.
            height = max(1, block.layout().lineCount()) * block_format.lineHeight()
            if block_format.boolProperty(Property.TALL):
                height = max(height, rect.height())
            rect.setHeight(height)
            yield block, block_format, rect
            block = block.next()

    def _extend_ground(
        self,
        grounds: dict[int, _Ground],
        block: QTextBlock,
        block_format: QTextBlockFormat,
        rect: QRectF,
        left: float,
        right: float,
        formats: AnswerFormats,
    ) -> None:
        group = block_format.intProperty(Property.GROUP)
        ground = grounds.get(group)
        if ground is None:
            is_label = block_format.intProperty(Property.ROLE) == Role.CODE_LABEL
            padding = block_format.rightMargin()
            ground = grounds[group] = _Ground(
                left + block_format.leftMargin() - padding,
                right,
                rect.top() - (formats.length(CODE_TOP) if is_label else _BEYOND),
                rect.bottom(),
            )
        following = block.next().blockFormat()
        goes_on = following.intProperty(Property.GROUP) == group
        ground.bottom = rect.bottom() + (_BEYOND if goes_on else formats.length(CODE_BOTTOM))

    def _rects(
        self, block: QTextBlock, start: int, end: int, *, is_caret: bool = False
    ) -> list[QRectF]:
        """Return the places of the characters from `start` to `end` of a block, one per line."""
        start, end = max(start, 0), min(end, block.length() - 1)
        if start > end or (start == end and not is_caret):
            return []
        layout = block.layout()
        if layout.lineCount() == 0:
            return []
        bounds = self._document.documentLayout().blockBoundingRect(block)
        # Qt moves the rectangle to the layout's origin, whatever the margin of its lines.
        origin = bounds.topLeft()
        is_tall = block.blockFormat().boolProperty(Property.TALL)
        measure = QFontMetricsF(self._document.defaultFont())
        found: list[QRectF] = []
        line = layout.lineForTextPosition(start)
        while line.isValid():
            from_x = _x(line.cursorToX(max(start, line.textStart())))
            line_end = line.textStart() + line.textLength()
            to_x = _x(line.cursorToX(min(end, line_end)))
            top, height = origin.y() + line.y(), line.height()
            if is_tall:  # as high as text alone would be, around where it stands
                top += line.ascent() - measure.ascent()
                height = measure.height()
            found.append(QRectF(origin.x() + min(from_x, to_x), top, abs(to_x - from_x), height))
            if end <= line_end or line.lineNumber() + 1 >= layout.lineCount():
                break
            line = layout.lineAt(line.lineNumber() + 1)
        return found

    def _paint_chip(self, painter: QPainter, rect: QRectF, formats: AnswerFormats) -> None:
        height = formats.length(16)
        rect = QRectF(
            rect.left() + formats.length(2),
            _baseline(rect) - formats.length(4) - height / 2,
            rect.width() - formats.length(2),
            height,
        )
        painter.drawRoundedRect(rect, height / 2 - 1, height / 2 - 1)

    def _paint_labels(
        self, painter: QPainter, labels: list[tuple[QPointF, str]], formats: AnswerFormats
    ) -> None:
        if not labels:
            return
        font = QFont(formats.font)
        font.setPointSizeF(formats.size(11))
        painter.setFont(font)
        painter.setPen(formats.theme.faint)
        for at, label in labels:
            painter.drawText(at, label)


def _extend_bars(
    bars: dict[str, _Ground],
    quotes: list[str],
    block: QTextBlock,
    block_format: QTextBlockFormat,
    rect: QRectF,
    left: float,
    right: float,
) -> None:
    is_mirrored = block_format.layoutDirection() == Qt.LayoutDirection.RightToLeft
    before = block.previous().blockFormat().stringProperty(Property.QUOTES).split()
    for place in quotes:
        quote_id, _, x = place.partition(":")
        # The bar goes on over the space between two blocks of one quote.
        top = rect.top() - (block_format.topMargin() if place in before else 0)
        at = right - float(x) - 3 if is_mirrored else left + float(x)
        bar = bars.setdefault(f"{quote_id}{is_mirrored}", _Ground(at, at + 3, top, top))
        bar.bottom = max(bar.bottom, rect.bottom())


def _baseline(line: QRectF) -> float:
    """Return about where letters stand in the box of a line of text."""
    return line.top() + line.height() * 0.8


def _rect(ground: _Ground) -> QRectF:
    return QRectF(ground.left, ground.top, ground.right - ground.left, ground.bottom - ground.top)


def _x(found: object) -> float:
    """Read what `cursorToX` gives: a number, or in newer bindings a pair that starts with it."""
    value = found[0] if isinstance(found, tuple) else found
    return float(value)  # type: ignore[arg-type]
