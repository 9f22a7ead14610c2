"""Notifications on a free desktop (org.freedesktop.Notifications, specification 1.2)."""

from __future__ import annotations

import asyncio
import html
from collections.abc import Callable

from headwater.adapters.session_bus import BusError, BusObject, BusSignal, SessionBus, Start

_SERVICE = "org.freedesktop.Notifications"
_SERVER = BusObject(_SERVICE, "/org/freedesktop/Notifications", _SERVICE)
_TITLE = 100  # characters
_BODY = 300
_REMEMBERED = 64
_SERVERS_OWN_TIME = -1
_NORMAL = 1


class DesktopNotifications:
    """Shows one notification per key; a desktop that shows none is nothing to complain about."""

    def __init__(self, opened: Callable[[str, str], None], start: Start, app_id: str) -> None:
        """Take who hears of clicks, `TaskScope.start`, and the name of the desktop file.

        `opened` is told the key and the activation token, empty where the desktop has none.
        """
        self._opened = opened
        self._start = start
        self._app_id = app_id
        self._turn = asyncio.Lock()
        self._bus: SessionBus | None = None
        self._owner = ""
        self._capabilities: frozenset[object] = frozenset()
        self._ids: dict[str, int] = {}
        self._token = (0, "")

    async def show(self, title: str, body: str, key: str) -> bool:
        """Show plain text in the place of the last notification of `key`; say whether it shows.

        The title is cut at 100 characters and the body at 300. Never raises.
        """
        async with self._turn:
            try:
                shown = await self._notify(title, body, key)
            except BusError:
                return False
        match shown:
            case (int(number),) if number > 0:
                self._ids.pop(key, None)
                self._ids[key] = number
                for oldest in list(self._ids)[:-_REMEMBERED]:
                    del self._ids[oldest]
                return True
        return False

    def close(self, key: str) -> None:
        """Take the notification of `key` away, if there is one."""
        number = self._ids.pop(key, 0)
        if number and self._bus is not None and self._bus.owner(_SERVICE) == self._owner:
            self._bus.tell(_SERVER, "CloseNotification", "u", (number,))

    def release(self) -> None:
        """Leave the bus; what is shown stays, and clicks on it are not heard any more."""
        if self._bus is not None:
            self._bus.close()
            self._bus = None

    async def _notify(self, title: str, body: str, key: str) -> tuple[object, ...]:
        bus = await self._connected()
        text = _bounded(body, _BODY)
        if "body-markup" in self._capabilities:
            text = html.escape(text, quote=False)
        # A server without actions may show a dialog in the place of a bubble.
        actions = ["default", "Open"] if "actions" in self._capabilities else []
        hints = {"desktop-entry": ("s", self._app_id), "urgency": ("y", _NORMAL)}
        about = ("Headwater", self._ids.get(key, 0), self._app_id, _bounded(title, _TITLE), text)
        arguments = (*about, actions, hints, _SERVERS_OWN_TIME)
        return await bus.call(_SERVER, "Notify", "susssasa{sv}i", arguments)

    async def _connected(self) -> SessionBus:
        """Return the bus, the server on it running and known."""
        if self._bus is None or not self._bus.is_open:
            self._owner = ""
            self._bus = await SessionBus.open(self._start)
            await self._bus.subscribe(_SERVER, "ActivationToken", self._heard_token)
            await self._bus.subscribe(_SERVER, "ActionInvoked", self._heard_action)
        bus = self._bus
        await bus.start_service(_SERVICE)
        if bus.owner(_SERVICE) != self._owner:
            # Numbers are the server's own: another one gives them to others.
            self._ids.clear()
            match await bus.call(_SERVER, "GetCapabilities"):
                case (list(names),):
                    self._capabilities = frozenset(names)
                case _:
                    self._capabilities = frozenset()
            self._owner = bus.owner(_SERVICE)
        return bus

    def _heard_token(self, signal: BusSignal) -> None:
        match signal.body:
            case (int(number), str(token)):
                self._token = (number, token)

    def _heard_action(self, signal: BusSignal) -> None:
        match signal.body:
            case (int(number), "default") if self._bus is not None:
                is_current = self._bus.owner(_SERVICE) == self._owner
                keys = [key for key, shown in self._ids.items() if is_current and shown == number]
                token = self._token[1] if self._token[0] == number else ""
                self._token = (0, "")
                for key in keys:
                    self._opened(key, token)


def _bounded(text: str, longest: int) -> str:
    """Return `text` cut to `longest` characters, without what D-Bus does not carry."""
    carried = text[:longest].replace("\0", "").encode("utf-8", "replace").decode("utf-8")
    return carried if len(text) <= longest else carried[: longest - 1] + "…"
