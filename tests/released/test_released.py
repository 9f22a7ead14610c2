"""What a released version left on a disk opens in this one, with every word as it was."""

from __future__ import annotations

import asyncio
import json
import shutil
import sqlite3
from collections.abc import Callable, Coroutine
from contextlib import closing
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QApplication

from headwater import __version__
from headwater.adapters.archive import SqliteArchive
from headwater.adapters.archive_backup import backups
from headwater.adapters.archive_schema import MIGRATIONS, OpenReport, open_database
from headwater.adapters.folders import Folders
from headwater.adapters.preferences_file import PreferencesFile
from headwater.domain.conversation import Conversation
from headwater.domain.failure import interrupted_answer
from headwater.domain.preferences import Preferences
from tests.journeys.stage import Stage, play
from tests.released import keep as keeping
from tests.released.description import description, missing
from tests.released.history_text import history_text
from tests.released.keep import CHANGELOG, FOLDER, keep, released_versions

KEPT = sorted(path.parent for path in FOLDER.glob("*/history.sql"))


class Left:
    """The folders of a person who used a released version, made anew."""

    def __init__(self, kept: Path, place: Path) -> None:
        self.kept = kept
        self.folders = Folders.under(place)
        self.folders.create()
        with closing(sqlite3.connect(self.folders.database)) as database:
            database.executescript(self.history)
        shutil.copyfile(kept / "preferences.json", self.folders.preferences)

    @property
    def history(self) -> str:
        return (self.kept / "history.sql").read_text(encoding="utf-8")

    @property
    def expected(self) -> list[dict[str, Any]]:
        value: list[dict[str, Any]] = json.loads((self.kept / "expected.json").read_bytes())
        return value

    @property
    def preferences(self) -> dict[str, Any]:
        value: dict[str, Any] = json.loads((self.kept / "preferences.json").read_bytes())
        return value

    @property
    def version_of_history(self) -> int:
        return int(self.history.partition("user_version = ")[2].partition(";")[0])

    def opened(self, use: Callable[[SqliteArchive], Coroutine[Any, Any, Any]]) -> Any:
        async def main() -> Any:
            archive = SqliteArchive(self.folders.database)
            try:
                return await use(archive)
            finally:
                await archive.close()

        return asyncio.run(main())

    def conversations(self) -> list[Conversation | None]:
        async def read(archive: SqliteArchive) -> list[Conversation | None]:
            return [await archive.conversation(each["id"]) for each in self.expected]

        found: list[Conversation | None] = self.opened(read)
        return found


def untried(kept: Any) -> list[str]:
    """Return the places that hold nothing but what they would hold by default."""
    values: dict[str, set[str]] = {}

    def look(value: Any, place: str) -> None:
        values.setdefault(place, set()).add(json.dumps(value))
        if isinstance(value, dict):
            for name, item in value.items():
                look(item, f"{place}.{name}")
        elif isinstance(value, list):
            for item in value:
                look(item, f"{place}[]")

    look(kept, "")
    defaults = {'""', "null", "[]", "{}", '"USD"'}
    return [
        place
        for place, found in values.items()
        if found <= defaults or found in ({"true"}, {"false"})
    ]


@pytest.fixture(params=KEPT, ids=lambda path: path.name)
def left(request: pytest.FixtureRequest, tmp_path: Path) -> Left:
    return Left(request.param, tmp_path / "person")


def test_that_every_conversation_turn_source_and_attachment_is_there(left: Left) -> None:
    found = description(left.conversations())

    assert list(missing(left.expected, found)) == []
    assert [len(each["turns"]) for each in found] == [len(each["turns"]) for each in left.expected]


def test_that_it_opens_without_a_complaint_and_ends_what_the_dead_process_left(left: Left) -> None:
    async def use(archive: SqliteArchive) -> OpenReport:
        return await archive.open()

    title = interrupted_answer().title
    ends = [turn["answer"]["state"] for each in left.expected for turn in each["turns"]]
    interrupted = sum(end.get("failure", {}).get("title") == title for end in ends)
    assert left.opened(use) == OpenReport(is_persistent=True, recovered=interrupted)
    assert interrupted == 1


def test_that_every_conversation_is_listed_and_found_by_its_words(left: Left) -> None:
    async def use(archive: SqliteArchive) -> None:
        listed = {summary.id for summary in await archive.conversations()}
        assert listed == {each["id"] for each in left.expected}
        for conversation in left.expected:
            for turn in conversation["turns"]:
                for words in (turn["question"]["text"], turn["answer"]["text"][:60]):
                    found = await archive.conversations(words)
                    assert conversation["id"] in {summary.id for summary in found}, words

    left.opened(use)


def test_that_a_backup_is_made_where_the_schema_has_changed_and_only_there(left: Left) -> None:
    left.conversations()
    made = backups(left.folders.database)

    assert len(made) == (left.version_of_history < len(MIGRATIONS))
    assert [path.name for path in left.folders.data.glob("*.damaged-*")] == []


def test_that_before_the_next_change_of_the_schema_all_is_kept_as_it_was(left: Left) -> None:
    path = left.folders.database
    step = ("ALTER TABLE conversations ADD COLUMN colour TEXT", "DELETE FROM pieces")
    connection, report = open_database(path, lambda: False, (*MIGRATIONS, step))
    connection.close()
    (backup,) = backups(path)

    assert report == OpenReport(is_persistent=True)
    with closing(sqlite3.connect(backup)) as database:
        assert history_text(database) == left.history


def test_that_every_preference_is_read_as_it_was_chosen(left: Left, tmp_path: Path) -> None:
    file = PreferencesFile(left.folders.preferences)
    written = PreferencesFile(tmp_path / "again.json")
    written.write(file.read())
    now = json.loads((tmp_path / "again.json").read_bytes())

    assert file.problem == ""
    assert list(missing(left.preferences, now)) == []
    assert left.folders.preferences.read_bytes() == (left.kept / "preferences.json").read_bytes()


@pytest.mark.qt_log_ignore("does not support")
def test_that_the_window_opens_at_the_last_conversation_with_the_draft(
    qapp: QApplication, left: Left
) -> None:
    async def journey(stage: Stage) -> None:
        await stage.until(lambda: stage.conversation.path, "the last conversation")
        assert stage.conversation.id == left.preferences["last_conversation_id"]
        assert stage.window.composer.edit.text() == left.preferences["draft"]
        await stage.until(lambda: stage.conversation.path[-1].question.text in stage.text, "it")

    play(qapp, left.folders.data.parent, journey)


def test_that_every_released_version_has_its_folder() -> None:
    released = released_versions(CHANGELOG.read_text(encoding="utf-8"))

    assert set(released) - {path.name for path in KEPT} == set()


def test_that_a_version_is_released_once_its_heading_has_a_date() -> None:
    changelog = "# Changelog\n\n## 0.3.0 (unreleased)\n\n- 2026-11-21\n\n## 0.2.0 (2026-12-01)\n\n"

    assert released_versions(f"{changelog}## 0.1.0 (2026-11-21)\n") == ["0.2.0", "0.1.0"]


def test_that_the_folder_of_a_released_version_is_never_written_again(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / __version__
    folder.mkdir()
    (folder / "history.sql").write_text("as it was")
    (tmp_path / "CHANGELOG.md").write_text(f"## {__version__} (2026-12-01)\n")
    monkeypatch.setattr(keeping, "FOLDER", tmp_path)
    monkeypatch.setattr(keeping, "CHANGELOG", tmp_path / "CHANGELOG.md")

    assert keeping.main([]) == 1
    assert (folder / "history.sql").read_text() == "as it was"
    assert "is released" in capsys.readouterr().err


def test_that_the_folder_of_the_coming_release_is_what_it_leaves(tmp_path: Path) -> None:
    """Renew it with `python3 packaging/dev.py keep-release` when this fails."""
    folder = FOLDER / __version__
    if folder not in KEPT or __version__ in released_versions(CHANGELOG.read_text("utf-8")):
        return
    connection, _ = open_database(tmp_path / "new.db", lambda: False)
    with closing(connection):
        schema = history_text(connection).partition("DELETE FROM")[0]
    kept = Left(folder, tmp_path / "person")

    assert kept.history.startswith(schema)
    assert kept.preferences.keys() == {field.name for field in fields(Preferences)}
    assert kept.expected[0].keys() == {field.name for field in fields(Conversation)}
    assert untried(kept.expected) == []


def test_that_what_is_kept_is_what_a_process_left_when_it_died(tmp_path: Path) -> None:
    keep(tmp_path / __version__)
    left = Left(tmp_path / __version__, tmp_path / "person")

    names = sorted(path.name for path in left.kept.iterdir())
    assert names == ["expected.json", "history.sql", "preferences.json"]
    assert list(missing(left.expected, description(left.conversations()))) == []


def test_that_a_field_that_was_never_tried_is_named() -> None:
    kept = [{"a": "", "b": True, "c": []}, {"a": "x", "b": True, "c": []}]
    assert untried(kept) == ["[].b", "[].c"]


@pytest.mark.parametrize(
    ("kept", "now", "said"),
    [
        ({"a": [1, {"b": "x"}]}, {"a": [1, {"b": "x", "more": 1}], "c": 2}, []),
        ({"a": 1}, {}, [".a is gone"]),
        ({"a": [1, 2]}, {"a": [1]}, [".a was [1, 2] and is [1]"]),
        ([{"a": "x"}], [{"a": "y"}], ["[0].a was 'x' and is 'y'"]),
        ({"a": {}}, {"a": None}, [".a was {} and is None"]),
    ],
)
def test_that_what_is_lost_or_changed_is_named(kept: Any, now: Any, said: list[str]) -> None:
    assert list(missing(kept, now)) == said
