"""What an answer used and cost, as the wire reported it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Usage:
    """Token counts, searches and cost in `currency`; None where the server said nothing."""

    input_tokens: int | None = None
    output_tokens: int | None = None
    total_tokens: int | None = None
    cached_tokens: int | None = None
    reasoning_tokens: int | None = None
    searches: int | None = None
    cost: float | None = None
    currency: str = "USD"


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds from sending the question to the first word and to the end; None while unknown.

    `thought` are those from the first thought to the first word, None without any thought.
    """

    first_word: float | None = None
    total: float | None = None
    thought: float | None = None
