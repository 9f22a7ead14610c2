"""A tray of its own on a session bus: `desk` stands for the desktop, without it for the program."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

_WATCHER = "org.kde.StatusNotifierWatcher"
_ITEM = "org.kde.StatusNotifierItem"


def desk() -> None:
    """Be a tray; when an icon comes, click it and say what its menu holds."""
    # By name: it has no types.
    jeepney = import_module("jeepney")
    names = import_module("jeepney.bus_messages").message_bus
    with import_module("jeepney.io.blocking").open_dbus_connection(bus="SESSION") as bus:
        bus.send_and_get_reply(names.RequestName(_WATCHER))
        print("ready", flush=True)
        while True:
            message = bus.receive()
            header = message.header
            member = header.fields.get(jeepney.HeaderFields.member)
            if header.message_type == jeepney.MessageType.method_return and message.body:
                _say_menu(message.body)
                return
            if header.message_type != jeepney.MessageType.method_call:
                continue
            if member == "Get":
                bus.send(jeepney.new_method_return(message, "v", (("b", True),)))
            elif member == "GetAll":
                told = {"IsStatusNotifierHostRegistered": ("b", True)}
                bus.send(jeepney.new_method_return(message, "a{sv}", (told,)))
            else:
                bus.send(jeepney.new_method_return(message))
            if member == "RegisterStatusNotifierItem":
                icon = header.fields[jeepney.HeaderFields.sender]
                item = jeepney.DBusAddress("/StatusNotifierItem", icon, _ITEM)
                bus.send(jeepney.new_method_call(item, "Activate", "ii", (1, 1)))
                menu = jeepney.DBusAddress("/MenuBar", icon, "com.canonical.dbusmenu")
                bus.send(jeepney.new_method_call(menu, "GetLayout", "iias", (0, -1, ["label"])))


def _say_menu(body: tuple[object, ...]) -> None:
    if len(body) == 2 and isinstance(body[1], tuple):
        for _, (_, properties, _) in body[1][2]:
            print("menu:", properties.get("label", ("s", "-"))[1], flush=True)


def program(when: str) -> None:
    """Show the icon in a tray that is there, or that comes late, until it was clicked."""
    from PySide6.QtWidgets import QApplication

    from headwater.adapters.folders import resource
    from headwater.ui.pictures import Pictures
    from headwater.ui.tray import Tray

    application = QApplication([])
    watcher: list[subprocess.Popen[str]] = []

    def begin() -> None:
        desk = [sys.executable, str(Path(__file__)), "desk"]
        watcher.append(subprocess.Popen(desk, stdout=subprocess.PIPE, text=True))
        assert watcher[0].stdout is not None
        assert watcher[0].stdout.readline() == "ready\n"

    def wait(claim: Callable[[], object]) -> None:
        given_up = time.monotonic() + 10
        while not claim() and time.monotonic() < given_up:
            application.processEvents()
            time.sleep(0.005)

    if when == "there":
        begin()
    tray = Tray(Pictures(resource("icons"), 1.0))
    tray.set_words("Ctrl+Alt+Space")
    clicks: list[str] = []
    tray.quick_ask_requested.connect(lambda: clicks.append("quick ask"))
    print("shown:", tray.is_shown)
    if when == "late":
        begin()
        print("shown:", tray.look_again())
    wait(lambda: clicks and watcher[0].poll() is not None)
    print("clicked:", *clicks)
    tray.close()
    watcher[0].kill()
    assert watcher[0].stdout is not None
    print(watcher[0].stdout.read(), end="")
    watcher[0].wait()


if __name__ == "__main__":
    if sys.argv[1] == "desk":
        desk()
    else:
        program(sys.argv[1])
