"""What is deleted comes back with one click, and from a list for thirty days."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication, QDialog, QMessageBox

from headwater.adapters.archive import SqliteArchive
from headwater.adapters.folders import Folders
from headwater.domain.answer import Answer, Complete
from headwater.domain.conversation import Turn, new_id
from headwater.domain.question import Question
from headwater.ui.backup_dialog import BackupDialog
from headwater.ui.deleted_dialog import DeletedDialog
from headwater.ui.history_model import HistoryRole
from headwater.ui.undo_line import UndoLine
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
        archive = SqliteArchive(folders.database)
        ids = []
        for question in questions:
            turn = Turn(new_id(), "", Question(question))
            conversation_id = new_id()
            await archive.add_turn(conversation_id, turn)
            answer = Answer(text=f"The answer to {question}", state=Complete())
            await archive.save_answer(turn.id, answer)
            ids.append(conversation_id)
        await archive.close()
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
