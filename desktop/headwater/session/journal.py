"""How a running answer reaches the disk: little and often, and whole at every turn of events."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress

from headwater.domain.answer import Answer
from headwater.session.ports import Archive, ArchiveError

MOST_LOST = 0.25  # seconds of text that a kill at any moment may cost
INTERVAL = 0.2  # the rest of them is for the writing itself
RETRY_INTERVAL = 2.0
_NOTHING_YET = Answer()


class AnswerJournal:
    """Writes one answer as it grows; keeps trying while the disk refuses."""

    def __init__(
        self,
        archive: Archive,
        turn_id: str,
        report_problem: Callable[[str], None],
        kept: Answer = _NOTHING_YET,
        interval: float = INTERVAL,
        retry_interval: float = RETRY_INTERVAL,
    ) -> None:
        """Take the archive, and whom to tell in plain words that saving fails (empty: no more).

        `kept` is the answer as the turn was written with.
        """
        self._archive = archive
        self._turn_id = turn_id
        self._report_problem = report_problem
        self._interval = interval
        self._retry_interval = retry_interval
        self._news = asyncio.Event()
        self._ended = asyncio.Event()
        self._answer = self._saved = kept
        self._is_failing = False

    def note(self, answer: Answer) -> None:
        """Take a later snapshot; it is written within the interval, at once when it has ended."""
        self._answer = answer
        self._news.set()
        if not answer.is_running:
            self._ended.set()

    async def run(self) -> None:
        """Write until an ended answer is safe."""
        while True:
            await self._news.wait()
            self._news.clear()
            answer = self._answer
            await self._write(answer)
            if self._is_failing:
                self._news.set()
                await asyncio.sleep(self._retry_interval)
            elif not answer.is_running:
                return
            else:
                with suppress(TimeoutError):
                    async with asyncio.timeout(self._interval):
                        await self._ended.wait()

    async def finish(self, limit: float) -> None:
        """Write the last snapshot within `limit` seconds, for a program that is about to end."""
        if self._saved is self._answer:
            return
        try:
            async with asyncio.timeout(limit):
                await self._write(self._answer)
        except TimeoutError:
            self._report_problem("The answer could not be saved in time.")

    async def _write(self, answer: Answer) -> None:
        saved = self._saved
        only_grew = (
            answer.is_running
            and type(answer.state) is type(saved.state)
            and answer.sources is saved.sources
            and answer.text.startswith(saved.text)
        )
        try:
            if not only_grew:
                await self._archive.save_answer(self._turn_id, answer)
            elif len(answer.text) > len(saved.text) or len(answer.reasoning) > len(saved.reasoning):
                await self._archive.append_text(
                    self._turn_id,
                    answer.text[len(saved.text) :],
                    answer.reasoning[len(saved.reasoning) :],
                )
        except ArchiveError as error:
            self._is_failing = True
            self._report_problem(str(error))
            return
        if self._is_failing:
            self._is_failing = False
            self._report_problem("")
        self._saved = answer
