"""Headwater in the terminal against the LiteLLM proxy: its mocks, and aimock behind it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import httpx
import pytest

from tests.third_party import answer_text, scenario
from tests.third_party.servers import Aimock, LiteLlm
from tests.third_party.terminal import Outcome, Terminal, server

DIALECTS = ("chat-completions", "agent")
WAYS = ((), ("--no-stream",))
PASSAGES = ("through", "bridged", "translated")
QUESTION = "Which river is the longest? 長江？"

both_dialects = pytest.mark.parametrize("dialect", DIALECTS)
both_ways = pytest.mark.parametrize("way", WAYS, ids=("stream", "whole"))
each_passage = pytest.mark.parametrize("passage", PASSAGES)


def _asked(terminal: Terminal, litellm: LiteLlm, dialect: str, model: str, *more: str) -> Outcome:
    arguments = server(litellm.base_url, dialect, model, *more, "--json", QUESTION)
    return replace(terminal, key=litellm.key).run(*arguments)


def _assert_complete(outcome: Outcome, text: str) -> None:
    answer = outcome.answer
    assert answer["failure"] is None, answer["failure"]
    assert answer["text"] == text
    assert (answer["state"], outcome.status) == ("complete", 0)


@pytest.mark.parametrize(
    ("model", "text"),
    [
        ("mock-plain", answer_text.PLAIN),
        ("mock-tricky", answer_text.TRICKY),
        ("mock-long", answer_text.LONG[:6_000]),
    ],
    ids=("plain", "tricky", "long"),
)
@both_ways
def test_that_a_mock_answer_arrives_byte_for_byte(
    terminal: Terminal, litellm: LiteLlm, way: tuple[str, ...], model: str, text: str
) -> None:
    outcome = _asked(terminal, litellm, "chat-completions", model, *way)
    _assert_complete(outcome, text)
    assert outcome.answer["finish_reason"] == "stop"
    usage = outcome.answer["usage"]
    assert usage["input_tokens"] + usage["output_tokens"] == usage["total_tokens"] > 0


@pytest.mark.parametrize(
    ("model", "text"),
    [("mock-plain", answer_text.PLAIN), ("mock-tricky", answer_text.TRICKY)],
    ids=("plain", "tricky"),
)
def test_that_a_whole_mock_response_arrives_byte_for_byte(
    terminal: Terminal, litellm: LiteLlm, model: str, text: str
) -> None:
    _assert_complete(_asked(terminal, litellm, "agent", model, "--no-stream"), text)


def test_that_an_error_told_as_a_stream_with_status_500_is_the_services_fault(
    terminal: Terminal, litellm: LiteLlm
) -> None:
    # LiteLLM cannot stream a mock of the responses API; what it sends instead is worth reading:
    # status 500, content type text/event-stream, `data: {"error": ...}` and `data: [DONE]`.
    outcome = _asked(terminal, litellm, "agent", "mock-plain")
    answer = outcome.answer
    assert (answer["state"], answer["text"]) == ("failed", "")
    assert answer["failure"]["kind"] == "service-down"
    assert answer["failure"]["status"] == httpx.codes.INTERNAL_SERVER_ERROR
    assert "Error processing stream start" in answer["failure"]["detail"]
    assert (answer["attempts"], outcome.status) == (3, 5)


@each_passage
@both_dialects
def test_that_a_gateway_hands_the_text_on_byte_for_byte(
    terminal: Terminal, litellm: LiteLlm, passage: str, dialect: str
) -> None:
    way = ("--no-stream",) if passage == "through" else ()
    outcome = _asked(terminal, litellm, dialect, f"{passage}-passable", *way)
    _assert_complete(outcome, answer_text.PASSABLE)


@pytest.mark.parametrize("passage", ["bridged", "translated"])
@both_dialects
def test_that_a_text_the_gateway_loses_is_not_a_complete_answer(
    terminal: Terminal, litellm: LiteLlm, passage: str, dialect: str
) -> None:
    # LiteLLM splits the upstream's JSON at U+2028 and ends the answer well, without a word.
    outcome = _asked(terminal, litellm, dialect, f"{passage}-one-piece")
    answer = outcome.answer
    assert (answer["state"], answer["text"], outcome.status) == ("failed", "", 1)
    assert answer["failure"]["kind"] == "answer-failed"


@each_passage
@both_dialects
def test_that_a_gateway_hands_many_pieces_on_in_order(
    terminal: Terminal, litellm: LiteLlm, passage: str, dialect: str
) -> None:
    outcome = _asked(terminal, litellm, dialect, f"{passage}-markdown")
    _assert_complete(outcome, answer_text.MARKDOWN)


@each_passage
@both_dialects
def test_that_a_gateway_hands_the_reasoning_on(
    terminal: Terminal, litellm: LiteLlm, passage: str, dialect: str
) -> None:
    outcome = _asked(terminal, litellm, dialect, f"{passage}-deliberating")
    _assert_complete(outcome, answer_text.PLAIN)
    assert outcome.answer["reasoning"] == answer_text.PLAIN[::-1]


@each_passage
@both_dialects
def test_that_a_server_that_stumbles_over_half_a_character_breaks_the_answer(
    terminal: Terminal, litellm: LiteLlm, passage: str, dialect: str
) -> None:
    # LiteLLM cannot encode half an emoji: an error object follows the text inside the 200.
    outcome = _asked(terminal, litellm, dialect, f"{passage}-three-characters")
    answer = outcome.answer
    assert answer_text.TRICKY.startswith(answer["text"])
    assert answer["text"].startswith("Grüße")
    assert (answer["state"], outcome.status) == ("incomplete", 6)
    assert answer["failure"]["kind"] in {"answer-failed", "stream-broken", "service-down"}
    assert "surrogates not allowed" in answer["failure"]["detail"]


@each_passage
@both_dialects
def test_that_S12_an_upstream_that_is_lost_in_the_middle_is_told(
    terminal: Terminal, litellm: LiteLlm, passage: str, dialect: str
) -> None:
    outcome = _asked(terminal, litellm, dialect, f"{passage}-truncated")
    answer = outcome.answer
    assert answer["text"]
    assert answer_text.MARKDOWN.startswith(answer["text"])
    assert len(answer["text"]) < len(answer_text.MARKDOWN)
    assert (answer["state"], answer["attempts"], outcome.status) == ("incomplete", 1, 6)
    assert "Response payload is not completed" in answer["failure"]["detail"]


@each_passage
@both_dialects
def test_that_a_length_limit_is_told(
    terminal: Terminal, litellm: LiteLlm, passage: str, dialect: str
) -> None:
    outcome = _asked(terminal, litellm, dialect, f"{passage}-cut-short")
    answer = outcome.answer
    assert answer["text"] == answer_text.PLAIN
    if dialect == "chat-completions":
        assert (answer["state"], answer["finish_reason"]) == ("complete", "length")
    else:
        assert (answer["state"], outcome.status) in {("complete", 0), ("incomplete", 6)}


@dataclass(frozen=True, slots=True)
class Refusal:
    """How Headwater must understand a refusal of the gateway, and how often it may ask."""

    model: str
    kind: str
    status: int
    attempts: int = 1


CHAT_REFUSALS = (
    Refusal("mock-too-fast", "rate-limit", 4, 3),
    Refusal("mock-overloaded", "service-down", 5, 3),
    Refusal("mock-too-long", "refused", 1),
    Refusal("mock-policy", "refused", 1),
    Refusal("through-unauthorized", "unauthorized", 3),
    Refusal("bridged-missing", "not-found", 1),
    Refusal("through-down", "service-down", 5, 3),
    Refusal("through-hung-up", "service-down", 5, 3),
)
AGENT_REFUSALS = (
    Refusal("through-unauthorized", "unauthorized", 3),
    Refusal("bridged-missing", "not-found", 1),
    Refusal("translated-down", "service-down", 5, 3),
)


@pytest.mark.parametrize(
    ("dialect", "refusal"),
    [
        *(("chat-completions", refusal) for refusal in CHAT_REFUSALS),
        *(("agent", refusal) for refusal in AGENT_REFUSALS),
    ],
    ids=lambda value: value.model if isinstance(value, Refusal) else value,
)
def test_that_a_refusal_of_the_gateway_has_its_kind(
    terminal: Terminal, litellm: LiteLlm, dialect: str, refusal: Refusal
) -> None:
    outcome = _asked(terminal, litellm, dialect, refusal.model)
    answer = outcome.answer
    assert (answer["state"], answer["text"]) == ("failed", "")
    assert answer["failure"]["kind"] == refusal.kind
    assert (answer["attempts"], outcome.status) == (refusal.attempts, refusal.status)
    assert answer["failure"]["detail"]


@both_dialects
def test_that_a_model_the_gateway_does_not_know_is_named(
    terminal: Terminal, litellm: LiteLlm, dialect: str
) -> None:
    outcome = _asked(terminal, litellm, dialect, "no-such-model")
    failure = outcome.answer["failure"]
    assert failure["kind"] in {"refused", "not-found"}
    assert "no-such-model" in f"{failure['title']} {failure['detail']}"
    assert (outcome.answer["attempts"], outcome.status) == (1, 1)


def test_that_a_quota_used_up_behind_the_gateway_is_a_quota_or_a_rate(
    terminal: Terminal, litellm: LiteLlm
) -> None:
    # LiteLLM hides the code `insufficient_quota` in its message.
    outcome = _asked(terminal, litellm, "chat-completions", "through-out-of-quota")
    assert outcome.answer["failure"]["kind"] in {"quota", "rate-limit"}
    assert outcome.status == 4


@both_dialects
def test_that_no_key_is_a_key_problem(terminal: Terminal, litellm: LiteLlm, dialect: str) -> None:
    arguments = server(litellm.base_url, dialect, "mock-plain", "--json", QUESTION)
    outcome = terminal.run(*arguments)
    assert outcome.answer["failure"]["kind"] in {"unauthorized", "no-key"}
    assert outcome.status == 3


@both_dialects
def test_that_a_wrong_key_is_refused_with_the_servers_words(
    terminal: Terminal, litellm: LiteLlm, dialect: str
) -> None:
    # Without a database LiteLLM answers 400 "No connected db." to any key but the master key.
    arguments = server(litellm.base_url, dialect, "mock-plain", "--json", QUESTION)
    outcome = replace(terminal, key="sk-wrong-4711").run(*arguments)
    failure = outcome.answer["failure"]
    assert failure["kind"] in {"refused", "unauthorized"}
    assert "No connected db." in f"{failure['title']} {failure['detail']}"
    assert outcome.answer["attempts"] == 1


@both_dialects
def test_that_a_wrong_path_is_not_taken_for_a_retired_service(
    terminal: Terminal, litellm: LiteLlm, dialect: str
) -> None:
    arguments = server(f"{litellm.origin}/nowhere", dialect, "mock-plain", "--json", QUESTION)
    outcome = replace(terminal, key=litellm.key).run(*arguments)
    assert outcome.answer["failure"]["kind"] == "not-found"
    assert (outcome.answer["attempts"], outcome.status) == (1, 1)


def test_that_the_proxy_asks_aimock_once_for_each_question(
    terminal: Terminal, litellm: LiteLlm, aimock: Aimock
) -> None:
    question = f"{QUESTION} once"
    arguments = server(litellm.base_url, "chat-completions", "through-plain", "--json", question)
    outcome = replace(terminal, key=litellm.key).run(*arguments)
    _assert_complete(outcome, answer_text.PLAIN)
    assert outcome.answer["usage"]["output_tokens"] == scenario.ANSWER_TOKENS
    assert len(aimock.requests(question)) == 1
