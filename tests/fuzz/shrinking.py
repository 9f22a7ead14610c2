"""Makes an input that breaks something as small as it goes while it breaks the same."""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable

_MOST_SECONDS = 20.0


def problem_of(target: Callable[[bytes], None], data: bytes) -> str:
    """Return what `data` breaks: the kind of error and where it was raised, nothing if none is."""
    try:
        target(data)
    except Exception as error:  # noqa: BLE001 - whatever it is, it is what we look for
        place = traceback.extract_tb(error.__traceback__)[-1]
        return f"{type(error).__name__} in {place.name}, line {place.lineno}"
    return ""


def shrunk(target: Callable[[bytes], None], data: bytes) -> bytes:
    """Return a part of `data` that breaks the same; the first byte stays."""
    problem = problem_of(target, data)
    until = time.monotonic() + _MOST_SECONDS
    size = len(data) // 2
    while size and time.monotonic() < until:
        at = 1
        while at < len(data) and time.monotonic() < until:
            shorter = data[:at] + data[at + size :]
            if problem_of(target, shorter) == problem:
                data = shorter
            else:
                at += size
        size //= 2
    return data
