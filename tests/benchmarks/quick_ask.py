"""The quick ask on a real X server: how soon it can be typed into, and what it costs to have."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.journeys.screen import Screen, new_screen

ROUNDS = 25
CHARACTERS = 1000
IDLE_SECONDS = 15.0
_KEY = "ctrl+alt+space"
# What an installed `headwater` does.
_SECOND_START = "import sys; from headwater.__main__ import main; sys.exit(main())"
_PANGRAM = "the quick brown fox jumps over the lazy dog "
_HIDDEN = 0.25  # seconds that a window needs to be gone


def measure() -> dict[str, float]:
    """Return seconds from key and command to a painted caret, lost characters and idle CPU."""
    with tempfile.TemporaryDirectory() as folder, new_screen(Path(folder)) as screen:
        bare = _caret_seconds(screen, "bare")
        with _probe(screen, "headwater") as program:
            ours = [_pressed(screen, program) for _ in range(ROUNDS)]
            commands, starts = [], []
            for _ in range(ROUNDS):
                starts.append(_bare_start(screen))
                commands.append(_commanded(screen, program))
            lost = _lost(screen, program)
            idle = _idle_ticks(program)
    key = statistics.median(ours)
    return {
        "key_beyond_bare_ms": 1000 * (key - statistics.median(bare)),
        "key_ms": 1000 * key,
        "key_slowest_ms": 1000 * max(ours),
        "command_ratio": statistics.median(c / s for c, s in zip(commands, starts, strict=True)),
        "command_ms": 1000 * statistics.median(commands),
        "bare_start_ms": 1000 * statistics.median(starts),
        "lost_characters": lost,
        "idle_ticks": idle,
    }


@contextmanager
def _probe(screen: Screen, what: str) -> Iterator[subprocess.Popen[str]]:
    environment = {**screen.environment}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    with subprocess.Popen(
        [sys.executable, "-m", "tests.benchmarks.quick_probe", what, str(screen.folder)],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as program:
        assert program.stdout is not None
        assert program.stdout.readline() == "ready\n", f"{what} did not start"
        try:
            yield program
        finally:
            program.kill()


def _caret_seconds(screen: Screen, what: str) -> list[float]:
    with _probe(screen, what) as program:
        return [_pressed(screen, program) for _ in range(ROUNDS)]


def _pressed(screen: Screen, program: subprocess.Popen[str]) -> float:
    """Press the key; return the seconds until the caret is painted, and hide the window again."""
    began = time.monotonic()
    screen.tool("key", _KEY)
    seconds = _painted(program) - began
    screen.tool("key", _KEY)
    time.sleep(_HIDDEN)
    return seconds


def _commanded(screen: Screen, program: subprocess.Popen[str]) -> float:
    """Start `headwater --quick-ask`; return the seconds until the window can be typed into."""
    began = time.monotonic()
    command = [sys.executable, "-c", _SECOND_START, "--quick-ask"]
    second = subprocess.Popen(command, env=screen.environment)
    seconds = _painted(program) - began
    assert second.wait() == 0
    screen.tool("key", _KEY)
    time.sleep(_HIDDEN)
    return seconds


def _bare_start(screen: Screen) -> float:
    began = time.monotonic()
    subprocess.run([sys.executable, "-c", "pass"], env=screen.environment, check=True)
    return time.monotonic() - began


def _painted(program: subprocess.Popen[str]) -> float:
    assert program.stdout is not None
    return float(program.stdout.readline())


def _lost(screen: Screen, program: subprocess.Popen[str]) -> int:
    """Type from the moment of the key press on; return how many characters did not arrive."""
    assert program.stdin is not None
    assert program.stdout is not None
    text = (_PANGRAM * CHARACTERS)[:CHARACTERS]
    rounds = 10
    size = CHARACTERS // rounds
    for index in range(rounds):
        piece = text[index * size : (index + 1) * size]
        screen.tool("key", _KEY, "type", "--delay", "0", piece)
        _painted(program)
        screen.tool("key", _KEY)
        time.sleep(_HIDDEN)
    time.sleep(1.0)
    program.stdin.write("\n")
    program.stdin.flush()
    word, _, count = program.stdout.readline().partition(" ")
    assert word == "text"
    return CHARACTERS - int(count)


def _idle_ticks(program: subprocess.Popen[str]) -> int:
    """Return the clock ticks of processor time that the hidden program takes while nobody asks."""
    time.sleep(6.0)  # the last look for garbage, and what is kept a moment later, are over
    before = _ticks(program.pid)
    time.sleep(IDLE_SECONDS)
    return _ticks(program.pid) - before


def _ticks(pid: int) -> int:
    """Return user and system time (proc(5)) in units of `os.sysconf('SC_CLK_TCK')`."""
    assert os.sysconf("SC_CLK_TCK") == 100
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])
