"""What is deleted comes back with one click, and from a list for thirty days."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication, QDialog, QMessageBox

from headwater import app
from headwater.adapters import keychain
from headwater.adapters.archive import SqliteArchive
from headwater.adapters.folders import Folders
from headwater.adapters.history_backups import HistoryBackups
from headwater.adapters.login_start import login_start
from headwater.domain.answer import Answer, Complete
from headwater.domain.api_key import ApiKey
from headwater.domain.conversation import Turn, new_id
from headwater.domain.provider import PERPLEXITY
from headwater.domain.question import Question
from headwater.ui.backup_dialog import BackupDialog
from headwater.ui.deleted_dialog import DeletedDialog
from headwater.ui.history_model import HistoryRole
from headwater.ui.preferences_dialog import PreferencesDialog
from headwater.ui.undo_line import UndoLine
from tests.fault_server import answer, chat_event, chat_stream, in_chunks, running
from tests.journeys.stage import Stage, play
from tests.ui.shortcut_stage import words

pytestmark = pytest.mark.qt_log_ignore("does not support propagateSizeHints")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "data"


def leave(folder: Path, *questions: str) -> list[str]:
    """Leave a history with one conversation for each question; return their ids."""

    async def write() -> list[str]:
        folders = Folders.under(folder)
        folders.create()
        kept = SqliteArchive(folders.database)
        ids = []
        for question in questions:
            turn = Turn(new_id(), "", Question(question))
            conversation_id = new_id()
            await kept.add_turn(conversation_id, turn)
            answer = Answer(text=f"The answer to {question}", state=Complete())
            await kept.save_answer(turn.id, answer)
            ids.append(conversation_id)
        await kept.close()
        return ids

    return asyncio.run(write())


async def show(stage: Stage, conversation_id: str) -> None:
    await stage.until(lambda: conversation_id in listed(stage), "it in the list")
    stage.window.history_dock.chosen.emit(conversation_id)
    await stage.until(lambda: stage.conversation.id == conversation_id, "it on the desk")
    await stage.painted()


def listed(stage: Stage) -> list[str]:
    return [summary.id for summary in stage.conductor._parts.history.summaries]


def delete(stage: Stage, conversation_id: str) -> None:
    """Choose Delete in the menu of that row."""
    stage.window.history_dock.delete_requested.emit(conversation_id)


def line(stage: Stage) -> UndoLine | None:
    found = [each for each in stage.window.findChildren(UndoLine) if not each.isHidden()]
    return found[-1] if found else None


async def dialog(stage: Stage, kind: type[QDialog]) -> QDialog:
    await stage.until(lambda: any(d.isVisible() for d in stage.window.findChildren(kind)), "it")
    return [d for d in stage.window.findChildren(kind) if d.isVisible()][-1]


def test_that_deleting_is_undone_with_one_click_and_shows_the_conversation_again(
    qapp: QApplication, folder: Path
) -> None:
    (conversation_id,) = leave(folder, "What is a bridge?")

    async def journey(stage: Stage) -> None:
        await show(stage, conversation_id)
        shown = stage.text
        delete(stage, conversation_id)
        await stage.until(lambda: listed(stage) == [], "an empty list")
        assert stage.conversation.turns == ()
        await stage.until(lambda: line(stage) is not None, "the line")
        said = line(stage)
        assert said is not None
        assert said.words == "“What is a bridge?” was deleted."
        stage.press("Undo", said)
        await stage.until(lambda: listed(stage) == [conversation_id], "it in the list")
        await stage.until(lambda: stage.conversation.id == conversation_id, "it on the desk")
        await stage.until(lambda: stage.text == shown, "every word")
        assert line(stage) is None

    play(qapp, folder, journey)


def test_that_what_was_deleted_is_put_back_or_erased_from_a_list_also_after_a_restart(
    qapp: QApplication, folder: Path
) -> None:
    ids = leave(folder, "First?", "Second?", "Third?")

    async def before(stage: Stage) -> None:
        await show(stage, ids[0])
        for conversation_id in ids[:2]:
            delete(stage, conversation_id)
        await stage.until(lambda: listed(stage) == ids[2:], "one left")

    async def after(stage: Stage) -> None:
        stage.window.actions_by_name.deleted.trigger()
        shown = await dialog(stage, DeletedDialog)
        assert isinstance(shown, DeletedDialog)
        await stage.until(lambda: shown.list.count() == 2, "both")
        assert [shown.list.item(row).text() for row in range(2)] == ["Second?", "First?"]
        assert shown.list.chosen == [ids[1]]
        stage.press("Put back", shown)
        await stage.until(lambda: sorted(listed(stage)) == sorted(ids[1:]), "it in the list")
        await stage.until(lambda: shown.list.chosen == [ids[0]], "the other one chosen")
        stage.press("Delete for good…", shown)
        box = await dialog(stage, QMessageBox)
        stage.press("Keep", box)
        assert shown.list.count() == 1
        stage.press("Delete for good…", shown)
        box = await dialog(stage, QMessageBox)
        stage.press("Delete for good", box)
        await stage.until(lambda: shown.list.count() == 0, "nothing")
        assert not stage.button("Put back", shown).isEnabled()
        stage.press("Close", shown)
        assert b"First?" not in (folder / "data" / "headwater.db").read_bytes()

    play(qapp, folder, before, after)


def test_that_the_line_goes_by_itself_and_when_it_is_closed(
    qapp: QApplication, folder: Path
) -> None:
    first, second = leave(folder, "First?", "Second?")

    async def journey(stage: Stage) -> None:
        await stage.until(lambda: len(listed(stage)) == 2, "both in the list")
        delete(stage, first)
        stage.conductor.keeping._going.setInterval(30)
        await stage.until(lambda: line(stage) is None, "no line")
        delete(stage, second)
        stage.conductor.keeping._going.setInterval(60_000)
        await stage.until(lambda: line(stage) is not None, "the line")
        said = line(stage)
        assert said is not None
        said._close.click()
        assert line(stage) is None
        await stage.until(lambda: listed(stage) == [], "an empty list")

    play(qapp, folder, journey)


def test_that_a_backup_is_made_and_brings_back_what_was_erased(
    qapp: QApplication, folder: Path
) -> None:
    first, second = leave(folder, "First?", "Second?")

    async def journey(stage: Stage) -> None:
        await show(stage, second)
        stage.window.actions_by_name.backups.trigger()
        shown = await dialog(stage, BackupDialog)
        assert isinstance(shown, BackupDialog)
        await stage.until(lambda: "There is no backup yet." in words(shown), "nothing yet")
        assert not stage.button("Restore…", shown).isEnabled()
        stage.press("Make one now", shown)
        await stage.until(lambda: shown.list.count() == 1, "a backup")
        assert "2 conversations" in shown.list.item(0).data(HistoryRole.DETAIL)
        await stage.conductor._parts.history.erase([first, second])
        await stage.until(lambda: listed(stage) == [], "an empty list")
        stage.press("Restore…", shown)
        stage.press("Cancel", await dialog(stage, QMessageBox))
        stage.press("Restore…", shown)
        stage.press("Restore", await dialog(stage, QMessageBox))
        await stage.until(lambda: sorted(listed(stage)) == sorted([first, second]), "both")
        await stage.until(lambda: shown.list.count() == 2, "what was there before")
        said = [word for word in words(shown) if word.startswith("Restored")]
        assert said == ["Restored: 2 conversations. What was there before is a backup now."]
        stage.press("Close", shown)
        await show(stage, first)
        await stage.until(lambda: "The answer to First?" in stage.text, "its words")

    play(qapp, folder, journey)


class FakeKeyring:
    """A keyring in memory; `error` makes it refuse."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], str] = {}
        self.error: Exception | None = None

    def get_password(self, service: str, username: str) -> str | None:
        if self.error is not None:
            raise self.error
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        del self.kept[service, username]


@pytest.fixture
def keyring(monkeypatch: pytest.MonkeyPatch) -> FakeKeyring:
    made = FakeKeyring()
    kind = type("Keyring", (FakeKeyring,), {"__module__": "keyring.backends.SecretService"})
    made.__class__ = kind
    monkeypatch.setattr(keychain, "_load_keyring", lambda: made)
    return made


def every_file(*folders: Path) -> list[str]:
    return sorted(str(path) for folder in folders for path in folder.rglob("*"))


async def erase(stage: Stage) -> QDialog:
    """Go to Delete everything in the preferences, and return the box that asks."""
    stage.window.actions_by_name.preferences.trigger()
    stage.press("Delete everything…", await dialog(stage, PreferencesDialog))
    return await dialog(stage, QMessageBox)


def test_that_deleting_everything_leaves_neither_file_nor_key_nor_start_at_login(
    qapp: QApplication, folder: Path, keyring: FakeKeyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = folder.parent / "home"
    monkeypatch.setenv("XDG_CONFIG_HOME", str(home))
    ids = leave(folder, "First?", "Second?")
    (folder / "log").mkdir(exist_ok=True)
    (folder / "log" / "crash.log.1").write_text("an old report")
    keyring.kept["Another program", "me"] = "theirs"

    async def journey(stage: Stage) -> None:
        await show(stage, ids[0])
        parts = stage.conductor._parts
        login_start(("/bin/sh",)).switch(True)
        await parts.connection._account.set_key(PERPLEXITY, ApiKey("pplx-secret"))
        stage.conductor.keeping.delete(ids[1], "Second?")
        parts.backups.make()
        stage.window.composer.edit.set_text("Not yet sent")
        await stage.until(lambda: parts.backups.done, "a backup")
        await stage.until((folder / "config" / "preferences.json").exists, "preferences")
        assert len(keyring.kept) == 2
        assert every_file(home)
        box = await erase(stage)
        stage.press("Keep everything", box)
        assert not stage.app.is_ending
        stage.press("Delete everything and quit", await erase(stage))
        await stage.ended()

    play(qapp, folder, journey)
    assert every_file(folder.parent) == [str(home), str(home / "autostart")]
    assert keyring.kept == {("Another program", "me"): "theirs"}


def test_that_a_keyring_that_keeps_its_key_keeps_everything_until_one_says_so(
    qapp: QApplication, folder: Path, keyring: FakeKeyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(folder.parent / "home"))
    (first,) = leave(folder, "First?")

    async def journey(stage: Stage) -> None:
        await show(stage, first)
        keyring.error = RuntimeError("pplx-secret")
        box = await erase(stage)
        stage.press("Delete everything and quit", box)
        await stage.until(lambda: stage.has_button("Delete the rest and quit"), "the second box")
        again = await dialog(stage, QMessageBox)
        assert isinstance(again, QMessageBox)
        assert "The keyring did not answer (RuntimeError)." in again.informativeText()
        assert "pplx-secret" not in again.informativeText()
        assert (folder / "data" / "headwater.db").stat().st_size > 0
        stage.press("Delete the rest and quit", again)
        await stage.ended()

    play(qapp, folder, journey)
    assert every_file(folder.parent) == []


class Disk:
    """Where the history of a stage is kept, which can be made to seem full."""

    def __init__(self, stage: Stage) -> None:
        kept = stage.conductor._parts.backups._backups
        assert isinstance(kept, HistoryBackups)
        self.archive = kept._archive

    async def room(self, pages: int) -> None:
        """Let the file have as many pages and no more."""
        opened = self.archive._database
        assert opened is not None
        limit = f"PRAGMA max_page_count = {pages}"
        await self.archive._thread.call(lambda: opened.connection.execute(limit).fetchall())


def test_that_R37_an_answer_stays_on_the_screen_of_a_full_disk_and_is_kept_when_there_is_room(
    qapp: QApplication, folder: Path
) -> None:
    words = [chat_event(f"word{number} " + "long " * 200) for number in range(60)]

    async def journey(stage: Stage) -> None:
        disk = Disk(stage)
        stage.type("Is there room?")
        await stage.until(lambda: "word1 " in stage.text, "the first words")
        await disk.room(1)
        began = time.monotonic()
        problem = stage.window._problem
        await stage.until(problem.isVisible, "a message")
        assert time.monotonic() - began < 2
        assert problem.text().startswith("The disk is full.")
        await stage.settled()
        assert "word59 " in stage.text
        assert problem.isVisible()
        await disk.room(1_000_000)
        await stage.until(lambda: not problem.isVisible(), "that it is kept")
        conversation = await disk.archive.conversation(stage.conversation.id)
        assert conversation == stage.conversation

    with running(in_chunks([*words, chat_stream()], 0.02)) as server:
        arguments = ("--base-url", server.base_url, "--model", "m")
        play(qapp, folder, journey, arguments=arguments)


def test_that_R37_quitting_asks_before_an_answer_that_is_not_saved_is_lost(
    qapp: QApplication, folder: Path
) -> None:
    async def journey(stage: Stage) -> None:
        stage.type("Before?")
        await stage.settled()
        disk = Disk(stage)
        await disk.room(1)
        stage.type("Is there room?")
        await stage.until(lambda: stage.conductor._parts.history.unsaved_problem, "a problem")
        stage.window.quit_requested.emit()
        box = await dialog(stage, QMessageBox)
        assert isinstance(box, QMessageBox)
        assert "The disk is full." in box.informativeText()
        assert not stage.app.is_ending
        stage.window.quit_requested.emit()
        assert len(stage.window.findChildren(QMessageBox)) == 1
        stage.press("Go on", box)
        await stage.painted()
        assert not stage.app.is_ending
        stage.window.close()  # without a tray that is quitting as well
        stage.press("Quit and lose it", await dialog(stage, QMessageBox))
        assert stage.app.is_ending

    with running(answer(chat_stream("Much to say. " * 20_000))) as server:
        play(qapp, folder, journey, arguments=("--base-url", server.base_url, "--model", "m"))


def test_that_R37_nothing_is_asked_once_all_is_saved(qapp: QApplication, folder: Path) -> None:
    async def journey(stage: Stage) -> None:
        disk = Disk(stage)
        await disk.room(1)
        stage.type("Is there room?")
        await stage.until(lambda: stage.conductor._parts.history.unsaved_problem, "a problem")
        await stage.until(lambda: not stage.answer.is_running, "the end of the answer")
        await disk.room(1_000_000)
        await stage.until(lambda: not stage.conductor._parts.history.unsaved_problem, "room")
        stage.window.actions_by_name.quit.trigger()
        assert stage.app.is_ending

    with running(answer(chat_stream("Much to say. " * 20_000))) as server:
        play(qapp, folder, journey, arguments=("--base-url", server.base_url, "--model", "m"))


def test_that_what_stands_in_the_way_of_keeping_is_said_beside_other_troubles(
    qapp: QApplication, folder: Path
) -> None:
    async def journey(stage: Stage) -> None:
        preferences = stage.conductor._parts.preferences
        stage.conductor._parts.history.tell("The history is in memory alone.")
        preferences.problem = "The preferences cannot be kept."
        preferences.changed.notify()
        await stage.painted()
        said = stage.window._problem.text()
        assert said == "The history is in memory alone. The preferences cannot be kept."
        preferences.problem = ""

    play(qapp, folder, journey)


def test_that_R38_what_happened_to_a_damaged_history_is_said_and_stays_said(
    qapp: QApplication, folder: Path
) -> None:
    ids = leave(folder, "First?", "Second?")
    path = folder / "data" / "headwater.db"

    async def before(stage: Stage) -> None:
        await stage.until(lambda: len(listed(stage)) == 2, "both")
        stage.conductor._parts.backups.make()
        await stage.until(lambda: stage.conductor._parts.backups.done, "a backup")

    async def after(stage: Stage) -> None:
        said = stage.window._problem
        await stage.until(said.isVisible, "a message")
        await asyncio.sleep(0.3)
        assert said.isVisible()
        assert said.text().startswith(
            "The history file was damaged. It is kept as headwater.db.dam"
        )
        assert said.text().endswith("Backups in the menu restores it.")
        assert listed(stage) == []
        stage.conductor._parts.backups.look()
        await stage.until(lambda: stage.conductor._parts.backups.summaries, "the backup")
        stage.conductor._parts.backups.restore(stage.conductor._parts.backups.summaries[0])
        await stage.until(lambda: sorted(listed(stage)) == sorted(ids), "both again")

    play(qapp, folder, before)
    damage = b"\xff" * 4096
    path.write_bytes(path.read_bytes()[:4096] + damage * 3 + path.read_bytes()[4 * 4096 :])
    play(qapp, folder, after)


def test_that_R37_a_history_that_is_locked_at_the_start_is_there_once_it_is_not(
    qapp: QApplication, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (before,) = leave(folder, "Before?")
    monkeypatch.setattr(app, "_OPENED_AGAIN", 0.1)

    async def journey(stage: Stage) -> None:
        said = stage.window._problem
        await stage.until(said.isVisible, "a message")
        assert "database is locked" in said.text()
        stage.type("Is anybody there?")
        await stage.settled()
        assert listed(stage) == [stage.conversation.id]
        other.execute("ROLLBACK")
        await stage.until(lambda: listed(stage) == [stage.conversation.id, before], "both")
        await stage.until(lambda: not said.isVisible(), "no message")

    with (
        closing(sqlite3.connect(folder / "data" / "headwater.db", isolation_level=None)) as other,
        running(in_chunks([chat_stream("Yes.")])) as server,
    ):
        other.execute("PRAGMA journal_mode = DELETE")
        other.execute("BEGIN EXCLUSIVE")
        play(qapp, folder, journey, arguments=("--base-url", server.base_url, "--model", "m"))
