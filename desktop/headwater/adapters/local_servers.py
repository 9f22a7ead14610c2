"""Finds model servers that run on this machine, by asking on their usual ports.

Done with plain sockets: httpx takes longer to import than the whole search takes.
"""

from __future__ import annotations

import asyncio
import io
import socket
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import cast
from urllib.parse import urlsplit

from headwater.adapters.model_ids import model_ids
from headwater.domain.network_request import Purpose
from headwater.domain.provider import LOCAL, Provider
from headwater.protocol.endpoint import endpoint
from headwater.session.ports import RequestRecorder

_SIZE = 2 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class FoundServer:
    """A server that answers, and the models it lists."""

    provider: Provider
    models: tuple[str, ...]


async def find_local_servers(
    providers: Sequence[Provider] = LOCAL,
    limit: float = 0.5,
    recorder: RequestRecorder | None = None,
) -> tuple[FoundServer, ...]:
    """Return those of `providers` that list their models within `limit` seconds, in their order.

    All are asked at the same time, `GET {base}/models`, without any key. Whatever listens there and
    does not answer with a list of models is left out. `recorder` hears of every request.
    """
    found: dict[str, FoundServer] = {}

    async def ask(provider: Provider) -> None:
        with suppress(OSError, TimeoutError, ValueError):
            async with asyncio.timeout(limit):
                url = endpoint(provider.base_url, "/models")
                models = model_ids(await _get(url, recorder))
            if models is not None:
                found[provider.id] = FoundServer(provider, models)

    async with asyncio.TaskGroup() as group:
        for provider in providers:
            group.create_task(ask(provider))
    return tuple(found[provider.id] for provider in providers if provider.id in found)


async def _get(url: str, recorder: RequestRecorder | None) -> bytes:
    """Return the body of a successful answer, and note how it went.

    Raises:
        OSError: no connection.
        ValueError: too much, not a success, or not HTTP.
    """
    address = urlsplit(url)
    lines = (
        f"GET {address.path} HTTP/1.1",
        f"Host: {address.netloc}",
        "Accept: application/json",
        "Accept-Encoding: identity",
        "Connection: close",
    )
    request = "\r\n".join((*lines, "", "")).encode("ascii")
    record = None
    if recorder is not None:
        record = recorder.begin(address.netloc, Purpose.LOOK_AROUND, "GET")
    received = bytearray()
    problem = "Nothing answers there."
    try:
        reader, writer = await _connected(address.hostname or "", address.port or 80)
        try:
            writer.write(request)
            if record is not None:
                record.left(len(request))
            while piece := await reader.read(65536):
                received += piece
                if len(received) > _SIZE:
                    raise ValueError("this is no list of models")
        finally:
            writer.transport.abort()
        problem = "It has no list of models."
        status, body = _answer(bytes(received))
        if record is not None:
            record.answered(status, received.__len__)
        if status != 200:
            raise ValueError("this is no list of models")
        problem = ""
        return body
    finally:
        if record is not None:
            record.ended(problem)


def _answer(received: bytes) -> tuple[int, bytes]:
    """Return status and body of a response; raises ValueError if it is not HTTP."""
    # Loaded where something answered; most often nothing does.
    from http.client import HTTPException, HTTPResponse

    try:
        response = HTTPResponse(cast("socket.socket", _Received(received)))
        response.begin()
        return response.status, response.read()
    except HTTPException as error:
        raise ValueError("this is not HTTP") from error


async def _connected(host: str, port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Connect; `localhost` is this machine also where no hosts file says so (RFC 6761, 6.3)."""
    if host != "localhost":
        return await asyncio.open_connection(host, port)
    try:
        return await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return await asyncio.open_connection("::1", port)


class _Received:
    """Bytes that came, in the shape that the standard library's HTTP parser reads from."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def makefile(self, mode: str) -> io.BytesIO:
        """Return the bytes as a file."""
        return io.BytesIO(self._data)
