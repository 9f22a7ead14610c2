"""Run Headwater against servers that nobody here wrote: `python -m tests.third_party [names]`."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from xml.etree import ElementTree as ET

from tests.third_party.installation import InstallationError, installed

_HERE = Path(__file__).resolve().parent
_ROOT = _HERE.parents[1]
# Run beside all others: half of the time goes into waiting, for a slow server or a second try.
_APART = "aimock_cases.py"
_NO_TESTS_COLLECTED = 5
_ORDINARY = {0, 1, _NO_TESTS_COLLECTED}
_STOP_LIMIT = 20.0
_INTERRUPTED = 130


class _Run:
    """Some files of checks in a pytest of their own, with servers of their own."""

    def __init__(self, files: Sequence[Path], names: Sequence[str], folder: Path) -> None:
        self._report = folder / f"{files[0].stem}.xml"
        chosen = ["-k", " or ".join(names)] if names else []
        options = ["-v", "--no-header", "--tb=short", "-p", "no:cacheprovider"]
        self._command = [
            *(sys.executable, "-m", "pytest", *options, *chosen),
            *(f"--junitxml={self._report}", *map(str, files)),
        ]
        self._process: subprocess.Popen[bytes] | None = None
        self._is_stopped = False

    def run(self) -> None:
        """Run the checks and pass on every line they print."""
        if self._is_stopped:
            return
        environment = {"QT_QPA_PLATFORM": "offscreen", **os.environ, "PYTHONUNBUFFERED": "1"}
        self._process = subprocess.Popen(
            self._command,
            cwd=_ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        assert self._process.stdout is not None
        for line in self._process.stdout:
            sys.stdout.buffer.write(line)
            sys.stdout.buffer.flush()
        status = self._process.wait()
        if status not in _ORDINARY:
            print(f"{self._report.stem} broke off with status {status}", flush=True)

    def stop(self) -> None:
        """End the checks as Ctrl+C does, so that their servers end as well."""
        self._is_stopped = True
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)
            try:
                self._process.wait(_STOP_LIMIT)
            except subprocess.TimeoutExpired:
                self._process.kill()

    def counts(self) -> tuple[int, int]:
        """Return how many checks passed and failed; a skipped or broken one has failed."""
        status = self._process.returncode if self._process else None
        if status == _NO_TESTS_COLLECTED:
            return 0, 0
        if not self._report.is_file():
            return 0, 1
        ran: set[str] = set()
        failed: set[str] = set()
        for case in ET.parse(self._report).iter("testcase"):
            name = f"{case.get('classname')}::{case.get('name')}"
            ran.add(name)
            if any(case.find(trouble) is not None for trouble in ("failure", "error", "skipped")):
                failed.add(name)
        return len(ran - failed), len(failed) + (status not in _ORDINARY)


def main(names: Sequence[str]) -> int:
    """Install what is missing, then run the checks whose names contain one of `names`, or all."""
    # A polite kill must reach the checks, which stop their servers.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    started = time.monotonic()
    try:
        installed()
    except InstallationError as error:
        print(f"{error}\n0 passed, 1 failed", flush=True)
        return 1
    with tempfile.TemporaryDirectory() as folder:
        files = sorted(_HERE.glob("*_cases.py"))
        parts = ([f for f in files if f.name == _APART], [f for f in files if f.name != _APART])
        runs = [_Run(part, names, Path(folder)) for part in parts]
        with ThreadPoolExecutor(len(runs)) as pool:
            try:
                for done in [pool.submit(run.run) for run in runs]:
                    done.result()
            except KeyboardInterrupt:
                for run in runs:
                    run.stop()
                print("Interrupted; the servers are stopped.", flush=True)
                return _INTERRUPTED
        counts = [run.counts() for run in runs]
    passed, failed = (sum(column) for column in zip(*counts, strict=True))
    print(f"Headwater against aimock and LiteLLM, {time.monotonic() - started:.0f} s:")
    print(f"{passed} passed, {failed} failed", flush=True)
    return 0 if passed and not failed else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
