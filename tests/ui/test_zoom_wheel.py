"""Ctrl and the wheel change the size by notches, however little it is turned at a time."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent

from headwater.ui.zoom_wheel import ZoomWheel


def _turn(by: int, keys: Qt.KeyboardModifier = Qt.KeyboardModifier.ControlModifier) -> QWheelEvent:
    return QWheelEvent(
        QPointF(), QPointF(), QPoint(), QPoint(0, by), Qt.MouseButton.NoButton, keys,
        Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip


def test_that_a_notch_is_a_step_and_small_turns_add_up() -> None:
    wheel = ZoomWheel()
    assert [wheel.step(_turn(by)) for by in (120, -120, 50, 50, 50, 50)] == [1, -1, 0, 0, 1, 0]


def test_that_without_ctrl_it_scrolls_and_begins_to_count_anew() -> None:
    wheel = ZoomWheel()
    wheel.step(_turn(100))
    assert wheel.step(_turn(120, Qt.KeyboardModifier.NoModifier)) is None
    assert wheel.step(_turn(100)) == 0
