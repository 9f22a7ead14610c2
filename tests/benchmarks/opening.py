"""A megabyte out of the history: how soon can it be read, and can one type meanwhile?"""

from __future__ import annotations

import asyncio
import statistics
import subprocess
import sys
import tempfile
import time
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from tests.benchmarks.pace_probe import (
    Heartbeat,
    PaintWatch,
    Probe,
    bidden,
    is_all_there,
    play,
    probe,
    tell,
    until,
)
from tests.journeys.screen import Screen, new_screen

if TYPE_CHECKING:
    from headwater.app import App

ROUNDS = 3
LENGTH = 1_000_000  # characters
SHAPES = {"one": 1, "hundred": 100}  # turns that share them
_KEYS = "abcdefghij" * 12
_KEY_PACE = 20  # milliseconds


def measure(rounds: int = ROUNDS) -> dict[str, float]:
    """Return milliseconds from a click to the first screen, and between keys, for each shape."""
    figures: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder, new_screen(Path(folder)) as screen:
        asyncio.run(_keep(folder))
        with probe("opening", screen.environment, folder) as program:
            places = program.next()["places"]
            for name in SHAPES:
                seen = [_opened(program, screen, places, name) for _ in range(rounds)]
                figures |= {
                    f"{name}_first_screen_ms": statistics.median(each[0] for each in seen),
                    f"{name}_slowest_screen_ms": max(each[0] for each in seen),
                    f"{name}_all_there_ms": statistics.median(each[1] for each in seen),
                    f"{name}_busy_longest_ms": statistics.median(each[2] for each in seen),
                    f"{name}_between_keys_ms": statistics.median(each[3] for each in seen),
                }
    return figures


async def _keep(folder: str) -> None:
    """Put a conversation of each shape, and a short one, into the history."""
    from headwater.adapters.archive import SqliteArchive
    from headwater.adapters.folders import Folders
    from headwater.domain.answer import Answer, Complete
    from headwater.domain.conversation import Conversation, Turn
    from headwater.domain.question import Question
    from headwater.domain.source import Source
    from tests.benchmarks.rendering import mixed

    folders = Folders.at(folder)
    folders.create()
    archive = SqliteArchive(folders.database)
    sources = tuple(Source(str(n), f"https://source{n}.example/") for n in range(1, 10))
    for name, count in {**SHAPES, "short": 1}.items():
        length = 200 if name == "short" else LENGTH // count
        answer = Answer(text=mixed(length), sources=sources, state=Complete())
        conversation = Conversation(title=name)
        parent = ""
        for number in range(count):
            turn = Turn(f"{name}-{number}", parent, Question(f"What of {name} {number}?"), answer)
            conversation = conversation.with_turn(turn)
            parent = turn.id
        await archive.save_conversation(conversation)
        for turn in conversation.turns:
            await archive.add_turn(conversation.id, turn)
    await archive.close()


def _opened(
    program: Probe, screen: Screen, places: dict[str, tuple[int, int]], name: str
) -> tuple[float, float, float, float]:
    """Click in the history and type; return the milliseconds until it is seen and all is there.

    And, from the first screen on, the most processor time between beats of ten milliseconds, and
    the longest between keys.
    """
    x, y = places["short"]
    program.bid("short")
    screen.tool("mousemove", str(x), str(y), "click", "1")
    program.next()
    x, y = places[name]
    screen.tool("mousemove", str(x), str(y), "mousedown", "1")
    program.bid(name)
    program.next()
    with subprocess.Popen(["xdotool", "-"], stdin=subprocess.PIPE, env=screen.environment) as hand:
        assert hand.stdin is not None
        time.sleep(0.3)
        clicked = time.monotonic()
        hand.stdin.write(f"mouseup 1 type --delay {_KEY_PACE} {_KEYS}\n".encode())
        hand.stdin.close()
        seen = program.next()
        hand.wait()
    return (
        1000 * (seen["first_at"] - clicked),
        1000 * (seen["all_at"] - clicked),
        max(seen["busy"]),
        max(seen["keys"]),
    )


async def _watch(app: App) -> None:
    """Open what is clicked on, and tell when it was painted and what had to wait meanwhile."""
    from PySide6.QtCore import QEvent, QObject

    class Keys(QObject):
        """Notes when the question box takes a key."""

        def __init__(self) -> None:
            super().__init__()
            self.times: list[float] = []

        def eventFilter(self, watched: QObject, event: QEvent) -> bool:
            if event.type() == QEvent.Type.KeyPress:
                self.times.append(time.monotonic())
            return False

    conductor, window = app.conductor, app.window
    assert conductor is not None
    paints, heart, keys = PaintWatch(), Heartbeat(), Keys()
    edit = window.composer.edit
    edit.installEventFilter(keys)
    window.history_dock.chosen.connect(lambda _: edit.setFocus())
    rows = window.history_dock._shown_list()
    await until(lambda: rows.model().rowCount() > len(SHAPES))
    places = {}
    for row in range(1, rows.model().rowCount()):  # below the heading
        index = rows.model().index(row, 0)
        place = rows.viewport().mapToGlobal(rows.visualRect(index).center())
        places[index.data()] = (place.x(), place.y())
    tell(places=places)
    while bid := await bidden():
        paints.begin(bid[0])
        keys.times.clear()
        edit.clear()
        if bid[0] != "short":
            heart.start()
            tell(is_ready=True)
        await until(lambda: paints.first_at and is_all_there(conductor.view))
        all_at = time.monotonic()
        if bid[0] != "short":
            await until(lambda: len(keys.times) >= len(_KEYS))
            beats = heart.stop(paints.first_at)
            waits = [1000 * (b - a) for a, b in pairwise(keys.times) if a >= paints.first_at]
            tell(first_at=paints.first_at, all_at=all_at, keys=waits, **beats)
        else:
            tell(is_open=True)


if __name__ == "__main__":
    play(_watch, sys.argv[1])
