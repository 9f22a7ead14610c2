"""What the program does while nobody wants anything: nothing, if it can be helped."""

from __future__ import annotations

import os
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.benchmarks.pace_probe import Probe, bidden, play, probe, tell, until
from tests.benchmarks.pace_server import pace_server, words
from tests.journeys.screen import new_screen

if TYPE_CHECKING:
    from headwater.app import App

SECONDS = 10.0
_QUIET = 4.5  # seconds; the last look for garbage, and what is kept a moment later, are over


STATES = ("hidden", "minimised", "shown", "typing")
_FAR = 60_000  # milliseconds


def measure(seconds: float = SECONDS, states: tuple[str, ...] = STATES) -> dict[str, float]:
    """Return timers, 1/100 s of CPU and wake-ups in `seconds`, after an answer has been read.

    The window is hidden, minimised, in front without the keys in the question box, and with them.
    """
    figures: dict[str, float] = {}
    with (
        tempfile.TemporaryDirectory() as folder,
        new_screen(Path(folder)) as screen,
        pace_server() as server,
        probe("idle", screen.environment, folder, server.base_url) as program,
    ):
        program.next()
        for state in states:
            figures |= {f"{state}_{name}": n for name, n in _idle(program, state, seconds).items()}
    return figures


def _idle(program: Probe, state: str, seconds: float) -> dict[str, float]:
    program.bid(state)
    told = program.next()
    time.sleep(_QUIET)
    before = _taken(program.pid)
    time.sleep(seconds)
    after = _taken(program.pid)
    program.bid("count")
    told = program.next()
    if told["timers"]:
        print(f"idle, {state}: {', '.join(told['timers'])}", file=sys.stderr)
    return {
        "timers": len(told["timers"]),
        "ticks": after[0] - before[0],
        "wake_ups": after[1] - before[1],
    }


def _taken(pid: int) -> tuple[int, int]:
    """Return clock ticks and voluntary switches (proc(5)) of all threads of a process so far."""
    assert os.sysconf("SC_CLK_TCK") == 100
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    switches = 0
    for thread in Path(f"/proc/{pid}/task").iterdir():
        status = (thread / "status").read_text()
        line = next(li for li in status.splitlines() if li.startswith("voluntary_ctxt_switches:"))
        switches += int(line.split()[1])
    return int(fields[11]) + int(fields[12]), switches


def _timers() -> list[str]:
    """Return the timers of Qt that wake the program soon, each with what it belongs to."""
    import asyncio

    from PySide6.QtCore import QAbstractEventDispatcher, QObject
    from PySide6.QtWidgets import QApplication

    loop: Any = asyncio.get_running_loop()
    dispatcher = QAbstractEventDispatcher.instance()
    roots = [*QApplication.topLevelWidgets(), QApplication.instance(), loop._timer]
    objects = [each for root in roots if root for each in (root, *root.findChildren(QObject))]
    return [
        f"{timer.interval} ms of {type(each).__name__} in {type(each.parent()).__name__}"
        for each in objects
        for timer in dispatcher.registeredTimers(each)
        # What is to be done now is this very look; the next backup is a minute and more away.
        if 0 < timer.interval < _FAR
    ]


async def _rest(app: App) -> None:
    """Answer once, then be what is bidden, and tell which timers run."""
    conductor, window = app.conductor, app.window
    assert conductor is not None
    window.composer.edit.set_text(words(100, 100))
    window.composer.edit.submitted.emit()
    await until(lambda: conductor.conversation.path)
    await until(lambda: not conductor.conversation.path[-1].answer.is_running)
    tell(is_ready=True)
    while bid := await bidden():
        match bid[0]:
            case "hidden":
                window.hide()
            case "minimised":
                window.showMinimized()
            case "shown":
                window.come_to_front()
                conductor.view.setFocus()
            case "typing":
                window.focus_question()
        tell(timers=_timers())


if __name__ == "__main__":
    play(_rest, sys.argv[1], "--base-url", sys.argv[2], "--model", "m")
