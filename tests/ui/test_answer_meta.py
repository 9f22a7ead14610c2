"""What the small line below a question says."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from headwater.domain.answer import (
    Answer,
    AnswerState,
    Complete,
    Searching,
    Stopped,
    Streaming,
    Waiting,
)
from headwater.domain.attachment import Attachment, attachment_of
from headwater.domain.conversation import Turn
from headwater.domain.options import AnswerOptions
from headwater.domain.question import Question
from headwater.domain.source import Source
from headwater.ui.answer_meta import meta_runs

_WHEN = datetime(2026, 11, 20, 8, 30, tzinfo=UTC)
_CLOCK = f"{_WHEN.astimezone():%H:%M}"
_PICTURE = attachment_of("screenshot.png", b"\x89PNG\r\n\x1a\n")
_NOTES = attachment_of("notes.txt", b"one")


def line(state: AnswerState, *attachments: Attachment, effort: str = "") -> str:
    options = AnswerOptions(effort=effort)
    question = Question("q", options=options, asked_at=_WHEN, attachments=attachments)
    turn = Turn("t", "", question, Answer(state=state))
    return "".join(run.text for run in meta_runs(turn, _WHEN + timedelta(seconds=3)))


@pytest.mark.parametrize(
    ("attachments", "words"),
    [
        ((), ""),
        ((_PICTURE,), " · with screenshot.png"),
        ((_PICTURE, _NOTES, _NOTES), " · with 3 files"),
    ],
    ids=["none", "one", "three"],
)
def test_that_the_line_says_what_went_along(
    attachments: tuple[Attachment, ...], words: str
) -> None:
    assert line(Complete(), *attachments) == f"{_CLOCK}{words}"
    assert line(Stopped(), *attachments, effort="low") == f"effort low · {_CLOCK}{words} · stopped"
    assert line(Waiting(), *attachments) == f"Asking{words} · 3 s"
    assert line(Searching("thinking"), *attachments) == f"Thinking{words} · 3 s"


def test_that_the_line_leaves_to_the_steps_what_they_tell() -> None:
    answer = Answer("x", sources=(Source("1", "https://a.example/"),), queries=("why",))

    def said(answer: Answer) -> str:
        turn = Turn("t", "", Question("q", asked_at=_WHEN), answer)
        return "".join(r.text for r in meta_runs(turn, _WHEN, has_steps=True))

    assert said(replace(answer, state=Complete())) == _CLOCK
    assert said(replace(answer, text="", state=Searching())) == "Searched “why” · 0 s"
    assert said(replace(answer, state=Streaming())) == "Answering · 0 s"


def test_that_S13_a_name_from_a_damaged_history_is_made_harmless() -> None:
    hostile = replace(_PICTURE, name="a\u202e\ufdd0\n" + "x" * 500)
    said = line(Complete(), hostile)
    assert said.startswith(f"{_CLOCK} · with a\ufffd x")
    assert len(said) < 130
