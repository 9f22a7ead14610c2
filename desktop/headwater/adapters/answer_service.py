"""Asks a server and reports what comes: one attempt, from the request to the closing event.

What can go wrong on the way ends in a `Broke` event with the text kept, never in an exception:
limits in time (to the first word, and idle; both count content, not bytes), in size (one event,
one answer), pages that are no answers, streams that break. Retries are decided elsewhere; only a
stream that the server itself can go on with is taken up again here.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import (
    AsyncGenerator,
    AsyncIterator,
    Callable,
    Iterable,
    Iterator,
    Sequence,
)
from contextlib import aclosing, asynccontextmanager, suppress
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
from headwater.adapters.sleep_watch import sleep_noticed, time_with_sleep
from headwater.domain.address import BadAddressError
from headwater.domain.api_key import ApiKey
from headwater.domain.events import (
    AnswerEvent,
    Broke,
    Closing,
    Completed,
    Interrupted,
    Numbered,
    Opened,
    ReasoningArrived,
    Rejoined,
    SearchStarted,
    SourcesFound,
    TextArrived,
    TextSettled,
    TimeTaken,
    UsageCounted,
    WasStopped,
    coalesce,
)
from headwater.domain.failure import (
    LONGEST_AUTOMATIC_WAIT,
    Failure,
    FailureKind,
    empty_answer,
    run_forgotten,
    slept_through,
    unfinished_answer,
)
from headwater.domain.provider import DialectName, Provider
from headwater.domain.source import Source
from headwater.protocol.dialect import AnswerRequest, Decoder, WireRequest
from headwater.protocol.dialects import dialect_named
from headwater.protocol.refusal import failure_from_page
from headwater.protocol.sse import EventTooLargeError, SseDecoder

if TYPE_CHECKING:
    import httpx

_BUSY_FOR = 0.004  # seconds; then the event loop, and with it the window, gets its turn
_JOINED_FOR = 0.001  # seconds of decoding whose pieces of text become one
_RAW_LENGTH = 2000
_BOM = b"\xef\xbb\xbf"
_CANCELLATION_TIME = 10.0
_NO_CURSOR = frozenset({FailureKind.REFUSED, FailureKind.NOT_FOUND})
_EVENT_FIELDS = (b"data", b"event", b"id", b"retry", b"error", b":")


@dataclass(frozen=True, slots=True)
class Limits:
    """Sizes of one event in bytes and of one answer in characters, times in seconds.

    `whole_answer` is the least time that an answer without streaming may take; `afterword` is how
    long usage and sources are waited for once the server said that it is done; `resumes` is how
    often in a row a broken stream is taken up again without anything new having come, which with
    the backoff is about two minutes: a network that changes needs some seconds, a laptop that
    wakes up more. A background run may take `longest_run`, whatever it says meanwhile.
    """

    event_size: int = 8 * 1024 * 1024
    answer_length: int = 4_000_000
    whole_answer: float = 600.0
    afterword: float = 5.0
    resumes: int = 12
    resume_backoff: float = 0.5
    longest_backoff: float = 8.0
    poll_every: float = 5.0
    poll_patience: float = 30.0
    longest_run: float = 2 * 3600.0


class HttpAnswerService:
    """Answers over HTTP, in every dialect."""

    def __init__(
        self,
        user_agent: str = "Headwater",
        limits: Limits | None = None,
        clients: HttpClients | None = None,
        clock: Callable[[], float] = time_with_sleep,
    ) -> None:
        """Take the `User-Agent`, the limits, and a maker of clients if it is to be shared.

        `clock` counts seconds also while the computer sleeps.
        """
        self._clock = clock
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
        with sleep_noticed(answer.note_sleep, self._clock):
            while wire is not None:
                response = self._response(wire, answer)
                async with aclosing(response):
                    async for happened in response:
                        since = loop.time()
                        yield happened
                        # The reader's time is not the server's.
                        answer.deadline += loop.time() - since
                if answer.is_closed:
                    return
                wire, pause = answer.resumption()
                if wire is not None and pause:
                    yield answer.interruption(pause)
                    await asyncio.sleep(pause)
        yield answer.ending()

    async def end_run(self, provider: Provider, response_id: str, key: ApiKey | None) -> None:
        """End a background run at the server, which would go on and be paid for."""
        wire = dialect_named(provider.dialect).cancellation(provider, response_id)
        if wire is None:
            return
        deadline = asyncio.get_running_loop().time() + _CANCELLATION_TIME
        with suppress(TimeoutError, *network_errors()):
            headers = dict(wire.headers) | headers_for(provider, wire.url, key)
            async with self.clients.exchange(wire.method, wire.url, headers, None, deadline):
                pass

    def preload(self) -> None:
        """Load what the first question would otherwise wait for; may run in any thread."""
        self.clients.preload()
        for name in DialectName:
            dialect_named(name)

    async def models(self, provider: Provider, key: ApiKey | None) -> tuple[str, ...] | Failure:
        """Return the model ids that the server lists, or why it does not."""
        return await list_models(self.clients, provider, key)

    async def _response(
        self, wire: WireRequest, answer: _Answer
    ) -> AsyncGenerator[tuple[AnswerEvent, ...]]:
        """Yield what one response brings; where it does not close the answer, `answer` says why."""
        provider = answer.request.provider
        has_begun = False
        answer.begin_response(wire)
        try:
            headers = dict(wire.headers) | headers_for(provider, wire.url, answer.key)
            async with self.clients.exchange(
                wire.method, wire.url, headers, _body(wire), answer.deadline
            ) as response:
                has_begun = True
                refusal = await refusal_of(response, wire.url, provider)
                if refusal is not None:
                    answer.note_refusal(refusal, wire)
                    return
                if answer.is_interrupted:
                    answer.is_interrupted = False
                    yield (Rejoined(),)
                async with aclosing(self._batches(response, answer)) as batches:
                    async for happened in batches:
                        yield happened
        except TimeoutError:
            answer.time_out()
        except network_errors() as error:
            failure = request_failure(error, provider, wire.url, has_begun=has_begun)
            answer.break_off(failure, is_final=not (has_begun or failure.retryable))

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
                async with answer.within_patience():
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
            if piece is None:
                answer.note_end_of_body()
            elif not answer.is_closed:
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
        self.is_interrupted = False
        self._timer: asyncio.Timeout | None = None
        self._begun = self._loop.time()
        self._has_timed_out = False
        self._has_slept = False
        self._is_ending = False
        self._is_final = False
        self._is_polling = False
        self._is_under_way = False
        self._is_stream_refused = False
        self._asked_for: float | None = None
        self._cause: Failure | None = None
        self._resumes = 0
        self._start = b""
        self._sources: tuple[Source, ...] = ()
        self._lengths: dict[type[AnswerEvent], int] = {}

    def begin_response(self, wire: WireRequest) -> None:
        """Set the deadline for the first content of a response."""
        self._is_polling = wire.method == "GET" and "stream=true" not in wire.url
        patience = self._limits.poll_patience if self._is_polling else self._patience
        self.deadline = self._loop.time() + patience
        self._has_slept = self._is_under_way = False

    def note_end_of_body(self) -> None:
        """Note that a run which was asked for itself has not ended and is going on."""
        if self._is_polling and not self.is_closed:
            self._is_under_way = True
            self._has_timed_out = False
            self._cause = None
            self._resumes = 0

    @asynccontextmanager
    async def within_patience(self) -> AsyncIterator[None]:
        """Give the server until the deadline, which a sleep of the computer moves.

        Raises:
            TimeoutError: the deadline passed.
        """
        async with asyncio.timeout_at(self.deadline) as timer:
            self._timer = timer
            try:
                yield
            finally:
                self._timer = None

    def note_sleep(self) -> None:
        """Take a run up again at once, and count no silence of a computer that slept."""
        now = self._loop.time()
        self._has_slept = self.decoder.poll() is not None
        self.deadline = now if self._has_slept else now + self._patience
        if self._timer is not None:
            self._timer.reschedule(self.deadline)

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
                case Opened() | Numbered():
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
        """Note that no content came in time.

        A second time in a row is the end, unless the server can be asked how its run stands.
        """
        if self._has_slept:
            self._has_slept = False
            self.break_off(slept_through())
            return
        self.break_off(
            Failure(
                FailureKind.TIMED_OUT,
                "The answer stopped coming." if self._has_content else "No answer came in time.",
                f"{self.request.provider.name} was silent for {_duration(self._patience)}.",
            ),
            is_final=self._is_polling or (self._has_timed_out and self.decoder.poll() is None),
        )
        self._has_timed_out = True

    def note_refusal(self, failure: Failure, wire: WireRequest) -> None:
        """Note that a request was refused: the first one for good, a later one as it may pass."""
        if wire.method == "POST":
            self.break_off(failure, is_final=True)
        elif failure.retryable:
            self.break_off(failure)
            self._asked_for = failure.retry_after
        elif failure.kind in _NO_CURSOR and not self._is_polling:
            self._is_stream_refused = True
            self.break_off(failure)
        else:
            if self.request.place is not None and failure.kind in _NO_CURSOR:
                self._cause = run_forgotten() if not self._has_content else self._cause
            self.break_off(failure, is_final=True)

    def resumption(self) -> tuple[WireRequest | None, float]:
        """Return the request that goes on with a broken answer, if any, and seconds to wait.

        A stream is read on where it broke. The run itself is asked for instead where the server
        does not know the place any more, and every other time where reading on brought nothing;
        as long as the server says that the run goes on, it is waited for.
        """
        if self._is_under_way:
            return self._again(self._limits.poll_every if self._is_stream_refused else 0.0)
        if self._is_final or self._resumes >= self._limits.resumes:
            return None, 0.0
        pause = self._limits.resume_backoff * 2.0 ** (self._resumes - 1) if self._resumes else 0.0
        pause = min(pause, self._limits.longest_backoff)
        if self._asked_for is not None:
            if self._asked_for > LONGEST_AUTOMATIC_WAIT:
                return None, 0.0
            pause, self._asked_for = max(pause, self._asked_for), None
        self._resumes += 1
        return self._again(pause, brought_nothing=self._resumes % 2 == 0)

    def _again(
        self, pause: float, *, brought_nothing: bool = False
    ) -> tuple[WireRequest | None, float]:
        if self._loop.time() - self._begun > self._limits.longest_run:
            return None, 0.0
        is_of_no_use = self._is_stream_refused or brought_nothing
        wire = None if is_of_no_use else self.decoder.resume()
        wire = wire or self.decoder.poll()
        return wire, pause if wire else 0.0

    def interruption(self, pause: float) -> tuple[AnswerEvent, ...]:
        """Return what is said while the server is not asked for some seconds."""
        if self._cause is None:
            return (SearchStarted(doing="waiting for the server to finish"),)
        self.is_interrupted = True
        return (Interrupted(self._cause, self._loop.time() + pause),)

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
        """Yield what the events of a millisecond mean: in a flood each has only some letters."""
        try:
            events = self._sse.feed(piece)
        except EventTooLargeError as error:
            events = error.events
            self._is_too_large = True
        happened: list[AnswerEvent] = []
        since = time.perf_counter()
        for event in events:
            happened += self._decoder.decode(event)
            if (now := time.perf_counter()) - since >= _JOINED_FOR:
                yield coalesce(happened)
                happened, since = [], now
        yield coalesce(happened)


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
