"""The requests since the start as the rows of a table."""

from __future__ import annotations

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from headwater.domain.network_request import NetworkRequest, outcome
from headwater.ui.plain_text import one_line

_Index = QModelIndex | QPersistentModelIndex
COLUMNS = ("Time", "Host", "For", "Method", "Sent", "Received", "Outcome", "Took")
SORT = Qt.ItemDataRole.UserRole  # the value that a column is sorted by
_LONGEST = 200
_NUMBERS = (4, 5, 7)


class RequestModel(QAbstractTableModel):
    """Tells the view only of rows that changed."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.requests: tuple[NetworkRequest, ...] = ()

    def show_requests(self, requests: tuple[NetworkRequest, ...]) -> None:
        """Show these; they are the same ones, grown at the end, and perhaps shortened in front."""
        first = requests[0].number if requests else 0
        gone = sum(1 for known in self.requests if not requests or known.number < first)
        if gone:
            self.beginRemoveRows(QModelIndex(), 0, gone - 1)
            self.requests = self.requests[gone:]
            self.endRemoveRows()
        known = len(self.requests)
        changed = [
            row
            for row, (old, new) in enumerate(zip(self.requests, requests, strict=False))
            if old != new
        ]
        self.requests = requests[:known]
        for row in changed:
            self.dataChanged.emit(self.index(row, 0), self.index(row, len(COLUMNS) - 1))
        if len(requests) > known:
            self.beginInsertRows(QModelIndex(), known, len(requests) - 1)
            self.requests = requests
            self.endInsertRows()

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        return 0 if parent.isValid() else len(self.requests)

    def columnCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        return 0 if parent.isValid() else len(COLUMNS)

    def headerData(
        self,
        section: int,
        orientation: Qt.Orientation,
        role: int = Qt.ItemDataRole.DisplayRole,
    ) -> object:
        if orientation is not Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return COLUMNS[section]
        return _alignment(section) if role == Qt.ItemDataRole.TextAlignmentRole else None

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid() or index.row() >= len(self.requests):
            return None
        request, column = self.requests[index.row()], index.column()
        if role == Qt.ItemDataRole.DisplayRole:
            return one_line(_words(request, column), _LONGEST)
        if role == SORT:
            return _sort_value(request, column)
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _alignment(column)
        if role == Qt.ItemDataRole.ToolTipRole and column in (1, 6):
            return one_line(_words(request, column), _LONGEST)
        return None


def _words(request: NetworkRequest, column: int) -> str:
    took = "" if request.seconds is None else f"{request.seconds:.2f} s"
    return (
        request.at.astimezone().strftime("%H:%M:%S"),
        f"{request.host} by {request.proxy}" if request.proxy else request.host,
        str(request.purpose),
        request.method,
        f"{request.sent:,}",
        f"{request.received:,}",
        outcome(request),
        took,
    )[column]


def _sort_value(request: NetworkRequest, column: int) -> object:
    figures = {0: request.number, 4: request.sent, 5: request.received}
    if column == 7:
        return -1.0 if request.seconds is None else request.seconds
    return figures.get(column, _words(request, column).lower())


def _alignment(column: int) -> Qt.AlignmentFlag:
    side = Qt.AlignmentFlag.AlignRight if column in _NUMBERS else Qt.AlignmentFlag.AlignLeft
    return side | Qt.AlignmentFlag.AlignVCenter
