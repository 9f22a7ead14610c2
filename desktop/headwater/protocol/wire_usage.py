"""Token counts and cost as servers write them, to one Usage."""

from __future__ import annotations

from headwater.domain.usage import Usage
from headwater.protocol.json_reading import JsonObject, amount_at, count_at, object_at, text_at

_NOTHING = Usage()


def usage_from(wire: JsonObject) -> Usage | None:
    """Return the usage that `wire` reports, or None when it says nothing.

    `cost` is an object with a total (Perplexity) or a number (OpenRouter).
    """
    if not wire:
        return None
    into = object_at(wire, "input_tokens_details") or object_at(wire, "prompt_tokens_details")
    out = object_at(wire, "output_tokens_details") or object_at(wire, "completion_tokens_details")
    cost = object_at(wire, "cost")
    # Sonar fills the object with zeros until the last chunk; a number is meant as it is.
    amount = amount_at(cost, "total_cost", "total") or None if cost else amount_at(wire, "cost")
    reasoning = count_at(out, "reasoning_tokens")
    if reasoning is None:
        reasoning = count_at(wire, "reasoning_tokens")
    cached = count_at(into, "cached_tokens", "cache_read_input_tokens")
    if cached is None:
        cached = count_at(wire, "prompt_cache_hit_tokens")
    usage = Usage(
        input_tokens=count_at(wire, "input_tokens", "prompt_tokens"),
        output_tokens=count_at(wire, "output_tokens", "completion_tokens"),
        total_tokens=count_at(wire, "total_tokens"),
        cached_tokens=cached,
        reasoning_tokens=reasoning,
        searches=_searches(wire),
        cost=amount,
        currency=(text_at(cost, "currency") if cost else "") or "USD",
    )
    return None if usage == _NOTHING else usage


def _searches(wire: JsonObject) -> int | None:
    said = count_at(wire, "num_search_queries", "searches")
    if said is not None:
        return said
    calls = [
        count_at(detail, "invocation") or 0
        for name, detail in object_at(wire, "tool_calls_details").items()
        if "search" in name and isinstance(detail, dict)
    ]
    return sum(calls) if calls else None
