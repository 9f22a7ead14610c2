"""A notification server that shows nothing and is clicked by lines on standard input."""

from __future__ import annotations

from typing import Any

from dbus_fast import Message, Variant
from dbus_fast.aio import MessageBus

from tests.mock_service import error, send, serve

_NAME = "org.freedesktop.Notifications"
_PATH = "/org/freedesktop/Notifications"


class Server:
    """`manners`: capabilities (list, or None for none of that method), first (number), reply."""

    def __init__(self, bus: MessageBus, manners: dict[str, Any]) -> None:
        self.bus = bus
        self.manners = manners
        self.number = manners.get("first", 1) - 1
        self.client = ""

    def answer(self, call: Message) -> Message | None:
        """Return the reply to one call."""
        self.client = call.sender or ""
        match call.member:
            case "GetCapabilities":
                capabilities = self.manners.get("capabilities", ["body", "actions", "body-markup"])
                if capabilities is None:
                    return Message.new_method_return(call, "s", ["body"])
                return Message.new_method_return(call, "as", [capabilities])
            case "Notify":
                if self.manners.get("reply") == "shapeless":
                    return Message.new_method_return(call, "s", ["shown"])
                if self.manners.get("reply") == "error":
                    return error(call, "DBus.Error.Failed", "no")
                if not call.body[1]:
                    self.number += 1
                return Message.new_method_return(call, "u", [call.body[1] or self.number])
            case "CloseNotification":
                return Message.new_method_return(call)
        return error(call, "DBus.Error.UnknownMethod", "what?")

    def say(self, words: list[str]) -> None:
        """Be clicked."""
        match words:
            case ["click", number, *token]:
                if token:
                    self._send("ActivationToken", "us", [int(number), token[0]])
                self._send("ActionInvoked", "us", [int(number), "default"])
            case ["token", number, token]:
                self._send("ActivationToken", "us", [int(number), token])
            case ["other-button", number]:
                self._send("ActionInvoked", "us", [int(number), "settings"])
            case ["click-shapeless"]:
                self._send("ActivationToken", "v", [Variant("s", "x")])
                self._send("ActionInvoked", "s", ["default"])

    def _send(self, member: str, signature: str, body: list[Any]) -> None:
        send(self.bus, self.client, _PATH, f"{_NAME}.{member}", signature, body)


if __name__ == "__main__":
    serve(_NAME, _PATH, Server)
