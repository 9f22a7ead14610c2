"""The small line below a question: how it was asked, or what is being done about it now."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from headwater.domain import text_guard
from headwater.domain.answer import Searching, Stopped, Waiting
from headwater.ui.inline_run import Run, Style

if TYPE_CHECKING:
    from headwater.domain.conversation import Turn

_STRONG = Style(bold=True)
_MOST_QUERIES = 6
_LONGEST_QUERY = 80
_LONGEST_NAME = 100


def meta_runs(turn: Turn, now: datetime, *, has_steps: bool = False) -> list[Run]:
    """Return the line for `turn` as it stands at `now` (aware).

    With `has_steps` what was searched and read is told elsewhere, once it is done.
    """
    answer = turn.answer
    is_told = has_steps and (bool(answer.text) or not answer.is_running)
    queries = "" if is_told else _quoted(answer.queries)
    attached = _attached(turn)
    if not answer.is_running:
        effort = turn.question.options.effort
        asked = turn.question.asked_at.astimezone()
        parts = [f"effort {effort}"] if effort else []
        parts.append(f"{asked:%H:%M}")
        if attached:
            parts.append(attached)
        if queries:
            parts.append(f"searched {queries}")
        if isinstance(answer.state, Stopped):
            parts.append("stopped")
        return [Run(" · ".join(parts))]
    runs = _doing(turn, queries)
    if attached:
        runs.append(Run(f" · {attached}"))
    if answer.sources and not has_steps:
        count = len(answer.sources)
        runs.append(Run(f" · read {count} source{'' if count == 1 else 's'}"))
    seconds = max(0, int((now - turn.question.asked_at.astimezone(UTC)).total_seconds()))
    runs.append(Run(f" · {_duration(seconds)}"))
    return runs


def _doing(turn: Turn, queries: str) -> list[Run]:
    state = turn.answer.state
    if isinstance(state, Waiting):
        return [Run("Trying again" if state.retry is not None else "Asking", _STRONG)]
    if queries:
        is_searching = isinstance(state, Searching) and not turn.answer.sources
        return [Run("Searching" if is_searching else "Searched", _STRONG), Run(f" {queries}")]
    if isinstance(state, Searching):
        doing = text_guard.prose(state.doing)[:_LONGEST_QUERY].strip() or "searching"
        return [Run(doing[:1].upper() + doing[1:], _STRONG)]
    return [Run("Answering", _STRONG)]


def _attached(turn: Turn) -> str:
    attachments = turn.question.attachments
    if not attachments:
        return ""
    if len(attachments) > 1:
        return f"with {len(attachments)} files"
    return f"with {text_guard.prose(attachments[0].name).strip()[:_LONGEST_NAME]}"


def _quoted(queries: tuple[str, ...]) -> str:
    shown = [text_guard.prose(query).strip()[:_LONGEST_QUERY] for query in queries[:_MOST_QUERIES]]
    text = ", ".join(f"“{query}”" for query in shown if query)
    more = len(queries) - _MOST_QUERIES
    return f"{text} and {more} more" if more > 0 else text


def _duration(seconds: int) -> str:
    return f"{seconds} s" if seconds < 60 else f"{seconds // 60} min {seconds % 60} s"
