"""No answer, list of sources or thought keeps the window from answering (S28)."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from PySide6.QtWidgets import QApplication

from headwater.domain.answer import Answer, AnswerState, Complete, Streaming
from headwater.domain.cited_sentence import CitedSentence
from headwater.domain.source import Source
from headwater.ui.formula_setting import set_formula
from headwater.ui.inline_run import inline_runs
from headwater.ui.mark_check import MarkCheck
from headwater.ui.source_check import SourceCheck
from tests.ui.answer_stage import SOURCES, Stage, answer_stage, turn
from tests.ui.hostile_answers import hostile_answers
from tests.ui.loop_watch import LoopWatch

_LENGTH = 12 * 1024  # `dev.py bench hostile` has a megabyte of each
_DELTA = 320  # characters; what a fast model writes in one frame
_DELTAS = 3
_LONGEST_TURN = 0.2  # seconds
_ANSWERS = hostile_answers(_LENGTH)


@pytest.fixture
def stage(qapp: QApplication) -> Iterator[Stage]:
    set_formula("x", is_display=False)  # the first one loads what sets them
    yield from answer_stage(qapp)


def _longest_of(stage: Stage, text: str, conversation: str) -> float:
    """Return the longest turn while `text` streams and when it is opened afterwards."""
    watch = LoopWatch()

    def show(shown: str, state: AnswerState, where: str) -> None:
        path = (turn(shown, state),)
        stage.view.show_path(where, path)
        watch.run_until(lambda: stage.view.has_written(path[0]))

    for left in range(_DELTAS, 0, -1):
        show(text[: len(text) - left * _DELTA], Streaming(), conversation)
    show(text, Complete(), conversation)
    show(text, Complete(), f"{conversation} again")
    bar = stage.view.verticalScrollBar()
    bar.setValue(bar.maximum() // 2)
    QApplication.processEvents()
    return watch.stop()


def _is_awake(measure: Callable[[], float]) -> bool:
    """Whether no turn was too long; a surprise is measured again before it is believed."""
    return any(measure() < _LONGEST_TURN for _ in range(3))


@pytest.mark.parametrize("name", _ANSWERS)
def test_that_S28_the_window_answers_while_a_hostile_answer_comes(stage: Stage, name: str) -> None:
    names = iter("abc")
    assert _is_awake(lambda: _longest_of(stage, _ANSWERS[name], next(names)))


def test_that_S28_dollars_that_begin_nothing_are_not_read_one_within_the_other() -> None:
    for sign in ("$x ", "$$\n"):
        assert "".join(run.text for run in inline_runs(sign * 2000, (), is_open=True))


_LINES = "".join(f"Words number {n} of it [1]. And [1, 2].\n\n" for n in range(7000))


@pytest.mark.parametrize(
    ("later", "sources"),
    [("Other. " + _LINES, ()), (_LINES, SOURCES)],
    ids=["another beginning", "late sources"],
)
def test_that_S28_a_long_answer_that_becomes_another_keeps_the_window_awake_and_its_place(
    stage: Stage, later: str, sources: tuple[Source, ...]
) -> None:
    def longest(conversation: str) -> float:
        before = (turn(_LINES, Streaming(), sources=()),)
        stage.view.show_path(conversation, before)
        LoopWatch().run_until(lambda: stage.view.has_written(before[0]))
        stage.settle()
        stage.wheel(40)
        line = stage.top_line()[0]
        watch = LoopWatch()
        after = (turn(later, Complete(), sources=sources),)
        stage.view.show_path(conversation, after)
        watch.run_until(lambda: stage.view.has_written(after[0]))
        taken = watch.stop()
        stage.settle()
        number = [word for word in line.split() if word.isdigit()][:1]
        assert number
        assert abs(int(number[0]) - int(stage.top_line()[0].split("number ")[1].split()[0])) <= 1
        assert stage.text.count("Words number 6999") == 1
        return taken

    names = iter("abc")
    assert _is_awake(lambda: longest(next(names)))


def test_that_S28_a_sentence_with_many_endless_passages_keeps_the_window_awake(
    qapp: QApplication,
) -> None:
    passage = hostile_answers(40_000)["wide rows"]
    cited = [str(number) for number in range(1, 9)]
    sources = tuple(Source(n, f"https://s{n}.example/", n, passage) for n in cited)
    sentence = "The bridge of Trajan has twenty piers of stone."
    text = f"{sentence}{''.join(f'[{n}]' for n in cited)}"

    def longest() -> float:
        check = SourceCheck()
        watch = LoopWatch()
        answer = Answer(text, sources=sources, state=Complete())
        assert MarkCheck().words(answer, CitedSentence(sentence, tuple(cited)), "1") == ""
        check.begin(answer)
        watch.run_until(lambda: check._is_done)
        check.deleteLater()
        return watch.stop()

    assert _is_awake(longest)
