"""Draws the formulas of a document: one character each, in the colour of the text around it."""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import QPointF, QRect, QRectF, QSizeF, Qt
from PySide6.QtGui import (
    QFontMetrics,
    QPainter,
    QPainterPath,
    QPyTextObject,
    QTextCharFormat,
    QTextDocument,
    QTextFormat,
)

from headwater.ui.answer_format import FORMULA_OBJECT, NARROWEST, Property
from headwater.ui.formula_setting import (
    SetFormula,
    bare_tex,
    broken_formula,
    is_display,
    set_formula,
)

_SMALLEST = 0.7  # of its size; a formula that would be smaller is broken into lines
_HANG = 2.0  # em by which further lines stand in
_LEADING = 0.4  # em between lines


class FormulaObject(QPyTextObject):
    """Tells the layout how much room a formula needs, and fills its outlines there.

    It stands an object on the line, or (AlignMiddle) puts half of it and a quarter of the height of
    an x above the line. So an object that reaches far below is made as high as that takes.
    """

    def __init__(self, document: QTextDocument) -> None:
        """Draw the formulas of `document` from now on."""
        super().__init__(document)
        document.documentLayout().registerHandler(FORMULA_OBJECT, self)

    def intrinsicSize(
        self, document: QTextDocument, position: int, text_format: QTextFormat
    ) -> QSizeF:
        """Return the room that the layout keeps."""
        look = text_format.toCharFormat()
        box = _box(look)
        scale = _scale(document, position, box)
        if lines := _lines(look, scale):
            size = _size(lines) * look.doubleProperty(Property.EM)
            return size * _scale(document, position, QRectF(0, 0, size.width(), 1))
        ascent, descent = -box.top() * scale, box.bottom() * scale
        if look.boolProperty(Property.IS_ALONE):
            return QSizeF(box.width() * scale, ascent + descent)
        if look.boolProperty(Property.TALL):
            lift = _lift(look)
            return QSizeF(box.width() * scale, max(2 * ascent - lift, 2 * descent + lift))
        return QSizeF(box.width() * scale, max(ascent, 1))

    def drawObject(
        self,
        painter: QPainter,
        place: QRectF | QRect,
        document: QTextDocument,
        position: int,
        text_format: QTextFormat,
    ) -> None:
        """Fill the outlines; whatever the scale of the screen, they are as sharp as the text."""
        look = text_format.toCharFormat()
        box = _box(look)
        scale = _scale(document, position, box)
        rect = QRectF(place)
        if lines := _lines(look, scale):
            self._draw_lines(painter, rect, look, lines)
            return
        base = rect.bottom()
        if look.boolProperty(Property.IS_ALONE):
            base -= box.bottom() * scale
        elif look.boolProperty(Property.TALL):
            base = rect.top() + (rect.height() + _lift(look)) / 2
        em = look.doubleProperty(Property.EM) * scale
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.translate(QPointF(rect.left() - box.left() * scale, base))
        painter.scale(em, em)
        painter.fillPath(_path(look.stringProperty(Property.FORMULA)), look.foreground())
        painter.restore()

    def _draw_lines(
        self,
        painter: QPainter,
        rect: QRectF,
        look: QTextCharFormat,
        lines: tuple[SetFormula, ...],
    ) -> None:
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.translate(rect.topLeft())
        em = rect.width() / _size(lines).width()
        painter.scale(em, em)
        y = 0.0
        for index, line in enumerate(lines):
            y += line.ascent
            painter.save()
            painter.translate(QPointF(_HANG * bool(index) - line.left, y))
            painter.fillPath(_drawn(line), look.foreground())
            painter.restore()
            y += line.descent + _LEADING
        painter.restore()


def _lines(look: QTextCharFormat, scale: float) -> tuple[SetFormula, ...]:
    """Return the lines of a formula that would be too small to read on one, else nothing."""
    if scale >= _SMALLEST or not look.boolProperty(Property.IS_ALONE):
        return ()
    most = int(scale * _box(look).width() / look.doubleProperty(Property.EM) - _HANG)
    lines = broken_formula(bare_tex(look.stringProperty(Property.FORMULA)), max(most, 1))
    return lines if len(lines) > 1 else ()


def _size(lines: tuple[SetFormula, ...]) -> QSizeF:
    """Return how much room lines take below each other, in em."""
    width = max(line.width + _HANG * bool(index) for index, line in enumerate(lines))
    height = sum(line.ascent + line.descent for line in lines)
    return QSizeF(width, height + _LEADING * (len(lines) - 1))


def _box(look: QTextCharFormat) -> QRectF:
    box = look.property(Property.BOX)
    return box if isinstance(box, QRectF) else QRectF(0, -1, 1, 1)


def _lift(look: QTextCharFormat) -> float:
    """Return how much more than half of an object the layout puts above the line."""
    return QFontMetrics(look.font()).xHeight() / 2


def _scale(document: QTextDocument, position: int, box: QRectF) -> float:
    """Return how much smaller a formula must be to fit into the column."""
    if box.width() <= NARROWEST:
        return 1.0
    column = document.rootFrame().frameFormat()
    room = document.textWidth() - column.leftMargin() - column.rightMargin()
    around = document.findBlock(position).blockFormat()
    room -= around.leftMargin() + around.rightMargin()
    return min(1.0, max(room, NARROWEST) / max(box.width(), 1.0))


@lru_cache(maxsize=256)
def _path(source: str) -> QPainterPath:
    formula = set_formula(bare_tex(source), is_display=is_display(source))
    return QPainterPath() if formula is None else _drawn(formula)


def _drawn(formula: SetFormula) -> QPainterPath:
    path = QPainterPath()
    path.setFillRule(Qt.FillRule.WindingFill)
    for command, numbers in formula.steps():
        match command:
            case "M":
                path.moveTo(*numbers)
            case "L":
                path.lineTo(*numbers)
            case "Q":
                path.quadTo(*numbers)
            case "C":
                path.cubicTo(*numbers)
            case _:
                path.closeSubpath()
    return path
