"""The Agent API: what goes out, what comes back, how a broken run is resumed."""

from __future__ import annotations

import json

import pytest

from headwater.domain.attachment import Attachment, attachment_of
from headwater.domain.events import (
    AnswerEvent,
    Broke,
    Completed,
    Numbered,
    SearchStarted,
    SourcesFound,
    TextArrived,
    TextSettled,
)
from headwater.domain.failure import FailureKind
from headwater.domain.options import AnswerOptions, SearchOptions
from headwater.domain.provider import CUSTOM, PERPLEXITY, DialectName, Provider
from headwater.domain.source import Source
from headwater.protocol.agent import AgentDecoder, AgentDialect
from headwater.protocol.dialect import AnswerRequest, Message, RunPlace, WireRequest
from headwater.protocol.sse import SseDecoder, SseEvent
from tests.protocol.recording import answer_of, recording

OTHER = CUSTOM.at("https://h.example/v1", DialectName.AGENT)
QUESTION = (Message("user", "Where?"),)
HISTORY = (Message("user", "Where?"), Message("assistant", "There."), Message("user", "When?"))
KNOWN_FIELDS = {
    *("input", "model", "effort", "stream", "instructions", "max_output_tokens", "temperature"),
    *("top_p", "tools", "tool_choice", "background", "store", "reasoning"),
}


def asked(
    options: AnswerOptions | None = None,
    model: str = "",
    messages: tuple[Message, ...] = QUESTION,
    provider: Provider = PERPLEXITY,
) -> dict[str, object]:
    request = AnswerRequest(provider, model, messages, options or AnswerOptions())
    wire = AgentDialect().request(request)
    assert wire.body is not None
    json.dumps(wire.body)
    assert set(wire.body) <= KNOWN_FIELDS
    return dict(wire.body)


def decoder(*, background: bool = False, base_url: str = "") -> AgentDecoder:
    provider = PERPLEXITY.at(base_url) if base_url else PERPLEXITY
    options = AnswerOptions(background=background)
    return AgentDialect().decoder(AnswerRequest(provider, "", QUESTION, options))


def told(reading: AgentDecoder, *wire: dict[str, object]) -> list[AnswerEvent]:
    return [
        event
        for each in wire
        for event in reading.decode(SseEvent(str(each["type"]), json.dumps(each)))
    ]


def delta(text: str, **more: object) -> dict[str, object]:
    return {"type": "response.output_text.delta", "delta": text, **more}


def created(run: str = "resp_1", **more: object) -> dict[str, object]:
    return {"type": "response.created", "response": {"id": run, "model": "low"}, **more}


def completed(*output: object, run: str = "resp_1", **more: object) -> dict[str, object]:
    response = {"id": run, "status": "completed", "output": list(output), **more}
    return {"type": "response.completed", "response": response}


def message(*texts: str) -> dict[str, object]:
    parts = [{"type": "output_text", "text": text} for text in texts]
    return {"type": "message", "content": parts}


def test_that_a_plain_question_asks_with_an_effort_and_nothing_else() -> None:
    assert asked() == {"input": "Where?", "stream": True, "effort": "low"}


def test_that_a_history_goes_out_as_message_items() -> None:
    assert asked(messages=HISTORY)["input"] == [
        {"type": "message", "role": "user", "content": "Where?"},
        {"type": "message", "role": "assistant", "content": "There."},
        {"type": "message", "role": "user", "content": "When?"},
    ]


PICTURE = attachment_of("screenshot.png", b"\x89PNG\r\n\x1a\n")
PAPER = attachment_of("report.pdf", b"%PDF-1.7")
NOTES = attachment_of("notes.txt", b"one\n")
FENCED = "Attached file notes.txt:\n```\none\n```"
PICTURE_PART = {"type": "input_image", "image_url": "data:image/png;base64,iVBORw0KGgo="}


def test_that_attachments_are_parts_after_the_text() -> None:
    message = Message("user", "What is this?", (NOTES, PICTURE, PAPER))
    assert asked(messages=(message,)) == {
        "input": [
            {
                "type": "message",
                "role": "user",
                "content": [
                    {"type": "input_text", "text": f"What is this?\n\n{FENCED}"},
                    PICTURE_PART,
                    {
                        "type": "input_file",
                        "filename": "report.pdf",
                        "file_data": "data:application/pdf;base64,JVBERi0xLjc=",
                    },
                ],
            }
        ],
        "stream": True,
        "effort": "low",
    }


def test_that_earlier_questions_keep_their_attachments_and_answers_stay_text() -> None:
    history = (Message("user", "", (PICTURE,)), *HISTORY[1:])
    assert asked(messages=history)["input"] == [
        {"type": "message", "role": "user", "content": [PICTURE_PART]},
        {"type": "message", "role": "assistant", "content": "There."},
        {"type": "message", "role": "user", "content": "When?"},
    ]


def test_that_attached_texts_alone_need_no_parts() -> None:
    assert asked(messages=(Message("user", "", (NOTES,)),))["input"] == FENCED


def test_that_what_has_no_part_is_never_dropped_in_silence() -> None:
    odd = Attachment("a.svg", "image/svg+xml", b"<svg/>")
    with pytest.raises(ValueError, match="image/svg"):
        asked(messages=(Message("user", "q", (odd,)),))


def test_that_a_bare_model_gets_the_search_tool() -> None:
    body = asked(model="openai/gpt-6-luna")
    assert body["model"] == "openai/gpt-6-luna"
    assert body["tools"] == [{"type": "web_search"}]
    assert "effort" not in body


def test_that_a_model_named_like_an_effort_is_one() -> None:
    assert asked(model="fast@2026-10-16.0")["effort"] == "fast@2026-10-16.0"


def test_that_search_options_go_into_the_tool() -> None:
    search = SearchOptions(
        recency="week",
        domains=("example.org", "-example.com"),
        context_size="high",
        mode="academic",
        after_date="2026-03-04",
        before_date="2026-05-06",
    )
    body = asked(AnswerOptions(search=search, effort="high"))
    assert body["effort"] == "high"
    assert body["tools"] == [
        {
            "type": "web_search",
            "filters": {
                "search_domain_filter": ["example.org", "-example.com"],
                "search_recency_filter": "week",
                "search_after_date_filter": "03/04/2026",
                "search_before_date_filter": "05/06/2026",
            },
            "search_context_size": "high",
        }
    ]
    assert "academic" not in json.dumps(body)


def test_that_without_search_no_tool_goes_out() -> None:
    off = AnswerOptions(search=SearchOptions(enabled=False, recency="week"))
    assert "tools" not in asked(off, model="x/y")
    assert asked(off)["tool_choice"] == "none"


def test_that_complaint_15_other_servers_get_no_field_of_perplexity() -> None:
    options = AnswerOptions(search=SearchOptions(recency="week"), effort="fast")
    body = asked(options, "gpt-x", provider=OTHER)
    assert body == {
        "input": "Where?",
        "stream": True,
        "model": "gpt-x",
        "reasoning": {"effort": "minimal"},
    }


def test_that_limits_and_instructions_have_the_names_of_this_api() -> None:
    options = AnswerOptions("Be brief.", 100, 0.2, 0.9, stop_after=7, stream=False)
    body = asked(options, "x/y")
    wanted = {
        "instructions": "Be brief.",
        "max_output_tokens": 100,
        "temperature": 0.2,
        "top_p": 0.9,
        "stream": False,
    }
    assert wanted.items() <= body.items()


def test_that_anthropic_models_always_get_a_limit() -> None:
    assert asked(model="anthropic/claude-x")["max_output_tokens"] == 8192
    assert asked(AnswerOptions(max_tokens=5), "anthropic/claude-x")["max_output_tokens"] == 5


def test_that_a_background_run_is_stored_and_streamed() -> None:
    body = asked(AnswerOptions(background=True))
    assert (body["background"], body["store"]) == (True, True)
    assert "background" not in asked(AnswerOptions(background=True, stream=False))


@pytest.mark.parametrize(
    ("stream", "accept"), [(True, "text/event-stream"), (False, "application/json")]
)
def test_that_the_headers_say_what_is_wanted_and_hold_no_key(stream: bool, accept: str) -> None:
    request = AnswerRequest(PERPLEXITY, "", QUESTION, AnswerOptions(stream=stream))
    assert AgentDialect().request(request).headers == {
        "Accept": accept,
        "Content-Type": "application/json",
    }


def test_that_usage_and_end_come_from_the_terminal_event_and_close_at_the_end_of_the_body() -> None:
    reading = decoder()
    told(reading, created(), delta("Yes."), completed(message("Yes.")))
    assert reading.has_ended
    assert not reading.is_closed
    assert list(reading.finish()) == [Completed("stop")]


def test_that_a_text_after_the_terminal_event_has_to_end_as_well() -> None:
    reading = decoder()
    happened = told(reading, created(), delta("One. "), completed(message("One. ")), delta("Two"))
    assert not reading.has_ended
    answer = answer_of([*happened, *reading.finish()])
    assert (answer.status, answer.text) == ("incomplete", "One. Two")


def test_that_a_response_that_ends_in_a_call_is_no_end() -> None:
    reading = decoder()
    call = {"type": "function_call", "name": "look"}
    told(reading, delta("Let me look."), completed(message("Let me look."), call))
    assert not reading.has_ended


def test_that_several_parts_and_messages_are_one_text_in_order() -> None:
    reading = decoder()
    happened = told(
        reading,
        delta("A", output_index=0, content_index=0),
        delta("B", output_index=0, content_index=1),
        {"type": "response.output_text.done", "text": "A", "output_index": 0, "content_index": 0},
        delta("C", output_index=2),
        completed(message("A", "B"), {"type": "search_results"}, message("C")),
    )
    happened.extend(reading.finish())
    assert answer_of(happened).text == "ABC"
    assert sum(isinstance(event, TextArrived) for event in happened) == 3


def test_that_a_terminal_text_of_the_last_message_alone_takes_nothing_away() -> None:
    reading = decoder()
    happened = told(
        reading,
        delta("First. ", output_index=0),
        delta("Last.", output_index=1),
        completed(message("Last.")),
    )
    assert answer_of([*happened, *reading.finish()]).text == "First. Last."


def test_that_a_further_run_does_not_shorten_the_one_before() -> None:
    reading = decoder()
    happened = told(
        reading,
        delta("First. ", output_index=0),
        delta("Second. ", output_index=1),
        completed(message("Second. ")),
        created("resp_2"),
        delta("Third. ", output_index=0),
        delta("Fourth.", output_index=1),
        completed(message("Fourth."), run="resp_2"),
    )
    assert answer_of([*happened, *reading.finish()]).text == "First. Second. Third. Fourth."


def test_that_search_is_told_in_plain_words() -> None:
    happened = told(
        decoder(),
        {"type": "response.reasoning.started"},
        {"type": "response.reasoning.search_queries", "queries": ["open cafes"]},
        {"type": "response.reasoning.search_results", "results": [{"id": 1, "url": "u"}] * 2},
        {"type": "response.reasoning.fetch_url_queries", "urls": ["https://www.example.org/a"]},
    )
    doing = [event.doing for event in happened if isinstance(event, SearchStarted)]
    assert doing == [
        "thinking",
        'searching: "open cafes"',
        "reading 2 sources",
        "reading example.org",
    ]


def test_that_complaint_24_sources_are_said_again_only_when_they_changed() -> None:
    found: dict[str, object] = {
        "type": "response.reasoning.search_results",
        "results": [{"id": 1, "url": "u"}],
    }
    item = {"type": "search_results", "results": [{"id": 1, "url": "u"}]}
    happened = told(
        decoder(), found, {"type": "response.output_item.done", "item": item}, completed(item)
    )
    assert sum(isinstance(event, SourcesFound) for event in happened) == 1


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("max_output_tokens", "The answer reached its length limit."),
        ("content_filter", "The server's content filter stopped it."),
        ("max_steps", "The server gave this reason: max_steps"),
        ("", "The server ended the answer before it was finished."),
    ],
)
def test_that_complaint_12_an_incomplete_run_says_why(reason: str, words: str) -> None:
    response = {"status": "incomplete", "incomplete_details": {"reason": reason}}
    (broke,) = told(decoder(), {"type": "response.incomplete", "response": response})
    assert isinstance(broke, Broke)
    assert broke.failure.kind is FailureKind.INCOMPLETE
    assert broke.failure.detail == words


def test_that_a_failed_run_without_words_is_told_in_ours() -> None:
    (broke,) = told(decoder(), {"type": "response.failed", "response": {"status": "failed"}})
    assert isinstance(broke, Broke)
    assert (broke.failure.title, broke.failure.detail) == ("The answer failed.", "")


# Resuming


def broken_run(base_url: str = "") -> AgentDecoder:
    reading = decoder(background=True, base_url=base_url)
    told(reading, created(sequence_number=0), delta("The café", sequence_number=9))
    return reading


def test_that_S12_a_background_run_is_resumed_after_its_last_event() -> None:
    assert broken_run().resume() == WireRequest(
        "GET",
        "https://api.perplexity.ai/v1/responses/resp_1?stream=true&starting_after=9",
        None,
        {"Accept": "text/event-stream"},
    )


@pytest.mark.parametrize(
    ("base_url", "url"),
    [
        ("https://h.example/v1/agent", "https://h.example/v1/responses/resp_1?"),
        ("https://h.example/v1/responses", "https://h.example/v1/responses/resp_1?"),
        ("https://h.example/v1?k=v", "https://h.example/v1/responses/resp_1?k=v&"),
    ],
)
def test_that_S12_a_run_is_resumed_where_it_was_asked(base_url: str, url: str) -> None:
    wire = broken_run(base_url).resume()
    assert wire is not None
    assert wire.url == f"{url}stream=true&starting_after=9"


def test_that_S12_the_answer_goes_on_and_repeated_events_are_ignored() -> None:
    reading = broken_run()
    reading.resume()
    resumed = recording("agent_resumed.sse")
    stream = SseDecoder()
    happened = told(reading, delta("The café", sequence_number=9))
    for event in stream.feed(resumed.data):
        happened.extend(reading.decode(event))
    happened += told(reading, completed(message("The café1")))
    assert happened == [TextArrived("1"), Numbered(10)]
    assert list(reading.finish()) == [Completed("stop")]


PLACE = RunPlace("resp_1", 9, "The café", sources=(Source("1", "https://example.org/a", "A"),))


def reading_on(place: RunPlace = PLACE) -> AgentDecoder:
    request = AnswerRequest(PERPLEXITY, "", (Message("user", "q"),), AnswerOptions(), place)
    assert AgentDialect().request(request) == broken_run().resume()
    return AgentDialect().decoder(request)


def test_that_what_was_read_by_another_start_is_neither_said_again_nor_forgotten() -> None:
    reading = reading_on()
    results = [{"id": 2, "url": "https://example.org/b"}]
    happened = told(
        reading,
        {"type": "response.reasoning.search_results", "results": results, "sequence_number": 10},
        delta(" is open", sequence_number=11),
        completed(message("The café is open")),
    )
    (found,) = (event for event in happened if isinstance(event, SourcesFound))
    assert [source.id for source in found.sources] == ["1", "2"]
    texts = [event for event in happened if isinstance(event, TextArrived | TextSettled)]
    assert texts == [TextArrived(" is open")]
    assert list(reading.finish()) == [Completed("stop")]


@pytest.mark.parametrize("whole", ["The café is open", "A café is open"])
def test_that_a_run_that_ended_meanwhile_replaces_what_was_read(whole: str) -> None:
    reading = reading_on()
    told(reading, completed(message(whole)))
    assert list(reading.finish()) == [TextSettled(whole), Completed("stop")]


def test_that_a_run_under_way_ends_nothing_and_an_ended_one_does() -> None:
    reading = broken_run()
    assert reading.poll() == WireRequest(
        "GET",
        "https://api.perplexity.ai/v1/responses/resp_1",
        None,
        {"Accept": "application/json"},
    )
    for status in ("queued", "in_progress"):
        body = json.dumps({"id": "resp_1", "status": status, "output": [], "error": None})
        assert list(reading.decode_json(body.encode())) == []
    assert not reading.is_closed
    whole = {"id": "resp_1", "status": "completed", "output": [message("The café is open")]}
    happened = reading.decode_json(json.dumps(whole).encode())
    assert list(happened) == [TextSettled("The café is open"), Completed("stop")]
    assert reading.poll() is None


def test_that_S12_a_foreground_run_is_not_resumed() -> None:
    reading = decoder()
    told(reading, created(sequence_number=0), delta("x", sequence_number=1))
    assert reading.resume() is None


def test_that_S12_a_run_without_id_or_number_or_after_its_end_is_not_resumed() -> None:
    reading = decoder(background=True)
    assert reading.resume() is None
    told(reading, created())
    assert reading.resume() is None
    ended = broken_run()
    told(ended, completed(message("The café")))
    assert ended.resume() is None
    failed = broken_run()
    told(failed, {"type": "response.failed", "error": {"message": "x"}})
    assert failed.resume() is None


def test_that_S19_a_hostile_response_id_stays_one_segment_of_the_path() -> None:
    reading = decoder(background=True)
    told(reading, created("../../x?y#z", sequence_number=0))
    wire = reading.resume()
    assert wire is not None
    assert "/responses/..%2F..%2Fx%3Fy%23z?" in wire.url
