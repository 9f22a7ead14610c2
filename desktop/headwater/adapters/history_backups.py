"""The backups of one history, on a thread of their own: reading and writing go on meanwhile."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeVar

from headwater.adapters.archive import SqliteArchive
from headwater.adapters.archive_backup import (
    ASKED,
    DAILY,
    BackupError,
    GaveWayError,
    Kept,
    conversations_in,
    copy_database,
    keep_backup,
    kept_backups,
)
from headwater.adapters.daemon_thread import DaemonThread
from headwater.session.ports import ArchiveError, BackupSummary

_T = TypeVar("_T")

_EACH = timedelta(days=1)
_LONGEST_CLOSE = 5.0
_BUSY = 1.5  # seconds to wait for a lock


class HistoryBackups:
    """Lists and makes backups; puts one in the place of the history by way of its archive."""

    def __init__(self, path: Path, archive: SqliteArchive) -> None:
        """Take the history's file, and the archive that has it open."""
        self._path = path
        self._archive = archive
        self._thread = DaemonThread("headwater-backup")
        self._is_used = self._is_closed = False

    async def close(self) -> None:
        """Have what is being written give way, and wait for that, within five seconds."""
        self._is_closed = True
        if self._is_used:
            ended = self._thread.call(lambda: None)
            self._thread.finish()
            await asyncio.wait((ended,), timeout=_LONGEST_CLOSE)

    async def listed(self) -> tuple[BackupSummary, ...]:
        """Return the backups, the latest first."""
        return await self._call(lambda: _listed(self._path))

    async def is_due(self, now: datetime) -> bool:
        """Whether a daily backup should be made: a day without one, and something new to keep."""
        return await self._call(lambda: _is_due(self._path, now))

    async def make(self, may_go_on: Callable[[], bool] | None = None) -> Path | None:
        """Make a backup beside the others; None when `may_go_on` said no meanwhile.

        Without `may_go_on` somebody has asked for it.

        Raises:
            ArchiveError: there is no new one; the message says why.
        """
        kind = ASKED if may_go_on is None else DAILY

        def goes_on() -> bool:
            return not self._is_closed and (may_go_on is None or may_go_on())

        return await self._call(lambda: _make(self._path, kind, goes_on))

    async def copy_to(self, target: Path) -> None:
        """Write a backup to a file of the person's choice, which must not exist.

        Raises:
            ArchiveError: nothing was written; the message says why.
        """
        await self._call(lambda: _copy_to(self._path, target))

    async def restore(self, backup: str) -> int:
        """Put a backup, by the name in its summary or its path, in the place of the history.

        Returns how many conversations there are then.

        Raises:
            ArchiveError: nothing was changed; the message says why.
        """
        return await self._archive.restore(Path(backup))

    async def _call(self, job: Callable[[], _T]) -> _T:
        if self._is_closed:
            raise ArchiveError("The history is closed.")
        self._is_used = True
        return await self._thread.call(job)


def _listed(path: Path) -> tuple[BackupSummary, ...]:
    found = []
    for kept in reversed(kept_backups(path)):
        with suppress(OSError):
            size = kept.path.stat().st_size
            count = conversations_in(kept.path)
            found.append(BackupSummary(str(kept.path), kept.moment, size, count, _reason(kept)))
    return tuple(found)


def _reason(kept: Kept) -> str:
    if kept.kind.startswith("v") and kept.kind[1:].isdigit():
        return "before an update"
    return {DAILY: "daily", ASKED: "made by you"}.get(kept.kind, "before a restoration")


def _is_due(path: Path, now: datetime) -> bool:
    found = kept_backups(path)
    # Also one of the future counts for a day around it: a clock may have jumped back since.
    if any(abs(now - kept.moment) < _EACH for kept in found if kept.kind in {DAILY, ASKED}):
        return False
    changed = max((_changed(path), _changed(path.with_name(path.name + "-wal"))))
    if found and changed and changed <= _changed(found[-1].path):
        return False
    # A history that somebody lost must not replace the backups of the one that was there.
    return bool(conversations_in(path))


def _make(path: Path, kind: str, may_go_on: Callable[[], bool]) -> Path | None:
    try:
        with closing(_snapshot(path)) as source:
            return keep_backup(source, path, kind, may_go_on)
    except GaveWayError:
        return None
    except (BackupError, sqlite3.Error, OSError) as error:
        raise ArchiveError(f"No backup could be made: {_words(error)}") from error


def _copy_to(path: Path, target: Path) -> None:
    try:
        with closing(_snapshot(path)) as source:
            copy_database(source, target)
    except (BackupError, sqlite3.Error, OSError) as error:
        raise ArchiveError(f"{target} could not be written: {_words(error)}") from error


def _snapshot(path: Path) -> sqlite3.Connection:
    """Return a connection that sees one moment of the history, whatever is written meanwhile."""
    if not path.is_file():
        raise FileNotFoundError(2, "there is no history yet")
    connection = sqlite3.connect(path, isolation_level=None, timeout=_BUSY)
    try:
        connection.execute("PRAGMA query_only = ON")
        connection.execute("BEGIN")
        connection.execute("SELECT 1 FROM sqlite_schema").fetchone()
    except BaseException:
        connection.close()
        raise
    return connection


def _changed(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0


def _words(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return f"{error.strerror[:1].lower()}{error.strerror[1:]}."
    words = str(error) or type(error).__name__
    return f"{words[:1].lower()}{words[1:]}{'' if words.endswith('.') else '.'}"
