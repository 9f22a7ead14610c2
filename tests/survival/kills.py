"""Kills the program while an answer streams from a real server, and looks at what is left."""

from __future__ import annotations

import asyncio
import os
import random
import sqlite3
import subprocess
import sys
import threading
import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from headwater import cli
from headwater.adapters.archive import SqliteArchive
from headwater.adapters.folders import Folders
from headwater.domain.answer import Failed
from headwater.domain.conversation import Conversation
from headwater.domain.failure import interrupted_answer
from tests.fault_server import FaultServer, chat_event, in_chunks, running

_WORDS = 4000
_EVERY = 0.004  # seconds between two words of the answer
_LONGEST = 1.2  # seconds of an answer until its process is killed
_PATIENCE = 20.0
_DESKTOP = Path(cli.__file__).resolve().parents[1]
_QUESTION = "What is kept?"
_WINDOW = "tests.survival.window_probe"


@dataclass(frozen=True, slots=True)
class Kill:
    """What one kill cost: `after` the first word and `missing` in seconds.

    `missing` is how long before the kill the first word that is lost was on the screen.
    `stall` is the longest time in which the process showed nothing: what the machine took.
    """

    after: float
    missing: float
    stall: float


class BrokenError(Exception):
    """Something is not as it was promised."""


def kill_again_and_again(
    count: int, folder: Path, seed: int = 9, *, is_window: bool = False
) -> list[Kill]:
    """Kill `count` processes that share one history in `folder`, each at another moment.

    They are `headwater ask`, or with `is_window` the window; what counts is what had been printed,
    or stood in the window, and after each of these another window has to show what is kept.

    Raises:
        BrokenError: the history is damaged, or says something untrue about an answer.
    """
    moments = random.Random(seed)
    words = [chat_event(f"w{number} ") for number in range(_WORDS)]
    database = Folders.under(folder).database
    kills = []
    texts: dict[str, str] = {}
    with running(in_chunks(words, _EVERY)) as server:
        for _ in range(count):
            after = moments.uniform(0, _LONGEST)
            shown = _kill_once(_asking(server, folder, is_window=is_window), after)
            saved = asyncio.run(_look(database, texts))
            if is_window and saved:
                _look_at_window(folder, saved)
            kills.append(shown.cost(saved))
    return kills


class _Shown:
    """What a process has printed, and when each piece of it was there."""

    def __init__(self) -> None:
        self.text = ""
        self.killed_at = 0.0
        self.begun = threading.Event()
        self._pieces: list[tuple[float, int]] = []

    def read(self, descriptor: int) -> None:
        while data := os.read(descriptor, 65536):
            self.text += data.decode()
            self._pieces.append((time.monotonic(), len(self.text)))
            self.begun.set()

    def cost(self, saved: str) -> Kill:
        # A line of usage and the like never comes: the process is killed before.
        if not (saved.startswith(self.text) or self.text.startswith(saved)):
            raise BrokenError(f"shown {self.text[-80:]!r}, kept {saved[-80:]!r}")
        times = [moment for moment, _ in self._pieces]
        gaps = [b - a for a, b in zip(times, [*times[1:], self.killed_at], strict=True)]
        lost = [moment for moment, length in self._pieces if length > len(saved)]
        missing = max(0.0, self.killed_at - lost[0]) if lost else 0.0
        return Kill(self.killed_at - times[0], missing, max([0.0, *gaps]))


def _asking(server: FaultServer, folder: Path, *, is_window: bool) -> list[str]:
    asking = ("--base-url", server.base_url, "--model", "m")
    if is_window:
        return [_WINDOW, "ask", _QUESTION, "--data-dir", str(folder), *asking]
    return ["headwater", "--data-dir", str(folder), "ask", *asking, _QUESTION]


def _environment() -> dict[str, str]:
    path = os.pathsep.join((str(_DESKTOP), str(_DESKTOP.parent)))
    return {**os.environ, "PYTHONPATH": path, "QT_QPA_PLATFORM": "offscreen"}


def _kill_once(command: list[str], after: float) -> _Shown:
    shown = _Shown()
    with subprocess.Popen(
        [sys.executable, "-m", *command],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        env=_environment(),
    ) as process:
        assert process.stdout is not None
        reader = threading.Thread(target=shown.read, args=(process.stdout.fileno(),))
        reader.start()
        if not shown.begun.wait(_PATIENCE):
            process.kill()
            raise BrokenError("no answer began")
        time.sleep(after)
        shown.killed_at = time.monotonic()
        process.kill()
        process.wait()
        reader.join()
    return shown


async def _look(database: Path, texts: dict[str, str]) -> str:
    """Start anew, look at everything, and return what is kept of the newest answer.

    `texts` are the answers of earlier rounds by conversation; the newest is added.
    """
    archive = SqliteArchive(database)
    try:
        report = await archive.open()
        if report.problem or not report.is_persistent:
            raise BrokenError(report.problem)
        listed = await archive.conversations(limit=10_000)
        saved = ""
        for summary in listed:
            conversation = await archive.conversation(summary.id)
            text = _text_of(conversation)
            if summary.id in texts and texts[summary.id] != text:
                raise BrokenError("an earlier answer is another one now")
            if summary.id not in texts:
                saved = texts[summary.id] = text
        if texts.keys() - {summary.id for summary in listed}:
            raise BrokenError("an earlier conversation is gone")
        return saved
    finally:
        await archive.close()
        # Only now: the program itself has to find the file as the dead process left it.
        with closing(sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True)) as connection:
            if connection.execute("PRAGMA integrity_check").fetchone() != ("ok",):
                raise BrokenError("the history is damaged")


def _look_at_window(folder: Path, saved: str) -> None:
    """Start the window anew and see whether the newest answer is in it."""
    told = subprocess.run(
        [sys.executable, "-m", _WINDOW, "look", "--data-dir", str(folder)],
        stdout=subprocess.PIPE,
        env=_environment(),
        timeout=_PATIENCE,
        text=True,
        check=False,
    )
    if told.returncode or told.stdout.rstrip("\n") != saved.strip():
        raise BrokenError(f"kept {saved[-80:]!r}, the next window shows {told.stdout[-80:]!r}")


def _text_of(conversation: Conversation | None) -> str:
    if conversation is None:
        raise BrokenError("a conversation that is listed cannot be read")
    (turn,) = conversation.turns
    if turn.question.text != _QUESTION:
        raise BrokenError(f"the question is {turn.question.text!r} now")
    if turn.answer.state != Failed(interrupted_answer()):
        raise BrokenError(f"an answer whose process was killed is {turn.answer.status}")
    return turn.answer.text
