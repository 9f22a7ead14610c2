"""What each model's name makes the foreign servers do."""

from __future__ import annotations

from collections.abc import Mapping

from tests.third_party import answer_text
from tests.third_party.servers import Aimock

Fixture = Mapping[str, object]

PROMPT_TOKENS = 11
ANSWER_TOKENS = 23
USAGE = {
    "prompt_tokens": PROMPT_TOKENS,
    "completion_tokens": ANSWER_TOKENS,
    "total_tokens": PROMPT_TOKENS + ANSWER_TOKENS,
    "input_tokens": PROMPT_TOKENS,
    "output_tokens": ANSWER_TOKENS,
}
COST = 0.0042
QUERIES = ("longest river", "長江 length")
LONG_WAIT = 3600
THROUGH_LITELLM = (
    "plain",
    "markdown",
    "one-piece",
    "passable",
    "three-characters",
    "deliberating",
    "cut-short",
    "truncated",
    "unauthorized",
    "missing",
    "out-of-quota",
    "down",
    "hung-up",
)


def _text(
    model: str,
    text: str,
    *,
    chunk: int = 7,
    response: Mapping[str, object] | None = None,
    **delivery: object,
) -> Fixture:
    """Return a fixture that answers `text` in pieces of `chunk` UTF-16 units."""
    return {
        "match": {"model": model},
        "response": {"content": text, "usage": USAGE, **(response or {})},
        "chunkSize": chunk,
        **delivery,
    }


def _error(
    model: str,
    status: int,
    kind: str,
    message: str,
    *,
    code: str = "",
    wait: int | None = None,
    times: int | None = None,
) -> Fixture:
    """Return a fixture that refuses, every time or only the first; `wait` is its Retry-After."""
    return {
        "match": {"model": model, **({} if times is None else {"sequenceIndex": times - 1})},
        "response": {
            "error": {"message": message, "type": kind, **({"code": code} if code else {})},
            "status": status,
            **({} if wait is None else {"retryAfter": wait}),
        },
    }


def _recovering(model: str, status: int, wait: int | None = None) -> list[Fixture]:
    """Return fixtures that fail once and then answer, one pair per dialect."""
    return [
        fixture
        for name in (f"{model}-chat-completions", f"{model}-agent")
        for fixture in (
            _error(name, status, "server_error", "Come back.", wait=wait, times=1),
            _text(name, answer_text.PLAIN),
        )
    ]


AIMOCK: list[Fixture] = [
    _text("plain", answer_text.PLAIN),
    _text("one-character", answer_text.TRICKY, chunk=1),
    _text("three-characters", answer_text.TRICKY, chunk=3),
    _text("one-piece", answer_text.TRICKY, chunk=1_000_000),
    _text("passable", answer_text.PASSABLE, chunk=1_000_000),
    _text("markdown", answer_text.MARKDOWN, chunk=5),
    _text("long", answer_text.LONG, chunk=50),
    _text("thinking", answer_text.PLAIN, response={"reasoning": answer_text.REASONING}),
    _text("deliberating", answer_text.PLAIN, response={"reasoning": answer_text.PLAIN[::-1]}),
    _text("searching", answer_text.PLAIN, response={"webSearches": list(QUERIES)}),
    _text("priced", answer_text.PLAIN, response={"usage": {**USAGE, "cost": COST}},
          openRouterProcessing=True),
    _text("cut-short", answer_text.PLAIN, response={"finishReason": "length"}),
    _text("filtered", answer_text.PLAIN, response={"finishReason": "content_filter"}),
    _text("renamed", answer_text.PLAIN, response={"model": "renamed-2026-11-20"}),
    _text("slow", answer_text.LONG, chunk=12, streamingProfile={"ttft": 50, "tps": 40}),
    _text("late", answer_text.PLAIN, streamingProfile={"ttft": 1500, "tps": 200}),
    # Interrupted: the socket is destroyed, without the last chunk of the HTTP body.
    _text("truncated", answer_text.MARKDOWN, latency=10, truncateAfterChunks=16),
    _text("truncated-character", "🌊" * 40, chunk=1, latency=5, truncateAfterChunks=18),
    _text("disconnected", answer_text.LONG, latency=10, disconnectAfterMs=400),
    _text("truncated-at-once", answer_text.PLAIN, latency=10, truncateAfterChunks=1),
    # Nothing that can be read.
    _text("empty", ""),
    _text("malformed", answer_text.PLAIN, chaos={"malformedRate": 1}),
    _text("hung-up", answer_text.PLAIN, chaos={"disconnectRate": 1}),
    {
        "match": {"model": "tool-call"},
        "response": {"toolCalls": [{"name": "look", "arguments": {"at": "河"}, "id": "call_1"}]},
    },
    {
        "match": {"model": "text-around-tool-call"},
        "response": {
            "blocks": [
                {"type": "text", "text": "Before. "},
                {"type": "toolCall", "name": "look", "arguments": {"at": "河"}, "id": "call_1"},
                {"type": "text", "text": "After."},
            ]
        },
    },
    # Refusals.
    _error("bad-request", 400, "invalid_request_error", "max_tokens is too large."),
    _error("unauthorized", 401, "authentication_error", "Incorrect API key provided.",
           code="invalid_api_key"),
    _error("unpaid", 402, "insufficient_credits", "You have no credits left."),
    _error("forbidden", 403, "permission_error", "This model is not for you."),
    _error("missing", 404, "not_found_error", "There is no such model.", code="model_not_found"),
    _error("too-fast", 429, "rate_limit_error", "Slow down."),
    _error("come-tomorrow", 429, "rate_limit_error", "Slow down.", wait=LONG_WAIT),
    _error("out-of-quota", 429, "insufficient_quota", "You exceeded your current quota.",
           code="insufficient_quota"),
    _error("crashed", 500, "server_error", "Something broke."),
    _error("down", 503, "server_error", "Overloaded."),
    _error("overloaded", 529, "overloaded_error", "Overloaded."),
    *_recovering("once-too-fast", 429, wait=1),
    *_recovering("once-down", 503),
    *_recovering("window-once-down", 503),
]  # fmt: skip


def refusal(model: str) -> tuple[str, int]:
    """Return the words and the status with which aimock refuses `model`."""
    for fixture in AIMOCK:
        match fixture:
            case {
                "match": {"model": name},
                "response": {"error": {"message": words}, "status": status},
            }:
                if name == model:
                    return str(words), int(status)
    raise KeyError(model)


def litellm_models(aimock: Aimock) -> dict[str, dict[str, object]]:
    """Return the proxy's models: its own mock answers, and three ways through it to aimock.

    `through-` hands responses on as they come, `bridged-` makes them out of chat completions,
    `translated-` makes either out of Claude's messages.
    """
    mocks: dict[str, dict[str, object]] = {
        name: {"model": f"openai/{name}", "mock_response": answer}
        for name, answer in {
            "mock-plain": answer_text.PLAIN,
            "mock-tricky": answer_text.TRICKY,
            "mock-long": answer_text.LONG[:6_000],
            "mock-too-fast": "litellm.RateLimitError",
            "mock-too-long": "litellm.ContextWindowExceededError",
            "mock-overloaded": "Exception: mock_streaming_error",
            "mock-policy": "Exception: content_filter_policy",
        }.items()
    }
    ways = (
        ("through", "openai", aimock.base_url),
        ("bridged", "deepseek", aimock.base_url),
        ("translated", "anthropic", aimock.origin),
    )
    passages: dict[str, dict[str, object]] = {
        f"{way}-{name}": {"model": f"{maker}/{name}", "api_base": address}
        for way, maker, address in ways
        for name in THROUGH_LITELLM
    }
    return {**mocks, **passages}
