"""Every request since the start, in a window that stays open beside the others."""

from __future__ import annotations

from PySide6.QtCore import QSortFilterProxyModel, Qt
from PySide6.QtGui import QHideEvent, QKeyEvent, QKeySequence, QShowEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QApplication,
    QDialog,
    QHBoxLayout,
    QHeaderView,
    QPushButton,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from headwater.domain.network_request import request_lines
from headwater.session.request_log import MOST, RequestLog
from headwater.ui.plain_label import plain_label
from headwater.ui.request_model import COLUMNS, SORT, RequestModel
from headwater.ui.theme import APART, NEAR
from headwater.ui.timer import timer

_PACE = 250  # milliseconds between looks while something changes
_WIDTHS = (76, 230, 180, 72, 80, 90, 200, 72)
_EXPLAINED = (
    "All that Headwater sends over the network. Keys, questions and addresses beyond the host "
    "are not kept here. Pages that you open are asked for by your browser."
)


class NetworkWindow(QDialog):
    """Looks at the log while it is visible and something changes; else it does nothing."""

    def __init__(self, log: RequestLog, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Window)
        self.setWindowTitle("Network — Headwater")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(1060, 480)
        self._log = log
        self._model = RequestModel(self)
        self._sorted = QSortFilterProxyModel(self)
        self._sorted.setSourceModel(self._model)
        self._sorted.setSortRole(SORT)
        self.table = QTableView()
        self._count = plain_label("muted")
        self._copy = QPushButton("Copy all")
        self._look = timer(self, _PACE, self._show_requests)
        self._lay_out()
        self._copy.clicked.connect(self._copy_all)
        self._stop_listening = log.changed.add(self._changed)
        self.finished.connect(self._let_go)

    def _lay_out(self) -> None:
        table = self.table
        table.setAccessibleName("Requests")
        table.setModel(self._sorted)
        table.setSortingEnabled(True)
        table.sortByColumn(0, Qt.SortOrder.DescendingOrder)
        table.setShowGrid(False)
        table.setWordWrap(False)
        table.setTabKeyNavigation(False)
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        table.verticalHeader().hide()
        table.verticalHeader().setDefaultSectionSize(table.fontMetrics().height() + NEAR)
        header = table.horizontalHeader()
        header.setHighlightSections(False)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        header.setStretchLastSection(False)
        for section, width in enumerate(_WIDTHS):
            table.setColumnWidth(section, width)
        header.setSectionResizeMode(COLUMNS.index("Outcome"), QHeaderView.ResizeMode.Stretch)
        explained = plain_label("muted", is_selectable=True)
        explained.setText(_EXPLAINED)
        close = QPushButton("Close")
        close.setAutoDefault(False)
        close.clicked.connect(self.accept)
        self._copy.setAutoDefault(False)
        row = QHBoxLayout()
        row.setSpacing(NEAR)
        row.addWidget(self._count, 1)
        row.addWidget(self._copy)
        row.addWidget(close)
        column = QVBoxLayout(self)
        column.setContentsMargins(APART, APART, APART, APART)
        column.setSpacing(NEAR)
        column.addWidget(explained)
        column.addWidget(table, 1)
        column.addLayout(row)

    def _changed(self) -> None:
        if self.isVisible() and not self._look.isActive():
            self._look.start()

    def _show_requests(self) -> None:
        self._model.show_requests(self._log.requests)
        count = self._log.count
        words = "1 request" if count == 1 else f"{count:,} requests"
        kept = f", the newest {MOST:,} are listed" if count > MOST else ""
        if (said := f"{words} since the start{kept}.") != self._count.text():
            self._count.setText(said)
        if self._log.is_busy and self.isVisible():
            self._look.start()  # bytes arrive without a word from the log

    def _copy_all(self) -> None:
        QApplication.clipboard().setText(request_lines(self._log.requests))

    def _copy_selected(self) -> None:
        chosen = self.table.selectionModel().selectedRows()
        rows = sorted(self._sorted.mapToSource(index).row() for index in chosen)
        requests = tuple(self._model.requests[row] for row in rows)
        if requests:
            QApplication.clipboard().setText(request_lines(requests))

    def _let_go(self) -> None:
        self._look.stop()
        self._stop_listening()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Copy):
            self._copy_selected()
        else:
            super().keyPressEvent(event)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._show_requests()
        self.table.setFocus()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._look.stop()
