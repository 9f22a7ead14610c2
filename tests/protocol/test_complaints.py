"""The complaints that users of other clients made, one test each, by their numbers in the facts."""

from __future__ import annotations

import json
import time

import pytest

from headwater.domain.answer import Answer
from headwater.domain.events import SourcesFound, TextArrived, TextSettled, UsageCounted
from headwater.domain.failure import FailureKind, Remedy
from headwater.domain.options import AnswerOptions, SearchOptions
from headwater.domain.provider import PERPLEXITY, PERPLEXITY_GATEWAY, DialectName
from headwater.protocol.dialect import AnswerRequest, Message
from headwater.protocol.dialects import dialect_named
from headwater.protocol.refusal import failure_from_response
from headwater.protocol.sse import SseDecoder
from tests.benchmarks.decoding import full_mode_stream
from tests.protocol.recording import answer_of, events_of, recording

AGENT, CHAT = DialectName.AGENT, DialectName.CHAT_COMPLETIONS


def played(name: str) -> Answer:
    found = recording(name)
    return answer_of(events_of(found.dialect, [found.data]))


def test_that_complaint_01_text_is_not_doubled_by_the_cumulative_message() -> None:
    assert played("chat_completions_full.sse").text == "Café is open.[1]"


@pytest.mark.parametrize(
    "value",
    ["chat.completion", "chat.completion.done", "chat.completion.chunk", "new.thing", "", None, 7],
)
def test_that_complaint_02_the_object_value_is_never_fatal(value: object) -> None:
    chunk = {"object": value, "choices": [{"delta": {"content": "Hi"}, "finish_reason": "stop"}]}
    answer = answer_of(events_of(CHAT, [f"data: {json.dumps(chunk)}\n\n".encode()]))
    assert (answer.text, answer.status) == ("Hi", "complete")


@pytest.mark.parametrize("name", ["chat_completions_full.sse", "agent_answer.sse"])
def test_that_complaint_03_the_end_of_the_body_after_a_terminal_event_is_success(
    name: str,
) -> None:
    assert b"[DONE]" not in recording(name).data
    assert played(name).status == "complete"


def test_that_complaint_04_a_missing_a_null_and_a_real_finish_reason_are_accepted() -> None:
    assert played("chat_cut_without_end.sse").text == "Hello the"
    assert played("chat_null_finish_and_done.sse").status == "complete"
    assert played("chat_null_finish_without_message.sse").finish_reason == "stop"


@pytest.mark.parametrize("where", [0, 1, 2])
def test_that_complaint_05_citations_are_kept_whichever_chunk_brings_them(where: int) -> None:
    chunks: list[dict[str, object]] = [
        {"choices": [{"delta": {"content": "a"}}]},
        {"choices": [{"delta": {"content": "b"}}]},
        {"choices": [{"delta": {}, "finish_reason": "stop"}]},
    ]
    chunks[where]["citations"] = ["https://example.org/a"]
    stream = "".join(f"data: {json.dumps(chunk)}\n\n" for chunk in chunks).encode()
    assert [s.url for s in answer_of(events_of(CHAT, [stream])).sources] == [
        "https://example.org/a"
    ]


def test_that_complaint_06_citations_in_every_chunk_are_one_list_in_order() -> None:
    happened = events_of(CHAT, [recording("chat_completions_full.sse").data])
    (found,) = [event for event in happened if isinstance(event, SourcesFound)]
    assert [source.id for source in found.sources] == ["1", "2"]


def test_that_complaint_07_usage_is_never_summed() -> None:
    happened = events_of(CHAT, [recording("chat_completions_full.sse").data])
    totals = [e.usage.total_tokens for e in happened if isinstance(e, UsageCounted)]
    assert totals == [9, 12, 13]
    usage = answer_of(happened).usage
    assert usage is not None
    assert usage.total_tokens == 13


def test_that_complaint_08_a_cost_may_be_a_number_or_an_object() -> None:
    number, whole = played("chat_openrouter.sse").usage, played("chat_completions_full.sse").usage
    assert number is not None
    assert whole is not None
    assert (number.cost, whole.cost) == (0.00042, 0.005013)


def test_that_complaint_09_named_events_are_not_dropped() -> None:
    assert b"event: response.output_text.delta" in recording("agent_answer.sse").data
    assert played("agent_answer.sse").text == "The café is open.[1]"


@pytest.mark.parametrize("place", ["text_done", "item_done", "completed"])
def test_that_complaint_10_a_text_only_in_the_end_is_recovered_once(place: str) -> None:
    happened = events_of(AGENT, [recording(f"agent_text_only_in_{place}.sse").data])
    texts = [event for event in happened if isinstance(event, TextArrived | TextSettled)]
    assert texts == [TextArrived("Only here.")]


def test_that_complaint_11_null_fields_are_no_trouble() -> None:
    assert played("agent_null_fields.sse").text == "Yes."


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("agent_incomplete.sse", FailureKind.INCOMPLETE),
        ("agent_completed_but_incomplete.sse", FailureKind.INCOMPLETE),
        ("agent_failed_after_text.sse", FailureKind.ANSWER_FAILED),
        ("agent_cancelled.sse", FailureKind.ANSWER_FAILED),
    ],
)
def test_that_complaint_12_failed_and_incomplete_are_no_success(
    name: str, kind: FailureKind
) -> None:
    failure = played(name).failure
    assert failure is not None
    assert failure.kind is kind


def test_that_complaint_13_the_retirement_is_neither_a_bad_key_nor_retried() -> None:
    failure = failure_from_response(
        403, {}, recording("refusal_403_retired.json").data, PERPLEXITY_GATEWAY
    )
    assert failure.kind is FailureKind.ENDPOINT_RETIRED
    assert failure.remedy is Remedy.USE_AGENT_API
    assert not failure.retryable


def test_that_complaint_14_the_history_alternates() -> None:
    history = tuple(Message(role, role) for role in ("assistant", "user", "user", "assistant"))
    question = (*history, Message("user", "Where?"))
    body = dialect_named(CHAT).request(AnswerRequest(PERPLEXITY_GATEWAY, "sonar", question)).body
    assert body is not None
    messages = body["messages"]
    assert isinstance(messages, list)
    assert [message["role"] for message in messages] == ["user", "assistant", "user"]


def test_that_complaint_15_the_agent_gets_no_field_that_it_does_not_know() -> None:
    search = SearchOptions(mode="academic", recency="week", context_size="low")
    options = AnswerOptions("x", 1, 1.0, 1.0, 5, effort="low", background=True, search=search)
    request = AnswerRequest(PERPLEXITY, "", (Message("user", "Where?"),), options)
    body = dialect_named(AGENT).request(request).body
    assert body is not None
    assert set(body) == {
        *("input", "stream", "effort", "instructions", "max_output_tokens", "temperature"),
        *("top_p", "tools", "background", "store"),
    }


def test_that_complaint_16_thoughts_in_tags_are_no_part_of_the_answer() -> None:
    names = ("chat_think_inline", "chat_think_orphan_close", "chat_think_before_json")
    answers = [played(f"{name}.sse") for name in names]
    assert all(answer.reasoning for answer in answers)
    assert not any("</think>" in answer.text for answer in answers)
    assert answers[2].text == '{"a": "<b>"}'


def test_that_complaint_17_role_and_content_of_a_delta_may_be_missing_or_null() -> None:
    assert played("chat_deepseek.sse").text == "Yes."


def test_that_complaint_18_a_text_that_comes_at_once_after_a_long_silence_is_read() -> None:
    assert played("chat_deep_research.sse").text == "A whole report.[1]"


def test_that_complaint_19_an_html_error_page_becomes_a_readable_sentence() -> None:
    page = b"<html><body><h1>401 Authorization Required</h1></body></html>"
    failure = failure_from_response(401, {"content-type": "text/html"}, page, PERPLEXITY)
    assert failure.kind is FailureKind.UNAUTHORIZED
    assert failure.detail == "The server answered with a web page."


def test_that_complaint_20_gaps_in_the_sequence_numbers_are_no_error() -> None:
    data = recording("agent_answer.sse").data
    assert b'"sequence_number":1,' in data
    assert b'"sequence_number":2,' not in data
    assert played("agent_answer.sse").status == "complete"


def test_that_complaint_21_marks_stay_as_they_are_split_unknown_or_of_a_page() -> None:
    assert played("agent_answer.sse").text.endswith(".[1]")
    answer = played("agent_ids_and_pages.sse")
    assert answer.text == "See [72][web:0][99]."
    assert {"72", "web:0"} < {i for source in answer.sources for i in source.ids}


def test_that_complaint_22_four_times_the_full_mode_stream_takes_about_sixteen_times() -> None:
    """Full mode itself is quadratic: four times the chunks are sixteen times the text."""

    def seconds_per_byte(stream: bytes) -> float:
        best = 1e9
        for _ in range(3):
            start = time.process_time()
            events_of(CHAT, [stream])
            best = min(best, time.process_time() - start)
        return best / len(stream)

    assert seconds_per_byte(full_mode_stream(600)) < 3 * seconds_per_byte(full_mode_stream(150))


def test_that_complaint_23_a_typed_keepalive_is_ignored() -> None:
    assert b'"type":"keepalive"' in recording("agent_keepalive_and_unknown.sse").data
    assert played("agent_keepalive_and_unknown.sse").text == "Yes."


def test_that_complaint_24_a_page_listed_twice_is_one_source_with_both_ids() -> None:
    sources = played("agent_ids_and_pages.sse").sources
    assert len({source.url for source in sources}) == len(sources)
    assert sources[0].ids == ("16", "1")


def test_that_complaint_25_an_id_is_looked_up_and_not_counted() -> None:
    by_id = {i: s.url for s in played("agent_ids_and_pages.sse").sources for i in s.ids}
    assert by_id["72"] == "https://example.org/q"
    assert by_id["2"] == "https://example.org/r"


def test_that_complaint_26_unicode_line_ends_inside_a_string_do_not_cut_the_event() -> None:
    assert "\u2028b\u0085" in played("chat_line_separators.sse").text
    assert len(SseDecoder().feed(recording("chat_line_separators.sse").data)) == 2


def test_that_complaint_27_an_answer_without_a_search_has_no_sources_and_no_queries() -> None:
    answer = played("agent_no_search.sse")
    assert (answer.status, answer.sources, answer.queries) == ("complete", (), ())
