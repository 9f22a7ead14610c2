"""A server in a process of its own whose answers come as fast as the question says.

`python -m tests.benchmarks.pace_server` prints its address, then one JSON object per answer that
has ended or was left: when each write happened and when the client closed its socket, by the
monotonic clock, which all processes of a machine share.
"""

from __future__ import annotations

import asyncio
import json
import select
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any

from tests.benchmarks.user_environment import user_environment
from tests.fault_server import Exchange, FaultServer

AT_ONCE = 1_000_000  # deltas a second, for an answer that is there in a moment
WRITES = 500  # a second at most; a read then brings several deltas, as from a real server
_PATIENCE = 60.0
_PIECE = 11  # characters of a delta
_SOURCES = 9


def markdown(deltas: int, rate: int) -> str:
    """Return the question that is answered by so many deltas of Markdown, `rate` a second."""
    return f"markdown {deltas} {rate}"


def words(deltas: int, rate: int) -> str:
    """Return the question that is answered by ` w0`, ` w1` and so on, one in each write."""
    return f"words {deltas} {rate}"


class PaceServer:
    """The server's process, as whoever started it sees it."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        self._told = process.stdout
        self.base_url = self._told.readline().strip()

    def next_answer(self) -> dict[str, Any]:
        """Wait for the next answer that has ended or was left, and return what became of it."""
        ready, _, _ = select.select([self._told], [], [], _PATIENCE)
        assert ready, "the client has not closed its socket"
        return dict(json.loads(self._told.readline()))


@contextmanager
def pace_server() -> Iterator[PaceServer]:
    """Start the server; it is gone when the block ends."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.benchmarks.pace_server"],
        stdout=subprocess.PIPE,
        env=user_environment(),
        text=True,
    ) as process:
        try:
            yield PaceServer(process)
        finally:
            process.kill()


def _pieces(kind: str, deltas: int) -> Iterator[str]:
    if kind == "words":
        yield from (f" w{number}" for number in range(deltas))
        return
    from tests.benchmarks.rendering import mixed

    text = mixed(deltas * _PIECE)
    for start in range(0, len(text), _PIECE):
        yield text[start : start + _PIECE]


def _event(piece: str, **fields: object) -> bytes:
    choice = {"index": 0, "delta": {"role": "assistant", "content": piece}, "finish_reason": None}
    chunk = {
        "id": "chatcmpl-7f3a91c2d4",
        "object": "chat.completion.chunk",
        "created": 1781100374,
        "model": "m",
        "choices": [choice],
    }
    return b"data: " + json.dumps({**chunk, **fields}).encode() + b"\n\n"


def _first_event() -> bytes:
    results = [
        {"title": f"Source {n}", "url": f"https://source{n}.example/", "snippet": "It says so. "}
        for n in range(1, _SOURCES + 1)
    ]
    return _event("", search_results=results)


async def _answer(exchange: Exchange) -> None:
    """Write what the question asks for; a client that reads too slowly delays it."""
    kind, deltas, rate = exchange.request.json["messages"][-1]["content"].split()
    events = [_event(piece) for piece in _pieces(kind, int(deltas))]
    at_once = max(1, int(rate) // WRITES)
    written: list[float] = []
    await exchange.head()
    await exchange.chunk(_first_event())
    begun = time.monotonic()
    try:
        for number in range(0, len(events), at_once):
            due = begun + number / int(rate)
            if (wait := due - time.monotonic()) > 0:
                await asyncio.sleep(wait)
            if exchange.request.has_left.is_set():
                break
            written.append(time.monotonic())
            await exchange.chunk(b"".join(events[number : number + at_once]))
        else:
            await exchange.chunk(
                b'data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\n'
                b"data: [DONE]\n\n"
            )
            await exchange.end()
    finally:
        await _tell(exchange, written)


async def _tell(exchange: Exchange, written: list[float]) -> None:
    await exchange.hold()
    told = {"written": written, "left_at": exchange.request.left_at}
    print(json.dumps(told), flush=True)


async def _serve() -> None:
    async with FaultServer(_answer) as server:
        print(server.base_url, flush=True)
        for _ in count():
            await asyncio.sleep(3600)


if __name__ == "__main__":
    asyncio.run(_serve())
