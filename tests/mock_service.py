"""What the mock services share: a name on the bus, lines that tell them what to do, an end.

It is written with dbus-fast, so that what we send is read by another implementation than ours.
"""

from __future__ import annotations

import asyncio
import json
import os
import stat
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Protocol

from dbus_fast import Message, MessageType, Variant
from dbus_fast.aio import MessageBus


class MockService(Protocol):
    """Answers calls, and does things of its own accord."""

    def answer(self, call: Message) -> Message | None:
        """Return the reply to one call."""
        ...

    def say(self, words: list[str]) -> None:
        """Do what a line on standard input tells."""
        ...


def serve(name: str, path: str, make: Callable[[MessageBus, dict[str, Any]], MockService]) -> None:
    """Own `name` and answer calls to `path` and below until the bus or standard input ends.

    Each call is printed as `[interface, member, *arguments]`, whatever then becomes of it.
    """
    asyncio.run(_serve(name, path, make))


async def _serve(
    name: str, path: str, make: Callable[[MessageBus, dict[str, Any]], MockService]
) -> None:
    bus = await MessageBus(bus_address=os.environ["DBUS_SESSION_BUS_ADDRESS"]).connect()
    service = make(bus, json.loads(sys.argv[1]))

    def answer(call: Message) -> Message | None:
        at = call.path or ""
        if call.message_type is not MessageType.METHOD_CALL or not at.startswith(path):
            return None
        print(json.dumps([call.interface, call.member, *_plain(call.body)]), flush=True)
        return service.answer(call)

    async def listen() -> None:
        lines = asyncio.StreamReader()
        await asyncio.get_running_loop().connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(lines), sys.stdin
        )
        while line := await lines.readline():
            service.say(line.decode().split())
        bus.disconnect()

    bus.add_message_handler(answer)
    await bus.request_name(name)
    print("ready", flush=True)
    async with asyncio.TaskGroup() as group:
        # A service that the bus has started is told nothing.
        is_told = stat.S_ISFIFO(os.fstat(sys.stdin.fileno()).st_mode)
        listening = [group.create_task(listen())] if is_told else []
        with suppress(EOFError, OSError):
            await bus.wait_for_disconnect()  # type: ignore[no-untyped-call]
        for task in listening:
            task.cancel()


def error(call: Message, name: str, text: str) -> Message:
    """Return an error whose name begins with `org.freedesktop.`."""
    return Message.new_error(call, f"org.freedesktop.{name}", text)


def send(bus: MessageBus, to: str, path: str, member: str, signature: str, body: list[Any]) -> None:
    """Send a signal to one connection; `member` is `interface.member`."""
    interface, _, name = member.rpartition(".")
    signal = Message.new_signal(path, interface, name, signature, body)
    signal.destination = to
    bus.send(signal)


def _plain(value: Any) -> Any:
    """Return `value` without the signatures in it, for JSON."""
    if isinstance(value, Variant):
        return _plain(value.value)
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    return [_plain(inner) for inner in value] if isinstance(value, list | tuple) else value
