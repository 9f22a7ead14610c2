"""A hint shows its key, does what it says, and can be read."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtTest import QSignalSpy, QTest
from PySide6.QtWidgets import QApplication

from headwater.ui.quick_ask.key_hint import KeyHint
from headwater.ui.theme import DARK, LIGHT, Theme
from tests.ui.quick_ask.colours_in import are_paired, colours_in


@pytest.fixture(params=[LIGHT, DARK], ids=["light", "dark"])
def theme(request: pytest.FixtureRequest) -> Theme:
    chosen: Theme = request.param
    return chosen


@pytest.fixture
def hint(qapp: QApplication) -> Iterator[KeyHint]:
    made = KeyHint("Ctrl ↵", "open in window", LIGHT)
    yield made
    made.close()
    made.deleteLater()
    qapp.sendPostedEvents(made, QEvent.Type.DeferredDelete)


def test_that_a_hint_is_a_button_with_a_name(hint: KeyHint) -> None:
    clicked = QSignalSpy(hint.clicked)
    hint.show()
    QTest.mouseClick(hint, Qt.MouseButton.LeftButton)
    QTest.keyClick(hint, Qt.Key.Key_Space)
    assert clicked.count() == 2
    assert hint.accessibleName() == "open in window"
    assert hint.focusPolicy() == Qt.FocusPolicy.TabFocus


def test_that_a_hint_without_words_is_named_by_its_key(qapp: QApplication) -> None:
    assert KeyHint("Esc", "", LIGHT).accessibleName() == "Esc"


def test_that_words_need_room(qapp: QApplication) -> None:
    bare, long = KeyHint("Esc", "", LIGHT), KeyHint("Esc", "copy with sources", LIGHT)
    words = long.fontMetrics().horizontalAdvance("copy with sources")
    assert long.sizeHint().width() - bare.sizeHint().width() > 0.8 * words


def test_that_a_hint_wears_the_theme_in_colours_that_can_be_read(
    hint: KeyHint, theme: Theme
) -> None:
    hint.wear(theme)
    assert colours_in(hint, theme) == {"surface", "hairline", "muted"}
    assert are_paired(theme, "muted", "surface")


def test_that_a_hint_with_the_focus_is_seen(hint: KeyHint, theme: Theme) -> None:
    hint.wear(theme)
    hint.show()
    hint.activateWindow()
    hint.setFocus()
    QApplication.processEvents()
    hint.setAttribute(Qt.WidgetAttribute.WA_UnderMouse, False)
    assert hint.hasFocus()
    assert colours_in(hint, theme) == {"surface", "accent"}
    assert are_paired(theme, "accent", "surface")
