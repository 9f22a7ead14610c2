"""Perplexity's Agent API, `POST /v1/responses`, and servers of OpenAI's Responses API."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import quote

from headwater.domain.events import AnswerEvent
from headwater.domain.failure import Failure, FailureKind, Remedy
from headwater.domain.options import AnswerOptions
from headwater.domain.provider import Provider
from headwater.domain.source import Picture, Source, merge_sources
from headwater.protocol.dialect import AnswerRequest, Message, RunPlace, WireRequest
from headwater.protocol.endpoint import endpoint
from headwater.protocol.event_decoder import EventDecoder
from headwater.protocol.json_reading import (
    JsonObject,
    count_at,
    list_at,
    object_at,
    objects_at,
    raw_text_at,
    read_object,
    text_at,
    texts_at,
)
from headwater.protocol.search_words import reading_pages, reading_sources, searching_for
from headwater.protocol.wire_attachment import (
    beside_text,
    data_uri,
    no_way_to_send,
    says_something,
    text_with_files,
)
from headwater.protocol.wire_date import wire_date
from headwater.protocol.wire_source import pictures_from, source_from, wire_id
from headwater.protocol.wire_usage import usage_from

_EFFORTS = ("fast", "low", "medium", "high", "xhigh")
_DEFAULT_EFFORT = "low"
_UNDER_WAY = ("queued", "in_progress")
_ANTHROPIC_TOKENS = 8192  # the API refuses anthropic/* models without a limit


class AgentDialect:
    """Speaks `POST {base}/responses`."""

    def request(self, request: AnswerRequest) -> WireRequest:
        """Return the HTTP request; an unknown field would be refused with 400."""
        if request.place is not None:
            return _reading_on(request.provider, request.place.response_id, request.place.number)
        provider, options = request.provider, request.options
        body: dict[str, object] = {"input": _input(request), "stream": options.stream}
        body.update(_model_fields(request))
        if options.instructions:
            body["instructions"] = options.instructions
        max_tokens = options.max_tokens
        if max_tokens is None and request.model.startswith("anthropic/"):
            max_tokens = _ANTHROPIC_TOKENS
        if max_tokens is not None:
            body["max_output_tokens"] = max_tokens
        if options.temperature is not None:
            body["temperature"] = options.temperature
        if options.top_p is not None:
            body["top_p"] = options.top_p
        if provider.takes_search_options:
            body.update(_search_fields(options, has_model="model" in body))
        if options.background and options.stream:
            body["background"] = True
            body["store"] = True
        accept = "text/event-stream" if options.stream else "application/json"
        return WireRequest(
            "POST",
            _endpoint(provider.base_url),
            body,
            {"Accept": accept, "Content-Type": "application/json"},
        )

    def decoder(self, request: AnswerRequest) -> AgentDecoder:
        """Return a fresh decoder for the response to `request`."""
        is_resumable = request.options.background and request.options.stream
        return AgentDecoder(
            request.provider,
            is_resumable=is_resumable or request.place is not None,
            place=request.place,
        )

    def cancellation(self, provider: Provider, response_id: str) -> WireRequest | None:
        """Return the request that ends a background run; without it the run is paid for."""
        return WireRequest("POST", _run_url(provider, response_id, "/cancel"), None)


def _run_url(provider: Provider, response_id: str, action: str = "", query: str = "") -> str:
    """Return the address of one run; its id is the server's and stays one segment of the path."""
    base, _, own = _endpoint(provider.base_url).partition("?")
    base = f"{base.removesuffix('/agent').removesuffix('/responses')}/responses"
    query = "&".join(part for part in (own, query) if part)
    url = f"{base}/{quote(response_id, safe='')}{action}"
    return f"{url}?{query}" if query else url


def _reading_on(provider: Provider, response_id: str, number: int) -> WireRequest:
    query = f"stream=true&starting_after={number}"
    url = _run_url(provider, response_id, query=query)
    return WireRequest("GET", url, None, {"Accept": "text/event-stream"})


def _endpoint(base_url: str) -> str:
    return endpoint(base_url, "/responses", also=("/agent",), prefix="/v1")


def _input(request: AnswerRequest) -> object:
    """Return the question alone as text, or the history as message items.

    The content of an item is plain text where nothing is attached: Perplexity's schema knows no
    `output_text` parts in the input, OpenAI's no `input_text` parts of an assistant, and both know
    text.
    """
    messages = [message for message in request.messages if says_something(message)]
    contents = [_content(message) for message in messages]
    if len(messages) == 1 and messages[0].role == "user" and isinstance(contents[0], str):
        return contents[0]
    return [
        {"type": "message", "role": message.role, "content": content}
        for message, content in zip(messages, contents, strict=True)
    ]


def _content(message: Message) -> str | list[dict[str, str]]:
    text = text_with_files(message)
    beside = beside_text(message)
    if not beside:
        return text
    parts = [{"type": "input_text", "text": text}] if text.strip() else []
    for attachment in beside:
        if attachment.is_image:
            parts.append({"type": "input_image", "image_url": data_uri(attachment)})
        elif attachment.is_pdf:
            # A data URI, as clients of OpenAI's Responses API send it to the same path; no request
            # with a file has been seen.
            uri = data_uri(attachment)
            parts.append({"type": "input_file", "filename": attachment.name, "file_data": uri})
        else:
            raise no_way_to_send(attachment)
    return parts


def _model_fields(request: AnswerRequest) -> dict[str, object]:
    """Return the model, or an effort, which stands for model, prompt and tools at Perplexity."""
    model, effort = request.model, request.options.effort
    if request.provider.takes_search_options:
        if not model:
            return {"effort": effort or _DEFAULT_EFFORT}
        if model.partition("@")[0] in _EFFORTS:
            return {"effort": model}
    fields: dict[str, object] = {"model": model} if model else {}
    if effort:
        fields["reasoning"] = {"effort": "minimal" if effort == "fast" else effort}
    return fields


def _search_fields(options: AnswerOptions, *, has_model: bool) -> dict[str, object]:
    """Return the search tool where it is needed: a bare model does not search without it.

    Academic and SEC modes do not exist here.
    """
    search = options.search
    if not search.enabled:
        # An effort brings its own search tool.
        return {} if has_model else {"tool_choice": "none"}
    wanted: dict[str, object] = {
        "search_domain_filter": list(search.domains),
        "search_recency_filter": search.recency,
        "search_after_date_filter": wire_date(search.after_date),
        "search_before_date_filter": wire_date(search.before_date),
    }
    filters = {name: value for name, value in wanted.items() if value}
    tool: dict[str, object] = {"type": "web_search"}
    if filters:
        tool["filters"] = filters
    if search.context_size:
        tool["search_context_size"] = search.context_size
    return {"tools": [tool]} if has_model or len(tool) > 1 else {}


class _Part:
    """The text of one content part: what came in pieces, and what the server said it is."""

    __slots__ = ("final", "pieces")

    def __init__(self) -> None:
        self.pieces: list[str] = []
        self.final = ""

    @property
    def text(self) -> str:
        return self.final or "".join(self.pieces)


class _Run:
    """One response; a proxy may send several in one stream (openai-agents-python #2427)."""

    def __init__(self) -> None:
        self.id = ""
        self.is_complete = False
        self.parts: dict[tuple[int, int], _Part] = {}
        self.final = ""

    @property
    def has_text(self) -> bool:
        return bool(self.final) or any(part.pieces or part.final for part in self.parts.values())

    @property
    def text(self) -> str:
        """What the terminal event said, unless it is only the last of several messages."""
        parts = "".join(part.text for part in self.parts.values())
        return parts if not self.final or parts.endswith(self.final) else self.final


class AgentDecoder(EventDecoder):
    """Reads `response.*` events; deltas make the text, the whole texts after them repair it."""

    def __init__(
        self,
        provider: Provider,
        *,
        is_resumable: bool = False,
        place: RunPlace | None = None,
    ) -> None:
        super().__init__(provider)
        self._is_resumable = is_resumable
        self._response_id = ""
        self._sequence: int | None = None
        self._resumed_after = -1
        self._runs = [_Run()]
        self._must_settle = False
        self._sources: tuple[Source, ...] = ()
        self._pages: dict[str, str] = {}
        self._notes = 0
        self._pictures: list[Picture] = []
        self._read_before = ""
        if place is not None:
            self._begin_at(place)

    def _begin_at(self, place: RunPlace) -> None:
        """Take what another run of the program has read as read."""
        self._response_id = self._run.id = place.response_id
        self._sequence = self._resumed_after = place.number
        self._sources = place.sources
        ids = [(source.url, source.id) for source in place.sources]
        self._pages = {url: known for url, known in ids if known.startswith("web:")}
        self._notes = sum(known.startswith("note:") for _, known in ids)
        self._pictures = list(place.pictures)
        self._read_before = place.text
        self._ledger.open("", place.response_id)
        self._ledger.begin_with(
            place.text, place.sources, place.pictures, has_reasoning=place.has_reasoning
        )

    def resume(self) -> WireRequest | None:
        """Return the request that goes on after the last event, for background runs only.

        Events that the server sends again are ignored then. Feed the new body to this decoder
        through a fresh SseDecoder.
        """
        if not self._is_resumable or self.has_ended:
            return None
        if not self._response_id or self._sequence is None:
            return None
        self._resumed_after = self._sequence
        return _reading_on(self._provider, self._response_id, self._sequence)

    def poll(self) -> WireRequest | None:
        """Return the request for a background run as it stands; its whole text repairs ours."""
        if not self._is_resumable or self.has_ended or not self._response_id:
            return None
        url = _run_url(self._provider, self._response_id)
        return WireRequest("GET", url, None, {"Accept": "application/json"})

    def decode_json(self, body: bytes) -> Sequence[AnswerEvent]:
        """Return what a whole JSON answer means; a background run under way is no end of it."""
        if self._is_resumable and not self._ledger.is_closed:
            value = read_object(body.decode("utf-8-sig", "replace").strip())
            if value and text_at(value, "status") in _UNDER_WAY and not value.get("error"):
                self._open(value)
                return self._ledger.take()
        return super().decode_json(body)

    def _read(self, json_object: JsonObject, name: str) -> None:
        kind = text_at(json_object, "type") or name
        if self._was_read(count_at(json_object, "sequence_number")):
            return
        match kind.removeprefix("response."):
            case "output_text.delta" | "refusal.delta":
                self._add_text(json_object, raw_text_at(json_object, "delta"))
            case "output_text.done":
                self._settle_part(json_object, text_at(json_object, "text"))
            case "refusal.done":
                self._settle_part(json_object, text_at(json_object, "refusal"))
            case "content_part.done":
                self._read_content(json_object, object_at(json_object, "part"))
            case "output_item.added" | "output_item.done" as step:
                item = object_at(json_object, "item")
                # An item that is only begun is of use where it says what is searched for.
                if step.endswith("done") or item.get("type") == "web_search_call":
                    self._read_item(item, count_at(json_object, "output_index"))
            case "output_text.annotation.added":
                self._add_notes([object_at(json_object, "annotation")])
            case "created" | "in_progress" | "queued":
                self._open(object_at(json_object, "response"))
            case "completed" | "done":
                self._read_end(object_at(json_object, "response"), "completed")
            case "failed" | "incomplete" | "cancelled" as status:
                response = object_at(json_object, "response")
                self._read_end(response, status, json_object.get("error"))
            case "error":
                self._fail(json_object)
            case other if other.startswith(("reasoning", "web_search_call")):
                self._read_reasoning(other, json_object)
            case _:
                error = json_object.get("error")
                if isinstance(error, dict | str) and error:
                    self._fail(json_object)

    def _was_read(self, number: int | None) -> bool:
        """Whether an event was sent again; else note its number."""
        if number is None:
            return False
        if number <= self._resumed_after:
            return True
        self._sequence = number
        if self._is_resumable:
            self._ledger.note_number(number)
        return False

    def _read_whole(self, json_object: JsonObject) -> None:
        status = text_at(json_object, "status")
        if "output" in json_object or status:
            self._open(json_object)
            self._read_end(json_object, status or "completed")
            if self._run.is_complete:
                self._end = "stop"  # nothing can follow a whole body, not even after a call
        elif any(json_object.get(key) for key in ("error", "detail", "message", "errors")):
            self._fail(json_object)
        else:
            self._read(json_object, "message")

    # Text

    @property
    def _run(self) -> _Run:
        return self._runs[-1]

    def _part(self, place: JsonObject) -> _Part:
        key = (count_at(place, "output_index") or 0, count_at(place, "content_index") or 0)
        if key not in self._run.parts:
            part = self._run.parts[key] = _Part()
            if self._read_before:
                part.pieces.append(self._read_before)
                self._read_before = ""
        return self._run.parts[key]

    def _add_text(self, place: JsonObject, delta: str) -> None:
        if not delta:
            return
        if self._run.is_complete:
            # Text after the end belongs to a further run that has yet to end.
            self._begin_run("")
        self._part(place).pieces.append(delta)
        self._ledger.add_text(delta)

    def _settle_part(self, place: JsonObject, whole: str) -> None:
        """Note the whole text of a part, and hand it out at once if none of it had come."""
        if not whole or self._run.is_complete:
            return
        part = self._part(place)
        if not part.pieces and not part.final:
            part.pieces.append(whole)
            self._ledger.add_text(whole)
        part.final = whole
        self._must_settle = True

    def _settle(self) -> None:
        if self._must_settle:
            self._ledger.settle_text("".join(run.text for run in self._runs))

    def _begin_run(self, run_id: str) -> None:
        self._runs.append(_Run())
        self._run.id = run_id
        self._end = None

    # Items and the end

    def _open(self, response: JsonObject) -> None:
        run_id = text_at(response, "id")
        if self._run.is_complete:
            self._begin_run(run_id)
        self._run.id = run_id or self._run.id
        self._response_id = run_id or self._response_id
        self._ledger.open(text_at(response, "model"), run_id)

    def _read_end(self, response: JsonObject, status: str, error: object = None) -> None:
        """Read a response that came to its end; a status in it is more exact than the event."""
        run_id = text_at(response, "id")
        if self._read_before:
            self._part({})
        if self._run.is_complete and run_id and run_id != self._run.id:
            self._begin_run(run_id)
        self._run.id = run_id or self._run.id
        self._ledger.open(text_at(response, "model"), run_id)
        self._ledger.set_usage(usage_from(object_at(response, "usage")))
        output = objects_at(response, "output")
        for position, item in enumerate(output):
            if item.get("type") != "message":
                self._read_item(item, position)
        whole = "".join(_message_text(item) for item in output if item.get("type") == "message")
        if whole:
            if not self._run.has_text:
                self._ledger.add_text(whole)
            self._run.final = whole
            self._must_settle = True
        for item in output:
            self._add_notes(_annotations(item))
        status = text_at(response, "status") or status
        error = response.get("error") or error
        match status:
            case "completed" if not error:
                self._run.is_complete = True
                if not output or output[-1].get("type") != "function_call":
                    # After an unanswered call a further run follows.
                    self._end = "stop"
            case "incomplete":
                self._stop(
                    _incomplete(text_at(object_at(response, "incomplete_details"), "reason"))
                )
            case "cancelled":
                self._stop(_cancelled())
            case status if status in _UNDER_WAY and not error:
                pass
            case _ if error:
                self._fail({"error": error})
            case _:
                self._stop(Failure(FailureKind.ANSWER_FAILED, "The answer failed."))

    def _stop(self, failure: Failure) -> None:
        self._settle()
        self._ledger.fail(failure)

    def _read_item(self, item: JsonObject, position: int | None) -> None:
        match item.get("type"):
            case "message":
                for index, content in enumerate(objects_at(item, "content")):
                    place = {"output_index": position, "content_index": index}
                    self._read_content(place, content)
            case "search_results" | "people_search_results":
                self._add_results(objects_at(item, "results"))
            case "web_search_call":
                self._add_call(object_at(item, "action"))
            case "fetch_url_results":
                self._add_pages(objects_at(item, "contents"))
            case "image_search_results":
                self._add_pictures(list_at(item, "results"))
            case "reasoning" if not self._ledger.has_reasoning:
                for entry in objects_at(item, "summary") or objects_at(item, "content"):
                    self._ledger.add_thought(text_at(entry, "text"))
            case _:
                pass

    def _read_content(self, place: JsonObject, content: JsonObject) -> None:
        self._settle_part(place, text_at(content, "text", "refusal"))
        self._add_notes(objects_at(content, "annotations"))

    # Search and reasoning

    def _read_reasoning(self, kind: str, event: JsonObject) -> None:
        match kind:
            case "reasoning_text.delta" | "reasoning_summary_text.delta":
                self._ledger.add_reasoning(raw_text_at(event, "delta"))
            case "reasoning_summary_part.added":
                if self._ledger.has_reasoning:
                    self._ledger.add_reasoning("\n\n")
            case "reasoning.started" | "reasoning.stopped":
                if kind == "reasoning.started":
                    self._ledger.add_search((), "thinking")
                self._ledger.add_thought(text_at(event, "thought"))
            case "reasoning.search_queries" | "reasoning.image_search_queries":
                queries = texts_at(event, "queries")
                self._ledger.add_search(queries, searching_for(queries))
            case "web_search_call.searching":
                self._ledger.add_search((), searching_for(()))
            case "reasoning.search_results":
                results = objects_at(event, "results")
                self._add_results(results)
                if results:
                    self._ledger.add_search((), reading_sources(len(results)))
            case "reasoning.fetch_url_queries":
                urls = texts_at(event, "urls")
                if urls:
                    self._ledger.add_search((), reading_pages(urls))
            case "reasoning.fetch_url_results":
                self._add_pages(objects_at(event, "contents"))
            case "reasoning.image_search_results":
                self._add_pictures(list_at(event, "results"))
            case _:
                pass
        self._ledger.set_usage(usage_from(object_at(event, "usage")))

    def _add_call(self, action: JsonObject) -> None:
        """Add a search as OpenAI's own servers report it: one query, or several."""
        queries = texts_at(action, "queries") or texts_at(
            {"queries": [action.get("query")]}, "queries"
        )
        if queries:
            self._ledger.add_search(queries, searching_for(queries))

    def _add_results(self, results: list[JsonObject]) -> None:
        """Add search results; their ids run on through all searches of a response."""
        found = [source_from(entry, wire_id(entry) or self._note_id()) for entry in results]
        self._add_sources([source for source in found if source is not None])

    def _add_pages(self, contents: list[JsonObject]) -> None:
        """Add fetched pages: they have no id, a mark `[web:0]` counts them."""
        found: list[Source] = []
        for entry in contents:
            url = text_at(entry, "url")
            if url:
                page_id = self._pages.setdefault(url, f"web:{len(self._pages)}")
                source = source_from(entry, page_id)
                if source is not None:
                    found.append(source)
        self._add_sources(found)

    def _add_notes(self, annotations: list[JsonObject]) -> None:
        """Add cited URLs that no search result has listed."""
        known = {source.url for source in self._sources} if annotations else set()
        found: list[Source] = []
        for entry in annotations:
            url = text_at(entry, "url")
            if url and url not in known:
                known.add(url)
                found.append(Source(self._note_id(), url, text_at(entry, "title")))
        self._add_sources(found)

    def _note_id(self) -> str:
        self._notes += 1
        return f"note:{self._notes}"

    def _add_sources(self, found: list[Source]) -> None:
        if found:
            self._sources = merge_sources((*self._sources, *found))
            self._ledger.set_sources(self._sources)

    def _add_pictures(self, results: list[object]) -> None:
        known = {picture.url for picture in self._pictures}
        self._pictures += [p for p in pictures_from(results) if p.url not in known]
        self._ledger.set_pictures(tuple(self._pictures))


def _message_text(item: JsonObject) -> str:
    return "".join(text_at(content, "text", "refusal") for content in objects_at(item, "content"))


def _annotations(item: JsonObject) -> list[JsonObject]:
    return [
        entry
        for content in objects_at(item, "content")
        for entry in objects_at(content, "annotations")
    ]


def _incomplete(reason: str) -> Failure:
    details = {
        "max_output_tokens": "The answer reached its length limit.",
        "content_filter": "The server's content filter stopped it.",
        "": "The server ended the answer before it was finished.",
    }
    return Failure(
        FailureKind.INCOMPLETE,
        "The answer is incomplete.",
        details.get(reason, f"The server gave this reason: {reason[:200]}"),
        Remedy.CHANGE_OPTIONS if reason == "max_output_tokens" else Remedy.RETRY,
    )


def _cancelled() -> Failure:
    return Failure(
        FailureKind.ANSWER_FAILED, "The answer was cancelled.", "The server ended the run."
    )
