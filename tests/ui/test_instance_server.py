from __future__ import annotations

import os
import socket
import stat
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QApplication

from headwater.domain.summons import LONGEST_LINE, Summons, SummonsKind
from headwater.ui import instance_server
from headwater.ui.instance_server import InstanceServer

PATIENCE = 5.0


class Server:
    """A server in a private folder, and what it was told."""

    def __init__(self, folder: Path) -> None:
        self.address = str(folder / "s.sock")
        self.taken: list[Summons] = []
        self.server = InstanceServer(self.address, self.taken.append)
        assert self.server.listen() == ""

    def connect(self) -> socket.socket:
        connection = socket.socket(socket.AF_UNIX)
        connection.connect(self.address)
        connection.setblocking(False)
        return connection

    def until(self, claim: Callable[[], object]) -> None:
        given_up = time.monotonic() + PATIENCE
        while not claim():
            assert time.monotonic() < given_up
            QCoreApplication.processEvents()
            time.sleep(0.002)

    def heard(self, connection: socket.socket) -> bytes:
        """Return what the server says before it hangs up."""
        said = b""
        ended = False

        def has_ended() -> bool:
            nonlocal said, ended
            try:
                piece = connection.recv(100)
            except BlockingIOError:
                return False
            except ConnectionError:
                piece = b""
            said += piece
            ended = not piece
            return ended

        self.until(has_ended)
        connection.close()
        return said


@pytest.fixture
def server(qapp: QApplication) -> Iterator[Server]:
    with tempfile.TemporaryDirectory(prefix="s-") as folder:
        made = Server(Path(folder))
        yield made
        made.server.close()
        QCoreApplication.processEvents()


def test_that_a_second_start_is_heard_and_answered(server: Server) -> None:
    summons = Summons(SummonsKind.QUICK_ASK, "Is it open?", ("/a",), "token")
    connection = server.connect()
    connection.send(summons.line())
    assert server.heard(connection) == b"ok\n"
    assert server.taken == [summons]


def test_that_a_line_in_pieces_is_waited_for(server: Server) -> None:
    connection = server.connect()
    for byte in Summons().line():
        connection.send(bytes((byte,)))
        QCoreApplication.processEvents()
    assert server.heard(connection) == b"ok\n"
    assert server.taken == [Summons()]


@pytest.mark.parametrize("said", [b"nonsense\n", b"\n", b'{"kind":"send"}\n', b"\xff\xfe\n"])
def test_that_garbage_is_hung_up_on(server: Server, said: bytes) -> None:
    connection = server.connect()
    connection.send(said)
    assert server.heard(connection) == b""
    assert server.taken == []


def test_that_a_megabyte_without_an_end_is_hung_up_on(server: Server) -> None:
    connection = server.connect()
    sent = 0

    def is_refused() -> bool:
        nonlocal sent
        try:
            sent += connection.send(b"x" * 65536)
        except BlockingIOError:
            return False
        except ConnectionError:
            return True
        return False

    server.until(is_refused)
    assert LONGEST_LINE < sent < 2 * LONGEST_LINE
    connection.close()


def test_that_silence_is_not_waited_for(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(instance_server, "_PATIENCE", 50)
    assert server.heard(server.connect()) == b""


def test_that_a_thousand_silent_connections_leave_it_able_to_hear(server: Server) -> None:
    silent = []
    for _ in range(1000):
        silent.append(server.connect())
        QCoreApplication.processEvents()
    connection = server.connect()
    connection.send(Summons().line())
    assert server.heard(connection) == b"ok\n"
    for each in silent:
        each.close()


def test_that_another_user_is_not_heard(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    own = os.getuid()
    monkeypatch.setattr(os, "getuid", lambda: own + 1)
    connection = server.connect()
    connection.send(Summons().line())
    assert server.heard(connection) == b""
    assert server.taken == []


def test_that_nobody_else_may_open_the_socket(server: Server) -> None:
    assert stat.S_IMODE(Path(server.address).stat().st_mode) == 0o600


def test_that_a_dead_socket_is_taken_over(server: Server, qapp: QApplication) -> None:
    with tempfile.TemporaryDirectory(prefix="s-") as folder:
        address = Path(folder) / "dead.sock"
        dead = socket.socket(socket.AF_UNIX)
        dead.bind(str(address))
        dead.close()
        assert address.exists()
        again = InstanceServer(str(address), lambda _: None)
        assert again.listen() == ""
        again.close()


def test_that_another_users_folder_is_not_used(
    qapp: QApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    with tempfile.TemporaryDirectory(prefix="s-") as folder:
        own = os.getuid()
        monkeypatch.setattr(os, "getuid", lambda: own + 1)
        refused = InstanceServer(f"{folder}/s.sock", lambda _: None)
        assert "another user" in refused.listen()
        assert not Path(folder, "s.sock").exists()
        refused.close()
