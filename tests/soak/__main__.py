"""Streams answers under faults and counts what went wrong: `python3 packaging/dev.py soak`."""

from __future__ import annotations

import argparse
import asyncio
import sys

from tests.protocol.recording import recordings
from tests.soak.every_byte import differences
from tests.soak.run import Report, soak

_MOST_GROWTH = 25.0  # MB; what is loaded late is about half of it


def main(arguments: list[str]) -> int:
    """Run the soak and print its counts; return 1 if one that has to be 0 is not."""
    parser = argparse.ArgumentParser(prog="dev.py soak")
    parser.add_argument("--minutes", type=float, default=1.0, help="how long (default 1)")
    parser.add_argument("--answers", type=int, default=sys.maxsize, help="end after so many")
    parser.add_argument("--seed", type=int, help="draw the faults of another run again")
    parser.add_argument("--every-byte", action="store_true", help="lose recordings everywhere")
    chosen = parser.parse_args(arguments)
    if chosen.every_byte:
        return _lose_everywhere()
    report = soak(chosen.minutes * 60, chosen.answers, chosen.seed)
    for line in lines(report):
        print(line)
    growth = report.memory_end - report.memory_begin
    return 0 if report.is_good and growth <= _MOST_GROWTH else 1


def _lose_everywhere() -> int:
    tried, found = asyncio.run(differences(recordings(".sse")))
    print(f"{tried} connections lost, one at each byte of every recording")
    print(f"{_mark(not found)} answers that are not what was sent: {len(found)}")
    for example in found[:20]:
        print(f"     {example}")
    return 1 if found else 0


def lines(report: Report) -> list[str]:
    """Return what is printed."""
    rate = report.answers / report.seconds if report.seconds else 0.0
    growth = report.memory_end - report.memory_begin
    counted = f"{report.answers} answers in {report.seconds:.0f} s ({rate:.0f}/s)"
    is_small = growth <= _MOST_GROWTH
    return [
        f"seed {report.seed}: {counted}, {report.continued} continued, {report.words} words",
        *(f"  {count:6} {name}" for name, count in sorted(report.faults.items())),
        *(f"{_mark(not count)} {name}: {count}" for name, count in report.must_be_zero.items()),
        f"{_mark(is_small)} memory grew by {growth:.1f} MB (<= {_MOST_GROWTH:.0f})",
        *(f"     {example}" for example in report.examples),
    ]


def _mark(is_good: bool) -> str:
    return "ok  " if is_good else "OVER"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
