"""Asks a server and reports what comes: one attempt, from the request to the closing event.

What can go wrong on the way ends in a `Broke` event with the text kept, never in an exception:
limits in time (to the first word, and idle; both count content, not bytes), in size (one event,
one answer), pages that are no answers, streams that break. Retries are decided elsewhere; only a
stream that the server itself can go on with is taken up again here.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Iterator, Sequence
from contextlib import aclosing, suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from headwater.adapters.http import HttpClients, headers_for
from headwater.adapters.http_failure import (
    masked,
    media_type,
    network_errors,
    refusal_of,
    request_failure,
)
from headwater.adapters.model_list import list_models
from headwater.adapters.not_sent import no_address
from headwater.domain.address import BadAddressError
from headwater.domain.api_key import ApiKey
from headwater.domain.events import (
    AnswerEvent,
    Broke,
    Closing,
    Completed,
    Opened,
    ReasoningArrived,
    SearchStarted,
    SourcesFound,
    TextArrived,
    TextSettled,
    TimeTaken,
    UsageCounted,
    WasStopped,
)
from headwater.domain.failure import (
    Failure,
    FailureKind,
    empty_answer,
    unfinished_answer,
)
from headwater.domain.provider import Provider
from headwater.domain.source import Source
from headwater.protocol.dialect import AnswerRequest, Decoder, WireRequest
from headwater.protocol.dialects import dialect_named
from headwater.protocol.refusal import failure_from_page
from headwater.protocol.sse import EventTooLargeError, SseDecoder

if TYPE_CHECKING:
    import httpx

_BUSY_FOR = 0.008  # seconds; then the event loop, and with it the window, gets its turn
_RAW_LENGTH = 2000
_BOM = b"\xef\xbb\xbf"
_EVENT_FIELDS = (b"data", b"event", b"id", b"retry", b"error", b":")


@dataclass(frozen=True, slots=True)
class Limits:
    """Sizes of one event in bytes and of one answer in characters, times in seconds.

    `whole_answer` is the least time that an answer without streaming may take; `afterword` is how
    long usage and sources are waited for once the server said that it is done; `resumes` is how
    often in a row a broken stream is taken up again without anything new having come.
    """

    event_size: int = 8 * 1024 * 1024
    answer_length: int = 4_000_000
    whole_answer: float = 600.0
    afterword: float = 5.0
    resumes: int = 5
    resume_backoff: float = 0.5


class HttpAnswerService:
    """Answers over HTTP, in every dialect."""

    def __init__(
        self,
        user_agent: str = "Headwater",
        limits: Limits | None = None,
        clients: HttpClients | None = None,
    ) -> None:
        """Take the `User-Agent`, the limits, and a maker of clients if it is to be shared."""
        self.clients = clients or HttpClients(user_agent)
        self._limits = limits or Limits()

    async def stream(
        self, request: AnswerRequest, key: ApiKey | None
    ) -> AsyncGenerator[tuple[AnswerEvent, ...]]:
        """Yield batches of events, never empty; the last event of the last batch closes the answer.

        Makes one attempt. Closing the generator, or cancelling its consumer, closes the connection.
        """
        loop = asyncio.get_running_loop()
        dialect = dialect_named(request.provider.dialect)
        answer = _Answer(request, key, dialect.decoder(request), self._limits)
        try:
            wire: WireRequest | None = dialect.request(request)
        except BadAddressError as error:
            yield (Broke(no_address(str(error))),)
            return
        while wire is not None:
            response = self._response(wire, answer)
            async with aclosing(response):
                async for happened in response:
                    since = loop.time()
                    yield happened
                    answer.deadline += loop.time() - since  # the reader's time is not the server's
            if answer.is_closed:
                return
            wire, pause = answer.resumption()
            await asyncio.sleep(pause)
        yield answer.ending()

    def preload(self) -> None:
        """Load what the first question would otherwise wait for; may run in any thread."""
        self.clients.preload()

    async def models(self, provider: Provider, key: ApiKey | None) -> tuple[str, ...] | Failure:
        """Return the model ids that the server lists, or why it does not."""
        return await list_models(self.clients, provider, key)

    async def _response(
        self, wire: WireRequest, answer: _Answer
    ) -> AsyncGenerator[tuple[AnswerEvent, ...]]:
        """Yield what one response brings; where it does not close the answer, `answer` says why."""
        provider = answer.request.provider
        has_begun = False
        answer.restart_clock()
        try:
            headers = dict(wire.headers) | headers_for(provider, wire.url, answer.key)
            async with self.clients.exchange(
                wire.method, wire.url, headers, _body(wire), answer.deadline
            ) as response:
                has_begun = True
                refusal = await refusal_of(response, wire.url, provider)
                if refusal is not None:
                    answer.break_off(refusal, is_final=True)
                    return
                async with aclosing(self._batches(response, answer)) as batches:
                    async for happened in batches:
                        yield happened
        except TimeoutError:
            answer.time_out()
        except network_errors() as error:
            answer.break_off(request_failure(error, provider, wire.url, has_begun=has_begun))

    async def _batches(
        self, response: httpx.Response, answer: _Answer
    ) -> AsyncGenerator[tuple[AnswerEvent, ...]]:
        """Yield the events of each read, and let others run every few milliseconds."""
        loop = asyncio.get_running_loop()
        body = _Body(answer.decoder, media_type(response.headers), self._limits.event_size)
        answer.body = body
        pieces = response.aiter_raw()
        try:
            busy_since = loop.time()
            piece: bytes | None = b""
            while piece is not None and not answer.is_closed and loop.time() < answer.deadline:
                async with asyncio.timeout_at(answer.deadline):
                    piece = await anext(pieces, None)
                answer.note_start(piece or b"")
                batch: list[AnswerEvent] = []
                for happened in body.finish() if piece is None else body.feed(piece):
                    batch += answer.admit(happened)
                    if loop.time() - busy_since >= _BUSY_FOR:
                        if batch:
                            yield tuple(batch)
                            batch = []
                        await asyncio.sleep(0)
                        busy_since = loop.time()
                if answer.closing is not None:
                    batch.append(answer.closing)
                    answer.is_closed = True
                answer.note_end()
                if batch:
                    yield tuple(batch)
                failure = body.failure
                if failure is not None:
                    answer.break_off(failure, is_final=True)
                    return
            if piece is not None and not answer.is_closed:
                answer.time_out()
        finally:
            await _unwind(pieces)


async def _unwind(pieces: AsyncIterator[bytes]) -> None:
    """End the reading of a body that has not come to its end.

    httpcore reads through generators that await when they are closed. Left at a yield they would
    be closed by the garbage collector, outside their task; an exception inside a read, here that
    of a time limit already over, ends them in order.
    """
    with suppress(TimeoutError, *network_errors()):
        async with asyncio.timeout(0):
            while await anext(pieces, None) is not None:
                pass


class _Answer:
    """The running answer: its limits, its deadline, and how it ended."""

    def __init__(
        self, request: AnswerRequest, key: ApiKey | None, decoder: Decoder, limits: Limits
    ) -> None:
        self.request = request
        self.key = key
        self.decoder = decoder
        self.body: _Body | None = None
        self.deadline = 0.0
        self.closing: Closing | None = None
        self.is_closed = False
        self._limits = limits
        self._loop = asyncio.get_running_loop()
        self._has_content = False
        self._has_timed_out = False
        self._is_ending = False
        self._is_final = False
        self._cause: Failure | None = None
        self._resumes = 0
        self._start = b""
        self._sources: tuple[Source, ...] = ()
        self._lengths: dict[type[AnswerEvent], int] = {}

    def restart_clock(self) -> None:
        """Set the deadline for the first content of a response."""
        self.deadline = self._loop.time() + self._patience

    def admit(self, happened: Iterable[AnswerEvent]) -> Iterator[AnswerEvent]:
        """Yield what may be handed on; the closing event is kept back in `closing`."""
        for event in happened:
            match event:
                case Completed() | WasStopped():
                    self.closing = self.closing or event
                case Broke(failure):
                    self.closing = self.closing or Broke(self._seen_from_here(failure))
                case UsageCounted() | TimeTaken():
                    yield event
                case SourcesFound(sources) if sources == self._sources:
                    continue  # full mode lists them in every chunk
                case _ if self.closing is not None and not isinstance(event, SourcesFound):
                    continue
                case Opened():
                    yield event
                case _:
                    if isinstance(event, SourcesFound):
                        self._sources = event.sources
                    self._note_life()
                    yield from self._within_length(event)

    def note_end(self) -> None:
        """Wait less long from the moment that the server says it is done."""
        if self.decoder.has_ended and not self._is_ending:
            self._is_ending = True
            self.deadline = min(self.deadline, self._loop.time() + self._patience)

    def break_off(self, failure: Failure, *, is_final: bool = False) -> None:
        """Note why the response ended; the first cause since the last content is the one told."""
        self._cause = self._cause or failure
        self._is_final = self._is_final or is_final

    def time_out(self) -> None:
        """Note that no content came in time; a second time in a row is the end."""
        self.break_off(
            Failure(
                FailureKind.TIMED_OUT,
                "The answer stopped coming." if self._has_content else "No answer came in time.",
                f"{self.request.provider.name} was silent for {_duration(self._patience)}.",
            ),
            is_final=self._has_timed_out,
        )
        self._has_timed_out = True

    def resumption(self) -> tuple[WireRequest | None, float]:
        """Return the request that goes on with a broken stream, if any, and seconds to wait."""
        if self._is_final or self._resumes >= self._limits.resumes:
            return None, 0.0
        wire = self.decoder.resume()
        pause = self._limits.resume_backoff * 2.0 ** (self._resumes - 1) if self._resumes else 0.0
        self._resumes += 1
        return wire, pause if wire else 0.0

    def ending(self) -> tuple[AnswerEvent, ...]:
        """Return what was not handed out yet and the closing event, which is the decoder's or ours.

        A last event without its blank line counts: the one that says "done" may be cut there.
        """
        batch: list[AnswerEvent] = []
        for happened in self.body.unfinished() if self.body else ():
            batch += self.admit(happened)
        cause = None if self.decoder.has_ended else self._cause
        if not self.decoder.is_closed:
            batch += self.admit(self.decoder.finish())
        own = self.closing
        if not isinstance(own, Completed):
            failure = own.failure if isinstance(own, Broke) else unfinished_answer()
            if not self._has_content:
                failure = self._nothing_came(failure)
            own = Broke(self._seen_from_here(cause or failure))
        self.is_closed = True
        return (*batch, own)

    def _nothing_came(self, failure: Failure) -> Failure:
        """Return the failure of an answer without a word, with what came in its place."""
        if failure.kind is FailureKind.STREAM_BROKEN:
            failure = empty_answer()
        return replace(failure, raw=failure.raw or self._start.decode("utf-8", "replace"))

    def note_start(self, piece: bytes) -> None:
        """Keep the first bytes of a body that has no content so far, to show what came instead."""
        if not self._has_content and len(self._start) < _RAW_LENGTH:
            self._start += piece[: _RAW_LENGTH - len(self._start)]

    @property
    def _patience(self) -> float:
        """Seconds that may pass without content from here on."""
        if self.decoder.has_ended:
            return min(self.request.provider.idle_limit, self._limits.afterword)
        if self._has_content:
            return self.request.provider.idle_limit
        first_word = self.request.provider.first_word_limit
        if self.request.options.stream:
            return first_word
        return max(first_word, self._limits.whole_answer)

    def _note_life(self) -> None:
        self._has_content = True
        self._has_timed_out = False
        self._cause = None
        self._resumes = 0
        self.deadline = self._loop.time() + self._patience

    def _within_length(self, event: AnswerEvent) -> Iterator[AnswerEvent]:
        """Yield the event, cut where the answer grows past its limit, which then ends it."""
        kind: type[AnswerEvent] = TextArrived if isinstance(event, TextSettled) else type(event)
        known = self._lengths.get(kind, 0)
        match event:
            case TextArrived(text) | ReasoningArrived(text):
                grown = known + len(text)
            case TextSettled(text):
                grown = len(text)
            case SourcesFound(sources):
                grown = sum(len(s.url) + len(s.title) + len(s.snippet) for s in sources)
            case SearchStarted(queries, _):
                grown = known + sum(map(len, queries))
            case _:
                grown = known
        excess = sum(self._lengths.values()) - known + grown - self._limits.answer_length
        self._lengths[kind] = grown
        if excess <= 0:
            yield event
            return
        if isinstance(event, TextArrived | ReasoningArrived | TextSettled):
            kept = event.text[: max(0, len(event.text) - excess)]
            if kept:
                yield replace(event, text=kept)
        self.closing = self.closing or Broke(_too_long())

    def _seen_from_here(self, failure: Failure) -> Failure:
        """Return the failure without the key, and not to be repeated once content was shown."""
        if self.key is not None:
            failure = masked(failure, self.key)
        return replace(failure, retryable=failure.retryable and not self._has_content)


class _Body:
    """One response body: an event stream, one JSON value or a web page, whatever its label says.

    The first byte that is not blank decides: servers mislabel all three (R28, R30).
    """

    def __init__(self, decoder: Decoder, media: str, limit: int) -> None:
        self._decoder = decoder
        self._media = media
        self._limit = limit
        self._sse = SseDecoder(limit)
        self._head = bytearray()
        self._kind = ""
        self._is_too_large = False

    def feed(self, piece: bytes) -> Iterator[Sequence[AnswerEvent]]:
        """Yield what each event means that `piece` completes."""
        if self._kind == "events":
            yield from self._decoded(piece)
            return
        self._head += piece
        if not self._kind:
            self._decide()
        if self._kind == "events":
            yield from self._decoded(bytes(self._head))
        elif self._kind == "json" and len(self._head) > self._limit:
            self._is_too_large = True

    def finish(self) -> Iterator[Sequence[AnswerEvent]]:
        """Yield what the end of the body means for events and JSON still open."""
        if self._kind == "json":
            yield self._decoder.decode_json(bytes(self._head))
        yield from self.unfinished()

    def unfinished(self) -> Iterator[Sequence[AnswerEvent]]:
        """Yield what a last event means whose blank line did not come."""
        for event in self._sse.finish():
            yield self._decoder.decode(event)

    @property
    def failure(self) -> Failure | None:
        """Return why this body is no answer, as far as it is known."""
        if self._is_too_large:
            return _too_large(self._limit)
        return failure_from_page() if self._kind == "page" else None

    def _decide(self) -> None:
        if _BOM.startswith(self._head):
            return
        self._head = bytearray(self._head.removeprefix(_BOM).lstrip())
        if not self._head:
            return
        if self._head.startswith((b"{", b"[")):
            self._kind = "json"
        elif self._head.startswith(b"<") or (
            self._media == "text/html" and not self._head.startswith(_EVENT_FIELDS)
        ):
            self._kind = "page"
        else:
            self._kind = "events"

    def _decoded(self, piece: bytes) -> Iterator[Sequence[AnswerEvent]]:
        try:
            events = self._sse.feed(piece)
        except EventTooLargeError as error:
            events = error.events
            self._is_too_large = True
        for event in events:
            yield self._decoder.decode(event)


def _too_large(limit: int) -> Failure:
    return Failure(
        FailureKind.INCOMPLETE,
        "The answer cannot be read further.",
        f"One piece of it is larger than {limit / 1024 / 1024:.3g} MB.",
    )


def _too_long() -> Failure:
    return Failure(
        FailureKind.INCOMPLETE,
        "The answer is longer than Headwater keeps.",
        "It was ended here.",
    )


def _duration(seconds: float) -> str:
    if seconds >= 120:
        return f"{seconds / 60:.0f} minutes"
    return f"{seconds:.3g} seconds"


def _body(wire: WireRequest) -> bytes | None:
    if wire.body is None:
        return None
    return json.dumps(wire.body, ensure_ascii=False).encode("utf-8", "replace")
