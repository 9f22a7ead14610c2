"""Kill the program at random moments of an answer: `python3 packaging/dev.py kill [number]`."""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from headwater.session.journal import MOST_LOST
from tests.survival.kills import BrokenError, Kill, kill_again_and_again

_KILLS = 200
_ONE_WINDOW_IN = 5


def main(arguments: Sequence[str]) -> int:
    """Kill, look and say what it cost; return 1 when more is missing than may be.

    The terminal is killed as often as is said, the window, which takes longer, a fifth of that.
    """
    count = int(arguments[0]) if arguments else _KILLS
    windows = max(1, count // _ONE_WINDOW_IN)
    are_good = [_kill("terminal", count), _kill("window", windows)]
    return 0 if all(are_good) else 1


def _kill(what: str, count: int) -> bool:
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        try:
            kills = kill_again_and_again(
                count, Path(folder), seed=int(time.time()), is_window=what == "window"
            )
        except BrokenError as broken:
            print(f"BROKEN, {what}: {broken}")
            return False
    missing = sorted(kill.missing for kill in kills)
    print(
        f"{what}: {count} kills in {time.monotonic() - began:.0f} s, the history whole after each; "
        f"missing: median {_ms(missing[count // 2])}, 95 % {_ms(missing[int(count * 0.95)])}, "
        f"most {_ms(missing[-1])}; the machine's longest stall {_ms(max(k.stall for k in kills))}"
    )
    return all(map(is_within, kills))


def is_within(kill: Kill) -> bool:
    """Whether no more is missing than may be, beside what the machine kept the process waiting."""
    return kill.missing <= MOST_LOST + kill.stall


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
