"""The bar paints a handle that has moved, and nothing while it has not."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QApplication

from headwater.ui.quiet_scroll_bar import QuietScrollBar


class Bar(QuietScrollBar):
    """A bar that counts how often it was painted."""

    painted = 0

    def paintEvent(self, event: QPaintEvent) -> None:
        self.painted += 1
        super().paintEvent(event)


@pytest.fixture
def bar(qapp: QApplication) -> Iterator[Bar]:
    bar = Bar()
    bar.resize(14, 600)
    bar.setMaximum(0)
    bar.setPageStep(600)
    bar.show()
    qapp.processEvents()
    yield bar
    bar.close()
    bar.deleteLater()


def grow(bar: Bar, maximum: int) -> int:
    """Follow the end of a text that is so long; return how often the bar was painted."""
    QApplication.processEvents()
    before = bar.painted
    with bar:
        bar.setMaximum(maximum)
        bar.setValue(maximum)
    QApplication.processEvents()
    return bar.painted - before


def test_that_a_handle_that_moves_is_painted(bar: Bar) -> None:
    assert grow(bar, 600) == 1
    before = bar.painted
    for value in (0, 100, 600):
        bar.setValue(value)
        QApplication.processEvents()
    assert bar.painted == before + 3
    assert grow(bar, 0) == 1


def test_that_a_handle_that_stays_is_not_painted_again(bar: Bar) -> None:
    grow(bar, 60_000)
    assert sum(grow(bar, 60_000 + 100 * n) for n in range(1, 20)) == 0
    assert grow(bar, 600) == 1
