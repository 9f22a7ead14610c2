"""The list in the Sources dock: rows that wrap, fold, open a page or light what cites it."""

from __future__ import annotations

from PySide6.QtCore import (
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRect,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import (
    QFont,
    QFontMetrics,
    QGuiApplication,
    QKeyEvent,
    QPainter,
    QResizeEvent,
    QTextLayout,
    QTextOption,
)
from PySide6.QtWidgets import (
    QAbstractItemView,
    QListView,
    QMenu,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
)

from headwater.domain import text_guard
from headwater.domain.source import Source
from headwater.domain.text_direction import is_right_to_left
from headwater.ui.source_model import SourceModel, SourceRole
from headwater.ui.theme import Theme, smaller

_Index = QModelIndex | QPersistentModelIndex
_NUMBER_WIDTH = 24
_INSET = 8
_TITLE_LINES = 3
_PASSAGE_LINES = 2
_CHECKED_LINES = 3  # of a passage that may be checked, with what is then said of it
_FEWEST_CHECKED_LINES = 2
_CHECK_LINES = 2
_LEAST_HOST = 12  # characters
_MOST_BROKEN = 8192  # texts whose lines are remembered
_BATCH = 30  # rows that are laid out at once


class SourceList(QListView):
    """A click or Space selects a source or folds; Enter and a double click open its page."""

    source_selected = Signal(str)
    source_opened = Signal(str)  # with its id

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._model = SourceModel(self)
        self._delegate = _SourceDelegate(self, theme)
        self.setAccessibleName("Sources")
        self.setModel(self._model)
        self.setItemDelegate(self._delegate)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        # More rows than any answer has are laid out little by little: ten thousand take 0.7 s.
        self.setLayoutMode(QListView.LayoutMode.Batched)
        self.setBatchSize(_BATCH)
        self.setMouseTracking(True)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.clicked.connect(self._clicked)
        # Not `activated`: on some desktops a single click is enough for it.
        self.doubleClicked.connect(self._open)
        self.customContextMenuRequested.connect(self._show_menu)

    def show_sources(self, cited: tuple[Source, ...], others: tuple[Source, ...]) -> None:
        """Show these; the others are folded below the cited ones."""
        chosen = self._model.source_at(self.currentIndex())
        at = self.verticalScrollBar().value()
        self._model.show_sources(cited, others)
        if chosen is not None and not self.currentIndex().isValid():
            row = self._model.row_of(chosen.id)
            if row >= 0:
                self.setCurrentIndex(self._model.index(row))
            self.executeDelayedItemsLayout()
            self.verticalScrollBar().setValue(at)

    def show_use(self, source_id: str, words: str) -> None:
        """Say in the row of that source, and in no other, which use of it is shown."""
        self._model.show_use(source_id, words)

    def show_checks(self, words: dict[str, str]) -> None:
        """Say in each row what may be said of its passage."""
        self._model.show_checks(words)

    def select_source(self, source_id: str) -> None:
        """Mark the row of that source and bring it into view."""
        row = self._model.row_of(source_id)
        if row >= 0:
            index = self._model.index(row)
            self.setCurrentIndex(index)
            self.scrollTo(index)

    def wear(self, theme: Theme) -> None:
        """Take on the theme's colours."""
        self._delegate.theme = theme

    def _clicked(self, index: QModelIndex) -> None:
        source = self._model.source_at(index)
        if not index.isValid():
            return
        if source is None:
            self._model.toggle_fold()
        else:
            self.source_selected.emit(source.id)

    def _open(self, index: QModelIndex) -> None:
        source = self._model.source_at(index)
        if source is not None:
            self.source_opened.emit(source.id)

    def _show_menu(self, at: QPoint) -> None:
        source = self._model.source_at(self.indexAt(at))
        if source is None:
            return
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction("Open the page", lambda: self.source_opened.emit(source.id))
        address = text_guard.undirected(source.url)
        menu.addAction("Copy the address", lambda: QGuiApplication.clipboard().setText(address))
        menu.addAction("Show where it is used", lambda: self.source_selected.emit(source.id))
        menu.popup(self.viewport().mapToGlobal(at))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Do with Space what a click does, with Enter what a double click does."""
        index = self.currentIndex()
        if event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier or not index.isValid():
            super().keyPressEvent(event)
        elif event.key() == Qt.Key.Key_Space:
            self._clicked(index)
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            if self._model.source_at(index) is None:
                self._clicked(index)
            else:
                self._open(index)
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        # Text wraps anew, so the rows have other heights.
        self.scheduleDelayedItemsLayout()


class _SourceDelegate(QStyledItemDelegate):
    """Paints number, title, domain with date, some lines of the passage, what is said of it."""

    def __init__(self, parent: QListView, theme: Theme) -> None:
        super().__init__(parent)
        self.theme = theme
        self._broken: dict[tuple[str, str, int, int], list[tuple[str, int]]] = {}

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        theme = self.theme
        rect: QRect = option.rect
        state: QStyle.StateFlag = option.state
        font: QFont = option.font
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        inner = rect.adjusted(_INSET, 0, -_INSET, 0)
        if state & QStyle.StateFlag.State_Selected or state & QStyle.StateFlag.State_MouseOver:
            is_selected = bool(state & QStyle.StateFlag.State_Selected)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.selection if is_selected else theme.hover)
            painter.drawRoundedRect(inner, 8, 8)
        if state & QStyle.StateFlag.State_HasFocus:
            painter.setPen(theme.accent)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(inner.adjusted(0, 0, -1, -1), 8, 8)
        number = index.data(SourceRole.ID)
        small = smaller(font)
        if number is None:
            painter.setFont(small)
            painter.setPen(theme.muted)
            text = str(index.data(Qt.ItemDataRole.DisplayRole))
            painter.drawText(inner.adjusted(6, 0, 0, 0), int(Qt.AlignmentFlag.AlignVCenter), text)
            painter.restore()
            return
        x, width = inner.left() + 6 + _NUMBER_WIDTH, inner.width() - 14 - _NUMBER_WIDTH
        y = inner.top() + 7
        bold = QFont(small)
        bold.setWeight(QFont.Weight.DemiBold)
        painter.setFont(bold)
        painter.setPen(theme.accent)
        painter.drawText(inner.left() + 6, y + QFontMetrics(bold).ascent() + 1, str(number))
        title = QFont(font)
        title.setWeight(QFont.Weight.Medium)
        painter.setPen(theme.text)
        y += self._draw_lines(painter, str(index.data(SourceRole.TITLE)), title, x, y, width, 3)
        painter.setPen(theme.faint)
        room = width
        if use := str(index.data(SourceRole.USE)):
            taken = QFontMetrics(small).horizontalAdvance(use)
            self._draw_lines(painter, use, small, x + width - taken, y, taken, 1)
            room -= taken + _INSET
        place = _fitted_place(str(index.data(SourceRole.PLACE)), QFontMetrics(small), room)
        y += self._draw_lines(painter, place, small, x, y, room, 1)
        painter.setPen(theme.muted)
        self._draw_body(painter, index, small, x, y, width)
        painter.restore()

    def _draw_body(
        self, painter: QPainter, index: _Index, small: QFont, x: int, y: int, width: int
    ) -> None:
        """Draw the passage, and on its last lines what is said of it: no row moves when that comes.

        A shape and words tell what was found, no alarm does.
        """
        room = self._body_lines(index, small, width)
        check, snippet = str(index.data(SourceRole.CHECK)), str(index.data(SourceRole.SNIPPET))
        most = min(_CHECK_LINES, room - 1)
        room -= len(self._lines(check, small, width, most))
        y += self._draw_lines(painter, snippet, small, x, y + 2, width, room) + 2
        self._draw_lines(painter, check, small, x, y, width, most)

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        font: QFont = option.font
        small = smaller(font)
        view = option.widget
        full = view.viewport().width() if isinstance(view, QAbstractItemView) else 280
        if index.data(SourceRole.ID) is None:
            return QSize(full, QFontMetrics(small).height() + 14)
        width = full - 2 * _INSET - 14 - _NUMBER_WIDTH
        title = QFont(font)
        title.setWeight(QFont.Weight.Medium)
        height = 16
        for role, face, most in (
            (SourceRole.TITLE, title, _TITLE_LINES),
            (SourceRole.PLACE, small, 1),
        ):
            height += sum(h for _, h in self._lines(str(index.data(role)), face, width, most))
        return QSize(full, height + self._body_lines(index, small, width) * _line_height(small))

    def _body_lines(self, index: _Index, font: QFont, width: int) -> int:
        """Return how many lines a row has for its passage and for what is said of it."""
        is_cited = bool(index.data(SourceRole.IS_CITED))
        most = _CHECKED_LINES if is_cited else _PASSAGE_LINES
        count = len(self._lines(str(index.data(SourceRole.SNIPPET)), font, width, most))
        return max(count, _FEWEST_CHECKED_LINES) if is_cited and count else count

    def _draw_lines(
        self, painter: QPainter, text: str, font: QFont, x: int, y: int, width: int, most: int
    ) -> int:
        painter.setFont(font)
        option = QTextOption()
        option.setWrapMode(QTextOption.WrapMode.NoWrap)
        option.setTextDirection(_direction(text))
        used = 0
        for line, height in self._lines(text, font, width, most):
            painter.drawText(QRectF(x, y + used, width, height), line, option)
            used += height
        return used

    def _lines(self, text: str, font: QFont, width: int, most: int) -> list[tuple[str, int]]:
        """Return what `_break` does, which takes a millisecond for each row, from memory."""
        key = (text, font.key(), width, most)
        lines = self._broken.get(key)
        if lines is None:
            if len(self._broken) > _MOST_BROKEN:
                self._broken.clear()
            lines = self._broken[key] = _break(text, font, width, most)
        return lines


def _direction(text: str) -> Qt.LayoutDirection:
    rtl, ltr = Qt.LayoutDirection.RightToLeft, Qt.LayoutDirection.LeftToRight
    return rtl if is_right_to_left(text) else ltr


def _fitted_place(place: str, metrics: QFontMetrics, room: int) -> str:
    """Return host and date in `room` pixels; the end of a long host says whose it is, so it stays.

    The date goes where it leaves the host no room.
    """
    if metrics.horizontalAdvance(place) <= room:
        return place
    host, dot, date = place.partition(" · ")
    free = room - metrics.horizontalAdvance(dot + date)
    if free < _LEAST_HOST * metrics.averageCharWidth():
        free, dot, date = room, "", ""
    return metrics.elidedText(host, Qt.TextElideMode.ElideLeft, free) + dot + date


def _line_height(font: QFont) -> int:
    return round(QFontMetrics(font).height() * 1.15)


def _break(text: str, font: QFont, width: int, most: int) -> list[tuple[str, int]]:
    """Return at most `most` lines of `text` with their heights, the last one elided."""
    if not text:
        return []
    metrics = QFontMetrics(font)
    height = _line_height(font)
    layout = QTextLayout(text, font)
    option = QTextOption()
    option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
    layout.setTextOption(option)
    layout.beginLayout()
    found: list[tuple[str, int]] = []
    while len(found) < most:
        line = layout.createLine()
        if not line.isValid():
            break
        line.setLineWidth(max(width, 20))
        start = line.textStart()
        piece = text[start : start + line.textLength()]
        if len(found) == most - 1:
            piece = metrics.elidedText(text[start:], Qt.TextElideMode.ElideRight, max(width, 20))
        found.append((piece.rstrip(), height))
    layout.endLayout()
    return found
