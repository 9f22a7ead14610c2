"""The desktop that packages are tried on: a screen in memory, a window manager, real key presses.

A program in a bare system reaches the X server by its abstract socket, which needs no file.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from frozen_check import screen
from trial import expect, until

PROGRAMS = {
    "Xvfb": "xvfb",
    "openbox": "openbox",
    "xdotool": "xdotool",
    "xev": "x11-utils",
    "import": "imagemagick",
}
_FEWEST_COLOURS = 64  # a black screen has one, an empty window a handful


class Desktop:
    """A screen with a window manager; `name` is its display."""

    def __init__(self, name: str, shots: Path) -> None:
        self.name = name
        self._shots = shots
        self._environ = {**os.environ, "DISPLAY": name}

    def tool(self, *arguments: str) -> str:
        """Run xdotool; return what it said, nothing if it failed."""
        done = subprocess.run(
            ["xdotool", *arguments],
            env=self._environ,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        return done.stdout.strip()

    def press(self, *keys: str) -> None:
        """Press keys, one after the other."""
        self.tool("key", "--delay", "30", *keys)

    def type(self, text: str) -> None:
        """Type as fast as people do who type fast."""
        self.tool("type", "--delay", "20", text)

    def title(self) -> str:
        """Return the title of the window that has the focus."""
        return self.tool("getactivewindow", "getwindowname")

    def windows(self, title: str) -> list[str]:
        """Return the visible windows whose title matches."""
        return self.tool("search", "--onlyvisible", "--name", title).split()

    def activate(self, title: str) -> None:
        """Give the focus to the window of that title."""

        def is_in_front() -> bool:
            if found := self.windows(title):
                self.tool("windowactivate", "--sync", found[0])
            return bool(found) and self.tool("getactivewindow") == found[0]

        until(is_in_front, f"the window {title} has the focus")

    def shoot(self, name: str) -> Path:
        """Keep a picture of the screen.

        Raises:
            CheckFailedError: it shows hardly more than one colour.
        """
        path = self._shots / f"{name}.png"
        shoot = ["import", "-window", "root", str(path)]
        subprocess.run(shoot, env=self._environ, stderr=subprocess.DEVNULL, check=True)
        expect_picture(path)
        return path


@contextmanager
def desktop(shots: Path) -> Iterator[Desktop]:
    """Yield a screen of its own, and end it."""
    with screen() as display:
        environ = {**os.environ, "DISPLAY": display}
        quiet = subprocess.DEVNULL
        manager = subprocess.Popen(["openbox"], env=environ, stdout=quiet, stderr=quiet)
        with manager:
            try:
                yield Desktop(display, shots)
            finally:
                manager.terminate()


@contextmanager
def other_window(on: Desktop, record: Path) -> Iterator[OtherWindow]:
    """Yield a window of another program that has the focus and writes down what it is told."""
    environ = {**os.environ, "DISPLAY": on.name}
    command = ["xev", "-name", OtherWindow.TITLE, "-event", "keyboard", "-event", "focus"]
    with record.open("w", encoding="utf-8") as out:
        program = subprocess.Popen(command, env=environ, stdout=out)
    with program:
        try:
            on.activate(f"^{OtherWindow.TITLE}$")
            yield OtherWindow(record)
        finally:
            program.terminate()


class OtherWindow:
    """What somebody works in while Headwater is in the background."""

    TITLE = "Another program"

    def __init__(self, record: Path) -> None:
        self._record = record

    def heard(self, key: str) -> bool:
        """Whether a key of that name was pressed in it."""
        return f", {key})" in self._record.read_text(encoding="utf-8")


def expect_picture(path: Path) -> None:
    """See that a screenshot shows something.

    Raises:
        CheckFailedError: it is nearly of one colour.
    """
    counted = subprocess.run(
        ["identify", "-format", "%k", str(path)], capture_output=True, text=True, check=True
    )
    expect(int(counted.stdout) >= _FEWEST_COLOURS, f"{path.name} shows {counted.stdout} colours")
