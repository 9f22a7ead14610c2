"""A little of `streaming`, `soak` and `idle`, with bounds that a busy machine keeps as well."""

from __future__ import annotations

from tests.benchmarks import idle, soak, streaming


def measure() -> dict[str, float]:
    """Return the figures of four seconds of streaming, 40 answers and two seconds of rest."""
    streamed = streaming.measure(seconds=4, stops=3, count=200)
    soaked = soak.measure(answers=40)
    rested = idle.measure(seconds=2, states=("hidden", "shown"))
    return streamed | soaked | rested
