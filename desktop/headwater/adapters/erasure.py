"""Removes every file that Headwater wrote, and nothing that somebody else put beside them."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from headwater.adapters.folders import Folders

_DRAFTS = ".{0}.*"  # what a process that died left of a file it was replacing


def erase_files(folders: Folders) -> list[Path]:
    """Remove history, backups, preferences and reports; return what could not be removed.

    Folders go when nothing is left in them. To be called when nothing has them open any more.
    """
    database = folders.database
    backups = folders.data / "backups"
    running = folders.data / "running"
    for folder, patterns in (
        (backups, (f"{database.stem}-*{database.suffix}*", f".{database.stem}-*.part*")),
        (running, ("*.lock",)),
        (folders.data, (f"{database.name}*",)),
        (folders.config, _of(folders.preferences)),
        (folders.state, ("instance.lock",)),
        (folders.log, (*_of(folders.crash_file), *_of(folders.fault_file))),
    ):
        _remove(folder, patterns)
    left = []
    places = (backups, running, folders.data, folders.config, folders.log, folders.state)
    for folder in places:
        with suppress(OSError):
            folder.rmdir()
    for folder in places:
        if folder.is_dir():
            left += [path for path in folder.iterdir() if path.is_file() and _is_ours(path)]
    with suppress(OSError):
        if folders.data.name == "data":  # all four were in one folder, which `--data-dir` names
            folders.data.parent.rmdir()
    return left


def _of(path: Path) -> tuple[str, str]:
    return f"{path.name}*", _DRAFTS.format(path.name)


def _remove(folder: Path, patterns: Iterable[str]) -> None:
    for pattern in patterns:
        for path in folder.glob(pattern):
            with suppress(OSError):
                path.unlink()


def _is_ours(path: Path) -> bool:
    ours = ("headwater.db", "headwater-", "preferences.json", "crash.log", "fault.log")
    return path.name.lstrip(".").startswith(ours)
