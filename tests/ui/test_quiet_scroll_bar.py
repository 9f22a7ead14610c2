"""The bar paints a handle that has moved, and nothing while it has not."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtGui import QColor, QPaintEvent
from PySide6.QtWidgets import QApplication

from headwater.ui.quiet_scroll_bar import QuietScrollBar

GROUND, HANDLE = QColor("white"), QColor("black")


class Bar(QuietScrollBar):
    """A bar that counts how often it was painted."""

    painted = 0

    def paintEvent(self, event: QPaintEvent) -> None:
        self.painted += 1
        super().paintEvent(event)

    @property
    def handle(self) -> tuple[int, int]:
        """From where to where the handle is seen, in pixels."""
        image = self.grab().toImage()
        middle = image.width() // 2
        dark = [y for y in range(image.height()) if image.pixelColor(middle, y) == HANDLE]
        return (dark[0], dark[-1]) if dark else (-1, -1)


@pytest.fixture
def bar(qapp: QApplication) -> Iterator[Bar]:
    bar = Bar(GROUND, HANDLE)
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


def test_that_a_handle_that_moves_is_painted_where_it_is(bar: Bar) -> None:
    assert bar.handle == (-1, -1)
    assert grow(bar, 600) == 1
    top, bottom = bar.handle
    assert abs(top - 300) <= 20
    assert bottom >= 570
    bar.setValue(0)
    QApplication.processEvents()
    assert bar.handle[0] <= 30
    assert abs(bar.handle[1] - 300) <= 20
    assert grow(bar, 0) == 1
    assert bar.handle == (-1, -1)


def test_that_a_handle_that_stays_is_not_painted_again(bar: Bar) -> None:
    grow(bar, 60_000)
    assert sum(grow(bar, 60_000 + 100 * n) for n in range(1, 20)) == 0
    assert grow(bar, 600) == 1
