"""A desktop portal that behaves as it is told: shortcuts, screenshots, the registry."""

from __future__ import annotations

from typing import Any

from dbus_fast import Message, Variant
from dbus_fast.aio import MessageBus

from tests.mock_service import error, send, serve

_NAME = "org.freedesktop.portal.Desktop"
_PATH = "/org/freedesktop/portal/desktop"
_SHORTCUTS = "org.freedesktop.portal.GlobalShortcuts"
_RESPONSE = "org.freedesktop.portal.Request.Response"
_CODES = {"grant": 0, "deny": 1, "end": 2}


class Portal:
    """What may be said in `manners`, each left out for a portal as it should be:

    bind, screenshot: grant, deny, end, wait (for `answer`), shapeless, refuse, or for shortcuts
        empty (KDE 5), blank (no key), listed (only ListShortcuts has the key), wrong, numbers
    create: grant, deny, wrong (a handle that is none), late (waits for `answer`), refuse
    registry: knows, unknown, missing
    needs_app_id, has_shortcuts, own_handles, hangs: bool; uri: str
    """

    def __init__(self, bus: MessageBus, manners: dict[str, Any]) -> None:
        self.bus = bus
        self.manners = manners
        self.seen: set[str] = set()
        self.app_ids: dict[str, str] = {}
        self.sessions: dict[str, str] = {}
        self.bound: set[str] = set()
        self.trigger = ""
        self.waiting: tuple[str, str] | None = None
        self.requests = 0

    def answer(self, call: Message) -> Message | None:
        """Return the reply to one call."""
        is_first = call.sender not in self.seen
        self.seen.add(call.sender)
        match call.member:
            case "Register":
                return self._register(call, is_first=is_first)
            case "Get":
                if self.manners.get("has_shortcuts", True):
                    return Message.new_method_return(call, "v", [Variant("u", 1)])
                return error(call, "DBus.Error.InvalidArgs", "No such interface")
            case "CreateSession":
                return self._create(call)
            case "BindShortcuts":
                return self._bind(call)
            case "ListShortcuts":
                listed = self.manners.get("bind") == "listed"
                shortcuts = self._shortcuts("Ctrl+L") if listed else self._shortcuts("")
                return self._respond(call, "grant", shortcuts if listed else {})
            case "Screenshot":
                uri = {"uri": Variant("s", self.manners.get("uri", ""))}
                return self._answered(call, self.manners.get("screenshot", "grant"), uri)
            case "Close":
                self.sessions.pop(call.path or "", None)
                return Message.new_method_return(call)
        return error(call, "DBus.Error.UnknownMethod", "what?")

    def say(self, words: list[str]) -> None:
        """Do something of its own accord."""
        match words:
            case ["press", *token]:
                options = {"activation_token": Variant("s", token[0])} if token else {}
                self._to_sessions("Activated", "sta{sv}", ["quick-ask", 1000, options])
            case ["press-and-change"]:
                self._to_sessions("Activated", "sta{sv}", ["quick-ask", 1000, {}])
                self._to_sessions("Activated", "sta{sv}", ["quick-ask", 1001, {}])
                changed = self._shortcuts("Meta+J")["shortcuts"].value
                self._to_sessions("ShortcutsChanged", "a(sa{sv})", [changed])
            case ["press-other"]:
                self._to_sessions("Activated", "sta{sv}", ["another", 1000, {}])
            case ["press-shapeless"]:
                self._to_sessions("Activated", "u", [7])
            case ["change", *trigger]:
                changed = self._shortcuts(" ".join(trigger))["shortcuts"].value
                self._to_sessions("ShortcutsChanged", "a(sa{sv})", [changed])
            case ["change-shapeless"]:
                self._to_sessions("ShortcutsChanged", "s", ["quick-ask"])
            case ["close"]:
                for session, owner in self.sessions.items():
                    send(self.bus, owner, session, "org.freedesktop.portal.Session.Closed", "", [])
            case ["answer", verdict] if self.waiting:
                owner, path = self.waiting
                body = [_CODES[verdict], self._shortcuts("Ctrl+W")]
                send(self.bus, owner, path, _RESPONSE, "ua{sv}", body)

    def _register(self, call: Message, *, is_first: bool) -> Message:
        match self.manners.get("registry", "knows"):
            case "missing":
                return error(call, "DBus.Error.UnknownMethod", "No such interface")
            case "unknown":
                return error(call, "DBus.Error.Failed", f"App info not found for '{call.body[0]}'")
        if not is_first:
            text = "Register must be called before other portal calls"
            return error(call, "DBus.Error.Failed", text)
        self.app_ids[call.sender] = call.body[0]
        return Message.new_method_return(call)

    def _create(self, call: Message) -> Message | None:
        if self.manners.get("needs_app_id") and call.sender not in self.app_ids:
            return error(call, "portal.Error.NotAllowed", "An app id is required")
        if self.manners.get("hangs"):
            return Message.new_method_return(call, "o", [f"{_PATH}/request/none"])
        token = call.body[0]["session_handle_token"].value
        session = f"{_PATH}/session/{call.sender[1:].replace('.', '_')}/{token}"
        if session in self.sessions:
            return error(call, "DBus.Error.Failed", "The session handle exists")
        self.sessions[session] = call.sender
        verdict = self.manners.get("create", "grant")
        handle = {"session_handle": Variant("s", session)}
        if verdict == "wrong":
            return self._respond(call, "grant", {"session_handle": Variant("s", "no path at all")})
        return self._answered(call, verdict, handle)

    def _bind(self, call: Message) -> Message:
        session, shortcuts, _, _ = call.body
        if session not in self.sessions or session in self.bound:
            return error(call, "DBus.Error.AccessDenied", "Bound already")
        self.bound.add(session)
        trigger = shortcuts[0][1]["preferred_trigger"].value
        manner = self.manners.get("bind", "grant")
        results: dict[str, Variant] = {
            "empty": {},
            "listed": {},
            "blank": self._shortcuts(""),
            "wrong": {"shortcuts": Variant("s", "quick-ask")},
            "numbers": {"shortcuts": Variant("a(sa{sv})", [["quick-ask", _NUMBER]])},
        }.get(manner, self._shortcuts(f"Press {trigger}"))
        return self._answered(call, manner if manner in _KNOWN else "grant", results)

    def _answered(self, call: Message, manner: str, results: dict[str, Variant]) -> Message:
        if manner == "refuse":
            return error(call, "DBus.Error.Failed", "Not\u202e today,\nthank you")
        if manner == "shapeless":
            return Message.new_method_return(call, "u", [7])
        if manner == "wait":
            self.waiting = (call.sender, self._request_path(call))
            return Message.new_method_return(call, "o", [self.waiting[1]])
        return self._respond(call, manner, results)

    def _respond(self, call: Message, manner: str, results: dict[str, Variant]) -> Message:
        """Say the outcome, as a portal may, even before the call has returned."""
        path = self._request_path(call)
        signature, body = "ua{sv}", [_CODES[manner], results if manner == "grant" else {}]
        if self.manners.get("responds_shapeless"):
            signature, body = "s", ["yes"]
        send(self.bus, call.sender, path, _RESPONSE, signature, body)
        return Message.new_method_return(call, "o", [path])

    def _request_path(self, call: Message) -> str:
        self.requests += 1
        token = call.body[-1]["handle_token"].value
        if self.manners.get("own_handles"):
            token = f"mine{self.requests}"
        return f"{_PATH}/request/{call.sender[1:].replace('.', '_')}/{token}"

    def _shortcuts(self, trigger: str) -> dict[str, Variant]:
        about = {
            "description": Variant("s", "Quick ask"),
            "trigger_description": Variant("s", trigger),
        }
        return {"shortcuts": Variant("a(sa{sv})", [["quick-ask", about]])}

    def _to_sessions(self, member: str, signature: str, body: list[Any]) -> None:
        for session, owner in self.sessions.items():
            whole = (f"o{signature}", [session, *body]) if len(signature) > 1 else (signature, body)
            send(self.bus, owner, _PATH, f"{_SHORTCUTS}.{member}", *whole)


_KNOWN = ("deny", "end", "wait", "shapeless", "refuse")
_NUMBER = {"trigger_description": Variant("u", 7)}


if __name__ == "__main__":
    serve(_NAME, _PATH, Portal)
