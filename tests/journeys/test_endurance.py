"""The window stays awake while much comes, and holds no more in the end than it needs."""

from __future__ import annotations

import asyncio
import gc
import time
from pathlib import Path

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QApplication

from headwater.adapters.archive import SqliteArchive
from headwater.adapters.folders import Folders
from headwater.domain.answer import Answer, Complete
from headwater.domain.conversation import Turn, new_id
from headwater.domain.question import Question
from headwater.domain.source import Source
from tests.benchmarks.rendering import mixed
from tests.fault_server import chat_event, in_chunks, running
from tests.journeys.stage import Stage, play

_SOURCES = tuple(
    Source(str(n), f"https://s{n}.example/", f"Page {n}", "Words. " * 40) for n in range(1, 9)
)


class Watch:
    """Notes how long each turn of the loop takes that a timer of 10 ms would have had."""

    def __init__(self) -> None:
        self.gaps: list[float] = []
        self._last = time.perf_counter()
        self._timer = QTimer()
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(10)
        self._timer.timeout.connect(self._note)
        self._timer.start()

    def stop(self) -> list[float]:
        """Return the gaps in milliseconds, the shortest first."""
        self._timer.stop()
        self._timer.deleteLater()
        return sorted(1000 * gap for gap in self.gaps)

    def _note(self) -> None:
        now = time.perf_counter()
        self.gaps.append(now - self._last)
        self._last = now


def is_running(stage: Stage) -> bool:
    return stage.answer.is_running


def test_that_pain_1_the_window_stays_awake_while_200_kilobytes_stream(
    qapp: QApplication, tmp_path: Path
) -> None:
    text = mixed(200 * 1024)
    pieces = [chat_event(text[at : at + 200]) for at in range(0, len(text), 200)]

    async def journey(stage: Stage) -> None:
        stage.type("q")
        await stage.until(lambda: stage.conversation.path and stage.answer.text, "text")
        watch = Watch()
        await stage.until(lambda: len(stage.answer.text) > 190_000, "nearly all of it")
        gaps = watch.stop()
        assert is_running(stage)
        began = time.perf_counter()
        stage.press("Stop")
        assert not is_running(stage)
        stopped = time.perf_counter() - began
        assert len(gaps) > 50
        # On a quiet machine 25 and 4; the bounds leave room for others on a busy one.
        assert gaps[len(gaps) * 99 // 100] < 150
        assert stopped < 0.3
        assert text.startswith(stage.answer.text)

    with running(in_chunks(pieces, every=0.002)) as server:
        play(qapp, tmp_path, journey, arguments=("--base-url", server.base_url, "--model", "m"))


def _resident() -> float:
    """Return the megabytes of memory that this process holds now."""
    words = Path("/proc/self/statm").read_text().split()
    return int(words[1]) * 4096 / 1e6


async def _fill(folder: Path, count: int, turns: int, length: int) -> list[str]:
    """Keep `count` conversations of `turns` answers of `length` characters each."""
    folders = Folders.under(folder)
    folders.create()
    archive = SqliteArchive(folders.database)
    await archive.open()
    ids = []
    answer = Answer(text=mixed(length), sources=_SOURCES, state=Complete())
    for _ in range(count):
        conversation_id, parent = new_id(), ""
        for _ in range(turns):
            turn = Turn(new_id(), parent, Question("What?"), answer)
            await archive.add_turn(conversation_id, turn)
            await archive.save_answer(turn.id, answer)
            parent = turn.id
        ids.append(conversation_id)
    await archive.close()
    return ids


def test_that_pain_7_fifty_conversations_leave_no_memory_behind(
    qapp: QApplication, tmp_path: Path
) -> None:
    ids = asyncio.run(_fill(tmp_path, 50, 6, 8192))

    async def journey(stage: Stage) -> None:
        async def read(conversation_id: str) -> None:
            stage.conductor._parts.desk.show(conversation_id)
            await stage.until(lambda: stage.conversation.id == conversation_id, "it")
            last = stage.conversation.path[-1]
            await stage.until(lambda: stage.conductor.view.has_written(last), "all of it")

        for conversation_id in ids[:10]:
            await read(conversation_id)
        gc.collect()
        before = _resident()
        for conversation_id in ids:
            await read(conversation_id)
        gc.collect()
        grown = _resident() - before
        assert grown < 30

    play(qapp, tmp_path, journey)
