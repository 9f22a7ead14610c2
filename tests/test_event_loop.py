"""What asyncio waits for is a timer of Qt's exactly as long as it is waited for."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QAbstractEventDispatcher
from PySide6.QtWidgets import QApplication

from headwater.event_loop import EventLoop


@pytest.fixture
def loop(qapp: QApplication) -> Iterator[EventLoop]:
    made = EventLoop(qapp)
    asyncio.set_event_loop(made)
    with made:
        yield made
    asyncio.set_event_loop(None)


def timers_of(loop: EventLoop) -> int:
    return len(QAbstractEventDispatcher.instance().registeredTimers(loop._timer))


def test_that_a_limit_in_time_leaves_no_timer_once_it_is_over(loop: EventLoop) -> None:
    async def wait_within_a_limit() -> int:
        for _ in range(20):
            async with asyncio.timeout(300):
                await asyncio.sleep(0)
        return timers_of(loop)

    assert loop.run_until_complete(wait_within_a_limit()) == 0


def test_that_a_cancelled_call_is_not_made(loop: EventLoop) -> None:
    calls: list[str] = []

    async def cancel_one_of_two() -> None:
        loop.call_later(0.005, calls.append, "cancelled").cancel()
        loop.call_later(0.01, calls.append, "made")
        await asyncio.sleep(0.03)

    loop.run_until_complete(cancel_one_of_two())
    assert calls == ["made"]


def test_that_a_call_is_never_made_too_early(loop: EventLoop) -> None:
    async def lateness(delay: float) -> float:
        due = time.monotonic() + delay
        await asyncio.sleep(delay)
        return time.monotonic() - due

    for delay in (0.0004, 0.0019, 0.0106, 0.0237):
        assert loop.run_until_complete(lateness(delay)) >= 0


def test_that_what_is_called_soon_is_called_in_order(loop: EventLoop) -> None:
    calls: list[int] = []

    async def call_soon() -> None:
        for number in range(200):
            loop.call_soon(calls.append, number)
        await asyncio.sleep(0.01)

    loop.run_until_complete(call_soon())
    assert calls == list(range(200))


def test_that_a_call_that_fails_is_reported_and_the_loop_goes_on(loop: EventLoop) -> None:
    reported: list[object] = []

    def fail() -> None:
        raise ValueError("on purpose")

    async def go_on() -> str:
        loop.call_soon(fail)
        await asyncio.sleep(0.01)
        return "went on"

    loop.set_exception_handler(lambda _, context: reported.append(context["exception"]))
    assert loop.run_until_complete(go_on()) == "went on"
    assert [str(error) for error in reported] == ["on purpose"]


def test_that_a_signal_is_handled_on_the_loop(loop: EventLoop) -> None:
    async def take_a_signal() -> str:
        taken = asyncio.Event()
        loop.add_signal_handler(signal.SIGUSR1, taken.set)
        os.kill(os.getpid(), signal.SIGUSR1)
        async with asyncio.timeout(5):
            await taken.wait()
        loop.remove_signal_handler(signal.SIGUSR1)
        return "taken"

    assert loop.run_until_complete(take_a_signal()) == "taken"


def test_that_a_loop_that_is_closed_waits_for_nothing(qapp: QApplication) -> None:
    calls: list[str] = []
    loop = EventLoop(qapp)
    with loop:
        loop.call_later(0.001, calls.append, "made")
        waiting = timers_of(loop)
    assert (waiting, timers_of(loop)) == (1, 0)
    assert calls == []
