"""Pictures on their way: a few at a time, and each asked for by hand."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from headwater.session.task_scope import TaskScope

_AT_ONCE = 3

DownloadPicture = Callable[[str], Awaitable[bytes | None]]


class PictureSession:
    """Fetches what it is told to fetch; nothing is kept and nothing is tried twice."""

    def __init__(self, download: DownloadPicture, scope: TaskScope) -> None:
        """Take what fetches the bytes of a picture, or None where there are none."""
        self._download = download
        self._scope = scope
        self._turn = asyncio.Semaphore(_AT_ONCE)

    def load(self, url: str, done: Callable[[bytes | None], None]) -> None:
        """Fetch the picture at `url` and hand its bytes to `done`, or None if it cannot be had."""
        self._scope.start(self._load(url, done), "picture")

    async def _load(self, url: str, done: Callable[[bytes | None], None]) -> None:
        async with self._turn:
            found = await self._download(url)
        done(found)
