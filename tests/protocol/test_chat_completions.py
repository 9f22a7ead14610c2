"""Chat completions: what goes out, and the shapes in which an answer comes back."""

from __future__ import annotations

import json

import pytest

from headwater.domain.attachment import Attachment, attachment_of
from headwater.domain.events import (
    AnswerEvent,
    Broke,
    Completed,
    ReasoningArrived,
    SearchStarted,
    SourcesFound,
    TextArrived,
    TextSettled,
    UsageCounted,
)
from headwater.domain.failure import FailureKind
from headwater.domain.options import AnswerOptions, SearchOptions
from headwater.domain.provider import CUSTOM, OPENAI, PERPLEXITY_GATEWAY, Provider
from headwater.protocol.chat_completions import ChatCompletionsDecoder, ChatCompletionsDialect
from headwater.protocol.dialect import AnswerRequest, Message
from headwater.protocol.sse import SseEvent
from tests.protocol.recording import answer_of

GATEWAY = PERPLEXITY_GATEWAY.at("https://h.example/v1")
LOCAL = CUSTOM.at("http://localhost:8080/v1")
QUESTION = (Message("user", "Where?"),)
STANDARD_FIELDS = {
    *("model", "messages", "stream", "max_tokens", "max_completion_tokens", "temperature"),
    *("top_p", "stream_options", "reasoning_effort"),
}
SONAR_FIELDS = {
    *("search_mode", "search_domain_filter", "search_recency_filter", "web_search_options"),
    *("search_after_date_filter", "search_before_date_filter", "disable_search"),
    *("return_related_questions", "return_images"),
}


def asked(
    options: AnswerOptions | None = None,
    provider: Provider = LOCAL,
    messages: tuple[Message, ...] = QUESTION,
    model: str = "m",
) -> dict[str, object]:
    request = AnswerRequest(provider, model, messages, options or AnswerOptions())
    body = ChatCompletionsDialect().request(request).body
    assert body is not None
    json.dumps(body)
    known = STANDARD_FIELDS | (SONAR_FIELDS if provider.takes_search_options else set())
    assert set(body) <= known
    return dict(body)


def decoder() -> ChatCompletionsDecoder:
    return ChatCompletionsDialect().decoder(AnswerRequest(GATEWAY, "m", QUESTION))


def told(reading: ChatCompletionsDecoder, *wire: object) -> list[AnswerEvent]:
    return [event for each in wire for event in reading.decode(SseEvent(data=json.dumps(each)))]


def chunk(content: object = None, finish: object = None, **more: object) -> dict[str, object]:
    choice = {"index": 0, "delta": {"content": content}, "finish_reason": finish}
    return {"choices": [choice], **more}


def delta(**fields: object) -> dict[str, object]:
    return {"choices": [{"index": 0, "delta": fields}]}


def test_that_a_plain_question_asks_for_a_stream_with_usage() -> None:
    assert asked() == {
        "model": "m",
        "messages": [{"role": "user", "content": "Where?"}],
        "stream": True,
        "stream_options": {"include_usage": True},
    }


def test_that_complaint_15_stream_options_go_neither_to_perplexity_nor_without_a_stream() -> None:
    assert "stream_options" not in asked(AnswerOptions(stream=False))
    assert "stream_options" not in asked(provider=GATEWAY)


def test_that_the_output_limit_has_the_name_that_the_server_knows() -> None:
    options = AnswerOptions(max_tokens=9)
    assert asked(options)["max_tokens"] == 9
    openai = asked(options, OPENAI)
    assert openai["max_completion_tokens"] == 9
    assert "max_tokens" not in openai


def test_that_options_go_out_under_their_names() -> None:
    body = asked(AnswerOptions("Be brief.", None, 0.2, 0.9, effort="fast"))
    assert (body["temperature"], body["top_p"], body["reasoning_effort"]) == (0.2, 0.9, "minimal")
    assert body["messages"] == [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "Where?"},
    ]


def test_that_no_model_sends_no_model() -> None:
    assert "model" not in asked(model="")


def test_that_search_options_go_to_servers_that_take_them() -> None:
    search = SearchOptions(
        recency="day",
        domains=("example.org",),
        context_size="low",
        mode="sec",
        after_date="2026-03-04",
        before_date="2026-05-06",
    )
    fields = {
        "search_mode": "sec",
        "search_domain_filter": ["example.org"],
        "search_recency_filter": "day",
        "search_after_date_filter": "03/04/2026",
        "search_before_date_filter": "05/06/2026",
        "web_search_options": {"search_context_size": "low"},
        "return_related_questions": True,
        "return_images": True,
    }
    assert fields.items() <= asked(AnswerOptions(search=search), GATEWAY).items()
    assert not SONAR_FIELDS & set(asked(AnswerOptions(search=search), LOCAL))


def test_that_search_can_be_turned_off() -> None:
    body = asked(AnswerOptions(search=SearchOptions(enabled=False, recency="day")), GATEWAY)
    assert SONAR_FIELDS & set(body) == {"disable_search"}


@pytest.mark.parametrize(
    ("roles", "sent"),
    [
        ("u:a a:b u:c", "u:a a:b u:c"),
        ("u:a u:b", "u:a\n\nb"),
        ("u:a a:b a:c u:d", "u:a a:b\n\nc u:d"),
        ("a:b u:c", "u:c"),
        ("u:a a: u:c", "u:a\n\nc"),
        ("u:a a:b u: a:c u:d", "u:a a:b\n\nc u:d"),
    ],
)
def test_that_complaint_14_roles_alternate_strictly(roles: str, sent: str) -> None:
    names = {"u": "user", "a": "assistant"}
    history = tuple(Message(names[role[0]], role[2:]) for role in roles.split(" "))
    messages = asked(messages=history)["messages"]
    assert isinstance(messages, list)
    assert " ".join(f"{m['role'][0]}:{m['content']}" for m in messages) == sent


PICTURE = attachment_of("screenshot.png", b"\x89PNG\r\n\x1a\n")
PAPER = attachment_of("report.pdf", b"%PDF-1.7")
NOTES = attachment_of("notes.txt", b"one\n")
FENCED = "Attached file notes.txt:\n```\none\n```"
PICTURE_PART = {
    "type": "image_url",
    "image_url": {"url": "data:image/png;base64,iVBORw0KGgo="},
}
PAPER_PART = {
    "type": "file_url",
    "file_url": {"url": "JVBERi0xLjc="},
    "file_name": "report.pdf",
}


def told_as(*attachments: Attachment, text: str = "What is this?") -> object:
    messages = asked(messages=(Message("user", text, attachments),))["messages"]
    assert isinstance(messages, list)
    (message,) = messages
    assert message["role"] == "user"
    return message["content"]


def test_that_attachments_are_parts_after_the_text() -> None:
    assert told_as(PICTURE, NOTES, PAPER) == [
        {"type": "text", "text": f"What is this?\n\n{FENCED}"},
        PICTURE_PART,
        PAPER_PART,
    ]
    assert told_as(PICTURE, text=" ") == [PICTURE_PART]


def test_that_attached_texts_alone_need_no_parts() -> None:
    assert told_as(NOTES) == f"What is this?\n\n{FENCED}"
    assert told_as(NOTES, text="") == FENCED


def test_that_what_has_no_part_is_never_dropped_in_silence() -> None:
    with pytest.raises(ValueError, match="image/svg"):
        told_as(Attachment("a.svg", "image/svg+xml", b"<svg/>"))


def test_that_complaint_14_neighbours_become_one_with_all_that_was_attached() -> None:
    history = (
        Message("user", "a", (PICTURE,)),
        Message("user", "b"),
        Message("user", "", (PAPER,)),
        Message("user", "c", (NOTES,)),
        Message("assistant", "d"),
        Message("user", "e"),
    )
    assert asked(AnswerOptions("Be brief."), messages=history)["messages"] == [
        {"role": "system", "content": "Be brief."},
        {
            "role": "user",
            "content": [
                {"type": "text", "text": f"a\n\nb\n\nc\n\n{FENCED}"},
                PICTURE_PART,
                PAPER_PART,
            ],
        },
        {"role": "assistant", "content": "d"},
        {"role": "user", "content": "e"},
    ]


@pytest.mark.parametrize("reason", ["stop", "length", "content_filter", "tool_calls"])
def test_that_a_finish_reason_ends_the_answer_but_usage_may_follow(reason: str) -> None:
    reading = decoder()
    told(reading, chunk("Yes", reason))
    assert reading.has_ended
    assert not reading.is_closed
    (usage,) = told(reading, {"choices": [], "usage": {"total_tokens": 3}})
    assert isinstance(usage, UsageCounted)
    assert list(reading.finish()) == [Completed(reason)]


@pytest.mark.parametrize("reason", [None, "", 7, True, [], {}])
def test_that_R3_only_a_real_finish_reason_is_one(reason: object) -> None:
    reading = decoder()
    told(reading, chunk("Yes", reason))
    assert not reading.has_ended


def test_that_R14_text_after_the_finish_reason_is_kept() -> None:
    reading = decoder()
    happened = [*told(reading, chunk("A", "stop"), chunk("B")), *reading.finish()]
    assert happened == [TextArrived("A"), TextArrived("B"), Completed("stop")]


def test_that_an_error_after_the_finish_reason_takes_nothing_back() -> None:
    reading = decoder()
    told(reading, chunk("A", "stop"), {"error": {"message": "late"}})
    assert list(reading.finish()) == [Completed("stop")]


@pytest.mark.parametrize(
    "wire",
    [
        {"choices": []},
        {"choices": None},
        {},
        {"choices": [{}]},
        {"choices": [None]},
        {"choices": [{"index": 0}]},
        {"choices": [{"index": 0, "delta": None}]},
        {"choices": [{"index": 0, "delta": {}}]},
        {"choices": [{"index": 0, "delta": {"content": None}}]},
        {"choices": [{"index": 0, "delta": {"role": None, "content": ""}}]},
        {"choices": [{"index": 0, "delta": {"tool_calls": [{"index": 0}]}}]},
        {"choices": [{"index": 1, "delta": {"content": "other"}}]},
        {"choices": {"0": {}}},
    ],
)
def test_that_R13_complaint_17_chunks_without_content_say_nothing(wire: object) -> None:
    reading = decoder()
    assert told(reading, wire, chunk("Yes")) == [TextArrived("Yes")]


@pytest.mark.parametrize("name", ["reasoning_content", "reasoning"])
def test_that_S2_reasoning_is_read_under_each_of_its_names(name: str) -> None:
    happened = told(decoder(), delta(**{name: "hm", "content": None}), chunk("Yes"))
    assert happened == [ReasoningArrived("hm"), TextArrived("Yes")]


def test_that_the_same_thought_under_two_names_is_said_once() -> None:
    assert told(decoder(), delta(reasoning="hm", reasoning_content="hm")) == [
        ReasoningArrived("hm")
    ]


def test_that_S2_reasoning_steps_tell_thoughts_and_searches() -> None:
    step = {"thought": "Look.", "web_search": {"search_keywords": ["a", "b"]}}
    assert told(decoder(), delta(reasoning_steps=[step, None, {"thought": None}])) == [
        SearchStarted(("a", "b"), 'searching: "a" and 1 more'),
        ReasoningArrived("Look."),
    ]


def test_that_S2_steps_come_from_the_last_message_if_from_nowhere_else() -> None:
    message = {"content": "Yes", "reasoning_steps": [{"thought": "Look."}]}
    wire = {"choices": [{"index": 0, "message": message, "finish_reason": "stop"}]}
    assert told(decoder(), wire) == [ReasoningArrived("Look."), TextArrived("Yes")]


def test_that_a_message_in_a_chunk_before_the_last_is_not_looked_at_beside_a_delta() -> None:
    choice = {"index": 0, "delta": {"content": "b"}, "message": {"content": "something else"}}
    assert told(decoder(), chunk("a"), {"choices": [choice]}) == [
        TextArrived("a"),
        TextArrived("b"),
    ]


def test_that_a_message_that_grows_without_deltas_is_read_piece_by_piece() -> None:
    grown = [
        {"choices": [{"index": 0, "message": {"content": text}}]} for text in ("a", "ab", "abc")
    ]
    assert told(decoder(), *grown) == [TextArrived("a"), TextArrived("b"), TextArrived("c")]


def test_that_what_may_have_been_a_tag_is_text_in_the_end() -> None:
    reading = decoder()
    assert [*told(reading, chunk("a <")), *reading.finish()][:2] == [
        TextArrived("a "),
        TextArrived("<"),
    ]
    last = {"choices": [{"index": 0, "message": {"content": "a <"}, "finish_reason": "stop"}]}
    reading = decoder()
    assert [*told(reading, chunk("a <"), last), *reading.finish()] == [
        TextArrived("a "),
        TextArrived("<"),
        Completed("stop"),
    ]


def test_that_sonars_last_object_is_an_end_mark_of_its_own() -> None:
    reading = decoder()
    told(reading, chunk("a", object="chat.completion.done"))
    assert list(reading.finish()) == [Completed("")]


def test_that_an_orphan_closing_tag_moves_the_text_before_it() -> None:
    happened = told(decoder(), chunk("I wonder."), chunk("</think>\n\nYes"), chunk("."))
    assert happened == [
        TextArrived("I wonder."),
        ReasoningArrived("I wonder."),
        TextSettled("Yes"),
        TextArrived("."),
    ]


def test_that_a_finish_reason_of_error_is_a_failure() -> None:
    reading = decoder()
    (_, broke) = told(reading, chunk("Half", "error"))
    assert isinstance(broke, Broke)
    assert broke.failure.kind is FailureKind.ANSWER_FAILED
    assert reading.is_closed


@pytest.mark.parametrize(
    "wire",
    [
        {"error": {"message": "x"}, "choices": []},
        {"object": "error", "message": "x", "code": 500},
        {"message": "x", "code": 503},
        {"message": "x", "status": 429},
    ],
)
def test_that_R11_errors_without_a_name_are_seen(wire: object) -> None:
    assert isinstance(told(decoder(), wire)[-1], Broke)


@pytest.mark.parametrize(
    "wire", [{"error": None}, {"error": {}}, {"error": ""}, {"message": "hi"}, {"code": 200}]
)
def test_that_no_error_is_seen_where_there_is_none(wire: object) -> None:
    assert told(decoder(), wire, chunk("Yes")) == [TextArrived("Yes")]


def test_that_R17_sources_are_said_when_they_change_and_never_taken_away() -> None:
    reading = decoder()
    with_one = chunk("a", citations=["https://example.org/a"])
    with_two = chunk("b", citations=["https://example.org/a", "https://example.org/b"])
    without = chunk("c", citations=[], search_results=None)
    happened = told(reading, with_one, with_one, with_two, without)
    counts = [len(event.sources) for event in happened if isinstance(event, SourcesFound)]
    assert counts == [1, 2]


def test_that_R23_twenty_thousand_full_mode_chunks_build_their_sources_once() -> None:
    reading = decoder()
    results = [{"url": f"https://example.org/{n}", "title": "t"} for n in range(20)]
    data = json.dumps(chunk("word ", search_results=results))
    happened: list[AnswerEvent] = []
    for _ in range(20_000):
        happened.extend(reading.decode(SseEvent(data=data)))
    assert sum(isinstance(event, SourcesFound) for event in happened) == 1
    assert answer_of(happened).text == "word " * 20_000


def test_that_R30_ollamas_own_lines_are_read() -> None:
    lines = [
        {"model": "q", "message": {"thinking": "hm", "content": ""}, "done": False},
        {"model": "q", "message": {"content": "Yes"}, "done": False},
    ]
    body = "\n".join(json.dumps(line) for line in lines).encode()
    assert answer_of(decoder().decode_json(body)).status == "incomplete"
    end = json.dumps({"message": {"content": "."}, "done": True, "done_reason": "length"})
    answer = answer_of(decoder().decode_json(body + b"\n" + end.encode()))
    assert (answer.status, answer.text, answer.reasoning) == ("complete", "Yes.", "hm")
    assert answer.finish_reason == "length"
