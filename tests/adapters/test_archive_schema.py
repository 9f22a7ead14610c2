"""Whatever stands where the history should be: the program starts, and nothing is overwritten."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from headwater.adapters import archive_schema
from headwater.adapters.archive_backup import KEPT_OF_A_KIND, backups
from headwater.adapters.archive_schema import (
    APPLICATION_ID,
    MIGRATIONS,
    OpenReport,
    mark_suspect,
    open_database,
)

_IN_MEMORY = "is kept only until Headwater ends."
_NEXT = (*MIGRATIONS, ("ALTER TABLE conversations ADD COLUMN colour TEXT",))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "headwater.db"


def _alone() -> bool:
    return False


def _open(
    path: Path, migrations: tuple[tuple[str, ...], ...] = MIGRATIONS, *, is_shared: bool = False
) -> OpenReport:
    connection, report = open_database(path, lambda: is_shared, migrations)
    with closing(connection):
        # Usable in every case: this is what "the program starts" means here.
        connection.execute(
            "INSERT INTO conversations (id, created, updated, activity) VALUES ('new', '', '', 1)"
        )
        connection.execute("DELETE FROM conversations WHERE id = 'new'")
    return report


def _filled(path: Path, rows: int = 400) -> bytes:
    """Write a history and return the bytes of its file."""
    connection, _ = open_database(path, _alone)
    with closing(connection):
        for number in range(rows):
            connection.execute(
                "INSERT INTO conversations VALUES (?, ?, '', '', '', '', ?, NULL)",
                (f"c{number}", "A long title. " * 10, number),
            )
    return path.read_bytes()


def _titles(path: Path) -> int:
    with closing(sqlite3.connect(path)) as database:
        count = database.execute("SELECT count(*) FROM conversations").fetchone()[0]
    return int(count)


def test_that_a_new_history_says_whose_it_is_and_which_version(path: Path) -> None:
    assert _open(path) == OpenReport(is_persistent=True)
    header = path.read_bytes()[:100]
    assert int.from_bytes(header[68:72], "big") == APPLICATION_ID
    assert int.from_bytes(header[60:64], "big") == len(MIGRATIONS)


def test_that_a_history_is_in_wal_mode_with_foreign_keys(path: Path) -> None:
    connection, _ = open_database(path, _alone)
    with closing(connection):
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert connection.execute("PRAGMA foreign_keys").fetchone() == (1,)
        assert connection.execute("PRAGMA synchronous").fetchone() == (1,)


def _truncated(good: bytes) -> bytes:
    return good[: len(good) // 2]


def _scrambled_middle(good: bytes) -> bytes:
    middle = len(good) // 2 // 4096 * 4096
    return good[:middle] + random.Random(1).randbytes(8192) + good[middle + 8192 :]


def _without_tables(good: bytes) -> bytes:
    return good[:100] + bytes(3996) + good[4096:]


@pytest.mark.parametrize(
    "damage",
    [
        _truncated,
        _scrambled_middle,
        _without_tables,
        lambda good: random.Random(2).randbytes(50_000),
        lambda good: good[:40],
        lambda good: b"not a database",
        lambda good: b"\0" * 5000,
        lambda good: good[:4096],
        lambda good: good[:18] + b"\x09\x09" + good[20:],
    ],
    ids=[
        "truncated",
        "scrambled",
        "no-tables",
        "random",
        "40-bytes",
        "text",
        "zeros",
        "one-page",
        "unknown-format",
    ],
)
def test_that_R38_a_damaged_file_is_kept_beside_and_a_new_history_begun(
    path: Path, damage: Callable[[bytes], bytes]
) -> None:
    bad = damage(_filled(path))
    path.write_bytes(bad)
    report = _open(path)
    assert report.is_persistent
    assert report.set_aside is not None
    assert report.set_aside.read_bytes() == bad
    assert report.set_aside.name.startswith("headwater.db.damaged-")
    assert report.set_aside.name in report.problem
    assert _titles(path) == 0


def test_that_R38_a_second_damaged_file_does_not_replace_the_first(path: Path) -> None:
    kept = []
    for text in (b"first wreck", b"second wreck", b"third wreck"):
        path.write_bytes(text)
        report = _open(path)
        assert report.set_aside is not None
        kept.append(report.set_aside)
    assert [wreck.read_bytes() for wreck in kept] == [
        b"first wreck",
        b"second wreck",
        b"third wreck",
    ]


def test_that_R38_the_log_of_a_damaged_file_goes_along_with_it(path: Path) -> None:
    path.write_bytes(b"wreck")
    path.with_name("headwater.db-wal").write_bytes(b"its log")
    aside = _open(path).set_aside
    assert aside is not None
    assert aside.with_name(aside.name + "-wal").read_bytes() == b"its log"


@pytest.mark.parametrize("is_there", [True, False])
def test_that_R38_a_log_without_its_file_is_kept_beside(path: Path, is_there: bool) -> None:
    if is_there:
        path.write_bytes(b"")
    path.with_name("headwater.db-wal").write_bytes(b"all that is left")
    aside = _open(path).set_aside
    assert aside is not None
    assert aside.with_name(aside.name + "-wal").read_bytes() == b"all that is left"


def test_that_R38_a_zero_length_file_is_begun_anew(path: Path) -> None:
    path.write_bytes(b"")
    assert _open(path) == OpenReport(is_persistent=True)


def test_that_R38_a_zero_length_file_with_a_backup_says_where_it_is(path: Path) -> None:
    _filled(path)
    _open(path, _NEXT)
    path.write_bytes(b"")
    report = _open(path)
    assert report.is_persistent
    assert str(backups(path)[-1]) in report.problem


def test_that_R38_a_newer_history_is_refused_and_its_bytes_stay(path: Path) -> None:
    _filled(path)
    _open(path, _NEXT)
    before = path.read_bytes()
    report = _open(path)
    assert not report.is_persistent
    assert report.problem == (
        f"The history was written by a newer Headwater and is left untouched. "
        f"What you ask now {_IN_MEMORY}"
    )
    assert path.read_bytes() == before
    assert not path.with_name("headwater.db-wal").exists()


def test_that_another_programs_database_is_left_alone(path: Path) -> None:
    with closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA application_id = 7")
        database.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")
        database.execute("CREATE TABLE theirs (x)")
        database.commit()
    before = path.read_bytes()
    report = _open(path)
    assert report.problem.startswith("The history file belongs to another program.")
    assert path.read_bytes() == before


def test_that_an_unnamed_programs_database_is_left_alone(path: Path) -> None:
    with closing(sqlite3.connect(path)) as database:
        database.execute("CREATE TABLE theirs (x)")
        database.commit()
    before = path.read_bytes()
    assert not _open(path).is_persistent
    assert path.read_bytes() == before


def test_that_R38_a_folder_in_place_of_the_file_is_said(path: Path) -> None:
    path.mkdir()
    report = _open(path)
    assert not report.is_persistent
    assert report.problem.endswith(_IN_MEMORY)
    assert path.is_dir()


def test_that_R38_a_file_in_place_of_the_folder_is_said(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file")
    report = _open(tmp_path / "data" / "headwater.db")
    assert not report.is_persistent
    assert report.problem.endswith(_IN_MEMORY)


def test_that_R37_a_file_that_cannot_be_written_is_said(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _filled(path)
    connect = sqlite3.connect

    # As root no mode of a file forbids writing; opening it read-only does.
    def read_only(name: object, **options: object) -> sqlite3.Connection:
        if name == ":memory:":
            return connect(":memory:", isolation_level=None)
        return connect(f"file:{name}?mode=ro", uri=True, isolation_level=None)

    monkeypatch.setattr(sqlite3, "connect", read_only)
    report = _open(path)
    assert not report.is_persistent
    assert "readonly" in report.problem


def test_that_a_damaged_file_in_use_by_another_process_is_not_renamed(path: Path) -> None:
    path.write_bytes(b"wreck, perhaps")
    report = _open(path, is_shared=True)
    assert not report.is_persistent
    assert path.read_bytes() == b"wreck, perhaps"


def test_that_a_large_history_is_checked_after_a_mark_and_only_then(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    good = _filled(path)
    bad = _scrambled_middle(good)
    path.write_bytes(bad)
    monkeypatch.setattr(archive_schema, "_ALWAYS_CHECKED", len(bad) - 1)
    assert _open(path).set_aside is None
    mark_suspect(path, is_suspect=True)
    assert _open(path).set_aside is not None


def test_that_S24_a_link_of_another_user_is_refused(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = path.with_name("elsewhere.db")
    _filled(target)
    path.symlink_to(target)
    assert _open(path).is_persistent
    before = target.read_bytes()
    monkeypatch.setattr(os, "getuid", lambda: path.lstat().st_uid + 1)
    report = _open(path)
    assert report.problem.startswith("The history file is a link that belongs to another user.")
    assert target.read_bytes() == before


def test_that_R38_an_old_history_is_migrated_with_a_backup_before(path: Path) -> None:
    _filled(path, rows=3)
    before = path.read_bytes()
    umask = os.umask(0)
    try:
        assert _open(path, _NEXT) == OpenReport(is_persistent=True)
    finally:
        os.umask(umask)
    assert _titles(path) == 3
    (backup,) = backups(path)
    assert backup.stat().st_mode & 0o777 == 0o600
    assert backup.parent.stat().st_mode & 0o777 == 0o700
    assert [found.name for found in backup.parent.iterdir()] == [backup.name]
    with closing(sqlite3.connect(backup)) as copy:
        assert copy.execute("PRAGMA user_version").fetchone() == (len(MIGRATIONS),)
        assert copy.execute("SELECT count(*) FROM conversations").fetchone() == (3,)
    assert len(backup.read_bytes()) == len(before)


def test_that_R38_a_history_without_its_attachments_is_damaged(path: Path) -> None:
    _filled(path, rows=1)
    with closing(sqlite3.connect(path)) as database:
        database.execute("DROP TABLE attachments")
    report = _open(path)
    assert report.is_persistent
    assert report.set_aside is not None
    assert _titles(report.set_aside) == 1


def test_that_R39_only_the_newest_backups_are_kept(path: Path) -> None:
    _filled(path, rows=1)
    steps = MIGRATIONS
    made = []
    for number in range(KEPT_OF_A_KIND + 2):
        steps = (*steps, (f"CREATE TABLE step{number} (x)",))
        _open(path, steps)
        made.append(backups(path)[-1])
    assert backups(path) == made[-KEPT_OF_A_KIND:]


def test_that_a_migration_that_fails_leaves_the_history_as_it_was(path: Path) -> None:
    _filled(path, rows=3)
    # Three rows have the same title.
    broken = (
        *MIGRATIONS,
        ("CREATE TABLE half (x)", "CREATE UNIQUE INDEX u ON conversations (title)"),
    )
    report = _open(path, broken)
    assert not report.is_persistent
    assert report.set_aside is None
    assert _open(path) == OpenReport(is_persistent=True)
    with closing(sqlite3.connect(path)) as database:
        assert (
            database.execute("SELECT 1 FROM sqlite_schema WHERE name = 'half'").fetchone() is None
        )
    assert _titles(path) == 3


def test_that_R43_a_history_that_another_process_is_just_making_is_nobody_elses(
    path: Path,
) -> None:
    class Interrupted(sqlite3.Connection):
        """Lets another process make the tables right after this one read the version."""

        def execute(self, statement: str, *parameters: object) -> sqlite3.Cursor:
            if statement == "SELECT 1 FROM sqlite_schema" and not others:
                others.append(open_database(path, _alone)[0])
            return super().execute(statement, *parameters)  # type: ignore[arg-type]

    others: list[sqlite3.Connection] = []
    with closing(sqlite3.connect(path, isolation_level=None, factory=Interrupted)) as connection:
        archive_schema._migrate(connection, path, MIGRATIONS)
        assert connection.execute("PRAGMA user_version").fetchone() == (len(MIGRATIONS),)
    for other in others:
        other.close()
    assert len(others) == 1


_MIGRATING = """
import os, signal, sys
from pathlib import Path
from headwater.adapters.archive_schema import MIGRATIONS, open_database

class Deadly(tuple):
    def __iter__(self):
        for number, statement in enumerate(tuple.__iter__(self)):
            if number == int(sys.argv[2]):
                os.kill(os.getpid(), signal.SIGKILL)
            yield statement

steps = Deadly((
    "ALTER TABLE conversations ADD COLUMN colour TEXT",
    "UPDATE conversations SET title = 'changed', colour = 'red'",
    "DELETE FROM turns",
    "DROP TABLE pieces",
    "SELECT 1",
))
open_database(Path(sys.argv[1]), lambda: False, (*MIGRATIONS, steps))
"""


@pytest.mark.parametrize("step", range(5))
def test_that_a_process_killed_in_the_middle_of_a_migration_leaves_the_old_history(
    path: Path, step: int
) -> None:
    _filled(path)
    with closing(sqlite3.connect(path)) as database:
        before = list(database.iterdump())
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    killed = subprocess.run(
        [sys.executable, "-c", _MIGRATING, str(path), str(step)], env=environment, check=False
    )
    assert killed.returncode == -signal.SIGKILL
    assert _open(path) == OpenReport(is_persistent=True)
    with closing(sqlite3.connect(path)) as database:
        assert list(database.iterdump()) == before
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert len(backups(path)) == 1


@pytest.mark.parametrize("part", [0.0, 0.1, 0.37, 0.5, 0.93, 0.9999])
def test_that_R39_a_log_cut_by_a_power_failure_loses_its_end_and_nothing_else(
    path: Path, part: float
) -> None:
    connection, _ = open_database(path, _alone)
    cut = path.with_name("cut.db")
    with closing(connection):
        for number in range(60):
            connection.execute(
                "INSERT INTO conversations VALUES (?, ?, '', '', '', '', ?, NULL)",
                (f"c{number}", "A long title. " * 50, number),
            )
        cut.write_bytes(path.read_bytes())
        log = path.with_name(path.name + "-wal").read_bytes()
        cut.with_name("cut.db-wal").write_bytes(log[: int(len(log) * part)])
    assert _open(cut) == OpenReport(is_persistent=True)
    with closing(sqlite3.connect(cut)) as database:
        kept = [
            row[0] for row in database.execute("SELECT id FROM conversations ORDER BY activity")
        ]
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert kept == [f"c{number}" for number in range(len(kept))]
    assert abs(len(kept) - 60 * part) < 8


@pytest.fixture(autouse=True)
def _no_open_descriptor_is_left() -> Iterator[None]:
    """Opening fails in many ways, and each must close what it opened."""
    fds = Path("/proc/self/fd")
    before = len(list(fds.iterdir())) if fds.exists() else 0
    yield
    if fds.exists():
        assert len(list(fds.iterdir())) <= before
