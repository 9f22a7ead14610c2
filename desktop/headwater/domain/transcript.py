"""Answers and conversations in the shapes other programs and people get them: JSON and Markdown."""

from __future__ import annotations

import re
from dataclasses import asdict
from datetime import datetime
from typing import Any, Protocol, assert_never

from headwater.domain import events
from headwater.domain.answer import Answer
from headwater.domain.conversation import Conversation, Turn
from headwater.domain.failure import Failure
from headwater.domain.question import Question
from headwater.domain.source import Picture, Source
from headwater.domain.usage import Usage

_USAGE_FIELDS = (
    "input_tokens",
    "output_tokens",
    "total_tokens",
    "cost",
    "searches",
    "cached_tokens",
    "reasoning_tokens",
    "currency",
)
# Everything that a terminal takes as a command, and marks that turn the reading direction.
_UNSAFE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


class Summary(Protocol):
    """What a line of the history has to know."""

    @property
    def id(self) -> str:
        """The conversation's id."""
        ...

    @property
    def title(self) -> str:
        """The conversation's title."""
        ...

    @property
    def updated(self) -> datetime:
        """When it was last asked something."""
        ...

    @property
    def state(self) -> str:
        """The status of its last answer."""
        ...


def answer_json(answer: Answer) -> dict[str, Any]:
    """Return the object that `headwater ask --json` prints (a public interface)."""
    return {
        "text": answer.text,
        "reasoning": answer.reasoning,
        "sources": [_source_json(source) for source in answer.sources],
        "related": list(answer.follow_ups),
        "usage": _usage_json(answer.usage),
        "model": answer.model,
        "finish_reason": answer.finish_reason,
        "state": answer.status,
        "failure": _failure_json(answer.failure) if answer.failure else None,
        "attempts": answer.attempts,
    }


def turn_json(turn: Turn, versions: int = 1) -> dict[str, Any]:
    """Return the answer's object together with its question; `versions` counts its siblings."""
    question = turn.question
    return {
        "id": turn.id,
        "parent_id": turn.parent_id,
        "versions": versions,
        "question": question.text,
        "attachments": [
            {
                "name": attachment.name,
                "media_type": attachment.media_type,
                "bytes": len(attachment.data),
            }
            for attachment in question.attachments
        ],
        "asked": question.asked_at.isoformat(),
        "provider": question.provider_id,
        "dialect": question.dialect,
        "base_url": question.base_url,
        **answer_json(turn.answer),
        "model": turn.answer.model or question.model,
    }


def conversation_json(conversation: Conversation) -> dict[str, Any]:
    """Return the object that `headwater show ID --json` prints: the turns now shown, in order."""
    path = conversation.path
    return {
        "id": conversation.id,
        "title": conversation.title,
        "created": conversation.created.isoformat(),
        "updated": conversation.updated.isoformat(),
        "state": conversation.turns[-1].answer.status if conversation.turns else "",
        "turns": [turn_json(turn, len(conversation.versions(turn.id))) for turn in path],
    }


def summary_json(summary: Summary) -> dict[str, Any]:
    """Return one element of the list that `headwater history --json` prints."""
    return {
        "id": summary.id,
        "title": summary.title,
        "updated": summary.updated.isoformat(),
        "state": summary.state,
    }


def event_json(event: events.AnswerEvent) -> dict[str, Any]:
    """Return the line that `headwater ask --json-lines` prints for an event."""
    match event:
        case events.Opened(model, response_id):
            return {"event": "opened", "model": model, "response_id": response_id}
        case events.SearchStarted(queries, doing):
            return {"event": "search-started", "queries": list(queries), "doing": doing}
        case events.SourcesFound(sources):
            return {"event": "sources-found", "sources": [_source_json(s) for s in sources]}
        case events.ReasoningArrived(text):
            return {"event": "reasoning-arrived", "text": text}
        case events.TextArrived(text):
            return {"event": "text-arrived", "text": text}
        case events.TextSettled(text):
            return {"event": "text-settled", "text": text}
        case events.PicturesFound(pictures):
            return {"event": "pictures-found", "pictures": [_picture_json(p) for p in pictures]}
        case events.FollowUpsSuggested(questions):
            return {"event": "follow-ups-suggested", "related": list(questions)}
        case events.UsageCounted(usage):
            return {"event": "usage-counted", "usage": _usage_json(usage)}
        case events.TimeTaken(timing):
            return {
                "event": "time-taken",
                "first_word": timing.first_word,
                "total": timing.total,
            }
        case events.AttemptFailed() | events.Numbered() | events.Interrupted() | events.Rejoined():
            return _connection_json(event)
        case events.Completed(finish_reason):
            return {"event": "completed", "finish_reason": finish_reason or None}
        case events.Broke(failure):
            return {"event": "broke", "failure": _failure_json(failure)}
        case events.WasStopped(reason):
            return {"event": "was-stopped", "reason": reason}
        case _ as never:
            assert_never(never)


def _connection_json(
    event: events.AttemptFailed | events.Numbered | events.Interrupted | events.Rejoined,
) -> dict[str, Any]:
    match event:
        case events.AttemptFailed(failure, attempts, _):
            return {
                "event": "attempt-failed",
                "attempts": attempts,
                "failure": _failure_json(failure),
            }
        case events.Numbered(number):
            return {"event": "numbered", "number": number}
        case events.Interrupted(failure, _):
            return {"event": "interrupted", "failure": _failure_json(failure)}
        case events.Rejoined():
            return {"event": "rejoined"}
        case _ as never:
            assert_never(never)


def source_lines(answer: Answer) -> str:
    """Return the sources for a terminal, each with the id its marks carry; empty without any."""
    return "\n".join(_source_line(source) for source in answer.sources)


def attached_line(question: Question) -> str:
    """Return one line with the names of what is attached; empty where nothing is."""
    names = ", ".join(attachment.name for attachment in question.attachments)
    return f"Attached: {names}" if names else ""


def markdown_with_sources(question: Question | None, answer: Answer) -> str:
    """Return the answer for the clipboard: its Markdown, then its sources under their own ids.

    With a question, that comes first as a heading, with the names of what is attached under it.
    """
    parts = []
    if question is not None and question.text.strip():
        parts.append("# " + " ".join(question.text.split()))
    if question is not None and question.attachments:
        parts.append(_escaped(attached_line(question)))
    if answer.text.strip():
        parts.append(answer.text.strip())
    if answer.sources:
        parts.append("Sources:")
        parts.append("\n".join(_markdown_source(source) for source in answer.sources))
    return "\n\n".join(parts)


def terminal_text(text: str) -> str:
    """Return `text` without what a terminal would obey: escapes and direction marks."""
    return _UNSAFE.sub("", text)


def _source_json(source: Source) -> dict[str, Any]:
    return {
        "id": source.id,
        "url": source.url,
        "title": source.title,
        "snippet": source.snippet,
        "published": source.published or None,
    }


def _picture_json(picture: Picture) -> dict[str, Any]:
    return {"url": picture.url, "page_url": picture.page_url, "title": picture.title}


def _usage_json(usage: Usage | None) -> dict[str, Any] | None:
    if usage is None:
        return None
    known = asdict(usage)
    return {name: known[name] for name in _USAGE_FIELDS}


def _failure_json(failure: Failure) -> dict[str, Any]:
    return {
        "kind": failure.kind.value,
        "title": failure.title,
        "detail": failure.detail,
        "status": failure.status,
        "retryable": failure.retryable,
    }


def _one_line(text: str) -> str:
    return " ".join(terminal_text(text).split())


def _escaped(text: str) -> str:
    """Return `text` so that Markdown shows it as it is."""
    return re.sub(r"([\\\[\]<>*_`])", r"\\\1", text)


def _source_line(source: Source) -> str:
    facts = [_one_line(source.title), _one_line(source.published)]
    first = ", ".join(fact for fact in facts if fact)
    mark = f"[{_one_line(source.id)}]"
    address = _one_line(source.url)
    if not first:
        return f"{mark} {address}"
    indent = " " * (len(mark) + 1)
    return f"{mark} {first}\n{indent}{address}" if address else f"{mark} {first}"


def _markdown_source(source: Source) -> str:
    title = _escaped(_one_line(source.title) or source.domain)
    # In angle brackets an address may hold parentheses; spaces and brackets are escaped.
    address = re.sub(
        r"[\s<>]", lambda found: "".join(f"%{b:02X}" for b in found[0].encode()), source.url
    )
    link = f"[{title}](<{address}>)" if address else title
    dated = f"{link}, {_one_line(source.published)}" if source.published else link
    return f"- \\[{_one_line(source.id)}\\] {dated}"
