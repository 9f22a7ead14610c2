"""Asking a desktop portal: a call returns a handle, and the answer comes later as a signal."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum

from headwater.adapters.session_bus import Body, BusError, BusObject, BusSignal, SessionBus, Trouble

PORTAL = "org.freedesktop.portal.Desktop"
PORTAL_PATH = "/org/freedesktop/portal/desktop"
_REGISTRY = BusObject(PORTAL, PORTAL_PATH, "org.freedesktop.host.portal.Registry")
_PROPERTIES = BusObject(PORTAL, PORTAL_PATH, "org.freedesktop.DBus.Properties")
_REQUEST = "org.freedesktop.portal.Request"


class Verdict(IntEnum):
    """How a request ended, by the portal's own numbers."""

    GRANTED = 0
    DENIED = 1
    ENDED = 2


@dataclass(frozen=True, slots=True)
class PortalAnswer:
    """How a request ended and what it gave; the values of `results` are (signature, value)."""

    verdict: Verdict
    results: Mapping[str, object]

    def value(self, name: str) -> object:
        """Return what `name` holds, or None."""
        return value_of(self.results.get(name))


def value_of(variant: object) -> object:
    """Return the value of a variant as jeepney reads it, or None when it is none."""
    match variant:
        case (str(), value):
            return value
    return None


def portal(interface: str) -> BusObject:
    """Return one interface of the portal, such as `GlobalShortcuts`."""
    return BusObject(PORTAL, PORTAL_PATH, f"org.freedesktop.portal.{interface}")


async def register(bus: SessionBus, app_id: str) -> str:
    """Tell the portal who we are; return why it does not believe it, or an empty string.

    It must be the first call to the portal on this connection, and needs `<app_id>.desktop`.

    Raises:
        BusError: nobody answered.
    """
    try:
        await bus.call(_REGISTRY, "Register", "sa{sv}", (app_id, {}))
    except BusError as error:
        if error.trouble in (Trouble.ABSENT, Trouble.REFUSED):
            return error.text
        raise
    return ""


async def version(bus: SessionBus, interface: str) -> int:
    """Return the version of an interface of the portal, 0 when the desktop has none.

    Raises:
        BusError: nobody answered.
    """
    try:
        (found,) = await bus.call(
            _PROPERTIES, "Get", "ss", (portal(interface).interface, "version")
        )
    except BusError as error:
        if error.trouble in (Trouble.ABSENT, Trouble.REFUSED):
            return 0
        raise
    number = value_of(found)
    return number if isinstance(number, int) else 0


async def ask(
    bus: SessionBus,
    interface: str,
    member: str,
    signature: str,
    arguments: Body,
    options: Mapping[str, tuple[str, object]],
    *,
    patience: float,
    unless: asyncio.Future[None] | None = None,
) -> PortalAnswer:
    """Make a request and wait for its answer; `options` is the call's last argument.

    It is closed, and its dialog with it, when the caller is cancelled, after `patience` seconds,
    and as soon as `unless` is done.

    Raises:
        BusError: GONE (also when `unless` was done), NONSENSE, or as `SessionBus.call` does.
    """
    token = f"headwater_{secrets.token_hex(8)}"
    sender = bus.unique_name.removeprefix(":").replace(".", "_")
    handles = [f"{PORTAL_PATH}/request/{sender}/{token}"]
    answers: dict[str, Body] = {}
    answered = asyncio.get_running_loop().create_future()

    def heard(signal: BusSignal) -> None:
        answers[signal.path] = signal.body
        if signal.path in handles and not answered.done():
            answered.set_result(None)

    await bus.start_service(PORTAL)
    requests = BusObject(PORTAL, f"{PORTAL_PATH}/request", _REQUEST)
    stop_hearing = await bus.subscribe(requests, "Response", heard, below=True)
    gone = bus.change(PORTAL)
    try:
        body = (*arguments, {**options, "handle_token": ("s", token)})
        given = await bus.call(portal(interface), member, signature, body, patience=patience)
        # Portals before 0.9 choose a handle of their own.
        handles.append(_handle_in(given))
        if handles[-1] not in answers:
            ends = {answered, gone} if unless is None else {answered, gone, unless}
            await asyncio.wait(ends, timeout=patience, return_when=asyncio.FIRST_COMPLETED)
        found = [answers[handle] for handle in handles if handle in answers]
        if found:
            return _answer_in(found[-1])
        if not bus.is_open:
            raise BusError(Trouble.LOST)
        ended = gone.done() or (unless is not None and unless.done())
        raise BusError(Trouble.GONE if ended else Trouble.SILENT, f"{interface} {member}")
    finally:
        stop_hearing()
        if not answers.keys() & handles:
            bus.tell(BusObject(PORTAL, handles[-1], _REQUEST), "Close")


def _handle_in(body: Body) -> str:
    match body:
        case (str(handle),) if handle.startswith(f"{PORTAL_PATH}/"):
            return handle
    raise BusError(Trouble.NONSENSE, "a request without a handle")


def _answer_in(body: Body) -> PortalAnswer:
    match body:
        case (int(number), dict(results)):
            known = number in (Verdict.GRANTED, Verdict.DENIED)
            return PortalAnswer(Verdict(number) if known else Verdict.ENDED, results)
    raise BusError(Trouble.NONSENSE, "a response of another shape")
