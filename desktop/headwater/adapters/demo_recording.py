"""Recorded answers of the demo, written out as the wire events of either API."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, count
from pathlib import Path

MODEL = "recorded"

_CREATED = 1_790_374_575  # a fixed time: a recording says the same every time it is played
# As models write: a word or two other characters at a time, so that `.[1]` comes in three pieces.
_PIECE = re.compile(r"\s*[A-Za-z0-9]{1,10}|\s*[^\sA-Za-z0-9]{1,2}|\s+")
_CODE_OR_MARK = re.compile(r"(```.*?```|`[^`\n]*`)|\[(\d+)\]", re.DOTALL)


@dataclass(frozen=True, slots=True)
class RecordedSource:
    """A page as the search returned it; ids are given by the recording and may have gaps."""

    id: int
    url: str
    title: str
    snippet: str
    published: str = ""
    updated: str = ""


@dataclass(frozen=True, slots=True)
class RecordedSearch:
    """What was searched for and what came of it."""

    query: str
    sources: tuple[RecordedSource, ...]


@dataclass(frozen=True, slots=True)
class Recording:
    """One recorded answer: `text` is Markdown with marks such as [1]; nothing of it was billed."""

    name: str
    question: str
    keywords: tuple[str, ...]
    searches: tuple[RecordedSearch, ...]
    text: str
    follow_ups: tuple[str, ...]
    input_tokens: int
    cached_tokens: int

    @property
    def sources(self) -> tuple[RecordedSource, ...]:
        """All pages, in the order of the searches."""
        return tuple(source for search in self.searches for source in search.sources)

    @property
    def pieces(self) -> tuple[str, ...]:
        """The text in the pieces it is streamed in."""
        return pieces_of(self.text)


@dataclass(frozen=True, slots=True)
class WirePiece:
    """Bytes to send, after `characters` worth of writing and `searches` worth of searching."""

    data: bytes
    characters: int = 0
    searches: float = 0.0


def read_recordings(folder: Path) -> tuple[Recording, ...]:
    """Return the recordings in `folder`, one JSON file each, in the order of their names.

    Raises:
        OSError: a file cannot be read.
        ValueError: a file is not a recording.
    """
    return tuple(_read(path) for path in sorted(folder.glob("*.json")))


def recording_for(question: str, recordings: Sequence[Recording]) -> Recording:
    """Return the recording that `question` is closest to; the last one answers all others.

    The question as recorded wins, then the number of keywords in it.
    """
    asked = question.casefold().strip()
    for recording in recordings:
        if recording.question.casefold() == asked:
            return recording
    best = max(recordings, key=lambda recording: _score(recording, asked))
    return best if _score(best, asked) else recordings[-1]


def pieces_of(text: str) -> tuple[str, ...]:
    """Return `text` in pieces as a model would send it; joined they are the text."""
    return tuple(_PIECE.findall(text))


def agent_answer(recording: Recording, response_id: str) -> dict[str, object]:
    """Return the whole answer as `POST /v1/responses` gives it without streaming."""
    return _agent_response(recording, response_id, is_complete=True)


def agent_stream(recording: Recording, response_id: str) -> Iterator[WirePiece]:
    """Yield the events of `POST /v1/responses`: named, LF line ends, rising sequence numbers."""
    numbers = count()

    def event(kind: str, fields: Mapping[str, object]) -> bytes:
        payload = {**fields, "sequence_number": next(numbers), "type": kind}
        return f"event: {kind}\ndata: {_json(payload)}\n\n".encode()

    opened = {"response": _agent_response(recording, response_id, is_complete=False)}
    yield WirePiece(event("response.created", opened) + event("response.in_progress", opened))
    for index, search in enumerate(recording.searches):
        call = f"call_{index + 1}"
        yield WirePiece(
            event(
                "response.output_item.added",
                {"item": _search_call(search, call, index), "output_index": index},
            )
            + event(
                "response.reasoning.search_queries",
                {"call_id": call, "queries": [search.query], "thought": "Searching the web..."},
            ),
            searches=0.25,
        )
        results = [_agent_source(source) for source in search.sources]
        yield WirePiece(
            event(
                "response.reasoning.search_results",
                {
                    "call_id": call,
                    "results": results,
                    "thought": f"Found {len(results)} results",
                },
            )
            + event(
                "response.output_item.done",
                {"item": _search_item(search), "output_index": index},
            ),
            searches=1.0,
        )
    index = len(recording.searches)
    place = {"content_index": 0, "item_id": "msg_1", "output_index": index}
    message = {
        "content": None,
        "id": "msg_1",
        "role": "assistant",
        "status": "completed",
        "type": "message",
    }
    yield WirePiece(
        event("response.output_item.added", {"item": message, "output_index": index}),
        searches=0.25,
    )
    for piece in recording.pieces:
        yield WirePiece(event("response.output_text.delta", {**place, "delta": piece}), len(piece))
    yield WirePiece(
        event("response.output_text.done", {**place, "text": recording.text})
        + event(
            "response.output_item.done",
            {"item": _message_item(recording.text), "output_index": index},
        )
        + event(
            "response.completed",
            {"response": _agent_response(recording, response_id, is_complete=True)},
        )
    )


def chat_answer(recording: Recording, response_id: str) -> dict[str, object]:
    """Return the whole answer as `POST /chat/completions` gives it without streaming."""
    text = _with_positions(recording)
    return {
        **_chat_envelope(recording, response_id, len(recording.pieces)),
        "object": "chat.completion",
        "related_questions": list(recording.follow_ups),
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": text},
                "finish_reason": "stop",
            }
        ],
    }


def chat_stream(recording: Recording, response_id: str) -> Iterator[WirePiece]:
    """Yield the chunks of `POST /chat/completions` in full mode: CRLF, everything every time."""

    def chunk(kind: str, tokens: int, delta: str, so_far: str, **more: object) -> bytes:
        choice = {
            "index": 0,
            "message": {"role": "assistant", "content": so_far},
            "delta": {"role": "assistant", "content": delta},
            **({"finish_reason": "stop"} if more else {}),
        }
        payload = {
            **_chat_envelope(recording, response_id, tokens),
            "object": kind,
            **more,
            "choices": [choice],
        }
        return f"data: {_json(payload)}\r\n\r\n".encode()

    text = _with_positions(recording)
    pieces = pieces_of(text)
    yield WirePiece(b": ping\r\n\r\n")
    for number, (piece, so_far) in enumerate(zip(pieces, accumulate(pieces), strict=True), 1):
        pause = len(recording.searches) + 0.5 if number == 1 else 0.0
        yield WirePiece(chunk("chat.completion.chunk", number, piece, so_far), len(piece), pause)
    related = list(recording.follow_ups)
    yield WirePiece(chunk("chat.completion.done", len(pieces), "", text, related_questions=related))


def model_list() -> dict[str, object]:
    """Return the answer to `GET /v1/models`."""
    model = {"id": MODEL, "object": "model", "created": 0, "owned_by": "headwater"}
    return {"object": "list", "data": [model]}


def _read(path: Path) -> Recording:
    written = json.loads(path.read_text(encoding="utf-8"))
    try:
        return Recording(
            name=path.stem,
            question=written["question"],
            keywords=tuple(written["keywords"]),
            searches=tuple(
                RecordedSearch(
                    search["query"],
                    tuple(RecordedSource(**source) for source in search["sources"]),
                )
                for search in written["searches"]
            ),
            text="\n".join(written["text"]),
            follow_ups=tuple(written["follow_ups"]),
            input_tokens=written["input_tokens"],
            cached_tokens=written["cached_tokens"],
        )
    except (KeyError, TypeError) as error:
        raise ValueError(f"{path.name} is not a recording") from error


def _score(recording: Recording, asked: str) -> int:
    return sum(_mentions(asked, keyword.casefold()) for keyword in recording.keywords)


def _mentions(asked: str, keyword: str) -> bool:
    """Whether the keyword stands there as a word; other scripts put no space between words."""
    if not keyword.isascii():
        return keyword in asked
    return re.search(rf"(?<![a-z0-9]){re.escape(keyword)}s?(?![a-z0-9])", asked) is not None


def _with_positions(recording: Recording) -> str:
    """Return the text with marks that count the citations from 1, as this API has no ids."""
    positions = {source.id: place for place, source in enumerate(recording.sources, 1)}

    def renumbered(found: re.Match[str]) -> str:
        code, mark = found.groups()
        return code or f"[{positions.get(int(mark), int(mark))}]"

    return _CODE_OR_MARK.sub(renumbered, recording.text)


def _json(payload: Mapping[str, object]) -> str:
    return json.dumps(payload, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _without_empty(fields: Iterable[tuple[str, str]]) -> dict[str, str]:
    return {name: value for name, value in fields if value}


def _agent_source(source: RecordedSource) -> dict[str, object]:
    dates = _without_empty((("date", source.published), ("last_updated", source.updated)))
    return {
        "id": source.id,
        "title": source.title,
        "url": source.url,
        "snippet": source.snippet,
        "source": "web",
        **dates,
    }


def _search_call(search: RecordedSearch, call: str, index: int) -> dict[str, object]:
    return {
        "arguments": _json({"queries": [search.query]}),
        "call_id": call,
        "id": f"fc_{index + 1}",
        "name": "search_web",
        "status": "completed",
        "type": "function_call",
    }


def _search_item(search: RecordedSearch) -> dict[str, object]:
    results = [_agent_source(source) for source in search.sources]
    return {"queries": [search.query], "results": results, "type": "search_results"}


def _message_item(text: str) -> dict[str, object]:
    return {
        "content": [{"annotations": [], "text": text, "type": "output_text"}],
        "id": "msg_1",
        "role": "assistant",
        "status": "completed",
        "type": "message",
    }


def _agent_response(
    recording: Recording, response_id: str, *, is_complete: bool
) -> dict[str, object]:
    output = [*map(_search_item, recording.searches), _message_item(recording.text)]
    return {
        "background": False,
        "completed_at": _CREATED + 6 if is_complete else None,
        "created_at": _CREATED,
        "error": None,
        "id": f"resp_{response_id}",
        "incomplete_details": None,
        "model": MODEL,
        "object": "response",
        "output": output if is_complete else [],
        "status": "completed" if is_complete else "in_progress",
        "store": False,
        "usage": _agent_usage(recording) if is_complete else None,
    }


def _agent_usage(recording: Recording) -> dict[str, object]:
    output = len(recording.pieces)
    searches = len(recording.searches)
    return {
        "input_tokens": recording.input_tokens,
        "input_tokens_details": {
            "cache_creation_input_tokens": 0,
            "cache_read_input_tokens": recording.cached_tokens,
            "cached_tokens": recording.cached_tokens,
        },
        "output_tokens": output,
        "output_tokens_details": {"reasoning_tokens": 0},
        "total_tokens": recording.input_tokens + output,
        "tool_calls_details": {"search_web": {"invocation": searches, "cost_usd": 0}},
        "cost": {"currency": "USD", "input_cost": 0, "output_cost": 0, "total_cost": 0},
    }


def _chat_envelope(recording: Recording, response_id: str, tokens: int) -> dict[str, object]:
    results = [
        {
            "title": source.title,
            "url": source.url,
            "snippet": source.snippet,
            "source": "web",
            **_without_empty((("date", source.published), ("last_updated", source.updated))),
        }
        for source in recording.sources
    ]
    return {
        "id": response_id,
        "model": MODEL,
        "created": _CREATED,
        "citations": [source.url for source in recording.sources],
        "search_results": results,
        "usage": {
            "prompt_tokens": recording.input_tokens,
            "completion_tokens": tokens,
            "total_tokens": recording.input_tokens + tokens,
            "search_context_size": "low",
            "num_search_queries": len(recording.searches),
            "cost": {"input_tokens_cost": 0, "output_tokens_cost": 0, "total_cost": 0},
        },
    }
