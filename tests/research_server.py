"""A run of minutes, as the notes on the Agent API's background mode describe it, in milliseconds.

    research = Research(thinking=0.2)
    async with FaultServer(research) as server: ...

`POST /responses` begins the run, which goes on whoever listens. `GET /responses/ID` says how it
stands, with `stream=true&starting_after=N` what happened after N; `POST /responses/ID/cancel` ends
it. The bytes of a resumed stream, of an expired cursor and of a queue are not confirmed by any
capture: they follow the official SDK's types and documentation.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from urllib.parse import parse_qs, urlsplit

from tests.fault_server import Exchange, json_answer

RUN = "resp_00000000-0000-4000-8000-000000000001"
PAGES = tuple(
    {"id": n, "title": f"Page {n}", "url": f"https://example.org/{n}", "snippet": f"Fact {n}."}
    for n in (1, 2, 3)
)
WORDS = ("The Rhine ", "rises in ", "the Alps", ".[1] It ", "flows to ", "the sea", ".[3]")
TEXT = "".join(WORDS)


class Research:
    """One run, its numbered events, and what goes wrong with those who listen to it.

    `breaks` says after how many events the connection n is lost; the later ones are not. `mutes`
    are connections that stay open and say nothing. Seconds pass between the events: `pace`, and
    `thinking` before the first word.
    """

    def __init__(
        self,
        *,
        thinking: float = 0.0,
        pace: float = 0.0,
        breaks: Sequence[int] = (),
        mutes: Sequence[int] = (),
        words: Sequence[str] = WORDS,
    ) -> None:
        self.words = words
        self.has_ended = False
        self.was_cancelled = False
        self.is_forgotten = False
        self.has_cursors = True
        self.is_stuck = False
        self._thinking = thinking
        self._pace = pace
        self._breaks = breaks
        self._mutes = mutes
        self._connections = 0
        self._log: list[tuple[int, bytes]] = []
        self._run: asyncio.Task[None] | None = None

    async def __call__(self, exchange: Exchange) -> None:
        """Answer one request."""
        url = urlsplit(exchange.request.path)
        query = parse_qs(url.query)
        if exchange.request.method == "POST" and url.path.endswith("/responses"):
            assert exchange.request.json["background"] is True
            self._run = asyncio.get_running_loop().create_task(self._work())
            await self._stream(exchange, -1)
        elif url.path.endswith(f"/responses/{RUN}/cancel"):
            self.was_cancelled = True
            await json_answer({"response_id": RUN, "status": "cancelling"})(exchange)
        elif self.is_forgotten or not url.path.endswith(f"/responses/{RUN}"):
            await json_answer(_error(404, "not_found"), status=404)(exchange)
        elif "stream" not in query:
            await json_answer(self._response())(exchange)
        elif not self.has_cursors:
            await json_answer(_error(400, "invalid_request"), status=400)(exchange)
        else:
            await self._stream(exchange, int(query["starting_after"][0]))

    async def close(self) -> None:
        """End the run."""
        if self._run is not None:
            self._run.cancel()
            await asyncio.wait((self._run,))

    async def _work(self) -> None:
        number = 0
        for kind, fields in self._steps():
            if kind in {"output_text.delta", "completed"}:
                await asyncio.sleep(self._pace)
            if kind == "output_item.added":
                await asyncio.sleep(self._thinking)
            self.has_ended = kind == "completed"
            payload = {**fields, "sequence_number": number, "type": f"response.{kind}"}
            event = f"event: response.{kind}\ndata: {json.dumps(payload)}\n\n".encode()
            self._log.append((number, event))
            number += 1 if number % 4 else 2  # the real numbers have gaps

    def _steps(self) -> list[tuple[str, dict[str, object]]]:
        begun = {"id": RUN, "status": "in_progress", "output": [], "model": "high"}
        place = {"item_id": "msg_1", "output_index": 1, "content_index": 0}
        return [
            ("created", {"response": {**begun, "status": "queued"}}),
            ("in_progress", {"response": begun}),
            ("reasoning.search_queries", {"queries": ["where the Rhine rises"]}),
            ("reasoning.search_results", {"results": PAGES[:2]}),
            ("reasoning.search_results", {"results": PAGES[2:]}),
            ("output_item.added", {"output_index": 1, "item": {"type": "message"}}),
            *(("output_text.delta", {**place, "delta": word}) for word in self.words),
            ("output_text.done", {**place, "text": "".join(self.words)}),
            ("completed", {"response": self._whole()}),
        ]

    def _whole(self) -> dict[str, object]:
        part = {"type": "output_text", "text": "".join(self.words), "annotations": []}
        return {
            "id": RUN,
            "status": "completed",
            "model": "openai/gpt-6-luna",
            "output": [
                {"type": "search_results", "results": PAGES},
                {"type": "message", "role": "assistant", "content": [part]},
            ],
            "usage": {"input_tokens": 9, "output_tokens": 7, "total_tokens": 16},
        }

    def _response(self) -> dict[str, object]:
        if self.has_ended and not self.is_stuck:
            return self._whole()
        return {"id": RUN, "status": "in_progress", "output": [], "usage": None, "error": None}

    async def _stream(self, exchange: Exchange, after: int) -> None:
        connection, self._connections = self._connections, self._connections + 1
        await exchange.head()
        if connection in self._mutes:
            await exchange.hold()
        limit = self._breaks[connection] if connection < len(self._breaks) else None
        place = sent = 0
        while True:
            while len(self._log) <= place:
                if self.has_ended:
                    await exchange.end()
                    return
                if exchange.request.has_left.is_set():
                    return
                await asyncio.sleep(0.002)
            number, event = self._log[place]
            place += 1
            if number <= after:
                continue
            if sent == limit:
                await exchange.chunk(event[: len(event) // 2])
                return
            await exchange.chunk(event)
            sent += 1
            if b"response.completed" in event:
                await exchange.end()
                return


def _error(status: int, kind: str) -> dict[str, object]:
    return {"error": {"message": "No such run, or cursor.", "type": kind, "code": status}}
