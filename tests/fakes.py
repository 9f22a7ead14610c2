"""Small things that behave, in the place of a network, a disk and a keyring."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Coroutine, Iterable, Sequence
from contextlib import asynccontextmanager

from headwater.domain.answer import Answer
from headwater.domain.api_key import ApiKey
from headwater.domain.conversation import Conversation, Turn
from headwater.domain.events import AnswerEvent, Completed, TextArrived
from headwater.domain.failure import Failure
from headwater.domain.preferences import Preferences
from headwater.domain.provider import CUSTOM, Provider
from headwater.domain.release import ReleasePlace, Version
from headwater.domain.shortcut import KeyCombination, ShortcutState, ShortcutStatus
from headwater.protocol.dialect import AnswerRequest
from headwater.session.ports import (
    Access,
    ArchiveError,
    ConversationSummary,
    KeychainState,
    KeyProblem,
)
from headwater.session.task_scope import TaskScope

SERVER = CUSTOM.at("http://localhost:1/v1")


class FakeService:
    """Answers with what the test hands it, one script per request, or waits to be driven."""

    def __init__(self, *scripts: Sequence[AnswerEvent | float]) -> None:
        self._scripts = list(scripts)
        self.requests: list[AnswerRequest] = []
        self.keys: list[ApiKey | None] = []
        self.closed = 0
        self.live: asyncio.Queue[tuple[AnswerEvent, ...]] = asyncio.Queue()
        self.listed: tuple[str, ...] | Failure = ()
        self.ended: list[str] = []

    async def stream(
        self, request: AnswerRequest, key: ApiKey | None
    ) -> AsyncGenerator[tuple[AnswerEvent, ...]]:
        self.requests.append(request)
        self.keys.append(key)
        try:
            if self._scripts:
                for step in self._scripts.pop(0):
                    if isinstance(step, float):
                        await asyncio.sleep(step)
                    else:
                        yield (step,)
                return
            while True:
                yield await self.live.get()
        finally:
            self.closed += 1

    async def models(self, provider: Provider, key: ApiKey | None) -> tuple[str, ...] | Failure:
        return self.listed

    async def end_run(self, provider: Provider, response_id: str, key: ApiKey | None) -> None:
        self.ended.append(response_id)


class FakeArchive:
    """Keeps everything in memory, as a disk would; `fails` makes it refuse."""

    def __init__(self) -> None:
        self.kept: dict[str, Conversation] = {}
        self.bin: dict[str, Conversation] = {}
        self.texts: dict[str, str] = {}
        self.answers: dict[str, Answer] = {}
        self.writes: list[str] = []
        self.fails = False

    async def save_conversation(self, conversation: Conversation) -> None:
        self._write("conversation")
        self.kept[conversation.id] = conversation

    async def add_turn(self, conversation_id: str, turn: Turn) -> None:
        self._write("turn")
        self.texts[turn.id] = turn.answer.text

    async def append_text(self, turn_id: str, text: str, reasoning: str = "") -> None:
        self._write("text")
        self.texts[turn_id] = self.texts.get(turn_id, "") + text

    async def save_answer(self, turn_id: str, answer: Answer) -> None:
        self._write("answer")
        self.texts[turn_id] = answer.text
        self.answers[turn_id] = answer

    async def conversations(
        self, search: str = "", limit: int = 500
    ) -> Sequence[ConversationSummary]:
        if self.fails:
            raise ArchiveError("The disk is full.")
        return tuple(
            ConversationSummary(c.id, c.title, c.updated, "complete")
            for c in reversed(self.kept.values())
            if search.lower() in c.title.lower()
        )

    async def conversation(self, conversation_id: str) -> Conversation | None:
        return self.kept.get(conversation_id)

    async def rename(self, conversation_id: str, title: str) -> None:
        self._write("rename")

    async def delete(self, conversation_id: str) -> None:
        self._write("delete")
        if (gone := self.kept.pop(conversation_id, None)) is not None:
            self.bin[conversation_id] = gone

    async def put_back(self, conversation_id: str) -> None:
        self._write("put back")
        self.kept[conversation_id] = self.bin.pop(conversation_id)

    async def erase(self, conversation_ids: Iterable[str]) -> None:
        self._write("erase")
        for conversation_id in conversation_ids:
            del self.bin[conversation_id]

    async def deleted(self) -> Sequence[ConversationSummary]:
        if self.fails:
            raise ArchiveError("The disk is full.")
        return tuple(
            ConversationSummary(c.id, c.title, c.updated, "complete", deleted=c.updated)
            for c in reversed(self.bin.values())
        )

    def _write(self, what: str) -> None:
        if self.fails:
            raise ArchiveError("The disk is full.")
        self.writes.append(what)


class FakeKeychain:
    """A keyring in memory."""

    def __init__(self, **keys: str) -> None:
        self.keys = {name: ApiKey(text) for name, text in keys.items()}
        self.problem: KeyProblem | None = None

    def has_at_hand(self, provider: Provider) -> bool:
        return False

    async def read(self, provider: Provider) -> ApiKey | None:
        return self.keys.get(provider.id)

    async def write(self, provider: Provider, key: ApiKey) -> KeychainState:
        self.keys[provider.id] = key
        return await self.state()

    async def remove(self, provider: Provider) -> None:
        self.keys.pop(provider.id, None)

    async def state(self) -> KeychainState:
        return KeychainState("a keyring for tests", is_persistent=True)


class FakeDemo:
    """A demo server that is only an address."""

    started = 0

    async def start(self) -> str:
        self.started += 1
        return "http://127.0.0.1:2/v1"

    async def close(self) -> None:
        pass


class FakeStore:
    """Keeps no preferences and never minds."""

    async def write(self, preferences: Preferences) -> str:
        return ""


class FakeReleases:
    """Names `newest` as the newest release once `answers` is set; counts how often it was asked."""

    def __init__(self, newest: Version | Failure) -> None:
        self.newest_of_all = newest
        self.asked: list[ReleasePlace] = []
        self.answers = asyncio.Event()
        self.answers.set()

    async def newest(self, place: ReleasePlace) -> Version | Failure:
        self.asked.append(place)
        await self.answers.wait()
        return self.newest_of_all


class FakeShortcut:
    """Answers each key with `answer`, or grants it."""

    name = "X11"
    needs_consent = False

    def __init__(
        self, changed: Callable[[ShortcutState], None], pressed: Callable[[str], None]
    ) -> None:
        self.changed = changed
        self.pressed = pressed
        self.asked: list[str] = []
        self.answer: ShortcutState | None = None

    def bind(self, keys: KeyCombination) -> None:
        self.asked.append(keys.text)
        self.changed(self.answer or ShortcutState(ShortcutStatus.ACTIVE, keys.text))

    def release(self) -> None:
        self.asked.append("released")


async def open_access(provider: Provider) -> Access:
    """Let everyone in, without a key."""
    return Access(provider)


def spoken(*words: str) -> tuple[AnswerEvent, ...]:
    """Return the events of a complete answer that says `words`."""
    return (*(TextArrived(word) for word in words), Completed("stop"))


def play(journey: Callable[[], Coroutine[object, object, None]], limit: float = 20.0) -> None:
    """Run a journey in a loop of its own; it fails when it takes more than `limit` seconds."""
    asyncio.run(asyncio.wait_for(journey(), limit))


async def until(claim: Callable[[], object], limit: float = 5.0) -> None:
    """Let everything else run until `claim` holds; raises TimeoutError after `limit` seconds."""
    async with asyncio.timeout(limit):
        while not claim():
            await asyncio.sleep(0.001)


@asynccontextmanager
async def scope_without_crash() -> AsyncIterator[TaskScope]:
    """Give a scope; the test fails when one of its tasks did."""
    crashes: list[BaseException] = []
    async with TaskScope(crashes.append) as scope:
        yield scope
    assert crashes == []


async def turns(count: int = 5) -> None:
    """Let the loop go round a few times: everything that waits for nothing is done then."""
    for _ in range(count):
        await asyncio.sleep(0)
