from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from headwater.ui.quick_ask.region_picker import RegionPicker, _around
from headwater.ui.theme import LIGHT


class Picked:
    def __init__(self, application: QApplication) -> None:
        self.pictures: list[bytes | None] = []
        self.window = RegionPicker(application.primaryScreen(), LIGHT, self.pictures.append)
        self.window.show()

    def draw(self, start: QPoint, end: QPoint) -> None:
        left = Qt.MouseButton.LeftButton
        QTest.mousePress(self.window, left, Qt.KeyboardModifier.NoModifier, start)
        QTest.mouseMove(self.window, end)
        self.window.grab()
        QTest.mouseRelease(self.window, left, Qt.KeyboardModifier.NoModifier, end)

    @property
    def size(self) -> tuple[int, int]:
        (picture,) = self.pictures
        assert picture is not None
        image = QImage.fromData(picture)
        return image.width(), image.height()


@pytest.fixture
def picked(qapp: QApplication) -> Iterator[Picked]:
    made = Picked(qapp)
    yield made
    qapp.processEvents()


def test_that_a_drawn_rectangle_becomes_a_picture_of_its_size(picked: Picked) -> None:
    picked.draw(QPoint(110, 90), QPoint(10, 20))
    assert picked.size == (101, 71)
    assert not picked.window.isVisible()


def test_that_a_click_means_the_whole_screen(picked: Picked, qapp: QApplication) -> None:
    picked.draw(QPoint(50, 50), QPoint(51, 51))
    screen = qapp.primaryScreen().geometry()
    assert picked.size == (screen.width(), screen.height())


def test_that_enter_means_the_whole_screen_and_escape_none(picked: Picked) -> None:
    QTest.keyClick(picked.window, Qt.Key.Key_Escape)
    QTest.keyClick(picked.window, Qt.Key.Key_Return)
    assert picked.pictures == [None]


def test_that_the_veil_covers_everything_but_the_rectangle() -> None:
    whole, hole = QRect(0, 0, 100, 80), QRect(10, 20, 30, 40)
    parts = _around(whole, hole)
    assert sum(p.width() * p.height() for p in parts) == 100 * 80 - 30 * 40
    assert not any(p.intersects(hole) for p in parts)
