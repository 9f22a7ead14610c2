"""Runs `probe.py` under Wine: Windows' Python, Qt's Windows wheels and real key presses, on Debian.

What it runs in is made by `wine.py`. Wine is not Windows: what it cannot show stands in
`manual-tests.md`.
"""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

from set_up import ROOT, SetUpFailedError, say
from windows.wine import HERE, bring_wine, obey, windows_path, wine

LIMIT = 300.0  # seconds until a probe that says nothing more is ended


def main(arguments: Sequence[str]) -> int:
    """Set up what is missing, run the probe and return its exit status.

    Raises:
        SetUpFailedError: something is missing that only the person can add.
    """
    if arguments:
        say("`try-windows` takes no arguments.")
        return 2
    if not sys.platform.startswith("linux"):
        raise SetUpFailedError("`try-windows` runs Wine on Linux and nothing elsewhere.")
    folder = bring_wine()
    with wine(folder) as environ:
        return run_probe(folder / "python" / "python.exe", environ)


def run_probe(python: Path, environ: Mapping[str, str]) -> int:
    """Run the probe, do what it orders and show what it says; return 0 if all its checks passed."""
    # Windows' Python cannot use a file or a terminal of Linux as its standard streams.
    probe = subprocess.Popen(
        ["wine", str(python), windows_path(HERE / "probe.py")],
        cwd=ROOT,
        env=environ,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
    )
    assert probe.stdout is not None
    end = ["wineserver", "--kill"]  # of this prefix alone
    clock = threading.Timer(LIMIT, subprocess.run, [end], {"env": environ, "check": False})
    clock.start()
    said = ""
    with probe.stdout:
        for line in probe.stdout:
            command = order(line)
            if command:
                obey(command, environ)
            elif line.strip():
                said = line.strip()
                print(said, flush=True)
    status = probe.wait()
    clock.cancel()
    subprocess.run(end, env=environ, check=False)
    if status not in (0, 1) or not said.endswith(" failed"):
        print(f"0 passed, 1 failed: the probe did not get to its end (exit status {status})")
        return 1
    return status


def order(line: str) -> list[str]:
    """Return the command that a line of the probe asks for, or an empty one."""
    verb, _, rest = line.strip().partition(" ")
    if verb == "@press":
        return ["xdotool", "key", *rest.split()]
    if verb == "@focus":
        find = ["xdotool", "search", "--sync", "--onlyvisible", "--name", rest]
        return [*find, "windowactivate", "--sync"]
    return []
