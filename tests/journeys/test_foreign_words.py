"""Words of servers, pages and answers change nothing of the interface, wherever they are shown.

S4, S10, S13: markup, mnemonics, placeholders, directions, line ends and a megabyte of each.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QUrl
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtWidgets import QApplication, QDialog, QMenu, QToolTip

from headwater.adapters.archive import SqliteArchive
from headwater.adapters.folders import Folders
from headwater.domain.answer import Answer, Complete, Failed, Stopped
from headwater.domain.attachment import Attachment
from headwater.domain.conversation import Turn, new_id
from headwater.domain.failure import Failure, FailureKind
from headwater.domain.question import Question
from headwater.domain.source import Picture, Source
from headwater.domain.usage import Usage
from headwater.ui.anchor import LinkAnchor, SourceAnchor
from headwater.ui.fold import Fold
from headwater.ui.source_list import SourceList
from headwater.ui.turn_steps import TurnSteps
from tests.journeys.stage import Stage, play
from tests.journeys.test_quick_ask import Quick
from tests.ui.foreign_words import changes, foreign_words, has_foreign_words

pytestmark = pytest.mark.qt_log_ignore("does not support propagateSizeHints")


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    """A server whose address stands in the words; it must never be asked."""
    with closing(socket.create_server(("127.0.0.1", 0))) as made:
        made.setblocking(False)
        yield made


def _turns(words: str) -> list[Turn]:
    long = words * 8000
    host = words.partition("http://")[2].partition("/")[0]
    sources = (
        Source("1", f"https://{host}/{words}", words, words, words),
        Source("2", f"mailto:{long}", long, long, long),
        Source(words, "javascript:alert(1)", "", words),
        Source("4", words, words, words),
    )
    row = f"|{words}|\n|-|\n|{words}|"
    whole = Answer(
        text=f"{words}[1] [2]\n\n```{words}\n{words}\n```\n\n{row}\n\n# {words}",
        reasoning=long,
        sources=sources,
        pictures=(Picture(f"https://{host}/x.png", words, words), Picture(long, long, long)),
        follow_ups=(words, long),
        queries=(words, long),
        usage=Usage(1, 2, 3, currency=words),
        model=long,
        finish_reason=words,
        state=Complete(),
    )
    failure = Failure(FailureKind.REFUSED, words, long, raw=long)
    attached = (Attachment(words, "text/plain", b"x"), Attachment(long, words, b"x"))
    first, second, third = (new_id() for _ in range(3))
    question = Question(words, model=long, provider_id=words, attachments=attached)
    return [
        Turn(first, "", question, whole),
        Turn(second, first, Question(long, model=words), Answer(words, state=Failed(failure))),
        Turn(third, first, Question(words), Answer(words, state=Stopped(words))),
        Turn(new_id(), third, Question(words), Answer(state=Failed(failure))),
    ]


async def _keep(folder: Path, words: str) -> tuple[str, list[Turn]]:
    folders = Folders.under(folder)
    folders.create()
    archive = SqliteArchive(folders.database)
    await archive.open()
    turns = _turns(words)
    for conversation_id, title in (("c", words), ("d", words * 8000)):
        for turn in turns if conversation_id == "c" else turns[:0]:
            await archive.add_turn(conversation_id, turn)
            await archive.save_answer(turn.id, turn.answer)
        if conversation_id == "d":
            lone = Turn(new_id(), "", Question(title), Answer("x", state=Complete()))
            await archive.add_turn(conversation_id, lone)
            await archive.save_answer(lone.id, lone.answer)
        await archive.rename(conversation_id, title)
    await archive.close()
    return "c", turns


def test_that_S4_S10_S13_foreign_words_change_nothing_wherever_they_are_shown(
    qapp: QApplication, tmp_path: Path, listener: socket.socket
) -> None:
    words = foreign_words(listener.getsockname()[1])
    conversation_id, turns = asyncio.run(_keep(tmp_path, words))
    found: dict[str, list[str]] = {}
    seen: set[str] = set()

    async def journey(stage: Stage) -> None:
        async def look(step: str) -> None:
            await stage.painted()
            tip = QToolTip.text()
            problems = changes() + (["markup in a tip"] if "<img" in tip else [])
            if problems:
                found[step] = problems
            seen.update(type(w).__name__ for w in qapp.allWidgets() if has_foreign_words(w))
            for dialog in stage.window.findChildren(QDialog):
                dialog.close()
            for menu in qapp.allWidgets():
                if isinstance(menu, QMenu):
                    menu.close()

        conductor = stage.conductor
        conductor._parts.desk.show(conversation_id)
        await stage.until(lambda: stage.conversation.id == conversation_id, "it")
        last = stage.conversation.path[-1]
        await stage.until(lambda: conductor.view.has_written(last), "all of it")
        assert "zxq" in stage.window.windowTitle()
        await look("open")
        for steps in stage.window.findChildren(TurnSteps):
            steps.findChildren(Fold)[0].click()
        conductor._shown_turn_id = turns[0].id
        conductor._show_docks()
        for rows in stage.window.findChildren(SourceList):
            rows._model.toggle_fold()
        await look("unfold")
        for link in (LinkAnchor(f"https://a.example/{words}"), SourceAnchor(turns[0].id, "2")):
            conductor.view._hover(QUrl(str(link)))
            await look("hover")
        view = conductor.view
        place = view.viewport().rect().center()
        menu_event = QContextMenuEvent(
            QContextMenuEvent.Reason.Mouse, place, view.viewport().mapToGlobal(place)
        )
        view.contextMenuEvent(menu_event)
        await look("menu of the answer")
        for rows in stage.window.findChildren(SourceList):
            rows._show_menu(QPoint(20, 20))
        await look("menu of a source")
        stage.window.route_bar._who.click()
        await look("whom to ask")
        conductor._rename(conversation_id)
        await look("rename")
        conductor._edit(turns[0].id)
        await look("edit")
        conductor._compare(turns[1].id)
        await look("compare")
        conductor.show_preferences()
        await look("preferences")
        conductor.show_network()
        await look("network")
        conductor._delete("d")
        await look("delete")
        conductor._show_deleted()
        await look("deleted")
        quick = Quick(stage)
        await quick.open(words)
        await look("quick ask")
        quick.presence._desk.show(conversation_id)
        await stage.until(lambda: "zxq" in quick.text, "the answer in the quick ask")
        await look("answer in the quick ask")
        quick.presence.quick.hide()

    play(qapp, tmp_path, journey)
    assert found == {}
    assert {"QLabel", "QPushButton"} <= seen, seen
    with pytest.raises(BlockingIOError):
        listener.accept()
