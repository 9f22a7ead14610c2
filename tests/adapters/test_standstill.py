"""A program that stood still for a while, as under a debugger or in a suspended virtual machine."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.fault_server import Behaviour, Exchange, chat_event, chat_stream, running, stall

_STILL = 7.0  # seconds; a standstill counts as a sleep from six on
_PROGRAM = """
import asyncio, sys
from contextlib import aclosing
from dataclasses import replace
from headwater.adapters.answer_service import HttpAnswerService
from headwater.domain.answer import Answer
from headwater.domain.provider import CUSTOM
from headwater.protocol.dialect import AnswerRequest, Message

async def main():
    provider = replace(CUSTOM.at(sys.argv[1]), idle_limit=3.0)
    answer = Answer()
    request = AnswerRequest(provider, "m", (Message("user", "q"),))
    async with aclosing(HttpAnswerService().stream(request, None)) as batches:
        async for batch in batches:
            for event in batch:
                answer = answer.after(event)
            print(len(answer.text), flush=True)
    print(answer.status, answer.text)

asyncio.run(main())
"""


def seen_after_standstill(behaviour: Behaviour) -> tuple[str, float]:
    """Return the last line of a program that stood still, and the seconds from its waking."""
    root = Path(__file__).resolve().parents[2]
    with running(behaviour) as server:
        process = subprocess.Popen(
            [sys.executable, "-c", _PROGRAM, server.base_url],
            env={**os.environ, "PYTHONPATH": str(root / "desktop")},
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            assert process.stdout is not None
            process.stdout.readline()
            process.send_signal(signal.SIGSTOP)
            time.sleep(_STILL)
            process.send_signal(signal.SIGCONT)
            woke = time.monotonic()
            lines = process.stdout.read().splitlines()
            return lines[-1], time.monotonic() - woke
        finally:
            process.kill()
            process.wait()
            if process.stdout:
                process.stdout.close()


async def _goes_on(exchange: Exchange) -> None:
    await exchange.head()
    await exchange.chunk(chat_event("One "))
    await asyncio.sleep(1.0)
    for _ in range(30):
        await exchange.chunk(chat_event("more "))
    await exchange.chunk(chat_stream("end."))
    await exchange.end()


@pytest.mark.parametrize(
    ("behaviour", "seen"),
    [
        (_goes_on, "complete One " + "more " * 30 + "end."),
        (stall(chat_event("One ")), "incomplete One "),
    ],
    ids=["what was sent meanwhile is read", "silence is counted from the waking on"],
)
def test_that_R41_a_standstill_is_not_the_silence_of_the_server(
    behaviour: Behaviour, seen: str
) -> None:
    line, seconds = seen_after_standstill(behaviour)
    assert line == seen
    if seen.startswith("incomplete"):
        assert 1.5 < seconds < 6.0
