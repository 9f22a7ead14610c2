"""The edge of the question box says where the keys go, also where a window is not given them."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from headwater.ui.composer import Composer


def _looks_focused(composer: Composer) -> bool:
    return bool(composer._box.property("focused"))


def test_that_a_new_box_waits_for_the_keys_that_its_window_is_given(qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    composer = Composer(window)
    assert _looks_focused(composer)

    with qtbot.waitActive(window):
        window.show()
        composer.edit.setFocus()
    composer.complete()

    assert _looks_focused(composer)
    composer.edit.clearFocus()
    assert not _looks_focused(composer)


def test_that_a_box_whose_window_was_not_given_the_keys_says_so(qtbot: QtBot) -> None:
    composer = Composer()
    qtbot.addWidget(composer)

    composer.complete()

    assert not _looks_focused(composer)
