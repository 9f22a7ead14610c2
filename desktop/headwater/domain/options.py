"""How an answer is asked for: limits, sampling, what to search; None lets the server decide."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class SearchOptions:
    """What the search behind an answer looks at; only providers that search take them.

    `recency` is hour, day, week, month or year; `context_size` low, medium or high; `mode` web,
    academic or sec; `domains` up to 20 hosts, a leading `-` excludes; dates are `YYYY-MM-DD`.
    """

    enabled: bool = True
    recency: str = ""
    domains: tuple[str, ...] = ()
    context_size: str = ""
    mode: str = ""
    after_date: str = ""
    before_date: str = ""


@dataclass(frozen=True, slots=True)
class AnswerOptions:
    """Everything about an answer that the user may set beside the question.

    `stop_after` ends the answer here after that many output tokens, counted as they arrive;
    `effort` is fast, low, medium, high or xhigh; `background` lets the server go on when the
    connection breaks, so that the stream can be resumed (agent dialect only).
    """

    instructions: str = ""
    max_tokens: int | None = None
    temperature: float | None = None
    top_p: float | None = None
    stop_after: int | None = None
    stream: bool = True
    effort: str = ""
    background: bool = False
    search: SearchOptions = field(default_factory=SearchOptions)

    def problem(self) -> str:
        """Return one plain sentence on the first value out of range, or an empty string."""
        if self.max_tokens is not None and self.max_tokens < 1:
            return "The output limit must be at least 1 token."
        if self.stop_after is not None and self.stop_after < 1:
            return "The number of tokens to stop after must be at least 1."
        if self.temperature is not None and not 0 <= self.temperature <= 2:
            return "The temperature must lie between 0 and 2."
        if self.top_p is not None and not 0 < self.top_p <= 1:
            return "Top-p must be above 0 and at most 1."
        if len(self.search.domains) > 20:
            return "At most 20 domains can be given."
        return ""
