"""The demo server as a thing that costs nothing until somebody asks for it."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from headwater.adapters.demo_server import DemoServer


class LazyDemo:
    """Starts the server with the first question to it; knows which questions it has answers to."""

    def __init__(self, folder: Path) -> None:
        """Take the folder of recordings."""
        self._folder = folder
        self._server: DemoServer | None = None
        self._url = ""
        self._questions: tuple[str, ...] = ()
        self._starting = asyncio.Lock()

    async def start(self) -> str:
        """Start the server unless it runs and return its base URL."""
        async with self._starting:
            if self._server is None:
                # Imported late: most sessions never play a recording.
                from headwater.adapters.demo_server import DemoServer

                server = DemoServer(self._folder)
                self._url = await server.start()
                self._server = server
        return self._url

    async def close(self) -> None:
        """Stop the server at once, if it runs."""
        server, self._server = self._server, None
        if server is not None:
            await server.close()

    def questions(self) -> tuple[str, ...]:
        """Return the recorded questions."""
        if not self._questions:
            from headwater.adapters.demo_recording import read_recordings

            recordings = read_recordings(self._folder)
            self._questions = tuple(recording.question for recording in recordings)
        return self._questions
