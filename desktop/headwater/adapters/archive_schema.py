"""The history's tables, their migrations, and how its file is opened or set aside."""

from __future__ import annotations

import os
import sqlite3
import stat
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from headwater.adapters.archive_backup import COMPANIONS, BackupError, backups, keep_backup
from headwater.adapters.private_file import (
    ForeignFileError,
    make_folder,
    open_private,
    set_aside,
    tighten,
)

APPLICATION_ID = 0x48_64_77_74  # "Hdwt", so that `file` and we can tell whose database it is

_MAGIC = b"SQLite format 3\0"
_ALWAYS_CHECKED = 16 * 1024 * 1024  # bytes; a quick_check of this much takes about 20 ms
_LONGEST_WAIT_FOR_LOCK = 1.5  # seconds, so that a message comes within two

_IN_MEMORY = "What you ask now is kept only until Headwater ends."
_TRIED_AGAIN = "It is tried again; what you ask before is kept only until Headwater ends."

_PAUSE = 0.02  # seconds

_DAMAGE = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_FORMAT})

_FIRST_SCHEMA = (
    """
    CREATE TABLE conversations (
        id TEXT PRIMARY KEY,
        title TEXT NOT NULL DEFAULT '',
        title_folded TEXT NOT NULL DEFAULT '',
        leaf_id TEXT NOT NULL DEFAULT '',
        created TEXT NOT NULL,
        updated TEXT NOT NULL,
        activity INTEGER NOT NULL
    )
    """,
    "CREATE INDEX conversations_by_activity ON conversations (activity)",
    """
    CREATE TABLE turns (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        id TEXT NOT NULL UNIQUE,
        conversation_id TEXT NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
        parent_id TEXT NOT NULL,
        question TEXT NOT NULL
    )
    """,
    "CREATE INDEX turns_by_conversation ON turns (conversation_id, number)",
    """
    CREATE TABLE answers (
        turn INTEGER PRIMARY KEY REFERENCES turns (number) ON DELETE CASCADE,
        status TEXT NOT NULL,
        owner TEXT NOT NULL,
        cost REAL,
        record TEXT NOT NULL,
        text TEXT NOT NULL,
        reasoning TEXT NOT NULL
    )
    """,
    "CREATE INDEX running_answers ON answers (owner) WHERE status = 'running'",
    """
    CREATE TABLE pieces (
        seq INTEGER PRIMARY KEY,
        turn INTEGER NOT NULL REFERENCES turns (number) ON DELETE CASCADE,
        text BLOB NOT NULL,
        reasoning BLOB NOT NULL
    )
    """,
    "CREATE INDEX pieces_by_turn ON pieces (turn, seq)",
    # Three letters each, not words: finds Chinese, and words from their middle. `detail=none`
    # is a third of the size; the position of a hit is looked up in the text instead.
    """
    CREATE VIRTUAL TABLE search USING fts5 (
        question, answer, sources, tokenize = 'trigram case_sensitive 1', detail = none
    )
    """,
)

# Apart from the turns, because the list and the search read those and must not touch files. The
# bytes stand last: what comes before them is read without them.
_ATTACHMENTS = (
    """
    CREATE TABLE attachments (
        turn INTEGER NOT NULL REFERENCES turns (number) ON DELETE CASCADE,
        position INTEGER NOT NULL,
        name TEXT NOT NULL,
        media_type TEXT NOT NULL,
        data BLOB NOT NULL,
        PRIMARY KEY (turn, position)
    )
    """,
)

# What was deleted stays for a while, so that it can be undone; `deleted` says since when.
_RECENTLY_DELETED = (
    "ALTER TABLE conversations ADD COLUMN deleted TEXT",
    "CREATE INDEX deleted_conversations ON conversations (deleted) WHERE deleted IS NOT NULL",
)

MIGRATIONS: tuple[tuple[str, ...], ...] = (_FIRST_SCHEMA, _ATTACHMENTS, _RECENTLY_DELETED)


@dataclass(frozen=True, slots=True)
class OpenReport:
    """How the history was opened; `problem` is for the screen, empty when all is well.

    `is_persistent` says whether anything will outlive this run, `set_aside` where a damaged file
    went, `recovered` how many answers a dead process had left unfinished. `may_pass` says that the
    file could not be opened for now: it may be locked, or its disk full or gone.
    """

    is_persistent: bool
    problem: str = ""
    set_aside: Path | None = None
    recovered: int = 0
    may_pass: bool = False


class UnusableDatabaseError(Exception):
    """The file must be left as it is; the message says why in one plain sentence."""


class DamagedDatabaseError(Exception):
    """The file is not a database, or a broken one."""


def open_database(
    path: Path,
    others_alive: Callable[[], bool],
    migrations: Sequence[Sequence[str]] = MIGRATIONS,
) -> tuple[sqlite3.Connection, OpenReport]:
    """Return a connection to the history at `path`, or to one in memory, and what happened.

    A damaged file is renamed, never overwritten, unless `others_alive()` says that another
    process may be using it. Never raises for whatever stands at `path`.
    """
    is_shared = others_alive()
    may_pass = False
    try:
        try:
            return _open_when_free(path, migrations, is_shared=is_shared)
        except DamagedDatabaseError:
            if is_shared:
                raise UnusableDatabaseError(
                    "The history file seems to be damaged and another Headwater is using it."
                ) from None
            aside = set_aside(path, COMPANIONS)
            mark_suspect(path, is_suspect=False)
            connection, _ = _open_file(path, migrations, is_shared=False)
            return connection, OpenReport(
                is_persistent=True,
                problem=f"The history file was damaged. It is kept as {aside.name}"
                f" and a new history was begun.{_backup_hint(path)}",
                set_aside=aside,
            )
    except UnusableDatabaseError as refused:
        reason = str(refused)
    except ForeignFileError:
        reason = "The history file is a link that belongs to another user."
    except (sqlite3.Error, OSError, DamagedDatabaseError) as error:
        reason = f"The history file cannot be opened ({_words(error)})."
        may_pass = not isinstance(error, DamagedDatabaseError)
    connection = _connect(":memory:")
    _configure(connection)
    _migrate(connection, None, migrations)
    return connection, OpenReport(
        is_persistent=False,
        problem=f"{reason} {_TRIED_AGAIN if may_pass else _IN_MEMORY}",
        may_pass=may_pass,
    )


def open_copy(path: Path, migrations: Sequence[Sequence[str]] = MIGRATIONS) -> sqlite3.Connection:
    """Return a connection to a backup that nothing else is using, in the present schema.

    Raises:
        UnusableDatabaseError: it was made by a newer Headwater, or is no history.
        DamagedDatabaseError: it is broken.
        sqlite3.Error, OSError: it cannot be read or changed.
    """
    _inspect(path, len(migrations))
    connection = _connect(str(path))
    try:
        _configure(connection)
        _check(connection, is_thorough=True)
        _check_owner(connection)
        _migrate(connection, None, migrations)
        _prove_usable(connection)
    except BaseException as error:
        connection.close()
        if isinstance(error, sqlite3.Error) and _code(error) in _DAMAGE:
            raise DamagedDatabaseError from error
        raise
    return connection


def mark_suspect(path: Path, *, is_suspect: bool) -> None:
    """Remember, or forget, that the database at `path` has to be checked when next opened."""
    mark = path.with_name(path.name + ".suspect")
    with suppress(OSError):
        if is_suspect:
            os.close(open_private(mark, os.O_WRONLY | os.O_CREAT))
        else:
            mark.unlink(missing_ok=True)


def _open_when_free(
    path: Path, migrations: Sequence[Sequence[str]], *, is_shared: bool
) -> tuple[sqlite3.Connection, OpenReport]:
    """Open the file; try again at once when two programs make or change it at the same moment.

    SQLite waits for a lock by itself, but not where it sees that two would wait for each other.
    """
    given_up = time.monotonic() + _LONGEST_WAIT_FOR_LOCK
    while True:
        try:
            return _open_file(path, migrations, is_shared=is_shared)
        except sqlite3.Error as error:
            is_locked = _code(error) in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
            if not is_locked or time.monotonic() > given_up:
                raise
        time.sleep(_PAUSE)


def _open_file(
    path: Path, migrations: Sequence[Sequence[str]], *, is_shared: bool
) -> tuple[sqlite3.Connection, OpenReport]:
    make_folder(path.parent)
    tighten(path)
    problem = _inspect(path, len(migrations))
    size = path.stat().st_size if path.exists() else 0
    os.close(open_private(path, os.O_RDWR | os.O_CREAT))
    for companion in COMPANIONS:
        tighten(path.with_name(path.name + companion))
    wal = path.with_name(path.name + "-wal")
    suspect = path.with_name(path.name + ".suspect")
    # A log that nobody is writing means that the last process did not come to close it.
    was_killed = _size(wal) > 0 and not is_shared
    connection = _connect(str(path))
    try:
        _configure(connection)
        is_doubtful = size <= _ALWAYS_CHECKED or was_killed or suspect.exists()
        _check(connection, is_thorough=size > 0 and is_doubtful)
        mark_suspect(path, is_suspect=False)
        _check_version(connection.execute("PRAGMA user_version").fetchone()[0], len(migrations))
        _migrate(connection, path, migrations)
        connection.execute("PRAGMA journal_mode = WAL")
        _prove_usable(connection)
    except sqlite3.Error as error:
        connection.close()
        if _code(error) in _DAMAGE:
            raise DamagedDatabaseError from error
        raise
    except BaseException:
        connection.close()
        raise
    return connection, OpenReport(is_persistent=True, problem=problem)


def _inspect(path: Path, newest: int) -> str:
    """Look at the file's header without SQLite, which might already write to it."""
    # SQLite would throw away a log without the file that it belongs to.
    has_log = _size(path.with_name(path.name + "-wal")) > 0
    try:
        found = path.stat()
    except FileNotFoundError:
        if has_log:
            raise DamagedDatabaseError from None
        return ""
    if not stat.S_ISREG(found.st_mode):
        raise UnusableDatabaseError("Something that is not a file stands in the history's place.")
    if found.st_size == 0:
        if has_log:
            raise DamagedDatabaseError
        hint = _backup_hint(path)
        return f"The history file was empty.{hint}" if hint else ""
    with path.open("rb") as file:
        header = file.read(100)
    if len(header) < 100 or not header.startswith(_MAGIC):
        raise DamagedDatabaseError
    application = int.from_bytes(header[68:72], "big")
    if application not in (0, APPLICATION_ID):
        raise UnusableDatabaseError("The history file belongs to another program.")
    _check_version(int.from_bytes(header[60:64], "big"), newest)
    return ""


def _check_version(version: int, newest: int) -> None:
    if version > newest:
        raise UnusableDatabaseError(
            "The history was written by a newer Headwater and is left untouched."
        )


def _check_owner(connection: sqlite3.Connection) -> None:
    if connection.execute("PRAGMA application_id").fetchone()[0] != APPLICATION_ID:
        raise UnusableDatabaseError("The file belongs to another program.")


def _connect(name: str) -> sqlite3.Connection:
    return sqlite3.connect(name, isolation_level=None, timeout=_LONGEST_WAIT_FOR_LOCK)


def _configure(connection: sqlite3.Connection) -> None:
    for pragma in (
        "foreign_keys = ON",
        "synchronous = NORMAL",
        "trusted_schema = OFF",
        "cell_size_check = ON",
        "secure_delete = ON",  # deleted words do not stay behind in free pages
        "journal_size_limit = 4194304",
        "temp_store = MEMORY",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _check(connection: sqlite3.Connection, *, is_thorough: bool) -> None:
    try:
        connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    except sqlite3.OperationalError as error:
        if _code(error) == sqlite3.SQLITE_ERROR:
            raise DamagedDatabaseError from error  # such as "unsupported file format"
        raise
    if is_thorough:
        verdict = connection.execute("PRAGMA quick_check(1)").fetchone()
        if verdict is None or verdict[0] != "ok":
            raise DamagedDatabaseError


def _migrate(
    connection: sqlite3.Connection, path: Path | None, migrations: Sequence[Sequence[str]]
) -> None:
    connection.execute("BEGIN")  # one moment of the file: another process may be making it
    try:
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        is_made = connection.execute("SELECT 1 FROM sqlite_schema").fetchone() is not None
    finally:
        connection.execute("ROLLBACK")
    if version == len(migrations):
        return
    if version == 0 and is_made:
        raise UnusableDatabaseError("The history file belongs to another program.")
    if path is not None and version > 0:
        try:
            keep_backup(connection, path, f"v{version}")
        except BackupError as error:
            raise UnusableDatabaseError(str(error)) from error
    connection.execute("BEGIN IMMEDIATE")
    try:
        # Another process may have come first while we waited for the lock.
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        for number in range(version, len(migrations)):
            for statement in migrations[number]:
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {number + 1}")
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute("COMMIT")
    except BaseException:
        with suppress(sqlite3.Error):
            connection.execute("ROLLBACK")
        raise
    # The version belongs into the file itself, where an older Headwater looks for it.
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()


def _prove_usable(connection: sqlite3.Connection) -> None:
    try:
        connection.execute(
            "SELECT deleted FROM conversations, turns, answers, pieces, search, attachments LIMIT 0"
        )
    except sqlite3.OperationalError as error:
        if _code(error) == sqlite3.SQLITE_ERROR:
            raise DamagedDatabaseError from error  # a table is missing
        raise
    # A read-only file opens without complaint; only a change tells.
    connection.execute("BEGIN IMMEDIATE")
    connection.execute("UPDATE conversations SET activity = activity WHERE id = ''")
    connection.execute("ROLLBACK")


def _backup_hint(path: Path) -> str:
    found = backups(path)
    return f" A backup is at {found[-1]}; Backups in the menu restores it." if found else ""


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _code(error: sqlite3.Error) -> int:
    """Return SQLite's primary result code, which is the low byte of the extended one."""
    return getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF


def _words(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return error.strerror.lower()
    return str(error) or type(error).__name__
