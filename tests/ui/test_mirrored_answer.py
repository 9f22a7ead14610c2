"""What is written from right to left hangs, stands in and is quoted from the right."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication

from headwater.domain.answer import Streaming
from headwater.ui.theme import LIGHT
from tests.ui.answer_stage import Stage, answer_stage, turn


@pytest.fixture
def stage(qapp: QApplication) -> Iterator[Stage]:
    yield from answer_stage(qapp)


def edges(stage: Stage) -> tuple[int, int]:
    """Return where the column begins and ends."""
    side = stage.view._side()
    return side, stage.view.viewport().width() - side


@pytest.mark.parametrize("text", ["- ראשון\n  - שני", "7. ראשון\n   7. שני"])
def test_that_bullets_and_numbers_hang_on_the_right(stage: Stage, text: str) -> None:
    stage.show(turn(text))
    left, right = edges(stage)
    sign = "7." if text[0] == "7" else "•"
    hung, first, second = (stage.place_of(word).x() for word in (sign, "ראשון", "שני"))
    assert right - 20 < hung <= right
    cursor = stage.view.document().find("ראשון")
    cursor.setPosition(cursor.selectionStart())
    assert right - stage.view.cursorRect(cursor).x() > 15, "a gap behind the sign"
    stage.show(turn(text.replace("ראשון", "one").replace("שני", "two")), conversation="d")
    one, two = stage.place_of("one").x(), stage.place_of("two").x()
    assert one - left == pytest.approx(right - first, abs=12)
    assert two > one
    assert second < first


def test_that_an_item_moves_over_when_its_first_letter_comes(stage: Stage) -> None:
    stage.show(turn("- 12", Streaming()))
    assert stage.place_of("12").x() < 400
    stage.show(turn("- 12 ראשון", Streaming()))
    assert stage.place_of("12").x() > 600


def test_that_the_bar_of_a_quote_stands_where_its_text_begins(stage: Stage) -> None:
    stage.show(turn("> ציטוט"))
    image = stage.view.viewport().grab().toImage()
    y = stage.place_of("ציטוט").y()
    left, right = edges(stage)
    bar = [x for x in range(left, right) if image.pixelColor(x, y) == QColor(LIGHT.hairline)]
    assert bar == [right - 3, right - 2, right - 1]


def test_that_numbers_in_a_table_stand_below_their_header(stage: Stage) -> None:
    stage.show(turn("| שם | מספר |\n|---|---|\n| א | 93 |"))
    assert stage.place_of("93").x() > stage.place_of("מספר").x()


def test_that_code_goes_from_left_to_right_whatever_it_begins_with(stage: Stage) -> None:
    stage.show(turn("```\n# הערה\nx = 1\n```"))
    assert stage.place_of("#").x() == pytest.approx(stage.place_of("x").x(), abs=4)
