"""From the start of the process to a window that is painted and can be typed into."""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time

from tests.benchmarks.user_environment import user_environment

ROUNDS = 15


def measure() -> dict[str, float]:
    """Return the medians in seconds of ours and the empty window's, and the ratio, in turn."""
    with tempfile.TemporaryDirectory() as folder:
        for what in ("empty", "headwater"):
            seconds_to_window(what, folder)
        ours, floor = [], []
        for _ in range(ROUNDS):
            floor.append(seconds_to_window("empty", folder))
            ours.append(seconds_to_window("headwater", folder))
    ratio = statistics.median(a / b for a, b in zip(ours, floor, strict=True))
    return {
        "ratio": ratio,
        "ours_seconds": statistics.median(ours),
        "empty_seconds": statistics.median(floor),
    }


def seconds_to_window(what: str, folder: str) -> float:
    """Return how long `window_probe` takes to paint a window; its data folder is `folder`."""
    begun = time.perf_counter()
    with subprocess.Popen(
        [sys.executable, "-m", "tests.benchmarks.window_probe", what, folder],
        stdout=subprocess.PIPE,
        env=user_environment(),
        text=True,
    ) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        seconds = time.perf_counter() - begun
    assert line == "painted\n", f"{what} did not open"
    return seconds
