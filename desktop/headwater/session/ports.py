"""What the session needs from the outside, as small Protocols; `app` and `cli` plug adapters in."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Protocol

from headwater.domain.answer import Answer
from headwater.domain.api_key import ApiKey
from headwater.domain.conversation import Conversation, Turn
from headwater.domain.events import AnswerEvent
from headwater.domain.failure import Failure
from headwater.domain.network_request import Purpose
from headwater.domain.network_settings import ProxyLogin
from headwater.domain.provider import Provider
from headwater.protocol.dialect import AnswerRequest

if TYPE_CHECKING:  # the terminal needs neither
    from headwater.domain.release import ReleasePlace, Version
    from headwater.domain.shortcut import KeyCombination

KEPT_WHEN_DELETED = timedelta(days=30)


class ArchiveError(Exception):
    """Something could not be kept; the message says why in plain words."""


class AnswerService(Protocol):
    """Sends one request and reports what comes; expected trouble arrives as a Broke event."""

    def stream(
        self, request: AnswerRequest, key: ApiKey | None
    ) -> AsyncGenerator[tuple[AnswerEvent, ...]]:
        """Yield batches of events, the last of which closes the answer.

        Makes one attempt and no retry. Consume it under `contextlib.aclosing`: closing it, or
        cancelling the consumer, closes the connection.
        """
        ...

    async def models(self, provider: Provider, key: ApiKey | None) -> tuple[str, ...] | Failure:
        """Return the model ids that the server lists, or why it does not."""
        ...

    async def end_run(self, provider: Provider, response_id: str, key: ApiKey | None) -> None:
        """End a background run, which would go on and be paid for; trouble is not told."""
        ...


@dataclass(frozen=True, slots=True)
class ConversationSummary:
    """A line of the history; `state` is that of its last answer, `excerpt` the found passage.

    `deleted` is when it was deleted, None for what is in the list.
    """

    id: str
    title: str
    updated: datetime
    state: str
    answers: int = 0
    cost: float | None = None
    excerpt: str = ""
    deleted: datetime | None = None


class Archive(Protocol):
    """Keeps conversations; every call is done in order, off the event loop's thread.

    Every method may raise ArchiveError. The archive itself holds what could not be written and
    tries again, but for `append_text`, whose text the caller sends once more with the next piece.
    """

    async def save_conversation(self, conversation: Conversation) -> None:
        """Write the conversation's own line (title, leaf, times), not its turns."""
        ...

    async def add_turn(self, conversation_id: str, turn: Turn) -> None:
        """Write a new turn, with what is attached to it, before its request is sent."""
        ...

    async def append_text(self, turn_id: str, text: str, reasoning: str = "") -> None:
        """Write text that has arrived since the last `append_text` or `save_answer`."""
        ...

    async def save_answer(self, turn_id: str, answer: Answer) -> None:
        """Write the whole answer, on every change of state; replaces what was appended."""
        ...

    async def conversations(
        self, search: str = "", limit: int = 500
    ) -> Sequence[ConversationSummary]:
        """Return the newest conversations, or those that match `search`, best first."""
        ...

    async def conversation(self, conversation_id: str) -> Conversation | None:
        """Return the whole conversation, or None."""
        ...

    async def rename(self, conversation_id: str, title: str) -> None:
        """Give the conversation another title."""
        ...

    async def delete(self, conversation_id: str) -> None:
        """Take the conversation out of the list; it can be put back for 30 days."""
        ...


class HistoryArchive(Archive, Protocol):
    """What the whole history needs besides; every method may raise ArchiveError."""

    async def put_back(self, conversation_id: str) -> None:
        """Undo `delete`."""
        ...

    async def erase(self, conversation_ids: Iterable[str]) -> None:
        """Remove conversations for good, and their words from the disk."""
        ...

    async def deleted(self) -> Sequence[ConversationSummary]:
        """Return what was deleted and can be put back, the latest first."""
        ...


@dataclass(frozen=True, slots=True)
class BackupSummary:
    """A backup of the history: `size` in bytes, `conversations` None where it cannot be read."""

    name: str
    moment: datetime
    size: int
    conversations: int | None
    reason: str


class Backups(Protocol):
    """Copies of the history; every method may raise ArchiveError."""

    async def listed(self) -> Sequence[BackupSummary]:
        """Return them, the latest first."""
        ...

    async def is_due(self, now: datetime) -> bool:
        """Whether one should be made by itself."""
        ...

    async def make(self, may_go_on: Callable[[], bool] | None = None) -> object | None:
        """Make one; None when `may_go_on`, which another thread asks, said no meanwhile."""
        ...

    async def restore(self, backup: str) -> int:
        """Put the backup of that name in the place of the history; return how many are there."""
        ...


@dataclass(frozen=True, slots=True)
class KeychainState:
    """Where keys are kept: `name` of the keyring, or why keys last for this run only."""

    name: str
    is_persistent: bool
    problem: str = ""


@dataclass(frozen=True, slots=True)
class KeyProblem:
    """Why a keyring gave no key: sentences that say what helps.

    `may_pass` says that the keyring may hold one, so that it is worth asking again.
    """

    words: str
    may_pass: bool


@dataclass(frozen=True, slots=True)
class Access:
    """A provider that is ready to be asked, and its key if there is one, or why it is missing."""

    provider: Provider
    key: ApiKey | None = None
    problem: KeyProblem | None = None


class DemoService(Protocol):
    """The server inside the app that streams recorded answers."""

    async def start(self) -> str:
        """Start it unless it runs and return its base URL."""
        ...

    async def close(self) -> None:
        """Stop it at once."""
        ...


class Keychain(Protocol):
    """Holds one key per provider and origin; a locked keyring may take as long as its dialog."""

    def has_at_hand(self, provider: Provider) -> bool:
        """Whether `read` would return a key without asking the keyring."""
        ...

    async def read(self, provider: Provider) -> ApiKey | None:
        """Return the key for this provider at its present origin, or None."""
        ...

    @property
    def problem(self) -> KeyProblem | None:
        """Why the keyring could not tell the key last read; None where it could."""
        ...

    async def write(self, provider: Provider, key: ApiKey) -> KeychainState:
        """Keep the key; the state says whether it will outlive this run."""
        ...

    async def remove(self, provider: Provider) -> None:
        """Forget the key."""
        ...

    async def state(self) -> KeychainState:
        """Say where keys are kept."""
        ...


class LoginStore(Protocol):
    """Holds one login per proxy, by its address; a locked keyring takes as long as its dialog."""

    async def read_login(self, proxy_address: str) -> ProxyLogin | None:
        """Return the login for this proxy, or None."""
        ...

    async def write_login(self, proxy_address: str, login: ProxyLogin) -> KeychainState:
        """Keep the login; the state says whether it will outlive this run."""
        ...

    async def remove_login(self, proxy_address: str) -> None:
        """Forget the login."""
        ...


class RequestRecord(Protocol):
    """A request in the list of requests, until it has ended."""

    def left(self, sent: int) -> None:
        """Note that it is on its way to the server, with its size in bytes."""
        ...

    def answered(self, status: int, received: Callable[[], int]) -> None:
        """Note the status, and what tells how many bytes have come so far."""
        ...

    def ended(self, problem: str = "") -> None:
        """Note the end, and a sentence on what went wrong."""
        ...


class RequestRecorder(Protocol):
    """Hears of every request before it is sent."""

    def begin(self, host: str, purpose: Purpose, method: str, *, proxy: str = "") -> RequestRecord:
        """Note a request to `host` (and port), by way of `proxy` unless that is empty."""
        ...


class ReleaseCheck(Protocol):
    """Finds out what the newest release is."""

    async def newest(self, place: ReleasePlace) -> Version | Failure:
        """Return it, or why it cannot be told; sends nothing about the person."""
        ...


class ShortcutBackend(Protocol):
    """One way to hear a key from anywhere.

    Made with two callables: `changed`, which is told each new `ShortcutState`, and `pressed`,
    which is told each press with the activation token that came with it (Wayland; empty
    elsewhere). Both are called on the event loop's thread.
    """

    @property
    def name(self) -> str:
        """What it is called on the preferences page, for example `X11`."""
        ...

    @property
    def needs_consent(self) -> bool:
        """Whether `bind` may make the system ask the user in a dialog."""
        ...

    def bind(self, keys: KeyCombination) -> None:
        """Ask the system for `keys` in the place of what is bound; `changed` hears the outcome."""
        ...

    def release(self) -> None:
        """Let go of whatever is bound or asked for; nothing is called any more."""
        ...
