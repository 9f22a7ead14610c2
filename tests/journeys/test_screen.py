"""On a real screen: an X server, a window manager, and keys pressed as a person presses them."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

PATIENCE = 30.0
# Without -noreset the server begins anew, and drops who just comes, when its only client leaves.
_SERVER = ("-screen", "0", "1280x800x24", "-nolisten", "tcp", "-noreset")


class Screen:
    """An Xvfb with openbox, and the program on it."""

    def __init__(self, display: str, folder: Path) -> None:
        self.folder = folder
        self.environment = {
            **os.environ,
            "DISPLAY": display,
            "QT_QPA_PLATFORM": "xcb",
            "HEADWATER_DATA_DIR": str(folder),
        }

    @contextmanager
    def start(self, *arguments: str) -> Iterator[subprocess.Popen[str]]:
        """Start the window; it is gone when the block ends, however it ends."""
        program = subprocess.Popen(
            [sys.executable, "-m", "headwater", *arguments],
            env=self.environment,
            stderr=subprocess.PIPE,
            text=True,
        )
        with program:
            try:
                yield program
            finally:
                program.kill()

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

    def conversations(self) -> list[dict[str, object]]:
        """Return what the terminal says of the history."""
        return self._told("history", "--json")  # type: ignore[return-value]

    def conversation(self, conversation_id: object) -> dict[str, object]:
        """Return what the terminal says of one conversation."""
        return self._told("show", str(conversation_id), "--json")  # type: ignore[return-value]

    def _told(self, *arguments: str) -> object:
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
        time.sleep(0.1)


@pytest.fixture
def screen(tmp_path: Path) -> Iterator[Screen]:
    for program in ("Xvfb", "openbox", "xdotool"):
        assert shutil.which(program), f"{program} is missing: dev.py test installs it"
    with ExitStack() as stack:
        read, write = os.pipe()
        server = subprocess.Popen(
            ["Xvfb", "-displayfd", str(write), *_SERVER],
            pass_fds=(write,),
            stderr=subprocess.DEVNULL,
        )
        stack.callback(server.wait)
        stack.callback(server.terminate)
        os.close(write)
        with os.fdopen(read) as told:
            display = f":{told.readline().strip()}"
        screen = Screen(display, tmp_path)
        manager = subprocess.Popen(["openbox"], env=screen.environment, stderr=subprocess.DEVNULL)
        stack.callback(manager.wait)
        stack.callback(manager.terminate)
        yield screen


def test_that_a_person_at_a_screen_asks_stops_quits_and_finds_the_answer(screen: Screen) -> None:
    with screen.start("--provider", "demo") as program:
        until(lambda: screen.title().endswith("Headwater"), "the window")
        screen.tool("type", "--delay", "5", "Tell me of the CAP theorem")
        screen.tool("key", "Return")
        until(lambda: screen.title() == "Tell me of the CAP theorem — Headwater", "the question")
        until(screen.conversations, "the question on disk")
        kept = screen.conversations()[0]
        until(lambda: screen.conversation(kept["id"])["turns"][0]["text"], "text")  # type: ignore[index]
        screen.tool("key", "Escape")
        until(lambda: screen.conversations()[0]["state"] == "stopped", "the stop")
        screen.tool("key", "ctrl+q")
        assert program.wait(PATIENCE) == 0
        assert program.stderr is not None
        assert program.stderr.read() == ""
    with screen.start() as again:
        until(lambda: screen.title() == "Tell me of the CAP theorem — Headwater", "the same again")
        screen.tool("key", "ctrl+q")
        assert again.wait(PATIENCE) == 0


def test_that_R36_a_killed_window_leaves_its_answer_to_be_read(screen: Screen) -> None:
    with screen.start("--provider", "demo") as program:
        until(lambda: screen.title().endswith("Headwater"), "the window")
        screen.tool("type", "--delay", "5", "zstd and gzip")
        screen.tool("key", "Return")
        until(screen.conversations, "the question on disk")
        kept = screen.conversations()[0]["id"]
        until(lambda: len(screen.conversation(kept)["turns"][0]["text"]) > 100, "text")  # type: ignore[index]
        program.send_signal(signal.SIGKILL)
        program.wait()
    turn = screen.conversation(kept)["turns"][0]  # type: ignore[index]
    assert turn["state"] == "incomplete"
    assert len(turn["text"]) > 100
    assert "interrupted" in turn["failure"]["title"]
    with screen.start() as again:
        until(lambda: screen.title() == "zstd and gzip — Headwater", "the same again")
        screen.tool("key", "ctrl+q")
        assert again.wait(PATIENCE) == 0
