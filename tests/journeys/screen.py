"""An X server of the test's own with a window manager, and the program on it as a process."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from headwater.adapters.folders import Folders
from headwater.adapters.instance_address import instance_address

PATIENCE = 30.0
# Without -noreset the server begins anew, and drops who just comes, when its only client leaves.
_SERVER = ("-screen", "0", "1600x900x24", "-nolisten", "tcp", "-noreset")
_PROGRAMS = ("Xvfb", "openbox", "xdotool", "xrandr")
_MAIN = "Headwater$"
QUICK = "Quick ask — Headwater"


class Place(NamedTuple):
    """Where a window is, in pixels."""

    x: int
    y: int
    width: int
    height: int


class Screen:
    """An Xvfb with openbox, and the program on it, in folders of their own."""

    def __init__(self, display: str, folder: Path, runtime: Path) -> None:
        self.folder = folder
        self.environment = {
            **os.environ,
            "DISPLAY": display,
            "QT_QPA_PLATFORM": "xcb",
            "HEADWATER_DATA_DIR": str(folder),
            "XDG_RUNTIME_DIR": str(runtime),
        }
        # What would say that the session is another one than it is.
        for name in ("WAYLAND_DISPLAY", "XDG_SESSION_TYPE", "DESKTOP_STARTUP_ID"):
            self.environment.pop(name, None)

    @contextmanager
    def start(self, *arguments: str) -> Iterator[subprocess.Popen[str]]:
        """Start the window; it is gone when the block ends, however it ends."""
        program = self.spawn(*arguments)
        with program:
            try:
                yield program
            finally:
                program.kill()

    def spawn(self, *arguments: str) -> subprocess.Popen[str]:
        """Start the program and leave it to the caller to end it."""
        return subprocess.Popen(
            [sys.executable, "-m", "headwater", *arguments],
            env=self.environment,
            stderr=subprocess.PIPE,
            text=True,
        )

    def start_again(self, *arguments: str) -> tuple[int, float]:
        """Start the program beside the one that runs; return its status and the seconds."""
        began = time.monotonic()
        with self.spawn(*arguments) as second:
            status = second.wait(PATIENCE)
        return status, time.monotonic() - began

    def tool(self, *arguments: str) -> str:
        """Run xdotool and return what it says."""
        done = subprocess.run(
            ["xdotool", *arguments],
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        return done.stdout.strip()

    def title(self) -> str:
        """Return the title of the active window."""
        return self.tool("getactivewindow", "getwindowname")

    def windows(self, title: str = _MAIN) -> list[str]:
        """Return the visible windows of ours whose title matches, the main one included."""
        return self.tool("search", "--onlyvisible", "--name", title).split()

    def place(self, title: str) -> Place | None:
        """Return where the visible window is whose title matches, None where there is none."""
        found = self.windows(title)
        told = self.tool("getwindowgeometry", "--shell", found[0]) if found else ""
        fields = dict(line.split("=") for line in told.splitlines())
        if "HEIGHT" not in fields:  # it went while it was asked for
            return None
        return Place(*(int(fields[name]) for name in ("X", "Y", "WIDTH", "HEIGHT")))

    def is_ready(self) -> bool:
        """Whether the program runs so far that it hears a second start, and has its key."""
        address = instance_address("", self.environment, sys.platform)
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(PATIENCE)
            try:
                connection.connect(address)
                connection.sendall(b"\n")  # no summons, so it hangs up, once its loop runs
                return connection.recv(1) == b""
            except ConnectionResetError:
                return True
            except OSError:
                return False

    def preferences(self) -> dict[str, Any]:
        """Return what the program has written down of the preferences."""
        try:
            told = Folders.under(self.folder).preferences.read_text(encoding="utf-8")
        except FileNotFoundError:
            return {}
        return dict(json.loads(told))

    def conversations(self) -> list[dict[str, Any]]:
        """Return what the terminal says of the history."""
        return list(self._told("history", "--json"))

    def conversation(self, conversation_id: str) -> dict[str, Any]:
        """Return what the terminal says of one conversation."""
        return dict(self._told("show", conversation_id, "--json"))

    def _told(self, *arguments: str) -> Any:
        done = subprocess.run(
            [sys.executable, "-m", "headwater", *arguments],
            env=self.environment,
            capture_output=True,
            check=True,
        )
        return json.loads(done.stdout)


def until(claim: Callable[[], object], what: str) -> None:
    """Wait until `claim` holds."""
    given_up = time.monotonic() + PATIENCE
    while not claim():
        assert time.monotonic() < given_up, f"never happened: {what}"
        time.sleep(0.05)


@contextmanager
def new_server() -> Iterator[str]:
    """Start an X server without anything on it; yield its display."""
    read, write = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(write), *_SERVER],
        pass_fds=(write,),
        stderr=subprocess.DEVNULL,
    )
    os.close(write)
    try:
        with os.fdopen(read) as told:
            yield f":{told.readline().strip()}"
    finally:
        server.terminate()
        server.wait()


@contextmanager
def new_screen(folder: Path) -> Iterator[Screen]:
    """Start a server and a window manager; both are gone when the block ends."""
    for program in _PROGRAMS:
        assert shutil.which(program), f"{program} is missing: dev.py test installs it"
    with ExitStack() as stack:
        # The path of a socket is short; that of a test's own folder is not.
        runtime = stack.enter_context(tempfile.TemporaryDirectory(prefix="hw-"))
        screen = Screen(stack.enter_context(new_server()), folder, Path(runtime))
        manager = subprocess.Popen(["openbox"], env=screen.environment, stderr=subprocess.DEVNULL)
        stack.callback(manager.wait)
        stack.callback(manager.terminate)
        yield screen
