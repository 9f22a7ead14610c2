"""Headwater in the terminal against aimock: both dialects, every way to end."""

from __future__ import annotations

import json
import signal
import socket
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

import pytest

from tests.third_party import answer_text, scenario
from tests.third_party.servers import Aimock
from tests.third_party.terminal import Outcome, Terminal, server

DIALECTS = ("chat-completions", "agent")
WAYS = ((), ("--no-stream",))
TEXTS = {
    "plain": answer_text.PLAIN,
    "one-character": answer_text.TRICKY,
    "three-characters": answer_text.TRICKY,
    "one-piece": answer_text.TRICKY,
    "markdown": answer_text.MARKDOWN,
    "long": answer_text.LONG,
}
WHOLE = ("one-piece", "long")
QUESTION = "Which river is the longest? 長江？"


@dataclass(frozen=True, slots=True)
class Refusal:
    """How Headwater must understand a model that refuses, and how often it may ask."""

    model: str
    kind: str
    status: int
    attempts: int


REFUSALS = (
    Refusal("bad-request", "refused", 1, 1),
    Refusal("unauthorized", "unauthorized", 3, 1),
    Refusal("unpaid", "quota", 4, 1),
    Refusal("forbidden", "forbidden", 3, 1),
    Refusal("missing", "not-found", 1, 1),
    Refusal("too-fast", "rate-limit", 4, 3),
    Refusal("come-tomorrow", "rate-limit", 4, 1),
    Refusal("out-of-quota", "quota", 4, 1),
    Refusal("crashed", "service-down", 5, 3),
    Refusal("down", "service-down", 5, 3),
    Refusal("overloaded", "service-down", 5, 3),
)

# Both dialects read refusals alike: these show that the second one does.
REFUSED_RESPONSES = ("unauthorized", "unpaid", "too-fast", "down")

both_dialects = pytest.mark.parametrize("dialect", DIALECTS)
both_ways = pytest.mark.parametrize("way", WAYS, ids=("stream", "whole"))


def _asked(terminal: Terminal, aimock: Aimock, dialect: str, model: str, *more: str) -> Outcome:
    return terminal.run(*server(aimock.base_url, dialect, model, *more), "--json", QUESTION)


def _assert_complete(outcome: Outcome, text: str) -> None:
    answer = outcome.answer
    assert answer["failure"] is None, answer["failure"]
    assert answer["text"] == text
    assert (answer["state"], outcome.status) == ("complete", 0)


def _assert_interrupted(outcome: Outcome, whole: str) -> None:
    answer = outcome.answer
    assert answer["text"]
    assert whole.startswith(answer["text"])
    assert len(answer["text"]) < len(whole)
    assert (answer["state"], outcome.status) == ("incomplete", 6)
    assert answer["failure"]["kind"] == "stream-broken"
    assert answer["attempts"] == 1


@both_dialects
@pytest.mark.parametrize(
    ("model", "way"),
    [
        *(pytest.param(model, (), id=model) for model in TEXTS),
        *(pytest.param(model, ("--no-stream",), id=f"{model}-whole") for model in WHOLE),
    ],
)
def test_that_the_text_arrives_byte_for_byte(
    terminal: Terminal, aimock: Aimock, dialect: str, way: tuple[str, ...], model: str
) -> None:
    outcome = _asked(terminal, aimock, dialect, model, *way)
    _assert_complete(outcome, TEXTS[model])
    usage = outcome.answer["usage"]
    assert usage["input_tokens"] == scenario.PROMPT_TOKENS
    assert usage["output_tokens"] == scenario.ANSWER_TOKENS
    assert usage["total_tokens"] == scenario.PROMPT_TOKENS + scenario.ANSWER_TOKENS


@both_dialects
@both_ways
def test_that_reasoning_is_kept_apart_from_the_text(
    terminal: Terminal, aimock: Aimock, dialect: str, way: tuple[str, ...]
) -> None:
    outcome = _asked(terminal, aimock, dialect, "thinking", *way)
    _assert_complete(outcome, answer_text.PLAIN)
    assert outcome.answer["reasoning"] == answer_text.REASONING


def test_that_searches_are_reported_while_they_run(terminal: Terminal, aimock: Aimock) -> None:
    arguments = server(aimock.base_url, "agent", "searching", "--json-lines", QUESTION)
    outcome = terminal.run(*arguments)
    lines = [json.loads(line) for line in outcome.output.decode("utf-8").splitlines()]
    told = json.dumps(lines, ensure_ascii=False)
    assert all(query in told for query in scenario.QUERIES)
    assert lines[-1]["text"] == answer_text.PLAIN
    assert outcome.status == 0


@both_dialects
def test_that_S7_each_event_is_a_line_of_json(
    terminal: Terminal, aimock: Aimock, dialect: str
) -> None:
    model = "one-character"
    outcome = terminal.run(*server(aimock.base_url, dialect, model, "--json-lines", QUESTION))
    lines = [json.loads(line) for line in outcome.output.split(b"\n") if line]
    assert len(lines) > 2
    assert lines[-1]["state"] == "complete"
    assert lines[-1]["text"] == answer_text.TRICKY
    assert outcome.status == 0


@both_ways
def test_that_openrouter_reports_its_price_past_the_comments(
    terminal: Terminal, aimock: Aimock, way: tuple[str, ...]
) -> None:
    address = f"{aimock.origin}/api/v1"
    arguments = server(address, "chat-completions", "priced", *way, "--json", QUESTION)
    outcome = terminal.run(*arguments)
    _assert_complete(outcome, answer_text.PLAIN)
    assert outcome.answer["usage"]["cost"] == pytest.approx(scenario.COST)


@both_dialects
def test_that_the_model_that_answered_is_named(
    terminal: Terminal, aimock: Aimock, dialect: str
) -> None:
    outcome = _asked(terminal, aimock, dialect, "renamed")
    _assert_complete(outcome, answer_text.PLAIN)
    assert outcome.answer["model"] == "renamed-2026-11-20"


@both_ways
@pytest.mark.parametrize(
    ("model", "reason"), [("cut-short", "length"), ("filtered", "content_filter")]
)
def test_that_chat_completions_say_why_they_ended(
    terminal: Terminal, aimock: Aimock, way: tuple[str, ...], model: str, reason: str
) -> None:
    outcome = _asked(terminal, aimock, "chat-completions", model, *way)
    _assert_complete(outcome, answer_text.PLAIN)
    assert outcome.answer["finish_reason"] == reason


@both_ways
def test_that_a_responses_answer_at_its_limit_keeps_its_text(
    terminal: Terminal, aimock: Aimock, way: tuple[str, ...]
) -> None:
    # `response.completed` whose status says `incomplete`.
    outcome = _asked(terminal, aimock, "agent", "cut-short", *way)
    assert outcome.answer["text"] == answer_text.PLAIN
    assert (outcome.answer["state"], outcome.status) in {("complete", 0), ("incomplete", 6)}


@both_dialects
@pytest.mark.parametrize(
    ("model", "whole"),
    [("truncated", answer_text.MARKDOWN), ("disconnected", answer_text.LONG)],
    ids=("truncated", "disconnected"),
)
def test_that_S12_a_lost_connection_keeps_the_text_and_is_not_asked_again(
    terminal: Terminal, aimock: Aimock, dialect: str, model: str, whole: str
) -> None:
    question = f"{QUESTION} {dialect} {model}"
    arguments = server(aimock.base_url, dialect, model, "--json", question)
    _assert_interrupted(terminal.run(*arguments), whole)
    assert len(aimock.requests(question)) == 1


@both_dialects
def test_that_a_character_cut_in_half_does_not_spoil_what_came_before(
    terminal: Terminal, aimock: Aimock, dialect: str
) -> None:
    outcome = _asked(terminal, aimock, dialect, "truncated-character")
    answer = outcome.answer
    whole = answer["text"].removesuffix("\ufffd")
    assert whole
    assert whole == "🌊" * len(whole)
    assert (answer["state"], outcome.status) == ("incomplete", 6)


@both_dialects
def test_that_a_server_that_hangs_up_at_once_is_asked_three_times(
    terminal: Terminal, aimock: Aimock, dialect: str
) -> None:
    question = f"{QUESTION} {dialect} hung-up"
    arguments = server(aimock.base_url, dialect, "hung-up", "--json", question)
    outcome = terminal.run(*arguments)
    answer = outcome.answer
    assert answer["failure"]["kind"] in {"not-connected", "stream-broken"}
    assert answer["failure"]["retryable"]
    assert (answer["state"], answer["text"]) == ("failed", "")
    assert outcome.status in {5, 6}
    assert answer["attempts"] == len(aimock.requests(question)) == 3


@both_dialects
def test_that_malformed_json_is_a_failure_that_says_so(
    terminal: Terminal, aimock: Aimock, dialect: str
) -> None:
    outcome = _asked(terminal, aimock, dialect, "malformed")
    answer = outcome.answer
    assert (answer["state"], answer["text"]) == ("failed", "")
    assert answer["failure"]["kind"] in {"answer-failed", "stream-broken"}
    assert outcome.status in {1, 6}


@both_dialects
@both_ways
@pytest.mark.parametrize("model", ["empty", "tool-call"])
def test_that_an_answer_without_a_character_is_a_failure(
    terminal: Terminal, aimock: Aimock, dialect: str, way: tuple[str, ...], model: str
) -> None:
    outcome = _asked(terminal, aimock, dialect, model, *way)
    answer = outcome.answer
    assert (answer["state"], answer["text"]) == ("failed", "")
    assert answer["failure"]["kind"] == "answer-failed"
    assert outcome.status == 1


@both_dialects
@both_ways
def test_that_text_around_a_tool_call_is_joined_in_order(
    terminal: Terminal, aimock: Aimock, dialect: str, way: tuple[str, ...]
) -> None:
    outcome = _asked(terminal, aimock, dialect, "text-around-tool-call", *way)
    assert outcome.answer["text"].split() == ["Before.", "After."]
    assert (outcome.answer["state"], outcome.status) == ("complete", 0)


@pytest.mark.parametrize(
    ("dialect", "refusal"),
    [
        *(("chat-completions", refusal) for refusal in REFUSALS),
        *(("agent", refusal) for refusal in REFUSALS if refusal.model in REFUSED_RESPONSES),
    ],
    ids=lambda value: value.model if isinstance(value, Refusal) else value,
)
def test_that_a_refusal_has_its_kind_and_is_repeated_only_where_that_helps(
    terminal: Terminal, aimock: Aimock, dialect: str, refusal: Refusal
) -> None:
    question = f"{QUESTION} {dialect} {refusal.model}"
    outcome = terminal.run(*server(aimock.base_url, dialect, refusal.model, "--json", question))
    answer = outcome.answer
    assert (answer["state"], answer["text"]) == ("failed", "")
    failure = answer["failure"]
    assert (failure["kind"], outcome.status) == (refusal.kind, refusal.status)
    (message, code) = scenario.refusal(refusal.model)
    assert failure["status"] == code
    assert message in f"{failure['title']} {failure['detail']}"
    requests = aimock.requests(question)
    assert answer["attempts"] == len(requests) == refusal.attempts
    if refusal.kind == "rate-limit":
        # S5: the server's Retry-After of one second is never undercut.
        times = [float(str(request["timestamp"])) for request in requests]
        assert all(later - earlier >= 1000 for earlier, later in pairwise(times))


@both_dialects
@pytest.mark.parametrize("model", ["once-too-fast", "once-down"])
def test_that_S5_a_short_trouble_is_bridged(
    terminal: Terminal, aimock: Aimock, dialect: str, model: str
) -> None:
    question = f"{QUESTION} {dialect} {model}"
    name = f"{model}-{dialect}"
    outcome = terminal.run(*server(aimock.base_url, dialect, name, "--json", question))
    _assert_complete(outcome, answer_text.PLAIN)
    assert outcome.answer["attempts"] == len(aimock.requests(question)) == 2


@both_dialects
def test_that_an_unknown_model_is_named_as_the_cause(
    terminal: Terminal, aimock: Aimock, dialect: str
) -> None:
    outcome = _asked(terminal, aimock, dialect, "no-such-model")
    assert outcome.answer["failure"]["kind"] in {"not-found", "refused"}
    assert (outcome.answer["state"], outcome.status) == ("failed", 1)


@both_dialects
def test_that_a_closed_port_is_not_connected(terminal: Terminal, dialect: str) -> None:
    with socket.socket() as taken:
        # Bound, not listening: nobody else can answer there meanwhile.
        taken.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{taken.getsockname()[1]}/v1"
        outcome = terminal.run(*server(address, dialect, "plain", "--json", QUESTION))
    assert outcome.answer["failure"]["kind"] == "not-connected"
    assert (outcome.answer["state"], outcome.status) == ("failed", 5)


@both_dialects
def test_that_S10_the_options_reach_the_server(
    terminal: Terminal, aimock: Aimock, dialect: str
) -> None:
    question = f"{QUESTION} {dialect} options"
    sampling = ("--max-tokens", "77", "--temperature", "0.25", "--top-p", "0.5")
    options = ("--system", "Be bríef.", *sampling)
    arguments = server(aimock.base_url, dialect, "plain", *options, "--json", question)
    _assert_complete(terminal.run(*arguments), answer_text.PLAIN)
    (request,) = aimock.requests(question)
    # The journal holds aimock's own reading of either dialect.
    body = request["body"]
    assert isinstance(body, dict)
    assert {"role": "system", "content": "Be bríef."} in body["messages"]
    assert (body["max_tokens"], body["temperature"]) == (77, 0.25)
    assert body["stream"] is True
    if dialect == "chat-completions":
        assert body["top_p"] == 0.5
    headers = request["headers"]
    assert isinstance(headers, dict)
    assert headers["accept-encoding"] == "identity"
    assert "authorization" not in headers
    assert "cookie" not in headers


@both_dialects
def test_that_the_right_key_opens(terminal: Terminal, guarded_aimock: Aimock, dialect: str) -> None:
    terminal = replace(terminal, key=guarded_aimock.key)
    _assert_complete(_asked(terminal, guarded_aimock, dialect, "plain"), answer_text.PLAIN)


@both_dialects
@pytest.mark.parametrize("key", ["", "wrong-key-4711"], ids=("none", "wrong"))
def test_that_a_wrong_key_or_none_is_a_key_problem(
    terminal: Terminal, guarded_aimock: Aimock, dialect: str, key: str
) -> None:
    outcome = _asked(replace(terminal, key=key), guarded_aimock, dialect, "plain")
    failure = outcome.answer["failure"]
    assert failure["kind"] in {"unauthorized"} | (set() if key else {"no-key"})
    assert (outcome.answer["attempts"], outcome.status) == (1, 3)


@both_dialects
def test_that_S13_an_answer_stops_by_itself(
    terminal: Terminal, aimock: Aimock, dialect: str
) -> None:
    started = time.monotonic()
    outcome = _asked(terminal, aimock, dialect, "slow", "--stop-after", "20")
    assert (outcome.answer["state"], outcome.status) == ("stopped", 130)
    assert answer_text.LONG.startswith(outcome.answer["text"])
    assert 20 <= len(outcome.answer["text"]) < 1_000
    assert time.monotonic() - started < 10


@pytest.mark.parametrize(
    ("dialect", "sent"),
    [("chat-completions", signal.SIGINT), ("agent", signal.SIGTERM)],
    ids=("chat-completions-SIGINT", "agent-SIGTERM"),
)
def test_that_ctrl_c_stops_and_keeps_the_text(
    terminal: Terminal, aimock: Aimock, dialect: str, sent: signal.Signals
) -> None:
    with terminal.running(*server(aimock.base_url, dialect, "slow", "--json", QUESTION)) as process:
        _wait_for_kept_text(terminal)
        process.send_signal(sent)
        output, errors = process.communicate(timeout=10)
    outcome = terminal.checked(Outcome(process.returncode, output, errors.decode("utf-8")))
    assert (outcome.answer["state"], outcome.status) == ("stopped", 130)
    assert outcome.answer["text"]
    assert answer_text.LONG.startswith(outcome.answer["text"])
    assert terminal.kept()["text"] == outcome.answer["text"]


@both_dialects
def test_that_a_killed_process_leaves_the_text_that_had_arrived(
    terminal: Terminal, aimock: Aimock, dialect: str
) -> None:
    with terminal.running(*server(aimock.base_url, dialect, "slow", QUESTION)) as process:
        _wait_for_kept_text(terminal)
        process.kill()
        shown, _ = process.communicate(timeout=10)
    kept = terminal.kept()
    assert kept["state"] == "incomplete"
    assert kept["failure"]["title"]
    assert shown.startswith(kept["text"].encode())
    # A quarter of a second is 10 pieces of 12; twice that for a busy machine.
    assert len(shown.decode("utf-8", "ignore")) - len(kept["text"]) <= 240


def _wait_for_kept_text(terminal: Terminal) -> None:
    """Wait until an answer that is running has been kept with a second's worth of text."""
    _until(lambda: bool(terminal.conversations()) and len(terminal.kept()["text"]) > 400)


def _until(holds: Callable[[], bool], limit: float = 20.0) -> None:
    deadline = time.monotonic() + limit
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@both_dialects
def test_that_history_and_show_give_back_what_was_answered(
    terminal: Terminal, aimock: Aimock, dialect: str
) -> None:
    outcome = _asked(terminal, aimock, dialect, "one-character")
    kept = terminal.kept()
    assert kept["question"] == QUESTION
    answer = outcome.answer
    for name in ("text", "state", "usage", "model", "sources", "failure", "attempts"):
        assert kept[name] == answer[name], name


def test_that_a_failure_is_kept_as_well(terminal: Terminal, aimock: Aimock) -> None:
    outcome = _asked(terminal, aimock, "agent", "unpaid")
    assert terminal.kept()["failure"] == outcome.answer["failure"]


def test_that_no_save_keeps_nothing(terminal: Terminal, aimock: Aimock) -> None:
    _assert_complete(_asked(terminal, aimock, "agent", "plain", "--no-save"), answer_text.PLAIN)
    assert terminal.conversations() == []


@both_dialects
def test_that_the_terminal_shows_the_text_as_it_is(
    terminal: Terminal, aimock: Aimock, dialect: str
) -> None:
    outcome = terminal.run(*server(aimock.base_url, dialect, "markdown", QUESTION))
    assert outcome.output.startswith(answer_text.MARKDOWN.encode())
    assert str(scenario.ANSWER_TOKENS).encode() in outcome.output
    assert outcome.status == 0


def test_that_a_question_can_come_from_standard_input(terminal: Terminal, aimock: Aimock) -> None:
    question = f"{QUESTION}\nfrom standard input, über 2 Zeilen"
    arguments = server(aimock.base_url, "agent", "plain", "--json")
    _assert_complete(terminal.run(*arguments, typed=question.encode()), answer_text.PLAIN)
    assert len(aimock.requests(question)) == 1


def test_that_S14_several_answers_stream_side_by_side(tmp_path: Path, aimock: Aimock) -> None:
    with ExitStack() as running:
        processes = []
        for number, model in enumerate(("one-character", "long", "markdown")):
            folder = tmp_path / str(number)
            folder.mkdir()
            arguments = server(aimock.base_url, DIALECTS[number % 2], model, "--json", QUESTION)
            process = running.enter_context(Terminal(folder).running(*arguments))
            processes.append((process, TEXTS[model]))
        for process, text in processes:
            output, errors = process.communicate(timeout=30)
            outcome = Outcome(process.returncode, output, errors.decode("utf-8"))
            _assert_complete(outcome, text)
