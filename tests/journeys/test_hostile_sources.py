"""Ten thousand sources, titles of a megabyte and endless thoughts leave the window alive (S28)."""

from __future__ import annotations

import asyncio
import gc
from math import inf
from pathlib import Path

from PySide6.QtWidgets import QApplication, QPlainTextEdit

from headwater.adapters.archive import SqliteArchive
from headwater.adapters.folders import Folders
from headwater.domain.answer import Answer, Complete
from headwater.domain.conversation import Turn, new_id
from headwater.domain.question import Question
from headwater.domain.source import Source
from headwater.domain.source_order import SourceOrder
from headwater.ui.fold import Fold
from headwater.ui.source_list import SourceList
from headwater.ui.turn_steps import TurnSteps
from tests.journeys.stage import Stage, play
from tests.ui.loop_watch import LoopWatch

_MEGABYTE = 1024 * 1024
_LONG = ("x" * _MEGABYTE, " " * _MEGABYTE + "x", "<b>&" * (_MEGABYTE // 4), "\u202e\n" * 500_000)
_LONGEST_TURN = 0.2  # seconds of processor time


def _answer() -> Answer:
    few = tuple(
        Source(str(n), f"https://s{n}.example/{text}", text, text, text)
        for n, text in enumerate(_LONG, 1)
    )
    many = tuple(
        Source(str(n), f"https://s{n}.example/", f"Page {n}", "Some words of it. " * 8)
        for n in range(5, 10_001)
    )
    return Answer(
        text="".join(f"Words of it.[{n}] " for n in range(1, 400)),
        reasoning=_LONG[1] + "Hm. " * (_MEGABYTE // 4),
        sources=few + many,
        queries=(*_LONG, *(f"query {n}" for n in range(2000))),
        state=Complete(),
    )


async def _keep(folder: Path, answer: Answer) -> str:
    folders = Folders.under(folder)
    folders.create()
    archive = SqliteArchive(folders.database)
    await archive.open()
    conversation_id, turn_id = new_id(), new_id()
    await archive.add_turn(conversation_id, Turn(turn_id, "", Question("What?"), answer))
    await archive.save_answer(turn_id, answer)
    await archive.close()
    return conversation_id


def test_that_S28_ten_thousand_sources_and_endless_titles_leave_the_window_alive(
    qapp: QApplication, tmp_path: Path
) -> None:
    conversation_id = asyncio.run(_keep(tmp_path, _answer()))
    turns: dict[str, float] = {}

    async def journey(stage: Stage) -> None:
        async def watched(step: str) -> None:
            await asyncio.sleep(0.15)
            turns[step] = min(turns.get(step, inf), watch.stop())

        assert stage.conductor.view is not None  # what it is made of is loaded, once, now
        gc.collect()
        watch = LoopWatch()
        stage.conductor._parts.desk.show(conversation_id)
        await stage.until(lambda: stage.conversation.id == conversation_id, "it")
        last = stage.conversation.path[-1]
        await stage.until(lambda: stage.conductor.view.has_written(last), "all of it")
        await watched("open")

        steps = stage.window.findChildren(TurnSteps)[-1]
        watch = LoopWatch()
        steps.findChildren(Fold)[0].click()
        await stage.until(lambda: steps.findChildren(QPlainTextEdit), "what was searched")
        await watched("unfold the steps")

        rows = stage.window.findChildren(SourceList)[0]
        watch = LoopWatch()
        rows._model.toggle_fold()
        await watched("unfold the sources")
        assert rows.model().rowCount() > 9_000

        for order in SourceOrder:
            watch = LoopWatch()
            stage.conductor._set_source_order(order)
            await watched(f"order {order}")

        watch = LoopWatch()
        rows.scrollToBottom()
        await watched("scroll")

        watch = LoopWatch()
        stage.window.resize(1100, 700)
        await watched("resize")

    slow: dict[str, float] = {}
    for _ in range(3):  # what else the machine does makes a turn longer
        play(qapp, tmp_path, journey)
        slow = {step: round(taken, 2) for step, taken in turns.items() if taken > _LONGEST_TURN}
        if not slow:
            break
    assert slow == {}
