"""Pages of a PDF: takes blocks of text, finds out how many pages they fill, and paints them.

Qt lays out a document as a whole, which takes seconds for a long one, and its own printing can
number pages but not count them. So the text goes into many short documents, portions, each of
which begins on the page where the one before it ended; whoever writes may pause after each.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QLocale, QMarginsF, QRectF, QSizeF, Qt
from PySide6.QtGui import (
    QAbstractTextDocumentLayout,
    QFont,
    QFontMetricsF,
    QGuiApplication,
    QPageLayout,
    QPageSize,
    QPainter,
    QPalette,
    QPdfWriter,
    QTextBlock,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
    QTextFormat,
    QTextOption,
    QTextTable,
    QTextTableFormat,
)

from headwater.ui.bare_document import BareDocument
from headwater.ui.theme import LIGHT

if TYPE_CHECKING:
    from PySide6.QtCore import QIODevice

BODY_POINTS = 10.0
_FOOTER_POINTS = 8.0
# Dots per inch: the one resolution at which Qt takes all lengths in formats for the same; glyphs
# are placed between the dots.
_RESOLUTION = 96
_MARGIN = 20.0  # millimetres
_FOOTER = 26.0  # the height that page numbers take, with what is free above them
_FULL = 3000  # characters in a portion, which Qt lays out in a few milliseconds
_SPACER = 1.0
_LEAK = 7.0  # less than any line is high
_SHORT = 3  # lines that stay on one page
_FIXED = QTextBlockFormat.LineHeightTypes.FixedHeight.value


@dataclass(frozen=True, slots=True)
class _Portion:
    """A document that was laid out; its first page is page `first` of the whole."""

    document: QTextDocument
    first: int
    last: int


class PdfPaper:
    """Takes the text in order through `block` and `table`, then paints all of it."""

    def __init__(self, device: QIODevice, title: str, program: str, imprint: str) -> None:
        """Write to `device`, open for writing, which has to outlive the paper.

        `imprint` stands at the foot of the first page, where the title is at the top; the title
        stands at the foot of the others.
        """
        self._title = title
        self._imprint = imprint
        writer = self._writer = QPdfWriter(device)
        is_american = QLocale().measurementSystem() == QLocale.MeasurementSystem.ImperialUSSystem
        size = QPageSize.PageSizeId.Letter if is_american else QPageSize.PageSizeId.A4
        writer.setResolution(_RESOLUTION)
        margins = QMarginsF(_MARGIN, _MARGIN, _MARGIN, _MARGIN)
        page = QPageLayout(QPageSize(size), QPageLayout.Orientation.Portrait, margins)
        page.setUnits(QPageLayout.Unit.Millimeter)
        page.setMargins(margins)
        writer.setPageLayout(page)
        writer.setTitle(title)
        writer.setCreator(program)
        self._width = float(writer.width())
        self._height = writer.height() - _FOOTER
        self.font = QFont(QGuiApplication.font())
        self.font.setPointSizeF(BODY_POINTS)
        self._portions: list[_Portion] = []
        self._document: QTextDocument | None = None
        self._size = 0
        self._page = 0
        self._used = 0.0  # of the page where the next portion begins

    @property
    def is_full(self) -> bool:
        """Whether the portion should end before the next block."""
        return self._size >= _FULL

    def block(self, look: QTextBlockFormat) -> QTextCursor:
        """Begin a block and return a cursor that stands in it."""
        cursor = self._end()
        cursor.insertBlock(look, QTextCharFormat())
        return cursor

    def table(self, rows: int, columns: int, look: QTextTableFormat) -> QTextTable:
        """Insert a table and return it."""
        cursor = self._end()
        if cursor.document().blockCount() == 1:
            # Qt gives the empty block before a table no height, and the spacer needs its own.
            cursor.insertBlock(QTextBlockFormat(), QTextCharFormat())
        return cursor.insertTable(rows, columns, look)

    def count(self, characters: int) -> None:
        """Say how much was written."""
        self._size += characters

    def end_portion(self) -> None:
        """Lay out what was written since the last portion."""
        document, self._document = self._document, None
        if document is None:
            return
        self._size = 0
        QTextCursor(document).endEditBlock()
        self._keep_together(document)
        layout = document.documentLayout()
        bottom = layout.blockBoundingRect(document.lastBlock()).bottom()
        pages = int(bottom // self._height)
        self._portions.append(_Portion(document, self._page, self._page + pages))
        self._page += pages
        self._used = bottom - pages * self._height

    def paint(self) -> Iterator[None]:
        """Paint page by page, pausing after each, and close the file."""
        count = self._page + 1
        painter = QPainter(self._writer)
        try:
            for page in range(count):
                if page:
                    self._writer.newPage()
                while self._portions and self._portions[0].last < page:
                    del self._portions[0]
                for portion in self._portions:
                    if portion.first > page:
                        break
                    self._paint_portion(painter, portion.document, page - portion.first)
                self._paint_footer(painter, page + 1, count)
                yield
        finally:
            painter.end()

    def _end(self) -> QTextCursor:
        if self._document is None:
            self._document = self._begin_portion()
        cursor = QTextCursor(self._document)
        cursor.movePosition(QTextCursor.MoveOperation.End)
        return cursor

    def _begin_portion(self) -> QTextDocument:
        document = BareDocument()
        document.setUndoRedoEnabled(False)
        document.setDocumentMargin(0)
        document.setUseDesignMetrics(True)
        document.documentLayout().setPaintDevice(self._writer)
        document.setDefaultFont(self.font)
        option = QTextOption()
        option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        option.setTextDirection(Qt.LayoutDirection.LayoutDirectionAuto)
        document.setDefaultTextOption(option)
        document.setPageSize(QSizeF(self._width, self._height))
        # What the portion before it takes of the page; a first block's margin would not count.
        spacer = QTextBlockFormat()
        spacer.setLineHeight(max(self._used, _SPACER), _FIXED)
        tiny = QTextCharFormat()
        tiny.setFontPointSize(1)
        cursor = QTextCursor(document)
        cursor.setBlockFormat(spacer)
        cursor.setBlockCharFormat(tiny)
        cursor.beginEditBlock()  # else Qt lays everything out again with each change
        return document

    def _keep_together(self, document: QTextDocument) -> None:
        """Let no heading stand alone at the foot of a page, and tear no short block apart."""
        block = document.begin().next()
        while block.isValid():
            before = block.previous()
            follows_heading = before.blockFormat().headingLevel() > 0
            is_torn = block.layout().lineCount() <= _SHORT and self._page_of(
                block
            ) != self._page_of(block, block.layout().lineCount() - 1)
            if follows_heading and (is_torn or self._page_of(before) != self._page_of(block)):
                _begin_page(before)
            elif is_torn:
                _begin_page(block)
            elif (at := self._end_of_page(block)) is not None:
                _divide(block, at)
            block = block.next()

    def _end_of_page(self, block: QTextBlock) -> int | None:
        """Return where in a long block the first line of another page begins.

        Qt draws the last line of a page once more on the next, hidden but there to be selected,
        unless it belongs to another block.
        """
        if block.layout().lineCount() <= _SHORT or QTextCursor(block).currentTable() is not None:
            return None
        first = self._page_of(block)
        for index in range(1, block.layout().lineCount()):
            if self._page_of(block, index) != first:
                return block.layout().lineAt(index).textStart()
        return None

    def _page_of(self, block: QTextBlock, line: int = 0) -> int:
        top = block.document().documentLayout().blockBoundingRect(block).top()
        found = block.layout().lineAt(line)
        return int((top + (found.y() if found.isValid() else 0)) // self._height)

    def _paint_portion(self, painter: QPainter, document: QTextDocument, page: int) -> None:
        top = page * self._height
        context = QAbstractTextDocumentLayout.PaintContext()
        # The space under the last line of a page may reach into the next, which would draw it too.
        context.clip = QRectF(0, top + _LEAK, self._width, self._height - _LEAK - 0.5)
        context.palette.setColor(QPalette.ColorRole.Text, LIGHT.text)
        painter.save()
        painter.translate(0, -top)
        painter.setClipRect(QRectF(0, top, self._width, self._height))
        document.documentLayout().draw(painter, context)
        painter.restore()

    def _paint_footer(self, painter: QPainter, page: int, count: int) -> None:
        font = QFont(self.font)
        font.setPointSizeF(_FOOTER_POINTS)
        number = f"{page} / {count}"
        metrics = QFontMetricsF(font, self._writer)
        free = self._width - metrics.horizontalAdvance(number) - 24
        words = self._imprint if page == 1 else self._title
        title = metrics.elidedText(words, Qt.TextElideMode.ElideRight, free)
        place = QRectF(0, self._height, self._width, _FOOTER)
        painter.setFont(font)
        painter.setPen(LIGHT.muted)
        bottom = Qt.AlignmentFlag.AlignBottom
        painter.drawText(place, Qt.AlignmentFlag.AlignLeft | bottom, title)
        painter.drawText(place, Qt.AlignmentFlag.AlignRight | bottom, number)


def _divide(block: QTextBlock, at: int) -> None:
    """Make what stands from `at` on a block of its own that goes on, on a new page."""
    cursor = QTextCursor(block)
    cursor.setPosition(block.position() + at)
    look = block.blockFormat()
    look.setTextIndent(0)
    look.setTopMargin(0)
    look.setHeadingLevel(0)
    look.setPageBreakPolicy(QTextFormat.PageBreakFlag.PageBreak_AlwaysBefore)
    cursor.insertBlock(look)


def _begin_page(block: QTextBlock) -> None:
    look = block.blockFormat()
    look.setPageBreakPolicy(QTextFormat.PageBreakFlag.PageBreak_AlwaysBefore)
    QTextCursor(block).setBlockFormat(look)
