"""A growing answer reaches the disk little and often, and whole when it changes (R36, R46)."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from itertools import pairwise

import pytest

from headwater.domain.answer import (
    Answer,
    AnswerState,
    Complete,
    Failed,
    Searching,
    Stopped,
    Streaming,
    Waiting,
)
from headwater.domain.failure import Failure, FailureKind, interrupted_answer
from headwater.domain.source import Source
from headwater.session import journal as journal_module
from headwater.session.journal import AnswerJournal
from headwater.session.task_scope import TaskScope
from tests.fakes import FakeArchive, play, scope_without_crash, turns, until

GROWING = Answer(state=Streaming())
ENDED = Answer(text="all of it", state=Complete())


class Disk(FakeArchive):
    """An archive that counts what is asked of it, with the time, and may take its time."""

    def __init__(self, delay: float = 0.0) -> None:
        super().__init__()
        self.delay = delay
        self.asked: list[float] = []
        self.appended: list[str] = []
        self.reasoning = ""

    async def append_text(self, turn_id: str, text: str, reasoning: str = "") -> None:
        await self._take_time()
        await super().append_text(turn_id, text, reasoning)
        self.appended.append(text)
        self.reasoning += reasoning

    async def save_answer(self, turn_id: str, answer: Answer) -> None:
        await self._take_time()
        await super().save_answer(turn_id, answer)
        self.reasoning = answer.reasoning

    async def _take_time(self) -> None:
        self.asked.append(asyncio.get_running_loop().time())
        await asyncio.sleep(self.delay)


class Desk:
    """A journal on a disk, running, and what it said of it."""

    def __init__(
        self,
        scope: TaskScope,
        disk: Disk,
        interval: float = 60.0,
        retry_interval: float = 60.0,
        kept: Answer | None = None,
    ) -> None:
        self.disk = disk
        self.said: list[str] = []
        self.journal = AnswerJournal(
            disk, "t", self.said.append, kept or Answer(), interval, retry_interval
        )
        self.task = scope.start(self.journal.run())


def test_that_R46_an_answer_is_written_every_fifth_of_a_second_while_it_streams() -> None:
    assert journal_module.INTERVAL < journal_module.MOST_LOST == 0.25

    async def journey() -> None:
        async with scope_without_crash() as scope:
            desk = Desk(scope, Disk(), interval=0.05)
            loop = asyncio.get_running_loop()
            begun = loop.time()
            text = ""
            while loop.time() < begun + 0.5:
                text += "word "
                desk.journal.note(replace(GROWING, text=text))
                await asyncio.sleep(0.001)
            times = desk.disk.asked
            assert all(b - a >= 0.048 for a, b in pairwise(times))
            assert len(times) >= 5
            assert text.startswith(desk.disk.texts["t"])
            desk.journal.note(replace(ENDED, text=text))
            await desk.task
            assert desk.disk.texts["t"] == text

    play(journey)


def test_that_R36_what_stands_is_on_the_disk_one_interval_later() -> None:
    async def journey() -> None:
        async with scope_without_crash() as scope:
            desk = Desk(scope, Disk(), interval=0.03)
            desk.journal.note(replace(GROWING, text="one"))
            await until(lambda: desk.disk.texts.get("t") == "one", 1)
            desk.journal.note(replace(GROWING, text="one two"))
            await until(lambda: desk.disk.texts.get("t") == "one two", 1)
            desk.journal.note(replace(GROWING, text="one two three", reasoning="hm"))
            await until(lambda: desk.disk.texts.get("t") == "one two three", 1)
            assert desk.disk.appended == [" two", " three"]
            assert desk.disk.reasoning == "hm"

    play(journey)


@pytest.mark.parametrize("state", [Complete(), Stopped(), Failed(interrupted_answer())])
def test_that_an_ended_answer_is_written_at_once(state: AnswerState) -> None:
    async def journey() -> None:
        async with scope_without_crash() as scope:
            desk = Desk(scope, Disk(), interval=60)
            desk.journal.note(replace(GROWING, text="all"))
            await until(lambda: desk.disk.asked)
            desk.journal.note(Answer(text="all of it", state=state))
            await asyncio.wait_for(desk.task, 0.5)
            assert desk.disk.answers["t"] == Answer(text="all of it", state=state)

    play(journey)


def test_that_an_answer_that_ends_during_a_write_is_written_right_after_it() -> None:
    async def journey() -> None:
        async with scope_without_crash() as scope:
            desk = Desk(scope, Disk(delay=0.03), interval=60)
            desk.journal.note(replace(GROWING, text="all"))
            await until(lambda: desk.disk.asked)
            desk.journal.note(ENDED)
            await asyncio.wait_for(desk.task, 0.5)
            assert desk.disk.answers["t"] == ENDED
            assert len(desk.disk.asked) == 2

    play(journey)


def test_that_only_what_is_new_is_appended_and_a_change_is_written_whole() -> None:
    pages = (Source("1", "https://example.org/a"),)
    snapshots = [
        replace(GROWING, state=Searching("thinking"), reasoning="hm"),
        replace(GROWING, text="one"),
        replace(GROWING, text="one two"),
        replace(GROWING, text="one two", sources=pages),
        replace(GROWING, text="another", sources=pages),
        replace(GROWING, text="another one", sources=pages),
    ]

    async def journey() -> None:
        async with scope_without_crash() as scope:
            desk = Desk(scope, Disk(), interval=0.001)
            for count, snapshot in enumerate(snapshots, 1):
                desk.journal.note(snapshot)
                await until(lambda count=count: len(desk.disk.writes) == count)  # type: ignore[misc]
                assert desk.disk.texts.get("t", "") == snapshot.text
            writes = ["answer", "answer", "text", "answer", "answer", "text"]
            assert desk.disk.writes == writes

    play(journey)


def test_that_a_snapshot_without_anything_new_is_not_written() -> None:
    async def journey() -> None:
        async with scope_without_crash() as scope:
            desk = Desk(scope, Disk(), interval=0.001)
            desk.journal.note(replace(GROWING, text="one"))
            await until(lambda: desk.disk.asked)
            for model in "abc":
                desk.journal.note(replace(GROWING, text="one", model=model))
                await asyncio.sleep(0.005)
            assert len(desk.disk.asked) == 1

    play(journey)


def test_that_the_text_a_continued_answer_starts_with_is_not_written_twice() -> None:
    kept = Answer(text="One")
    busy = Failure(FailureKind.RATE_LIMIT, "Busy.", retryable=True)

    async def journey() -> None:
        async with scope_without_crash() as scope:
            disk = Disk()
            disk.texts["t"] = kept.text  # as `add_turn` wrote it
            desk = Desk(scope, disk, interval=0.001, kept=kept)
            desk.journal.note(replace(kept, attempts=2, state=Waiting(busy, 1.0)))
            await asyncio.sleep(0.01)
            assert disk.texts["t"] == "One"
            desk.journal.note(replace(kept, text="One and two", state=Streaming()))
            await until(lambda: disk.texts["t"] == "One and two", 1)

    play(journey)


def test_that_R37_a_disk_that_refuses_is_asked_again_without_a_loop() -> None:
    async def journey() -> None:
        async with scope_without_crash() as scope:
            disk = Disk()
            disk.fails = True
            desk = Desk(scope, disk, interval=0.001, retry_interval=0.04)
            text = ""
            for _ in range(60):
                text += "word "
                desk.journal.note(replace(GROWING, text=text))
                await asyncio.sleep(0.002)
            assert set(desk.said) == {"The disk is full."}
            assert 2 <= len(disk.asked) <= 5
            disk.fails = False
            await until(lambda: disk.texts.get("t") == text, 1)
            assert desk.said[-1] == ""
            assert desk.said.count("") == 1

    play(journey)


def test_that_R37_no_text_is_lost_or_doubled_by_a_disk_that_refuses_now_and_then() -> None:
    async def journey() -> None:
        async with scope_without_crash() as scope:
            disk = Disk()
            desk = Desk(scope, disk, interval=0.001, retry_interval=0.002)
            text = ""
            for count in range(80):
                disk.fails = count % 5 in (1, 2)
                text += f"{count} "
                desk.journal.note(replace(GROWING, text=text))
                await asyncio.sleep(0.001)
            disk.fails = False
            await until(lambda: disk.texts.get("t") == text, 1)
            assert len(disk.appended) > 5

    play(journey)


def test_that_R37_an_ended_answer_waits_for_a_disk_that_refuses() -> None:
    async def journey() -> None:
        async with scope_without_crash() as scope:
            disk = Disk()
            disk.fails = True
            desk = Desk(scope, disk, retry_interval=0.02)
            desk.journal.note(ENDED)
            await asyncio.sleep(0.05)
            assert not desk.task.done()
            assert len(disk.asked) <= 4
            disk.fails = False
            await asyncio.wait_for(desk.task, 1)
            assert disk.answers["t"] == ENDED

    play(journey)


def test_that_the_last_snapshot_is_written_before_the_program_ends() -> None:
    async def journey() -> None:
        async with scope_without_crash() as scope:
            desk = Desk(scope, Disk(), interval=60)
            desk.journal.note(replace(GROWING, text="one"))
            await until(lambda: desk.disk.asked)
            last = replace(GROWING, text="one two")
            desk.journal.note(last)
            await desk.journal.finish(1)
            assert desk.disk.texts["t"] == "one two"
            await desk.journal.finish(1)
            assert len(desk.disk.asked) == 2

    play(journey)


def test_that_the_end_of_the_program_does_not_wait_for_a_disk_that_hangs() -> None:
    async def journey() -> None:
        async with scope_without_crash() as scope:
            desk = Desk(scope, Disk(delay=30))
            desk.journal.note(ENDED)
            await turns()
            await asyncio.wait_for(desk.journal.finish(0.02), 1)
            assert desk.said == ["The answer could not be saved in time."]

    play(journey)
