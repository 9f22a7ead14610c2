"""Typed events: `text_chunk` and `done`, named in `event:` or in the data, and bare tokens."""

from __future__ import annotations

from headwater.domain.provider import Provider
from headwater.protocol.dialect import AnswerRequest, WireRequest
from headwater.protocol.event_decoder import EventDecoder
from headwater.protocol.json_reading import (
    JsonObject,
    list_at,
    object_at,
    raw_text_at,
    text_at,
    texts_at,
)
from headwater.protocol.search_words import searching_for
from headwater.protocol.wire_attachment import (
    beside_text,
    no_way_to_send,
    says_something,
    text_with_files,
)
from headwater.protocol.wire_source import numbered_sources, pictures_from
from headwater.protocol.wire_usage import usage_from

_PIECE = ("text", "token", "delta", "content", "chunk")
_WHOLE = ("answer", "text", "content", "full_text", "response", "output")
_ENDS = frozenset({"done", "end", "complete", "completed", "finish", "message_stop"})
_TEXTS = frozenset({"message", "text_chunk", "text", "token", "chunk", "delta", "content"})
_THOUGHTS = frozenset({"reasoning", "thinking", "thought"})
_SEARCHES = frozenset({"search", "searching", "search_queries"})
_ERRORS = frozenset({"error", "failed", "failure"})


class TypedEventsDialect:
    """Speaks `POST {base}` with the question as `query`."""

    def request(self, request: AnswerRequest) -> WireRequest:
        """Return the HTTP request; limits are sent only when they are set."""
        options = request.options
        for message in request.messages:
            for attachment in beside_text(message):
                raise no_way_to_send(attachment)
        messages = [
            {"role": message.role, "content": text_with_files(message)}
            for message in request.messages
            if says_something(message)
        ]
        if options.instructions:
            messages.insert(0, {"role": "system", "content": options.instructions})
        questions = [text_with_files(m) for m in request.messages if m.role == "user"]
        body: dict[str, object] = {
            "query": questions[-1] if questions else "",
            "messages": messages,
            "stream": options.stream,
        }
        wanted = {
            "model": request.model or None,
            "max_tokens": options.max_tokens,
            "temperature": options.temperature,
            "top_p": options.top_p,
        }
        body.update({name: value for name, value in wanted.items() if value is not None})
        accept = "text/event-stream" if options.stream else "application/json"
        return WireRequest(
            "POST",
            request.provider.base_url,
            body,
            {"Accept": accept, "Content-Type": "application/json"},
        )

    def decoder(self, request: AnswerRequest) -> TypedEventsDecoder:
        """Return a fresh decoder for the response to `request`."""
        return TypedEventsDecoder(request.provider)

    def cancellation(self, provider: Provider, response_id: str) -> WireRequest | None:
        """Return None: an answer ends with its connection."""
        return None


class TypedEventsDecoder(EventDecoder):
    """Reads pieces of text until an event says that the answer is done."""

    def __init__(self, provider: Provider) -> None:
        super().__init__(provider)
        self._citations: list[object] = []
        self._results: list[object] = []

    def _read(self, json_object: JsonObject, name: str) -> None:
        kind = (text_at(json_object, "type") or name).lower()
        error = json_object.get("error")
        if kind in _ERRORS or (isinstance(error, dict | str) and error):
            self._fail(json_object)
            return
        self._read_facts(json_object)
        if kind in _ENDS:
            self._read_end(json_object)
        elif kind in _THOUGHTS:
            self._ledger.add_reasoning(raw_text_at(json_object, *_PIECE, "reasoning", "thought"))
        elif kind in _SEARCHES:
            queries = texts_at(json_object, "queries")
            query = text_at(json_object, "query")
            queries = queries or ((query,) if query else ())
            self._ledger.add_search(queries, searching_for(queries))
        elif kind in _TEXTS:
            self._ledger.add_text(raw_text_at(json_object, *_PIECE))

    def _read_whole(self, json_object: JsonObject) -> None:
        error = json_object.get("error")
        if isinstance(error, dict | str) and error:
            self._fail(json_object)
        elif text_at(json_object, *_WHOLE):
            self._read_facts(json_object)
            self._read_end(json_object)
        elif text_at(json_object, "message", "detail") or list_at(json_object, "detail"):
            self._fail(json_object)

    def _settle(self) -> None:
        """Nothing is held back here."""

    def _read_facts(self, facts: JsonObject) -> None:
        self._ledger.open(text_at(facts, "model"), text_at(facts, "id", "response_id"))
        self._ledger.set_usage(usage_from(object_at(facts, "usage")))
        citations = list_at(facts, "citations")
        results = list_at(facts, "search_results") or list_at(facts, "sources")
        if citations or results:
            self._citations = citations or self._citations
            self._results = results or self._results
            self._ledger.set_sources(numbered_sources(self._citations, self._results))
        self._ledger.set_pictures(pictures_from(list_at(facts, "images")))
        self._ledger.set_follow_ups(texts_at(facts, "related_questions"))

    def _read_end(self, end: JsonObject) -> None:
        """Close at once: such servers may leave the connection open for a browser to close."""
        self._ledger.settle_text(text_at(end, *_WHOLE))
        self._end = text_at(end, "finish_reason") or "stop"
        self._close()
