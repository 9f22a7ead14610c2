"""Who is heard on the socket of the running program (S25), and what may be said (S26)."""

from __future__ import annotations

import asyncio
import os
import socket
import stat
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

from headwater.adapters import instance_socket
from headwater.adapters.instance_socket import InstanceSocket
from headwater.domain.summons import LONGEST_LINE, Summons, SummonsKind
from tests.fakes import play


class Listening:
    def __init__(self, folder: str) -> None:
        self.address = f"{folder}/s.sock"
        self.taken: list[Summons] = []
        self.socket = InstanceSocket(self.address, self.taken.append)

    async def told(self, *pieces: bytes) -> bytes:
        """Say `pieces` and return what is answered before the other side hangs up."""
        reader, writer = await asyncio.open_unix_connection(self.address)
        try:
            for piece in pieces:
                writer.write(piece)
                await writer.drain()
                await asyncio.sleep(0)
            return await reader.read()
        except ConnectionError:
            return b""
        finally:
            writer.close()


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@asynccontextmanager
async def listening() -> AsyncIterator[Listening]:
    with tempfile.TemporaryDirectory(prefix="s-") as folder:
        made = Listening(folder)
        await made.socket.listen()
        try:
            yield made
        finally:
            made.socket.close()
            await asyncio.sleep(0.01)


def with_listening(journey: Callable[[Listening], Awaitable[None]]) -> None:
    async def run() -> None:
        async with listening() as here:
            await journey(here)

    play(run)


def test_that_a_second_start_is_heard_and_answered() -> None:
    summons = Summons(SummonsKind.QUICK_ASK, "Is it open?", ("/a",), "token")

    async def journey(here: Listening) -> None:
        assert await here.told(summons.line()) == b"ok\n"
        assert here.taken == [summons]

    with_listening(journey)


def test_that_a_line_in_pieces_is_waited_for() -> None:
    async def journey(here: Listening) -> None:
        assert await here.told(*(bytes((b,)) for b in Summons().line())) == b"ok\n"
        assert here.taken == [Summons()]

    with_listening(journey)


@pytest.mark.parametrize("said", [b"nonsense\n", b"\n", b'{"kind":"send"}\n', b"\xff\xfe\n"])
def test_that_garbage_is_hung_up_on(said: bytes) -> None:
    async def journey(here: Listening) -> None:
        assert await here.told(said) == b""
        assert here.taken == []

    with_listening(journey)


def test_that_a_megabyte_without_an_end_is_hung_up_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(instance_socket, "_PATIENCE", 60.0)  # it is the length that ends it

    async def journey(here: Listening) -> None:
        assert await here.told(*[b"x" * 65536] * (4 * LONGEST_LINE // 65536)) == b""
        assert here.taken == []

    with_listening(journey)


def test_that_half_a_line_and_silence_are_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(instance_socket, "_PATIENCE", 0.05)

    async def journey(here: Listening) -> None:
        assert await here.told() == b""
        assert await here.told(Summons().line()[:-1]) == b""
        assert here.taken == []

    with_listening(journey)


def test_that_of_a_thousand_silent_connections_only_the_last_are_kept(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(instance_socket, "_PATIENCE", 60.0)  # it is their number that ends them

    async def journey(here: Listening) -> None:
        silent = [await asyncio.open_unix_connection(here.address) for _ in range(1000)]
        assert await here.told(Summons().line()) == b"ok\n"
        with suppress(ConnectionError):
            assert await silent[0][0].read() == b""
        assert len(here.socket._visits) <= instance_socket._MOST_AT_ONCE
        for _, writer in silent:
            writer.close()

    with_listening(journey)


def test_that_another_user_is_not_heard(monkeypatch: pytest.MonkeyPatch) -> None:
    own = os.getuid()

    async def journey(here: Listening) -> None:
        monkeypatch.setattr(os, "getuid", lambda: own + 1)
        assert await here.told(Summons().line()) == b""
        assert here.taken == []

    with_listening(journey)


def test_that_nobody_else_may_open_the_socket_and_it_goes_with_the_program() -> None:
    made: list[Path] = []

    async def journey(here: Listening) -> None:
        made.append(Path(here.address))
        assert mode(made[0]) == 0o600

    with_listening(journey)
    assert not made[0].exists()


def test_that_a_dead_socket_is_taken_over() -> None:
    async def run() -> None:
        with tempfile.TemporaryDirectory(prefix="s-") as folder:
            dead = socket.socket(socket.AF_UNIX)
            dead.bind(f"{folder}/s.sock")
            dead.close()
            here = Listening(folder)
            await here.socket.listen()
            assert await here.told(Summons().line()) == b"ok\n"
            here.socket.close()

    play(run)


def test_that_another_users_folder_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    own = os.getuid()

    async def run() -> None:
        with tempfile.TemporaryDirectory(prefix="s-") as folder:
            here = Listening(folder)
            monkeypatch.setattr(os, "getuid", lambda: own + 1)
            with pytest.raises(PermissionError, match="another user"):
                await here.socket.listen()
            assert not os.path.exists(here.address)  # noqa: ASYNC240, PTH110 - a look
            here.socket.close()

    play(run)


def test_that_a_folder_of_our_own_is_made_where_there_is_none() -> None:
    async def run() -> None:
        with tempfile.TemporaryDirectory(prefix="s-") as folder:
            here = Listening(f"{folder}/new")
            await here.socket.listen()
            assert mode(Path(folder, "new")) == 0o700
            here.socket.close()

    play(run)
