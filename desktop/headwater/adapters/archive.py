"""Keeps conversations in SQLite behind one thread; what was written survives any death."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from headwater.adapters.answer_record import (
    answer_from,
    answer_record,
    moment_from,
    question_from,
    question_record,
)
from headwater.adapters.archive_backup import BackupError
from headwater.adapters.archive_moving import move_conversations
from headwater.adapters.archive_schema import OpenReport, mark_suspect, open_database
from headwater.adapters.archive_search import (
    Hit,
    excerpt,
    find,
    folded,
    indexed,
    sources_text,
    words_of,
)
from headwater.adapters.daemon_thread import DaemonThread
from headwater.adapters.record import Record, json_text, storable
from headwater.adapters.run_lock import RunLock
from headwater.domain.answer import Answer, Failed
from headwater.domain.attachment import Attachment, clean_name
from headwater.domain.conversation import Conversation, Turn, title_for
from headwater.domain.failure import interrupted_answer
from headwater.session.ports import KEPT_WHEN_DELETED, ArchiveError, ConversationSummary

_T = TypeVar("_T")

_QUICKLY_OPTIMIZED = 16 * 1024 * 1024  # bytes; what is written waits for it meanwhile
_RETRY_EVERY = 2.0
_LONGEST_CLOSE = 5.0


@dataclass(frozen=True, slots=True)
class _SaveConversation:
    conversation: Conversation


@dataclass(frozen=True, slots=True)
class _AddTurn:
    conversation_id: str
    turn: Turn


@dataclass(frozen=True, slots=True)
class _AppendText:
    turn_id: str
    text: str
    reasoning: str


@dataclass(frozen=True, slots=True)
class _SaveAnswer:
    turn_id: str
    answer: Answer


@dataclass(frozen=True, slots=True)
class _Rename:
    conversation_id: str
    title: str


@dataclass(frozen=True, slots=True)
class _Delete:
    conversation_id: str
    moment: str


@dataclass(frozen=True, slots=True)
class _PutBack:
    conversation_id: str


@dataclass(frozen=True, slots=True)
class _Erase:
    conversation_id: str


_Change = (
    _SaveConversation | _AddTurn | _AppendText | _SaveAnswer | _Rename | _Delete | _PutBack | _Erase
)


@dataclass(slots=True)
class _Write:
    """A change on its way to the file, and what became of it."""

    change: _Change
    is_settled: bool = False
    error: ArchiveError | None = None


@dataclass(slots=True)
class _Database:
    """What only the archive's thread touches while the file is open."""

    connection: sqlite3.Connection
    report: OpenReport
    lock: RunLock | None
    removed: set[str] = field(default_factory=set)
    is_cautious: bool = False

    @property
    def owner(self) -> str:
        return self.lock.token if self.lock else "memory"


class SqliteArchive:
    """Conversations in one SQLite file, which several processes may share.

    All work happens on one thread, in the order of the calls. A write that fails for want of
    space or because the file is locked is held in memory and tried again by itself, every
    `retry_every` seconds and with the next call.
    """

    def __init__(self, path: Path, *, retry_every: float = _RETRY_EVERY) -> None:
        self._path = path
        self._retry_every = retry_every
        self._thread = DaemonThread("headwater-archive", self._retry)
        self._is_closed = False
        self._waiting: deque[_Write] = deque()
        self._held: list[_Write] = []
        self._retry_at = 0.0
        self._database: _Database | None = None

    async def open(self) -> OpenReport:
        """Open the file, or what takes its place, and finish what dead processes left.

        Other calls open it by themselves; this one also says how it went. Where the file could not
        be opened before, it is tried again, and what was kept in memory goes into it. Never raises.
        """
        return await self._thread.call(self._opened)

    async def close(self) -> None:
        """Write everything that was accepted and close the file, within five seconds."""
        if self._is_closed:
            return
        self._is_closed = True
        done = self._thread.call(self._close)
        self._thread.finish()
        await asyncio.wait((done,), timeout=_LONGEST_CLOSE)

    async def save_conversation(self, conversation: Conversation) -> None:
        """Write the conversation's own line (title, leaf, times), not its turns."""
        await self._write(_SaveConversation(replace(conversation, turns=())))

    async def add_turn(self, conversation_id: str, turn: Turn) -> None:
        """Write a new turn, which becomes the leaf; begins the conversation if there is none."""
        await self._write(_AddTurn(conversation_id, turn))

    async def append_text(self, turn_id: str, text: str, reasoning: str = "") -> None:
        """Write text that has arrived since the last `append_text` or `save_answer`.

        Not held when it fails: the caller sends it again with what comes next.
        """
        if text or reasoning:
            await self._write(_AppendText(turn_id, text, reasoning))

    async def save_answer(self, turn_id: str, answer: Answer) -> None:
        """Write the whole answer; one that has ended is on the disk when this returns."""
        await self._write(_SaveAnswer(turn_id, answer))

    async def rename(self, conversation_id: str, title: str) -> None:
        """Give the conversation another title."""
        await self._write(_Rename(conversation_id, title))

    async def delete(self, conversation_id: str) -> None:
        """Take the conversation out of the list and the search; what still arrives is kept."""
        await self._write(_Delete(conversation_id, datetime.now(UTC).isoformat()))

    async def put_back(self, conversation_id: str) -> None:
        """Undo `delete`."""
        await self._write(_PutBack(conversation_id))

    async def erase(self, conversation_ids: Iterable[str]) -> None:
        """Remove conversations for good, their words from the file too; what still arrives goes."""
        for conversation_id in conversation_ids:
            await self._write(_Erase(conversation_id))
        await self._read(lambda database: _clean(database.connection))

    async def deleted(self) -> tuple[ConversationSummary, ...]:
        """Return what was deleted and not erased yet, the latest first."""
        return await self._read(lambda database: _deleted_summaries(database.connection))

    async def erase_old(self, now: datetime) -> int:
        """Erase what was deleted more than 30 days before `now`; return how many that were."""
        limit = (now - KEPT_WHEN_DELETED).isoformat()
        old = await self._read(lambda database: _deleted_before(database.connection, limit))
        if old:
            await self.erase(old)
        return len(old)

    async def restore(self, backup: Path) -> int:
        """Put what the file `backup` holds in the place of the history, in one step.

        What is there now becomes a backup of its own first. Returns how many conversations are
        there then. Sessions have to be closed before.

        Raises:
            ArchiveError: nothing was changed; the message says why.
        """
        self._refuse_when_closed()
        return await self._thread.call(lambda: self._restore(backup))

    async def conversations(
        self, search: str = "", limit: int = 500
    ) -> tuple[ConversationSummary, ...]:
        """Return the newest conversations, or those that match `search`, best first.

        All words of `search` have to occur, as parts of words too; nothing in it is syntax.
        """
        words = words_of(storable(search))
        return await self._read(lambda database: _summaries(database.connection, words, limit))

    async def conversation(self, conversation_id: str) -> Conversation | None:
        """Return the whole conversation, or None."""
        wanted = storable(conversation_id)
        return await self._read(lambda database: _conversation(database.connection, wanted))

    async def _write(self, change: _Change) -> None:
        self._refuse_when_closed()
        write = _Write(change)
        self._waiting.append(write)
        await self._thread.call(lambda: self._settle(write))

    async def _read(self, question: Callable[[_Database], _T]) -> _T:
        self._refuse_when_closed()
        return await self._thread.call(lambda: self._answer(question))

    def _refuse_when_closed(self) -> None:
        if self._is_closed:
            raise ArchiveError("The history is closed.")

    # From here on everything runs on the archive's thread.

    def _ready(self) -> _Database:
        if self._database is None:
            self._database = _open(self._path)
        return self._database

    def _opened(self) -> OpenReport:
        self._ready()
        self._come_back()
        return self._ready().report

    def _come_back(self) -> None:
        """Go on with the file, where it could not be opened and now can."""
        memory = self._database
        if memory is None or not memory.report.may_pass or not _can_be_opened(self._path):
            return
        database = _open(self._path)
        try:
            if not database.report.is_persistent:
                raise sqlite3.OperationalError(database.report.problem)
            move_conversations(memory.connection, database.connection, database.owner)
        except sqlite3.Error:
            _let_go(database)
            return
        database.removed = memory.removed
        self._database = database
        _let_go(memory)

    def _settle(self, write: _Write) -> None:
        if not write.is_settled:
            self._flush()
        if write.error is not None:
            raise write.error

    def _answer(self, question: Callable[[_Database], _T]) -> _T:
        database = self._ready()
        try:
            _recover(database)
        except sqlite3.Error:
            # The next read, or the next start, does it; showing what is there goes first.
            _roll_back(database)
        try:
            return question(database)
        except sqlite3.Error as error:
            _roll_back(database)
            raise self._explained(error) from error

    def _flush(self) -> None:
        """Write what waits in one transaction, after what an earlier failure held back."""
        new = [self._waiting.popleft() for _ in range(len(self._waiting))]
        writes = [*self._held, *new]
        if not writes:
            return
        database = self._ready()
        try:
            _commit(database, [write.change for write in writes])
        except Exception as error:
            explained = self._explained(error)
            if _is_passing(error):
                self._held = _worth_holding(writes)
                self._retry_at = time.monotonic() + self._retry_every
                for write in new:
                    write.is_settled, write.error = True, explained
                raise explained from error
            self._held = []
            self._write_singly(database, writes)
            return
        self._held = []
        for write in writes:
            write.is_settled = True

    def _write_singly(self, database: _Database, writes: Iterable[_Write]) -> None:
        """Keep one bad change from taking the others with it."""
        for write in writes:
            write.is_settled = True
            try:
                _commit(database, [write.change])
            except Exception as error:  # noqa: BLE001 - it is told to the caller
                write.error = self._explained(error)
                write.error.__cause__ = error

    def _restore(self, backup: Path) -> int:
        self._flush()
        database = self._ready()
        if not database.report.is_persistent:
            raise ArchiveError(f"{database.report.problem} So nothing can be restored.")
        if database.lock is not None and database.lock.others_alive():
            raise ArchiveError("Another Headwater is using the history. Close it and try again.")
        # Loaded here: few ever need it.
        from headwater.adapters.archive_restoration import UnusableBackupError, restore_from

        try:
            count = restore_from(backup, database.connection, self._path)
        except (UnusableBackupError, BackupError) as error:
            raise ArchiveError(f"{error} Nothing was changed.") from error
        except (sqlite3.Error, OSError) as error:
            _roll_back(database)
            raise ArchiveError(
                f"The history could not be restored ({_words(error)}). Nothing was changed."
            ) from error
        database.removed.clear()
        with suppress(sqlite3.Error):
            _recover(database)
        return count

    def _retry(self) -> float | None:
        if not self._held:
            return None
        left = self._retry_at - time.monotonic()
        if left > 0:
            return left
        with suppress(ArchiveError):
            self._flush()
        return self._retry_every if self._held else None

    def _close(self) -> None:
        if self._database is None and not self._waiting:
            return
        with suppress(ArchiveError):
            self._flush()
        self._come_back()
        database = self._ready()
        with suppress(sqlite3.Error):
            database.connection.execute("PRAGMA optimize")
        _let_go(database)
        self._database = None

    def _explained(self, error: Exception) -> ArchiveError:
        code = _code(error)
        if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
            mark_suspect(self._path, is_suspect=True)
        return ArchiveError(_MESSAGES.get(code, "The history could not be reached."))


_MESSAGES = {
    sqlite3.SQLITE_FULL: "The disk is full. This is kept in memory and saved once there is space.",
    sqlite3.SQLITE_IOERR: "The disk reports an error. This is kept in memory and tried again.",
    sqlite3.SQLITE_BUSY: "The history file is locked. This is kept in memory and tried again.",
    sqlite3.SQLITE_LOCKED: "The history file is locked. This is kept in memory and tried again.",
    sqlite3.SQLITE_READONLY: "The history file cannot be written. This is kept in memory for now.",
    sqlite3.SQLITE_CANTOPEN: "The history file cannot be reached. This is kept in memory for now.",
    sqlite3.SQLITE_CORRUPT: "The history file is damaged. It is checked at the next start.",
    sqlite3.SQLITE_NOTADB: "The history file is damaged. It is checked at the next start.",
    sqlite3.SQLITE_TOOBIG: "This is too long to be kept.",
}
_PASSING = frozenset(
    {
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_CANTOPEN,
    }
)


def _words(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return error.strerror.lower()
    return str(error) or type(error).__name__


def _code(error: Exception) -> int:
    code = getattr(error, "sqlite_errorcode", None)
    # The low byte is the primary code (SQLite, "Result and Error Codes").
    return code & 0xFF if isinstance(code, int) else sqlite3.SQLITE_ERROR


def _is_passing(error: Exception) -> bool:
    return _code(error) in _PASSING


def _open(path: Path) -> _Database:
    lock: RunLock | None
    try:
        lock = RunLock(path.parent / "running")
    except OSError:
        lock = None
    connection, report = open_database(path, lambda: lock is not None and lock.others_alive())
    if not report.is_persistent and lock is not None:
        lock.release()
        lock = None
    database = _Database(connection, report, lock)
    try:
        database.report = replace(report, recovered=_recover(database))
    except sqlite3.Error:
        _roll_back(database)
    return database


def _let_go(database: _Database) -> None:
    with suppress(sqlite3.Error):
        database.connection.close()
    if database.lock is not None:
        database.lock.release()


def _can_be_opened(path: Path) -> bool:
    """Look for a moment whether a file that is there is locked; to open it waits for longer."""
    if not path.is_file():
        return True
    try:
        with closing(sqlite3.connect(path, isolation_level=None, timeout=0.05)) as probe:
            probe.execute("BEGIN IMMEDIATE")
            probe.execute("ROLLBACK")
    except sqlite3.OperationalError as error:
        return not _is_passing(error)
    except sqlite3.Error:
        return True
    return True


def _worth_holding(writes: Sequence[_Write]) -> list[_Write]:
    """Return `writes` without what a later one replaces and what the caller sends again."""
    held: list[_Write] = []
    replaced: set[str] = set()
    for write in reversed(writes):
        match write.change:
            case _AppendText():
                continue
            case _SaveAnswer(turn_id) if turn_id in replaced:
                continue
            case _SaveAnswer(turn_id):
                replaced.add(turn_id)
        held.append(write)
    return held[::-1]


def _roll_back(database: _Database) -> None:
    with suppress(sqlite3.Error):
        if database.connection.in_transaction:
            database.connection.execute("ROLLBACK")


def _commit(database: _Database, changes: list[_Change]) -> None:
    ends = any(
        isinstance(change, _SaveAnswer) and not change.answer.is_running for change in changes
    )
    if ends != database.is_cautious:
        # FULL syncs the log with the commit: an answer that is complete survives a power cut.
        database.connection.execute(f"PRAGMA synchronous = {'FULL' if ends else 'NORMAL'}")
        database.is_cautious = ends
    removed = set(database.removed)
    try:
        database.connection.execute("BEGIN IMMEDIATE")
        for change in changes:
            _apply(database, change)
        database.connection.execute("COMMIT")
    except BaseException:
        database.removed = removed
        _roll_back(database)
        raise


def _apply(database: _Database, change: _Change) -> None:
    connection = database.connection
    match change:
        case _SaveConversation(conversation):
            if conversation.id not in database.removed:
                _save_conversation(connection, conversation)
        case _AddTurn(conversation_id, turn):
            if conversation_id not in database.removed:
                _add_turn(connection, database.owner, conversation_id, turn)
        case _AppendText(turn_id, text, reasoning):
            connection.execute(
                "INSERT INTO pieces (turn, text, reasoning)"
                " SELECT number, ?, ? FROM turns JOIN answers ON answers.turn = turns.number"
                " WHERE id = ? AND status = 'running'",
                (_bytes(text), _bytes(reasoning), storable(turn_id)),
            )
        case _SaveAnswer(turn_id, answer):
            _save_answer(connection, database.owner, turn_id, answer)
        case _Rename(conversation_id, title):
            title = storable(title)
            connection.execute(
                "UPDATE conversations SET title = ?, title_folded = ? WHERE id = ?",
                (title, indexed(title), storable(conversation_id)),
            )
        case _Delete(conversation_id, moment):
            connection.execute(
                "UPDATE conversations SET deleted = ? WHERE id = ?",
                (moment, storable(conversation_id)),
            )
        case _PutBack(conversation_id):
            connection.execute(
                "UPDATE conversations SET deleted = NULL WHERE id = ?", (storable(conversation_id),)
            )
        case _Erase(conversation_id):
            database.removed.add(conversation_id)
            identifier = (storable(conversation_id),)
            connection.execute(
                "DELETE FROM search WHERE rowid IN"
                " (SELECT number FROM turns WHERE conversation_id = ?)",
                identifier,
            )
            connection.execute("DELETE FROM conversations WHERE id = ?", identifier)


def _bytes(text: str) -> bytes:
    # One half of a surrogate pair may come in the next piece: joined when read.
    return text.encode("utf-8", "surrogatepass")


def _text(pieces: Iterable[bytes]) -> str:
    return storable(b"".join(pieces).decode("utf-8", "surrogatepass"))


# The order of conversations follows a counter: a clock may jump.
_NEXT_ACTIVITY = "(SELECT coalesce(max(activity), 0) + 1 FROM conversations)"


def _save_conversation(connection: sqlite3.Connection, conversation: Conversation) -> None:
    title = storable(conversation.title)
    connection.execute(
        f"""
        INSERT INTO conversations (id, title, title_folded, leaf_id, created, updated, activity)
        VALUES (?, ?, ?, ?, ?, ?, {_NEXT_ACTIVITY})
        ON CONFLICT (id) DO UPDATE SET title = excluded.title,
            title_folded = excluded.title_folded, leaf_id = excluded.leaf_id,
            created = excluded.created, updated = excluded.updated
        """,  # noqa: S608 - a constant
        (
            storable(conversation.id),
            title,
            indexed(title),
            storable(conversation.leaf_id),
            conversation.created.isoformat(),
            conversation.updated.isoformat(),
        ),
    )


def _add_turn(connection: sqlite3.Connection, owner: str, conversation_id: str, turn: Turn) -> None:
    conversation_id = storable(conversation_id)
    asked_at = turn.question.asked_at.isoformat()
    title = storable(title_for(turn.question))
    connection.execute(
        f"""
        INSERT INTO conversations (id, title, title_folded, leaf_id, created, updated, activity)
        VALUES (?, ?, ?, ?, ?, ?, {_NEXT_ACTIVITY})
        ON CONFLICT (id) DO UPDATE SET leaf_id = excluded.leaf_id, updated = excluded.updated,
            activity = excluded.activity
        """,  # noqa: S608 - a constant
        (conversation_id, title, indexed(title), storable(turn.id), asked_at, asked_at),
    )
    number = connection.execute(
        "INSERT INTO turns (id, conversation_id, parent_id, question) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (id) DO UPDATE SET question = excluded.question RETURNING number",
        (
            storable(turn.id),
            conversation_id,
            storable(turn.parent_id),
            json_text(question_record(turn.question)),
        ),
    ).fetchone()[0]
    _put_attachments(connection, number, turn.question.attachments)
    _put_answer(connection, owner, number, turn.answer)
    _index(connection, number, turn.question.text, turn.answer)


def _put_attachments(
    connection: sqlite3.Connection, number: int, attachments: Sequence[Attachment]
) -> None:
    connection.execute("DELETE FROM attachments WHERE turn = ?", (number,))
    connection.executemany(
        "INSERT INTO attachments (turn, position, name, media_type, data) VALUES (?, ?, ?, ?, ?)",
        (
            (number, position, storable(each.name), each.media_type, each.data)
            for position, each in enumerate(attachments)
        ),
    )


def _save_answer(connection: sqlite3.Connection, owner: str, turn_id: str, answer: Answer) -> None:
    row = connection.execute(
        "SELECT number, conversation_id, question FROM turns WHERE id = ?", (storable(turn_id),)
    ).fetchone()
    if row is None:
        return
    number, conversation_id, question = row
    _put_answer(connection, owner, number, answer)
    if not answer.is_running:
        _index(connection, number, Record.parse(question).text("text"), answer)
        connection.execute(
            f"UPDATE conversations SET activity = {_NEXT_ACTIVITY} WHERE id = ?"  # noqa: S608
            " AND activity < (SELECT max(activity) FROM conversations)",
            (conversation_id,),
        )


def _put_answer(connection: sqlite3.Connection, owner: str, number: int, answer: Answer) -> None:
    """Write the answer's row; the pieces that came before are in its text."""
    connection.execute(
        """
        INSERT INTO answers (turn, status, owner, cost, record, text, reasoning)
        VALUES (?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT (turn) DO UPDATE SET status = excluded.status, owner = excluded.owner,
            cost = excluded.cost, record = excluded.record, text = excluded.text,
            reasoning = excluded.reasoning
        """,
        (
            number,
            answer.status,
            owner,
            answer.usage.cost if answer.usage else None,
            json_text(answer_record(answer)),
            storable(answer.text),
            storable(answer.reasoning),
        ),
    )
    connection.execute("DELETE FROM pieces WHERE turn = ?", (number,))


def _index(connection: sqlite3.Connection, number: int, question: str, answer: Answer) -> None:
    """Make the turn findable; the text of an answer only once it has ended."""
    row = searchable(question, answer)
    known = connection.execute(
        "SELECT question, answer, sources FROM search WHERE rowid = ?", (number,)
    ).fetchone()
    if known == row:
        return
    if known is not None:
        connection.execute("DELETE FROM search WHERE rowid = ?", (number,))
    connection.execute(
        "INSERT INTO search (rowid, question, answer, sources) VALUES (?, ?, ?, ?)",
        (number, *row),
    )


def searchable(question: str, answer: Answer) -> tuple[str, str, str]:
    """Return what the search index holds of a turn: question, answer and sources, folded."""
    if answer.is_running:
        return indexed(storable(question)), "", ""
    return (
        indexed(storable(question)),
        indexed(storable(answer.text)),
        indexed(storable(sources_text(answer.sources))),
    )


def _recover(database: _Database) -> int:
    """Give the running answers of dead processes their end; return how many there were."""
    connection = database.connection
    owners = connection.execute(
        "SELECT DISTINCT owner FROM answers WHERE status = 'running' AND owner != ?",
        (database.owner,),
    ).fetchall()
    lock = database.lock
    dead = [owner for (owner,) in owners if lock is not None and not lock.is_alive(owner)]
    if not dead:
        return 0
    connection.execute("BEGIN IMMEDIATE")
    count = 0
    for owner in dead:
        turns = connection.execute(
            "SELECT turns.id, turns.number FROM answers JOIN turns ON turns.number = answers.turn"
            " WHERE answers.status = 'running' AND answers.owner = ?",
            (owner,),
        ).fetchall()
        for turn_id, number in turns:
            answer = replace(_answer(connection, number), state=Failed(interrupted_answer()))
            _save_answer(connection, database.owner, turn_id, answer)
            count += 1
    connection.execute("COMMIT")
    return count


def _answer(connection: sqlite3.Connection, number: int) -> Answer:
    row = connection.execute(
        "SELECT record, text, reasoning FROM answers WHERE turn = ?", (number,)
    ).fetchone()
    if row is None:
        return Answer(state=Failed(interrupted_answer()))
    record, text, reasoning = row
    pieces = connection.execute(
        "SELECT text, reasoning FROM pieces WHERE turn = ? ORDER BY seq", (number,)
    ).fetchall()
    if pieces:
        text = _text((text.encode(), *(piece[0] for piece in pieces)))
        reasoning = _text((reasoning.encode(), *(piece[1] for piece in pieces)))
    return answer_from(Record.parse(record), text, reasoning)


def _conversation(connection: sqlite3.Connection, conversation_id: str) -> Conversation | None:
    connection.execute("BEGIN")  # one moment of the file, whatever other processes write
    try:
        row = connection.execute(
            "SELECT title, leaf_id, created, updated FROM conversations"
            " WHERE id = ? AND deleted IS NULL",
            (conversation_id,),
        ).fetchone()
        if row is None:
            return None
        title, leaf_id, created, updated = row
        turns = connection.execute(
            "SELECT number, id, parent_id, question FROM turns"
            " WHERE conversation_id = ? ORDER BY number",
            (conversation_id,),
        ).fetchall()
        return Conversation(
            id=conversation_id,
            title=title,
            turns=tuple(
                Turn(
                    id=turn_id,
                    parent_id=parent_id,
                    question=replace(
                        question_from(Record.parse(question)),
                        attachments=_attachments(connection, number),
                    ),
                    answer=_answer(connection, number),
                )
                for number, turn_id, parent_id, question in turns
            ),
            leaf_id=leaf_id,
            created=moment_from(created),
            updated=moment_from(updated),
        )
    finally:
        connection.execute("ROLLBACK")  # nothing was written; a COMMIT fails after a damaged page


def _attachments(connection: sqlite3.Connection, number: int) -> tuple[Attachment, ...]:
    """Return what was attached; of a damaged row what is left, at least that there was one."""
    rows = _unless_damaged(
        connection,
        # As bytes: what is not UTF-8 would be an error here.
        "SELECT position, CAST(name AS BLOB), CAST(media_type AS BLOB) FROM attachments"
        " WHERE turn = ? ORDER BY position",
        (number,),
    )
    if rows is None:
        return (Attachment(clean_name(""), "", b""),)
    return tuple(
        Attachment(
            clean_name(name.decode("utf-8", "replace")),
            media_type.decode("utf-8", "replace"),
            _attached_bytes(connection, number, position),
        )
        for position, name, media_type in rows
    )


def _attached_bytes(connection: sqlite3.Connection, number: int, position: int) -> bytes:
    rows = _unless_damaged(
        connection,
        "SELECT data FROM attachments WHERE turn = ? AND position = ? AND typeof(data) = 'blob'",
        (number, position),
    )
    data: bytes = rows[0][0] if rows else b""
    return data


def _unless_damaged(
    connection: sqlite3.Connection, query: str, parameters: tuple[int, ...]
) -> list[tuple[Any, ...]] | None:
    try:
        return connection.execute(query, parameters).fetchall()
    except sqlite3.DatabaseError as error:
        if _code(error) == sqlite3.SQLITE_CORRUPT:
            return None
        raise


_SUMMARY = """
    SELECT conversations.id, title, updated, deleted, latest.status,
        (SELECT count(*) FROM turns WHERE conversation_id = conversations.id),
        (SELECT sum(cost) FROM answers JOIN turns ON turns.number = answers.turn
            WHERE conversation_id = conversations.id)
    FROM conversations JOIN answers AS latest ON latest.turn =
        (SELECT max(number) FROM turns WHERE conversation_id = conversations.id)
"""


def _summaries(
    connection: sqlite3.Connection, words: tuple[str, ...], limit: int
) -> tuple[ConversationSummary, ...]:
    if not words:
        rows = connection.execute(
            f"{_SUMMARY} WHERE deleted IS NULL ORDER BY activity DESC LIMIT ?", (max(0, limit),)
        )
        return tuple(_summary(row) for row in rows)
    found = []
    for hit in find(connection, words)[: max(0, limit)]:
        row = connection.execute(
            f"{_SUMMARY} WHERE conversations.id = ?", (hit.conversation_id,)
        ).fetchone()
        if row is not None:
            found.append(_summary(row, _passage(connection, hit, words)))
    return tuple(found)


def _deleted_summaries(connection: sqlite3.Connection) -> tuple[ConversationSummary, ...]:
    rows = connection.execute(
        f"{_SUMMARY} WHERE deleted IS NOT NULL ORDER BY deleted DESC, activity DESC"
    )
    return tuple(_summary(row) for row in rows)


def _deleted_before(connection: sqlite3.Connection, limit: str) -> list[str]:
    rows = connection.execute("SELECT id FROM conversations WHERE deleted < ?", (limit,))
    return [identifier for (identifier,) in rows]


def _clean(connection: sqlite3.Connection) -> None:
    """Have nothing of erased words stay behind: `secure_delete` clears pages, not the log."""
    pages = connection.execute("PRAGMA page_count").fetchone()[0]
    if pages * connection.execute("PRAGMA page_size").fetchone()[0] <= _QUICKLY_OPTIMIZED:
        # The index forgets three-letter pieces only when its parts are written anew.
        connection.execute("INSERT INTO search (search) VALUES ('optimize')")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()


def _summary(
    row: tuple[str, str, str, str | None, str, int, float | None], passage: str = ""
) -> ConversationSummary:
    identifier, title, updated, deleted, status, answers, cost = row
    return ConversationSummary(
        id=identifier,
        title=title,
        updated=moment_from(updated),
        state=status,
        answers=answers,
        cost=cost,
        excerpt=passage,
        deleted=moment_from(deleted) if deleted else None,
    )


def _passage(connection: sqlite3.Connection, hit: Hit, words: tuple[str, ...]) -> str:
    """Return the found passage as it was written, from the answer if the word is there."""
    if hit.turn is None:
        return ""
    at, passage = connection.execute(
        """
        SELECT at, substr(text, max(1, at - 81), 400) FROM (
            SELECT instr(search.answer, ?1) AS at, answers.text AS text
            FROM search JOIN answers ON answers.turn = search.rowid WHERE search.rowid = ?2
        )
        """,
        (words[0], hit.turn),
    ).fetchone()
    if at and words[0] in folded(passage):
        return excerpt(passage, words)
    answer = _answer(connection, hit.turn)
    if at:
        # Folding changed the length of what stands before the hit (ß is two letters).
        return excerpt(answer.text, words)
    question = connection.execute(
        "SELECT question FROM turns WHERE number = ?", (hit.turn,)
    ).fetchone()[0]
    asked = Record.parse(question).text("text")
    if words[0] in folded(asked):
        return excerpt(asked, words)
    return excerpt(sources_text(answer.sources), words)
