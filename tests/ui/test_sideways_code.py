"""Long lines of code go on out of sight and are scrolled; nothing else on the page is moved."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QEvent, QObject, QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import (
    QColor,
    QImage,
    QMouseEvent,
    QPaintEvent,
    QRegion,
    QTextCursor,
    QWheelEvent,
)
from PySide6.QtTest import QSignalSpy, QTest
from PySide6.QtWidgets import QApplication

from headwater.domain.answer import Streaming
from headwater.domain.preferences import LongLines
from headwater.ui.answer_steps import StepKind, step
from headwater.ui.sideways_code import Strip
from headwater.ui.sideways_painter import Bar
from headwater.ui.theme import LIGHT
from tests.ui.answer_stage import LINES, Stage, answer_stage, turn

_WORDS = " ".join(f"word{n}" for n in range(60))
_CODE = f"Before it.\n\n```py\nshort = 1\n{_WORDS} # last\nnext = 2\n```\n\nAfter it."
_LEFT = Qt.MouseButton.LeftButton
_NONE = Qt.KeyboardModifier.NoModifier
_SHIFT = Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def stage(qapp: QApplication) -> Iterator[Stage]:
    for made in answer_stage(qapp):
        made.view.set_long_lines(LongLines.SCROLL)
        yield made


def strips(stage: Stage) -> list[Strip]:
    return stage.view._sideways.strips(stage.view._visible)


def scroll(stage: Stage, offset: float) -> None:
    stage.view._sideways.scroll(strips(stage)[0], offset)
    stage.view.viewport().update()


def offset(stage: Stage) -> float:
    return strips(stage)[0].offset


def seen_at(stage: Stage, text: str) -> QPoint:
    """The middle of `text` where a person sees it, in the first code block."""
    return stage.place_of(text)


def picture(stage: Stage) -> QImage:
    stage.application.processEvents()
    return stage.view.viewport().grab().toImage()


def mouse(
    stage: Stage, kind: QEvent.Type, at: QPoint, buttons: Qt.MouseButton = _LEFT
) -> QMouseEvent:
    viewport = stage.view.viewport()
    button = Qt.MouseButton.NoButton if kind == QEvent.Type.MouseMove else _LEFT
    event = QMouseEvent(
        kind, QPointF(at), QPointF(viewport.mapToGlobal(at)), button, buttons, _NONE
    )
    stage.application.sendEvent(viewport, event)
    return event


def wheel(
    stage: Stage, at: QPoint, dx: int, dy: int, modifiers: Qt.KeyboardModifier = _NONE
) -> None:
    viewport = stage.view.viewport()
    event = QWheelEvent(
        QPointF(at),
        QPointF(viewport.mapToGlobal(at)),
        QPoint(),
        QPoint(dx, dy),
        Qt.MouseButton.NoButton,
        modifiers,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    stage.application.sendEvent(viewport, event)


# Layout.


def test_that_a_long_line_is_one_line_and_widens_nothing(stage: Stage) -> None:
    others = "Plain words that wrap. " * 20 + "\n\n| a | b |\n|---|---|\n| one | two |"
    stage.show(turn(f"{others}\n\n```\nx\n```\n"))
    document, width = stage.view.document(), stage.view.document().size().width()
    tables = stage.place_of("two")
    stage.show(turn(f"{others}\n\n```\n{_WORDS}\n```\n"), conversation="d")
    block = document.find("word59").block()
    assert block.layout().lineCount() == 1
    assert block.layout().lineAt(0).naturalTextWidth() > 2000
    assert document.size().width() == width == stage.view.viewport().width()
    assert stage.view.horizontalScrollBar().maximum() == 0
    assert stage.place_of("two") == tables


def test_that_lines_wrap_unless_they_are_to_scroll(qapp: QApplication) -> None:
    for stage in answer_stage(qapp):
        stage.show(turn(_CODE))
        assert stage.view.document().find("word59").block().layout().lineCount() > 3
        assert stage.view._sideways.strips(stage.view._visible) == []


@pytest.mark.parametrize("long_lines", list(LongLines))
def test_that_a_line_without_end_is_drawn_in_bounded_time_and_width(
    stage: Stage, long_lines: LongLines
) -> None:
    stage.view.set_long_lines(long_lines)
    stage.show(turn("```\n" + "x" * 200_000 + "\n```\n"))
    block = stage.view.document().find("xxx").block()
    lengths = []
    while block.text().startswith("x"):
        lengths.append(block.length() - 1)
        block = block.next()
    assert sum(lengths) == 200_000
    assert max(lengths) <= 6144
    assert stage.view.document().size().width() == stage.view.viewport().width()


def test_that_code_reads_from_left_to_right_whatever_its_letters(stage: Stage) -> None:
    for long_lines in LongLines:
        stage.view.set_long_lines(long_lines)
        stage.show(turn("```\nשלום = 1\nx = 2\n```\n"))
        lines = [stage.view.document().find(t).block().layout().lineAt(0) for t in ("שלום", "x =")]
        assert lines[0].x() == lines[1].x() > 0
        start = QTextCursor(stage.view.document().find("שלום").block())
        assert stage.view.cursorRect(start).left() < 400


def test_that_each_block_has_its_own_offset_also_in_another_answer(stage: Stage) -> None:
    stage.show(turn(_CODE, turn_id="a"), turn(_CODE, turn_id="b", question="And?"))
    stage.view.verticalScrollBar().setValue(0)
    assert [strip.key for strip in strips(stage)] == [("a", 1), ("b", 1)]
    scroll(stage, 150)
    assert [strip.offset for strip in strips(stage)] == [150, 0]


def test_that_code_is_scrolled_no_further_than_its_longest_line(stage: Stage) -> None:
    stage.show(turn(_CODE))
    scroll(stage, 1e6)
    last = seen_at(stage, "# last")
    ground = strips(stage)[0].lines
    assert offset(stage) == strips(stage)[0].most
    assert 0 < ground.right() - last.x() < 60
    scroll(stage, -5)
    assert offset(stage) == 0


def test_that_a_wider_window_leaves_no_empty_space_behind_the_longest_line(stage: Stage) -> None:
    stage.view.resize(400, 600)
    stage.show(turn(_CODE))
    scroll(stage, 1e6)
    stage.view.resize(800, 600)
    assert offset(stage) == strips(stage)[0].most
    ground = strips(stage)[0].lines
    assert 0 < ground.right() - seen_at(stage, "# last").x() < 60


def test_that_lines_far_below_count_for_the_width(stage: Stage) -> None:
    stage.show(turn("```\n" + "x = 1\n" * 2500 + _WORDS + "\n```\n"))
    stage.view.verticalScrollBar().setValue(0)
    for _ in range(8):  # each paint measures some
        picture(stage)
        stage.settle()
    assert strips(stage)[0].most > 1000


def test_that_code_that_fits_has_nothing_to_scroll(stage: Stage) -> None:
    stage.show(turn("```\nx = 1\n```\n"))
    assert strips(stage) == []


def test_that_lines_grow_longer_while_they_arrive(stage: Stage) -> None:
    stage.show(turn(f"```\n{_WORDS[:200]}", Streaming()))
    before = strips(stage)[0].most
    scroll(stage, 40)
    stage.show(turn(f"```\n{_WORDS}", Streaming()))
    assert strips(stage)[0].most > before + 1000
    assert offset(stage) == 40


# What is seen.


def _colours(image: QImage, area: QRectF) -> set[int]:
    box = area.toAlignedRect()
    return {
        image.pixel(x, y)
        for x in range(box.left(), box.right())
        for y in range(box.top(), box.bottom())
    }


def test_that_nothing_is_painted_beyond_the_ground_and_neighbours_stay(stage: Stage) -> None:
    stage.show(turn(_CODE))
    before = picture(stage)
    lines = strips(stage)[0].lines
    scroll(stage, 300)
    after = picture(stage)
    beyond = QRectF(lines.right() + 1, lines.top(), 60, lines.height())
    assert _colours(after, beyond) == {LIGHT.surface.rgb()}
    assert _colours(after, beyond.translated(-lines.width() - 62, 0)) == {LIGHT.surface.rgb()}
    above = QRectF(0, 0, before.width(), lines.top() - 2).toRect()
    assert before.copy(above) == after.copy(above)
    assert before.copy(lines.toRect()) != after.copy(lines.toRect())


def test_that_scrolled_code_shows_what_stands_further_right(stage: Stage) -> None:
    stage.show(turn("```\n" + "w" * 70 + " " * 150 + "end\n```\n"))
    strip = strips(stage)[0]
    inner = strip.lines.adjusted(40, 0, -40, 0)
    assert len(_colours(picture(stage), inner)) > 1
    scroll(stage, strip.most / 2)
    assert _colours(picture(stage), inner) == {LIGHT.code.rgb()}
    scroll(stage, strip.most)
    assert len(_colours(picture(stage), strip.lines.adjusted(300, 0, 0, 0))) > 1


def test_that_what_is_selected_and_found_is_marked_where_it_is_seen(stage: Stage) -> None:
    stage.show(turn(_CODE))
    scroll(stage, 700)
    at = seen_at(stage, "word20")
    box = QRectF(at.x() - 4, at.y() - 6, 8, 12)
    assert LIGHT.accent.rgb() not in _colours(picture(stage), box)
    stage.view.setTextCursor(stage.view.document().find("word20"))
    assert LIGHT.accent.rgb() in _colours(picture(stage), box)
    stage.view.setTextCursor(stage.view.document().find("Before"))
    assert LIGHT.accent.rgb() not in _colours(picture(stage), box)


def test_that_a_place_in_an_unseen_part_is_brought_into_sight(stage: Stage) -> None:
    stage.show(turn(_CODE))
    for word in ("word50", "word3 ", "word59"):
        found = stage.view.document().find(word)
        stage.view.show_place(found.selectionStart(), found.selectionEnd())
        lines = strips(stage)[0].lines
        assert lines.left() < seen_at(stage, word).x() < lines.right(), word
    scroll(stage, 700)
    found = stage.view.document().find("word20")
    stage.view.show_place(found.selectionStart(), found.selectionEnd())
    assert offset(stage) == 700, "it was in sight"


def test_that_found_words_are_marked_where_they_are_seen_and_nowhere_else(stage: Stage) -> None:
    stage.show(turn(_CODE))
    stage.view.search.look_for("word20", 0)
    stage.settle()
    lines = strips(stage)[0].lines
    found = LIGHT.found.rgb()
    scroll(stage, 0)
    assert found not in _colours(picture(stage), QRectF(stage.view.viewport().rect()))
    scroll(stage, 700)
    at = seen_at(stage, "word20")
    image = picture(stage)
    assert found in _colours(image, QRectF(at.x() - 10, at.y() - 6, 20, 12))
    assert found not in _colours(image, QRectF(at.x() + 40, at.y() - 6, 300, 12))
    block = stage.view.document().find("word20").block()
    unseen = [QRectF(lines.left() - 50, lines.top(), 40, 10)]
    assert stage.view._sideways.seen(block, unseen, is_caret=False) == []


class _Painted(QObject):
    """Keeps where a widget was painted."""

    def __init__(self) -> None:
        super().__init__()
        self.region = QRegion()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QPaintEvent):
            self.region += event.region()
        return super().eventFilter(watched, event)


def test_that_a_selection_is_painted_at_once_where_it_is_seen(stage: Stage) -> None:
    stage.show(turn(_CODE))
    scroll(stage, 700)
    stage.application.processEvents()
    painted = _Painted()
    stage.view.viewport().installEventFilter(painted)
    stage.view.setTextCursor(stage.view.document().find("word20"))
    stage.application.processEvents()
    at_edge = QPoint(round(strips(stage)[0].lines.left()) + 3, seen_at(stage, "word20").y())
    assert painted.region.contains(seen_at(stage, "word20"))
    assert painted.region.contains(at_edge)


def test_that_the_caret_stands_at_the_edge_while_a_line_goes_on(stage: Stage) -> None:
    stage.show(turn(f"```\n{_WORDS}", Streaming()))
    lines = strips(stage)[0].lines
    edge = QRectF(lines.right() - 20, lines.top(), 20, lines.height())
    assert any(
        abs(QColor(c).hue() - LIGHT.accent.hue()) < 8 and QColor(c).saturation() > 80
        for c in _colours(picture(stage), edge)
    )


# Pointer and wheel.


def test_that_a_drag_selects_the_words_that_are_seen(stage: Stage) -> None:
    stage.show(turn(_CODE))
    scroll(stage, 1000)
    one, other = seen_at(stage, "word25"), seen_at(stage, "word29")
    mouse(stage, QEvent.Type.MouseButtonPress, one)
    mouse(stage, QEvent.Type.MouseMove, other)
    mouse(stage, QEvent.Type.MouseButtonRelease, other, Qt.MouseButton.NoButton)
    selected = stage.view.textCursor().selectedText()
    assert selected.startswith("d25")
    assert selected.endswith("wor")
    assert "word28" in selected


def test_that_a_double_click_selects_the_word_that_is_seen(stage: Stage) -> None:
    stage.show(turn(_CODE))
    scroll(stage, 1000)
    at = seen_at(stage, "word22")
    for kind in (QEvent.Type.MouseButtonPress, QEvent.Type.MouseButtonRelease):
        mouse(stage, kind, at)
    mouse(stage, QEvent.Type.MouseButtonDblClick, at)
    mouse(stage, QEvent.Type.MouseButtonRelease, at, Qt.MouseButton.NoButton)
    assert stage.view.textCursor().selectedText() == "word22"


def test_that_copy_and_text_around_are_clicked_where_they_are_seen(stage: Stage) -> None:
    stage.show(turn("See https://a.example/ here.\n\n" + _CODE))
    scroll(stage, 700)
    copied, opened = QSignalSpy(stage.view.code_copied), QSignalSpy(stage.view.link_opened)
    QTest.mouseClick(stage.view.viewport(), _LEFT, pos=stage.place_of("Copy"))
    QTest.mouseClick(stage.view.viewport(), _LEFT, pos=stage.place_of("a.example"))
    assert copied.count() == opened.count() == 1


def test_that_a_selection_dragged_beyond_an_edge_scrolls_there_and_back(stage: Stage) -> None:
    stage.show(turn(_CODE))
    lines = strips(stage)[0].lines
    begin = seen_at(stage, "word5 ")
    mouse(stage, QEvent.Type.MouseButtonPress, begin)
    mouse(stage, QEvent.Type.MouseMove, begin + QPoint(30, 0))
    mouse(stage, QEvent.Type.MouseMove, QPoint(round(lines.right()) + 90, begin.y()))
    QTest.qWait(400)
    assert offset(stage) > 100
    assert stage.view.textCursor().hasSelection()
    far = stage.view.textCursor().position()
    assert far > stage.view.document().find("word10").position()
    mouse(stage, QEvent.Type.MouseMove, QPoint(round(lines.left()) - 90, begin.y()))
    QTest.qWait(600)
    assert offset(stage) == 0
    assert not stage.view._gestures._pull.isActive(), "there is no further"  # type: ignore[union-attr]
    assert stage.view.textCursor().position() < far
    mouse(stage, QEvent.Type.MouseMove, QPoint(round(lines.right()) + 90, begin.y()))
    assert stage.view._gestures._pull.isActive()  # type: ignore[union-attr]
    mouse(stage, QEvent.Type.MouseButtonRelease, begin, Qt.MouseButton.NoButton)
    assert not stage.view._gestures._pull.isActive()  # type: ignore[union-attr]


def test_that_qt_s_own_steps_of_a_drag_reach_what_is_seen(stage: Stage) -> None:
    stage.show(turn(_CODE))
    scroll(stage, 700)
    one, other = seen_at(stage, "word20"), seen_at(stage, "word24")
    mouse(stage, QEvent.Type.MouseButtonPress, one)
    at = QPointF(other)
    stage.view.mouseMoveEvent(QMouseEvent(QEvent.Type.MouseMove, at, at, _LEFT, _LEFT, _NONE))
    assert "word23" in stage.view.textCursor().selectedText()
    mouse(stage, QEvent.Type.MouseButtonRelease, other, Qt.MouseButton.NoButton)


def test_that_what_is_selected_is_dragged_away_without_scrolling(stage: Stage) -> None:
    stage.show(turn(_CODE))
    stage.view.setTextCursor(stage.view.document().find("word5 word6"))
    begin = seen_at(stage, "word5 ")
    beyond = QPoint(round(strips(stage)[0].lines.right()) + 90, begin.y())
    mouse(stage, QEvent.Type.MouseButtonPress, begin)
    assert not stage.view._gestures._is_selecting  # type: ignore[union-attr]
    stage.view._gestures.takes(  # type: ignore[union-attr]
        QMouseEvent(QEvent.Type.MouseMove, QPointF(beyond), QPointF(beyond), _LEFT, _LEFT, _NONE)
    )
    assert not stage.view._gestures._pull.isActive()  # type: ignore[union-attr]
    mouse(stage, QEvent.Type.MouseButtonRelease, begin, Qt.MouseButton.NoButton)


@pytest.mark.parametrize(
    ("dx", "dy", "modifiers", "moves"),
    [
        (-120, 0, _NONE, True),
        (0, -120, _SHIFT, True),
        (0, -120, _NONE, False),
        (-30, -120, _NONE, False),
        (-120, 0, Qt.KeyboardModifier.ControlModifier, False),
    ],
)
def test_that_only_a_wheel_turned_sideways_scrolls_code(
    stage: Stage, dx: int, dy: int, modifiers: Qt.KeyboardModifier, moves: bool
) -> None:
    stage.show(turn(_CODE + "\n\n" + LINES))
    stage.view.verticalScrollBar().setValue(0)
    wheel(stage, stage.place_of("What is it"), dx, 0, modifiers)
    assert offset(stage) == 0
    at = seen_at(stage, "short")
    wheel(stage, at, dx, dy, modifiers)
    assert (offset(stage) > 0) == moves
    if moves:
        assert stage.view.verticalScrollBar().value() == 0
        wheel(stage, at, -10 * dx, -10 * dy, modifiers)
        assert offset(stage) == 0


# The bar.


def _bar(stage: Stage) -> Bar:
    return Bar(strips(stage)[0], stage.view._visible)


def _in_view(stage: Stage, place: QPointF) -> QPoint:
    return (place - QPointF(0, stage.view.verticalScrollBar().value())).toPoint()


def test_that_the_bar_is_painted_while_the_pointer_is_there_or_code_is_scrolled(
    stage: Stage,
) -> None:
    stage.show(turn(_CODE))
    handle = _bar(stage).handle.adjusted(4, 1, -4, -1)
    shown = LIGHT.disabled.rgb()
    assert shown not in _colours(picture(stage), handle)
    mouse(stage, QEvent.Type.MouseMove, seen_at(stage, "short"), Qt.MouseButton.NoButton)
    assert shown in _colours(picture(stage), handle)
    stage.application.sendEvent(stage.view.viewport(), QEvent(QEvent.Type.Leave))
    assert shown not in _colours(picture(stage), handle)
    scroll(stage, 200)
    assert shown in _colours(picture(stage), _bar(stage).handle.adjusted(4, 1, -4, -1))


def test_that_the_bar_is_dragged_and_clicked(stage: Stage) -> None:
    stage.show(turn(_CODE))
    handle = _bar(stage).handle
    grip = _in_view(stage, handle.topRight() + QPointF(-4, 1))
    mouse(stage, QEvent.Type.MouseButtonPress, grip)
    assert offset(stage) == 0
    mouse(stage, QEvent.Type.MouseMove, grip + QPoint(2000, 300))
    assert offset(stage) == strips(stage)[0].most
    mouse(stage, QEvent.Type.MouseMove, grip)
    assert offset(stage) == 0
    mouse(stage, QEvent.Type.MouseButtonRelease, grip, Qt.MouseButton.NoButton)
    mouse(stage, QEvent.Type.MouseMove, grip + QPoint(100, 0), Qt.MouseButton.NoButton)
    assert offset(stage) == 0
    mouse(stage, QEvent.Type.MouseButtonPress, grip)
    mouse(stage, QEvent.Type.MouseMove, grip + QPoint(100, 0), Qt.MouseButton.NoButton)
    assert offset(stage) == 0, "it was let go where nobody told"
    middle = _in_view(stage, _bar(stage).track.center())
    QTest.mouseClick(stage.view.viewport(), _LEFT, pos=middle)
    assert offset(stage) == pytest.approx(strips(stage)[0].most / 2, abs=20)
    assert not stage.view.textCursor().hasSelection()


def test_that_the_bar_of_code_higher_than_the_window_is_at_its_lower_edge(stage: Stage) -> None:
    stage.show(turn("```\n" + f"{_WORDS}\n" * 100 + "```\n"))
    stage.view.verticalScrollBar().setValue(300)
    track = _in_view(stage, _bar(stage).track.center())
    height = stage.view.viewport().height()
    assert height - 20 < track.y() < height


# Keys.


def test_that_left_and_right_scroll_the_code_that_the_keys_went_to(stage: Stage) -> None:
    stage.show(turn(_CODE))
    stage.view.setTextCursor(stage.view.document().find("Copy"))
    QTest.keyClick(stage.view, Qt.Key.Key_Right)
    assert offset(stage) == 0, "the keys did not go there"
    step(stage.view, StepKind.CODE, 1)
    QTest.keyClick(stage.view, Qt.Key.Key_Right)
    once = offset(stage)
    assert once > 50
    QTest.keyClick(stage.view, Qt.Key.Key_Right)
    assert offset(stage) == 2 * once
    for _ in range(3):
        QTest.keyClick(stage.view, Qt.Key.Key_Left)
    assert offset(stage) == 0
    assert stage.view.textCursor().selectedText() == "Copy"


# Switching, and what else draws everything anew.


def test_that_the_place_and_the_selection_outlive_a_switch(stage: Stage) -> None:
    stage.show(turn(f"```\n{_WORDS}\n```\n\n{LINES}"))
    found = stage.view.document().find("Line number 90 of")
    stage.view.setTextCursor(stage.view.document().find("number 92 of"))
    stage.view.show_place(found.selectionStart(), found.selectionEnd())
    before = stage.top_line()
    for long_lines in (LongLines.WRAP, LongLines.SCROLL):
        stage.view.set_long_lines(long_lines)
        stage.settle()
        assert stage.top_line() == before
        assert stage.view.textCursor().selectedText() == "number 92 of"


def test_that_a_zoom_keeps_the_letters_in_sight_and_another_conversation_begins_left(
    stage: Stage,
) -> None:
    stage.show(turn(_CODE))
    scroll(stage, 600)
    stage.view.set_zoom(200)
    stage.settle()
    assert offset(stage) == 1200
    stage.show(turn(_CODE), conversation="other")
    assert offset(stage) == 0


def test_that_long_lines_do_not_scroll_the_view_sideways_by_a_selection(stage: Stage) -> None:
    stage.show(turn(_CODE))
    stage.view.setTextCursor(stage.view.document().find("# last"))
    stage.view.ensureCursorVisible()
    assert stage.view.horizontalScrollBar().value() == 0
    assert stage.view.cursorForPosition(QPoint(0, 0)).block().text() == "What is it?"
