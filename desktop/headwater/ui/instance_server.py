"""Listens for further starts of the program; nobody but its own user is heard."""

from __future__ import annotations

import os
import socket
import struct
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from PySide6.QtCore import QObject, QTimer
from PySide6.QtNetwork import QLocalServer, QLocalSocket

from headwater.domain.summons import LONGEST_LINE, BadSummonsError, Summons

_PATIENCE = 3000  # milliseconds that one start has to say its line
_MOST_AT_ONCE = 32
_FOLDER_MODE, _SOCKET_MODE = 0o700, 0o600


class InstanceServer(QObject):
    """Takes one line from each connection, answers `ok` and hands the summons on."""

    def __init__(self, address: str, take: Callable[[Summons], None]) -> None:
        """Take the path of a Unix socket, or the name of a Windows pipe."""
        super().__init__()
        self._address = address
        self._take = take
        self._heard: dict[QLocalSocket, bytes] = {}
        self._server = QLocalServer(self)
        if sys.platform == "win32":
            self._server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        self._server.newConnection.connect(self._accept)

    def listen(self) -> str:
        """Begin; return why that failed, or an empty string. A dead run's socket is taken over."""
        if sys.platform != "win32":
            folder = Path(self._address).parent
            try:
                with suppress(FileExistsError):
                    folder.mkdir(_FOLDER_MODE)
                found = folder.lstat()
                if found.st_uid != os.getuid() or folder.is_symlink():
                    return "another user's folder stands in the place of the socket"
            except OSError as error:
                return error.strerror or str(error)
        QLocalServer.removeServer(self._address)
        if not self._server.listen(self._address):
            return self._server.errorString()
        if sys.platform != "win32":
            # Qt's own option would rename the socket into place, which hides one in use.
            Path(self._address).chmod(_SOCKET_MODE)
        return ""

    def close(self) -> None:
        """Hear nobody any more."""
        self._server.close()
        for connection in tuple(self._heard):
            connection.abort()

    def _accept(self) -> None:
        while (connection := self._server.nextPendingConnection()) is not None:
            if not _is_own_peer(connection):
                connection.abort()
                connection.deleteLater()
                continue
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


def _is_own_peer(connection: QLocalSocket) -> bool:
    """Return whether the process at the other end runs as the user that this one runs as."""
    if sys.platform == "win32":
        return True  # the pipe's access list lets in nobody else
    with socket.socket(fileno=os.dup(int(connection.socketDescriptor()))) as peer:
        try:
            if sys.platform == "darwin":
                # LOCAL_PEERCRED of unix(4): struct xucred begins with a version and the user id.
                told = peer.getsockopt(0, 1, struct.calcsize("2Ih16I"))
                return bool(struct.unpack_from("2I", told)[1] == os.getuid())
            told = peer.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
            return bool(struct.unpack("3i", told)[1] == os.getuid())
        except OSError:
            return False
