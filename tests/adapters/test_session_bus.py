"""The connection to the session bus: what it hears, what it survives, and how it ends."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from headwater.adapters.session_bus import BusError, BusObject, BusSignal, SessionBus, Trouble
from headwater.session.task_scope import TaskScope
from tests.fakes import play, scope_without_crash, until
from tests.session_bus import PrivateBus, private_bus

_ADDRESS = "DBUS_SESSION_BUS_ADDRESS"
_BUS = BusObject("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus")
_PORTAL = "org.freedesktop.portal.Desktop"
_PATH = "/org/freedesktop/portal/desktop"
_SHORTCUTS = BusObject(_PORTAL, _PATH, "org.freedesktop.portal.GlobalShortcuts")


@pytest.fixture
def bus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[PrivateBus]:
    with private_bus(tmp_path) as private:
        monkeypatch.setenv(_ADDRESS, private.address)
        yield private


@asynccontextmanager
async def _connected() -> AsyncIterator[SessionBus]:
    async with scope_without_crash() as scope:
        bus = await SessionBus.open(scope.start)
        yield bus
        bus.close()


async def _trouble(scope: TaskScope) -> Trouble:
    with pytest.raises(BusError) as caught:
        await SessionBus.open(scope.start)
    return caught.value.trouble


def test_that_the_bus_gives_the_connection_a_name(bus: PrivateBus) -> None:
    async def journey() -> None:
        async with _connected() as connection:
            assert connection.unique_name.startswith(":")
            names = await connection.call(_BUS, "ListNames")
            assert connection.unique_name in str(names)

    play(journey)


@pytest.mark.parametrize(
    "address",
    [
        *("", "nonsense", "unix:", "unix:path", "unix:path=/nowhere/at/all", "tcp:host=a,port=1"),
        *("unix:path=%00", "autolaunch:", ";;;", "unix:abstract=headwater-nobody-listens"),
    ],
)
def test_that_an_address_without_a_bus_is_said_at_once(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(_ADDRESS, address)

    async def journey() -> None:
        began = time.monotonic()
        async with scope_without_crash() as scope:
            assert await _trouble(scope) is Trouble.NO_BUS
        assert time.monotonic() - began < 1

    play(journey)


def test_that_no_address_means_no_bus() -> None:
    assert _ADDRESS not in os.environ

    async def journey() -> None:
        async with scope_without_crash() as scope:
            assert await _trouble(scope) is Trouble.NO_BUS

    play(journey)


def test_that_the_second_address_is_tried_when_nobody_listens_at_the_first(
    bus: PrivateBus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(_ADDRESS, f"unix:path=/nowhere/at/all;{bus.address}")

    async def journey() -> None:
        async with _connected() as connection:
            assert connection.is_open

    play(journey)


@pytest.mark.parametrize(
    "said",
    [b"", b"220 mail.example ESMTP\r\n", b"x" * 9000, b"OK 1234\r\n", b"OK 1\r\n" + b"\xff" * 99],
)
def test_that_a_socket_that_is_no_bus_is_left_within_the_time_that_is_given(
    said: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "socket"
    monkeypatch.setenv(_ADDRESS, f"unix:path={path}")
    monkeypatch.setattr("headwater.adapters.session_bus._OPENING", 0.3)

    async def journey() -> None:
        ended = asyncio.Event()

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(said)
            while await reader.read(100):
                pass
            writer.close()
            ended.set()

        async with await asyncio.start_unix_server(serve, path):
            async with scope_without_crash() as scope:
                assert await _trouble(scope) is Trouble.NO_BUS
            await ended.wait()

    play(journey)


def test_that_bytes_that_are_no_message_end_the_connection(
    bus: PrivateBus, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def journey() -> None:
        async with _connected() as connection:
            await connection.watch(_PORTAL)
            change = connection.change(_PORTAL)
            connection._reader.feed_data(b"\x00garbage" * 10)
            await asyncio.wait((change,), timeout=5)
            assert not connection.is_open
            with pytest.raises(BusError) as caught:
                await connection.call(_BUS, "ListNames")
            assert caught.value.trouble is Trouble.LOST

    play(journey)


def test_that_an_error_is_told_by_what_it_means(bus: PrivateBus) -> None:
    async def trouble(connection: SessionBus, target: BusObject, member: str) -> Trouble:
        with pytest.raises(BusError) as caught:
            await connection.call(target, member)
        return caught.value.trouble

    async def journey() -> None:
        async with _connected() as connection:
            nobody = BusObject("org.example.Nobody", "/", "org.example.Nobody")
            assert await trouble(connection, nobody, "Anything") is Trouble.ABSENT
            assert await trouble(connection, _BUS, "NoSuchMethod") is Trouble.ABSENT
            assert await trouble(connection, _BUS, "GetNameOwner") is Trouble.REFUSED
            with pytest.raises(BusError) as caught:
                await connection.start_service("org.example.Nobody")
            assert caught.value.trouble is Trouble.ABSENT

    play(journey)


def test_that_a_bus_that_keeps_silent_is_not_waited_for_without_limit(bus: PrivateBus) -> None:
    async def journey() -> None:
        async with _connected() as connection:
            bus.daemon.send_signal(signal.SIGSTOP)
            with pytest.raises(BusError) as caught:
                await connection.call(_BUS, "ListNames", patience=0.1)
            assert caught.value.trouble is Trouble.SILENT
            bus.daemon.send_signal(signal.SIGCONT)
            assert await connection.call(_BUS, "ListNames")

    play(journey)


def test_that_a_service_that_dies_in_a_call_is_said_to_be_gone(bus: PrivateBus) -> None:
    async def journey() -> None:
        with bus.service("mock_portal", hangs=True) as portal:
            async with _connected() as connection, asyncio.TaskGroup() as group:
                portal.process.send_signal(signal.SIGSTOP)
                call = group.create_task(_caught(connection))
                await asyncio.sleep(0.05)
                portal.end()
                assert await call is Trouble.GONE

    async def _caught(connection: SessionBus) -> Trouble:
        with pytest.raises(BusError) as caught:
            await connection.call(_SHORTCUTS, "CreateSession", "a{sv}", ({},))
        return caught.value.trouble

    play(journey)


@pytest.mark.parametrize("is_read", [True, False], ids=["read", "unread"])
def test_that_a_bus_that_dies_fails_the_call_and_ends_what_is_waited_for(
    bus: PrivateBus, is_read: bool
) -> None:
    """What was not read when a socket closed resets the connection instead of ending it."""

    async def journey() -> None:
        with bus.service("mock_portal") as portal:
            async with _connected() as connection, asyncio.TaskGroup() as group:
                await connection.watch(_PORTAL)
                change = connection.change(_PORTAL)
                stopped = portal.process if is_read else bus.daemon
                stopped.send_signal(signal.SIGSTOP)
                call = group.create_task(_lost(connection))
                await asyncio.sleep(0.05)
                bus.end()
                assert await call is Trouble.LOST
                await asyncio.wait((change,), timeout=5)
                assert connection.owner(_PORTAL) == ""
                connection.tell(_SHORTCUTS, "Close")
                await asyncio.wait((connection.change(_PORTAL),), timeout=0)
                assert connection.change(_PORTAL).done()

    async def _lost(connection: SessionBus) -> Trouble:
        with pytest.raises(BusError) as caught:
            await connection.call(_SHORTCUTS, "CreateSession", "a{sv}", ({},))
        return caught.value.trouble

    play(journey)


def test_that_a_signal_is_heard_until_that_is_ended(bus: PrivateBus) -> None:
    async def journey() -> None:
        with bus.service("mock_portal") as portal:
            async with _connected() as connection:
                heard, end = await _hear(connection)
                await _open_session(connection)
                portal.tell("press", "one")
                await until(lambda: heard)
                assert heard[0].path == _PATH
                heard_as_well, _ = await _hear(connection)
                end()
                end()
                portal.tell("press", "two")
                await until(lambda: heard_as_well)
                assert len(heard) == 1

    play(journey)


def test_that_only_the_owner_of_the_name_is_heard(bus: PrivateBus) -> None:
    """Anybody on the bus may send us a signal of any name."""

    async def journey() -> None:
        with bus.service("mock_portal") as real, bus.service("mock_portal") as false:
            async with _connected() as connection:
                heard, _ = await _hear(connection)
                name = (await connection.call(_BUS, "ListQueuedOwners", "s", (_PORTAL,)))[0]
                assert isinstance(name, list)
                other = BusObject(name[1], _PATH, _SHORTCUTS.interface)
                await connection.call(other, "CreateSession", "a{sv}", (_options("a"),))
                await _open_session(connection)
                false.tell("press", "false")
                await asyncio.sleep(0.05)
                await connection.call(other, "CreateSession", "a{sv}", (_options("b"),))
                assert heard == []
                real.tell("press", "real")
                await until(lambda: heard)

    play(journey)


def test_that_a_change_of_owner_is_told(bus: PrivateBus) -> None:
    async def journey() -> None:
        async with _connected() as connection:
            await connection.watch(_PORTAL)
            assert connection.owner(_PORTAL) == ""
            change = connection.change(_PORTAL)
            with bus.service("mock_portal"):
                await asyncio.wait((change,), timeout=5)
                assert connection.owner(_PORTAL).startswith(":")
                change = connection.change(_PORTAL)
            await asyncio.wait((change,), timeout=5)
            assert connection.owner(_PORTAL) == ""

    play(journey)


def test_that_a_service_that_came_meanwhile_needs_no_start(bus: PrivateBus) -> None:
    async def journey() -> None:
        async with _connected() as connection:
            await connection.watch(_PORTAL)
            with bus.service("mock_portal"):  # no turn of the loop: its signal is not read yet
                assert connection.owner(_PORTAL) == ""
                await connection.start_service(_PORTAL)
                assert connection.owner(_PORTAL).startswith(":")

    play(journey)


def test_that_a_mistake_of_who_hears_a_signal_is_reported_once(bus: PrivateBus) -> None:
    async def journey() -> None:
        crashes: list[BaseException] = []
        with bus.service("mock_portal") as portal:
            async with TaskScope(crashes.append) as scope:
                connection = await SessionBus.open(scope.start)

                def mistaken(_: BusSignal) -> None:
                    raise ZeroDivisionError

                await connection.subscribe(_SHORTCUTS, "Activated", mistaken)
                await _open_session(connection)
                portal.tell("press")
                await until(lambda: crashes)
                assert not connection.is_open
        assert [type(crash) for crash in crashes] == [ZeroDivisionError]

    play(journey)


def _options(token: str) -> dict[str, tuple[str, str]]:
    return {"handle_token": ("s", token), "session_handle_token": ("s", token)}


async def _open_session(connection: SessionBus) -> None:
    await connection.call(_SHORTCUTS, "CreateSession", "a{sv}", (_options("a"),))


async def _hear(connection: SessionBus) -> tuple[list[BusSignal], Callable[[], None]]:
    heard: list[BusSignal] = []
    return heard, await connection.subscribe(_SHORTCUTS, "Activated", heard.append)
