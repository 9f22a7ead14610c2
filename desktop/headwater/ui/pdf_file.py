"""An excerpt as a PDF: its questions, answers and sources as blocks on `PdfPaper`."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from itertools import islice

from PySide6.QtCore import QBuffer, QIODevice, Qt
from PySide6.QtGui import (
    QColor,
    QFont,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
    QTextFrameFormat,
    QTextLength,
    QTextOption,
    QTextTable,
    QTextTableCellFormat,
    QTextTableFormat,
)

from headwater import __version__
from headwater.domain import text_guard
from headwater.domain.block import Block, Item, Kind
from headwater.domain.conversation import Turn
from headwater.domain.text_direction import is_right_to_left
from headwater.export.citation_list import CitationList, Listing
from headwater.export.code_colour import coloured_code
from headwater.export.excerpt import (
    Excerpt,
    facts_line,
    files_line,
    heading_of,
    state_line,
    text_under_heading,
)
from headwater.export.inline_text import Piece, PieceKind, inline_pieces, plain_words
from headwater.export.leaf import leaves, task_of
from headwater.export.link import safe_link
from headwater.ui.pdf_paper import BODY_POINTS, PdfPaper
from headwater.ui.theme import LIGHT, code_font

# Lengths are the paper's dots, 96 to the inch.
_INDENT = 20.0
_DEEPEST_INDENT = 8
_BETWEEN = 7.0
_LINE_HEIGHT = 125.0
_CODE_POINTS = 8.5
_SMALL_POINTS = 8.5
_HEADINGS = {1: 18.0, 2: 14.0, 3: 12.0, 4: 11.0}
_NUMBER_WIDTH = 30.0
_BOXES = {"[ ]": "☐", "[x]": "☑", "": ""}
_BULLETS = "•◦▪"
_ROWS = 20  # in one table of Qt's, and lines of code in one box
_CODE_PADDING = 8.0
_WIDEST = 44  # characters; a longer cell does not claim more of the width
_GAP = 4  # characters
_LINE = 88  # characters
_COLOURS = {
    "k": LIGHT.syntax_keyword,
    "s": LIGHT.syntax_string,
    "n": LIGHT.syntax_number,
    "c": LIGHT.syntax_comment,
}
_ALIGNMENTS = {
    "center": Qt.AlignmentFlag.AlignHCenter,
    "right": Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignAbsolute,
    "left": Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignAbsolute,
}


def pdf_bytes(excerpt: Excerpt) -> bytes:
    """Return the whole file; there has to be a QGuiApplication."""
    work = pdf_in_slices(excerpt)
    while True:
        try:
            next(work)
        except StopIteration as ended:
            return bytes(ended.value)


def pdf_in_slices(excerpt: Excerpt) -> Generator[None, None, bytes]:
    """Work a few milliseconds at a time, on the thread of the application; return the file."""
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    program = f"Headwater {__version__}"
    exported = excerpt.exported_at.astimezone().isoformat(" ", "minutes")
    imprint = f"Exported from {program}, {exported}"
    paper = PdfPaper(buffer, excerpt.title, program, imprint)
    for _ in _write(excerpt, paper):
        if paper.is_full:
            paper.end_portion()
            yield
    paper.end_portion()
    yield from paper.paint()
    return bytes(buffer.data().data())


def _write(excerpt: Excerpt, paper: PdfPaper) -> Iterator[None]:
    has_title = excerpt.has_own_title
    if has_title:
        _TurnWriter(paper, CitationList(()), 0).heading(excerpt.title, 1)
    for turn in excerpt.turns:
        writer = _TurnWriter(paper, CitationList(turn.answer.sources), 2 if has_title else 1)
        yield from writer.write(turn)


class _TurnWriter:
    """Writes one turn; what it yields is a place where a portion may end."""

    def __init__(self, paper: PdfPaper, citations: CitationList, level: int) -> None:
        self._paper = paper
        self._citations = citations
        self._level = level
        self._code_font = code_font(_CODE_POINTS)
        for feature in ("calt", "liga", "ccmp"):
            # A ligature such as that of -> cannot be selected as what it stands for.
            self._code_font.setFeature(QFont.Tag.fromString(feature), 0)
        self._table: list[Block] = []

    def write(self, turn: Turn) -> Iterator[None]:
        """Write the question, the answer and its sources."""
        question, answer = turn.question, turn.answer
        self.heading(heading_of(question), self._level)
        if text := text_under_heading(question):
            for line in text_guard.plain_lines(text):
                look = _paragraph(top=0)
                look.setLeftMargin(_INDENT)
                self._insert(self._paper.block(look), line, _coloured(LIGHT.muted))
                yield
        if files := files_line(question):
            self.small(files)
        self.small(facts_line(turn))
        for block in leaves(answer.text, keeps_cuts=True):
            yield from self._put(block)
        yield from self._put_table()
        if state := state_line(answer):
            look = _paragraph()
            look.setBackground(LIGHT.danger_soft)
            self._insert(self._paper.block(look), state, QTextCharFormat())
            yield
        for heading, listings in (
            ("Sources", self._citations.cited),
            ("Also found", self._citations.also_found),
        ):
            if listings:
                self.heading(heading, self._level + 1)
            for listing in listings:
                self._put_source(listing)
                yield

    def heading(self, text: str, level: int) -> None:
        """Write a heading of plain text."""
        cursor = self._paper.block(_heading(level))
        self._insert(cursor, text, _heading_text(level))

    def small(self, text: str) -> None:
        """Write a line that steps back."""
        look = _coloured(LIGHT.muted)
        look.setFontPointSize(_SMALL_POINTS)
        self._insert(self._paper.block(_paragraph(top=_BETWEEN / 2)), text, look)

    def _insert(self, cursor: QTextCursor, text: str, look: QTextCharFormat) -> None:
        for piece, is_break in text_guard.words(text):
            cursor.insertText(text_guard.BREAK if is_break else piece, look)
        self._paper.count(len(text) + 20)

    # Blocks of the answer.

    def _put(self, block: Block) -> Iterator[None]:
        if block.kind in (Kind.TABLE, Kind.ROW):
            if block.kind is Kind.TABLE:
                yield from self._put_table()
            self._table.append(block)
            return
        yield from self._put_table()
        match block.kind:
            case Kind.HEADING:
                level = block.level + self._level
                cursor = self._paper.block(_within(_heading(level), block, block.text))
                self._inline(cursor, block.text, _heading_text(level))
                return  # never the end of a portion: it belongs to what follows
            case Kind.CODE:
                yield from self._put_code(block)
                return
            case Kind.RULE:
                look = _within(QTextBlockFormat(), block)
                look.setTopMargin(1.5 * _BETWEEN)
                look.setBottomMargin(_BETWEEN)
                look.setBackground(LIGHT.hairline)
                look.setLineHeight(1, QTextBlockFormat.LineHeightTypes.FixedHeight.value)
                self._paper.block(look).setBlockCharFormat(_tiny())
            case _:
                self._put_paragraph(block)
        yield

    def _put_paragraph(self, block: Block) -> None:
        box, text = task_of(block)
        is_tight = block.continues or (block.fresh < len(block.containers) and not block.gap)
        look = _within(_paragraph(top=2 if is_tight else _BETWEEN), block, text)
        signs = _signs(block, _BOXES[box])
        if signs:
            look.setTextIndent(-_INDENT * len(signs))
            # Qt counts from where the line begins, and takes left for right where that is right.
            is_rtl = look.layoutDirection() == Qt.LayoutDirection.RightToLeft
            side = QTextOption.TabType.RightTab if is_rtl else QTextOption.TabType.LeftTab
            look.setTabPositions(
                [QTextOption.Tab(_INDENT * (n + 1), side) for n in range(len(signs))]
            )
        cursor = self._paper.block(look)
        for sign in signs:
            cursor.insertText(f"{sign}\t", QTextCharFormat())
        self._inline(cursor, text, QTextCharFormat())

    def _put_code(self, block: Block) -> Iterator[None]:
        lines = _code_lines(block)
        box = list(islice(lines, _ROWS))
        is_first = True
        while box:
            following = list(islice(lines, _ROWS))
            is_last = not following
            look = _plain_table()
            look.setWidth(QTextLength(QTextLength.Type.PercentageLength, 100))
            look.setLeftMargin(_indent_of(block))
            look.setTopMargin(_BETWEEN if is_first else 0)
            look.setBottomMargin(_BETWEEN / 2 if is_last else 0)
            cell = self._paper.table(1, 1, look).cellAt(0, 0)
            inner = QTextTableCellFormat()
            inner.setBackground(LIGHT.code)
            inner.setFont(self._code_font)
            inner.setLeftPadding(_CODE_PADDING)
            inner.setRightPadding(_CODE_PADDING)
            inner.setTopPadding(_CODE_PADDING if is_first else 0)
            inner.setBottomPadding(_CODE_PADDING if is_last else 0)
            cell.setFormat(inner)
            cursor = cell.firstCursorPosition()
            one_way = QTextBlockFormat()
            one_way.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
            plain = QTextCharFormat()
            plain.setFont(self._code_font)
            for index, line in enumerate(box):
                if index:
                    cursor.insertBlock(one_way, plain)
                else:  # its text format is the cell's
                    cursor.setBlockFormat(one_way)
                self._put_code_line(cursor, line)
            box, is_first = following, False
            yield

    def _put_code_line(self, cursor: QTextCursor, line: list[tuple[str, str]]) -> None:
        look = QTextCharFormat()
        look.setFont(self._code_font)
        for text, kind in line:
            look.setForeground(_COLOURS.get(kind, LIGHT.text))
            self._insert(cursor, text.replace("\t", "    "), look)

    def _put_table(self) -> Iterator[None]:
        rows, self._table = self._table, []
        if not rows:
            return
        cells = [[inline_pieces(cell, self._citations.known) for cell in row.cells] for row in rows]
        widths = [
            _GAP + max(min(len(plain_words(row[column])), _WIDEST) for row in cells)
            for column in range(len(cells[0]))
        ]
        for start in range(0, len(rows), _ROWS):
            piece = cells[start : start + _ROWS]
            look = _table_look(widths, is_first=start == 0)
            look.setLeftMargin(_indent_of(rows[0]))
            table = self._paper.table(len(piece), len(widths), look)
            for number, row in enumerate(piece):
                for column, pieces in enumerate(row):
                    self._put_cell(
                        table, number, column, pieces, rows[0], is_header=start + number == 0
                    )
            yield

    def _put_cell(
        self,
        table: QTextTable,
        row: int,
        column: int,
        pieces: list[Piece],
        head: Block,
        *,
        is_header: bool,
    ) -> None:
        cell = table.cellAt(row, column)
        lined = QTextTableCellFormat()
        lined.setBottomBorder(0.75)
        lined.setBottomBorderStyle(QTextFrameFormat.BorderStyle.BorderStyle_Solid)
        lined.setBottomBorderBrush(LIGHT.hairline)
        lined.setTopPadding(3)
        lined.setBottomPadding(3)
        lined.setRightPadding(8)
        cell.setFormat(lined)
        cursor = cell.firstCursorPosition()
        look = QTextBlockFormat()
        if alignment := _ALIGNMENTS.get(head.aligns[column]):
            look.setAlignment(alignment)
        cursor.setBlockFormat(look)
        text = _coloured(LIGHT.muted) if is_header else QTextCharFormat()
        if is_header:
            text.setFontWeight(QFont.Weight.DemiBold)
        self._pieces(cursor, pieces, text)

    def _put_source(self, listing: Listing) -> None:
        look = _paragraph(top=3)
        # The numbers of all sources stand below each other, whatever their titles begin with.
        look.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
        look.setLeftMargin(_NUMBER_WIDTH)
        look.setTextIndent(-_NUMBER_WIDTH)
        stops = (_NUMBER_WIDTH, 1.5 * _NUMBER_WIDTH)  # the second for a long number
        look.setTabPositions([QTextOption.Tab(at, QTextOption.TabType.LeftTab) for at in stops])
        cursor = self._paper.block(look)
        small = _coloured(LIGHT.muted)
        small.setFontPointSize(_SMALL_POINTS)
        self._insert(cursor, f"[{listing.id}]\t", _coloured(LIGHT.accent))
        title = _linked(listing.href) if listing.href else QTextCharFormat()
        self._insert(cursor, listing.title, title)
        for fact in (listing.facts, listing.address):
            if fact:
                self._insert(cursor, f" · {fact}", small)
        if listing.href:
            address = _linked(listing.href)
            address.setForeground(LIGHT.muted)
            address.setFontPointSize(_SMALL_POINTS)
            self._insert(cursor, text_guard.LINE + listing.href, address)

    # Inline text.

    def _inline(self, cursor: QTextCursor, markdown: str, look: QTextCharFormat) -> None:
        self._pieces(cursor, inline_pieces(markdown, self._citations.known), look)

    def _pieces(self, cursor: QTextCursor, pieces: list[Piece], look: QTextCharFormat) -> None:
        looks = [look]
        for piece in pieces:
            match piece.kind:
                case PieceKind.OPEN:
                    looks.append(_tagged(looks[-1], piece))
                case PieceKind.CLOSE:
                    looks.pop()
                case PieceKind.CODE:
                    code = QTextCharFormat(looks[-1])
                    code.setFont(self._inline_font(looks[-1]))
                    code.setBackground(LIGHT.code)
                    self._insert(cursor, piece.text, code)
                case PieceKind.MARK:
                    self._citations.cite(piece.text)
                    href = safe_link(self._citations.source(piece.text).url)
                    mark = QTextCharFormat(looks[-1])
                    mark.setForeground(LIGHT.accent)
                    if href:
                        mark.setAnchor(True)
                        mark.setAnchorHref(href)
                    self._insert(cursor, f"[{piece.text}]", mark)
                case PieceKind.BREAK:
                    self._insert(cursor, text_guard.LINE, looks[-1])
                case PieceKind.SPACE:
                    self._insert(cursor, " ", looks[-1])
                case PieceKind.TEXT:
                    self._insert(cursor, piece.text, looks[-1])

    def _inline_font(self, look: QTextCharFormat) -> QFont:
        font = QFont(self._code_font)
        points = look.fontPointSize() or BODY_POINTS
        font.setPointSizeF(points * _CODE_POINTS / BODY_POINTS)
        return font


def _tagged(look: QTextCharFormat, piece: Piece) -> QTextCharFormat:
    made = QTextCharFormat(look)
    match piece.tag:
        case "strong":
            made.setFontWeight(QFont.Weight.Bold)
        case "em":
            made.setFontItalic(True)
        case "s":
            made.setFontStrikeOut(True)
        case _:
            made.setAnchor(True)
            made.setAnchorHref(piece.href)
            made.setForeground(LIGHT.accent)
            made.setFontUnderline(True)
    return made


def _linked(href: str) -> QTextCharFormat:
    look = _coloured(LIGHT.accent)
    look.setAnchor(True)
    look.setAnchorHref(href)
    return look


def _coloured(colour: QColor) -> QTextCharFormat:
    look = QTextCharFormat()
    look.setForeground(colour)
    return look


def _paragraph(top: float = _BETWEEN) -> QTextBlockFormat:
    look = QTextBlockFormat()
    look.setTopMargin(top)
    look.setLineHeight(_LINE_HEIGHT, QTextBlockFormat.LineHeightTypes.ProportionalHeight.value)
    return look


def _heading(level: int) -> QTextBlockFormat:
    look = _paragraph(top=2.2 * _BETWEEN)
    look.setBottomMargin(_BETWEEN / 2)
    look.setHeadingLevel(level)
    return look


def _heading_text(level: int) -> QTextCharFormat:
    look = QTextCharFormat()
    look.setFontPointSize(_HEADINGS.get(level, BODY_POINTS))
    look.setFontWeight(QFont.Weight.DemiBold)
    return look


def _indent_of(block: Block) -> float:
    return _INDENT * min(len(block.containers), _DEEPEST_INDENT)


def _within(look: QTextBlockFormat, block: Block, text: str = "") -> QTextBlockFormat:
    """Let a block stand in on the side where its `text` begins."""
    if is_right_to_left(text):
        look.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
        look.setRightMargin(_indent_of(block))
    else:
        look.setLeftMargin(_indent_of(block))
    return look


def _signs(block: Block, box: str) -> list[str]:
    """Return the bullets and numbers of the list items that begin with this block."""
    depth = sum(isinstance(container, Item) for container in block.containers[: block.fresh])
    signs = []
    for container in block.containers[block.fresh :]:
        if isinstance(container, Item):
            bullet = _BULLETS[min(depth, len(_BULLETS) - 1)]
            signs.append(box or (bullet if container.number is None else f"{container.number}."))
            depth += 1
    return signs


def _code_lines(block: Block) -> Iterator[list[tuple[str, str]]]:
    line: list[tuple[str, str]] = []
    for text, kind in coloured_code(block.text, block.info):
        first, *further = text.split("\n")
        line.append((first, kind))
        for piece in further:
            yield line
            line = [(piece, kind)]
    yield line


def _table_look(widths: list[int], *, is_first: bool) -> QTextTableFormat:
    look = _plain_table()
    look.setTopMargin(_BETWEEN if is_first else 0)
    look.setHeaderRowCount(1 if is_first else 0)
    total = sum(widths)
    share = min(100.0, 100.0 * total / _LINE)
    look.setColumnWidthConstraints(
        [QTextLength(QTextLength.Type.PercentageLength, 100 * width / total) for width in widths]
    )
    look.setWidth(QTextLength(QTextLength.Type.PercentageLength, share))
    return look


def _plain_table() -> QTextTableFormat:
    look = QTextTableFormat()
    look.setBorder(0)
    look.setCellSpacing(0)
    look.setCellPadding(0)
    return look


def _tiny() -> QTextCharFormat:
    look = QTextCharFormat()
    look.setFontPointSize(1)
    return look
