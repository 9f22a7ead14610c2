"""What the decoders of all dialects share: reading JSON, the end marks, whole JSON answers."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import replace

from headwater.domain.events import AnswerEvent
from headwater.domain.failure import Failure, empty_answer, unfinished_answer
from headwater.domain.provider import Provider
from headwater.protocol import refusal
from headwater.protocol.dialect import WireRequest
from headwater.protocol.json_reading import JsonObject, read_json, read_object
from headwater.protocol.ledger import Ledger
from headwater.protocol.sse import SseDecoder, SseEvent

_DONE = "[DONE]"
_FIELD = re.compile(r"(?:data|event|id|retry|error)?:")


class EventDecoder(ABC):
    """One response on its way to answer events; a dialect says what its objects mean.

    An answer is complete only if the server said so: by a finish reason, an exact `[DONE]` or a
    terminal event. That alone does not close it, since usage, sources and even text may follow;
    `[DONE]` and the end of the body do.
    """

    def __init__(self, provider: Provider) -> None:
        self._provider = provider
        self._ledger = Ledger()
        self._end: str | None = None
        self._skipped = 0

    @property
    def is_closed(self) -> bool:
        """Whether a closing event was handed out; nothing after it changes the text."""
        return self._ledger.is_closed

    @property
    def has_ended(self) -> bool:
        """Whether the server said that it is done; usage may follow, a long wait is pointless."""
        return self._end is not None or self._ledger.is_closed

    @property
    def skipped(self) -> int:
        """How many events could not be read; what they held is nowhere kept."""
        return self._skipped

    def decode(self, event: SseEvent) -> Sequence[AnswerEvent]:
        """Return what the wire event means; unknown and malformed ones mean nothing."""
        if self._ledger.is_closed:
            return ()
        if event.data == _DONE:
            self._end = self._end or ""
            self._close()
            return self._ledger.take()
        json_object = self._parsed(event.data)
        if json_object is not None:
            try:
                self._read(json_object, event.event)
            except RecursionError:  # comparing may go deeper than parsing did
                self._skipped += 1
        elif event.event == "error" and event.data.strip():
            value = read_json(event.data)
            self._fail(value if isinstance(value, str) else event.data)
        elif event.is_terminated and event.data.strip():
            self._skipped += 1
        return self._ledger.take()

    def decode_json(self, body: bytes) -> Sequence[AnswerEvent]:
        """Return what a whole JSON answer means, the end included.

        Blank lines in front, one JSON object per line, an event stream under a wrong name, a web
        page and plain text are told apart here.
        """
        if self._ledger.is_closed:
            return ()
        text = body.decode("utf-8-sig", "replace").strip()
        if text.startswith("<"):
            self._ledger.fail(refusal.failure_from_page())
            return self._ledger.take()
        if _FIELD.match(text):
            return self._decode_stream(body)
        value = read_json(text)
        if isinstance(value, list) and value:
            value = value[0]
        if isinstance(value, dict):
            self._read_whole(value)
            if self._ledger.is_blank and self._end is None:
                self._ledger.fail(refusal.failure_from_text(text))
        elif text:
            self._read_lines(text)
        self._close()
        return self._ledger.take()

    def finish(self) -> Sequence[AnswerEvent]:
        """Return what the end of the body means; always closes an answer still open."""
        self._close()
        return self._ledger.take()

    def resume(self) -> WireRequest | None:
        """Return the request that goes on where a broken stream stopped, if the API has one."""
        return None

    def poll(self) -> WireRequest | None:
        """Return the request for a run as it stands, if the API has one."""
        return None

    def _parsed(self, data: str) -> JsonObject | None:
        return read_object(data)

    @abstractmethod
    def _read(self, json_object: JsonObject, name: str) -> None:
        """Tell the ledger what one event says; `name` is its SSE event name."""

    @abstractmethod
    def _read_whole(self, json_object: JsonObject) -> None:
        """Tell the ledger what a whole answer in one object says, or that it is an error."""

    @abstractmethod
    def _settle(self) -> None:
        """Tell the ledger the last that is known before the answer closes."""

    def _fail(self, error: object) -> None:
        self._settle()
        self._ledger.fail(refusal.failure_from_error_object(error, self._provider))

    def _close(self) -> None:
        if self._ledger.is_closed:
            return
        self._settle()
        if self._end is not None:
            self._ledger.complete(self._end)
        elif self._ledger.is_blank:
            self._ledger.fail(self._nothing_came())
        else:
            self._ledger.fail(unfinished_answer())

    def _nothing_came(self) -> Failure:
        if self._skipped:
            detail = "What the server sent could not be read."
        else:
            detail = "The server closed the connection without sending a word."
        return replace(empty_answer(), detail=detail)

    def _decode_stream(self, body: bytes) -> Sequence[AnswerEvent]:
        stream = SseDecoder(limit=len(body) + 1)
        happened: list[AnswerEvent] = []
        for event in (*stream.feed(body), *stream.finish()):
            happened.extend(self.decode(event))
        happened.extend(self.finish())
        return happened

    def _read_lines(self, text: str) -> None:
        """Read one object per line (Ollama's own API); anything else is not an answer."""
        objects = [read_object(line) for line in text.split("\n") if line.strip()]
        if objects[0] is None:
            # A cut JSON answer is a broken connection; its text is lost with its end.
            is_cut = text.startswith("{")
            self._ledger.fail(unfinished_answer() if is_cut else refusal.failure_from_text(text))
            return
        for json_object in objects:
            if json_object is None:
                self._skipped += 1
            elif not self._ledger.is_closed:
                self._read(json_object, "message")
