"""The shapes that other programs and people get: a public interface, so every name is here."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import get_args

import pytest

from headwater.domain import events
from headwater.domain.answer import Answer, Complete, Failed, Stopped
from headwater.domain.attachment import attachment_of
from headwater.domain.conversation import Conversation, Turn
from headwater.domain.failure import Failure, FailureKind, Remedy
from headwater.domain.question import Question
from headwater.domain.source import Picture, Source
from headwater.domain.transcript import (
    answer_json,
    conversation_json,
    event_json,
    markdown_with_sources,
    source_lines,
    summary_json,
    terminal_text,
    turn_json,
)
from headwater.domain.usage import Timing, Usage

_WHEN = datetime(2026, 11, 20, 8, 30, tzinfo=UTC)
_SOURCE = Source("3", "https://a.org/x", "A title", "A snippet", "2026-01-02")
_FAILURE = Failure(
    FailureKind.RATE_LIMIT,
    "Too many questions.",
    "Wait a little.",
    Remedy.RETRY,
    429,
    True,
    3.0,
    "{}",
)
_ANSWER = Answer(
    text="Yes [3].",
    reasoning="Hm.",
    sources=(_SOURCE,),
    follow_ups=("Why?",),
    usage=Usage(1, 2, 3, 4, 5, 6, 0.25, "EUR"),
    model="sonar",
    finish_reason="stop",
    attempts=2,
    state=Complete(),
)


def test_that_an_answer_has_exactly_the_documented_fields() -> None:
    assert answer_json(_ANSWER) == {
        "text": "Yes [3].",
        "reasoning": "Hm.",
        "sources": [
            {
                "id": "3",
                "url": "https://a.org/x",
                "title": "A title",
                "snippet": "A snippet",
                "published": "2026-01-02",
            }
        ],
        "related": ["Why?"],
        "usage": {
            "input_tokens": 1,
            "output_tokens": 2,
            "total_tokens": 3,
            "cost": 0.25,
            "searches": 6,
            "cached_tokens": 4,
            "reasoning_tokens": 5,
            "currency": "EUR",
        },
        "model": "sonar",
        "finish_reason": "stop",
        "state": "complete",
        "failure": None,
        "attempts": 2,
    }


def test_that_what_is_unknown_is_null() -> None:
    bare = answer_json(Answer())
    assert (bare["usage"], bare["finish_reason"], bare["failure"]) == (None, None, None)
    assert bare["state"] == "running"
    usage = answer_json(Answer(usage=Usage(output_tokens=7)))["usage"]
    assert usage["output_tokens"] == 7
    assert usage["cost"] is None
    assert usage["total_tokens"] is None


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        (Answer("x", state=Failed(_FAILURE)), "incomplete"),
        (Answer(state=Failed(_FAILURE)), "failed"),
        (Answer("x", state=Stopped()), "stopped"),
    ],
)
def test_that_state_and_failure_are_told(answer: Answer, state: str) -> None:
    told = answer_json(answer)
    assert told["state"] == state
    assert told["failure"] == (
        None
        if state == "stopped"
        else {
            "kind": "rate-limit",
            "title": "Too many questions.",
            "detail": "Wait a little.",
            "status": 429,
            "retryable": True,
        }
    )


def _conversation() -> Conversation:
    first = Turn(
        "t1", "", Question("One?", "perplexity", "agent", "https://b", "m", asked_at=_WHEN)
    )
    first = replace(first, answer=_ANSWER)
    retried = replace(first, id="t2", answer=Answer("Two.", state=Stopped()))
    follow_up = Turn("t3", "t2", Question("More?", model="asked-for", asked_at=_WHEN))
    conversation = Conversation(id="c", created=_WHEN)
    for turn in (first, retried, follow_up):
        conversation = conversation.with_turn(turn)
    return conversation


def test_that_a_conversation_lists_the_turns_now_shown_in_the_same_shape() -> None:
    told = conversation_json(_conversation())
    assert {name: told[name] for name in told if name != "turns"} == {
        "id": "c",
        "title": "One?",
        "created": "2026-11-20T08:30:00+00:00",
        "updated": "2026-11-20T08:30:00+00:00",
        "state": "running",
    }
    assert [(turn["id"], turn["parent_id"], turn["versions"]) for turn in told["turns"]] == [
        ("t2", "", 2),
        ("t3", "t2", 1),
    ]
    assert [turn["question"] for turn in told["turns"]] == ["One?", "More?"]
    assert json.loads(json.dumps(told)) == told


def test_that_a_turn_is_its_answer_with_the_question_beside_it() -> None:
    turn = _conversation().turns[0]
    told = turn_json(turn)
    assert {name: told[name] for name in answer_json(_ANSWER)} == answer_json(_ANSWER)
    assert {name: told[name] for name in told if name not in answer_json(_ANSWER)} == {
        "id": "t1",
        "parent_id": "",
        "versions": 1,
        "question": "One?",
        "attachments": [],
        "asked": "2026-11-20T08:30:00+00:00",
        "provider": "perplexity",
        "dialect": "agent",
        "base_url": "https://b",
    }
    assert turn_json(_conversation().turns[2])["model"] == "asked-for"


def test_that_an_empty_conversation_has_no_turns() -> None:
    assert conversation_json(Conversation())["turns"] == []


def test_that_a_line_of_the_history_has_four_fields() -> None:
    summary = SimpleNamespace(id="c", title="T", updated=_WHEN, state="complete", cost=1)
    assert summary_json(summary) == {
        "id": "c",
        "title": "T",
        "updated": "2026-11-20T08:30:00+00:00",
        "state": "complete",
    }


_EVENTS = [
    (events.Opened("m", "r"), {"event": "opened", "model": "m", "response_id": "r"}),
    (
        events.SearchStarted(("q",), "searching"),
        {"event": "search-started", "queries": ["q"], "doing": "searching"},
    ),
    (
        events.SourcesFound((_SOURCE,)),
        {"event": "sources-found", "sources": answer_json(_ANSWER)["sources"]},
    ),
    (events.ReasoningArrived("a"), {"event": "reasoning-arrived", "text": "a"}),
    (events.TextArrived("b"), {"event": "text-arrived", "text": "b"}),
    (events.TextSettled("c"), {"event": "text-settled", "text": "c"}),
    (
        events.PicturesFound((Picture("u", "p", "t"),)),
        {"event": "pictures-found", "pictures": [{"url": "u", "page_url": "p", "title": "t"}]},
    ),
    (events.FollowUpsSuggested(("w",)), {"event": "follow-ups-suggested", "related": ["w"]}),
    (
        events.UsageCounted(Usage(1, 2, 3, 4, 5, 6, 0.25, "EUR")),
        {"event": "usage-counted", "usage": answer_json(_ANSWER)["usage"]},
    ),
    (events.TimeTaken(Timing(0.5, 2.0)), {"event": "time-taken", "first_word": 0.5, "total": 2.0}),
    (
        events.AttemptFailed(_FAILURE, 2, 12345.6),
        {
            "event": "attempt-failed",
            "attempts": 2,
            "failure": answer_json(Answer(state=Failed(_FAILURE)))["failure"],
        },
    ),
    (events.Numbered(7), {"event": "numbered", "number": 7}),
    (
        events.Interrupted(_FAILURE, 12345.6),
        {
            "event": "interrupted",
            "failure": answer_json(Answer(state=Failed(_FAILURE)))["failure"],
        },
    ),
    (events.Rejoined(), {"event": "rejoined"}),
    (events.Completed("stop"), {"event": "completed", "finish_reason": "stop"}),
    (
        events.Broke(_FAILURE),
        {"event": "broke", "failure": answer_json(Answer(state=Failed(_FAILURE)))["failure"]},
    ),
    (events.WasStopped("40 tokens"), {"event": "was-stopped", "reason": "40 tokens"}),
]


@pytest.mark.parametrize(("event", "line"), _EVENTS)
def test_that_S7_each_event_is_one_line_of_json(
    event: events.AnswerEvent, line: dict[str, object]
) -> None:
    assert event_json(event) == line
    assert "\n" not in json.dumps(line)


def test_that_S7_no_event_is_forgotten() -> None:
    assert {type(event) for event, _ in _EVENTS} == set(get_args(events.AnswerEvent))


def test_that_sources_for_a_terminal_carry_their_own_ids() -> None:
    answer = Answer(
        sources=(
            _SOURCE,
            Source("web:12", "https://b.org"),
            Source("7", "", "No address"),
            Source("8", "https://c.org", "", "", "2026"),
        )
    )
    assert source_lines(answer) == (
        "[3] A title, 2026-01-02\n"
        "    https://a.org/x\n"
        "[web:12] https://b.org\n"
        "[7] No address\n"
        "[8] 2026\n"
        "    https://c.org"
    )
    assert source_lines(Answer()) == ""


def test_that_a_source_cannot_command_the_terminal() -> None:
    source = Source("1\x1b", "https://a\x07\n", "\x1b]0;owned\x07\r\nTi\u202etle\x9b2J")
    assert source_lines(Answer(sources=(source,))) == "[1] ]0;owned Title2J\n    https://a"


def test_that_terminal_text_keeps_lines_tabs_and_every_script() -> None:
    assert (
        terminal_text("a\tb\nc é 東京 🌊\u200d \x00\x08\x1b[31m") == "a\tb\nc é 東京 🌊\u200d [31m"
    )


def test_that_the_copied_answer_ends_in_its_sources_under_their_own_ids() -> None:
    answer = replace(_ANSWER, sources=(_SOURCE, Source("web:1", "https://b.org/a_(b)")))
    assert markdown_with_sources(None, answer) == (
        "Yes [3].\n"
        "\n"
        "Sources:\n"
        "\n"
        "- \\[3\\] [A title](<https://a.org/x>), 2026-01-02\n"
        "- \\[web:1\\] [b.org](<https://b.org/a_(b)>)"
    )


def test_that_the_question_comes_first_as_a_heading_on_one_line() -> None:
    assert markdown_with_sources(Question("What\n is it?"), Answer("This.\n")) == (
        "# What is it?\n\nThis."
    )
    assert markdown_with_sources(Question(" "), Answer()) == ""


_FILES = (
    attachment_of("screen_shot [1].png", b"\x89PNG\r\n\x1a\n and pixels"),
    attachment_of("notes.txt", b"secret words"),
)


def test_that_a_turn_tells_names_kinds_and_sizes_of_what_is_attached_and_no_content() -> None:
    told = turn_json(Turn("t", "", Question("q", attachments=_FILES)))
    assert told["attachments"] == [
        {"name": "screen_shot [1].png", "media_type": "image/png", "bytes": 19},
        {"name": "notes.txt", "media_type": "text/plain", "bytes": 12},
    ]
    assert "secret" not in json.dumps(told)


def test_that_the_copy_names_what_was_attached_under_the_question() -> None:
    assert markdown_with_sources(Question("Why?", attachments=_FILES), Answer("So.")) == (
        "# Why?\n\nAttached: screen\\_shot \\[1\\].png, notes.txt\n\nSo."
    )
    assert markdown_with_sources(Question("", attachments=_FILES[1:]), Answer("So.")) == (
        "Attached: notes.txt\n\nSo."
    )


def test_that_a_title_or_address_cannot_break_out_of_its_link() -> None:
    source = Source("1", "https://a.org/> <b", "x](https://evil) [y <b> `z`\nw")
    assert markdown_with_sources(None, Answer(sources=(source,))).splitlines()[-1] == (
        "- \\[1\\] [x\\](https://evil) \\[y \\<b\\> \\`z\\` w](<https://a.org/%3E%20%3Cb>)"
    )
