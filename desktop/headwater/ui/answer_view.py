"""Shows a conversation: questions, streamed answers with their marks, and a widget below each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from PySide6.QtCore import (
    QElapsedTimer,
    QEvent,
    QMimeData,
    QPoint,
    QRectF,
    Qt,
    QTimer,
    QUrl,
    Signal,
)
from PySide6.QtGui import (
    QContextMenuEvent,
    QCursor,
    QGuiApplication,
    QKeyEvent,
    QKeySequence,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QShowEvent,
    QTextCursor,
    QTextFrameFormat,
    QWheelEvent,
)
from PySide6.QtWidgets import QFrame, QMenu, QTextBrowser, QToolTip, QWidget

from headwater.domain.citations import sources_by_id
from headwater.domain.conversation import Turn
from headwater.domain.preferences import LongLines
from headwater.domain.source import Source
from headwater.domain.zoom import NATURAL
from headwater.ui.anchor import CodeAnchor, LinkAnchor, SourceAnchor, read_anchor
from headwater.ui.announcement import announce
from headwater.ui.answer_data import selection_data
from headwater.ui.answer_format import HEAD_LIFT, AnswerFormats, Property, Role
from headwater.ui.answer_layout import AnswerDocument
from headwater.ui.answer_page import AnswerPage, Progress
from headwater.ui.answer_painter import AnswerPainter
from headwater.ui.answer_search import AnswerSearch
from headwater.ui.answer_turn import TurnText
from headwater.ui.frame_clock import FrameClock
from headwater.ui.inline_run import Run
from headwater.ui.link import safe_link
from headwater.ui.mark_check import MarkCheck
from headwater.ui.mark_sentence import sentence_at
from headwater.ui.quiet_scroll_bar import QuietScrollBar
from headwater.ui.reading_place import ReadingPlace
from headwater.ui.sideways_code import SidewaysCode
from headwater.ui.sideways_gestures import SidewaysGestures
from headwater.ui.sideways_painter import Bar, paint_bar, paint_edges
from headwater.ui.source_card import link_card, source_card, source_words
from headwater.ui.table_text import table_markdown, table_tsv
from headwater.ui.theme import APART, AROUND, NEAR, Theme, body_points, palette
from headwater.ui.zoom_wheel import ZoomWheel

if TYPE_CHECKING:
    from headwater.ui.sideways_code import Strip

_LAYOUT_BUDGET = 8  # milliseconds of a frame
_NARROW = 700  # pixels; below, the margins are smaller


@dataclass(frozen=True, slots=True)
class Return:
    """Where to be again once everything is drawn anew, by positions of the same text.

    `place` is the first visible text and how far below the upper edge it was, None while following.
    In a text that is another one its `block`, from 0, says more than its position.
    """

    place: tuple[int, int] | None
    anchor: int
    cursor: int
    block: int = -1


class AnswerView(QTextBrowser):
    """Draws an immutable path of turns, each frame only what has changed."""

    link_opened = Signal(str)
    source_chosen = Signal(str, str)
    source_hovered = Signal(str, str)
    code_copied = Signal(str)
    copy_requested = Signal(str, bool)
    following_changed = Signal(bool)
    written = Signal()  # an answer that has ended is all there
    zoom_requested = Signal(int)
    _gestures: SidewaysGestures | None = None  # Qt sends events while the view is being made

    def __init__(
        self,
        theme: Theme,
        clock: FrameClock,
        make_footer: Callable[[str], QWidget] | None = None,
        make_head: Callable[[str], QWidget] | None = None,
        parent: QWidget | None = None,
        *,
        is_compact: bool = False,
    ) -> None:
        """Take what makes the widgets below and above the answer of a turn, by its id.

        A compact view has small margins and leaves the last question to whoever shows it.
        """
        super().__init__(parent)
        self._is_compact = is_compact
        self._theme = theme
        self._clock = clock
        self._make_footer = make_footer
        self._make_head = make_head
        self._conversation_id = ""
        self._path: tuple[Turn, ...] = ()
        self._caret = -1  # the position behind which more text is expected
        self._lit: tuple[str, str] = ("", "")
        self._lit_spans: list[tuple[int, int]] = []
        self._lit_at = 0
        self._hovered: tuple[str, str] = ("", "")
        self._mark_check = MarkCheck()
        self._zoom = NATURAL
        self._long_lines = LongLines.WRAP
        self._wheel = ZoomWheel()
        self._return: Return | None = None
        self._is_opening = True  # the last question is what is in front until someone goes away
        self._ring = (-1, -1)  # what the keys went to last
        self._is_read = False  # whether that is read aloud and not selected
        self._since_draw = QElapsedTimer()
        self._second = QTimer(self)
        self._second.setSingleShot(True)
        self._second.timeout.connect(self._request)
        self._bar = QuietScrollBar()
        self.setVerticalScrollBar(self._bar)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setAccessibleName("Answer")
        self.setOpenLinks(False)
        self.setOpenExternalLinks(False)
        self._text = AnswerDocument(self)
        self.setDocument(self._text)
        self.setUndoRedoEnabled(False)
        self.document().setDocumentMargin(0)
        self._place = ReadingPlace(self, self.following_changed.emit)
        self._formats = self._make_formats()
        self._page = AnswerPage(self._text, self._formats, self._new_footer, self._new_head)
        self._page.hides_last_question = is_compact
        self._sideways = SidewaysCode(self._text, self._page, self._formats)
        self._gestures = SidewaysGestures(self, self._sideways)
        self._painter = AnswerPainter(self._text, self._page.spans, self._sideways)
        self.search = AnswerSearch(self.document(), self._page.spans, self)
        self._apply_theme()
        self._connect()

    def _connect(self) -> None:
        self._text.layout.wanted.connect(self._want_layout)
        self._text.layout.paint_below = self._paint_below
        self.search.changed.connect(self.viewport().update)
        self.search.arrived.connect(self.show_place)
        self.anchorClicked.connect(self._activate)
        self.highlighted.connect(self._hover)
        self.selectionChanged.connect(self._stop_reading)
        self._bar.valueChanged.connect(self._on_scrolled)
        self._bar.rangeChanged.connect(self._place.note_range)

    # What is shown.

    def show_path(self, conversation_id: str, path: tuple[Turn, ...]) -> None:
        """Show `path` from the next frame on; another `conversation_id` starts anew."""
        if conversation_id != self._conversation_id:
            self._conversation_id = conversation_id
            self._lit, self._lit_spans = ("", ""), []
            self._hovered = ("", "")
            self._sideways.clear()
            self._stop_reading()
            self._return = None
            self._start_over()
            self._place.follow(True)
        self._path = path
        self._request()

    def set_theme(self, theme: Theme) -> None:
        """Draw everything in the colours of `theme`, and in the font as it is now."""
        self._theme = theme
        self._draw_again()
        self._apply_theme()

    def set_zoom(self, zoom: int) -> None:
        """Draw everything at `zoom` per cent; what is read and what is selected stay."""
        if zoom != self._zoom:
            self._sideways.rescale(zoom / self._zoom)
            self._zoom = zoom
            self._draw_again()
            self._apply_theme()
            self._fit_column()

    def set_long_lines(self, long_lines: LongLines) -> None:
        """Wrap long lines of code or scroll them; what is read and what is selected stay."""
        if long_lines is not self._long_lines:
            self._long_lines = long_lines
            self._draw_again()

    def set_pacing(self, pacing: str) -> None:
        """Show text on every `frame`, `smooth`ly spread, or each `paragraph` when it is whole."""
        self._page.pacing = pacing
        self._request()

    def make_way(self) -> None:
        """Take note that somebody types elsewhere in the window, and must not be kept waiting."""
        self._page.make_way()

    def footer(self, turn_id: str) -> QWidget | None:
        """Return the widget below the answer of that turn, if it is on the screen."""
        turn = self._page.turn(turn_id)
        return turn.footer if turn is not None else None

    def head(self, turn_id: str) -> QWidget | None:
        """Return the widget above the answer of that turn, if it is on the screen."""
        turn = self._page.turn(turn_id)
        return turn.head if turn is not None else None

    def refit_footer(self, turn_id: str) -> None:
        """Take note that the footer or the head of that turn needs another height."""
        turn = self._page.turn(turn_id)
        if turn is not None:
            mark = self._place.mark()
            with self._place:
                turn.fit_footer(self._column_width())
            self._settle(mark)

    def refit_head(self, turn_id: str) -> None:
        """Give the head of that turn another height and leave it where the reader sees it."""
        turn = self._page.turn(turn_id)
        if turn is None:
            return
        with self._place:
            turn.fit_footer(self._column_width())
        self._place_footers()
        self._place.decide()

    def _top_of(self, position: int) -> int:
        """Return how far under the upper edge the block at a position of the document begins."""
        block = self.document().findBlock(position)
        top = self.document().documentLayout().blockBoundingRect(block).top()
        return round(top) - self._bar.value()

    def has_written(self, turn: Turn) -> bool:
        """Whether all of the answer stands in the document."""
        shown = self._page.turn(turn.id)
        return shown is not None and shown.drawn is turn.answer

    def cited_ids(self, turn_id: str) -> tuple[str, ...]:
        """Return the ids of the sources that an answer cites as far as it is written."""
        turn = self._page.turn(turn_id)
        return turn.writer.cited_ids() if turn is not None else ()

    def light_source(self, turn_id: str, source_id: str) -> None:
        """Light the sentences that cite a source and show one of them; no id puts it out."""
        self._lit = (turn_id, source_id) if source_id else ("", "")
        self._find_lit()
        if self._lit_spans:
            self._bring_into_sight(self._lit_spans)

    def walk_source(self, turn_id: str, source_id: str) -> tuple[int, int]:
        """Light what cites a source and show the first sentence, or the next if it is lit already.

        Return which one is shown, from 1, and how many there are; both 0 if nothing cites it.
        """
        goes_on = self._lit == (turn_id, source_id)
        self._lit = (turn_id, source_id)
        self._find_lit()
        if not self._lit_spans:
            return 0, 0
        self._lit_at = (self._lit_at + 1) % len(self._lit_spans) if goes_on else 0
        shown = self._lit_spans[self._lit_at]
        self._bring_into_sight([shown])
        self.viewport().update()
        return self._lit_at + 1, len(self._lit_spans)

    @property
    def is_following(self) -> bool:
        """Whether the end stays in sight while text arrives."""
        return self._place.is_following

    def jump_to_latest(self) -> None:
        """Go to the end and stay there."""
        self._is_opening = False
        self._place.follow(True)
        self._place.go_to_end()

    # Drawing the difference.

    def _request(self) -> None:
        self._clock.request(self._draw)

    def _draw(self) -> None:
        if not self.isVisible():
            return  # showEvent draws; meanwhile nothing is spent
        elapsed = float(self._since_draw.restart()) if self._since_draw.isValid() else 0.0
        self._since_draw.start()
        with self._bar:
            progress = self._draw_difference(elapsed)
        if not progress.is_done:
            self._clock.request(self._draw, is_rest=True)
        elif self._page.highlight():
            self._clock.request(self._highlight)
        if progress.has_ended:
            self.written.emit()

    def _draw_difference(self, elapsed: float) -> Progress:
        """Draw what has come since the last frame; the end stays in sight, or what is read."""
        if not self._page.is_new and self._page.is_replaced_by(self._path):
            self._draw_again(is_same_text=False)
        mark = self._place.mark()
        running = [(turn, turn.running_meta) for turn in self._page.turns]
        with self._place:
            if not self._page.turns:
                self._fit_column()
            progress = self._page.draw(self._path, elapsed)
            for turn in self._page.turns:
                if not turn.is_fitted:
                    turn.fit_footer(self._column_width())
        if self._page.is_new and self._return is not None:
            self._go_back(self._return, is_done=progress.is_done)
        elif progress.has_begun and not self._is_opening:
            self.jump_to_latest()
        else:
            self._stay(mark)
        if self._page.is_new and progress.is_done:
            self._page.is_new = self._is_opening = False
        self._place_footers()
        if self._lit != ("", ""):
            self._find_lit()
        self._update_running(running)
        return progress

    def _update_running(self, running: list[tuple[TurnText, list[Run]]]) -> None:
        """Paint what is not in the document anew; `running` are the painted lines before."""
        for turn, before in running:
            if turn.running_meta is not before:
                self._update_line(turn.meta_position)
        self._update_caret()
        is_running = any(turn.turn.answer.is_running for turn in self._page.turns)
        if is_running and not self._second.isActive():
            # The elapsed seconds are shown, so there is something to draw each second.
            self._second.start(1000 - datetime.now(UTC).microsecond // 1000)

    def _highlight(self) -> None:
        mark = self._place.mark()
        with self._place:
            has_more = self._page.highlight()
        self._settle(mark)
        if has_more:
            self._clock.request(self._highlight)

    def _want_layout(self) -> None:
        self._clock.request(self._lay_out_on)

    def _lay_out_on(self) -> None:
        """Lay out for a part of a frame what nobody has looked at since the width changed."""
        mark = self._place.mark()
        with self._place:
            has_more = self._text.layout.advance(self._bar.value(), _LAYOUT_BUDGET)
        self._settle(mark)
        if has_more:
            self._want_layout()

    def _start_over(self) -> None:
        with self._place:
            self._formats = self._sideways.formats = self._make_formats()
            self._page.restart(self._formats, begins_at_end=self._return is None)
        self._is_opening = self._return is None
        self._caret = -1
        self.viewport().update()
        self._request()

    def _draw_again(self, *, is_same_text: bool = True) -> None:
        """Start over with the same text: each place in it comes back as the same position.

        In another text, as that of a long answer with other marks, only what is read does.
        """
        QToolTip.hideText()  # what it belongs to is elsewhere afterwards
        if self._page.turns and self._return is None and not self._page.is_from_end:
            first, cursor = self.cursorForPosition(QPoint(0, 0)), self.textCursor()
            if not is_same_text:
                first = QTextCursor(first.block())
            place: tuple[int, int] | None = (first.position(), self.cursorRect(first).top())
            if self._bar.value() == 0:
                place = (0, self.viewport().height())  # as high as it goes
            if self._place.is_following and self._page.turns[-1].turn.answer.is_running:
                place = None
            self._return = Return(place, cursor.anchor(), cursor.position())
            if not is_same_text:
                self._return = Return(place, 0, 0, first.blockNumber())
        self._start_over()

    def _go_back(self, back: Return, *, is_done: bool) -> None:
        """Have the place where reading was, and the selection, again as soon as they are there."""
        last = self.document().characterCount() - 1
        if back.place is None:
            self._place.go_to_end()
        elif back.block >= 0:
            block = self.document().findBlockByNumber(back.block)
            if block.isValid():
                self._place.show_position(block.position(), below=back.place[1])
        elif back.place[0] <= last:
            self._place.show_position(back.place[0], below=back.place[1])
        if is_done:
            self._return = None
            cursor = QTextCursor(self.document())
            cursor.setPosition(min(back.anchor, last))
            cursor.setPosition(min(back.cursor, last), QTextCursor.MoveMode.KeepAnchor)
            value = self._bar.value()
            with self._place:
                self.setTextCursor(cursor)
                self._bar.setValue(value)
            if back.place is not None:
                self._place.decide()

    def _open_at_last_question(self) -> None:
        """Begin where reading begins: at the last question, or at the end of a running answer."""
        turns = self._page.turns
        if not turns or turns[-1].turn.answer.is_running:
            self._place.go_to_end()
        elif len(turns) == 1:
            self._place.go_to(0)
        else:
            above = self._top_of(turns[-1].start.position()) - round(self._text.layout.page.top)
            self._place.go_to(self._bar.value() + above)
        self._place.decide()

    def _settle(self, mark: tuple[QTextCursor, int] | None) -> None:
        self._stay(mark)
        self._place_footers()

    def _stay(self, mark: tuple[QTextCursor, int] | None) -> None:
        """Keep in front what was marked before a change, or what a conversation is opened at."""
        if self._is_opening:
            self._open_at_last_question()
        else:
            self._place.settle(mark)

    def _on_scrolled(self) -> None:
        if self._place.note_scroll():
            self._is_opening = False
        if not self._bar.is_held:  # what draws places them at its end
            self._place_footers()

    # Measures.

    def _make_formats(self) -> AnswerFormats:
        font = self.font()
        font.setPointSizeF(max(body_points(), font.pointSizeF()) * self._zoom / 100)
        return AnswerFormats(self._theme, font, self.logicalDpiY(), self._long_lines)

    def _apply_theme(self) -> None:
        self.setPalette(palette(self._theme))
        self.document().setDefaultFont(self._formats.font)

    def _column_width(self) -> int:
        return self.viewport().width() - 2 * self._side()

    def _side(self) -> int:
        if self._is_compact:
            return APART
        width = self.viewport().width()
        least = APART if width < _NARROW else AROUND
        return max(least, (width - self._formats.column) // 2)

    def _fit_column(self) -> None:
        frame = self.document().rootFrame()
        frame_format = frame.frameFormat()
        before = QTextFrameFormat(frame_format)
        frame_format.setMargin(0)
        frame_format.setLeftMargin(self._side())
        frame_format.setRightMargin(self._side())
        above = NEAR if self._is_compact else AROUND
        frame_format.setTopMargin(above)
        frame_format.setBottomMargin(above)
        if frame_format != before:  # or Qt lays out everything anew
            frame.setFrameFormat(frame_format)

    # The widgets below the answers.

    def _new_footer(self, turn_id: str) -> QWidget | None:
        if self._make_footer is None:
            return None
        footer = self._make_footer(turn_id)
        footer.setParent(self.viewport())
        return footer

    def _new_head(self, turn_id: str) -> QWidget | None:
        if self._make_head is None:
            return None
        head = self._make_head(turn_id)
        head.setParent(self.viewport())
        return head

    def _place_footers(self) -> None:
        """Lay the footers and heads over the places kept for them."""
        if all(turn.footer is None and turn.head is None for turn in self._page.turns):
            return
        height = self.viewport().height()
        near = QRectF(0, self._bar.value() - height, 1, 3 * height)
        first, last = self._painter.reach(near)
        for turn in self._page.turns:
            if turn.footer is not None:
                self._lay_over(turn.footer, turn.foot, turn.footer_height, first, last)
            if turn.head is not None:
                lift = round(self._formats.length(HEAD_LIFT))
                at, tall = turn.head_position, turn.head_height
                self._lay_over(turn.head, at, tall, first, last, lift)

    def _lay_over(
        self, widget: QWidget, position: int, tall: int, first: int, last: int, lift: int = 0
    ) -> None:
        """Show `widget` at a position of the document if that lies between `first` and `last`."""
        if tall and first <= position <= last:
            top = self._top_of(position) - lift
            widget.setGeometry(self._side(), top, self._column_width(), tall)
            widget.show()
        else:
            widget.hide()

    # The light on sentences.

    def _find_lit(self) -> None:
        turn_id, source_id = self._lit
        turn = self._page.turn(turn_id)
        source = turn.writer.source(source_id) if turn is not None else None
        spans: list[tuple[int, int]] = []
        if turn is not None and source is not None:
            spans = turn.writer.sentences_citing(source)
        if spans is not self._lit_spans and spans != self._lit_spans:
            self._lit_spans = spans
            self.viewport().update()

    def _bring_into_sight(self, spans: list[tuple[int, int]]) -> None:
        """Show the first of some stretches of the text unless one of them can be seen."""
        self._is_opening = False
        if not self._is_any_in_sight(spans):
            self._place.follow(False)
            self._place.show_position(spans[0][0], below=self.viewport().height() // 3)

    def _is_any_in_sight(self, spans: list[tuple[int, int]]) -> bool:
        cursor = QTextCursor(self.document())
        for start, _ in spans:
            cursor.setPosition(start)
            place = self.cursorRect(cursor)
            if place.top() >= 0 and place.bottom() < self.viewport().height():
                return True
        return False

    # Places in the text.

    @property
    def reading_position(self) -> int:
        """The position of the current place that was found, else of the first visible text."""
        current = self.search.current
        if current is not None:
            return current[0]
        return self.cursorForPosition(QPoint(self._side(), 0)).position()

    def show_place(self, start: int, end: int) -> None:
        """Have what stands from `start` to `end` in sight, and stay there."""
        self._place.follow(False)
        self._bring_into_sight([(start, end)])
        if self._sideways.reveal(start, end):
            self.viewport().update()

    def select_found(self) -> None:
        """Select the current place that was found."""
        current = self.search.current
        if current is not None:
            cursor = QTextCursor(self.document())
            cursor.setPosition(current[0])
            cursor.setPosition(current[1], QTextCursor.MoveMode.KeepAnchor)
            mark = self._place.mark()
            with self._place:
                self.setTextCursor(cursor)
            self._settle(mark)

    @property
    def turns(self) -> tuple[TurnText, ...]:
        """What is written, oldest first."""
        return tuple(self._page.turns)

    @property
    def step_origin(self) -> int:
        """The position that the keys go on from: what is selected, if it can be seen."""
        if self._has_ring and self._is_any_in_sight([self._ring]):
            return self._ring[0]
        return self.cursorForPosition(QPoint(self._side(), 0)).position() - 1

    def select_place(self, start: int, end: int) -> QPoint:
        """Select what stands there, have it in sight with a ring or a bar, and take the keys.

        Returns where it ends, on the viewport.
        """
        cursor = QTextCursor(self.document())
        cursor.setPosition(start)
        cursor.setPosition(end, QTextCursor.MoveMode.KeepAnchor)
        self._ring = (cursor.selectionStart(), cursor.selectionEnd())  # in a table: whole cells
        value = self._bar.value()
        with self._place:
            self.setTextCursor(cursor)
            self._bar.setValue(value)
        self.show_place(start, end)
        self.setFocus()
        self.viewport().update()
        return self.cursorRect(cursor).bottomRight()

    def read_place(self, start: int, end: int) -> QPoint:
        """Do what `select_place` does without selecting, which a screen reader would say as well.

        Ctrl+C copies it all the same.
        """
        cursor = self.textCursor()
        if cursor.hasSelection():
            cursor.clearSelection()
            self.setTextCursor(cursor)
        self._ring, self._is_read = (start, end), True
        self.show_place(start, end)
        self.setFocus()
        self.viewport().update()
        return self.cursorRect(self._ring_cursor()).bottomRight()

    def _ring_cursor(self) -> QTextCursor:
        cursor = QTextCursor(self.document())
        cursor.setPosition(self._ring[0])
        cursor.setPosition(self._ring[1], QTextCursor.MoveMode.KeepAnchor)
        return cursor

    def _stop_reading(self) -> None:
        self._is_read = False

    @property
    def _has_ring(self) -> bool:
        """Whether what the keys went to is still there, and nothing else was selected since."""
        if self._is_read:
            return self._ring[1] < self.document().characterCount()
        cursor = self.textCursor()
        return self._ring == (cursor.selectionStart(), cursor.selectionEnd())

    def _paint_ring(self, painter: QPainter) -> None:
        if self.hasFocus() and self._has_ring:
            self._painter.paint_ring(painter, self._formats, self._ring)

    def _paint_found(self, painter: QPainter, visible: QRectF) -> None:
        if not self.search.count:
            return
        places = self.search.between(*self._painter.reach(visible))
        self._painter.paint_found(painter, self._formats, places, self.search.current)

    # Gestures.

    def _activate(self, url: QUrl) -> None:
        match read_anchor(url):
            case LinkAnchor(address):
                if link := safe_link(address):
                    self.link_opened.emit(link)
            case SourceAnchor(turn_id, source_id):
                self.source_chosen.emit(turn_id, source_id)
            case CodeAnchor(turn_id, group):
                turn = self._page.turn(turn_id)
                code = turn.writer.code_text(group) if turn is not None else None
                if code is not None:
                    self.code_copied.emit(code)
            case None:
                pass

    def _hover(self, url: QUrl) -> None:
        card, hovered = "", ("", "")
        match read_anchor(url):
            case LinkAnchor(address):
                card = link_card(address)
            case SourceAnchor(turn_id, source_id):
                hovered = (turn_id, source_id)
                if source := self._source(turn_id, source_id):
                    pointer = self.viewport().mapFromGlobal(QCursor.pos())
                    at = self.cursorForPosition(pointer).position()
                    card = source_card(source, *self._use_at(at, turn_id, source))
            case _:
                pass
        self.viewport().setToolTip(card)
        if hovered != self._hovered:
            left, self._hovered = self._hovered, hovered
            self.source_hovered.emit(hovered[0] or left[0], hovered[1])

    def _source(self, turn_id: str, source_id: str) -> Source | None:
        turn = self._page.turn(turn_id)
        known = sources_by_id(turn.turn.answer.sources) if turn is not None else {}
        return known.get(source_id)

    def _use_at(self, position: int, turn_id: str, source: Source) -> tuple[str, str]:
        """Return the sentence of the mark at a position, and what its passage says of it."""
        sentence = sentence_at(self.document(), self._page.spans, position, source.ids)
        turn = self._page.turn(turn_id)
        if turn is None:
            return sentence.text, ""
        return sentence.text, self._mark_check.words(turn.turn.answer, sentence, source.id)

    def sentence_chosen(self, turn_id: str, source_id: str) -> str:
        """Return the sentence of the mark of a source that was clicked, else the first of its."""
        source = self._source(turn_id, source_id)
        turn = self._page.turn(turn_id)
        if source is None or turn is None:
            return ""
        pointer = self.viewport().mapFromGlobal(QCursor.pos())
        first = next((m.at for m in turn.writer.marks if m.id in source.ids), 0)
        places = (
            self.cursorForPosition(pointer).position(),
            self.textCursor().selectionStart(),
            turn.head_position + self.document().findBlock(turn.head_position).length() - 1 + first,
        )
        for place in places:
            found = sentence_at(self.document(), self._page.spans, place, source.ids)
            if found.text:
                return found.text
        return ""

    def _show_card_of_focus(self) -> None:
        """Show the card of the mark or link that the keyboard has reached, and say it."""
        cursor = self.textCursor()
        card = words = ""
        match read_anchor(cursor.charFormat().anchorHref() if cursor.hasSelection() else ""):
            case LinkAnchor(address):
                card = link_card(address)
            case SourceAnchor(turn_id, source_id):
                if source := self._source(turn_id, source_id):
                    use = self._use_at(cursor.selectionStart(), turn_id, source)
                    card, words = source_card(source, *use), source_words(source, *use)
            case _:
                pass
        below = self.cursorRect(cursor).bottomRight()
        QToolTip.showText(self.viewport().mapToGlobal(below), card, self.viewport())
        if words:
            announce(self, words)

    # Painting.

    def _update_caret(self) -> None:
        """Have the caret painted where it is now.

        What the layout says has changed begins above the caret as it was: that is painted anew.
        """
        before, self._caret = self._caret, -1
        last = self._page.turns[-1] if self._page.turns else None
        if last is not None and last.turn.answer.is_running and not last.writer.is_empty:
            self._caret = last.writer.caret
        if before >= 0 and self._caret < 0:
            # At the end the footer comes as well and moves what is on the screen.
            self.viewport().update()

    def _update_line(self, position: int) -> None:
        cursor = QTextCursor(self.document())
        cursor.setPosition(position)
        area = self.cursorRect(cursor).adjusted(0, -4, 0, 4)
        area.setWidth(self.viewport().width())
        self.viewport().update(area)

    def _paint_below(self, painter: QPainter, visible: QRectF) -> None:
        """Paint what lies below the text within `visible` (document coordinates)."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._painter.paint(painter, self._formats, visible, self._lit_spans)
        if len(self._lit_spans) > 1 and self._lit_at < len(self._lit_spans):
            self._painter.paint_pointer(painter, self._formats, *self._lit_spans[self._lit_at])
        self._paint_found(painter, visible)
        self._paint_ring(painter)
        width = self._column_width()
        for turn in self._page.turns:
            if turn.running_meta:
                at = turn.meta_position
                self._painter.paint_meta(
                    painter, self._formats, visible, at, turn.running_meta, width
                )
        if self._caret >= 0:
            self._painter.paint_caret(painter, self._formats, self._caret)

    # Code that is scrolled sideways.

    @property
    def _visible(self) -> QRectF:
        """What is in sight, in coordinates of the document."""
        return QRectF(self.viewport().rect()).translated(0, self._bar.value())

    def _scroll_ringed_code(self, by: int) -> bool:
        """Scroll the code that the keys went to, if it goes on out of sight."""
        label = self.document().findBlock(self._ring[0])
        is_at_code = label.blockFormat().intProperty(Property.ROLE) == Role.CODE_LABEL
        if self._gestures is None or not is_at_code or not self._has_ring:
            return False
        return self._gestures.step(label.next(), by)

    def _paint_sideways(self, strips: list[Strip], gestures: SidewaysGestures) -> None:
        visible = self._visible
        with QPainter(self.viewport()) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.translate(0, -visible.top())
            for strip in strips:
                paint_edges(painter, self._formats, strip)
                if gestures.shows_bar(strip):
                    paint_bar(painter, self._formats, Bar(strip, visible))
            if self._caret >= 0 and self._sideways.is_line(self.document().findBlock(self._caret)):
                self._painter.paint_caret(painter, self._formats, self._caret)  # over the edge

    # Qt.

    def viewportEvent(self, event: QEvent) -> bool:
        """Leave what is meant for scrolled code to its gestures."""
        if self._gestures is not None and self._sideways.is_on and self._gestures.takes(event):
            return True
        return super().viewportEvent(event)

    def focusNextPrevChild(self, forward: bool) -> bool:
        """Go to the next mark or link, and show its card."""
        moved = super().focusNextPrevChild(forward)
        self._show_card_of_focus()
        return moved

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Copy or open what is read as if it were selected, and scroll the code that is there."""
        by = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()), 0)
        is_plain = not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        is_here = self._is_read and self._has_ring
        if is_here and event.matches(QKeySequence.StandardKey.Copy):
            data = selection_data(self._ring_cursor(), self._source_of)
            QGuiApplication.clipboard().setMimeData(data)
        elif is_here and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            first = QTextCursor(self.document())
            first.setPosition(self._ring[0] + 1)
            self._activate(QUrl(first.charFormat().anchorHref()))
        elif by and is_plain and self._scroll_ringed_code(by):
            event.accept()
        else:
            super().keyPressEvent(event)

    def loadResource(self, _kind: int, _name: QUrl | str) -> object:
        """Load nothing: no picture, style or file that an answer names is ever opened."""
        return None

    def createMimeDataFromSelection(self) -> QMimeData:
        """Return the selection without what only the screen needs."""
        return selection_data(self.textCursor(), self._source_of)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Offer what can be done here; Qt's own menu would offer our inner addresses."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        copy = menu.addAction("Copy", self.copy)
        copy.setEnabled(self.textCursor().hasSelection())
        anchor = read_anchor(self.anchorAt(event.pos()))
        if isinstance(anchor, LinkAnchor):
            address = anchor.url
            menu.addAction("Copy link", lambda: QGuiApplication.clipboard().setText(address))
        self._offer_copies(menu, self.cursorForPosition(event.pos()).position())
        menu.addAction("Select all", self.selectAll)
        menu.popup(event.globalPos())

    def _source_of(self, anchor: SourceAnchor) -> Source | None:
        turn = self._page.turn(anchor.turn_id)
        known = sources_by_id(turn.turn.answer.sources) if turn is not None else {}
        return known.get(anchor.source_id)

    def _offer_copies(self, menu: QMenu, position: int) -> None:
        """Offer to copy the answer at a position of the document, and the table there."""
        turn = self._page.turn_at(position)
        if turn is None or not turn.turn.answer.text:
            return
        turn_id = turn.turn.id
        menu.addAction("Copy answer with sources", lambda: self.copy_requested.emit(turn_id, True))
        menu.addAction(
            "Copy answer without sources", lambda: self.copy_requested.emit(turn_id, False)
        )
        if rows := turn.writer.table_at(position):
            clipboard = QGuiApplication.clipboard()
            menu.addSeparator()
            menu.addAction("Copy table as TSV", lambda: clipboard.setText(table_tsv(rows)))
            menu.addAction(
                "Copy table as Markdown", lambda: clipboard.setText(table_markdown(rows))
            )
        menu.addSeparator()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint what lies below the text, then the text, and over it what scrolled code needs."""
        super().paintEvent(event)
        strips = self._sideways.strips(self._visible) if self._sideways.is_on else []
        if self._sideways.is_measuring:
            self._clock.request(self._measure_on)
        if self._gestures is not None and strips:
            self._paint_sideways(strips, self._gestures)

    def _measure_on(self) -> None:
        self.viewport().update()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Ask for another zoom with Ctrl."""
        step = self._wheel.step(event)
        if step is None:
            super().wheelEvent(event)
        elif step:
            self.zoom_requested.emit(step)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the column centred and the first visible line where it is."""
        mark = self._place.mark()
        with self._place:
            super().resizeEvent(event)
            self._fit_column()
            if event.size().width() != event.oldSize().width():
                for turn in self._page.turns:
                    turn.fit_footer(self._column_width())
        if self._page.turns:
            self._settle(mark)

    def showEvent(self, event: QShowEvent) -> None:
        """Draw what was left while nobody looked."""
        super().showEvent(event)
        self._request()
