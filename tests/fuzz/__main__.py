"""Looks for inputs that break what holds for all: `python3 packaging/dev.py fuzz [--minutes N]`."""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from tests.fuzz.corpus import kept, seeds
from tests.fuzz.shrinking import problem_of, shrunk
from tests.fuzz.targets import LONGEST, TARGETS

_ROOT = Path(__file__).resolve().parents[2]
_WORK = _ROOT / "build" / "fuzz"
_SLOWEST = 20  # seconds for one input, watched from outside: what never ends raises nothing
_NO_FUZZER = (
    "Atheris, which is to guide the search, is not installed: it has no wheel for this system. "
    "`dev.py test tests/fuzz` tries inputs without it."
)
_STAT = re.compile(r"stat::(\w+): +(\d+)")
_COVERED = re.compile(r"cov: (\d+)")


@dataclass(frozen=True, slots=True)
class Session:
    """What came of one target."""

    target: str
    executed: int
    covered: int
    new: int
    findings: tuple[Path, ...]


def main(arguments: Sequence[str]) -> int:
    """Fuzz each target for its share of the time; return 1 if anything was found."""
    parser = argparse.ArgumentParser(prog="dev.py fuzz")
    parser.add_argument("--minutes", type=float, default=1.0, help="in total (default 1)")
    parser.add_argument("targets", nargs="*", help=f"of {', '.join(TARGETS)} (default all)")
    chosen = parser.parse_args(arguments)
    targets = chosen.targets or list(TARGETS)
    if unknown := set(targets) - TARGETS.keys():
        parser.error(f"no such target: {', '.join(sorted(unknown))}")
    if find_spec("atheris") is None:
        print(_NO_FUZZER)
        return 2
    seconds = max(1, round(chosen.minutes * 60 / len(targets)))
    sessions = []
    for target in targets:
        sessions.append(session := fuzz(target, seconds))
        print(
            f"{'FOUND' if session.findings else 'ok   '} {target:24} {session.executed:9} inputs, "
            f"{session.covered:5} branches, {session.new:4} new ones worth keeping",
            flush=True,
        )
        for path in session.findings:
            print(_explained(target, path))
    return 1 if any(session.findings for session in sessions) else 0


def fuzz(target: str, seconds: int) -> Session:
    """Run one session; it goes on from what earlier ones found worth keeping."""
    corpus, found = _WORK / "corpus" / target, _WORK / "found" / target
    shutil.rmtree(found, ignore_errors=True)
    for folder in (corpus, found):
        folder.mkdir(parents=True, exist_ok=True)
    begin = [*seeds(target), *(path.read_bytes() for path in kept(target))]
    for number, data in enumerate(begin):
        (corpus / f"seed-{number}").write_bytes(data[:LONGEST])
    options = [
        f"-max_total_time={seconds}",
        f"-max_len={LONGEST}",
        f"-timeout={_SLOWEST}",
        "-rss_limit_mb=2048",
        "-print_final_stats=1",
        f"-artifact_prefix={found}{os.sep}",
        str(corpus),
    ]
    ran = subprocess.run(
        [sys.executable, "-m", "tests.fuzz.session", target, *options],
        cwd=_ROOT,
        capture_output=True,
        check=False,
    )
    said = ran.stderr.decode(errors="replace") + ran.stdout.decode(errors="replace")
    stats = {name: int(count) for name, count in _STAT.findall(said)}
    findings = tuple(sorted(found.iterdir()))
    if ran.returncode and not findings:
        raise RuntimeError(f"The session of {target} ended with {ran.returncode}:\n{said[-2000:]}")
    covered = [int(count) for count in _COVERED.findall(said)]
    return Session(
        target,
        stats.get("number_of_executed_units", 0),
        max(covered, default=0),
        stats.get("new_units_added", 0),
        findings,
    )


def _explained(target: str, path: Path) -> str:
    """Say what an input breaks; a smaller one that does the same takes its place."""
    data = path.read_bytes()
    if path.name.startswith(("timeout", "oom", "slow-unit")):
        return f"     {path.name.split('-')[0]}: {path}"
    if problem := problem_of(TARGETS[target], data):
        data = shrunk(TARGETS[target], data)
        path.write_bytes(data)
    return f"     {problem or 'not again'}\n     {data!r}\n     to keep it: tests/corpus/{target}/"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
