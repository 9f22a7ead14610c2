"""Questions and answers as JSON records and back; what is missing or wrong becomes a default."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from headwater.adapters.record import Record, options_from, options_record
from headwater.domain.answer import (
    Answer,
    AnswerState,
    Complete,
    Cursor,
    Failed,
    Searching,
    Stopped,
    Streaming,
    Waiting,
)
from headwater.domain.failure import Failure, FailureKind, Remedy, interrupted_answer
from headwater.domain.question import Question
from headwater.domain.source import Picture, Source
from headwater.domain.usage import Timing, Usage

_EPOCH = datetime.fromtimestamp(0, UTC)


def moment_from(text: str) -> datetime:
    """Return the ISO 8601 time in `text`, in UTC; 1970 when it holds none."""
    try:
        moment = datetime.fromisoformat(text)
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return _EPOCH


def question_record(question: Question) -> dict[str, Any]:
    """Return a question as JSON to be."""
    return {
        "text": question.text,
        "provider_id": question.provider_id,
        "dialect": question.dialect,
        "base_url": question.base_url,
        "model": question.model,
        "options": options_record(question.options),
        "asked_at": question.asked_at.isoformat(),
        "continues": question.continues,
    }


def question_from(record: Record) -> Question:
    """Return the question in `record`."""
    return Question(
        text=record.text("text"),
        provider_id=record.text("provider_id"),
        dialect=record.text("dialect"),
        base_url=record.text("base_url"),
        model=record.text("model"),
        options=options_from(record.record("options")),
        asked_at=moment_from(record.text("asked_at")),
        continues=record.text("continues"),
    )


def answer_record(answer: Answer) -> dict[str, Any]:
    """Return everything of an answer but its text and reasoning as JSON to be."""
    return {
        "sources": [asdict(source) for source in answer.sources],
        "pictures": [asdict(picture) for picture in answer.pictures],
        "follow_ups": answer.follow_ups,
        "queries": answer.queries,
        "usage": asdict(answer.usage) if answer.usage else None,
        "timing": asdict(answer.timing),
        "model": answer.model,
        "response_id": answer.response_id,
        "finish_reason": answer.finish_reason,
        "attempts": answer.attempts,
        "cursor": asdict(answer.cursor) if answer.cursor else None,
        "state": _state_record(answer.state),
    }


def answer_from(record: Record, text: str, reasoning: str) -> Answer:
    """Return the answer in `record` with its text and reasoning."""
    usage = record.record("usage")
    timing = record.record("timing")
    return Answer(
        text=text,
        reasoning=reasoning,
        sources=tuple(_source_from(source) for source in record.records("sources")),
        pictures=tuple(
            Picture(picture.text("url"), picture.text("page_url"), picture.text("title"))
            for picture in record.records("pictures")
        ),
        follow_ups=record.texts("follow_ups"),
        queries=record.texts("queries"),
        usage=_usage_from(usage) if usage.fields else None,
        timing=Timing(
            timing.number("first_word"), timing.number("total"), timing.number("thought")
        ),
        model=record.text("model"),
        response_id=record.text("response_id"),
        finish_reason=record.text("finish_reason") or None,
        attempts=max(1, record.integer("attempts") or 1),
        cursor=_cursor_from(record.record("cursor")),
        state=_state_from(record.record("state")),
    )


def _source_from(record: Record) -> Source:
    return Source(
        id=record.text("id"),
        url=record.text("url"),
        title=record.text("title"),
        snippet=record.text("snippet"),
        published=record.text("published"),
        updated=record.text("updated"),
        aliases=record.texts("aliases"),
    )


def _cursor_from(record: Record) -> Cursor | None:
    number, text, reasoning = (
        record.integer(name) for name in ("number", "text_length", "reasoning_length")
    )
    if number is None or text is None or reasoning is None or min(number, text, reasoning) < 0:
        return None
    return Cursor(number, text, reasoning)


def _usage_from(record: Record) -> Usage:
    return Usage(
        input_tokens=record.integer("input_tokens"),
        output_tokens=record.integer("output_tokens"),
        total_tokens=record.integer("total_tokens"),
        cached_tokens=record.integer("cached_tokens"),
        reasoning_tokens=record.integer("reasoning_tokens"),
        searches=record.integer("searches"),
        cost=record.number("cost"),
        currency=record.text("currency", "USD"),
    )


def _state_record(state: AnswerState) -> dict[str, Any]:
    match state:
        case Waiting():
            # The loop time it would resume at means nothing to another process.
            return {"is": "waiting"}
        case Searching(doing):
            return {"is": "searching", "doing": doing}
        case Streaming():
            return {"is": "streaming"}
        case Complete():
            return {"is": "complete"}
        case Stopped(reason):
            return {"is": "stopped", "reason": reason}
        case Failed(failure):
            return {"is": "failed", "failure": asdict(failure)}


def _state_from(record: Record) -> AnswerState:
    match record.text("is"):
        case "waiting":
            return Waiting()
        case "searching":
            return Searching(record.text("doing"))
        case "streaming":
            return Streaming()
        case "complete":
            return Complete()
        case "stopped":
            return Stopped(record.text("reason"))
        case "failed":
            return Failed(_failure_from(record.record("failure")))
        case _:
            return Failed(interrupted_answer())


def _failure_from(record: Record) -> Failure:
    try:
        kind = FailureKind(record.text("kind"))
    except ValueError:
        kind = FailureKind.INTERNAL
    try:
        remedy = Remedy(record.text("remedy"))
    except ValueError:
        remedy = Remedy.RETRY
    return Failure(
        kind=kind,
        title=record.text("title"),
        detail=record.text("detail"),
        remedy=remedy,
        status=record.integer("status"),
        retryable=record.truth("retryable"),
        retry_after=record.number("retry_after"),
        raw=record.text("raw"),
    )
