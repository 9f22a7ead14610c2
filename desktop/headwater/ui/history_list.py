"""The list in the History dock: conversations under headings of days."""

from __future__ import annotations

from datetime import date

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QFont, QFontMetrics, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QListView,
    QMenu,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
)

from headwater.session.ports import ConversationSummary
from headwater.ui.history_model import HistoryModel, HistoryRole
from headwater.ui.theme import Theme, smaller

_Index = QModelIndex | QPersistentModelIndex


class HistoryList(QListView):
    """A click or Enter opens a conversation."""

    chosen = Signal(str)
    rename_requested = Signal(str)
    delete_requested = Signal(str)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._model = HistoryModel(self)
        self._delegate = HistoryDelegate(self, theme)
        self.setAccessibleName("History")
        self.setModel(self._model)
        self.setItemDelegate(self._delegate)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setMouseTracking(True)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.clicked.connect(self._choose)
        self.activated.connect(self._choose)
        self.customContextMenuRequested.connect(self._show_menu)

    def show_summaries(
        self, summaries: tuple[ConversationSummary, ...], *, is_search: bool
    ) -> None:
        """Show these, in their order."""
        self._model.show_summaries(summaries, date.today(), is_search=is_search)

    def select(self, conversation_id: str) -> None:
        """Mark the row of that conversation, none if it is not listed."""
        row = self._model.row_of(conversation_id)
        if row < 0:
            self.clearSelection()
            self.setCurrentIndex(QModelIndex())
        elif self.currentIndex().row() != row:
            self.setCurrentIndex(self._model.index(row))

    def wear(self, theme: Theme) -> None:
        """Take on the theme's colours."""
        self._delegate.theme = theme

    def _choose(self, index: QModelIndex) -> None:
        if conversation_id := index.data(HistoryRole.ID):
            self.chosen.emit(conversation_id)

    def _show_menu(self, at: QPoint) -> None:
        conversation_id = self.indexAt(at).data(HistoryRole.ID)
        if not conversation_id:
            return
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction("Open", lambda: self.chosen.emit(conversation_id))
        menu.addAction("Rename…", lambda: self.rename_requested.emit(conversation_id))
        menu.addSeparator()
        menu.addAction("Delete", lambda: self.delete_requested.emit(conversation_id))
        menu.popup(self.viewport().mapToGlobal(at))


class HistoryDelegate(QStyledItemDelegate):
    """Paints a heading, or a title with a small line under it."""

    def __init__(self, parent: QListView, theme: Theme) -> None:
        super().__init__(parent)
        self.theme = theme

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        theme = self.theme
        rect: QRect = option.rect
        state: QStyle.StateFlag = option.state
        font: QFont = option.font
        small = smaller(font)
        text = str(index.data(Qt.ItemDataRole.DisplayRole))
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        inner = rect.adjusted(10, 6, -10, -6)
        if index.data(HistoryRole.IS_HEADING):
            painter.setFont(small)
            painter.setPen(theme.faint)
            painter.drawText(inner, int(Qt.AlignmentFlag.AlignBottom), text)
            painter.restore()
            return
        is_selected = bool(state & QStyle.StateFlag.State_Selected)
        if is_selected or state & QStyle.StateFlag.State_MouseOver:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.selection if is_selected else theme.hover)
            painter.drawRoundedRect(rect.adjusted(0, 0, 0, -1), 8, 8)
        if state & QStyle.StateFlag.State_HasFocus:
            painter.setPen(theme.accent)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(rect.adjusted(0, 0, -1, -2), 8, 8)
        metrics = QFontMetrics(font)
        painter.setFont(font)
        painter.setPen(theme.text)
        title = metrics.elidedText(text, Qt.TextElideMode.ElideRight, inner.width())
        painter.drawText(inner.left(), inner.top() + metrics.ascent(), title)
        if detail := str(index.data(HistoryRole.DETAIL)):
            painter.setFont(small)
            painter.setPen(theme.faint)
            small_metrics = QFontMetrics(small)
            detail = small_metrics.elidedText(detail, Qt.TextElideMode.ElideRight, inner.width())
            painter.drawText(
                inner.left(), inner.top() + metrics.height() + 2 + small_metrics.ascent(), detail
            )
        painter.restore()

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        font: QFont = option.font
        small = QFontMetrics(smaller(font)).height()
        if index.data(HistoryRole.IS_HEADING):
            return QSize(120, small + 16)
        height = QFontMetrics(font).height() + 13
        return QSize(120, height + small + 2 if index.data(HistoryRole.DETAIL) else height)
