"""An HTTP/1.1 server that misbehaves on purpose, over real sockets on this machine.

    async with FaultServer(cut(body, 100), answer(body)) as server:
        ...                          # the first request is cut, all later ones are answered
        server.base_url              # http://127.0.0.1:port/v1
        server.requests[0].json      # what came: method, path, headers, body
        await server.left(0)         # seconds after which the client closed request 0

From a test without an event loop: `with running(answer(body)) as server: ...`, in a thread.
A behaviour is any `async def behave(exchange: Exchange) -> None`; what it has not sent when it
returns is never sent, and the connection is closed.
"""

from __future__ import annotations

import asyncio
import gzip
import json
import socket
import ssl
import struct
import threading
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, Self

SSE = "text/event-stream"
_READ = 65536


@dataclass
class ReceivedRequest:
    """A request as it came; header names in lower case, times of `time.monotonic`."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes
    came_at: float
    left_at: float | None = None
    has_left: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Exchange:
    """One request and the way to answer it, byte by byte if need be."""

    def __init__(
        self,
        request: ReceivedRequest,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        self.request = request
        self._reader = reader
        self._writer = writer

    async def send(self, data: bytes) -> None:
        """Send raw bytes."""
        self._writer.write(data)
        await self._writer.drain()

    async def head(
        self,
        status: int = 200,
        content_type: str = SSE,
        headers: Mapping[str, str] | None = None,
        *,
        framing: str = "chunked",
    ) -> None:
        """Send status and headers; `framing` is chunked, close, none, or a content length."""
        lines = [f"HTTP/1.1 {status} Whatever"]
        if content_type:
            lines.append(f"Content-Type: {content_type}")
        if framing == "chunked":
            lines.append("Transfer-Encoding: chunked")
        elif framing == "close":
            lines.append("Connection: close")
        elif framing != "none":
            lines.append(f"Content-Length: {framing}")
        lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
        await self.send("\r\n".join([*lines, "", ""]).encode("latin-1"))

    async def chunk(self, data: bytes) -> None:
        """Send one chunk of a chunked body; nothing for no data, which would end it."""
        if data:
            await self.send(b"%x\r\n%b\r\n" % (len(data), data))

    async def end(self) -> None:
        """End a chunked body."""
        await self.send(b"0\r\n\r\n")

    async def hold(self) -> None:
        """Do nothing more until the client has gone."""
        await self.request.has_left.wait()

    def reset(self) -> None:
        """Close so that the client sees a reset instead of an end."""
        raw = self._writer.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._writer.transport.abort()


Behaviour = Callable[[Exchange], Awaitable[None]]


class FaultServer:
    """Answers request n with behaviour n; the last behaviour answers all further ones."""

    def __init__(
        self, *behaviours: Behaviour, path: str = "/v1", tls: ssl.SSLContext | None = None
    ) -> None:
        self._behaviours = behaviours
        self._path = path
        self._tls = tls
        self._server: asyncio.Server | None = None
        self._writers: dict[asyncio.Task[None] | None, asyncio.StreamWriter] = {}
        self._news = asyncio.Condition()
        self.requests: list[ReceivedRequest] = []
        self.connections = 0

    @property
    def port(self) -> int:
        assert self._server is not None
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    @property
    def base_url(self) -> str:
        scheme = "https" if self._tls else "http"
        return f"{scheme}://127.0.0.1:{self.port}{self._path}"

    async def came(self, count: int, within: float = 2.0) -> None:
        """Wait until `count` requests have come.

        Raises:
            TimeoutError: they have not, `within` seconds from now.
        """
        async with asyncio.timeout(within), self._news:
            await self._news.wait_for(lambda: len(self.requests) >= count)

    async def left(self, index: int = -1, within: float = 2.0) -> float:
        """Wait until the client has closed that connection; return the time of `time.monotonic`.

        Raises:
            TimeoutError: it has not, `within` seconds from now.
        """
        async with asyncio.timeout(within):
            await self.requests[index].has_left.wait()
        left_at = self.requests[index].left_at
        assert left_at is not None
        return left_at

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=self._tls)
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        tasks = [task for task in self._writers if task is not None]
        for writer in list(self._writers.values()):
            writer.transport.abort()
        if tasks:
            await asyncio.wait(tasks)
        await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._writers[asyncio.current_task()] = writer
        try:
            with suppress(OSError, asyncio.IncompleteReadError):
                request = await self._read(reader)
                behaviour = self._behaviours[min(len(self.requests), len(self._behaviours)) - 1]
                async with asyncio.TaskGroup() as group:
                    watch = group.create_task(self._watch(reader, request))
                    with suppress(OSError):
                        await behaviour(Exchange(request, reader, writer))
                    with suppress(OSError):
                        await writer.drain()
                    writer.close()
                    watch.cancel()
        finally:
            del self._writers[asyncio.current_task()]
            writer.close()

    async def _read(self, reader: asyncio.StreamReader) -> ReceivedRequest:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        first, *lines = head.rstrip().split("\r\n")
        method, path, _ = first.split(" ", 2)
        fields = (line.partition(":") for line in lines)
        headers = {name.lower(): value.strip() for name, _, value in fields}
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        request = ReceivedRequest(method, path, headers, body, time.monotonic())
        async with self._news:
            self.requests.append(request)
            self._news.notify_all()
        return request

    async def _watch(self, reader: asyncio.StreamReader, request: ReceivedRequest) -> None:
        try:
            with suppress(OSError):
                while await reader.read(_READ):
                    pass
        finally:
            request.left_at = time.monotonic()
            request.has_left.set()


@contextmanager
def running(*behaviours: Behaviour, path: str = "/v1") -> Iterator[FaultServer]:
    """Run a server in a thread of its own, for tests that have no event loop."""
    server = FaultServer(*behaviours, path=path)
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        asyncio.run_coroutine_threadsafe(server.__aenter__(), loop).result(5)
        yield server
        asyncio.run_coroutine_threadsafe(server.__aexit__(), loop).result(5)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(5)
        loop.close()


@contextmanager
def dead_port() -> Iterator[int]:
    """Give a port where nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]


@contextmanager
def silent_port() -> Iterator[int]:
    """Give a port where connecting neither succeeds nor fails: its queue is full."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen(0)
        port: int = server.getsockname()[1]
        waiting = []
        try:
            for _ in range(4):
                client = socket.socket()
                client.setblocking(False)
                with suppress(BlockingIOError):
                    client.connect(("127.0.0.1", port))
                waiting.append(client)
            yield port
        finally:
            for client in waiting:
                client.close()


def answer(
    body: bytes | str = b"",
    *,
    status: int = 200,
    content_type: str = SSE,
    headers: Mapping[str, str] | None = None,
) -> Behaviour:
    """Send the whole body and end it as HTTP wants."""
    data = body.encode() if isinstance(body, str) else body

    async def behave(exchange: Exchange) -> None:
        await exchange.head(status, content_type, headers, framing=str(len(data)))
        await exchange.send(data)

    return behave


def json_answer(
    value: object, *, status: int = 200, headers: Mapping[str, str] | None = None
) -> Behaviour:
    """Send a JSON body."""
    body = json.dumps(value, ensure_ascii=False)
    return answer(body, status=status, content_type="application/json", headers=headers)


def no_content() -> Behaviour:
    """Answer 204."""

    async def behave(exchange: Exchange) -> None:
        await exchange.head(204, "", framing="none")

    return behave


def cut(body: bytes, at: int) -> Behaviour:
    """`rs:cut/N`: send N bytes of a chunked body, then lose the connection (R1)."""

    async def behave(exchange: Exchange) -> None:
        await exchange.head()
        await exchange.chunk(body[:at])

    return behave


def close(body: bytes, at: int | None = None) -> Behaviour:
    """`rs:close/N`: send N bytes of a body that ends where the connection ends (R2)."""

    async def behave(exchange: Exchange) -> None:
        await exchange.head(framing="close")
        await exchange.send(body[:at])

    return behave


def reset(body: bytes, at: int) -> Behaviour:
    """Send N bytes of a chunked body, then reset the connection."""

    async def behave(exchange: Exchange) -> None:
        await exchange.head()
        await exchange.chunk(body[:at])
        await asyncio.sleep(0.05)  # a reset overtakes what has not been read yet
        exchange.reset()

    return behave


def stall(body: bytes, at: int | None = None) -> Behaviour:
    """`rs:stall/N`: send N bytes, then stay silent with the connection open (R4)."""

    async def behave(exchange: Exchange) -> None:
        await exchange.head()
        await exchange.chunk(body[:at])
        await exchange.hold()

    return behave


def keepalive(
    body: bytes, at: int | None = None, every: float = 0.02, sign: bytes = b": keep-alive\n\n"
) -> Behaviour:
    """`rs:keepalive/N`: send N bytes, then comments for ever (R5)."""

    async def behave(exchange: Exchange) -> None:
        await exchange.head()
        await exchange.chunk(body[:at])
        while not exchange.request.has_left.is_set():
            await exchange.chunk(sign)
            await asyncio.sleep(every)

    return behave


def slow_head(every: float = 0.02) -> Behaviour:
    """`rs:slowhead`: send the headers one byte at a time, without an end (R6)."""

    async def behave(exchange: Exchange) -> None:
        await exchange.send(b"HTTP/1.1 200 OK\r\nX-Long: ")
        while not exchange.request.has_left.is_set():
            await exchange.send(b"x")
            await asyncio.sleep(every)

    return behave


def no_head() -> Behaviour:
    """`rs:nohead`: take the request and say nothing (R6)."""
    return Exchange.hold


def endless_line(size: int, piece: int = 1 << 20) -> Behaviour:
    """`rs:line/N`: send one event of `size` bytes (R22)."""

    async def behave(exchange: Exchange) -> None:
        await exchange.head()
        await exchange.chunk(b"data: ")
        for _ in range(0, size, piece):
            await exchange.chunk(b"x" * piece)
        await exchange.end()

    return behave


def in_chunks(pieces: Sequence[bytes], every: float = 0.0) -> Behaviour:
    """`rs:flood`: send each piece as an HTTP chunk of its own, `every` seconds apart (R23, R24)."""

    async def behave(exchange: Exchange) -> None:
        await exchange.head()
        for piece in pieces:
            await exchange.chunk(piece)
            if every:
                await asyncio.sleep(every)
        await exchange.end()

    return behave


def bytewise(body: bytes) -> Behaviour:
    """`rs:bytewise/1`: one byte per HTTP chunk (R24)."""
    return in_chunks([body[i : i + 1] for i in range(len(body))])


def gzipped(body: bytes, at: int | None = None) -> Behaviour:
    """`rs:gziptrunc`: a compressed body, cut after N bytes with the framing intact (R21)."""

    async def behave(exchange: Exchange) -> None:
        await exchange.head(headers={"Content-Encoding": "gzip"})
        await exchange.chunk(gzip.compress(body)[:at])
        await exchange.end()

    return behave


def bad_chunk(body: bytes, at: int) -> Behaviour:
    """`rs:badchunk`: send N bytes, then a chunk without a size (R44)."""

    async def behave(exchange: Exchange) -> None:
        await exchange.head()
        await exchange.chunk(body[:at])
        await exchange.send(b"this is no size\r\n\r\n")
        await exchange.hold()

    return behave


def big_head(size: int = 400_000) -> Behaviour:
    """`rs:bighead`: a header of `size` bytes (R44)."""

    async def behave(exchange: Exchange) -> None:
        await exchange.send(b"HTTP/1.1 200 OK\r\nX-Big: " + b"x" * size + b"\r\n\r\n")

    return behave


def redirect(to: str, status: int = 307) -> Behaviour:
    """`rs:redirect`: point to another address (R29)."""
    return answer(b"", status=status, headers={"Location": to})


def hang_up(*, with_reset: bool = False) -> Behaviour:
    """`rs:refuse`: take the request and close without a byte (R32)."""

    async def behave(exchange: Exchange) -> None:
        if with_reset:
            exchange.reset()

    return behave


def nonsense(data: bytes) -> Behaviour:
    """Answer in another protocol."""

    async def behave(exchange: Exchange) -> None:
        await exchange.send(data)

    return behave


def chat_event(text: str = "", **fields: object) -> bytes:
    """Return one event of chat completions; `finish_reason` goes into the choice."""
    choice: dict[str, object] = {"index": 0, "delta": {"content": text} if text else {}}
    if "finish_reason" in fields:
        choice["finish_reason"] = fields.pop("finish_reason")
    return b"data: " + json.dumps({"choices": [choice], **fields}).encode() + b"\n\n"


def chat_stream(*texts: str, finish_reason: str | None = "stop", done: bool = True) -> bytes:
    """Return the body of a streamed chat completion."""
    events = [chat_event(text) for text in texts]
    if finish_reason:
        events.append(chat_event(finish_reason=finish_reason))
    if done:
        events.append(b"data: [DONE]\n\n")
    return b"".join(events)
