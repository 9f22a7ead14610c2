"""Packages for macOS."""

from __future__ import annotations

from pathlib import Path

from set_up import SetUpFailedError


def make_mac_packages(out: Path, work: Path) -> list[Path]:
    """Return what was made in `out`.

    Raises:
        SetUpFailedError: always, as long as nobody has written it.
    """
    del out, work
    raise SetUpFailedError("Packages for macOS cannot be made yet.")
