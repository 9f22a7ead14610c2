"""Every recording, lost at every byte, over real sockets."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator
from contextlib import aclosing
from dataclasses import replace

from headwater.adapters.answer_service import HttpAnswerService
from headwater.domain.answer import Answer
from headwater.domain.api_key import ApiKey
from headwater.domain.events import AnswerEvent, coalesce
from headwater.domain.options import AnswerOptions
from headwater.domain.provider import CUSTOM
from headwater.protocol.dialect import AnswerRequest, Message
from tests.fault_server import Exchange, FaultServer, cut
from tests.protocol.recording import Recording, answer_of, events_of

_AT_ONCE = 8


async def differences(recordings: Iterable[Recording]) -> tuple[int, list[str]]:
    """Return how many cuts were tried, and those whose answer is not what had been sent.

    What had been sent is read from the same bytes without a network: the text that the complete
    events hold, and whether they end it.
    """
    by_name = {recording.name: recording for recording in recordings}
    cuts = ((name, at) for name, each in by_name.items() for at in range(len(each.data) + 1))
    found: list[str] = []
    tried = 0

    async def behave(exchange: Exchange) -> None:
        name, _, at = exchange.request.headers["authorization"][7:].rpartition(".")
        await cut(by_name[name].data, int(at))(exchange)

    async def try_all(server: FaultServer, left: Iterator[tuple[str, int]]) -> None:
        nonlocal tried
        for name, at in left:
            tried += 1
            recording = by_name[name]
            answered = await _answer(server, recording, at)
            wanted = answer_of(events_of(recording.dialect, [recording.data[:at]]))
            if (answered.text, answered.status) != (wanted.text, wanted.status):
                found.append(f"{name} at {at}: {answered.status} {answered.text!r}")

    async with FaultServer(behave) as server, asyncio.TaskGroup() as group:
        for _ in range(_AT_ONCE):
            group.create_task(try_all(server, cuts))
    return tried, found


async def _answer(server: FaultServer, recording: Recording, at: int) -> Answer:
    provider = replace(CUSTOM.at(server.base_url), dialect=recording.dialect)
    request = AnswerRequest(provider, "m", (Message("user", "q"),), AnswerOptions())
    happened: list[AnswerEvent] = []
    key = ApiKey(f"{recording.name}.{at}")
    async with aclosing(HttpAnswerService().stream(request, key)) as batches:
        async for batch in batches:
            happened += batch
    answer = Answer()
    for event in coalesce(happened):
        answer = answer.after(event)
    return answer
