"""Everything that was written goes, and what somebody else put there stays."""

from __future__ import annotations

from pathlib import Path

import pytest

from headwater.adapters.erasure import erase_files
from headwater.adapters.folders import Folders

_OURS = (
    "data/headwater.db",
    "data/headwater.db-wal",
    "data/headwater.db-shm",
    "data/headwater.db.suspect",
    "data/headwater.db.damaged-2026-11-20",
    "data/headwater.db.damaged-2026-11-20-wal",
    "data/backups/headwater-20261120-101500-000000-daily.db",
    "data/backups/headwater-20261120-101500-000000-v2.db-journal",
    "data/backups/.headwater-20261120-101500-000000-daily.db.77.part",
    "data/backups/.headwater-restoring.77.part-wal",
    "data/running/0123456789abcdef.lock",
    "config/preferences.json",
    "config/preferences.json.damaged-2026-11-20",
    "config/.preferences.json.77-0a1b2c3d",
    "state/instance.lock",
    "log/crash.log",
    "log/crash.log.1",
    "log/fault.log",
)


def _write(folder: Path, names: tuple[str, ...]) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"words")


def test_that_nothing_is_left_of_us(tmp_path: Path) -> None:
    root = tmp_path / "mine"
    _write(root, _OURS)

    assert erase_files(Folders.under(root)) == []
    assert list(tmp_path.iterdir()) == []


def test_that_files_of_the_person_stay_with_their_folders(tmp_path: Path) -> None:
    theirs = ("notes.txt", "data/letters.db", "data/backups/holiday.db", "log/other.log")
    _write(tmp_path, _OURS)
    _write(tmp_path, theirs)

    assert erase_files(Folders.under(tmp_path)) == []
    left = [str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()]
    assert sorted(left) == sorted(theirs)


def test_that_what_cannot_be_removed_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path / "mine"
    _write(root, _OURS[:2])
    (root / "data" / "headwater.db").unlink()
    (root / "data" / "headwater.db").mkdir()  # as little to be unlinked as a file that is held open
    (root / "data" / "headwater.db" / "x").touch()
    refused = root / "data" / "headwater.db-wal"
    unlink = Path.unlink

    def hold(path: Path, *, missing_ok: bool = False) -> None:
        if path == refused:
            raise PermissionError(13, "held open")
        unlink(path, missing_ok=missing_ok)

    monkeypatch.setattr(Path, "unlink", hold)
    assert erase_files(Folders.under(root)) == [refused]


def test_that_folders_that_were_never_made_are_no_trouble(tmp_path: Path) -> None:
    assert erase_files(Folders.under(tmp_path / "nowhere")) == []
    assert list(tmp_path.iterdir()) == []
