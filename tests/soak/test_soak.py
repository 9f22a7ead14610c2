"""That the soak finds what it looks for, and that a very short one finds nothing."""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest

from headwater.domain.answer import Answer, AnswerState, Complete, Failed
from headwater.domain.failure import unfinished_answer
from tests.soak.__main__ import lines, main
from tests.soak.faulty_service import KINDS, Task, task_for
from tests.soak.run import Report, Soak, soak

BROKEN = Failed(unfinished_answer())


def judged(text: str, state: AnswerState = BROKEN, *, was_finished: bool = False) -> Report:
    pieces = ("w1x0 ", "w1x1 ", "w1x2")
    task = Task(1, "lost", pieces, random.Random(1), "w1x0 w1x1 ", was_finished)
    looking = Soak(1, Path())
    looking._judge(task, Answer(text, state=state))
    return looking.report


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("w1x0 w1x1 ", []),
        ("w1x0 w1x1 w1x2", []),
        ("w1x0 ", ["words lost"]),
        ("w1x0 w1x1 w1x1 ", ["words doubled", "texts that nobody sent"]),
        ("w1x0 w1x1 w1x9", ["texts that nobody sent"]),
        ("w1x0  w1x1 ", ["texts that nobody sent"]),
    ],
)
def test_that_a_word_lost_doubled_or_made_up_is_counted(text: str, found: list[str]) -> None:
    report = judged(text)
    assert [name for name, count in report.must_be_zero.items() if count] == found
    assert report.is_good == (not found)
    assert len(report.examples) == len(found)


@pytest.mark.parametrize(
    ("state", "was_finished"), [(Complete(), False), (BROKEN, True)], ids=["early", "never"]
)
def test_that_a_wrong_end_is_counted(state: AnswerState, was_finished: bool) -> None:
    report = judged("w1x0 w1x1 ", state, was_finished=was_finished)
    assert report.must_be_zero["wrong states"] == 1
    assert any(line.startswith("OVER wrong states: 1") for line in lines(report))


def test_that_every_answer_is_of_words_that_occur_once() -> None:
    for kind in KINDS:
        words = re.findall(r"w\d+x\d+", task_for(1, kind, random.Random(1)).text)
        assert len(words) == len(set(words)) >= 5


def test_that_a_short_soak_of_every_fault_loses_and_doubles_nothing() -> None:
    report = soak(30.0, answers=2 * len(KINDS), seed=1)
    assert report.must_be_zero == dict.fromkeys(report.must_be_zero, 0), report.examples
    assert set(report.faults) == set(KINDS)
    assert report.words > 1000


def test_that_what_is_found_ends_the_command_with_1(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[float, int, int | None]] = []

    def found(seconds: float, answers: int, seed: int | None) -> Report:
        asked.append((seconds, answers, seed))
        return Report(1, lost=lost)

    monkeypatch.setattr("tests.soak.__main__.soak", found)
    for lost in (0, 1):
        assert main(["--minutes", "2", "--answers", "9", "--seed", "4"]) == lost
    assert asked == [(120.0, 9, 4)] * 2
