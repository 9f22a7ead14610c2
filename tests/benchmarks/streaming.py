"""A window under 5,000 deltas a second: does it go on, does Stop stop, how old is what it shows?"""

from __future__ import annotations

import random
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from tests.benchmarks.pace_probe import (
    Heartbeat,
    PaintWatch,
    Probe,
    bidden,
    percentile,
    play,
    probe,
    tell,
    until,
)
from tests.benchmarks.pace_server import PaceServer, markdown, pace_server, words
from tests.journeys.screen import new_screen

if TYPE_CHECKING:
    from headwater.app import App
    from headwater.ui.conductor import Conductor

RATE = 5000  # deltas a second
SECONDS = 20
STOPS = 8
WORDS = 600
WORD_RATE = 100


def measure(seconds: int = SECONDS, stops: int = STOPS, count: int = WORDS) -> dict[str, float]:
    """Return milliseconds: between beats, from a click to Stop and close, from delta to paint."""
    with (
        tempfile.TemporaryDirectory() as folder,
        new_screen(Path(folder)) as screen,
        pace_server() as server,
        subprocess.Popen(["xdotool", "-"], stdin=subprocess.PIPE, env=screen.environment) as hand,
        probe("streaming", screen.environment, folder, server.base_url) as program,
    ):
        try:
            figures = _flood(program, server, seconds)
            figures |= _stops(program, server, hand, stops)
            return figures | _glyphs(program, server, count)
        finally:
            hand.kill()


def _flood(program: Probe, server: PaceServer, seconds: int) -> dict[str, float]:
    program.bid(f"ask {markdown(RATE * seconds, RATE)}")
    program.next()
    written = server.next_answer()["written"]
    seen = program.next()
    gaps, busy = seen["gaps"], seen["busy"]
    return {
        "gap_p99_ms": percentile(gaps, 0.99),
        "gap_longest_ms": max(gaps),
        "gap_median_ms": statistics.median(gaps),
        "busy_p99_ms": percentile(busy, 0.99),
        "busy_longest_ms": max(busy),
        "seconds": written[-1] - written[0],
        "lag_ms": 1000 * (seen["ended_at"] - written[-1]),
        "megabytes": seen["length"] / 1e6,
    }


def _stops(
    program: Probe, server: PaceServer, hand: subprocess.Popen[bytes], count: int
) -> dict[str, float]:
    assert hand.stdin is not None
    handled, shown, closed = [], [], []
    for _ in range(count):
        program.bid(f"ask {markdown(RATE * SECONDS, RATE)}")
        x, y = program.next()["stop"]
        hand.stdin.write(f"mousemove {x} {y} mousedown 1\n".encode())
        hand.stdin.flush()
        time.sleep(random.uniform(0.5, 2.5))
        clicked = time.monotonic()
        hand.stdin.write(b"mouseup 1\n")
        hand.stdin.flush()
        closed.append(server.next_answer()["left_at"] - clicked)
        seen = program.next()
        handled.append(seen["handled_at"] - clicked)
        shown.append(seen["stopped_at"] - clicked)
    return {
        "stop_handled_ms": 1000 * max(handled),
        "stop_shown_ms": 1000 * max(shown),
        "stop_shown_median_ms": 1000 * statistics.median(shown),
        "socket_closed_ms": 1000 * max(closed),
        "socket_closed_median_ms": 1000 * statistics.median(closed),
    }


def _glyphs(program: Probe, server: PaceServer, count: int) -> dict[str, float]:
    program.bid(f"ask {words(count, WORD_RATE)}")
    program.next()
    written = server.next_answer()["written"]
    paints = sorted((at, int(last)) for last, at in program.next()["shown"].items())
    ages = []
    for number, at in enumerate(written):
        painted = next(p for p, last in paints if last >= number)
        ages.append(1000 * (painted - at))
    return {
        "glyph_median_ms": statistics.median(ages),
        "glyph_p95_ms": percentile(ages, 0.95),
        "glyph_slowest_ms": max(ages),
    }


def has_begun(conductor: Conductor) -> bool:
    """Whether there is an answer with a first word."""
    path = conductor.conversation.path
    return bool(path and path[-1].answer.text)


async def _watch(app: App) -> None:
    """Ask what is bidden, and tell what was noted until the answer has ended."""
    from headwater.session.conversation_session import ConversationSession

    paints, heart = PaintWatch(), Heartbeat()
    handled: list[float] = []
    stop = ConversationSession.stop

    def stop_and_note(session: ConversationSession, reason: str = "") -> None:
        stop(session, reason)
        handled.append(time.monotonic())

    ConversationSession.stop = stop_and_note  # type: ignore[method-assign,assignment]
    conductor, composer = app.conductor, app.window.composer
    assert conductor is not None
    while words_bidden := await bidden():
        app.window.actions_by_name.new.trigger()
        paints.begin()
        handled.clear()
        composer.edit.set_text(" ".join(words_bidden[1:]))
        composer.edit.submitted.emit()
        await until(lambda: has_begun(conductor))
        button = composer.findChild(type(composer._stop), "stop")
        assert button is not None
        place = button.mapToGlobal(button.rect().center())
        heart.start()
        tell(stop=(place.x(), place.y()))
        await until(lambda: paints.ended_at)
        beats = heart.stop()
        tell(
            **beats,
            handled_at=handled[-1] if handled else 0,
            stopped_at=paints.stopped_at,
            ended_at=paints.ended_at,
            shown=paints.shown,
            length=len(conductor.conversation.path[-1].answer.text),
        )


if __name__ == "__main__":
    play(_watch, sys.argv[1], "--base-url", sys.argv[2], "--model", "m")
