"""How each part of an answer looks: measures, margins and type, as Qt's block and text formats."""

from __future__ import annotations

from dataclasses import replace
from enum import IntEnum
from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import (
    QBrush,
    QFont,
    QFontMetricsF,
    QTextBlockFormat,
    QTextCharFormat,
    QTextFormat,
    QTextOption,
)

from headwater.domain import text_guard
from headwater.domain.block import Block, Item, Kind, Quote
from headwater.domain.preferences import LongLines
from headwater.domain.text_direction import is_right_to_left
from headwater.ui.anchor import CodeAnchor, LinkAnchor, SourceAnchor
from headwater.ui.formula_setting import X_HEIGHT, bare_tex, set_formula
from headwater.ui.theme import COLUMN_CHARACTERS, LINE_HEIGHT, Theme, code_font

if TYPE_CHECKING:
    from collections.abc import Sequence

    from headwater.domain.block import Container
    from headwater.ui.inline_run import Run, Style

_DESIGN_SIZE = 14  # pixels; the drawings' body text, to which their other sizes are related
_DEEPEST_INDENT = 8
_MOST_FORMATS = 2000
_ANY_MARK = "*"  # stands for the id; no mark has this one
_LONGEST_LABEL = 100  # characters; what has no room beside Copy is elided by whoever paints it
CODE_PADDING = 14
CODE_TOP = 7
HEAD_LIFT = 12
CODE_BOTTOM = 12
CELL_PADDING = 5
ABOVE_TABLE = 12
BELOW = 14  # under code, tables and the answer itself
_HEADINGS = {1: 18.0, 2: 16.0, 3: 15.0}


class Property(IntEnum):
    """What we note in the formats of blocks, for painting and copying."""

    ROLE = QTextFormat.Property.UserProperty.value + 1
    GROUP = ROLE + 1  # which code block
    QUOTES = ROLE + 2  # "id:x" of each quote around, joined by spaces
    LABEL = ROLE + 3  # the language of a code block
    CONTINUES = ROLE + 4
    OURS = ROLE + 5  # text of ours that is not copied
    MARK = ROLE + 6  # the id of a citation mark
    PAD = ROLE + 7
    FORMULA = ROLE + 8  # the TeX of a formula with its delimiters
    EM = ROLE + 9  # its size in pixels
    BOX = ROLE + 10  # the place it takes around the point where it stands on the line
    IS_ALONE = ROLE + 11  # nothing else stands on its line
    TALL = ROLE + 12  # a formula that needs a higher line, or a block whose lines may grow
    TABLE = ROLE + 13  # the number of the table that a row belongs to


class Role(IntEnum):
    """What a block of the document is."""

    BODY = 1
    HEADING = 2
    QUESTION = 3
    META = 4
    CODE = 5
    CODE_LABEL = 6
    CELL = 7
    HEADER_CELL = 8
    RULE = 9
    FOOTER = 10
    FORMULA = 11


# Size of the text in the drawings and height of a line as a multiple of it.
_LINE_SIZES = {
    Role.CODE: (12.5, 1.5),
    Role.CODE_LABEL: (12.0, 1.9),
    Role.RULE: (14.0, 0.1),
}
_TALL = (Kind.CODE_END, Kind.CODE_LINE, Kind.ROW, Kind.TABLE)
_RIGHT = Qt.AlignmentFlag.AlignRight
_AS_THEY_ARE = (Role.CODE, Role.CELL, Role.HEADER_CELL)  # whatever their text begins with


_ROLES = {
    Kind.PARAGRAPH: Role.BODY,
    Kind.HEADING: Role.HEADING,
    Kind.RULE: Role.RULE,
    Kind.CODE: Role.CODE_LABEL,
    Kind.CODE_LINE: Role.CODE,
    Kind.CODE_END: Role.CODE,
    Kind.TABLE: Role.HEADER_CELL,
    Kind.ROW: Role.CELL,
    Kind.FORMULA: Role.FORMULA,
}
FORMULA_OBJECT = QTextFormat.ObjectTypes.UserObject.value + 1
NARROWEST = 40.0  # pixels; a formula is never made smaller for a column narrower than that


def role_of(block: Block) -> Role:
    """Return what the text of a block is in the document."""
    return _ROLES[block.kind]


class AnswerFormats:
    """The formats for one theme and one body font; made anew when either changes."""

    def __init__(
        self, theme: Theme, font: QFont, dpi: float, long_lines: LongLines = LongLines.WRAP
    ) -> None:
        self.theme = theme
        self.long_lines = long_lines
        self.font = QFont(font)
        self.points = font.pointSizeF()
        self._pixels = self.points * dpi / 72
        # The width of an n, the typesetter's measure; an average over all glyphs is far wider.
        self.column = round(QFontMetricsF(font).horizontalAdvance("n") * COLUMN_CHARACTERS)
        self._code = code_font(self.size(12.5))
        self._inline_code = code_font(self.size(13))
        self._texts: dict[tuple[Role, int, Style, str], QTextCharFormat] = {}
        self._measure: QFontMetricsF | None = None
        self._blocks: dict[tuple[object, ...], QTextBlockFormat] = {}

    def size(self, design_pixels: float) -> float:
        """Return the size in points of what is `design_pixels` high beside a body of 14."""
        return self.points * design_pixels / _DESIGN_SIZE

    def length(self, design_pixels: float) -> float:
        """Return a length in pixels that keeps its relation to the body text."""
        return round(design_pixels * self._pixels / _DESIGN_SIZE)

    # Text.

    def text(self, role: Role, style: Style, level: int = 0, turn_id: str = "") -> QTextCharFormat:
        """Return the format of a run; `turn_id` says whose sources its mark refers to."""
        key = (role, level, style, turn_id if style.mark else "")
        made = self._texts.get(key)
        if made is None:
            if len(self._texts) > _MOST_FORMATS:  # links make new formats without end
                self._texts.clear()
            made = (
                self._make_mark(role, style, level, turn_id)
                if style.mark and style.mark != _ANY_MARK
                else self._make_text(role, style, level)
            )
            self._texts[key] = made
        return made

    def _make_mark(self, role: Role, style: Style, level: int, turn_id: str) -> QTextCharFormat:
        """Return the format of any mark made this one's: marks differ in nothing but their ids."""
        made = QTextCharFormat(self.text(role, replace(style, mark=_ANY_MARK), level))
        made.setProperty(Property.MARK, style.mark)
        if style.is_known:
            made.setAnchorHref(str(SourceAnchor(turn_id, style.mark)))
        return made

    def _make_text(self, role: Role, style: Style, level: int) -> QTextCharFormat:
        made = self.plain(role, level)
        theme = self.theme
        if style.bold:
            made.setFontWeight(QFont.Weight.DemiBold)
            if role is Role.META:
                made.setFontWeight(QFont.Weight.Medium)
                made.setForeground(theme.text)
        if style.italic:
            made.setFontItalic(True)
        if style.struck:
            made.setFontStrikeOut(True)
        if style.code:
            made.setFontFamilies([self._inline_code.family()])
            made.setFontFixedPitch(True)
            made.setFontPointSize(made.fontPointSize() * 13 / _DESIGN_SIZE)
        if style.href:
            made.setAnchor(True)
            made.setAnchorHref(str(LinkAnchor(style.href)))
            made.setForeground(theme.accent)
        if style.is_muted:
            made.setForeground(theme.muted)
        if style.mark:
            self._mark(made, style)
        if style.is_ours:
            made.setProperty(Property.OURS, True)
        if style.is_source:
            made.setFontFamilies([self._inline_code.family()])
            made.setFontFixedPitch(True)
            made.setFontPointSize(made.fontPointSize() * 13 / _DESIGN_SIZE)
        if style.formula:
            self._formula(made, style)
        return made

    def _formula(self, made: QTextCharFormat, style: Style) -> None:
        """Note what FormulaObject needs to know; letters are as high as those of the text."""
        formula = set_formula(bare_tex(style.formula), is_display=style.is_display)
        if formula is None:
            return
        pixels = made.fontPointSize() * self._pixels / self.points
        font = QFont(self.font)
        font.setPointSizeF(made.fontPointSize())
        em = min(max(QFontMetricsF(font).xHeight() / X_HEIGHT, pixels), 1.3 * pixels)
        height = formula.ascent + formula.descent
        box = QRectF(formula.left * em, -formula.ascent * em, formula.width * em, height * em)
        made.setObjectType(FORMULA_OBJECT)
        made.setProperty(Property.FORMULA, style.formula)
        made.setProperty(Property.EM, em)
        made.setProperty(Property.BOX, box)
        line = pixels * LINE_HEIGHT / 100
        if style.is_alone:
            made.setProperty(Property.IS_ALONE, True)
            made.setProperty(Property.TALL, True)
        elif -box.top() > 0.8 * line + 1 or box.bottom() > 0.2 * line + 1:
            made.setProperty(Property.TALL, True)
            made.setVerticalAlignment(QTextCharFormat.VerticalAlignment.AlignMiddle)

    def _mark(self, made: QTextCharFormat, style: Style) -> None:
        made.setFontWeight(QFont.Weight.Normal)
        made.setFontPointSize(self.size(11))
        made.setForeground(self.theme.accent if style.is_known else self.theme.faint)
        if style.is_known:
            made.setAnchor(True)
        if style.pad:
            made.setProperty(Property.PAD, style.pad)
            if style.is_known:
                made.setFontLetterSpacingType(QFont.SpacingType.AbsoluteSpacing)
                made.setFontLetterSpacing(self.length(4))

    def plain(self, role: Role, level: int = 0) -> QTextCharFormat:
        """Return the format of a role's ordinary text."""
        made = QTextCharFormat()
        size, colour = 14.0, self.theme.text
        weight = QFont.Weight.Normal
        match role:
            case Role.HEADING:
                size, weight = _HEADINGS.get(level, 14.0), QFont.Weight.DemiBold
            case Role.QUESTION:
                size, weight = 19.0, QFont.Weight.DemiBold
            case Role.META:
                size, colour = 12.0, self.theme.faint
            case Role.CODE_LABEL:
                size, colour = 12.0, self.theme.muted
            case Role.CELL:
                size = 13.0
            case Role.HEADER_CELL:
                size, weight, colour = 13.0, QFont.Weight.DemiBold, self.theme.muted
            case Role.CODE:
                made.setFontFamilies([self._code.family()])
                made.setFontFixedPitch(True)
                size = 12.5
            case Role.BODY | Role.RULE | Role.FOOTER:
                pass
        made.setFontPointSize(self.size(size))
        made.setFontWeight(weight)
        made.setForeground(QBrush(colour))
        return made

    def copy_anchor(self, anchor: CodeAnchor) -> QTextCharFormat:
        """Return the format of the word Copy above a code block."""
        made = self.plain(Role.CODE_LABEL)
        made.setAnchor(True)
        made.setAnchorHref(str(anchor))
        made.setProperty(Property.OURS, True)
        return made

    # Blocks.

    def block(self, block: Block, previous: Block | None) -> QTextBlockFormat:
        """Return the block format of `block` where it stands after `previous`."""
        gap = self.gap(block, previous)
        around = tuple(
            -c.id if isinstance(c, Quote) else int(c.number is None) for c in block.containers
        )
        label = block.info if block.kind is Kind.CODE else ""
        looks = (block.kind, block.level, block.continues, block.group, label)
        key = (looks, around, block.containers[block.fresh :] and block.fresh, gap)
        made = self._blocks.get(key)
        if made is None:
            if len(self._blocks) > _MOST_FORMATS:
                self._blocks.clear()
            made = self._blocks[key] = self._make_block(block, gap)
        return made

    def _make_block(self, block: Block, gap: float) -> QTextBlockFormat:
        made = QTextBlockFormat()
        role = role_of(block)
        made.setProperty(Property.ROLE, int(role))
        left = self.indent(block.containers)
        self.set_height(made, *_LINE_SIZES.get(role, (14.0, LINE_HEIGHT / 100)), block.level)
        made.setTopMargin(self.length(gap))
        if quotes := self._quotes(block.containers):
            made.setProperty(Property.QUOTES, quotes)
        if block.continues:
            made.setProperty(Property.CONTINUES, True)
        if role in (Role.CODE, Role.CODE_LABEL):
            made.setProperty(Property.GROUP, block.group)
            made.setLeftMargin(left + self.length(CODE_PADDING))
            made.setRightMargin(self.length(CODE_PADDING))
            # Code reads from left to right, whatever the language of a comment at its beginning.
            made.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
            if role is Role.CODE and self.long_lines is LongLines.SCROLL:
                made.setNonBreakableLines(True)
            if role is Role.CODE_LABEL:
                made.setAlignment(_RIGHT)
                made.setBottomMargin(self.length(5))
                label = text_guard.code("".join(block.info.split()[:1])[:_LONGEST_LABEL])
                made.setProperty(Property.LABEL, label or " ")
            return made
        made.setLeftMargin(left)
        if role is Role.HEADING:
            made.setHeadingLevel(block.level)
        self._hang_marker(made, block)
        return made

    def fitted(
        self, made: QTextBlockFormat, runs: Sequence[Run], role: Role, level: int = 0
    ) -> QTextBlockFormat | None:
        """Return `made` as its text needs it, None if it is right as it is.

        Its lines are as high as its formulas, and it stands in from where its text begins.
        Only a block with a high formula has lines that may grow.
        """
        formulas = [self.text(role, run.style, level) for run in runs if run.style.formula]
        is_mirrored = role not in _AS_THEY_ARE and self._mirror(made, runs)
        is_tall = role is Role.FORMULA or any(f.boolProperty(Property.TALL) for f in formulas)
        is_centred = role is Role.FORMULA and bool(formulas)
        align = Qt.AlignmentFlag.AlignHCenter if is_centred else Qt.AlignmentFlag.AlignLeft
        was_tall = made.boolProperty(Property.TALL)
        if is_tall == was_tall and (role is not Role.FORMULA or made.alignment() == align):
            return made if is_mirrored else None
        heights = QTextBlockFormat.LineHeightTypes
        kind = heights.MinimumHeight if is_tall else heights.FixedHeight
        made.setLineHeight(made.lineHeight(), kind.value)
        made.setProperty(Property.TALL, is_tall)
        if role is Role.FORMULA:
            made.setAlignment(align)
        return made

    def _mirror(self, made: QTextBlockFormat, runs: Sequence[Run]) -> bool:
        """Let a block stand in from the side that its text begins at; return whether it moved."""
        was = made.layoutDirection() == Qt.LayoutDirection.RightToLeft
        is_mirrored = is_right_to_left("".join(run.text for run in runs), otherwise=was)
        if is_mirrored == was:
            return False
        left, right = made.leftMargin(), made.rightMargin()
        made.setLeftMargin(right)
        made.setRightMargin(left)
        # Qt measures a tab from the right there, and means by its type the other side of the text.
        kind = QTextOption.TabType.RightTab if is_mirrored else QTextOption.TabType.LeftTab
        made.setTabPositions([QTextOption.Tab(tab.position, kind) for tab in made.tabPositions()])
        if is_mirrored:
            made.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
        else:
            made.clearProperty(QTextFormat.Property.LayoutDirection.value)
        return True

    def set_height(
        self, made: QTextBlockFormat, size: float, factor: float, level: int = 0
    ) -> None:
        """Give every line the same height, so that a foreign glyph does not push lines apart."""
        if level:
            size = _HEADINGS.get(level, 14.0)
        made.setLineHeight(
            round(self._pixels * size / _DESIGN_SIZE * factor),
            QTextBlockFormat.LineHeightTypes.FixedHeight.value,
        )

    def indent(self, containers: tuple[Container, ...]) -> float:
        """Return how far a block stands in from the left, in pixels."""
        return sum(self._step(container) for container in containers[:_DEEPEST_INDENT])

    def _step(self, container: Container) -> float:
        if isinstance(container, Quote):
            return self.length(16)
        return self.length(20 if container.number is None else 26)

    def _hang_marker(self, made: QTextBlockFormat, block: Block) -> None:
        shown = block.containers[:_DEEPEST_INDENT]
        first = next(
            (i for i in range(block.fresh, len(shown)) if isinstance(shown[i], Item)), None
        )
        if first is None:
            return
        hang = self.indent(shown[first:])
        made.setTextIndent(-hang)
        stops, x = [], 0.0  # measured from where the hanging line begins
        for container in shown[first:]:
            x += self._step(container)
            if isinstance(container, Item):
                stops.append(QTextOption.Tab(x, QTextOption.TabType.LeftTab))
        # A number too wide for its place is followed by a little space all the same.
        stops.append(QTextOption.Tab(hang + self.length(12), QTextOption.TabType.LeftTab))
        stops.append(QTextOption.Tab(hang + self.length(24), QTextOption.TabType.LeftTab))
        made.setTabPositions(stops)

    def _quotes(self, containers: tuple[Container, ...]) -> str:
        return " ".join(
            f"{container.id}:{self.indent(containers[:index])}"
            for index, container in enumerate(containers[:_DEEPEST_INDENT])
            if isinstance(container, Quote)
        )

    def gap(self, block: Block, previous: Block | None) -> float:
        """Return the space above, in the drawings' pixels."""
        if block.kind is Kind.CODE_LINE or (block.continues and previous is not None):
            return 0
        if previous is None:
            return 0
        if block.kind is Kind.HEADING:
            return 20 if block.level <= 2 else 16
        if block.kind is Kind.RULE or previous.kind is Kind.RULE:
            return 12
        if Kind.FORMULA in (block.kind, previous.kind):
            return BELOW if previous.kind in _TALL else 10
        if previous.kind is Kind.HEADING:
            return 6
        within = _shared(block, previous)
        if block.kind is Kind.CODE:
            return (8 if within else BELOW) + CODE_TOP
        if within:
            return 8 if block.gap else 4
        return BELOW if previous.kind in _TALL else 12

    def question(self, line: str) -> QTextBlockFormat:
        """Return the format of a line of a question, which stands where it is read from."""
        made = QTextBlockFormat()
        if is_right_to_left(line):
            made.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
        made.setProperty(Property.ROLE, int(Role.QUESTION))
        self.set_height(made, 19.0, 1.35)
        made.setHeadingLevel(1)
        return made

    def set_apart(self, question: QTextBlockFormat) -> None:
        """Leave a space between the first line of a question and the turn above it."""
        question.setTopMargin(self.length(32))

    def meta(self) -> QTextBlockFormat:
        """Return the format of the small line below a question."""
        made = QTextBlockFormat()
        made.setProperty(Property.ROLE, int(Role.META))
        self.set_height(made, 12.0, 1.45)
        made.setTopMargin(self.length(4))
        made.setBottomMargin(self.length(16))
        return made

    def footer(self, height: int) -> QTextBlockFormat:
        """Return the format of the place that a turn's own widget covers."""
        made = QTextBlockFormat()
        made.setProperty(Property.ROLE, int(Role.FOOTER))
        made.setLineHeight(max(1, height), QTextBlockFormat.LineHeightTypes.FixedHeight.value)
        made.setTopMargin(self.length(BELOW + 4))
        return made

    def head(self, height: int) -> QTextBlockFormat:
        """Return the format of the place above an answer that a turn's own widget covers.

        The widget stands `HEAD_LIFT` higher, nearer to the small line above it.
        """
        made = QTextBlockFormat()
        made.setProperty(Property.ROLE, int(Role.FOOTER))
        made.setLineHeight(max(1, height), QTextBlockFormat.LineHeightTypes.FixedHeight.value)
        return made

    # Tables; the hairlines are painted.

    def width_in_cell(self, word: str) -> float:
        """Return how wide a column has to be for a word in it."""
        if self._measure is None:
            font = QFont(self.font)
            font.setPointSizeF(self.size(13))
            font.setWeight(QFont.Weight.DemiBold)
            self._measure = QFontMetricsF(font)
        return self._measure.horizontalAdvance(word) + self.length(10)

    def row(self, *, is_header: bool, is_mirrored: bool = False) -> QTextBlockFormat:
        """Return the block format of a row; its margin on the right is that of each cell."""
        made = QTextBlockFormat()
        above = self.length(CELL_PADDING)
        made.setTopMargin(above)
        made.setBottomMargin(above + 1)
        made.setRightMargin(self.length(10))
        if is_mirrored:
            made.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
        made.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignAbsolute)
        made.setProperty(Property.ROLE, int(Role.HEADER_CELL if is_header else Role.CELL))
        self.set_height(made, 13.0, LINE_HEIGHT / 100)
        return made


def _shared(block: Block, previous: Block) -> bool:
    """Whether the two stand in the same item or quote, or in neighbouring items of a list."""
    if block.fresh >= len(block.containers):
        return bool(block.containers and block.containers[0] in previous.containers[:1])
    if block.fresh:
        return block.containers[0] in previous.containers[:1]
    one, other = block.containers[0], (*previous.containers, None)[0]
    if not isinstance(one, Item) or not isinstance(other, Item):
        return False
    return (one.number is None) == (other.number is None)
