"""A disk of two megabytes for one process, and for nobody else."""

from __future__ import annotations

import subprocess
from functools import cache
from pathlib import Path

_APART = ("unshare", "--map-root-user", "--mount", "sh", "-c")
_MOUNT = 'mount -t tmpfs -o size=2000000 headwater "$1" && shift && exec "$@"'


def on_small_disk(folder: Path, command: list[str]) -> list[str]:
    """Return `command` as one that finds `folder` on a disk of its own, which goes when it ends."""
    return [*_APART, _MOUNT, "sh", str(folder), *command]


@cache
def can_mount() -> bool:
    """Whether this user may mount something where nobody else sees it."""
    script = "mount -t tmpfs -o size=4096 headwater /tmp"
    try:
        tried = subprocess.run([*_APART, script], capture_output=True, check=False)
    except FileNotFoundError:
        return False
    return tried.returncode == 0
