"""What the idle window holds in memory."""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile

from tests.benchmarks.user_environment import user_environment

ROUNDS = 3


def measure() -> dict[str, float]:
    """Return the medians in megabytes of ours and the empty window's, and the ratio."""
    with tempfile.TemporaryDirectory() as folder:
        ours, floor = [], []
        for _ in range(ROUNDS):
            floor.append(_megabytes("empty", folder))
            ours.append(_megabytes("headwater", folder))
    return {
        "ratio": statistics.median(ours) / statistics.median(floor),
        "ours_megabytes": statistics.median(ours),
        "empty_megabytes": statistics.median(floor),
    }


def _megabytes(what: str, folder: str) -> float:
    done = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks.window_probe", what, folder, "idle"],
        stdout=subprocess.PIPE,
        env=user_environment(),
        text=True,
        check=True,
        timeout=60,
    )
    return int(done.stdout.split()[1]) / 1024
