"""Chat completions: Sonar in full and concise mode, and every OpenAI-compatible server."""

from __future__ import annotations

from headwater.domain.options import AnswerOptions
from headwater.domain.provider import Provider
from headwater.protocol.dialect import AnswerRequest, Message, WireRequest
from headwater.protocol.endpoint import endpoint, host_of
from headwater.protocol.event_decoder import EventDecoder
from headwater.protocol.json_reading import (
    JsonObject,
    list_at,
    object_at,
    objects_at,
    raw_text_at,
    text_at,
    texts_at,
)
from headwater.protocol.repeated_value import RepeatedValueReader
from headwater.protocol.search_words import searching_for
from headwater.protocol.think_tag import SplitText, ThinkTagSplitter, split_thinking
from headwater.protocol.wire_attachment import (
    base64_text,
    beside_text,
    data_uri,
    no_way_to_send,
    says_something,
    text_with_files,
)
from headwater.protocol.wire_date import wire_date
from headwater.protocol.wire_source import numbered_sources, pictures_from
from headwater.protocol.wire_usage import usage_from

_PERPLEXITY_HOST = "api.perplexity.ai"
_OPENAI_HOST = "api.openai.com"
_EFFORTS = {"fast": "minimal", "low": "low", "medium": "medium", "high": "high", "xhigh": "high"}


_REPEATED = ("citations", "search_results", "images", "related_questions")


class ChatCompletionsDialect:
    """Speaks `POST {base}/chat/completions`."""

    def request(self, request: AnswerRequest) -> WireRequest:
        """Return the HTTP request; Perplexity's search fields go only to servers that take them."""
        provider, options = request.provider, request.options
        body: dict[str, object] = {
            "model": request.model,
            "messages": _messages(request.messages, options.instructions),
            "stream": options.stream,
        }
        if not request.model:
            del body["model"]
        if options.max_tokens is not None:
            is_openai = host_of(provider.base_url) == _OPENAI_HOST
            body["max_completion_tokens" if is_openai else "max_tokens"] = options.max_tokens
        if options.temperature is not None:
            body["temperature"] = options.temperature
        if options.top_p is not None:
            body["top_p"] = options.top_p
        if options.effort in _EFFORTS:
            body["reasoning_effort"] = _EFFORTS[options.effort]
        if provider.takes_search_options:
            body.update(_search_fields(options))
        elif options.stream:
            body["stream_options"] = {"include_usage": True}
        accept = "text/event-stream" if options.stream else "application/json"
        return WireRequest(
            "POST",
            _endpoint(provider.base_url),
            body,
            {"Accept": accept, "Content-Type": "application/json"},
        )

    def decoder(self, request: AnswerRequest) -> ChatCompletionsDecoder:
        """Return a fresh decoder for the response to `request`."""
        return ChatCompletionsDecoder(request.provider)

    def cancellation(self, provider: Provider, response_id: str) -> WireRequest | None:
        """Return None: an answer ends with its connection."""
        return None


def _endpoint(base_url: str) -> str:
    base, mark, query = base_url.partition("?")
    if host_of(base) == _PERPLEXITY_HOST:
        # On the /v1 base the path answers 404.
        base = base.rstrip("/").removesuffix("/v1")
    return endpoint(f"{base}{mark}{query}", "/chat/completions")


def _messages(history: tuple[Message, ...], instructions: str) -> list[dict[str, object]]:
    """Return the history with user and assistant in strict alternation, the user first.

    Sonar answers anything else with 400 (perplexityai/api-discussion #265): neighbours of one role
    become one message, empty ones and answers without a question are left out.
    """
    merged: list[Message] = []
    for message in history:
        if not says_something(message):
            continue
        if merged and merged[-1].role == message.role:
            merged[-1] = _joined(merged[-1], message)
        elif merged or message.role == "user":
            merged.append(_joined(Message(message.role, ""), message))
    wire: list[dict[str, object]] = [
        {"role": message.role, "content": _parts(message)} for message in merged
    ]
    if instructions:
        wire.insert(0, {"role": "system", "content": instructions})
    return wire


def _joined(first: Message, second: Message) -> Message:
    """Return both as one message, with the attached texts of the second in its text."""
    texts = [text for text in (first.text, text_with_files(second)) if text.strip()]
    beside = (*first.attachments, *beside_text(second))
    return Message(first.role, "\n\n".join(texts), beside)


def _parts(message: Message) -> str | list[dict[str, object]]:
    """Return the content: plain text, or a list of parts where something is attached."""
    if not message.attachments:
        return message.text
    parts: list[dict[str, object]] = []
    if message.text:
        parts.append({"type": "text", "text": message.text})
    for attachment in message.attachments:
        if attachment.is_image:
            parts.append({"type": "image_url", "image_url": {"url": data_uri(attachment)}})
        elif attachment.is_pdf:
            # Sonar's own part; it took base64 without a `data:` prefix.
            file_url = {"url": base64_text(attachment)}
            parts.append({"type": "file_url", "file_url": file_url, "file_name": attachment.name})
        else:
            raise no_way_to_send(attachment)
    return parts


def _search_fields(options: AnswerOptions) -> dict[str, object]:
    search = options.search
    if not search.enabled:
        return {"disable_search": True}
    fields: dict[str, object] = {
        "search_mode": search.mode,
        "search_domain_filter": list(search.domains),
        "search_recency_filter": search.recency,
        "search_after_date_filter": wire_date(search.after_date),
        "search_before_date_filter": wire_date(search.before_date),
        "web_search_options": (
            {"search_context_size": search.context_size} if search.context_size else {}
        ),
        "return_related_questions": True,
        "return_images": True,
    }
    return {name: value for name, value in fields.items() if value}


class ChatCompletionsDecoder(EventDecoder):
    """Reads chunks; text comes from deltas, the whole message only repairs them."""

    def __init__(self, provider: Provider) -> None:
        super().__init__(provider)
        self._reader = RepeatedValueReader(_REPEATED)
        self._splitter = ThinkTagSplitter()
        self._length = 0
        self._raw_id: object = None
        self._raw_model: object = None
        self._raw_usage: object = None
        self._raw_citations: object = None
        self._raw_results: object = None
        self._raw_images: object = None
        self._annotations: list[object] = []
        self._has_steps = False

    def _parsed(self, data: str) -> JsonObject | None:
        return self._reader.read(data)

    def _read(self, json_object: JsonObject, name: str) -> None:
        error = _error_in(json_object, name)
        if error is not None:
            if self._end is None:
                self._fail(error)
            return
        self._read_facts(json_object)
        if "message" in json_object and "done" in json_object:
            self._read_ollama(json_object)
            return
        for choice in objects_at(json_object, "choices"):
            if choice.get("index") is None or choice.get("index") == 0:
                self._read_choice(choice, text_at(json_object, "object"))
                break
        if json_object.get("object") == "chat.completion.done" and self._end is None:
            self._end = ""

    def _read_whole(self, json_object: JsonObject) -> None:
        self._read(json_object, "message")
        if self._ledger.is_closed or "done" in json_object:
            return
        if objects_at(json_object, "choices"):
            # The closing brace is an end mark of its own.
            self._end = self._end or ""
        elif text_at(json_object, "message", "detail") or list_at(json_object, "detail"):
            self._fail(json_object)

    def _read_facts(self, chunk: JsonObject) -> None:
        """Read what full mode repeats in every chunk; equal lists are not looked at twice."""
        raw_id, raw_model = chunk.get("id"), chunk.get("model")
        if raw_id != self._raw_id or raw_model != self._raw_model:
            self._raw_id, self._raw_model = raw_id, raw_model
            self._ledger.open(text_at(chunk, "model"), text_at(chunk, "id"))
        usage = chunk.get("usage")
        if usage and usage != self._raw_usage:
            self._raw_usage = usage
            self._ledger.set_usage(usage_from(object_at(chunk, "usage")))
        citations, results = chunk.get("citations"), chunk.get("search_results")
        if (citations and citations != self._raw_citations) or (
            results and results != self._raw_results
        ):
            self._raw_citations = citations or self._raw_citations
            self._raw_results = results or self._raw_results
            self._say_sources()
        images = chunk.get("images")
        if images and images != self._raw_images:
            self._raw_images = images
            self._ledger.set_pictures(pictures_from(list_at(chunk, "images")))
        if chunk.get("related_questions"):
            self._ledger.set_follow_ups(texts_at(chunk, "related_questions"))

    def _say_sources(self) -> None:
        citations = self._raw_citations if isinstance(self._raw_citations, list) else []
        results = self._raw_results if isinstance(self._raw_results, list) else []
        self._ledger.set_sources(numbered_sources(citations, results or self._annotations))

    def _read_choice(self, choice: JsonObject, object_name: str) -> None:
        delta = choice.get("delta")
        message = object_at(choice, "message")
        if isinstance(delta, dict):
            self._read_delta(delta)
        finish_reason = text_at(choice, "finish_reason")
        content = _content(message)
        is_last = bool(finish_reason) or object_name == "chat.completion.done"
        if message and (is_last or not isinstance(delta, dict)):
            self._read_message(message, content, is_last=is_last)
        if finish_reason == "error":
            self._fail(choice.get("error") or "The server reported an error.")
        elif finish_reason:
            self._end = finish_reason

    def _read_delta(self, delta: JsonObject) -> None:
        # Some servers send the same thought under both names.
        reasoning = raw_text_at(delta, "reasoning_content", "reasoning")
        if reasoning:
            self._ledger.add_reasoning(reasoning)
        steps = delta.get("reasoning_steps")
        if isinstance(steps, list):
            self._read_steps(steps)
        content = _content(delta)
        if content:
            self._add_text(content)
        annotations = delta.get("annotations")
        if isinstance(annotations, list) and annotations:
            self._annotations.extend(annotations)
            self._say_sources()

    def _read_message(self, message: JsonObject, content: str, *, is_last: bool) -> None:
        """Take from a whole message what the deltas did not bring."""
        if not self._ledger.has_reasoning:
            self._ledger.add_reasoning(raw_text_at(message, "reasoning_content", "reasoning"))
        if not self._has_steps:
            self._read_steps(list_at(message, "reasoning_steps"))
        annotations = list_at(message, "annotations")
        if annotations and not self._annotations:
            self._annotations.extend(annotations)
            self._say_sources()
        if not is_last:
            # No deltas at all: the message grows from chunk to chunk.
            self._add_text(content[self._length :])
        elif content:
            self._tell(self._splitter.finish())
            thought, answer = split_thinking(content)
            if not self._ledger.has_reasoning:
                self._ledger.add_reasoning(thought)
            self._ledger.settle_text(answer)

    def _read_steps(self, steps: list[object]) -> None:
        for step in steps:
            if not isinstance(step, dict):
                continue
            self._has_steps = True
            queries = texts_at(object_at(step, "web_search"), "search_keywords")
            if queries:
                self._ledger.add_search(queries, searching_for(queries))
            self._ledger.add_thought(text_at(step, "thought"))

    def _read_ollama(self, line: JsonObject) -> None:
        message = object_at(line, "message")
        self._ledger.add_reasoning(raw_text_at(message, "thinking"))
        self._add_text(raw_text_at(message, "content"))
        if line.get("done") is True:
            self._end = text_at(line, "done_reason") or "stop"

    def _add_text(self, content: str) -> None:
        if content:
            self._length += len(content)
            self._tell(self._splitter.feed(content))

    def _tell(self, split: SplitText) -> None:
        if split.is_turned:
            self._ledger.turn_to_reasoning(split.thought)
        elif split.thought:
            self._ledger.add_reasoning(split.thought)
        if split.answer:
            self._ledger.add_text(split.answer)

    def _settle(self) -> None:
        self._tell(self._splitter.finish())


def _content(message: JsonObject) -> str:
    """Return the text of a delta or message: a string, a list of parts, or a refusal."""
    content = message.get("content")
    if isinstance(content, str):
        return content or raw_text_at(message, "refusal")
    if isinstance(content, list):
        return "".join(raw_text_at(part, "text") for part in content if isinstance(part, dict))
    return raw_text_at(message, "refusal")


def _error_in(chunk: JsonObject, name: str) -> object:
    """Return the error that a chunk carries in any of its known shapes, or None.

    `{"error": ...}` (OpenRouter, LM Studio), `{"object": "error", "message"}` (vLLM), an event
    named error, `{"type": "error"}`, and an HTTP status beside a message.
    """
    error = chunk.get("error")
    if isinstance(error, dict | str) and error:
        return chunk
    if name == "error" or chunk.get("object") == "error" or chunk.get("type") == "error":
        return chunk
    if "choices" not in chunk and isinstance(chunk.get("message"), str):
        for key in ("code", "status", "status_code"):
            value = chunk.get(key)
            if isinstance(value, int) and 400 <= value < 600:
                return chunk
    return None
