"""Backups: whole and checked or not there, thinned by their order, alone for their owner."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from headwater.adapters import archive_backup
from headwater.adapters.archive_backup import (
    ASKED,
    BEFORE_RESTORING,
    DAILY,
    BackupError,
    GaveWayError,
    Kept,
    backups,
    conversations_in,
    copy_database,
    keep_backup,
    kept_backups,
    superfluous,
    thin,
)
from headwater.adapters.archive_schema import open_database

_NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "headwater.db"


def _opened(path: Path, rows: int = 3) -> sqlite3.Connection:
    connection, report = open_database(path, lambda: False)
    assert report.is_persistent
    for number in range(rows):
        connection.execute(
            "INSERT INTO conversations VALUES (?, ?, '', '', '', '', ?, NULL)",
            (f"c{number}", "A long title. " * 200, number),
        )
        connection.execute(
            "INSERT INTO turns (id, conversation_id, parent_id, question) VALUES (?, ?, '', '{}')",
            (f"t{number}", f"c{number}"),
        )
    return connection


def _left(days: list[float], kind: str = DAILY) -> list[Kept]:
    moments = [_NOON - timedelta(days=ago) for ago in days]
    return [Kept(Path(f"{moment:%Y%m%d%H%M}{kind}"), moment, kind) for moment in moments]


def _stay(kept: list[Kept], most_bytes: int = 10**9, size: int = 1) -> list[Kept]:
    gone = superfluous(kept, most_bytes, lambda _: size)
    return [each for each in kept if each not in gone]


def test_that_seven_days_and_four_weeks_of_daily_backups_stay() -> None:
    kept = _left([float(day) for day in range(60)])

    stay = [(_NOON - each.moment).days for each in _stay(kept)]

    # A week ends on Sunday: 21 November 2026 is a Saturday.
    assert stay == [0, 1, 2, 3, 4, 5, 6, 13, 20]


def test_that_thinning_every_day_for_a_year_leaves_a_month_to_go_back_to() -> None:
    kept: list[Kept] = []
    for day in range(365):
        kept = _stay([*kept, *_left([float(364 - day)])])

    ages = [(_NOON - each.moment).days for each in kept]
    assert ages == [20, 13, 6, 5, 4, 3, 2, 1, 0]


def test_that_of_several_a_day_the_latest_stays() -> None:
    kept = _left([0.0, 0.1, 0.2])

    assert _stay(kept) == kept[:1]


def test_that_those_before_an_update_or_a_restoration_and_of_the_person_stay_besides() -> None:
    daily = _left([0.0, 1.0])
    updates = _left([100.0, 200.0, 300.0, 400.0], "v2")
    restorations = _left([number / 100 for number in range(6)], BEFORE_RESTORING)
    asked = _left([number / 100 for number in range(6)], ASKED)

    stay = _stay([*daily, *updates, *restorations, *asked])

    assert stay == [*daily, *updates[:3], *restorations[:5], *asked[:5]]


def test_that_R40_a_clock_that_jumped_removes_nothing_that_is_new() -> None:
    of_the_future = _left([-4000.0])
    kept = [*of_the_future, *_left([float(day) for day in range(6)])]

    assert _stay(kept) == kept


def test_that_the_oldest_go_when_all_together_are_too_large_but_never_the_last_two() -> None:
    kept = _left([float(day) for day in range(6)])

    assert _stay(kept, most_bytes=45, size=10) == kept[:4]
    assert _stay(kept, most_bytes=5, size=10) == kept[:2]


def test_that_a_backup_is_one_whole_file_of_its_owner_alone(path: Path) -> None:
    umask = os.umask(0)
    try:
        with closing(_opened(path)) as connection:
            made = keep_backup(connection, path, DAILY)
    finally:
        os.umask(umask)

    assert [each.name for each in made.parent.iterdir()] == [made.name]
    assert made.stat().st_mode & 0o777 == 0o600
    assert made.parent.stat().st_mode & 0o777 == 0o700
    assert conversations_in(made) == 3
    assert [each.kind for each in kept_backups(path)] == [DAILY]
    with closing(sqlite3.connect(made)) as copy:
        assert copy.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert copy.execute("PRAGMA journal_mode").fetchone() == ("delete",)


def test_that_a_backup_is_of_one_moment_whatever_is_written_meanwhile(path: Path) -> None:
    with closing(_opened(path, rows=2000)) as writing:
        reading = sqlite3.connect(path, isolation_level=None)
        with closing(reading):
            reading.execute("BEGIN")
            reading.execute("SELECT 1 FROM sqlite_schema").fetchone()
            asked = 0

            def write() -> bool:
                nonlocal asked
                asked += 1
                writing.execute("DELETE FROM conversations WHERE id = ?", (f"c{asked}",))
                return True

            target = path.with_name("copy.db")
            copy_database(reading, target, write)

    assert asked > 3
    assert conversations_in(target) == 2000


def test_that_giving_way_leaves_nothing_behind(path: Path) -> None:
    steps = iter([True, True, False])
    with closing(_opened(path, rows=2000)) as connection, pytest.raises(GaveWayError):
        keep_backup(connection, path, DAILY, lambda: next(steps))

    assert list((path.parent / "backups").iterdir()) == []


def test_that_an_older_backup_stays_when_the_new_one_is_not_whole(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = archive_backup._copy

    def torn(connection: sqlite3.Connection, draft: Path, may_go_on: Callable[[], bool]) -> None:
        real(connection, draft, may_go_on)
        with draft.open("r+b") as file:
            file.seek(4096 * 3)
            file.write(b"\xff" * 4096)

    with closing(_opened(path)) as connection:
        first = keep_backup(connection, path, "v1")
        monkeypatch.setattr(archive_backup, "_copy", torn)
        monkeypatch.setattr(archive_backup, "KEPT_OF_A_KIND", 1)
        with pytest.raises((BackupError, sqlite3.DatabaseError)):
            keep_backup(connection, path, "v1")

    assert backups(path) == [first]
    assert len(list(first.parent.iterdir())) == 1


def test_that_R37_a_disk_without_room_is_said_before_anything_is_written(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archive_backup, "_SPARE", 1 << 60)
    with closing(_opened(path)) as connection, pytest.raises(BackupError, match="not enough space"):
        keep_backup(connection, path, DAILY)

    assert list((path.parent / "backups").iterdir()) == []


def test_that_the_draft_of_a_process_that_died_is_removed_later(path: Path) -> None:
    folder = path.parent / "backups"
    folder.mkdir()
    forgotten, fresh = folder / ".old.db.1.part", folder / ".new.db.2.part"
    for draft in (forgotten, fresh):
        draft.write_bytes(b"half")
    os.utime(forgotten, (0, 0))
    with closing(_opened(path)) as connection:
        keep_backup(connection, path, DAILY)

    assert (forgotten.exists(), fresh.exists()) == (False, True)


def test_that_files_that_only_look_like_backups_are_neither_listed_nor_removed(path: Path) -> None:
    folder = path.parent / "backups"
    folder.mkdir()
    others = ["headwater-notes.db", "headwater-20261199-000000-000000-daily.db", "x.db"]
    for name in others:
        (folder / name).write_bytes(b"mine")
    thin(path, most_bytes=0)

    assert backups(path) == []
    assert sorted(each.name for each in folder.iterdir()) == sorted(others)


def test_that_an_existing_file_is_not_replaced(path: Path) -> None:
    target = path.with_name("mine.db")
    target.write_bytes(b"mine")
    with closing(_opened(path)) as connection, pytest.raises(FileExistsError):
        copy_database(connection, target)

    assert target.read_bytes() == b"mine"


def test_that_a_file_that_is_no_history_counts_as_unreadable(tmp_path: Path) -> None:
    (tmp_path / "x.db").write_bytes(b"nothing")

    assert conversations_in(tmp_path / "x.db") is None
    assert conversations_in(tmp_path / "missing.db") is None
    assert not (tmp_path / "missing.db").exists()
