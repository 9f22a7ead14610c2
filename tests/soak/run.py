"""Thousands of answers through the real adapters and sessions while things go wrong at random."""

from __future__ import annotations

import asyncio
import gc
import os
import random
import re
import sys
import tempfile
import threading
import time
from collections import Counter
from dataclasses import dataclass, field, replace
from pathlib import Path

from headwater.adapters.answer_service import HttpAnswerService, Limits
from headwater.adapters.archive import SqliteArchive
from headwater.domain.answer import Answer, Complete
from headwater.domain.api_key import ApiKey
from headwater.domain.conversation import Conversation
from headwater.domain.options import AnswerOptions
from headwater.domain.provider import CUSTOM, DialectName, Provider
from headwater.session.conversation_session import ConversationSession, Route
from headwater.session.ports import Access
from tests.fault_server import FaultServer
from tests.research_server import Research
from tests.soak.faulty_service import (
    KINDS,
    LARGEST_EVENT,
    MAY_OVERTAKE,
    FaultyService,
    Task,
    task_for,
)

AT_ONCE = 6
TURNS = 12  # in one conversation, before the next is begun
LONGEST_ANSWER = 30.0  # seconds; one that takes longer hangs
LIMITS = Limits(
    event_size=LARGEST_EVENT, afterword=0.2, resume_backoff=0.01, poll_every=0.02, poll_patience=1.0
)
_PATIENCE = 1.0
_WORD = re.compile(r"w\d+x\d+")


@dataclass
class Report:
    """What was counted; `faults` and `examples` by name, memory in MB, time in seconds."""

    seed: int
    answers: int = 0
    continued: int = 0
    words: int = 0
    lost: int = 0
    doubled: int = 0
    strange: int = 0
    unsaved: int = 0
    wrong_states: int = 0
    hung: int = 0
    crashes: int = 0
    unraised: int = 0
    tasks: int = 0
    sockets: int = 0
    threads: int = 0
    memory_begin: float = 0.0
    memory_end: float = 0.0
    seconds: float = 0.0
    faults: Counter[str] = field(default_factory=Counter)
    examples: list[str] = field(default_factory=list)

    @property
    def must_be_zero(self) -> dict[str, int]:
        """The counts that say something is broken."""
        return {
            "words lost": self.lost,
            "words doubled": self.doubled,
            "texts that nobody sent": self.strange,
            "answers not on the disk as shown": self.unsaved,
            "wrong states": self.wrong_states,
            "answers that hung": self.hung,
            "crashes": self.crashes,
            "exceptions that nobody took": self.unraised,
            "tasks left": self.tasks,
            "sockets left": self.sockets,
            "threads left": self.threads,
        }

    @property
    def is_good(self) -> bool:
        """Whether nothing is broken."""
        return not any(self.must_be_zero.values())

    def found(self, kind: str, task: Task, shown: str) -> None:
        """Remember the first few of what went wrong, to look into."""
        if len(self.examples) < 10:
            self.examples.append(f"{kind}: {task.fault}, question {task.number}: {shown[-60:]!r}")


class Soak:
    """One run of it in the running event loop."""

    def __init__(self, seed: int, folder: Path) -> None:
        self.report = Report(seed)
        self._folder = folder
        self._service = FaultyService()
        self._http = HttpAnswerService(limits=LIMITS)

    async def run(self, seconds: float, answers: int) -> Report:
        """Ask until `seconds` have passed or `answers` were given; return what was counted."""
        report = self.report
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(self._note_unraised)
        begun = loop.time()
        archive = SqliteArchive(self._folder / "history.sqlite")
        async with FaultServer(self._service) as server:
            tasks = asyncio.all_tasks()

            def goes_on() -> bool:
                return loop.time() - begun < seconds and report.answers < answers

            await self._converse(server, archive, lambda: report.answers < 1)  # loads what is late
            report.memory_begin = _resident()
            sockets, threads = _sockets(), threading.active_count()
            async with asyncio.TaskGroup() as group:
                for _ in range(AT_ONCE):
                    group.create_task(self._converse(server, archive, goes_on))
            await asyncio.sleep(0.3)  # what was closed is noticed by the server
            report.tasks = len(asyncio.all_tasks() - tasks)
            gc.collect()
            report.sockets = max(0, _sockets() - sockets)
            report.threads = max(0, threading.active_count() - threads)
            report.memory_end = _resident()
        await archive.close()
        report.seconds = loop.time() - begun
        return report

    def _note_unraised(self, loop: asyncio.AbstractEventLoop, context: dict[str, object]) -> None:
        self.report.unraised += 1
        if len(self.report.examples) < 10:
            error = context.get("exception")
            self.report.examples.append(f"unraised: {context.get('message')}: {error!r}")

    def _note_crash(self, error: BaseException) -> None:
        self.report.crashes += 1
        self.report.examples.append(f"crash: {error!r}")

    async def _converse(self, server: FaultServer, archive: SqliteArchive, goes_on: object) -> None:
        assert callable(goes_on)
        while goes_on():
            key = ""

            async def access(provider: Provider) -> Access:
                return Access(provider, ApiKey(key))  # noqa: B023 - the one of the moment

            session = ConversationSession(
                Conversation(), self._http, archive, access, self._note_crash
            )
            for _ in range(TURNS):
                if not goes_on():
                    break
                number = self.report.answers
                self.report.answers += 1
                chance = random.Random(f"{self.report.seed}/{number}")
                fault = KINDS[number] if number < len(KINDS) else chance.choice(KINDS)
                task = task_for(number, fault, chance)
                self._service.tasks[number] = task
                key = f"key-{number}"
                try:
                    async with asyncio.timeout(LONGEST_ANSWER):
                        await self._ask(server, session, task)
                except TimeoutError:
                    self.report.hung += 1
                    self.report.found("hung", task, "")
                    session.stop()
                    await session.settled()
                finally:
                    if task.research is not None:
                        await task.research.close()
                    del self._service.tasks[number]
            await self._compare_with_disk(session, archive)
            await session.close()
            server.requests.clear()

    async def _ask(self, server: FaultServer, session: ConversationSession, task: Task) -> None:
        report, chance = self.report, task.chance
        report.faults[task.fault] += 1
        provider = replace(CUSTOM.at(server.base_url), needs_key=True)
        options = AnswerOptions()
        if task.fault == "research":
            count = len(task.pieces)
            breaks = [chance.randint(1, count) for _ in range(chance.randint(0, 4))]
            task.research = Research(words=task.pieces, breaks=breaks, pace=0.001)
            task.research.has_cursors = chance.random() > 0.2
            task.sent_for_sure, task.was_finished = task.text, True
            options = AnswerOptions(background=True)
            provider = replace(provider, dialect=DialectName.AGENT)
        provider = replace(provider, first_word_limit=_PATIENCE, idle_limit=_PATIENCE)
        route = Route(provider, "m")
        turn_id = session.ask(f"question {task.number}", route, options)
        if task.fault == "stopped":
            await asyncio.sleep(chance.random() * 0.3)
            session.stop()
        await session.settled()
        answer = session.conversation.turn(turn_id).answer
        self._judge(task, answer)
        if answer.text and not isinstance(answer.state, Complete) and chance.random() < 0.5:
            report.continued += 1
            task.continued_from = answer.text
            continued = session.continue_answer(turn_id, route)
            await session.settled()
            self._judge(task, session.conversation.turn(continued).answer)

    def _judge(self, task: Task, answer: Answer) -> None:
        report = self.report
        text = answer.text
        words, sure = _WORD.findall(text), _WORD.findall(task.sent_for_sure)
        report.words += len(words)
        doubled = len(words) - len(set(words))
        lost = (
            0
            if task.fault in MAY_OVERTAKE and not task.continued_from
            else len(set(sure) - set(words))
        )
        is_strange = not task.text.startswith(text)
        is_complete = isinstance(answer.state, Complete)
        # A text that was finished may be cut behind it, and the server says so twice.
        is_wrong = is_complete and not task.was_finished
        if task.was_finished and task.fault not in MAY_OVERTAKE:
            is_wrong = is_wrong or not is_complete
        report.doubled += doubled
        report.lost += lost
        report.strange += is_strange
        report.wrong_states += is_wrong or answer.is_running
        for kind, is_found in (
            ("doubled", doubled),
            ("lost", lost),
            ("strange", is_strange),
            ("state", is_wrong),
        ):
            if is_found:
                failure = answer.failure.title if answer.failure else ""
                report.found(f"{kind} ({answer.status} {failure})", task, text)

    async def _compare_with_disk(
        self, session: ConversationSession, archive: SqliteArchive
    ) -> None:
        kept = await archive.conversation(session.conversation.id)
        for turn in session.conversation.turns:
            saved = kept.turn(turn.id).answer if kept else None
            if saved != turn.answer:
                self.report.unsaved += 1
                self.report.examples.append(f"unsaved: {turn.question.text}")


def _sockets() -> int:
    """Return how many sockets this process has open; 0 where the system does not tell."""
    folder = Path("/proc/self/fd")
    if not folder.is_dir():
        return 0
    count = 0
    for entry in folder.iterdir():
        try:
            count += str(entry.readlink()).startswith("socket:")
        except OSError:
            continue
    return count


def _resident() -> float:
    """Return the resident memory in MB; 0 where the system does not tell."""
    file = Path("/proc/self/statm")
    if not file.exists():
        return 0.0
    return int(file.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


def soak(seconds: float, answers: int = sys.maxsize, seed: int | None = None) -> Report:
    """Run it in an event loop and a folder of its own.

    `seed` repeats the faults of another run; what the network makes of them may differ.
    """
    with tempfile.TemporaryDirectory(prefix="headwater-soak-") as folder:
        seed = int(time.time()) % 100_000 if seed is None else seed
        return asyncio.run(Soak(seed, Path(folder)).run(seconds, answers))
