"""What is painted under an answer stands where its text does, wherever one has scrolled to."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QApplication

from headwater.domain.answer import Streaming
from headwater.ui.answer_layout import AnswerDocument
from headwater.ui.theme import LIGHT
from tests.ui.answer_stage import Stage, turn

PIECES = (
    "A paragraph of some length that is wrapped, with a mark.[1] " * 4 + "\n\n",
    "| a | b |\n|---|---|\n| short | " + "a cell of several lines " * 12 + "|\n| c | d |\n\n",
    "```\ncode\n\ncode\n```\n\n",
    "> quoted\n> - item\n> - item\n\n",
    "- item\n  - inner `code`\n\n---\n\n",
)


@pytest.fixture
def stage(qapp: QApplication) -> Iterator[Stage]:
    made = Stage(qapp)
    yield made
    made.view.close()
    made.view.deleteLater()
    qapp.processEvents()


@pytest.mark.qt_no_exception_capture
@given(order=st.lists(st.integers(0, len(PIECES) - 1), min_size=3, max_size=12), data=st.data())
@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_that_every_block_in_sight_is_painted_under(
    stage: Stage, order: list[int], data: st.DataObject
) -> None:
    stage.show(turn("".join(PIECES[index] for index in order)), conversation=str(order))
    document = stage.view.document()
    assert isinstance(document, AnswerDocument)
    place_of = document.layout.blockBoundingRect
    height = document.size().height()
    for _ in range(4):
        top = data.draw(st.floats(0, height))
        visible = QRectF(0, top, 800, data.draw(st.floats(10, 900)))
        walked = {b.blockNumber() for b, _, _ in document.layout.blocks_at(top, visible.bottom())}
        block, wanted = document.begin(), set()
        while block.isValid():
            if place_of(block).intersects(visible):
                wanted.add(block.blockNumber())
            block = block.next()
        assert wanted <= walked
        assert len(walked - wanted) <= 4  # what ends right above, or the rest of a row


def test_that_a_hairline_stands_below_each_row_of_a_table(stage: Stage) -> None:
    stage.show(
        turn("| Head | b |\n|---|---|\n| one | " + "many words " * 30 + "|\n| two | x |\n"),
    )
    lines = _rows_in(LIGHT.hairline, stage.view.viewport().grab().toImage())
    head, *rows = (stage.place_of(word).y() for word in ("Head", "one", "two"))
    assert len(lines) == 3
    assert lines[0] < rows[0] < lines[1] < rows[1] < lines[2]
    assert rows[1] - rows[0] > 3 * (lines[2] - rows[1])  # the long cell decides
    assert abs((lines[0] - head) - (lines[2] - rows[1])) <= 1


def test_that_a_table_within_a_list_has_hairlines_of_its_own_width(stage: Stage) -> None:
    stage.show(turn("- item\n\n  | a | b |\n  |---|---|\n  | c | d |\n"))
    image = stage.view.viewport().grab().toImage()
    lines = _rows_in(LIGHT.hairline, image)
    assert len(lines) == 2
    left = next(x for x in range(image.width()) if _is(image, x, lines[0], LIGHT.hairline))
    item = stage.place_of("item").x()
    assert stage.view._side() < left < item


def _is(image: QImage, x: int, y: int, colour: QColor) -> bool:
    return image.pixelColor(x, y) == colour


def _rows_in(colour: QColor, image: QImage) -> list[int]:
    """Return the heights at which a line of `colour` crosses most of the column."""
    middle = image.width() // 2
    return [
        y
        for y in range(image.height())
        if all(_is(image, x, y, colour) for x in range(middle - 80, middle + 80, 8))
    ]


def test_that_the_caret_leaves_nothing_behind(stage: Stage) -> None:
    text = "A first paragraph.\n\n- an item\n- another one\n\nA last **paragraph"
    for end in range(1, len(text)):
        stage.show(turn(text[:end], Streaming()))
        stage.application.processEvents()
    screen, window = stage.application.primaryScreen(), stage.view.winId()
    left = screen.grabWindow(window).toImage()
    assert left.pixelColor(1, 1) == LIGHT.surface
    stage.view.viewport().update()
    stage.application.processEvents()
    assert screen.grabWindow(window).toImage() == left


HEBREW = "שלום"
MIXED = [
    f"{HEBREW}[1] {HEBREW}[2] abc[2]",
    f"abc {HEBREW}[1] def[2] `x` {HEBREW}",
    f"| a | b |\n|---|---|\n| {HEBREW}[1] {HEBREW} | latin[2] |\n| 4[2] | abc {HEBREW}[1] d |\n",
    f"| {HEBREW} | b |\n|---|---|\n| latin[1] | 4[2] |\n| `x` {HEBREW}[2] 5 | {HEBREW}[1][2] |\n",
    "Plain[1] words, [2] and[2].",
]


@pytest.mark.parametrize("text", MIXED)
def test_that_a_chip_stands_under_its_number_whatever_is_beside_it(stage: Stage, text: str) -> None:
    stage.show(turn(text))
    view = stage.view
    document = view.document()
    assert isinstance(document, AnswerDocument)
    whole = QRectF(0, 0, 800, document.size().height())
    shapes = view._painter._collect(view._formats, whole, ())
    numbers: list[QRectF] = []
    codes: list[QRectF] = []
    for block, place, _ in document.layout.blocks_at(0, whole.bottom()):
        for span in view._page.spans.of(block):
            line = block.layout().lineForTextPosition(span.start)
            at = span.start + 1 if span.mark else span.start
            glyphs = line.glyphRuns(at, 1)
            (codes, numbers)[bool(span.mark)].append(
                glyphs[0].boundingRect().translated(place.topLeft())
            )
    assert len(shapes.chips) == len(numbers) > 1
    for chip, number in zip(shapes.chips, numbers, strict=True):
        assert chip.left() <= number.left()
        assert number.right() <= chip.right()
        assert chip.width() < 3.5 * number.width()
    for ground, letter in zip(shapes.codes, codes, strict=True):
        assert abs(ground.left() - letter.left()) < 0.1
        assert abs(ground.right() - letter.right()) < 0.1


def test_that_what_is_found_where_the_direction_changes_is_painted_where_it_stands(
    stage: Stage,
) -> None:
    stage.show(turn(f"one {HEBREW} two 3 {HEBREW}"))
    block = stage.view.document().find("two 3").block()
    start = block.text().index("two 3")
    rects = stage.view._painter._rects(block, start, start + len(f"two 3 {HEBREW[:1]}"))
    boxes = [run.boundingRect() for run in block.layout().lineAt(0).glyphRuns(start, 7)]
    assert len(rects) == 2  # the first letter from the right is at the right end
    assert abs(sum(r.width() for r in rects) - sum(box.width() for box in boxes)) < 0.1
