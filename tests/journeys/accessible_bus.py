"""The program as a screen reader finds it from outside: over AT-SPI, on a bus of the test's own."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

from tests.journeys.screen import PATIENCE

# Where Debian, Fedora and openSUSE have it; it starts a bus for accessibility and the registry.
LAUNCHER = "/usr/libexec/at-spi-bus-launcher"
_ROOT = ("org.a11y.atspi.Registry", "/org/a11y/atspi/accessible/root")
_ACCESSIBLE = "org.a11y.atspi.Accessible"
# Bits of the states of AT-SPI (atspi-constants.h).
_FOCUSABLE, _SHOWING = 11, 25

Reference = tuple[str, str]


class Seen(NamedTuple):
    """A node as it is told to a screen reader."""

    role: str
    name: str
    is_focusable: bool


class AccessibleBus:
    """Asks for nodes and hears what is announced."""

    def __init__(self, address: str) -> None:
        # By name: it has no types.
        self._jeepney = import_module("jeepney")
        self._connection = import_module("jeepney.io.blocking").open_dbus_connection(address)
        # Programs tell what somebody has said to listen to.
        registry = ("org.a11y.atspi.Registry", "/org/a11y/atspi/registry")
        event: tuple[str, list[str], str] = ("object:announcement", [], "")
        self._call(registry, "RegisterEvent", "sass", event, registry[0])
        rule = self._jeepney.MatchRule(type="signal", member="Announcement")
        self._ask(self._jeepney.message_bus.AddMatch(rule))
        self._heard = self._connection.filter(rule, bufsize=1000)
        self._queue = self._heard.__enter__()
        self.said: list[str] = []

    def close(self) -> None:
        self._heard.__exit__(None, None, None)
        self._connection.close()

    def hear(self, words: str) -> None:
        """Wait until something that begins with `words` is announced; keep all in `said`."""
        given_up = time.monotonic() + PATIENCE
        while True:
            message = self._connection.recv_until_filtered(
                self._queue, timeout=max(0.1, given_up - time.monotonic())
            )
            self.said.append(message.body[3][1])
            if self.said[-1].startswith(words):
                return

    def nodes(self) -> list[Seen]:
        """Return every node of the programs there that is on the screen."""
        found: list[Seen] = []
        waiting = self._children(_ROOT)
        while waiting:
            node = waiting.pop()
            low, high = self._call(node, "GetState", "", ())
            states = low | high << 32
            if states >> _SHOWING & 1:
                role = self._call(node, "GetRoleName", "", ())
                name = self._property(node, "Name")
                found.append(Seen(role, name.strip(), bool(states >> _FOCUSABLE & 1)))
            waiting += self._children(node)
        return found

    def _children(self, node: Reference) -> list[Reference]:
        return [(name, path) for name, path in self._call(node, "GetChildren", "", ())]

    def _property(self, node: Reference, name: str) -> Any:
        told = self._call(node, "Get", "ss", (_ACCESSIBLE, name), "org.freedesktop.DBus.Properties")
        return told[1]

    def _call(
        self,
        node: Reference,
        member: str,
        signature: str,
        body: tuple[object, ...],
        interface: str = _ACCESSIBLE,
    ) -> Any:
        address = self._jeepney.DBusAddress(node[1], node[0], interface)
        return self._ask(self._jeepney.new_method_call(address, member, signature or None, body))

    def _ask(self, message: Any) -> Any:
        reply = self._connection.send_and_get_reply(message, timeout=PATIENCE)
        assert reply.header.message_type == self._jeepney.MessageType.method_return, reply.body
        return reply.body[0] if len(reply.body) == 1 else reply.body


@contextmanager
def accessible_bus(environment: dict[str, str]) -> Iterator[AccessibleBus]:
    """Start the bus for accessibility beside the session bus of `environment`."""
    assert Path(LAUNCHER).exists(), f"{LAUNCHER} is missing: dev.py test installs it"
    environment["QT_LINUX_ACCESSIBILITY_ALWAYS_ON"] = "1"
    launcher = subprocess.Popen(
        [LAUNCHER, "--launch-immediately"], env=environment, stderr=subprocess.DEVNULL
    )
    try:
        bus = AccessibleBus(_address(environment["DBUS_SESSION_BUS_ADDRESS"]))
        try:
            yield bus
        finally:
            bus.close()
    finally:
        launcher.terminate()
        launcher.wait()


def _address(session: str) -> str:
    jeepney = import_module("jeepney")
    ask = jeepney.new_method_call(
        jeepney.DBusAddress("/org/a11y/bus", "org.a11y.Bus", "org.a11y.Bus"), "GetAddress"
    )
    given_up = time.monotonic() + PATIENCE
    with import_module("jeepney.io.blocking").open_dbus_connection(session) as connection:
        while True:
            reply = connection.send_and_get_reply(ask)
            if reply.header.message_type == jeepney.MessageType.method_return:
                return str(reply.body[0])
            assert time.monotonic() < given_up, reply.body
            time.sleep(0.05)
