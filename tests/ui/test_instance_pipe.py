"""The pipe of Windows; here Qt makes a socket of it, and the protocol is the same."""

from __future__ import annotations

import socket
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from headwater.domain.summons import Summons, SummonsKind
from headwater.ui import instance_pipe
from headwater.ui.instance_pipe import InstancePipe

PATIENCE = 5.0


class Server:
    def __init__(self, application: QApplication, folder: Path) -> None:
        self.application = application
        self.address = str(folder / "p")
        self.taken: list[Summons] = []
        self.pipe = InstancePipe(self.address, self.taken.append)
        self.pipe.listen()

    def connect(self) -> socket.socket:
        connection = socket.socket(socket.AF_UNIX)
        connection.connect(self.address)
        connection.setblocking(False)
        return connection

    def until(self, claim: Callable[[], object]) -> None:
        given_up = time.monotonic() + PATIENCE
        while not claim():
            assert time.monotonic() < given_up
            self.application.processEvents()

    def heard(self, connection: socket.socket) -> bytes:
        """Return what the server says before it hangs up."""
        said: list[bytes] = []

        def has_ended() -> bool:
            try:
                said.append(connection.recv(100))
            except BlockingIOError:
                return False
            except ConnectionError:
                said.append(b"")
            return said[-1] == b""

        self.until(has_ended)
        connection.close()
        return b"".join(said)


@pytest.fixture
def server(qapp: QApplication) -> Iterator[Server]:
    with tempfile.TemporaryDirectory(prefix="p-") as folder:
        made = Server(qapp, Path(folder))
        yield made
        made.pipe.close()
        qapp.processEvents()


def test_that_a_second_start_is_heard_and_answered(server: Server) -> None:
    summons = Summons(SummonsKind.QUICK_ASK, "Is it open?", ("/a",), "token")
    connection = server.connect()
    for byte in summons.line():
        connection.send(bytes((byte,)))
        server.application.processEvents()
    assert server.heard(connection) == b"ok\n"
    assert server.taken == [summons]


@pytest.mark.parametrize("said", [b"nonsense\n", b"\n", b'{"kind":"send"}\n', b"\xff\xfe\n"])
def test_that_garbage_is_hung_up_on(server: Server, said: bytes) -> None:
    connection = server.connect()
    connection.send(said)
    assert server.heard(connection) == b""
    assert server.taken == []


def test_that_silence_is_not_waited_for(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(instance_pipe, "_PATIENCE", 50)
    assert server.heard(server.connect()) == b""


def test_that_many_silent_connections_leave_it_able_to_hear(server: Server) -> None:
    silent = []
    for _ in range(100):
        silent.append(server.connect())
        server.application.processEvents()
    connection = server.connect()
    connection.send(Summons().line())
    assert server.heard(connection) == b"ok\n"
    for each in silent:
        each.close()


def test_that_a_name_that_cannot_be_had_is_an_error(qapp: QApplication) -> None:
    pipe = InstancePipe("/nowhere/at/all", lambda _: None)
    with pytest.raises(OSError, match=r"\w"):
        pipe.listen()
    pipe.close()
