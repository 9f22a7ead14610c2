"""The steps above an answer are folded, go on while it runs, and stay small."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtTest import QSignalSpy, QTest
from PySide6.QtWidgets import QApplication, QPlainTextEdit, QPushButton

from headwater.domain.answer import Answer, Complete, Searching
from headwater.domain.conversation import Turn
from headwater.domain.question import Question
from headwater.domain.source import Source
from headwater.ui.turn_steps import TurnSteps

pytestmark = pytest.mark.qt_log_ignore("does not support propagateSizeHints")

SOURCES = (Source("1", "https://one.example/", "One"),)


@pytest.fixture
def steps(qapp: QApplication) -> Iterator[TurnSteps]:
    made = TurnSteps("t")
    made.resize(500, 300)
    made.show()
    yield made
    made.close()
    made.deleteLater()
    qapp.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def show(steps: TurnSteps, answer: Answer) -> None:
    steps.show_turn(Turn("t", "", Question("Why?"), answer))


def fold(steps: TurnSteps) -> QPushButton:
    return steps.findChildren(QPushButton)[0]


def story(steps: TurnSteps) -> str:
    return steps.findChildren(QPlainTextEdit)[0].toPlainText()


def test_that_an_answer_without_steps_takes_no_room(steps: TurnSteps) -> None:
    show(steps, Answer("x", sources=SOURCES, state=Complete()))
    assert not fold(steps).isVisible()
    assert steps.sizeHint().height() == 0


def test_that_the_first_step_asks_for_room_and_the_next_ones_do_not(steps: TurnSteps) -> None:
    spy = QSignalSpy(steps.resized)
    for queries in (("a",), ("a", "b"), ("a", "b", "c")):
        show(steps, Answer(queries=queries, reasoning="Hm", state=Searching()))
    assert fold(steps).text() == "▸ Searched 3 times, thinking"
    assert [spy.at(n) for n in range(spy.count())] == [["t"]]
    assert steps.sizeHint().height() == fold(steps).sizeHint().height()


def test_that_R19_space_unfolds_and_the_fold_says_how_it_stands(steps: TurnSteps) -> None:
    show(steps, Answer("x", "Hm.", SOURCES, queries=("why",), state=Complete()))
    assert fold(steps).accessibleName() == "Searched once, read 1 source, thought, folded"
    fold(steps).setFocus()
    QTest.keyClick(fold(steps), Qt.Key.Key_Space)
    assert fold(steps).accessibleName().endswith(", unfolded")
    assert steps.sizeHint().height() > 150
    assert (
        story(steps) == "Searched for\n    “why”\n\nRead\n    1  One · one.example\n\nThought\nHm."
    )


def test_that_an_unfolded_story_goes_on_while_the_answer_runs(steps: TurnSteps) -> None:
    answer = Answer(reasoning="First", queries=("a",), state=Searching())
    show(steps, answer)
    fold(steps).click()
    show(steps, replace(answer, reasoning="First\nthen"))
    show(steps, replace(answer, reasoning="First\nthen 😀\n"))
    assert story(steps) == "Searched for\n    “a”\n\nThought\nFirst\nthen 😀\n"
    show(steps, replace(answer, reasoning="First\nthen 😀\n", sources=SOURCES))
    assert story(steps).endswith("Read\n    1  One · one.example\n\nThought\nFirst\nthen 😀\n")
    assert story(steps).count("First") == 1


def test_that_S13_what_a_server_says_is_plain_text(steps: TurnSteps) -> None:
    hostile = "<img src=x>\u202e\ufdd0"
    source = Source("1", "https://one.example/", hostile)
    show(steps, Answer("x", hostile, (source,), queries=(hostile,), state=Complete()))
    fold(steps).click()
    assert story(steps).count("<img src=x>") == 3
    assert "\u202e" not in story(steps)


@pytest.mark.parametrize("piece", ["x", "word ", "\n", " ", "界"])
def test_that_R45_thoughts_past_all_measure_do_not_hang(steps: TurnSteps, piece: str) -> None:
    answer = Answer(reasoning="Hm", state=Searching())
    show(steps, answer)
    fold(steps).click()
    began = time.perf_counter()
    for size in range(20_000, 400_001, 20_000):
        show(steps, replace(answer, reasoning=piece * (size // len(piece))))
        QApplication.processEvents()
    assert time.perf_counter() - began < 8
    assert len(story(steps)) < 250_000
