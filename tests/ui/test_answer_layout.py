"""Where AnswerLayout puts blocks, whatever way they came there."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QTextBlock, QTextBlockFormat, QTextCursor
from PySide6.QtWidgets import QApplication

from headwater.domain.answer import Streaming
from headwater.domain.text_direction import ISOLATES
from headwater.domain.text_guard import LINE
from headwater.ui.answer_format import ABOVE_TABLE, BELOW, CELL_PADDING
from headwater.ui.answer_layout import AnswerDocument, Columns
from headwater.ui.block_look import BlockLook
from headwater.ui.text_line import cursor_x
from tests.ui.answer_stage import Stage, answer_stage, turn

PIECES = (
    "A paragraph of several words that goes on for more than one line of a narrow window. " * 2,
    "## Heading",
    "- item\n- **other** item[1]\n  1. inner\n",
    "| a | b | c |\n|---|--:|---|\n| one | two words and more of them | 3 |\n| x | | |\n",
    "| name |\n|---|\n",
    "```py\nfor x in y:\n    pass\n```",
    "> quote\n>\n> | q | r |\n> |---|---|\n> | 1 | 2 |\n",
    "---",
    "$$\\frac{a}{b}$$",
    "Text with $\\sum_{i=0}^n x_i$ inside.",
    "| שם | מספר |\n|---|---|\n| א | 4 |\n",
    "中文段落。",
)  # fmt: skip


@pytest.fixture
def stage(qapp: QApplication) -> Iterator[Stage]:
    yield from answer_stage(qapp)


def document_of(stage: Stage) -> AnswerDocument:
    document = stage.view.document()
    assert isinstance(document, AnswerDocument)
    return document


def blocks(stage: Stage) -> Iterator[QTextBlock]:
    block = stage.view.document().begin()
    while block.isValid():
        yield block
        block = block.next()


def places(stage: Stage) -> list[tuple[str, object, object]]:
    """Each block with its place and those of its lines."""
    place_of = document_of(stage).layout.blockBoundingRect
    return [
        (
            block.text(),
            place_of(block).getRect(),
            [
                (line.x(), line.y(), line.width(), line.textLength())
                for line in map(block.layout().lineAt, range(block.layout().lineCount()))
            ],
        )
        for block in blocks(stage)
    ]


def cells(stage: Stage) -> dict[str, QRectF]:
    """The places of the cells, by their text: as wide as their columns, as high as their lines."""
    layout = document_of(stage).layout
    found: dict[str, QRectF] = {}
    for block in blocks(stage):
        look = layout.looks.of(block)
        if not look.table:
            continue
        row, text = layout.blockBoundingRect(block), block.text()
        ends = [block.layout().lineAt(n).textStart() for n in range(block.layout().lineCount())]
        for number, cell in enumerate(text.split(LINE)):
            column = layout._places(look.table).columns[number]
            lines = sum(text.count(LINE, 0, end) == number for end in ends)
            left, height = row.left() + column.left, lines * look.line_height
            found[cell.strip(ISOLATES)] = QRectF(left, row.top(), column.width, height)
    return found


texts = st.lists(st.sampled_from(PIECES), min_size=1, max_size=8).map("\n\n".join)
fuzzy = settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.mark.qt_no_exception_capture
@given(text=texts, step=st.integers(3, 90))
@fuzzy
def test_that_what_came_in_pieces_stands_where_it_stands_when_it_came_at_once(
    stage: Stage, text: str, step: int
) -> None:
    stage.show(turn(""), conversation=f"pieces {step} {text}")
    stage.stream(text, step)
    stage.show(turn(text))
    streamed = places(stage)
    stage.show(turn(text), conversation=f"whole {text}")
    assert streamed == places(stage)


@pytest.mark.qt_no_exception_capture
@given(text=texts, widths=st.lists(st.integers(300, 1000), min_size=2, max_size=4))
@fuzzy
def test_that_another_width_and_back_leaves_everything_where_it_was(
    stage: Stage, text: str, widths: list[int]
) -> None:
    stage.view.resize(800, 600)
    stage.show(turn(text), conversation=text)
    before = places(stage)
    for width in (*widths, 800):
        stage.view.resize(width, 600)
        stage.settle()
    assert places(stage) == before


def test_that_a_long_answer_stands_the_same_once_it_was_laid_out_little_by_little(
    stage: Stage,
) -> None:
    text = "\n\n".join(PIECES * 80)
    stage.show(turn(text))
    at_once = places(stage)
    assert len(at_once) > 1600
    stage.view.resize(600, 600)
    stage.settle()
    stage.view.resize(800, 600)
    stage.settle()
    assert places(stage) == at_once
    stage.show(turn(""), conversation="streamed")
    stage.stream(text, 9000)
    stage.show(turn(text))
    assert [place for _, place, _ in places(stage)] == [place for _, place, _ in at_once]


def test_that_blocks_stand_below_each_other_and_cells_side_by_side(stage: Stage) -> None:
    stage.show(turn("\n\n".join(PIECES)))
    layout = document_of(stage).layout
    bottom = 0.0
    for block in blocks(stage):
        place = layout.blockBoundingRect(block)
        assert place.top() >= bottom
        bottom = place.bottom()
    assert layout.documentSize().height() >= bottom
    rows: dict[float, list[QRectF]] = {}
    for cell in cells(stage).values():
        rows.setdefault(cell.top(), []).append(cell)
    assert max(map(len, rows.values())) == 3
    for row in rows.values():
        row.sort(key=QRectF.left)
        assert all(one.right() <= other.left() for one, other in pairwise(row))


def test_that_a_row_is_as_high_as_its_highest_cell(stage: Stage) -> None:
    stage.show(turn("| a | b |\n|---|---|\n| " + "words " * 60 + "| long |\n| next | row |\n"))
    found = cells(stage)
    highest = next(place for text, place in found.items() if text.startswith("words"))
    assert highest.height() > 2 * found["long"].height()
    assert found["next"].top() > highest.bottom()
    between = found["long"].top() - found["a"].bottom()
    assert found["next"].top() - highest.bottom() == between
    assert between == 2 * stage.view._formats.length(CELL_PADDING) + 1


def test_that_a_row_keeps_its_height_when_the_next_one_comes(stage: Stage) -> None:
    table = "| a | b |\n|---|---|\n| one | two |\n"
    stage.show(turn(table))
    before = cells(stage)
    stage.show(turn(table + "| six | ten |\n"))
    after = cells(stage)
    assert after["one"] == before["one"]
    step = after["one"].top() - after["a"].top()
    assert after["six"].top() - after["one"].top() == step


def test_that_a_table_read_from_right_to_left_begins_at_the_right(stage: Stage) -> None:
    stage.show(turn("| שם | מספר |\n|---|---|\n| א | 4 |\n\n| a | b |\n|---|---|\n| c | d |\n"))
    found = cells(stage)
    assert found["שם"].left() >= found["מספר"].right()
    assert found["א"].left() == found["שם"].left()
    assert found["a"].right() <= found["b"].left()
    assert found["שם"].right() == found["b"].right()


def test_that_a_row_within_a_list_is_as_wide_as_its_cells(stage: Stage) -> None:
    stage.show(turn("- x\n\n  | a | b |\n  |---|---|\n\n- y\n\n  | א | ב |\n  |---|---|\n"))
    layout = document_of(stage).layout
    page = layout.blockBoundingRect(stage.view.document().begin())
    for word, mirrored in (("a", False), ("א", True)):
        row = next(
            layout.blockBoundingRect(b)
            for b in blocks(stage)
            if b.text().strip(ISOLATES)[0] == word
        )
        cell = cells(stage)[word]
        assert row.width() < page.width()
        edge, cell_edge = (row.right(), cell.right()) if mirrored else (row.left(), cell.left())
        assert edge == cell_edge
        free = page.right() - row.right() if mirrored else row.left() - page.left()
        assert free == page.width() - row.width() > 0


def test_that_columns_share_what_is_left_of_the_page() -> None:
    none, plain = [0.0, 0.0], ["", ""]
    three = Columns(20, [1, 2, 1], [0, 0, 0], ["", "", ""])
    assert three.places(420) == [(20, 100), (120, 200), (320, 100)]
    assert Columns(20, [1, 3], none, plain, is_mirrored=True).places(420) == [(300, 100), (0, 300)]
    assert Columns(500, [1, 1], none, plain).places(420) == [(500, 0), (500, 0)]


def test_that_a_column_is_as_wide_as_its_longest_word_while_there_is_room() -> None:
    columns = Columns(0, [6, 1, 1], [50, 100, 60], ["", "", ""])
    assert columns.places(1000) == [(0, 750), (750, 125), (875, 125)]
    assert columns.places(400) == [(0, 240), (240, 100), (340, 60)]
    assert columns.places(105) == [(0, 25), (25, 50), (75, 30)]


def test_that_words_are_not_broken_in_a_narrow_table(stage: Stage) -> None:
    stage.view.resize(400, 600)
    wide = "A rather long name that wraps over several lines of its column"
    stage.show(turn(f"| a | b | c |\n|---|---|---|\n| {wide} | availability | consistency |\n"))
    found = cells(stage)
    assert found["availability"].height() == found["a"].height()
    assert found["consistency"].height() == found["a"].height()
    assert found[wide].height() > found["a"].height()


def test_that_a_point_finds_the_nearest_character(stage: Stage) -> None:
    stage.show(turn("First line of text.  \nSecond line.\n\n| a | bee |\n|---|---|\n| one | two |"))
    layout = document_of(stage).layout
    fuzzy_hit, exact = Qt.HitTestAccuracy.FuzzyHit, Qt.HitTestAccuracy.ExactHit
    for word in ("First", "Second", "bee", "one", "two"):
        found = stage.view.document().find(word)
        at = found.selectionStart()
        place = QPointF(stage.view.cursorRect(found).center())
        place.setX(place.x() - 1)
        place.setY(place.y() + stage.view.verticalScrollBar().value())
        assert layout.hitTest(place, fuzzy_hit) == found.selectionEnd()
        assert at < layout.hitTest(place, exact) < found.selectionEnd()
        assert layout.hitTest(QPointF(place.x(), -5), exact) == -1
    first = layout.blockBoundingRect(stage.view.document().find("First").block())
    between = QPointF(first.left() + 1, first.top() + first.height() / 2 + 2)
    assert layout.hitTest(between, exact) == -1  # the gap between two lines
    second = stage.view.document().find("Second").selectionStart()
    assert layout.hitTest(between, fuzzy_hit) == second
    beside = cells(stage)["one"]
    at_right = QPointF(beside.right() - 1, beside.center().y())
    assert layout.hitTest(at_right, fuzzy_hit) == stage.view.document().find("one").position()
    last = stage.view.document().characterCount() - 1
    assert layout.hitTest(QPointF(10, 1e6), fuzzy_hit) == last
    assert layout.hitTest(QPointF(10, -1e6), fuzzy_hit) == 0


def test_that_the_space_below_a_block_goes_with_it() -> None:
    document = AnswerDocument()
    document.setTextWidth(400)
    cursor = QTextCursor(document)
    cursor.insertText("one")
    spaced = QTextBlockFormat()
    spaced.setBottomMargin(30)
    cursor.insertBlock(spaced)
    cursor.insertText("two")
    cursor.insertBlock(QTextBlockFormat())
    cursor.insertText("three")
    place_of = document.layout.blockBoundingRect
    two = document.findBlockByNumber(1)
    assert place_of(document.lastBlock()).top() == place_of(two).bottom() + 30
    cursor.setPosition(two.position() - 1)
    cursor.setPosition(two.position() + 3, QTextCursor.MoveMode.KeepAnchor)
    cursor.removeSelectedText()
    assert place_of(document.lastBlock()).top() == place_of(document.begin()).bottom()


def test_that_lines_below_the_first_of_an_item_begin_below_its_text(stage: Stage) -> None:
    stage.show(turn("- " + "many words of an item " * 20))
    layout = stage.view.document().find("many").block().layout()
    first, second = layout.lineAt(0), layout.lineAt(1)
    assert second.x() > first.x()
    assert abs(second.x() - cursor_x(first, 2)) <= 1


def test_that_what_is_selected_has_a_ground(stage: Stage) -> None:
    stage.show(turn("Some words.\n\n| a | b |\n|---|---|\n| one | two |\n"))
    ground = stage.view.palette().highlight().color()
    plain = stage.view.viewport().grab().toImage()
    stage.view.setTextCursor(stage.view.document().find("one"))
    chosen = stage.view.viewport().grab().toImage()
    place = stage.view.cursorRect(stage.view.document().find("one")).topLeft()
    there = QPoint(place.x() - 1, place.y() + 1)
    assert plain.pixelColor(there) != ground
    assert chosen.pixelColor(there) == ground
    other = stage.view.cursorRect(stage.view.document().find("two")).topLeft()
    assert chosen.pixelColor(other.x() - 1, other.y() + 1) != ground


LONG = "\n\n".join(f"Paragraph {n} " + "with some words to wrap around " * 9 for n in range(900))


def test_that_a_long_answer_is_laid_out_on_later_and_the_reader_keeps_the_place(
    stage: Stage,
) -> None:
    stage.show(turn(LONG))
    stage.view.verticalScrollBar().setValue(stage.view.verticalScrollBar().maximum() // 2)
    stage.settle()
    first = stage.view.cursorForPosition(QPoint(0, 0))
    top = stage.view.cursorRect(first).top()
    layout = document_of(stage).layout
    stage.view.resize(500, 600)
    waiting = layout._is_done.count(0)
    assert waiting > 500  # not all at once
    late = stage.view.document().find("Paragraph 890").block()
    lines = late.layout().lineCount()
    layout.blockBoundingRect(late)  # what is asked for is laid out
    assert late.layout().lineCount() > lines
    assert stage.view.cursorRect(first).top() == top
    first = stage.view.cursorForPosition(QPoint(0, 0))
    top = stage.view.cursorRect(first).top()
    for _ in range(400):
        stage.application.processEvents()
        assert stage.view.cursorRect(first).top() == top
        if not stage.clock._timer.isActive():
            break
    assert layout._is_done.count(0) == 0
    narrow = places(stage)
    stage.show(turn(LONG), conversation="anew")
    assert narrow == places(stage)


def test_that_the_end_stays_in_sight_while_a_long_answer_is_laid_out_on(stage: Stage) -> None:
    stage.show(turn(LONG))
    stage.view.jump_to_latest()
    stage.view.resize(500, 600)
    for _ in range(400):
        stage.application.processEvents()
        bar = stage.view.verticalScrollBar()
        assert bar.value() == bar.maximum()
        if not stage.clock._timer.isActive():
            break
    assert document_of(stage).layout._is_done.count(0) == 0


def test_that_only_what_changed_is_laid_out(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    text = "\n\n".join(PIECES * 12)
    stage.show(turn(text))
    layout = document_of(stage).layout
    laid_out: list[int] = []
    lay_out = layout._lay_out_block

    def noted(block: QTextBlock, number: int, look: BlockLook) -> None:
        laid_out.append(number)
        lay_out(block, number, look)

    monkeypatch.setattr(layout, "_lay_out_block", noted)
    stage.show(turn(text + "\n\nOne more."))
    assert 0 < len(laid_out) <= 6
    laid_out.clear()
    stage.view.resize(800, 500)
    stage.settle()
    assert laid_out == []
    stage.show(turn(text, Streaming()), conversation="other")
    laid_out.clear()
    stage.show(turn(text + "\n\nOne more."), conversation="other")  # the small line changes, too
    assert 0 < len(laid_out) <= 8


def test_that_sources_that_come_late_move_nothing(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = "\n\n".join((*PIECES * 60, "An end.[1]"))
    stage.show(turn(text, Streaming(), sources=()))
    layout = document_of(stage).layout
    before = layout.documentSize().height()
    seen: list[float] = []
    advance = layout.advance

    def noted(y: float, milliseconds: int) -> bool:
        seen.append(layout.documentSize().height())
        return advance(y, milliseconds)

    monkeypatch.setattr(layout, "advance", noted)
    stage.show(turn(text + "\n\nOne more.", Streaming()))
    after = layout.documentSize().height()
    assert 10 < after - before < 60
    assert seen
    assert all(before <= height <= after for height in seen)


def test_that_a_question_from_right_to_left_begins_at_the_right(stage: Stage) -> None:
    stage.show(turn("Words.", question="מהו משפט CAP?\nAnd this is a line in English."))
    layout = document_of(stage).layout
    hebrew = document_of(stage).firstBlock()
    for block, is_mirrored in ((hebrew, True), (hebrew.next(), False)):
        text = block.layout().lineAt(0).naturalTextRect()
        room = layout.blockBoundingRect(block).width()
        assert (text.left() > room / 2) == is_mirrored
        assert (text.right() > room - 2) == is_mirrored


@pytest.mark.parametrize("is_following", [True, False])
def test_that_no_letters_stay_shaped_once_they_were_drawn(stage: Stage, is_following: bool) -> None:
    text = "\n\n".join(PIECES * 4)
    layout = document_of(stage).layout
    most = 0
    for end in range(0, len(text), 200):
        stage.show(turn(text[:end], Streaming()))
        most = max(most, len(layout._kept))
        stage.application.processEvents()
        if not is_following:
            stage.view.verticalScrollBar().setValue(0)
    assert stage.view.is_following == is_following
    assert 0 < most <= 60  # what one change brought
    stage.view.viewport().update()
    stage.application.processEvents()
    assert layout._kept == []
    block = document_of(stage).begin()
    while block.isValid():
        assert not block.layout().cacheEnabled()
        block = block.next()


def test_that_what_nobody_draws_is_shaped_for_one_change_at_most(stage: Stage) -> None:
    document = AnswerDocument()
    document.setTextWidth(600)
    cursor = QTextCursor(document)
    for number in range(20):
        cursor.insertText(f"Paragraph number {number}")
        cursor.insertBlock()
    blocks = [document.findBlockByNumber(n) for n in range(document.blockCount())]
    assert sum(block.layout().cacheEnabled() for block in blocks) <= 1


@pytest.mark.parametrize("sign", ["", "漢字", "ไทย", "\u0b95\u0bcd", "😀", "⟨𝔄⟩"])
def test_that_a_foreign_sign_leaves_letters_where_they_stand(stage: Stage, sign: str) -> None:
    stage.show(turn(f"EEE {sign}"))
    block = document_of(stage).find("EEE").block()
    top = document_of(stage).layout.blockBoundingRect(block).top()
    place = stage.place_of("EEE")
    image = stage.view.viewport().grab().toImage()
    lines = range(round(top), round(top) + 40)
    dark = [y for y in lines if image.pixelColor(place.x(), y).lightness() < 160]
    plain = document_of(stage).layout.looks.of(block).baseline
    assert abs(dark[-1] + 1 - top - plain) <= 1


TALL = "words that take several lines of a narrow column " * 4
SIDES = f"| left | right | middle |\n|---|--:|:-:|\n| {TALL}| {TALL}| {TALL}|\n| small | b | c |\n"


def lines_of(stage: Stage, word: str) -> list[QRectF]:
    """The places of the lines of the block that has a word."""
    block = stage.view.document().find(word).block()
    layout, place = block.layout(), document_of(stage).layout.blockBoundingRect(block)
    lines = [layout.lineAt(number) for number in range(layout.lineCount())]
    return [line.naturalTextRect().translated(place.topLeft()) for line in lines]


def test_that_cells_stand_at_the_side_that_their_column_asks_for(stage: Stage) -> None:
    stage.show(turn(SIDES))
    places = cells(stage)
    for word in ("left", "small"):
        row = [place for place in places.values() if place.top() == places[word].top()]
        lines = lines_of(stage, word)
        margin = stage.view._formats.length(10)
        assert lines[0].left() == row[0].left()
        assert abs(lines[1].right() - row[1].right() + margin) < 0.1
        assert abs(lines[2].center().x() - row[2].center().x() + margin / 2) < 0.1


def test_that_lines_of_a_cell_stand_within_it(stage: Stage) -> None:
    stage.show(turn(SIDES))
    places = [place for text, place in cells(stage).items() if text.startswith("words")]
    assert len(places) == 1  # all three are the same, so the last
    block = stage.view.document().find("words").block()
    row = document_of(stage).layout.blockBoundingRect(block)
    lines = lines_of(stage, "words")
    columns = document_of(stage).layout._places(1).columns
    assert len(lines) > 9
    for line in lines:
        assert row.top() <= line.top() + 2
        assert line.bottom() - 2 <= row.bottom()
        assert (
            sum(
                row.left() + column.left - 0.1 <= line.left()
                and line.right() <= row.left() + column.left + column.width + 0.1
                for column in columns
            )
            == 1
        )
    tops = sorted({round(line.top()) for line in lines})
    assert len(tops) < len(lines) / 2  # side by side


def test_that_a_strip_of_a_row_is_painted_with_all_of_its_cells(stage: Stage) -> None:
    stage.show(turn(SIDES))
    whole = stage.view.viewport().grab().toImage()
    first = lines_of(stage, "words")[0]
    strip = QRect(0, round(first.top()), stage.view.viewport().width(), 8)
    assert stage.view.viewport().grab(strip).toImage() == whole.copy(strip)


def test_that_a_point_beside_a_line_finds_the_line_of_its_own_column(stage: Stage) -> None:
    stage.show(turn(SIDES))
    layout = document_of(stage).layout
    block = stage.view.document().find("words").block()
    row = layout.blockBoundingRect(block)
    for number, column in enumerate(layout._places(1).columns):
        for y in (row.top() + 2, row.center().y(), row.bottom() - 2):
            x = row.left() + column.left + column.width / 2
            at = layout.hitTest(QPointF(x, y), Qt.HitTestAccuracy.FuzzyHit) - block.position()
            assert block.text().count(LINE, 0, at) == number
    beyond = QPointF(row.right() + 50, row.top() + 2)
    at = layout.hitTest(beyond, Qt.HitTestAccuracy.FuzzyHit) - block.position()
    assert block.text().count(LINE, 0, at) == 2


RIGHT_TO_LEFT = "שלום עולם"


def test_that_a_cell_is_read_as_if_it_stood_alone(stage: Stage) -> None:
    signs = "3 - 4 %"
    rows = f"| x | {signs} | y |\n| z {RIGHT_TO_LEFT} | {signs} | w |\n"
    stage.show(turn(f"| a | b | c |\n|---|---|---|\n{rows}"))
    image = stage.view.viewport().grab().toImage()
    alone, beside = (cells(stage)[word] for word in ("x", f"z {RIGHT_TO_LEFT}"))
    column = document_of(stage).layout._places(1).columns[1]
    pictures = [
        image.copy(QRectF(place.left() + column.left, place.top(), column.width, 20).toRect())
        for place in (alone, beside)
    ]
    assert pictures[0] == pictures[1]
    blank = image.copy(QRectF(alone.right(), alone.top() + 20, column.width, 20).toRect())
    assert pictures[0] != blank


def test_that_a_cell_from_the_other_side_begins_there(stage: Stage) -> None:
    rows = f"| {RIGHT_TO_LEFT} | beside |\n| 1 | latin words |\n"
    stage.show(turn(f"| a | b |\n|---|---|\n{rows}"))
    column, second = document_of(stage).layout._places(1).columns
    row = document_of(stage).layout.blockBoundingRect(stage.view.document().find("latin").block())
    margin = stage.view._formats.length(10)
    hebrew = lines_of(stage, RIGHT_TO_LEFT)[0]
    assert abs(hebrew.right() - row.left() - column.width) < 0.1
    assert lines_of(stage, "latin")[0].left() == row.left()
    assert lines_of(stage, "beside")[1].left() == row.left() + second.left
    stage.show(turn("| שם | מספר |\n|---|---|\n| latin | א |\n"), conversation="mirrored")
    place = cells(stage)["latin"]
    assert abs(lines_of(stage, "latin")[0].left() - place.left()) < margin
    assert lines_of(stage, "latin")[0].right() < place.right() - 3 * margin


def test_that_signs_of_direction_take_no_room_of_a_column(stage: Stage) -> None:
    stage.show(turn("| שם | מספר |\n|---|---|\n| א | 4 |\n"))
    columns = document_of(stage).layout._tables[1]
    assert columns.shares == [len("שם") + 4, len("מספר") + 4]
    word = stage.view._formats.width_in_cell("מספר")
    assert columns.least[1] == word


def test_that_only_the_cell_with_a_high_formula_has_higher_lines(stage: Stage) -> None:
    high = r"$\frac{\sum_{i=0}^n x_i}{\int_0^1 y}$"
    stage.show(turn(f"| a | b |\n|---|---|\n| {high} high | beside |\n| low | next |\n"))
    one, beside = lines_of(stage, "beside")
    low, following = lines_of(stage, "next")
    layout = document_of(stage).layout
    row, below = (
        layout.blockBoundingRect(stage.view.document().find(word).block())
        for word in ("beside", "next")
    )
    assert row.height() > 2 * below.height()
    assert row.bottom() >= one.bottom() - 0.5
    assert beside.top() - row.top() == following.top() - below.top() == low.top() - below.top()


def test_that_letters_beside_a_formula_stand_as_high_as_those_of_other_cells(stage: Stage) -> None:
    formula = r"$\frac{a}{b}$"
    stage.show(turn(f"| a | b |\n|---|---|\n| {formula} and more | beside |\n"))
    block = stage.view.document().find("beside").block()
    with_formula, plain = (block.layout().lineAt(number) for number in range(2))
    assert with_formula.height() > plain.height()
    assert with_formula.ascent() < document_of(stage).layout.looks.of(block).baseline
    assert with_formula.y() + with_formula.ascent() == plain.y() + plain.ascent()


def test_that_a_table_stands_apart_from_what_is_above_it(stage: Stage) -> None:
    stage.show(turn("Above.\n\n| a | b |\n|---|---|\n| c | d |\n\nBelow."))
    layout = document_of(stage).layout
    above, head, row, below = (
        layout.blockBoundingRect(stage.view.document().find(word).block())
        for word in ("Above", "a\u2028b", "c\u2028d", "Below")
    )
    length = stage.view._formats.length
    assert head.top() - above.bottom() == length(ABOVE_TABLE) + length(CELL_PADDING)
    assert row.top() - head.bottom() == 2 * length(CELL_PADDING) + 1
    assert below.top() - row.bottom() == length(BELOW) + length(CELL_PADDING) + 1
