"""How large the text of answers is, in per cent of the system's own size."""

from __future__ import annotations

from bisect import bisect_left, bisect_right

NATURAL = 100
STEPS = (50, 67, 75, 80, 90, 100, 110, 125, 150, 175, 200, 250, 300)


def within_bounds(zoom: int) -> int:
    """Return `zoom`, or the smallest or largest there is."""
    return min(max(zoom, STEPS[0]), STEPS[-1])


def stepped(zoom: int, by: int) -> int:
    """Return the next larger step (`by` 1), the next smaller one (-1), or the natural size (0)."""
    if not by:
        return NATURAL
    at = bisect_right(STEPS, zoom) if by > 0 else bisect_left(STEPS, zoom) - 1
    return STEPS[min(max(at, 0), len(STEPS) - 1)]
