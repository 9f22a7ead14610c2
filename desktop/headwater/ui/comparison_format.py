"""How a comparison looks: its columns, its signs and what is marked in its text."""

from __future__ import annotations

from PySide6.QtGui import (
    QFont,
    QTextBlockFormat,
    QTextCharFormat,
    QTextFrameFormat,
    QTextLength,
    QTextTableCellFormat,
    QTextTableFormat,
)

from headwater.domain.block import Kind
from headwater.ui.answer_format import AnswerFormats, Role
from headwater.ui.theme import LINE_HEIGHT, Theme

_SIZE = 14.0  # of the drawings' body text
_SMALL = 12.5
_SIGN_WIDTH = 36.0
_HALF = 48  # per cent; the sign has what is left between two halves
_ROLES = {Kind.HEADING: Role.HEADING, Kind.CODE_LINE: Role.CODE}
_FIXED = QTextLength.Type.FixedLength
_SHARE = QTextLength.Type.PercentageLength


class ComparisonFormats:
    """The formats for one theme and one font; changed words are underlined as well as lit."""

    def __init__(self, theme: Theme, font: QFont, dpi: float) -> None:
        self.theme = theme
        self._answer = AnswerFormats(theme, font, dpi)
        self.font = self._answer.font
        self._texts: dict[tuple[Kind, bool, bool], QTextCharFormat] = {}

    @property
    def column(self) -> int:
        """The width of a comfortable column, in pixels."""
        return self._answer.column

    def length(self, design_pixels: float) -> float:
        """Return a length in pixels that keeps its relation to the text."""
        return self._answer.length(design_pixels)

    def text(self, kind: Kind, *, is_same: bool, is_changed: bool) -> QTextCharFormat:
        """Return the format of words; what both versions say steps back."""
        made = self._texts.get((kind, is_same, is_changed))
        if made is None:
            made = self._answer.plain(_ROLES.get(kind, Role.BODY))
            made.setFontPointSize(self._answer.size(_SMALL if kind is Kind.CODE_LINE else _SIZE))
            if kind is Kind.TABLE:
                made.setFontWeight(QFont.Weight.DemiBold)
            made.setForeground(self.theme.muted if is_same else self.theme.text)
            if is_changed:
                made.setBackground(self.theme.lit)
                made.setFontUnderline(True)
            self._texts[kind, is_same, is_changed] = made
        return made

    def mark(self, href: str, *, is_changed: bool) -> QTextCharFormat:
        """Return the format of a citation mark; without `href` it leads nowhere."""
        made = self.small()
        made.setFontPointSize(self._answer.size(11))
        if is_changed:
            made.setBackground(self.theme.lit)
            made.setFontUnderline(True)
        if href:
            self._lead(made, href)
        return made

    def link(self, href: str) -> QTextCharFormat:
        """Return the format of the title of a source, or of a line that can be clicked."""
        made = self._answer.plain(Role.CELL)
        if href:
            self._lead(made, href)
        return made

    def small(self) -> QTextCharFormat:
        """Return the format of what explains."""
        made = self._answer.plain(Role.CELL)
        made.setForeground(self.theme.muted)
        return made

    def heading(self, *, is_small: bool = False) -> QTextCharFormat:
        """Return the format of a heading of ours."""
        made = self._answer.plain(Role.CELL if is_small else Role.BODY)
        made.setFontWeight(QFont.Weight.DemiBold)
        return made

    def sign(self) -> QTextCharFormat:
        """Return the format of the sign between the columns."""
        made = self._answer.plain(Role.BODY)
        made.setFontWeight(QFont.Weight.DemiBold)
        made.setForeground(self.theme.accent)
        return made

    def _lead(self, made: QTextCharFormat, href: str) -> None:
        made.setAnchor(True)
        made.setAnchorHref(href)
        made.setForeground(self.theme.accent)

    def block(self, above: float = 0.0) -> QTextBlockFormat:
        """Return the format of a block of text with so much space above, in drawn pixels."""
        made = QTextBlockFormat()
        self._answer.set_height(made, _SIZE, LINE_HEIGHT / 100)
        made.setTopMargin(self.length(above))
        return made

    def table(self, *, is_wide: bool) -> QTextTableFormat:
        """Return the format of rows: text, sign, text or, where it is narrow, sign and text."""
        made = QTextTableFormat()
        made.setBorder(0)
        made.setBorderStyle(QTextFrameFormat.BorderStyle.BorderStyle_None)
        made.setCellSpacing(0)
        made.setCellPadding(0)
        made.setWidth(QTextLength(_SHARE, 100))
        if is_wide:
            half, sign = QTextLength(_SHARE, _HALF), QTextLength(_SHARE, 100 - 2 * _HALF)
            made.setColumnWidthConstraints([half, sign, half])
        else:
            sign = QTextLength(_FIXED, self.length(_SIGN_WIDTH))
            made.setColumnWidthConstraints([sign, QTextLength(_SHARE, 100)])
        return made

    def cell(self, *, is_only_here: bool, above: float) -> QTextTableCellFormat:
        """Return the format of a cell; what is only on one side stands on a ground of its own."""
        made = QTextTableCellFormat()
        made.setTopPadding(self.length(above))
        made.setBottomPadding(self.length(4))
        made.setLeftPadding(self.length(6))
        made.setRightPadding(self.length(6))
        if is_only_here:
            made.setBackground(self.theme.accent_soft)
        return made

    def sign_cell(self, *, above: float) -> QTextTableCellFormat:
        """Return the format of the cell of a sign, which needs all its width."""
        made = QTextTableCellFormat()
        made.setTopPadding(self.length(above))
        return made
