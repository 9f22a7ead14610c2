"""Who owns a task: nothing else in Headwater creates one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from types import TracebackType
from typing import Self


class TaskScope:
    """Keeps its tasks alive, reports a crash once, cancels and awaits all of them on exit."""

    def __init__(self, report_crash: Callable[[BaseException], None]) -> None:
        """Take the barrier that every unexpected exception is handed to."""
        self._report_crash = report_crash
        self._tasks: set[asyncio.Task[None]] = set()
        self._is_closed = False

    def start(self, work: Coroutine[object, object, None], name: str = "") -> asyncio.Task[None]:
        """Run `work` until it ends or the scope closes.

        Raises:
            RuntimeError: the scope is closed; the coroutine is closed as well.
        """
        if self._is_closed:
            work.close()
            raise RuntimeError("the task scope is closed")
        task = asyncio.get_running_loop().create_task(work, name=name or None)
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    async def close(self) -> None:
        """Cancel what still runs and wait for its end; further calls do nothing."""
        self._is_closed = True
        current = asyncio.current_task()
        tasks = [task for task in self._tasks if task is not current]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self._report_crash(error)
