"""Listens for further starts of the program; nobody but its own user is heard."""

from __future__ import annotations

import asyncio
import os
import socket
import struct
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from headwater.domain.summons import LONGEST_LINE, BadSummonsError, Summons

_PATIENCE = 3.0  # seconds that one start has to say its line
_MOST_AT_ONCE = 32
_FOLDER_MODE, _SOCKET_MODE = 0o700, 0o600


class InstanceSocket:
    """Takes one line from each connection, answers `ok` and hands the summons on."""

    def __init__(self, address: str, take: Callable[[Summons], None]) -> None:
        """Take the path of a Unix socket."""
        self._path = Path(address)
        self._take = take
        self._visits: dict[_Visit, None] = {}
        self._server: asyncio.Server | None = None

    async def listen(self) -> None:
        """Begin. A dead run's socket is taken over.

        Raises:
            OSError: that failed, or the folder is another user's.
        """
        folder = self._path.parent
        with suppress(FileExistsError):
            folder.mkdir(_FOLDER_MODE)
        found = folder.lstat()
        if found.st_uid != os.getuid() or folder.is_symlink():
            raise PermissionError(1, "another user's folder stands in the place of the socket")
        self._path.unlink(missing_ok=True)
        listening = socket.socket(socket.AF_UNIX)
        try:
            listening.bind(str(self._path))
            self._path.chmod(_SOCKET_MODE)
            loop = asyncio.get_running_loop()
            self._server = await loop.create_unix_server(self._visit, sock=listening)
        except BaseException:
            listening.close()
            raise

    def close(self) -> None:
        """Hear nobody any more."""
        for visit in tuple(self._visits):
            visit.end()
        if self._server is not None:
            self._server.close()
            self._path.unlink(missing_ok=True)

    def _visit(self) -> _Visit:
        if len(self._visits) >= _MOST_AT_ONCE:
            next(iter(self._visits)).end()
        visit = _Visit(self._take, lambda: self._visits.pop(visit, None))
        self._visits[visit] = None
        return visit


class _Visit(asyncio.Protocol):
    """One connection."""

    def __init__(self, take: Callable[[Summons], None], left: Callable[[], object]) -> None:
        self._take = take
        self._left = left
        self._heard = b""
        self._transport: asyncio.Transport | None = None
        self._limit: asyncio.TimerHandle | None = None

    def end(self) -> None:
        """Hang up at once."""
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._limit = asyncio.get_running_loop().call_later(_PATIENCE, transport.abort)
        if not _is_own(transport.get_extra_info("socket")):
            transport.abort()

    def data_received(self, data: bytes) -> None:
        assert self._transport is not None
        if self._transport.is_closing():
            return
        self._heard += data
        line, end, _ = self._heard.partition(b"\n")
        if not end:
            if len(self._heard) > LONGEST_LINE:
                self._transport.abort()
            return
        try:
            summons = Summons.from_line(line)
        except BadSummonsError:
            self._transport.abort()
            return
        self._transport.write(b"ok\n")
        self._transport.close()
        self._take(summons)

    def connection_lost(self, _error: Exception | None) -> None:
        if self._limit is not None:
            self._limit.cancel()
        self._left()


def _is_own(peer: socket.socket) -> bool:
    """Return whether the process at the other end runs as the user that this one runs as."""
    try:
        if sys.platform == "darwin":
            # LOCAL_PEERCRED of unix(4): struct xucred begins with a version and the user id.
            told = peer.getsockopt(0, 1, struct.calcsize("2Ih16I"))
            return bool(struct.unpack_from("2I", told)[1] == os.getuid())
        told = peer.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
        return bool(struct.unpack("3i", told)[1] == os.getuid())
    except OSError:
        return False
