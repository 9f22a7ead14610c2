"""The whole program in a process of its own, with what notes when things happen in it.

`python -m tests.benchmarks.MODULE FOLDER URL` of a module that calls `play` runs the program as its
users do, on the screen that the environment names, and prints JSON objects, one a line. Times are
those of the monotonic clock, which all processes of a machine share.
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
import re
import select
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from PySide6.QtGui import QPaintEvent

    from headwater.app import App
    from headwater.ui.answer_view import AnswerView

_PATIENCE = 60.0


class Probe:
    """The process, as whoever started it sees it."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        self.pid = process.pid
        self._process = process
        self._told = process.stdout

    def next(self) -> dict[str, Any]:
        """Wait for the next thing that the program tells, and return it."""
        ready, _, _ = select.select([self._told], [], [], _PATIENCE)
        line = self._told.readline() if ready else ""
        assert line, "the program said nothing"
        return dict(json.loads(line))

    def bid(self, line: str) -> None:
        """Give the program a line to do."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{line}\n")
        self._process.stdin.flush()


@contextmanager
def probe(module: str, environment: dict[str, str], *arguments: str) -> Iterator[Probe]:
    """Start the program with what `module` does in it; it is gone when the block ends."""
    environment = {**environment}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    with subprocess.Popen(
        [sys.executable, "-m", f"tests.benchmarks.{module}", *arguments],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield Probe(process)
        finally:
            process.kill()


# From here on: inside that process.


def tell(**what: object) -> None:
    """Print one object for whoever started this."""
    print(json.dumps(what), flush=True)


async def until(claim: Callable[[], object]) -> None:
    """Wait until `claim` holds."""
    async with asyncio.timeout(_PATIENCE):
        while not claim():
            await asyncio.sleep(0.02)


async def bidden() -> list[str]:
    """Wait for a line of `Probe.bid`, without a thread or a timer; return its words."""
    loop = asyncio.get_running_loop()
    came = asyncio.Event()
    loop.add_reader(sys.stdin.fileno(), came.set)
    await came.wait()
    loop.remove_reader(sys.stdin.fileno())
    return sys.stdin.readline().split()


class Heartbeat:
    """Notes how long the loop kept a timer of ten milliseconds waiting, and what it did then.

    Processor time of the Qt thread alone is the same on a machine that has other things to do.
    """

    def __init__(self) -> None:
        from PySide6.QtCore import Qt, QTimer

        self._beats: list[tuple[float, float]] = []
        self._timer = QTimer()
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(10)
        self._timer.timeout.connect(self._beat)

    def start(self) -> None:
        """Begin to note."""
        self._beats.clear()
        self._timer.start()

    def stop(self, since: float = 0.0) -> dict[str, list[float]]:
        """Return the milliseconds between beats (`gaps`), and those of processor time (`busy`)."""
        self._timer.stop()
        pairs = [(a, b) for a, b in pairwise(self._beats) if a[0] >= since]
        return {
            "gaps": [1000 * (b[0] - a[0]) for a, b in pairs],
            "busy": [1000 * (b[1] - a[1]) for a, b in pairs],
        }

    def _beat(self) -> None:
        self._beats.append((time.monotonic(), time.thread_time()))


class PaintWatch:
    """Notes when paints of the answer view end, and what of an answer they show."""

    _WORD = re.compile(r"w(\d+)$")

    def __init__(self) -> None:
        from headwater.ui.answer_view import AnswerView

        paint = AnswerView.paintEvent
        self.begin()

        def paint_and_note(view: AnswerView, event: QPaintEvent) -> None:
            paint(view, event)
            self._note(view, event)

        AnswerView.paintEvent = paint_and_note  # type: ignore[method-assign,assignment]

    def begin(self, title: str = "") -> None:
        """Forget what was noted; nothing is noted before a conversation with `title` is seen."""
        self._title = title
        self.shown: dict[int, float] = {}  # number of the last word -> when it was first seen
        self.stopped_at = 0.0
        self.first_at = 0.0  # when a screen full, or all there is, was seen
        self.ended_at = 0.0  # when an answer that has ended was seen as that, to its end

    def _note(self, view: AnswerView, event: QPaintEvent) -> None:
        from headwater.domain.answer import Stopped

        now = time.monotonic()
        if not view.turns or self._title not in view.turns[0].turn.question.text:
            return
        if is_all_there(view):
            self.ended_at = self.ended_at or now
            if isinstance(view.turns[-1].turn.answer.state, Stopped):
                self.stopped_at = self.stopped_at or now
        if self.ended_at or view.document().size().height() > view.viewport().height():
            self.first_at = self.first_at or now
        self._note_word(view, event, now)

    def _note_word(self, view: AnswerView, event: QPaintEvent, now: float) -> None:
        from PySide6.QtGui import QTextCursor

        end = QTextCursor(view.document())
        end.setPosition(view.turns[-1].writer.end)
        found = self._WORD.search(end.block().text())
        if found and event.region().contains(view.cursorRect(end).center()):
            self.shown.setdefault(int(found[1]), now)


def is_all_there(view: AnswerView) -> bool:
    """Whether every answer has ended and is drawn to its end."""
    return len(view.turns) == len(view._path) and all(
        turn.drawn is turn.turn.answer and not turn.turn.answer.is_running for turn in view.turns
    )


Journey = Callable[["App"], Awaitable[None]]


def play(journey: Journey, folder: str, *arguments: str) -> None:
    """Run the program in `folder` and do `journey` with its `App` once it can be used."""
    gc.disable()  # as `headwater` itself begins
    os.environ["HEADWATER_DATA_DIR"] = folder
    from headwater import app

    build = app.App._build

    async def begin(built: app.App) -> None:
        await asyncio.sleep(1.0)  # the late work of the start is done
        try:
            await journey(built)
        except BaseException:
            built.report_crash(sys.exc_info()[1] or RuntimeError())
            raise
        finally:
            crash = Path(folder) / "log" / "crash.log"
            if crash.exists():
                sys.stderr.write(crash.read_text())
            built.quit()

    def build_and_begin(built: app.App, *rest: Any) -> None:
        build(built, *rest)
        if os.environ.get("QT_QPA_PLATFORM") == "offscreen":
            built.window.resize(1280, 800)  # its screen has 800 x 800
        begun.append(asyncio.get_running_loop().create_task(begin(built)))

    begun: list[asyncio.Task[None]] = []
    app.App._build = build_and_begin  # type: ignore[method-assign,assignment]
    sys.exit(app.run(arguments))


def percentile(values: list[float], share: float) -> float:
    """Return the value that `share` of all are not above."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
