"""Copies of the history on the disk: how they are named, made, checked, read and thinned."""

from __future__ import annotations

import os
import re
import sqlite3
import time
from collections.abc import Callable, Iterable
from contextlib import closing, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from headwater.adapters.private_file import make_folder, open_private, sync_folder, tighten

COMPANIONS = ("-wal", "-shm", "-journal")
KEPT_OF_A_KIND = 3  # of those before an update
KEPT_OF_THE_PERSON = 5  # of those that were asked for, and of those before a restoration
KEPT_DAYS = 7
KEPT_WEEKS = 4
MOST_BYTES = 2 * 1024**3  # of all together; the two newest stay whatever their size

DAILY = "daily"
ASKED = "asked"
BEFORE_RESTORING = "restored"

_MOMENT = "%Y%m%d-%H%M%S-%f"
_NAME = re.compile(r"-(\d{8}-\d{6}-\d{6})-(\w+)$")
_PAGES = 256  # copied in one go, about a megabyte
_REST = 0.002  # seconds between them: other programs want the disk too
_SPARE = 64 * 1024 * 1024  # bytes of the disk that a backup leaves free
_FORGOTTEN = 3600.0  # seconds after which a draft is one of a process that died


class BackupError(Exception):
    """A copy cannot be made or used; the message says why in one plain sentence."""


class GaveWayError(Exception):
    """Something more urgent has come; nothing was left behind."""


class Kept(NamedTuple):
    """A backup on the disk; `kind` is a constant of this module or `v` and the schema's number."""

    path: Path
    moment: datetime
    kind: str


def kept_backups(path: Path) -> list[Kept]:
    """Return the backups of the database at `path`, oldest first."""
    found = []
    for each in backup_folder(path).glob(f"{path.stem}-*{path.suffix}"):
        named = _NAME.search(each.stem)
        if named is None or each.stem[: named.start()] != path.stem:
            continue
        with suppress(ValueError):
            moment = datetime.strptime(named[1], _MOMENT).replace(tzinfo=UTC)
            found.append(Kept(each, moment, named[2]))
    return sorted(found, key=lambda kept: (kept.moment, kept.path.name))


def backups(path: Path) -> list[Path]:
    """Return the files of the backups of the database at `path`, oldest first."""
    return [kept.path for kept in kept_backups(path)]


def backup_folder(path: Path) -> Path:
    """Return where the backups of the database at `path` lie."""
    return path.parent / "backups"


def keep_backup(
    connection: sqlite3.Connection,
    path: Path,
    kind: str,
    may_go_on: Callable[[], bool] = lambda: True,
) -> Path:
    """Copy the open database of `path` into its folder of backups; thin those afterwards.

    Raises:
        GaveWayError: as `copy_database`.
        BackupError, sqlite3.Error, OSError: there is no new backup, and the older ones stay.
    """
    folder = backup_folder(path)
    make_folder(folder)
    tighten(folder)
    _drop_forgotten(folder)
    moment = datetime.now(UTC).strftime(_MOMENT)
    target = folder / f"{path.stem}-{moment}-{kind}{path.suffix}"
    copy_database(connection, target, may_go_on)
    thin(path)
    return target


def copy_database(
    connection: sqlite3.Connection, target: Path, may_go_on: Callable[[], bool] = lambda: True
) -> None:
    """Copy the database to `target`, which appears whole and checked or not at all.

    The copy is of one moment; `may_go_on` is asked after each megabyte.

    Raises:
        FileExistsError: `target` exists.
        GaveWayError: `may_go_on` said no.
        BackupError: the copy is not what it should be.
        sqlite3.Error, OSError: it cannot be written.
    """
    if os.path.lexists(target):
        raise FileExistsError(17, "it exists already", str(target))
    draft = target.with_name(f".{target.name}.{os.getpid()}.part")
    _require_space(connection, target.parent)
    os.close(open_private(draft, os.O_RDWR | os.O_CREAT | os.O_TRUNC))
    try:
        _copy(connection, draft, may_go_on)
        _check(draft, connection.execute("PRAGMA user_version").fetchone()[0])
        _sync(draft)
        put_where_nothing_is(draft, target)
    finally:
        for ending in ("", *COMPANIONS):
            with suppress(OSError):
                draft.with_name(draft.name + ending).unlink()
    sync_folder(target.parent)


def put_where_nothing_is(draft: Path, target: Path) -> None:
    """Give `draft` its name; raises FileExistsError where something has it."""
    if os.name == "nt":
        draft.rename(target)  # fails where something is
        return
    try:
        os.link(draft, target)
    except FileExistsError:
        raise
    except OSError:  # a file system without links
        if os.path.lexists(target):
            raise FileExistsError(17, "it exists already", str(target)) from None
        draft.replace(target)


def conversations_in(path: Path) -> int | None:
    """Return how many conversations a backup holds, None where it cannot be read."""
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as copy:
            columns = {row[1] for row in copy.execute("PRAGMA table_info(conversations)")}
            there = "deleted IS NULL AND" if "deleted" in columns else ""
            row = copy.execute(
                f"SELECT count(*) FROM conversations WHERE {there}"  # noqa: S608 - a constant
                " EXISTS (SELECT 1 FROM turns WHERE conversation_id = conversations.id)"
            ).fetchone()
            return int(row[0])
    except sqlite3.Error:
        return None


def thin(path: Path, most_bytes: int = MOST_BYTES) -> None:
    """Remove what is more than enough: see `superfluous`."""
    for kept in superfluous(kept_backups(path), most_bytes, _size):
        with suppress(OSError):
            kept.path.unlink()


def superfluous(
    backups: Iterable[Kept], most_bytes: int, size_of: Callable[[Path], int]
) -> list[Kept]:
    """Return which of `backups` are to go.

    What stays: of each of the seven latest days and four latest weeks that have one the latest,
    the latest five of those that a person made or that were made before a restoration, and the
    latest three of those before an update. What counts is their order and not today's date,
    because a clock may jump.
    """
    latest_first = sorted(backups, key=lambda kept: kept.moment, reverse=True)
    staying: list[Kept] = []
    dated = [kept for kept in latest_first if kept.kind == DAILY]
    for most, period in ((KEPT_DAYS, "%Y-%j"), (KEPT_WEEKS, "%G-%V")):
        of_period: dict[str, Kept] = {}
        for kept in dated:
            of_period.setdefault(kept.moment.strftime(period), kept)
        staying += list(of_period.values())[:most]
    for kind in (ASKED, BEFORE_RESTORING):
        staying += [kept for kept in latest_first if kept.kind == kind][:KEPT_OF_THE_PERSON]
    known = {DAILY, ASKED, BEFORE_RESTORING}
    staying += [kept for kept in latest_first if kept.kind not in known][:KEPT_OF_A_KIND]
    room = most_bytes
    for count, kept in enumerate([kept for kept in latest_first if kept in staying]):
        room -= size_of(kept.path)
        if room < 0 and count >= 2:
            staying.remove(kept)
    return [kept for kept in latest_first if kept not in staying]


def _copy(connection: sqlite3.Connection, draft: Path, may_go_on: Callable[[], bool]) -> None:
    def look(_status: int, remaining: int, _total: int) -> None:
        if not may_go_on():
            raise GaveWayError
        if remaining:
            time.sleep(_REST)

    with closing(sqlite3.connect(draft, isolation_level=None)) as copy:
        copy.execute("PRAGMA journal_mode = OFF")
        copy.execute("PRAGMA synchronous = OFF")  # it is synced as a whole before it has its name
        connection.backup(copy, pages=_PAGES, progress=look, sleep=0)
        copy.execute("PRAGMA journal_mode = DELETE")  # one file, which can also be read where it is


def _check(draft: Path, version: int) -> None:
    with closing(sqlite3.connect(draft)) as copy:
        copied = copy.execute("PRAGMA user_version").fetchone()[0]
        if copied != version or copy.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok":
            raise BackupError("A backup of the history could not be made.")


def _require_space(connection: sqlite3.Connection, folder: Path) -> None:
    import shutil  # not loaded with the start

    pages = connection.execute("PRAGMA page_count").fetchone()[0]
    size = pages * connection.execute("PRAGMA page_size").fetchone()[0]
    if shutil.disk_usage(folder).free < size + _SPARE:
        raise BackupError("There is not enough space on the disk for a backup of the history.")


def _drop_forgotten(folder: Path) -> None:
    for draft in folder.glob(".*.part*"):
        with suppress(OSError):
            if abs(time.time() - draft.stat().st_mtime) > _FORGOTTEN:
                draft.unlink()


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
