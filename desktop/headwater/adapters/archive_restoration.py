"""Puts what a backup holds in the place of the history: all of it or nothing."""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing, suppress
from pathlib import Path

from headwater.adapters.archive_backup import (
    BEFORE_RESTORING,
    COMPANIONS,
    backup_folder,
    keep_backup,
)
from headwater.adapters.archive_schema import (
    DamagedDatabaseError,
    UnusableDatabaseError,
    open_copy,
)
from headwater.adapters.private_file import make_folder, open_private, tighten


class UnusableBackupError(Exception):
    """The file is no backup that this version could use; the message says why."""


def restore_from(backup: Path, connection: sqlite3.Connection, path: Path) -> int:
    """Replace the open history of `path` by the file `backup`, which is only read.

    It is checked and brought to the present schema in a copy. The history as it is becomes a
    backup, and then SQLite's backup API replaces its pages in one transaction: a process that is
    killed meanwhile leaves the history as it was. Returns how many conversations there are then.

    Raises:
        UnusableBackupError: nothing was changed.
        BackupError, sqlite3.Error, OSError: the same; the disk may be full, for example.
    """
    folder = backup_folder(path)
    make_folder(folder)
    tighten(folder)
    draft = folder / f".{path.stem}-restoring.{os.getpid()}.part"
    try:
        _copy_file(backup, draft)
        try:
            with closing(open_copy(draft)) as copy:
                # Nobody is answering any more what was on its way when the backup was made.
                copy.execute("UPDATE answers SET owner = 'backup' WHERE status = 'running'")
                copy.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
                keep_backup(connection, path, BEFORE_RESTORING)
                copy.backup(connection)
        except UnusableDatabaseError as error:
            raise UnusableBackupError(_of_backup(str(error), backup)) from error
        except DamagedDatabaseError:
            raise UnusableBackupError(
                f"{backup.name} is no history of Headwater, or a damaged one."
            ) from None
    finally:
        for ending in ("", *COMPANIONS):
            with suppress(OSError):
                draft.with_name(draft.name + ending).unlink()
    count = connection.execute(
        "SELECT count(*) FROM conversations WHERE deleted IS NULL"
        " AND EXISTS (SELECT 1 FROM turns WHERE conversation_id = conversations.id)"
    ).fetchone()[0]
    return int(count)


def _copy_file(backup: Path, draft: Path) -> None:
    if not backup.is_file():
        raise UnusableBackupError(f"There is no file {backup}.")
    with (
        backup.open("rb") as source,
        os.fdopen(open_private(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), "wb") as target,
    ):
        shutil.copyfileobj(source, target, 1024 * 1024)


def _of_backup(problem: str, backup: Path) -> str:
    if "newer Headwater" in problem:
        return f"{backup.name} was written by a newer Headwater."
    return f"{backup.name} is no history of Headwater."
