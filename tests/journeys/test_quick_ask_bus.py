"""The whole program on a session bus of its own: the portal gives the key, a notification tells.

The session says that it is Wayland's, and the window is shown through X all the same: this is what
XWayland looks like to a program, where a grab would succeed and never fire.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from headwater.adapters.folders import Folders
from tests.journeys.screen import PATIENCE, QUICK, Screen, until
from tests.session_bus import PrivateBus, Service, private_bus

KEY = "ctrl+alt+space"
_TRAY = Path(__file__).parent.parent / "ui" / "tray_scene.py"


@pytest.fixture
def bus(screen: Screen, tmp_path: Path) -> Iterator[PrivateBus]:
    folder = tmp_path / "bus"
    folder.mkdir()
    with private_bus(folder) as made:
        screen.environment["DBUS_SESSION_BUS_ADDRESS"] = made.address
        yield made


@contextmanager
def running(screen: Screen, **preferences: object) -> Iterator[None]:
    """Run the program without a window, with `preferences` chosen before."""
    path = Folders.under(screen.folder).preferences
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(preferences), encoding="utf-8")
    with screen.start("--provider", "demo", "--hidden") as program:
        until(screen.is_ready, "the program, ready")
        yield
        program.terminate()
        status = program.wait(PATIENCE)
        assert program.stderr is not None
        assert (status, program.stderr.read()) == (0, "")


def is_open(screen: Screen) -> bool:
    return bool(screen.windows(QUICK))


def is_unfolded(screen: Screen) -> bool:
    place = screen.place(QUICK)
    return place is not None and place.height > 150


def called(service: Service, member: str, times: int = 1) -> None:
    until(lambda: service.members.count(member) >= times, member)


def test_that_the_portal_gives_the_key_and_a_restarted_one_again(
    screen: Screen, bus: PrivateBus
) -> None:
    screen.environment["XDG_SESSION_TYPE"] = "wayland"
    with bus.service("mock_portal") as portal, running(screen, shortcut_is_on=True):
        called(portal, "BindShortcuts")
        screen.tool("key", KEY)
        assert screen.is_ready()  # its loop has gone round since
        assert not is_open(screen), "the key was grabbed"
        portal.tell("press")
        until(lambda: is_open(screen), "the quick ask, by the portal")
        portal.tell("press")
        until(lambda: not is_open(screen), "the quick ask hidden")
        portal.end()
        with bus.service("mock_portal") as again:
            called(again, "BindShortcuts")
            again.tell("press")
            until(lambda: is_open(screen), "the quick ask, by the portal that came back")


def test_that_no_dialog_of_the_desktop_comes_up_at_a_start(screen: Screen, bus: PrivateBus) -> None:
    screen.environment["XDG_SESSION_TYPE"] = "wayland"
    with bus.service("mock_portal") as portal, running(screen):
        screen.tool("key", KEY)
        assert screen.start_again("--quick-ask")[0] == 0
        until(lambda: is_open(screen), "the quick ask, by command")
        assert portal.members == []


def test_that_a_denied_key_leaves_the_command(screen: Screen, bus: PrivateBus) -> None:
    screen.environment["XDG_SESSION_TYPE"] = "wayland"
    with (
        bus.service("mock_portal", bind="deny") as portal,
        running(screen, shortcut_is_on=True),
    ):
        called(portal, "BindShortcuts")
        assert screen.start_again("--toggle")[0] == 0
        until(lambda: is_open(screen), "the quick ask, by command")
        assert portal.members.count("BindShortcuts") == 1


def test_that_a_notification_tells_of_an_answer_that_ended_unseen_and_opens_it(
    screen: Screen, bus: PrivateBus
) -> None:
    with bus.service("mock_notifications") as desktop, running(screen):
        screen.tool("key", KEY)
        until(lambda: screen.title() == QUICK, "the quick ask in front")
        screen.tool("type", "zstd and gzip")
        screen.tool("key", "Return")
        until(screen.conversations, "the question on disk")
        screen.tool("key", KEY)
        until(lambda: not is_open(screen), "the quick ask hidden")
        called(desktop, "Notify")
        title, body = next(call for call in desktop.calls if call[1] == "Notify")[5:7]
        assert title == "zstd and gzip"
        assert body
        assert screen.conversations()[0]["state"] == "complete"
        desktop.tell("click", "1")
        until(lambda: screen.title() == QUICK, "the answer, by a click")
        until(lambda: is_unfolded(screen), "the answer in it")


def test_that_a_click_on_the_tray_opens_the_quick_ask(screen: Screen, bus: PrivateBus) -> None:
    desk = subprocess.Popen(
        [sys.executable, str(_TRAY), "desk"],
        env=screen.environment,
        stdout=subprocess.PIPE,
        text=True,
    )
    with desk:
        assert desk.stdout is not None
        assert desk.stdout.readline() == "ready\n"
        with running(screen):
            until(lambda: is_open(screen), "the quick ask, by a click")
            assert "menu: Quick ask" in desk.stdout.read()
