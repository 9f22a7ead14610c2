"""Going back to a backup: all of it or nothing, and what was there is a backup before."""

from __future__ import annotations

import asyncio
import os
import random
import sqlite3
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import pytest

from headwater.adapters import archive_restoration
from headwater.adapters.archive import SqliteArchive
from headwater.adapters.archive_backup import (
    BEFORE_RESTORING,
    DAILY,
    backups,
    conversations_in,
    kept_backups,
)
from headwater.adapters.archive_schema import MIGRATIONS, open_database
from headwater.adapters.history_backups import HistoryBackups
from headwater.domain.answer import Answer, Complete, Failed
from headwater.domain.conversation import Turn, new_id
from headwater.domain.failure import interrupted_answer
from headwater.domain.question import Question
from headwater.session.ports import ArchiveError
from tests.fakes import play

_OLD = Path(__file__).with_name("history_version_1.sql")


class House(NamedTuple):
    """A history, its backups and its file."""

    archive: SqliteArchive
    backups: HistoryBackups
    path: Path

    async def keep(self, question: str, *, is_running: bool = False) -> str:
        """Keep a conversation and return its id."""
        conversation_id, turn_id = new_id(), new_id()
        await self.archive.add_turn(conversation_id, Turn(turn_id, "", Question(question)))
        if not is_running:
            answer = Answer(text=f"An answer to {question}", state=Complete())
            await self.archive.save_answer(turn_id, answer)
        return conversation_id

    async def titles(self) -> list[str]:
        return sorted(summary.title for summary in await self.archive.conversations())


@asynccontextmanager
async def opened(tmp_path: Path) -> AsyncIterator[House]:
    path = tmp_path / "headwater.db"
    archive = SqliteArchive(path, retry_every=0.05)
    kept = HistoryBackups(path, archive)
    try:
        yield House(archive, kept, path)
    finally:
        await kept.close()
        await archive.close()


def test_that_a_backup_brings_back_what_was_there_and_keeps_what_is_there_now(
    tmp_path: Path,
) -> None:
    async def journey() -> None:
        async with opened(tmp_path) as house:
            first = await house.keep("First")
            made = await house.backups.make()
            assert made is not None
            await house.archive.erase([first])
            await house.keep("Second")
            assert await house.backups.restore(str(made)) == 1
            assert await house.titles() == ["First"]
            found = await house.archive.conversations("first")
            assert [summary.id for summary in found] == [first]
            # What was erased in between may be written to again.
            await house.archive.add_turn(first, Turn(new_id(), "", Question("And?")))
            conversation = await house.archive.conversation(first)
            assert conversation is not None
            assert len(conversation.turns) == 2
            kept = [each for each in kept_backups(house.path) if each.kind == BEFORE_RESTORING]
            assert await house.backups.restore(str(kept[0].path)) == 1
            assert await house.titles() == ["Second"]

    play(journey)


def test_that_an_answer_that_was_on_its_way_is_interrupted_after_going_back(tmp_path: Path) -> None:
    async def journey() -> None:
        async with opened(tmp_path) as house:
            running = await house.keep("Running", is_running=True)
            made = await house.backups.make()
            assert made is not None
            await house.backups.restore(str(made))
            conversation = await house.archive.conversation(running)
            assert conversation is not None
            assert conversation.turns[0].answer.state == Failed(interrupted_answer())

    play(journey)


def test_that_a_backup_of_an_older_version_is_brought_to_the_present_one_and_itself_stays(
    tmp_path: Path,
) -> None:
    old = tmp_path / "old.db"
    with closing(sqlite3.connect(old)) as database:
        database.executescript(_OLD.read_text(encoding="utf-8"))
    before = old.read_bytes()

    async def journey() -> None:
        async with opened(tmp_path) as house:
            await house.keep("New")
            assert await house.backups.restore(str(old)) == 1
            assert await house.titles() == ["What is a bridge?"]

    play(journey)
    assert old.read_bytes() == before
    with closing(sqlite3.connect(tmp_path / "headwater.db")) as database:
        assert database.execute("PRAGMA user_version").fetchone() == (len(MIGRATIONS),)
        assert database.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def _newer(path: Path) -> None:
    connection, _ = open_database(path, lambda: False, (*MIGRATIONS, ("CREATE TABLE x (y)",)))
    connection.close()


def _foreign(path: Path) -> None:
    with closing(sqlite3.connect(path)) as database:
        database.execute("CREATE TABLE mine (x)")


def _torn(path: Path) -> None:
    connection, _ = open_database(path, lambda: False)
    with closing(connection):
        for number in range(2000):
            connection.execute(
                "INSERT INTO conversations VALUES (?, ?, '', '', '', '', ?, NULL)",
                (f"c{number}", "A long title. " * 20, number),
            )
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (_newer, "was written by a newer Headwater"),
        (_foreign, "is no history of Headwater"),
        (_torn, "is no history of Headwater, or a damaged one"),
        (lambda path: path.write_bytes(b"words"), "is no history of Headwater"),
        (lambda path: path.write_bytes(b""), "is no history of Headwater"),
        (lambda path: path.mkdir(), "There is no file"),
        (lambda path: None, "There is no file"),
    ],
)
def test_that_what_is_no_backup_is_refused_and_nothing_changes(
    tmp_path: Path, make: Callable[[Path], object], said: str
) -> None:
    given = tmp_path / "given.db"
    make(given)
    before = given.read_bytes() if given.is_file() else None

    async def journey() -> None:
        async with opened(tmp_path) as house:
            await house.keep("Mine")
            with pytest.raises(ArchiveError, match=said) as refused:
                await house.backups.restore(str(given))
            assert str(refused.value).endswith("Nothing was changed.")
            assert await house.titles() == ["Mine"]

    play(journey)
    assert (given.read_bytes() if given.is_file() else None) == before
    assert list((tmp_path / "backups").glob(".*")) == []


def test_that_R37_a_disk_that_is_full_while_going_back_leaves_the_history_as_it_was(
    tmp_path: Path,
) -> None:
    async def journey() -> None:
        async with opened(tmp_path) as house:
            for number in range(30):
                await house.keep(f"{number} " + "Long. " * 5000)
            made = await house.backups.make()
            assert made is not None
            titles = await house.titles()
            for summary in await house.archive.conversations():
                await house.archive.erase([summary.id])
            await house.keep("Mine")
            database = house.archive._database
            assert database is not None

            def stifle(pages: int) -> None:
                database.connection.execute("VACUUM")
                database.connection.execute(f"PRAGMA max_page_count = {pages}").fetchall()

            await house.archive._thread.call(lambda: stifle(40))
            with pytest.raises(ArchiveError, match="Nothing was changed"):
                await house.backups.restore(str(made))
            assert await house.titles() == ["Mine"]
            await house.archive._thread.call(lambda: stifle(1_000_000))
            await house.backups.restore(str(made))
            assert await house.titles() == titles

    play(journey)


def test_that_another_process_that_uses_the_history_keeps_it_from_being_replaced(
    tmp_path: Path,
) -> None:
    async def journey() -> None:
        async with opened(tmp_path) as house:
            await house.keep("Mine")
            made = await house.backups.make()
            async with opened(tmp_path) as other:
                await other.keep("Another's")
                with pytest.raises(ArchiveError, match="Another Headwater"):
                    await house.backups.restore(str(made))
                assert await house.titles() == ["Another's", "Mine"]

    play(journey)


_RESTORING = """
import asyncio, sys
from pathlib import Path
from headwater.adapters.archive import SqliteArchive

async def main():
    archive = SqliteArchive(Path(sys.argv[1]))
    await archive.open()
    print("ready", flush=True)
    while True:
        for backup in sys.argv[2:]:
            await archive.restore(Path(backup))

asyncio.run(main())
"""


def test_that_R36_kill_9_while_going_back_leaves_one_history_or_the_other(tmp_path: Path) -> None:
    async def fill() -> list[Path]:
        made = []
        async with opened(tmp_path) as house:
            for name in ("few", "many"):
                for number in range(5):
                    await house.keep(f"{name} {number} " + "Long. " * 3000)
                backup = await house.backups.make()
                assert backup is not None
                made.append(backup.rename(tmp_path / f"{name}.db"))
        return made

    given = asyncio.run(fill())
    moments = random.Random(38)
    seen = set()
    for _ in range(8):
        with subprocess.Popen(
            [sys.executable, "-c", _RESTORING, str(tmp_path / "headwater.db"), *map(str, given)],
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        ) as process:
            assert process.stdout is not None
            process.stdout.readline()
            time.sleep(moments.uniform(0, 0.15))
            process.kill()

        async def look() -> int:
            async with opened(tmp_path) as house:
                report = await house.archive.open()
                assert (report.problem, report.is_persistent) == ("", True)
                return len(await house.titles())

        seen.add(asyncio.run(look()))
        with closing(sqlite3.connect(tmp_path / "headwater.db")) as database:
            assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert seen <= {5, 10}


def test_that_a_backup_is_due_once_a_day_and_only_for_something_new(tmp_path: Path) -> None:
    async def journey() -> None:
        async with opened(tmp_path) as house:
            now = datetime.now(UTC)
            await house.archive.open()
            assert not await house.backups.is_due(now)  # nothing is in it
            await house.keep("First")
            assert await house.backups.is_due(now)
            made = await house.backups.make(lambda: True)
            assert made is not None
            assert [each.kind for each in kept_backups(house.path)] == [DAILY]
            await house.keep("Second")
            assert not await house.backups.is_due(now + timedelta(hours=23))
            assert await house.backups.is_due(now + timedelta(hours=25))
            # R40: a clock that went back for years does not hold backups up.
            assert await house.backups.is_due(now - timedelta(days=4000))
            later = time.time() + 60
            os.utime(made, (later, later))
            assert not await house.backups.is_due(now + timedelta(hours=25))

    play(journey)


def test_that_writing_that_goes_on_neither_holds_a_backup_up_nor_gets_into_it(
    tmp_path: Path,
) -> None:
    async def journey() -> None:
        async with opened(tmp_path) as house:
            for number in range(12):
                await house.keep(f"{number} " + "Long. " * 60_000)
            looks = 0

            def write() -> bool:
                nonlocal looks
                looks += 1
                with closing(sqlite3.connect(house.path)) as other, other:
                    other.execute("UPDATE conversations SET title = title || '!'")
                return looks < 100

            made = await house.backups.make(write)
            assert made is not None
            assert looks > 3
            with closing(sqlite3.connect(made)) as copy:
                changed = copy.execute("SELECT count(*) FROM conversations WHERE title LIKE '%!'")
                assert changed.fetchone() == (0,)

    play(journey)


def test_that_a_backup_gives_way_to_an_answer(tmp_path: Path) -> None:
    async def journey() -> None:
        async with opened(tmp_path) as house:
            await house.keep("First")
            assert await house.backups.make(lambda: False) is None
            assert backups(house.path) == []

    play(journey)


def test_that_the_list_says_date_number_and_size_the_latest_first(tmp_path: Path) -> None:
    async def journey() -> None:
        async with opened(tmp_path) as house:
            gone = await house.keep("First")
            await house.backups.make(lambda: True)
            await house.keep("Second")
            await house.keep("Third")
            await house.archive.delete(gone)
            made = await house.backups.make()
            assert made is not None
            torn = made.with_name("headwater-20200101-000000-000000-v1.db")
            torn.write_bytes(b"x")
            listed = await house.backups.listed()
            told = [(each.conversations, each.reason) for each in listed]
            assert told == [(2, "made by you"), (1, "daily"), (None, "before an update")]
            assert listed[0].size == made.stat().st_size
            assert abs(datetime.now(UTC) - listed[0].moment) < timedelta(minutes=1)

    play(journey)


def test_that_a_copy_goes_where_the_person_wants_and_replaces_nothing(tmp_path: Path) -> None:
    async def journey() -> None:
        async with opened(tmp_path) as house:
            target = tmp_path / "stick" / "mine.db"
            with pytest.raises(ArchiveError, match="could not be written"):
                await house.backups.copy_to(target)  # there is no history yet
            await house.keep("First")
            with pytest.raises(ArchiveError, match="no such file or directory"):
                await house.backups.copy_to(target)
            target.parent.mkdir()
            await house.backups.copy_to(target)
            assert conversations_in(target) == 1
            assert target.stat().st_mode & 0o777 == 0o600
            with pytest.raises(ArchiveError, match="it exists already"):
                await house.backups.copy_to(target)

    play(journey)


def test_that_a_history_kept_in_memory_alone_says_why_nothing_is_restored(tmp_path: Path) -> None:
    (tmp_path / "headwater.db").mkdir()

    async def journey() -> None:
        async with opened(tmp_path) as house:
            with pytest.raises(ArchiveError, match="not a file stands in the history's place"):
                await house.backups.restore("anything.db")

    play(journey)
    with suppress(FileNotFoundError):
        assert list((tmp_path / "backups").iterdir()) == []


def test_that_a_draft_is_removed_also_when_going_back_fails_at_its_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> Path:
        raise OSError(28, "No space left on device")

    async def journey() -> None:
        async with opened(tmp_path) as house:
            await house.keep("Mine")
            made = await house.backups.make()
            monkeypatch.setattr(archive_restoration, "keep_backup", fail)
            with pytest.raises(ArchiveError, match="no space left on device"):
                await house.backups.restore(str(made))
            assert await house.titles() == ["Mine"]

    play(journey)
    assert list((tmp_path / "backups").glob(".*")) == []
