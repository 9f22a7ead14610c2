"""Runs the programs that packages are made with."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence

from set_up import ROOT, SetUpFailedError

_LONGEST_STORY = 4000  # characters


def said(command: Sequence[str], environ: Mapping[str, str] | None = None) -> str:
    """Run a command in the project's folder; return what it wrote to its standard output.

    Raises:
        SetUpFailedError: it is not there or failed; holds the end of all that it said.
    """
    try:
        done = subprocess.run(
            command,
            cwd=ROOT,
            env=environ,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
        )
    except OSError as error:
        raise SetUpFailedError(f"{command[0]} cannot be started: {error}") from error
    if done.returncode:
        story = (done.stdout + done.stderr)[-_LONGEST_STORY:].strip()
        name = " ".join(command[:3])
        raise SetUpFailedError(f"{name} failed ({done.returncode}):\n{story}")
    return done.stdout
