from __future__ import annotations

import asyncio
import time

from headwater.adapters.sleep_watch import SLEPT_AFTER, sleep_noticed, time_with_sleep


def woken(clock_jumps_by: float, *, stands_still: float = 0.0) -> int:
    async def scenario() -> int:
        woke: list[None] = []
        jumped = 0.0
        with sleep_noticed(lambda: woke.append(None), lambda: time.monotonic() + jumped, 0.01):
            await asyncio.sleep(0.03)
            jumped = clock_jumps_by
            time.sleep(stands_still)  # noqa: ASYNC251 - a standstill is what is tried
            await asyncio.sleep(0.06)
        count = len(woke)
        jumped += 2 * clock_jumps_by
        await asyncio.sleep(0.03)
        assert len(woke) == count  # nobody looks any more
        return count

    return asyncio.run(scenario())


def test_that_R41_a_sleep_is_noticed_once() -> None:
    assert woken(SLEPT_AFTER + 1) == 1


def test_that_a_hiccup_is_no_sleep() -> None:
    assert woken(SLEPT_AFTER - 1, stands_still=0.05) == 0


def test_that_R40_the_clock_on_the_wall_plays_no_part() -> None:
    before = time_with_sleep()
    assert 0 <= time_with_sleep() - before < 1
    assert abs(time_with_sleep() - time.time()) > 86400
