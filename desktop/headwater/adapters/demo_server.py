"""A small HTTP server on this machine that plays recorded answers, to look around without a key.

It listens only while the demo is chosen. Web pages cannot use it: its address holds a random part,
requests from a browser's page and for another host name are refused, and it sends no CORS header.
"""

from __future__ import annotations

import asyncio
import json
import math
import secrets
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from headwater.adapters.demo_recording import (
    Recording,
    WirePiece,
    agent_answer,
    agent_stream,
    chat_answer,
    chat_stream,
    model_list,
    read_recordings,
    recording_for,
)
from headwater.domain.address import BadAddressError, origin_of

_READING_TIME = 30.0
_BODY_SIZE = 8 * 1024 * 1024
_WORTH_SLEEPING = 0.004
_GONE = (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, TimeoutError, ValueError)


@dataclass(frozen=True, slots=True)
class _Request:
    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


class DemoServer:
    """Speaks the agent API and chat completions on a port of its own."""

    def __init__(
        self,
        folder: Path,
        characters_per_second: float = 350.0,
        search_seconds: float = 0.5,
    ) -> None:
        """Take the folder of recordings and the speed; `math.inf` and 0 play at once.

        `search_seconds` is the time of one search; recordings have two.
        """
        self._folder = folder
        self._characters_per_second = characters_per_second
        self._search_seconds = search_seconds
        self._recordings: tuple[Recording, ...] = ()
        self._root = ""
        self._server: asyncio.Server | None = None
        self._connections: dict[asyncio.Task[None] | None, asyncio.StreamWriter] = {}

    async def start(self) -> str:
        """Listen, and return the base URL, which ends in `/v1`; the same if it listens already.

        Raises:
            OSError: no port, or no recordings.
            ValueError: a recording is damaged.
        """
        if self._server is None:
            self._recordings = read_recordings(self._folder)
            if not self._recordings:
                raise FileNotFoundError(f"no recordings in {self._folder}")
            self._root = f"/d-{secrets.token_urlsafe(12)}/v1"
            self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        port = self._server.sockets[0].getsockname()[1]
        return f"http://127.0.0.1:{port}{self._root}"

    async def close(self) -> None:
        """Stop listening and end every running answer at once."""
        if self._server is None:
            return
        server, self._server = self._server, None
        server.close()
        connections = dict(self._connections)
        for writer in connections.values():
            writer.transport.abort()
        tasks = [task for task in connections if task is not None]
        if tasks:
            await asyncio.wait(tasks)
        await server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        self._connections[task] = writer
        try:
            with suppress(*_GONE):
                async with asyncio.timeout(_READING_TIME):
                    request = await _read_request(reader)
                await self._answer(request, reader, writer)
        finally:
            del self._connections[task]
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()

    async def _answer(
        self, request: _Request, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        refusal = self._refusal(request)
        if refusal is not None:
            status, message = refusal
            await _send_json(writer, status, {"error": {"message": message, "code": status}})
            return
        route = request.path.removeprefix(self._root)
        if route == "/models":
            await _send_json(writer, 200, model_list())
            return
        asked = json.loads(request.body)
        is_agent = route == "/responses"
        question = _question_in(asked.get("input") if is_agent else asked.get("messages"))
        recording = recording_for(question, self._recordings)
        response_id = secrets.token_hex(16)
        if not asked.get("stream"):
            whole = agent_answer if is_agent else chat_answer
            await self._rest(reader, len(recording.searches) * self._search_seconds)
            await _send_json(writer, 200, whole(recording, response_id))
            return
        stream = agent_stream if is_agent else chat_stream
        await self._play(stream(recording, response_id), reader, writer)

    def _refusal(self, request: _Request) -> tuple[int, str] | None:
        """Return status and message for what this server does not do."""
        if "origin" in request.headers or not _is_this_machine(request.headers.get("host", "")):
            return 403, "The demo answers this program only."
        route = request.path.removeprefix(self._root)
        methods = {"/models": "GET", "/responses": "POST", "/chat/completions": "POST"}
        if route == request.path or route not in methods:
            return 404, "The demo has nothing here."
        if request.method != methods[route]:
            return 405, "The demo does not do that here."
        if request.method == "POST":
            try:
                is_object = isinstance(json.loads(request.body), dict)
            except (ValueError, RecursionError):
                is_object = False
            if not is_object:
                return 400, "The request is not a JSON object."
        return None

    async def _play(
        self,
        pieces: Iterator[WirePiece],
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        writer.write(
            b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\n"
            b"Cache-Control: no-cache\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
        )
        loop = asyncio.get_running_loop()
        due = loop.time()
        for piece in pieces:
            due += piece.searches * self._search_seconds
            if piece.characters and math.isfinite(self._characters_per_second):
                due += piece.characters / self._characters_per_second
            await self._rest(reader, due - loop.time())
            writer.write(b"%x\r\n%b\r\n" % (len(piece.data), piece.data))
            await writer.drain()
        writer.write(b"0\r\n\r\n")
        await writer.drain()

    async def _rest(self, reader: asyncio.StreamReader, seconds: float) -> None:
        """Wait, but not for a client that has left.

        Raises:
            ConnectionResetError: it has.
        """
        if seconds > _WORTH_SLEEPING:
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await reader.read(1)
        if reader.at_eof():
            raise ConnectionResetError


async def _read_request(reader: asyncio.StreamReader) -> _Request:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    first, *lines = head.rstrip().split("\r\n")
    method, target, _ = first.split(" ", 2)
    fields = (line.partition(":") for line in lines)
    headers = {name.strip().lower(): value.strip() for name, _, value in fields}
    length = int(headers.get("content-length", "0"))
    if not 0 <= length <= _BODY_SIZE:
        raise ValueError("a question of that size is not for the demo")
    return _Request(method, urlsplit(target).path, headers, await reader.readexactly(length))


async def _send_json(
    writer: asyncio.StreamWriter, status: int, payload: Mapping[str, object]
) -> None:
    body = json.dumps(payload, ensure_ascii=False).encode()
    writer.write(
        b"HTTP/1.1 %d Demo\r\nContent-Type: application/json\r\nContent-Length: %d\r\n"
        b"Connection: close\r\n\r\n%b" % (status, len(body), body)
    )
    await writer.drain()


def _is_this_machine(host: str) -> bool:
    """Whether the `Host` header names this machine: a page elsewhere may point its name here."""
    try:
        return origin_of(f"http://{host}").is_loopback
    except BadAddressError:
        return False


def _question_in(asked: object) -> str:
    """Return the last thing the user said, in any of the shapes that requests have."""
    if isinstance(asked, str):
        return asked
    if not isinstance(asked, list):
        return ""
    for item in reversed(asked):
        if isinstance(item, dict) and item.get("role", "user") == "user":
            content = item.get("content", item.get("text"))
            return content if isinstance(content, str) else _question_in(content)
    return ""
