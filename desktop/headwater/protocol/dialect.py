"""What every API dialect does: build a request, turn wire events into answer events."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from headwater.domain.attachment import Attachment
from headwater.domain.events import AnswerEvent
from headwater.domain.options import AnswerOptions
from headwater.domain.provider import Provider
from headwater.domain.source import Picture, Source
from headwater.protocol.sse import SseEvent


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of the history; `role` is user or assistant, and only users attach something."""

    role: str
    text: str
    attachments: tuple[Attachment, ...] = ()


@dataclass(frozen=True, slots=True)
class RunPlace:
    """A background run that goes on at its server, and what of it was read up to `number`."""

    response_id: str
    number: int
    text: str = ""
    has_reasoning: bool = False
    sources: tuple[Source, ...] = ()
    pictures: tuple[Picture, ...] = ()


@dataclass(frozen=True, slots=True)
class AnswerRequest:
    """A question with its history, oldest first; the last message is the user's question.

    With `place` nothing is asked anew: the answer is read on from there.
    """

    provider: Provider
    model: str
    messages: tuple[Message, ...]
    options: AnswerOptions = field(default_factory=AnswerOptions)
    place: RunPlace | None = None


@dataclass(frozen=True, slots=True)
class WireRequest:
    """An HTTP request without the key: `body` is JSON to be, None for a GET."""

    method: str
    url: str
    body: Mapping[str, object] | None
    headers: Mapping[str, str] = field(default_factory=dict)


class Decoder(Protocol):
    """Turns one response into events; holds what one answer needs and is used once."""

    def decode(self, event: SseEvent) -> Sequence[AnswerEvent]:
        """Return what the wire event means; unknown and malformed ones mean nothing."""
        ...

    def decode_json(self, body: bytes) -> Sequence[AnswerEvent]:
        """Return what a whole JSON answer means, the end included."""
        ...

    def finish(self) -> Sequence[AnswerEvent]:
        """Return what the end of the body means; always closes an answer still open."""
        ...

    @property
    def is_closed(self) -> bool:
        """Whether a closing event was handed out; nothing after it changes the text."""
        ...

    @property
    def has_ended(self) -> bool:
        """Whether the server said that it is done; usage may follow, a long wait is pointless."""
        ...

    def resume(self) -> WireRequest | None:
        """Return the request that goes on where a broken stream stopped, if the API has one."""
        ...

    def poll(self) -> WireRequest | None:
        """Return the request for a run as it stands, without a stream, if the API has one.

        Its JSON goes to `decode_json`, which closes the answer only if the run has ended.
        """
        ...


class Dialect(Protocol):
    """One way to speak to a server."""

    def request(self, request: AnswerRequest) -> WireRequest:
        """Return the HTTP request; it holds only fields that this dialect knows.

        Raises:
            BadAddressError: the provider has no usable address.
            ValueError: an attachment cannot be sent this way (`problem_sending` says so before).
        """
        ...

    def decoder(self, request: AnswerRequest) -> Decoder:
        """Return a fresh decoder for the response to `request`."""
        ...

    def cancellation(self, provider: Provider, response_id: str) -> WireRequest | None:
        """Return the request that ends a background run at the server, if the API has one."""
        ...
