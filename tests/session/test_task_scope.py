"""Tasks have an owner that keeps them, reports their crashes and ends them."""

from __future__ import annotations

import asyncio
import gc

import pytest

from headwater.session.task_scope import TaskScope
from tests.fakes import play, scope_without_crash, turns


class MishapError(Exception):
    """What a task may die of."""


async def forever() -> None:
    await asyncio.Event().wait()


def test_that_closing_cancels_what_runs_and_waits_for_its_end() -> None:
    async def journey() -> None:
        ended: list[str] = []

        async def work() -> None:
            try:
                await forever()
            finally:
                await asyncio.sleep(0.02)
                ended.append("tidied up")

        crashes: list[BaseException] = []
        scope = TaskScope(crashes.append)
        task = scope.start(work(), "work")
        await turns()
        assert task.get_name() == "work"
        await scope.close()
        assert ended == ["tidied up"]
        assert task.cancelled()

    play(journey)


def test_that_a_task_that_resists_for_a_while_is_waited_for() -> None:
    async def journey() -> None:
        async def stubborn() -> None:
            for _ in range(3):
                try:
                    await asyncio.sleep(0.01)
                except asyncio.CancelledError:
                    continue

        crashes: list[BaseException] = []
        scope = TaskScope(crashes.append)
        stubborn_task, other = scope.start(stubborn()), scope.start(forever())
        await turns()
        await scope.close()
        assert stubborn_task.done()
        assert other.cancelled()
        assert crashes == []

    play(journey)


def test_that_closing_may_itself_be_given_up() -> None:
    async def journey() -> None:
        let_go = asyncio.Event()

        async def slow_to_end() -> None:
            try:
                await forever()
            finally:
                await let_go.wait()

        crashes: list[BaseException] = []
        scope = TaskScope(crashes.append)
        task = scope.start(slow_to_end())
        await turns()
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(scope.close(), 0.02)
        let_go.set()
        await scope.close()
        assert task.done()

    play(journey)


def test_that_a_crash_is_reported_once_and_others_go_on() -> None:
    async def journey() -> None:
        async def crash() -> None:
            raise MishapError

        crashes: list[BaseException] = []
        scope = TaskScope(crashes.append)
        scope.start(crash())
        other = scope.start(forever())
        await turns()
        assert [type(c) for c in crashes] == [MishapError]
        assert not other.done()
        await scope.close()
        await scope.close()
        assert len(crashes) == 1

    play(journey)


def test_that_a_crash_on_the_way_out_is_reported_too() -> None:
    async def journey() -> None:
        async def crash_at_the_end() -> None:
            try:
                await forever()
            finally:
                raise MishapError

        crashes: list[BaseException] = []
        async with TaskScope(crashes.append) as scope:
            scope.start(crash_at_the_end())
            await turns()
        assert [type(c) for c in crashes] == [MishapError]

    play(journey)


def test_that_being_cancelled_is_no_crash() -> None:
    async def journey() -> None:
        crashes: list[BaseException] = []
        async with TaskScope(crashes.append) as scope:
            scope.start(forever()).cancel()
            await turns()
        assert crashes == []

    play(journey)


def test_that_nothing_starts_once_the_scope_is_closed() -> None:
    async def journey() -> None:
        crashes: list[BaseException] = []
        scope = TaskScope(crashes.append)
        await scope.close()
        begun: list[str] = []

        async def late() -> None:
            begun.append("late")

        work = late()
        with pytest.raises(RuntimeError, match="closed"):
            scope.start(work)
        await turns()
        assert begun == []
        # A coroutine that was never awaited would warn, and fail the test, when it is collected.
        del work
        gc.collect()

    play(journey)


def test_that_a_task_may_close_the_scope_it_runs_in() -> None:
    async def journey() -> None:
        crashes: list[BaseException] = []
        scope = TaskScope(crashes.append)
        other = scope.start(forever())

        async def closes() -> None:
            await scope.close()

        await asyncio.wait_for(scope.start(closes()), 1)
        assert other.cancelled()

    play(journey)


def test_that_a_task_nobody_else_holds_is_not_collected() -> None:
    async def journey() -> None:
        done: list[str] = []

        async def work() -> None:
            future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            asyncio.get_running_loop().call_later(0.02, future.set_result, None)
            await future
            done.append("done")

        async with scope_without_crash() as scope:
            scope.start(work())
            await turns()
            gc.collect()
            await asyncio.sleep(0.04)
        assert done == ["done"]

    play(journey)


def test_that_ended_tasks_are_let_go_of() -> None:
    async def journey() -> None:
        async with scope_without_crash() as scope:
            for _ in range(100):
                scope.start(asyncio.sleep(0))
            await turns()
            assert not scope._tasks

    play(journey)
