"""What holds for every dialect: end marks, malformed events, errors, whole bodies."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headwater.domain.events import AnswerEvent, Broke, Completed, TextArrived
from headwater.domain.failure import FailureKind
from headwater.domain.provider import DialectName
from headwater.protocol.event_decoder import EventDecoder
from headwater.protocol.sse import SseEvent
from tests.protocol.recording import answer_of, decoder_for

DIALECTS = pytest.mark.parametrize("dialect", list(DialectName))
TEXT = {
    DialectName.AGENT: {"type": "response.output_text.delta", "delta": "Hello"},
    DialectName.CHAT_COMPLETIONS: {"choices": [{"index": 0, "delta": {"content": "Hello"}}]},
    DialectName.TYPED_EVENTS: {"type": "text_chunk", "text": "Hello"},
}


def told(decoder: EventDecoder, *data: object, event: str = "message") -> list[AnswerEvent]:
    happened: list[AnswerEvent] = []
    for each in data:
        text = each if isinstance(each, str) else json.dumps(each)
        happened.extend(decoder.decode(SseEvent(event, text)))
    return happened


@DIALECTS
def test_that_R3_an_exact_done_completes_and_closes_at_once(dialect: DialectName) -> None:
    decoder = decoder_for(dialect)
    assert told(decoder, TEXT[dialect], "[DONE]")[-1] == Completed()
    assert decoder.is_closed
    assert decoder.finish() == ()


@DIALECTS
@pytest.mark.parametrize(
    "forged", ["[DONE] ", " [DONE]", "[DONE]x", '"[DONE]"', "[done]", "DONE", "[DONE]\n"]
)
def test_that_R15_only_the_exact_done_ends(dialect: DialectName, forged: str) -> None:
    decoder = decoder_for(dialect)
    told(decoder, TEXT[dialect], forged)
    assert not decoder.has_ended
    assert told(decoder, TEXT[dialect]) == [TextArrived("Hello")]


@DIALECTS
def test_that_R3_an_end_without_a_mark_is_incomplete(dialect: DialectName) -> None:
    decoder = decoder_for(dialect)
    happened = [*told(decoder, TEXT[dialect]), *decoder.finish()]
    answer = answer_of(happened)
    assert (answer.status, answer.text) == ("incomplete", "Hello")
    assert answer.failure is not None
    assert answer.failure.kind is FailureKind.STREAM_BROKEN


@DIALECTS
def test_that_R31_a_stream_without_anything_says_that_nothing_came(dialect: DialectName) -> None:
    (broke,) = decoder_for(dialect).finish()
    assert isinstance(broke, Broke)
    assert broke.failure.kind is FailureKind.ANSWER_FAILED
    assert "without sending a word" in broke.failure.detail


@DIALECTS
def test_that_R12_malformed_events_are_skipped_counted_and_nowhere_kept(
    dialect: DialectName,
) -> None:
    decoder = decoder_for(dialect)
    happened = told(decoder, '{"secret', "[" * 100_000, "12", "null", "[1]", "", TEXT[dialect])
    assert happened == [TextArrived("Hello")]
    assert decoder.skipped == 5
    assert "secret" not in repr(decoder.finish())


@DIALECTS
def test_that_R12_only_malformed_events_are_a_failure_that_says_so(dialect: DialectName) -> None:
    decoder = decoder_for(dialect)
    told(decoder, '{"secret')
    assert "could not be read" in repr(decoder.finish())


@DIALECTS
def test_that_an_unterminated_event_is_read_when_whole_and_not_counted_when_cut(
    dialect: DialectName,
) -> None:
    decoder = decoder_for(dialect)
    whole = json.dumps(TEXT[dialect])
    assert decoder.decode(SseEvent(data=whole[:-1], is_terminated=False)) == ()
    assert decoder.skipped == 0
    assert decoder.decode(SseEvent(data=whole, is_terminated=False)) == (TextArrived("Hello"),)


@DIALECTS
@pytest.mark.parametrize(
    ("event", "data"),
    [
        ("error", '{"error": {"message": "It broke.", "type": "server_error"}}'),
        ("message", '{"error": {"message": "It broke."}}'),
        ("message", '{"error": "It broke."}'),
        ("error", '{"message": "It broke."}'),
        ("error", "It broke."),
        ("error", '"It broke."'),
        ("message", '{"type": "error", "error": {"message": "It broke."}}'),
        ("message", '{"type": "error", "message": "It broke."}'),
    ],
)
def test_that_R11_an_error_in_any_shape_ends_the_answer_and_keeps_its_text(
    dialect: DialectName, event: str, data: str
) -> None:
    decoder = decoder_for(dialect)
    happened = [*told(decoder, TEXT[dialect]), *decoder.decode(SseEvent(event, data))]
    assert decoder.is_closed
    answer = answer_of([*happened, *told(decoder, TEXT[dialect], "[DONE]"), *decoder.finish()])
    assert (answer.status, answer.text) == ("incomplete", "Hello")
    assert answer.failure is not None
    assert answer.failure.detail == "The server says: It broke."


@DIALECTS
@pytest.mark.parametrize(
    "body", [b"<html>Log in</html>", b"\n <!DOCTYPE html>", b"\xef\xbb\xbf<b>"]
)
def test_that_R28_a_page_instead_of_an_answer_is_not_shown(
    dialect: DialectName, body: bytes
) -> None:
    (broke,) = decoder_for(dialect).decode_json(body)
    assert isinstance(broke, Broke)
    assert broke.failure.title == "Something else answered."
    assert "Log in" not in repr(broke)


@DIALECTS
@pytest.mark.parametrize(
    "body", [b"", b"\n\n", b"{}", b"[]", b"7", b"null", b"nonsense", b'{"a": 1}', b"[" * 100_000]
)
def test_that_R30_a_body_without_an_answer_is_a_failure(dialect: DialectName, body: bytes) -> None:
    decoder = decoder_for(dialect)
    assert isinstance(decoder.decode_json(body)[-1], Broke)
    assert decoder.is_closed
    assert decoder.decode_json(body) == ()


@DIALECTS
@pytest.mark.parametrize(
    "wire",
    [
        {"error": {"message": "Rate limit reached", "code": 429}},
        {"error": "Rate limit reached"},
        {"message": "Rate limit reached"},
        {"detail": "Rate limit reached"},
        [{"error": {"message": "Rate limit reached"}}],
    ],
)
def test_that_R30_error_json_with_200_keeps_its_kind(dialect: DialectName, wire: object) -> None:
    (broke,) = decoder_for(dialect).decode_json(b"\n\n" + json.dumps(wire).encode())
    assert isinstance(broke, Broke)
    assert broke.failure.kind is FailureKind.RATE_LIMIT


_KINDS = [
    *("created", "in_progress", "completed", "failed", "incomplete", "cancelled", "error"),
    *("output_text.delta", "output_text.done", "output_item.done", "content_part.done"),
    *("reasoning.search_results", "reasoning.fetch_url_results", "reasoning.started"),
    "output_text.annotation.added",
]
_ODD: st.SearchStrategy[object] = st.sampled_from(
    [
        *(None, True, 0, 1, -1, 1.5, float("nan"), 2**70, "", "x", "\ud83c", "\0", [], {}),
        *([None], ["x", 7], [[]], {"a": 1}, {"message": "m", "code": 429}, {"total_tokens": []}),
        *([{"url": "u", "id": []}], [{"url": 7, "title": "t"}], {"url": "u"}, {"role": None}),
        *({"content": "c"}, {"content": [{"text": "t"}, 7]}, [{"text": "t", "type": 7}]),
        *([{"type": "message", "content": [{"text": "t"}]}], {"reasoning_steps": [7, {}]}),
    ]
)
_EVENTS = st.fixed_dictionaries(
    {},
    optional={
        "type": st.sampled_from([f"response.{kind}" for kind in _KINDS] + ["done", "text_chunk"]),
        "choices": _ODD | st.lists(st.fixed_dictionaries({"delta": _ODD, "message": _ODD})),
        "response": _ODD | st.fixed_dictionaries({"output": _ODD, "usage": _ODD, "error": _ODD}),
        "item": _ODD | st.fixed_dictionaries({"type": st.just("message"), "content": _ODD}),
        **dict.fromkeys(["usage", "citations", "search_results", "images", "error"], _ODD),
        **dict.fromkeys(["delta", "text", "token", "results", "contents", "annotation"], _ODD),
        **dict.fromkeys(["id", "model", "object", "sequence_number", "output_index"], _ODD),
    },
)


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(list(DialectName)), st.lists(_EVENTS, max_size=6), st.booleans())
def test_that_R12_no_event_raises_and_every_answer_ends_once(
    dialect: DialectName, wire: list[dict[str, object]], is_whole: bool
) -> None:
    decoder = decoder_for(dialect)
    if is_whole and wire:
        happened = list(decoder.decode_json(json.dumps(wire[0]).encode()))
    else:
        happened = told(decoder, *wire)
    happened.extend(decoder.finish())
    assert sum(isinstance(event, Broke | Completed) for event in happened) == 1
    assert not answer_of(happened).is_running
    repr(happened).encode("utf-8")
