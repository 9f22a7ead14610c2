"""Typed events (S1): named in the event line, in the data, or not at all."""

from __future__ import annotations

import json

import pytest

from headwater.domain.attachment import attachment_of
from headwater.domain.events import (
    AnswerEvent,
    Completed,
    ReasoningArrived,
    SearchStarted,
    TextArrived,
)
from headwater.domain.options import AnswerOptions
from headwater.domain.provider import CUSTOM, DialectName
from headwater.protocol.dialect import AnswerRequest, Message
from headwater.protocol.sse import SseEvent
from headwater.protocol.typed_events import TypedEventsDecoder, TypedEventsDialect
from tests.protocol.recording import answer_of

SERVER = CUSTOM.at("https://h.example/ask", DialectName.TYPED_EVENTS)
HISTORY = (Message("user", "Where?"), Message("assistant", "There."), Message("user", "When?"))


def asked(
    options: AnswerOptions, model: str = "", messages: tuple[Message, ...] = HISTORY
) -> dict[str, object]:
    body = TypedEventsDialect().request(AnswerRequest(SERVER, model, messages, options)).body
    assert body is not None
    return dict(body)


def decoder() -> TypedEventsDecoder:
    return TypedEventsDialect().decoder(AnswerRequest(SERVER, "", HISTORY))


def told(reading: TypedEventsDecoder, wire: object, event: str = "message") -> list[AnswerEvent]:
    return list(reading.decode(SseEvent(event, json.dumps(wire))))


def test_that_the_question_goes_out_with_its_history_and_nothing_unset() -> None:
    assert asked(AnswerOptions()) == {
        "query": "When?",
        "messages": [
            {"role": "user", "content": "Where?"},
            {"role": "assistant", "content": "There."},
            {"role": "user", "content": "When?"},
        ],
        "stream": True,
    }


def test_that_limits_and_model_go_out_when_set() -> None:
    options = AnswerOptions("Be brief.", 9, 0.0, 0.9, stream=False)
    body = asked(options, "m")
    assert set(body) == {
        "query",
        "messages",
        "stream",
        "model",
        "max_tokens",
        "temperature",
        "top_p",
    }
    assert body["temperature"] == 0.0
    messages = body["messages"]
    assert isinstance(messages, list)
    assert messages[0] == {"role": "system", "content": "Be brief."}


def test_that_attached_texts_are_part_of_the_question() -> None:
    notes = attachment_of("notes.txt", b"one")
    told_text = "Which?\n\nAttached file notes.txt:\n```\none\n```"
    body = asked(AnswerOptions(), messages=(*HISTORY[:2], Message("user", "Which?", (notes,))))
    assert body["query"] == told_text
    messages = body["messages"]
    assert isinstance(messages, list)
    assert messages[-1] == {"role": "user", "content": told_text}


def test_that_what_is_no_text_is_never_dropped_in_silence() -> None:
    picture = attachment_of("a.png", b"\x89PNG\r\n\x1a\n")
    with pytest.raises(ValueError, match="image/png"):
        asked(AnswerOptions(), messages=(Message("user", "Which?", (picture,)), *HISTORY[1:]))


@pytest.mark.parametrize(
    ("event", "wire"),
    [
        ("text_chunk", {"text": "Hi"}),
        ("message", {"type": "text_chunk", "text": "Hi"}),
        ("message", {"type": "TEXT_CHUNK", "content": "Hi"}),
        ("message", {"token": "Hi"}),
        ("token", {"token": "Hi"}),
        ("message", {"type": "delta", "delta": "Hi"}),
        ("message", {"text": "Hi"}),
    ],
)
def test_that_S1_a_piece_of_text_is_known_by_any_of_its_names(
    event: str, wire: dict[str, object]
) -> None:
    assert told(decoder(), wire, event) == [TextArrived("Hi")]


@pytest.mark.parametrize(
    ("event", "wire"),
    [
        ("done", {}),
        ("message", {"type": "done"}),
        ("done", {"answer": "Hi", "usage": None, "citations": None}),
        ("end", {"text": "Hi"}),
        ("message", {"type": "complete"}),
    ],
)
def test_that_S1_done_closes_at_once(event: str, wire: dict[str, object]) -> None:
    reading = decoder()
    told(reading, {"token": "Hi"})
    assert told(reading, wire, event) == [Completed("stop")]
    assert reading.is_closed


def test_that_S1_done_brings_the_whole_answer_if_nothing_else_did() -> None:
    wire = {"answer": "Hi[1]", "citations": ["https://example.org/a"], "usage": {"total_tokens": 3}}
    answer = answer_of(told(decoder(), wire, "done"))
    assert (answer.text, answer.status, len(answer.sources)) == ("Hi[1]", "complete", 1)
    assert answer.usage is not None
    assert answer.usage.total_tokens == 3


def test_that_S1_done_without_a_word_is_a_failure() -> None:
    assert answer_of(told(decoder(), {}, "done")).status == "failed"


def test_that_R16_unknown_events_change_nothing() -> None:
    for event, wire in [
        ("heartbeat", {"text": "no"}),
        ("execute", {"content": "no"}),
        ("ping", {}),
    ]:
        assert told(decoder(), wire, event) == []


def test_that_thoughts_and_searches_are_told() -> None:
    assert told(decoder(), {"text": "hm"}, "thinking") == [ReasoningArrived("hm")]
    assert told(decoder(), {"query": "a"}, "search") == [SearchStarted(("a",), 'searching: "a"')]


def test_that_S7_sources_may_come_in_an_event_of_their_own() -> None:
    wire = {"sources": [{"id": "x", "url": "https://example.org/a"}]}
    answer = answer_of(told(decoder(), wire, "sources"))
    assert [source.id for source in answer.sources] == ["x"]
