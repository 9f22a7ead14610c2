"""Pictures are fetched a few at a time, and let go when the program ends."""

from __future__ import annotations

import asyncio

from headwater.session.picture_session import PictureSession
from headwater.session.task_scope import TaskScope


def test_that_only_three_are_on_their_way_at_once() -> None:
    async def scenario() -> None:
        running, most = 0, 0
        got: list[bytes | None] = []

        async def download(url: str) -> bytes | None:
            nonlocal running, most
            running += 1
            most = max(most, running)
            await asyncio.sleep(0.01)
            running -= 1
            return url.encode() if url != "bad" else None

        crashes: list[BaseException] = []
        async with TaskScope(crashes.append) as scope:
            session = PictureSession(download, scope)
            for url in ("a", "b", "bad", "c", "d"):
                session.load(url, got.append)
            async with asyncio.timeout(5):
                while len(got) < 5:
                    await asyncio.sleep(0.005)
        assert most == 3
        assert sorted(got, key=str) == sorted([b"a", b"b", None, b"c", b"d"], key=str)
        assert crashes == []

    asyncio.run(scenario())


def test_that_what_is_on_its_way_is_let_go_at_the_end() -> None:
    async def scenario() -> None:
        async def download(url: str) -> bytes | None:
            await asyncio.sleep(60)
            return url.encode()

        got: list[bytes | None] = []
        async with asyncio.timeout(5):
            async with TaskScope(lambda error: None) as scope:
                PictureSession(download, scope).load("a", got.append)
                await asyncio.sleep(0)
        assert got == []

    asyncio.run(scenario())
