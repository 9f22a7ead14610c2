"""Listens for further starts of the program on Windows, where a loop of ours has no pipes."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer
from PySide6.QtNetwork import QLocalServer, QLocalSocket

from headwater.domain.summons import LONGEST_LINE, BadSummonsError, Summons

_PATIENCE = 3000  # milliseconds that one start has to say its line
_MOST_AT_ONCE = 32


class InstancePipe(QObject):
    """Takes one line from each connection, answers `ok` and hands the summons on.

    The pipe's access list lets in nobody but its own user.
    """

    def __init__(self, name: str, take: Callable[[Summons], None]) -> None:
        super().__init__()
        self._name = name
        self._take = take
        self._heard: dict[QLocalSocket, bytes] = {}
        self._server = QLocalServer(self)
        self._server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        self._server.newConnection.connect(self._accept)

    def listen(self) -> None:
        """Begin.

        Raises:
            OSError: that failed.
        """
        if not self._server.listen(self._name):
            raise OSError(self._server.errorString())

    def close(self) -> None:
        """Hear nobody any more."""
        self._server.close()
        for connection in tuple(self._heard):
            connection.abort()

    def _accept(self) -> None:
        while (connection := self._server.nextPendingConnection()) is not None:
            if len(self._heard) >= _MOST_AT_ONCE:
                next(iter(self._heard)).abort()
            self._heard[connection] = b""
            limit = QTimer(connection)
            limit.setSingleShot(True)
            limit.timeout.connect(lambda c=connection: c.abort())
            limit.start(_PATIENCE)
            connection.readyRead.connect(lambda c=connection: self._read(c))
            connection.disconnected.connect(lambda c=connection: self._forget(c))
            if connection.bytesAvailable():
                self._read(connection)

    def _read(self, connection: QLocalSocket) -> None:
        if connection not in self._heard:
            return
        heard = self._heard[connection] + connection.readAll().data()
        self._heard[connection] = heard
        line, end, _ = heard.partition(b"\n")
        if not end:
            if len(heard) > LONGEST_LINE:
                connection.abort()
            return
        try:
            summons = Summons.from_line(line)
        except BadSummonsError:
            connection.abort()
            return
        connection.write(b"ok\n")
        connection.flush()
        connection.disconnectFromServer()
        self._take(summons)

    def _forget(self, connection: QLocalSocket) -> None:
        if self._heard.pop(connection, None) is not None:
            connection.deleteLater()
