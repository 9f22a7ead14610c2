"""An HTTP and SOCKS5 proxy over real sockets, whose names lead where the test says.

async with ProxyServer(server.port, login=("me", "secret")) as proxy:
    proxy.address("socks5")      # socks5://127.0.0.1:port
    proxy.asked                  # ["service.example:443"], as the client asked for them
"""

from __future__ import annotations

import asyncio
import base64
import ipaddress
from contextlib import suppress
from typing import Self


class ProxyServer:
    """Leads every name to `port` of this machine; with `login` only who knows it."""

    def __init__(
        self, port: int, *, login: tuple[str, str] | None = None, silent: bool = False
    ) -> None:
        self._target = port
        self._login = login
        self._silent = silent
        self._server: asyncio.Server | None = None
        self._writers: list[asyncio.StreamWriter] = []
        self._tasks: set[asyncio.Task[None] | None] = set()
        self.asked: list[str] = []
        self.seen = bytearray()  # everything that clients sent in the clear

    @property
    def port(self) -> int:
        assert self._server is not None
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    def address(self, scheme: str) -> str:
        return f"{scheme}://127.0.0.1:{self.port}"

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        for writer in self._writers:
            writer.transport.abort()
        for task in tuple(self._tasks):
            if task is not None:
                task.cancel()
        await asyncio.gather(*(t for t in self._tasks if t is not None), return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.append(writer)
        self._tasks.add(asyncio.current_task())
        try:
            with suppress(OSError, EOFError, asyncio.CancelledError):
                if self._silent:
                    await reader.read()
                    return
                first = await self._exactly(reader, 1)
                is_let_through = await (
                    self._socks(reader, writer)
                    if first == b"\x05"
                    else self._http(first, reader, writer)
                )
                if is_let_through:
                    await self._join(reader, writer)
        finally:
            writer.close()
            self._tasks.discard(asyncio.current_task())

    async def _exactly(self, reader: asyncio.StreamReader, size: int) -> bytes:
        data = await reader.readexactly(size)
        self.seen += data
        return data

    async def _http(
        self, first: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> bool:
        head = first + await reader.readuntil(b"\r\n\r\n")
        self.seen += head
        line = head.partition(b"\r\n")[0].decode()
        self.asked.append(line.split()[1])
        if self._login is not None:
            token = base64.b64encode(":".join(self._login).encode()).decode()
            if f"basic {token}".lower() not in head.decode().lower():
                writer.write(
                    b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n"
                )
                await writer.drain()
                return False
        writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        return True

    async def _socks(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Shake hands (RFC 1928, RFC 1929)."""
        methods = await self._exactly(reader, (await self._exactly(reader, 1))[0])
        wanted = 2 if self._login is not None else 0
        writer.write(bytes((5, wanted if wanted in methods else 0xFF)))
        if wanted not in methods:
            await writer.drain()
            return False
        if self._login is not None:
            await self._exactly(reader, 1)
            user = await self._exactly(reader, (await self._exactly(reader, 1))[0])
            password = await self._exactly(reader, (await self._exactly(reader, 1))[0])
            is_known = (user.decode(), password.decode()) == self._login
            writer.write(bytes((1, 0 if is_known else 1)))
            if not is_known:
                await writer.drain()
                return False
        kind = (await self._exactly(reader, 4))[3]
        if kind == 3:
            host = (await self._exactly(reader, (await self._exactly(reader, 1))[0])).decode()
        else:
            host = str(ipaddress.ip_address(await self._exactly(reader, 4 if kind == 1 else 16)))
        port = int.from_bytes(await self._exactly(reader, 2), "big")
        self.asked.append(f"{host}:{port}")
        writer.write(b"\x05\x00\x00\x01\x7f\x00\x00\x01\x00\x00")
        return True

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", self._target)
        self._writers.append(back)

        async def pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
            with suppress(OSError):
                while data := await source.read(65536):
                    sink.write(data)
                    await sink.drain()
            sink.close()

        await asyncio.gather(pump(reader, back), pump(there, writer))
