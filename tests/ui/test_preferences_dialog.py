"""The preferences take effect at once, and say what is true of the machine."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from PySide6.QtCore import QEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QApplication,
    QCheckBox,
    QComboBox,
    QLabel,
    QSpinBox,
    QTabWidget,
    QWidget,
)

from headwater.domain.preferences import LongLines, Preferences
from headwater.domain.shortcut import ShortcutState
from headwater.ui.preferences_dialog import PreferencesDialog
from headwater.ui.quick_ask_settings import QuickAskSettings
from tests.ui.shortcut_stage import (
    FakeEntry,
    FakeLogin,
    ShortcutStage,
    button,
    with_shortcut,
    words,
)

pytestmark = pytest.mark.qt_log_ignore("does not support propagateSizeHints")


class Opened:
    """A dialog, and what it was given."""

    def __init__(self, stage: ShortcutStage, *, has_tray: bool, screens: tuple[str, ...]) -> None:
        self.stage = stage
        self.login = FakeLogin()
        self.entry = FakeEntry()
        self.window = QWidget()
        self._has_tray = has_tray
        self._screens = screens

    def open(self) -> None:
        settings = QuickAskSettings(
            self.stage.session,
            "headwater --quick-ask",
            "KDE",
            self._screens,
            self.login,
            self.entry,
            self._has_tray,
        )
        self.dialog = PreferencesDialog(self.stage.preferences, "Kept here.", self.window, settings)
        self.dialog.show_quick_ask()
        self.dialog.open()
        self.stage.qapp.processEvents()

    @property
    def now(self) -> Preferences:
        return self.stage.preferences.now

    @property
    def told(self) -> str:
        return " | ".join(words(self.dialog))

    @property
    def warnings(self) -> list[str]:
        labels = self.dialog.findChildren(QLabel, "warning")
        return [label.text() for label in labels if label.isVisible()]

    def box(self, name: str) -> QComboBox:
        boxes = self.dialog.findChildren(QComboBox)
        return next(box for box in boxes if box.accessibleName() == name)

    def close(self) -> None:
        self.dialog.reject()
        self.stage.qapp.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)


@contextmanager
def opened(
    stage: ShortcutStage,
    *,
    has_tray: bool = True,
    screens: tuple[str, ...] = ("eDP-1", "DP-2"),
    is_shown: bool = True,
) -> Iterator[Opened]:
    place = Opened(stage, has_tray=has_tray, screens=screens)
    if is_shown:
        place.open()
    yield place
    place.close()
    place.window.deleteLater()


Journey = Callable[[ShortcutStage], None]


@pytest.fixture
def run(qapp: QApplication) -> Callable[[Journey], None]:
    return lambda journey: with_shortcut(qapp, journey)


def test_that_there_are_two_sections_and_one_can_be_turned_to(
    run: Callable[[Journey], None],
) -> None:
    def journey(stage: ShortcutStage) -> None:
        with opened(stage) as place:
            sections = place.dialog.findChildren(QTabWidget)[0]
            assert [sections.tabText(i) for i in range(sections.count())] == [
                "General",
                "Quick ask",
            ]
            assert sections.currentIndex() == 1
            focused = QApplication.focusWidget()
            assert focused is not None
            assert focused.accessibleName() == "Shortcut: Ctrl+Alt+Space"

    run(journey)


def test_that_without_a_quick_ask_there_are_no_sections(run: Callable[[Journey], None]) -> None:
    def journey(stage: ShortcutStage) -> None:
        window = QWidget()
        dialog = PreferencesDialog(stage.preferences, "Kept here.", window)
        dialog.show_quick_ask()
        assert dialog.findChildren(QTabWidget) == []
        assert "Kept here." in words(dialog)
        window.deleteLater()

    run(journey)


def test_that_what_long_lines_of_code_do_is_kept_at_once(run: Callable[[Journey], None]) -> None:
    def journey(stage: ShortcutStage) -> None:
        with opened(stage) as place:
            box = place.box("Long lines of code")
            assert [box.itemText(i) for i in range(box.count())] == ["Wrap", "Scroll sideways"]
            assert box.currentText() == "Wrap"
            box.setCurrentIndex(1)
            assert place.now.long_lines is LongLines.SCROLL
        with opened(stage) as place:
            assert place.box("Long lines of code").currentText() == "Scroll sideways"

    run(journey)


def test_that_where_it_opens_is_kept_at_once(run: Callable[[Journey], None]) -> None:
    def journey(stage: ShortcutStage) -> None:
        with opened(stage) as place:
            box = place.box("Opens on")
            assert [box.itemText(i) for i in range(box.count())] == [
                "The screen with the pointer",
                "eDP-1",
                "DP-2",
            ]
            box.setCurrentIndex(2)
            assert place.now.quick_screen == "DP-2"
            box.setCurrentIndex(0)
            assert place.now.quick_screen == ""

    run(journey)


def test_that_a_screen_that_is_away_stays_chosen(qapp: QApplication) -> None:
    def journey(stage: ShortcutStage) -> None:
        with opened(stage) as place:
            assert place.box("Opens on").currentText() == "HDMI-1 (not connected)"
            assert place.now.quick_screen == "HDMI-1"

    with_shortcut(qapp, journey, Preferences(quick_screen="HDMI-1"))


def test_that_where_a_program_cannot_choose_no_screen_is_offered(
    run: Callable[[Journey], None],
) -> None:
    def journey(stage: ShortcutStage) -> None:
        with opened(stage, screens=()) as place:
            assert "Opens on" not in place.told
            assert not place.box("Opens on").isVisible()

    run(journey)


def test_that_the_pause_before_a_new_question_is_kept_at_once(
    run: Callable[[Journey], None],
) -> None:
    def journey(stage: ShortcutStage) -> None:
        with opened(stage) as place:
            pause = next(
                box
                for box in place.dialog.findChildren(QSpinBox)
                if "new question" in box.accessibleName()
            )
            assert pause.text() == "10 min"
            pause.setValue(0)
            assert pause.text() == "Each time it opens"
            assert place.now.quick_pause == 0

    run(journey)


@pytest.mark.parametrize("has_tray", [True, False])
def test_that_the_way_back_is_said_as_it_is(run: Callable[[Journey], None], has_tray: bool) -> None:
    ends = "Closing the window ends Headwater, and the shortcut with it."
    none = "There is no tray icon here. "

    def journey(stage: ShortcutStage) -> None:
        with opened(stage, has_tray=has_tray) as place:
            box = place.box("Keep running when the window is closed")
            assert box.currentText() == "Where there is a tray icon"
            tray = "The tray icon brings the window back."
            assert (tray if has_tray else none + ends) in place.told
            box.setCurrentIndex(1)
            assert place.now.keeps_running
            again = f"{none}To come back, start Headwater again"
            assert (tray if has_tray else f"{again} or press Ctrl+Alt+Space.") in place.told
            stage.say(ShortcutState())
            assert (tray if has_tray else f"{again}.") in place.told
            box.setCurrentIndex(2)
            assert stage.preferences.now.keeps_running is False
            assert f"| {ends}" in place.told
            box.setCurrentIndex(0)
            assert stage.preferences.now.keeps_running is None

    run(journey)


def test_that_the_login_is_asked_for_what_is_true(run: Callable[[Journey], None]) -> None:
    def journey(stage: ShortcutStage) -> None:
        with opened(stage, is_shown=False) as place:
            place.login.on = True
            place.open()
            box = next(b for b in place.dialog.findChildren(QCheckBox) if "login" in b.text())
            assert box.isChecked()
            box.click()
            assert not place.login.is_on()
            assert place.warnings == []
            place.login.problem = "The disk is full."
            box.click()
            assert not box.isChecked()
            assert place.warnings == ["The disk is full."]
            place.login.problem = ""
            box.click()
            assert box.isChecked()
            assert place.warnings == []

    run(journey)


def test_that_a_missing_menu_entry_can_be_added(run: Callable[[Journey], None]) -> None:
    def journey(stage: ShortcutStage) -> None:
        with opened(stage) as place:
            add = button(place.dialog, "Add to the applications menu")
            assert "Some desktops need the entry before they grant a shortcut." in place.told
            add.click()
            assert (add.isEnabled(), place.warnings) == (False, [])
            place.entry.waiting.pop()("The disk is full.")
            assert (add.isEnabled(), place.warnings) == (True, ["The disk is full."])
            add.click()
            assert place.warnings == []
            place.entry.there = True
            place.entry.waiting.pop()("")
            assert not add.isVisible()
            assert "Some desktops" not in place.told

    run(journey)


def test_that_an_entry_that_is_there_is_not_offered(run: Callable[[Journey], None]) -> None:
    def journey(stage: ShortcutStage) -> None:
        with opened(stage, is_shown=False) as place:
            place.entry.there = True
            place.open()
            assert not button(place.dialog, "Add to the applications menu").isVisible()

    run(journey)


def test_that_an_entry_may_come_when_the_dialog_has_gone(run: Callable[[Journey], None]) -> None:
    def journey(stage: ShortcutStage) -> None:
        with opened(stage) as place:
            button(place.dialog, "Add to the applications menu").click()
        stage.qapp.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
        place.entry.waiting.pop()("")

    run(journey)


def test_that_closing_ends_the_test_and_follows_nothing_more(
    run: Callable[[Journey], None],
) -> None:
    def journey(stage: ShortcutStage) -> None:
        with opened(stage) as place:
            button(place.dialog, "Test").click()
        assert not stage.session.is_testing
        stage.preferences.update(quick_pause=3)
        stage.session.switch(on=False)

    run(journey)


def test_that_all_of_it_fits_a_small_screen(run: Callable[[Journey], None]) -> None:
    def journey(stage: ShortcutStage) -> None:
        with opened(stage) as place:
            assert place.dialog.sizeHint().width() <= 800
            assert place.dialog.minimumSizeHint().height() <= 560
            QTest.qWait(0)
            problem = "A long story. " * 20
            place.login.problem = problem
            next(b for b in place.dialog.findChildren(QCheckBox) if "login" in b.text()).click()
            assert place.dialog.height() <= 560

    run(journey)
