"""What the style sheet makes of a property that is set while its widget is on the screen."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QPushButton, QWidget
from pytestqt.qtbot import QtBot

from headwater.ui.styled_property import set_styled_property

_SHEET = 'QPushButton { color: #000000 } QPushButton[on="true"] { color: #ff0000 }'


@pytest.fixture
def window(qtbot: QtBot) -> QWidget:
    window = QWidget()
    qtbot.addWidget(window)
    window.setStyleSheet(_SHEET)
    return window


@pytest.fixture
def button(window: QWidget) -> QPushButton:
    return QPushButton("x", window)


def _is_dressed(button: QPushButton) -> bool:
    return button.palette().color(button.foregroundRole()) == QColor("#ff0000")


def test_that_a_widget_on_the_screen_is_dressed_at_once(button: QPushButton) -> None:
    button.window().show()
    assert not _is_dressed(button)

    assert set_styled_property(button, "on", True)
    assert _is_dressed(button)

    assert set_styled_property(button, "on", False)
    assert not _is_dressed(button)


@pytest.mark.parametrize("nothing", [False, ""])
def test_that_what_was_never_set_is_as_good_as_nothing(
    button: QPushButton, nothing: bool | str
) -> None:
    assert not set_styled_property(button, "on", nothing)

    assert button.property("on") is None
