"""A connection of our own to the session bus: calls, signals, and who owns a name.

jeepney turns messages into bytes and back. Its own router is not used: it makes a task that
nobody owns, drops a signal when its queue is full, and leaves sockets open when it cannot start.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from enum import StrEnum
from itertools import count
from typing import Any, Self

from jeepney import (
    DBusAddress,
    HeaderFields,
    MatchRule,
    MessageFlag,
    MessageType,
    Parser,
    new_method_call,
)
from jeepney.auth import BEGIN, Authenticator
from jeepney.bus import get_connectable_addresses

Start = Callable[[Coroutine[object, object, None], str], "asyncio.Task[None]"]
Body = tuple[object, ...]

_BUS = "org.freedesktop.DBus"
_OPENING = 5.0  # seconds; a bus that lives lets us in within a few hundredths
_ANSWERING = 10.0
_STARTING = 30.0  # a service that is started on demand may load a desktop's libraries first
_ABSENT = frozenset(
    f"{_BUS}.Error.{name}"
    for name in (
        *("ServiceUnknown", "NameHasNoOwner", "UnknownMethod", "UnknownInterface"),
        *("UnknownObject", "UnknownProperty", "NotSupported", "Spawn.ServiceNotFound"),
    )
)
_GONE = frozenset(f"{_BUS}.Error.{name}" for name in ("NoReply", "Disconnected"))


class Trouble(StrEnum):
    """What kept a call from being answered."""

    NO_BUS = "there is no session bus"
    LOST = "the connection to the session bus has ended"
    SILENT = "there was no answer in time"
    ABSENT = "there is nothing of that name"
    GONE = "who was asked has gone"
    REFUSED = "the answer was an error"
    NONSENSE = "the answer makes no sense"


class BusError(Exception):
    """The bus or a service on it did not do what it was asked; `text` is its own explanation."""

    def __init__(self, trouble: Trouble, text: str = "") -> None:
        super().__init__(f"{trouble}: {text}" if text else trouble.value)
        self.trouble = trouble
        self.text = text


@dataclass(frozen=True, slots=True)
class BusObject:
    """One interface of one object of a service."""

    service: str
    path: str
    interface: str


@dataclass(frozen=True, slots=True)
class BusSignal:
    """What a service has announced."""

    path: str
    body: Body


@dataclass(frozen=True, slots=True)
class _Subscription:
    service: str
    rule: Any
    heard: Callable[[BusSignal], None]


class SessionBus:
    """Calls services and hears them; made by `open`, over when `close` is called or the bus ends.

    `heard` of a subscription is called on the loop's thread, in the order of the signals. Signals
    count only when they come from the owner of the service's name, whoever else sends them.
    """

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._parser = Parser()
        self._serials = count(1)
        self._replies: dict[int, asyncio.Future[Any]] = {}
        self._subscriptions: list[_Subscription] = []
        self._owners: dict[str, str] = {}
        self._changes: dict[str, asyncio.Future[None]] = {}
        self._receiver: asyncio.Task[None] | None = None
        self.is_open = True
        self.unique_name = ""

    @classmethod
    async def open(cls, start: Start) -> Self:
        """Connect to the bus that DBUS_SESSION_BUS_ADDRESS names; takes five seconds at most.

        `start` makes the task that receives, as `TaskScope.start` does.

        Raises:
            BusError: NO_BUS.
        """
        try:
            async with asyncio.timeout(_OPENING):
                bus = cls(*await _let_in(os.environ.get("DBUS_SESSION_BUS_ADDRESS", "")))
                try:
                    await bus._begin(start)
                except BaseException:
                    bus.close()
                    raise
        except (TimeoutError, BusError) as error:
            raise BusError(Trouble.NO_BUS, str(error)) from error
        return bus

    async def call(
        self,
        target: BusObject,
        member: str,
        signature: str = "",
        body: Body = (),
        *,
        patience: float = _ANSWERING,
    ) -> Body:
        """Return what `member` of `target` returns; the values are as jeepney reads them.

        Raises:
            BusError: LOST, SILENT after `patience` seconds, or what the error reply says.
        """
        reply: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        serial = self._send(target, member, signature, body)
        self._replies[serial] = reply
        try:
            async with asyncio.timeout(patience):
                message = await reply
        except TimeoutError:
            raise BusError(Trouble.SILENT, f"{target.service} {member}") from None
        finally:
            del self._replies[serial]
        if message is None:
            raise BusError(Trouble.LOST)
        if message.header.message_type is MessageType.error:
            raise _error_in(message)
        answer: Body = message.body
        return answer

    def tell(self, target: BusObject, member: str, signature: str = "", body: Body = ()) -> None:
        """Send a call whose outcome does not matter; nothing happens when the bus has ended."""
        if self.is_open:
            self._send(target, member, signature, body, MessageFlag.no_reply_expected)

    async def subscribe(
        self,
        source: BusObject,
        member: str,
        heard: Callable[[BusSignal], None],
        *,
        below: bool = False,
    ) -> Callable[[], None]:
        """Hear the signal `member` of `source`, or of every object below its path.

        Returns what ends it.

        Raises:
            BusError: as `call` does.
        """
        await self.watch(source.service)
        place = {"path_namespace" if below else "path": source.path}
        signal = {"type": "signal", "interface": source.interface, "member": member, **place}
        # Who sends it is compared by us: the bus checks it for what it spreads, and not for what
        # somebody sends to us alone.
        subscription = _Subscription(source.service, MatchRule(**signal), heard)
        rule = MatchRule(sender=source.service, **signal).serialise()
        self._subscriptions.append(subscription)

        def end() -> None:
            if subscription in self._subscriptions:
                self._subscriptions.remove(subscription)
                self.tell(_THE_BUS, "RemoveMatch", "s", (rule,))

        try:
            await self.call(_THE_BUS, "AddMatch", "s", (rule,))
        except BaseException:
            end()
            raise
        return end

    async def start_service(self, name: str) -> None:
        """See to it that somebody owns `name`, as the bus does on a call, and watch it.

        Raises:
            BusError: ABSENT when nothing on this machine provides it; else as `call` does.
        """
        await self.watch(name)
        if self.owner(name):
            return
        failed = None
        try:
            started = (_THE_BUS, "StartServiceByName", "su", (name, 0))
            await self.call(*started, patience=_STARTING)
        except BusError as error:
            if error.trouble not in (Trouble.ABSENT, Trouble.REFUSED):
                raise
            failed = error
        # A bus that cannot start it says so even when somebody has come to own the name.
        self._owners[name] = await self._ask_owner(name)
        if not self._owners[name]:
            raise BusError(Trouble.ABSENT, failed.text if failed else "") from failed

    async def watch(self, name: str) -> None:
        """Let `owner` and `change` know about `name` from now on.

        Raises:
            BusError: as `call` does.
        """
        if name in self._owners or name == _BUS:
            return
        rule = MatchRule(
            type="signal", sender=_BUS, interface=_BUS, member="NameOwnerChanged", path=_BUS_PATH
        )
        rule.add_arg_condition(0, name)
        await self.call(_THE_BUS, "AddMatch", "s", (rule.serialise(),))
        owner = await self._ask_owner(name)
        self._owners.setdefault(name, owner)  # a signal that came meanwhile is newer

    def owner(self, name: str) -> str:
        """Return the unique name of who owns a watched `name`, empty when nobody does."""
        return self._owners.get(name, "") if self.is_open else ""

    def change(self, name: str) -> asyncio.Future[None]:
        """Return what is done as soon as a watched `name` gets another owner or the bus ends.

        It is shared: wait for it with `asyncio.wait`, which leaves it alone when cancelled.
        """
        change = self._changes.get(name)
        if change is None:
            change = self._changes[name] = asyncio.get_running_loop().create_future()
            if not self.is_open:
                change.set_result(None)
        return change

    def close(self) -> None:
        """End the connection at once; what was sent before is still delivered."""
        if not self.is_open:
            return
        self.is_open = False
        self._subscriptions.clear()
        self._writer.close()
        if self._receiver is not None:
            self._receiver.cancel()
        for reply in self._replies.values():
            if not reply.done():
                reply.set_result(None)
        for name in list(self._changes):
            self._changed(name)

    async def _begin(self, start: Start) -> None:
        self._receiver = start(self._receive(), "session bus")
        (name,) = await self.call(_THE_BUS, "Hello")
        self.unique_name = str(name)

    def _send(
        self, target: BusObject, member: str, signature: str, body: Body, flags: int = 0
    ) -> int:
        if not self.is_open:
            raise BusError(Trouble.LOST)
        address = DBusAddress(target.path, bus_name=target.service, interface=target.interface)
        message = new_method_call(address, member, signature or None, body)
        message.header.flags |= flags
        serial = next(self._serials)
        self._writer.write(message.serialise(serial))
        return serial

    async def _receive(self) -> None:
        try:
            while data := await self._read():
                for message in self._messages(data):
                    self._take(message)
        finally:
            # When a whole scope is cancelled, whoever holds the connection may have a last word.
            asyncio.get_running_loop().call_soon(self.close)

    async def _read(self) -> bytes:
        try:
            return await self._reader.read(65536)
        except OSError:
            return b""

    def _messages(self, data: bytes) -> list[Any]:
        """Return the messages that `data` completes; closes at bytes that are none."""
        self._parser.add_data(data)
        messages = []
        try:
            while (message := self._parser.get_next_message()) is not None:
                messages.append(message)
        except Exception:  # noqa: BLE001 - jeepney raises whatever its parts do
            self.close()
        return messages

    def _take(self, message: Any) -> None:  # noqa: ANN401 - jeepney has no types
        fields = message.header.fields
        if message.header.message_type is MessageType.signal:
            self._hear(message, fields.get(HeaderFields.sender))
            return
        reply = self._replies.get(fields.get(HeaderFields.reply_serial))
        if reply is not None and not reply.done():
            reply.set_result(message)

    def _hear(self, message: Any, sender: str) -> None:  # noqa: ANN401 - jeepney has no types
        fields = message.header.fields
        if sender == _BUS and fields.get(HeaderFields.member) == "NameOwnerChanged":
            name, _, owner = message.body
            self._owners[name] = owner
            self._changed(name)
        for subscription in list(self._subscriptions):
            if sender == self.owner(subscription.service) and subscription.rule.matches(message):
                subscription.heard(BusSignal(fields[HeaderFields.path], message.body))

    def _changed(self, name: str) -> None:
        change = self._changes.pop(name, None)
        if change is not None and not change.done():
            change.set_result(None)

    async def _ask_owner(self, name: str) -> str:
        try:
            (owner,) = await self.call(_THE_BUS, "GetNameOwner", "s", (name,))
        except BusError as error:
            if error.trouble is Trouble.ABSENT:
                return ""
            raise
        return str(owner)


_BUS_PATH = "/org/freedesktop/DBus"
_THE_BUS = BusObject(_BUS, _BUS_PATH, _BUS)


async def _let_in(addresses: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Connect to the first of `addresses` where somebody listens (D-Bus, server addresses).

    Raises:
        BusError: nobody does, or it does not speak D-Bus.
    """
    try:
        paths = list(get_connectable_addresses(addresses))
    except (ValueError, RuntimeError) as error:
        raise BusError(Trouble.NO_BUS, str(error)) from error
    for path in paths:
        try:
            reader, writer = await asyncio.open_unix_connection(path)
        except (OSError, ValueError):
            continue
        try:
            await _authenticate(reader, writer)
        except BaseException as error:
            writer.close()
            if isinstance(error, OSError | ValueError):
                raise BusError(Trouble.NO_BUS, str(error)) from error
            raise
        return reader, writer
    raise BusError(Trouble.NO_BUS, addresses)


async def _authenticate(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Say who we are (D-Bus, authentication protocol).

    Raises:
        OSError, ValueError: the other side ended it, or did not accept it.
    """
    conversation = Authenticator()
    for line in conversation:
        writer.write(line)
        answer = await reader.read(1024)
        if not answer:
            raise ConnectionError("closed before anything was said")
        conversation.feed(answer)
    writer.write(BEGIN)


def _error_in(message: Any) -> BusError:  # noqa: ANN401 - jeepney has no types
    name = message.header.fields.get(HeaderFields.error_name, "")
    text = message.body[0] if message.body and isinstance(message.body[0], str) else name
    if name in _ABSENT:
        return BusError(Trouble.ABSENT, text)
    return BusError(Trouble.GONE if name in _GONE else Trouble.REFUSED, text)
