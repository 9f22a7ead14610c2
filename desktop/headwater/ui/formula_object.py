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

from headwater.ui.answer_format import FORMULA_OBJECT, Property
from headwater.ui.formula_setting import SetFormula, bare_tex, is_display, set_formula


class FormulaObject(QPyTextObject):
    """Tells Qt how much room a formula needs, and fills its outlines there.

    Qt stands an object on the line, or (AlignMiddle) puts half of it and a quarter of the height of
    an x above the line. So an object that reaches far below is made as high as that takes.
    """

    def __init__(self, document: QTextDocument) -> None:
        """Draw the formulas of `document` from now on."""
        super().__init__(document)
        document.documentLayout().registerHandler(FORMULA_OBJECT, self)

    def intrinsicSize(
        self, document: QTextDocument, position: int, text_format: QTextFormat
    ) -> QSizeF:
        """Return the room that Qt keeps."""
        look = text_format.toCharFormat()
        box = _box(look)
        scale = _scale(document, position, box)
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


def _box(look: QTextCharFormat) -> QRectF:
    box = look.property(Property.BOX)
    return box if isinstance(box, QRectF) else QRectF(0, -1, 1, 1)


def _lift(look: QTextCharFormat) -> float:
    """Return how much more than half of an object Qt puts above the line."""
    return QFontMetrics(look.font()).xHeight() / 2


def _scale(document: QTextDocument, position: int, box: QRectF) -> float:
    """Return how much smaller a formula must be to fit into the column."""
    column = document.rootFrame().frameFormat()
    room = document.textWidth() - column.leftMargin() - column.rightMargin()
    around = document.findBlock(position).blockFormat()
    room -= around.leftMargin() + around.rightMargin()
    return min(1.0, max(room, 40.0) / max(box.width(), 1.0))


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
