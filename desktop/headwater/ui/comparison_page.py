"""Shows a comparison row by row, with the sources below; it writes a few milliseconds at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import (
    QElapsedTimer,
    QEvent,
    QMimeData,
    QPoint,
    QRectF,
    Qt,
    QUrl,
    Signal,
)
from PySide6.QtGui import (
    QContextMenuEvent,
    QGuiApplication,
    QHelpEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QTextCursor,
    QTextTable,
    QWheelEvent,
)
from PySide6.QtWidgets import QFrame, QMenu, QTextBrowser, QToolTip, QWidget

from headwater.domain import text_guard
from headwater.domain.answer_comparison import ComparedPage
from headwater.domain.block import Kind
from headwater.domain.citations import sources_by_id
from headwater.domain.source import Source
from headwater.domain.zoom import NATURAL
from headwater.ui.anchor import SourceAnchor, read_anchor
from headwater.ui.announcement import announce
from headwater.ui.bare_document import BareDocument
from headwater.ui.comparison_format import ComparisonFormats
from headwater.ui.comparison_row import ComparisonRow, Fold, Piece, folded, pieces_of
from headwater.ui.comparison_words import fold_words, page_words
from headwater.ui.link import safe_link, shown_host
from headwater.ui.plain_text import one_line
from headwater.ui.quiet_scroll_bar import QuietScrollBar
from headwater.ui.source_card import source_card
from headwater.ui.theme import APART, AROUND, Theme, body_points, palette
from headwater.ui.timer import timer
from headwater.ui.zoom_wheel import ZoomWheel

if TYPE_CHECKING:
    from PySide6.QtGui import QTextTableCell

    from headwater.domain.answer_comparison import Pairing
    from headwater.domain.conversation import Turn

NARROW = 700  # pixels; below, the versions stand below each other
_SLICE = 6  # milliseconds of writing before everything else has its turn
_PIECE = 20  # rows of one table: Qt lays a table out again for each change
_PIECE_LENGTH = 8000  # characters
_MOST_ROWS = 500  # that are shown until more are asked for
_ROW_LENGTH = 600  # characters; what is longer counts as several rows
_MOST_SOURCES = 300  # of each kind
_LONGEST_SAID = 400  # characters of a difference that a screen reader is told
_LINES = (Kind.CODE_LINE, Kind.TABLE, Kind.ROW, Kind.FORMULA)
_FOLD, _MORE = "fold", "more"


@dataclass(frozen=True, slots=True)
class Side:
    """One of the versions: its number, its turn and, if the questions differ, what was asked."""

    number: int
    turn: Turn


@dataclass(frozen=True, slots=True)
class Sheet:
    """What is shown: two versions, rows of their questions and of their answers, their pages."""

    first: Side
    second: Side
    questions: tuple[ComparisonRow, ...]
    rows: Sequence[ComparisonRow]
    pages: tuple[ComparedPage, ...]


@dataclass(frozen=True, slots=True)
class _Entry:
    """Where a row of the answers, or the fold that begins with it, stands: `lines` of a table."""

    table: QTextTable
    line: int
    row: int
    lines: int = 1


class ComparisonPage(QTextBrowser):
    """Two columns with what belongs together on one level, or one column where it is narrow."""

    source_opened = Signal(str, str)  # ids of the turn and of the source
    zoom_requested = Signal(int)
    stepped = Signal(int, int)  # which difference is shown, of how many
    written = Signal()

    def __init__(self, theme: Theme, zoom: int = NATURAL, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._zoom = zoom
        self._wheel = ZoomWheel()
        self._sheet: Sheet | None = None
        self._unfolded: frozenset[int] = frozenset()
        self._most_rows = _MOST_ROWS
        self._entries: list[_Entry] = []
        self._differences: list[_Entry] = []
        self._current = -1
        self._is_wide = True
        self._return: tuple[int, int] | None = None  # a row and how far below the edge it was
        self._work: Iterator[None] = iter(())
        self._sources: dict[tuple[str, str], Source] = {}
        self._next_slice = timer(self, 0, self._write_slice)
        self._bar = QuietScrollBar()
        self.setObjectName("answer")
        self.setAccessibleName("Comparison")
        self.setVerticalScrollBar(self._bar)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setOpenLinks(False)
        self.setOpenExternalLinks(False)
        self.setDocument(BareDocument(self))
        self.setUndoRedoEnabled(False)
        self.document().setDocumentMargin(0)
        self._formats = self._dress()
        self.anchorClicked.connect(self._activate)

    @property
    def is_written(self) -> bool:
        """Whether all that is to be shown is there."""
        return not self._next_slice.isActive()

    @property
    def current(self) -> int:
        """Which difference is shown, from 1; 0 before the first step."""
        return self._current + 1

    @property
    def difference_count(self) -> int:
        """How many differences are on the page so far."""
        return len(self._differences)

    def show_sheet(self, sheet: Sheet | None, *, is_same: bool = False) -> None:
        """Show `sheet`; with `is_same` it is of the versions shown now, and the place is kept."""
        if not is_same:
            self._unfolded, self._most_rows, self._current = frozenset(), _MOST_ROWS, -1
        self._sheet = sheet
        self._sources = {}
        for side in (sheet.first, sheet.second) if sheet else ():
            for source_id, source in sources_by_id(side.turn.answer.sources).items():
                self._sources[side.turn.id, source_id] = source
        self._write_again(keeps_place=is_same)

    def set_theme(self, theme: Theme) -> None:
        """Show everything in the colours of `theme`, and in the font as it is now."""
        self._theme = theme
        self._formats = self._dress()
        self._write_again(keeps_place=True)

    def set_zoom(self, zoom: int) -> None:
        """Show everything at `zoom` per cent."""
        if zoom != self._zoom:
            self._zoom = zoom
            self._formats = self._dress()
            self._write_again(keeps_place=True)

    def step(self, by: int) -> None:
        """Go to the next (1) or the previous (-1) difference, around the end."""
        if not self._differences:
            return
        if self._current < 0 and by < 0:
            self._current = 0
        self._current = (self._current + by) % len(self._differences)
        self.show_difference()
        self.stepped.emit(self._current + 1, len(self._differences))

    def show_difference(self) -> None:
        """Bring the current difference into view and have it said."""
        entry = self._differences[self._current]
        rect = self._rect_of(entry)
        height = self.viewport().height()
        if rect.top() < self._bar.value() or rect.bottom() > self._bar.value() + height:
            self._bar.setValue(round(rect.top()) - height // 3)
        self.viewport().update()
        announce(self, self._said(entry))

    # Writing.

    def _dress(self) -> ComparisonFormats:
        font = self.font()
        font.setPointSizeF(max(body_points(), font.pointSizeF()) * self._zoom / 100)
        self.setPalette(palette(self._theme))
        formats = ComparisonFormats(self._theme, font, self.logicalDpiY())
        self.document().setDefaultFont(formats.font)
        return formats

    def _write_again(self, *, keeps_place: bool) -> None:
        if keeps_place and self._return is None:
            self._return = self._first_in_sight()
        elif not keeps_place:
            self._return = None
        self._entries, self._differences = [], []
        self._is_wide = self.width() >= NARROW
        self.document().clear()
        self._fit()
        self._work = self._write()
        self._write_slice()
        # What is written first has pushed the caret on, and Qt would scroll there now and then.
        at = self._bar.value()
        self.setTextCursor(QTextCursor(self.document()))
        self._bar.setValue(at)

    def _write_slice(self) -> None:
        spent = QElapsedTimer()
        spent.start()
        for _ in self._work:
            if spent.elapsed() >= _SLICE:
                self._next_slice.start()
                self._go_back()
                return
        self._next_slice.stop()
        self._go_back()
        self._return = None
        self.written.emit()

    def _write(self) -> Iterator[None]:
        sheet = self._sheet
        if sheet is None:
            return
        end = QTextCursor(self.document())
        asked = range(len(sheet.questions))
        yield from self._write_rows(end, sheet.questions, asked, is_question=True)
        shown = folded(sheet.rows, self._unfolded)
        cut = _cut(sheet.rows, shown, self._most_rows)
        shown, rest = shown[:cut], shown[cut:]
        yield from self._write_rows(end, sheet.rows, shown, is_question=False)
        if rest:
            count = sum(entry.end - entry.begin if isinstance(entry, Fold) else 1 for entry in rest)
            self._write_line(end, f"Show more ({count} further rows)", f"{_MORE}:", 12)
        yield from self._write_pages(end, sheet)

    def _write_rows(
        self,
        end: QTextCursor,
        rows: Sequence[ComparisonRow],
        shown: Sequence[int | Fold],
        *,
        is_question: bool,
    ) -> Iterator[None]:
        """Write rows of the questions or of the answers, some in each table."""
        for piece in _in_pieces(rows, shown):
            end.beginEditBlock()  # it is laid out once
            table = self._insert_table(end, sum(self._lines_of(rows, entry) for entry in piece))
            line = 0
            for entry in piece:
                if isinstance(entry, Fold):
                    self._write_fold(table, line, entry)
                    line += 1
                    continue
                row, lines = rows[entry], self._lines_of(rows, entry)
                self._write_row(table, line, row, is_question=is_question)
                if not is_question:
                    placed = _Entry(table, line, entry, lines)
                    self._entries.append(placed)
                    if not row.is_same:
                        self._differences.append(placed)
                line += lines
            end.movePosition(QTextCursor.MoveOperation.End)
            end.endEditBlock()
            yield

    def _lines_of(self, rows: Sequence[ComparisonRow], entry: int | Fold) -> int:
        if self._is_wide or isinstance(entry, Fold) or rows[entry].is_same:
            return 1
        return bool(rows[entry].first) + bool(rows[entry].second)

    def _insert_table(self, end: QTextCursor, lines: int) -> QTextTable:
        columns = 3 if self._is_wide else 2
        return end.insertTable(lines, columns, self._formats.table(is_wide=self._is_wide))

    def _write_row(
        self, table: QTextTable, line: int, row: ComparisonRow, *, is_question: bool
    ) -> None:
        above = _above(row)
        sides = [(row.first, True), (row.second, False)]
        is_on_one_side = not row.is_same and not row.is_changed
        if self._is_wide:
            for pairings, is_first in sides:
                cell = table.cellAt(line, 0 if is_first else 2)
                is_only_here = is_on_one_side and bool(pairings)
                cell.setFormat(self._formats.cell(is_only_here=is_only_here, above=above))
                self._write_cell(cell, pairings, is_first=is_first, is_question=is_question)
            middle = table.cellAt(line, 1)
            middle.setFormat(self._formats.sign_cell(above=above))
            self._write_sign(middle, _sign(row))
            return
        assert self._sheet is not None
        for pairings, is_first in sides:
            if not pairings or (row.is_same and not is_first):
                continue
            side = self._sheet.first if is_first else self._sheet.second
            left, right = table.cellAt(line, 0), table.cellAt(line, 1)
            left.setFormat(self._formats.sign_cell(above=above))
            right.setFormat(self._formats.cell(is_only_here=is_on_one_side, above=above))
            self._write_sign(left, _narrow_sign(row, side.number))
            self._write_cell(right, pairings, is_first=is_first, is_question=is_question)
            above = 2.0
            line += 1

    def _write_sign(self, cell: QTextTableCell, sign: str) -> None:
        cursor = cell.firstCursorPosition()
        block = self._formats.block()
        block.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        cursor.setBlockFormat(block)
        cursor.insertText(sign, self._formats.sign())

    def _write_cell(
        self,
        cell: QTextTableCell,
        pairings: Sequence[Pairing],
        *,
        is_first: bool,
        is_question: bool,
    ) -> None:
        assert self._sheet is not None
        turn = (self._sheet.first if is_first else self._sheet.second).turn
        cursor = cell.firstCursorPosition()
        cursor.setBlockFormat(self._formats.block())
        before: Kind | None = None
        for pairing in pairings:
            sentence = pairing.first if is_first else pairing.second
            if sentence is None:
                continue
            look = Kind.HEADING if is_question else sentence.kind
            is_same = pairing.first is not None and pairing.first.key == getattr(
                pairing.second, "key", None
            )
            plain = self._formats.text(look, is_same=is_same, is_changed=False)
            if before is not None and (sentence.begins or sentence.kind in _LINES):
                cursor.insertBlock(self._formats.block())
            elif before is not None:
                cursor.insertText(" ", plain)
            if sentence.lead:
                cursor.insertText(f"{sentence.lead} ", plain)
            is_in_row = False  # behind another mark
            for piece in pieces_of(pairing, is_first=is_first):
                self._write_piece(
                    cursor, piece, look, turn.id, is_same=is_same, is_in_row=is_in_row
                )
                is_in_row = piece.mark is not None
            before = sentence.kind

    def _write_piece(
        self,
        cursor: QTextCursor,
        piece: Piece,
        kind: Kind,
        turn_id: str,
        *,
        is_same: bool,
        is_in_row: bool,
    ) -> None:
        if piece.mark is not None:
            source = self._sources.get((turn_id, piece.mark.id))
            href = str(SourceAnchor(turn_id, piece.mark.id)) if _leads(source) else ""
            if not is_in_row:  # as far from its word as a chip is
                cursor.insertText("\u202f", self._formats.small())
            cursor.insertText(piece.text, self._formats.mark(href, is_changed=piece.is_changed))
            return
        made = self._formats.text(kind, is_same=is_same, is_changed=piece.is_changed)
        text = text_guard.code(piece.text) if kind is Kind.CODE_LINE else piece.text
        for word, _ in text_guard.words(text):
            cursor.insertText(word, made)

    def _write_fold(self, table: QTextTable, line: int, fold: Fold) -> None:
        table.mergeCells(line, 0, 1, table.columns())
        cell = table.cellAt(line, 0)
        cell.setFormat(self._formats.cell(is_only_here=False, above=10))
        cursor = cell.firstCursorPosition()
        cursor.setBlockFormat(self._formats.block())
        cursor.insertText(
            f"▸ {fold_words(fold.sentences)}", self._formats.link(f"{_FOLD}:{fold.begin}")
        )
        self._entries.append(_Entry(table, line, fold.begin))

    def _write_line(
        self, end: QTextCursor, words: str, href: str, above: float, *, is_small: bool = False
    ) -> None:
        end.insertBlock(self._formats.block(above))
        heading = self._formats.heading(is_small=is_small)
        end.insertText(words, self._formats.link(href) if href else heading)

    # The sources.

    def _write_pages(self, end: QTextCursor, sheet: Sheet) -> Iterator[None]:
        words = page_words(sheet.pages, sheet.first.number, sheet.second.number)
        self._write_line(end, words, "", 24)
        only_first = [page for page in sheet.pages if page.second is None]
        only_second = [page for page in sheet.pages if page.first is None]
        both = [page for page in sheet.pages if page.first and page.second]
        for title, pages in (
            (f"Only in version {sheet.first.number}", only_first),
            (f"Only in version {sheet.second.number}", only_second),
            ("In both", both),
        ):
            if not pages:
                continue
            self._write_line(end, title, "", 10, is_small=True)
            pages.sort(key=lambda page: not (page.first_cites or page.second_cites))
            for number in range(0, min(len(pages), _MOST_SOURCES), _PIECE):
                end.beginEditBlock()
                for page in pages[number : min(number + _PIECE, _MOST_SOURCES)]:
                    self._write_page(end, sheet, page)
                end.endEditBlock()
                yield
            if len(pages) > _MOST_SOURCES:
                end.insertBlock(self._formats.block(4))
                end.insertText(f"… and {len(pages) - _MOST_SOURCES} more", self._formats.small())

    def _write_page(self, end: QTextCursor, sheet: Sheet, page: ComparedPage) -> None:
        """Write one page with its numbers, its title and the host that it really is on."""
        end.insertBlock(self._formats.block(4))
        source = page.first or page.second
        side = sheet.first if page.first else sheet.second
        assert source is not None
        numbers = " · ".join(
            f"[{one_line(each.id, 12)}] in {number}"
            if page.first and page.second
            else f"[{each.id}]"
            for each, number in (
                (page.first, sheet.first.number),
                (page.second, sheet.second.number),
            )
            if each is not None
        )
        host = one_line(shown_host(source.url), 80)
        title = one_line(source.title, 160) or host or "Untitled"
        href = str(SourceAnchor(side.turn.id, source.id)) if _leads(source) else ""
        end.insertText(title, self._formats.link(href))
        facts = "  ".join(filter(None, ("" if title == host else host, numbers, _use(page, sheet))))
        end.insertText(f"  {facts}", self._formats.small())

    # Places.

    def _rect_of(self, entry: _Entry) -> QRectF:
        """Return where an entry is in the document."""
        layout = self.document().documentLayout()
        rect = QRectF()
        for line in range(entry.line, entry.line + entry.lines):
            for column in range(entry.table.columns()):
                cell = entry.table.cellAt(line, column)
                for block in (
                    cell.firstCursorPosition().block(),
                    cell.lastCursorPosition().block(),
                ):
                    rect = rect.united(layout.blockBoundingRect(block))
        return rect

    def _first_in_sight(self) -> tuple[int, int] | None:
        at = self._bar.value()
        if not at:
            return None
        low, high = 0, len(self._entries)
        while low < high:
            middle = (low + high) // 2
            if self._rect_of(self._entries[middle]).bottom() < at:
                low = middle + 1
            else:
                high = middle
        if low == len(self._entries):
            return None
        entry = self._entries[low]
        return entry.row, round(self._rect_of(entry).top()) - at

    def _go_back(self) -> None:
        """Have the row where reading was at its place again, as soon as it is there."""
        if self._return is None:
            return
        row, below = self._return
        for entry in self._entries:
            if entry.row >= row:
                self.document().size()  # lay out now
                self._bar.setValue(round(self._rect_of(entry).top()) - below)
                return

    def _said(self, entry: _Entry) -> str:
        assert self._sheet is not None
        row = self._sheet.rows[entry.row]
        words = []
        for side, pairings, is_first in (
            (self._sheet.first, row.first, True),
            (self._sheet.second, row.second, False),
        ):
            text = " ".join(
                sentence.text
                for pairing in pairings
                if (sentence := pairing.first if is_first else pairing.second) is not None
            )
            if text:
                where = "Version" if row.is_changed else "Only in version"
                words.append(f"{where} {side.number}: {one_line(text, _LONGEST_SAID)}")
        return " ".join(words)

    def _fit(self) -> None:
        frame = self.document().rootFrame()
        made = frame.frameFormat()
        side = APART if self.viewport().width() < NARROW else AROUND
        widest = 2 * self._formats.column + round(self._formats.length(120))
        side = max(side, (self.viewport().width() - widest) // 2)
        made.setMargin(0)
        made.setLeftMargin(side)
        made.setRightMargin(side)
        made.setTopMargin(self._formats.length(6))
        made.setBottomMargin(AROUND)
        frame.setFrameFormat(made)

    # What is clicked.

    def _activate(self, url: QUrl) -> None:
        anchor = read_anchor(url)
        if isinstance(anchor, SourceAnchor):
            self.source_opened.emit(anchor.turn_id, anchor.source_id)
            return
        kind, _, which = url.toString().partition(":")
        if kind == _FOLD and which.isdecimal():
            self._unfolded |= {int(which)}
        elif kind == _MORE:
            self._most_rows += _MOST_ROWS
        else:
            return
        self._write_again(keeps_place=True)

    def source_of(self, turn_id: str, source_id: str) -> Source | None:
        """Return a source of the versions that are shown."""
        return self._sources.get((turn_id, source_id))

    # Qt.

    def loadResource(self, _kind: int, _name: QUrl | str) -> object:
        return None

    def createMimeDataFromSelection(self) -> QMimeData:
        data = QMimeData()
        text = self.textCursor().selection().toPlainText()
        data.setText(text.replace(text_guard.BREAK, ""))
        return data

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Offer what can be done here; Qt's own menu would offer our inner addresses."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        copy = menu.addAction("Copy", self.copy)
        copy.setEnabled(self.textCursor().hasSelection())
        anchor = read_anchor(self.anchorAt(event.pos()))
        if isinstance(anchor, SourceAnchor):
            ids = anchor.turn_id, anchor.source_id
            menu.addAction("Open the page", lambda: self.source_opened.emit(*ids))
            if (source := self._sources.get(ids)) is not None:
                address = text_guard.undirected(source.url)
                menu.addAction(
                    "Copy the address", lambda: QGuiApplication.clipboard().setText(address)
                )
        menu.addAction("Select all", self.selectAll)
        menu.popup(event.globalPos())

    def viewportEvent(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            self._show_card(event.pos(), event.globalPos())
            return True
        return super().viewportEvent(event)

    def _show_card(self, at: QPoint, global_at: QPoint) -> None:
        anchor = read_anchor(self.anchorAt(at))
        source = (
            self._sources.get((anchor.turn_id, anchor.source_id))
            if isinstance(anchor, SourceAnchor)
            else None
        )
        if source is None:
            QToolTip.hideText()
        else:
            QToolTip.showText(global_at, source_card(source), self)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint a bar beside the current difference, then the text."""
        if 0 <= self._current < len(self._differences):
            rect = self._rect_of(self._differences[self._current])
            with QPainter(self.viewport()) as painter:
                x = rect.left() - self._formats.length(14)
                painter.fillRect(
                    QRectF(x, rect.top() - self._bar.value(), 3, rect.height()), self._theme.accent
                )
        super().paintEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Ask for another zoom with Ctrl."""
        step = self._wheel.step(event)
        if step is None:
            super().wheelEvent(event)
        elif step:
            self.zoom_requested.emit(step)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if (self.width() >= NARROW) != self._is_wide:
            self._write_again(keeps_place=True)
        else:
            self._fit()


def _in_pieces(
    rows: Sequence[ComparisonRow], shown: Sequence[int | Fold]
) -> Iterator[list[int | Fold]]:
    """Yield the rows to show in pieces that are laid out in a few milliseconds."""
    piece: list[int | Fold] = []
    length = 0
    for entry in shown:
        more = 0 if isinstance(entry, Fold) else rows[entry].length
        if piece and (len(piece) == _PIECE or length + more > _PIECE_LENGTH):
            yield piece
            piece, length = [], 0
        piece.append(entry)
        length += more
    if piece:
        yield piece


def _cut(rows: Sequence[ComparisonRow], shown: Sequence[int | Fold], most: int) -> int:
    """Return how many of the rows to show go on the page, so that it is laid out in time."""
    weight = 0
    for number, entry in enumerate(shown):
        weight += 1 if isinstance(entry, Fold) else 1 + rows[entry].length // _ROW_LENGTH
        if weight > most and number:
            return number
    return len(shown)


def _above(row: ComparisonRow) -> float:
    """Return the space above a row, in drawn pixels: items of a list stand closer together."""
    sentences = [pairing.first for pairing in row.first[:1]]
    sentences += [pairing.second for pairing in row.second[:1]]
    beginning = [sentence for sentence in sentences if sentence is not None and sentence.begins]
    if not beginning:
        return 2.0
    return 4.0 if all(sentence.lead for sentence in beginning) else 10.0


def _narrow_sign(row: ComparisonRow, number: int) -> str:
    """Return the sign in front of the text of one version, where it is narrow."""
    if row.is_same:
        return ""
    return f"{number} ≠" if row.is_changed else str(number)


def _sign(row: ComparisonRow) -> str:
    """Return the sign of a row: what differs is told by more than colour."""
    if row.is_same:
        return ""
    if row.is_changed:
        return "≠"
    return ("◂" if row.first else "") + ("▸" if row.second else "")


def _leads(source: Source | None) -> bool:
    return source is not None and bool(safe_link(source.url))


def _use(page: ComparedPage, sheet: Sheet) -> str:
    """Return in which of the versions that found it no sentence cites a page."""
    uses = [
        (sheet.first.number, page.first_cites, page.first),
        (sheet.second.number, page.second_cites, page.second),
    ]
    without = [number for number, cites, source in uses if source is not None and not cites]
    if not without:
        return ""
    if len(without) == 1 and page.first and page.second:
        return f"not cited in version {without[0]}"
    return "not cited"
