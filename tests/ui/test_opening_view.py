"""A long conversation is opened at its last question; what stands above comes in later, unseen."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import QApplication

from headwater.domain.answer import Streaming, Waiting
from headwater.domain.conversation import Turn
from tests.benchmarks.rendering import mixed
from tests.ui.answer_stage import LINES, Stage, answer_stage, turn

_LONG = mixed(24 * 1024)


@pytest.fixture
def stage(qapp: QApplication) -> Iterator[Stage]:
    yield from answer_stage(qapp)


def _turns(count: int, text: str = _LONG, last: Turn | None = None) -> tuple[Turn, ...]:
    turns = tuple(turn(text, turn_id=f"{n}", question=f"Question {n}?") for n in range(count))
    return (*turns, last) if last is not None else turns


def _begin(stage: Stage, turns: tuple[Turn, ...]) -> None:
    """Open a conversation and draw one frame of it."""
    stage.view.show_path("other", turns)
    stage.clock._tick()
    stage.application.sendPostedEvents()  # the scroll bar comes
    assert stage.view._page.is_from_end, "it was too short for this test"


def _drawn_anew(stage: Stage, turns: tuple[Turn, ...]) -> str:
    """Return the text of the same turns, drawn from the first to the last."""
    stage.view.show_path("anew", ())
    stage.settle()
    for count in range(1, len(turns) + 1):
        stage.view.show_path("anew", turns[:count])
        stage.settle()
    return stage.text


def test_that_the_last_question_is_there_at_once_and_never_moves(stage: Stage) -> None:
    turns = _turns(30)
    _begin(stage, turns)
    begun = stage.place_of("Question 29?").y()
    assert 0 <= begun < 80

    while stage.view._page.is_new:
        stage.clock._tick()
        assert stage.place_of("Question 29?").y() == begun

    assert [shown.turn.id for shown in stage.view.turns] == [t.id for t in turns]
    text = stage.text
    assert text == _drawn_anew(stage, turns)


def test_that_a_short_last_answer_opens_at_the_end(stage: Stage) -> None:
    turns = _turns(30, last=turn("Short.", turn_id="last", question="The last?"))
    _begin(stage, turns)
    stage.settle()

    bar = stage.view.verticalScrollBar()
    assert bar.value() == bar.maximum()
    assert stage.view.is_following
    assert 0 < stage.place_of("The last?").y() < 600


def test_that_a_running_answer_is_followed_from_the_first_frame_on(stage: Stage) -> None:
    earlier = _turns(30)
    _begin(stage, (*earlier, turn(LINES, Streaming(), "last", "The last?")))
    bar = stage.view.verticalScrollBar()
    while stage.view._page.is_new:
        stage.clock._tick()
        assert bar.value() == bar.maximum()

    grown = LINES + "And here it ends."
    stage.show(*earlier, turn(grown, Streaming(), "last", "The last?"), conversation="other")

    assert bar.value() == bar.maximum()
    assert stage.view.is_following


def test_that_a_reader_who_scrolls_meanwhile_stays_where_he_is(stage: Stage) -> None:
    _begin(stage, _turns(30))
    bar = stage.view.verticalScrollBar()
    bar.setValue(bar.value() + 900)
    before = stage.top_line()

    stage.settle()

    assert stage.top_line() == before


def test_that_a_question_asked_meanwhile_goes_to_the_end(stage: Stage) -> None:
    earlier = _turns(30)
    _begin(stage, earlier)
    path = (*earlier, turn("", Waiting(), "asked", "And now?"))
    stage.view.show_path("other", path)
    stage.settle()

    assert stage.view.is_following
    assert 0 < stage.place_of("And now?").y() < 600
    assert stage.text == _drawn_anew(stage, path)


@pytest.mark.parametrize("seed", range(12))
def test_that_whatever_happens_meanwhile_all_is_there_in_the_end(stage: Stage, seed: int) -> None:
    """Turns are added, answers grow, another version is chosen, the zoom changes."""
    chance = random.Random(seed)
    path = _turns(14, mixed(9000))
    stage.view.show_path("other", path)
    for step in range(12):
        for _ in range(chance.randrange(3)):
            stage.clock._tick()
        match chance.randrange(5):
            case 0:
                path = (*path, turn("New.\n\n" + mixed(3000), turn_id=f"new {step}"))
            case 1:
                at = chance.randrange(len(path))
                path = (*path[:at], turn("Other.", turn_id=f"other {step}"), *path[at + 1 :])
            case 2:
                path = path[: max(1, len(path) - 1)]
            case 3:
                stage.view.set_zoom(chance.choice((90, 100, 120)))
            case _:
                last = path[-1]
                path = (*path[:-1], turn(last.answer.text + " more", turn_id=last.id))
        stage.view.show_path("other", path)
    stage.settle()
    stage.view.set_zoom(100)
    stage.settle()

    text = stage.text
    assert [shown.turn.id for shown in stage.view.turns] == [t.id for t in path]
    assert text == _drawn_anew(stage, path)
