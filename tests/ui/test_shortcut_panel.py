"""The page on the shortcut says what is true, and nothing before it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QCheckBox, QLabel, QLineEdit

from headwater.domain.preferences import Preferences
from headwater.domain.shortcut import ShortcutState, ShortcutStatus
from headwater.ui.key_field import KeyField
from headwater.ui.shortcut_panel import ShortcutPanel
from tests.ui.shortcut_stage import ShortcutStage, button, with_shortcut, words

_CTRL_ALT = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier
_COMMAND = "/opt/headwater --quick-ask"


@contextmanager
def shown(stage: ShortcutStage, desktop: str = "KDE", test_time: int = 60_000) -> Iterator[Panel]:
    panel = Panel(stage.session, _COMMAND, desktop, platform="linux", test_time=test_time)
    layout = panel.layout()
    assert layout is not None
    layout.setSizeConstraint(layout.SizeConstraint.SetNoConstraint)
    panel.resize(480, 300)
    panel.show()
    yield panel
    panel.close()
    panel.close_session()
    panel.deleteLater()


class Panel(ShortcutPanel):
    """The panel as a person sees it."""

    @property
    def told(self) -> list[str]:
        return [text for text in words(self) if "command instead" not in text and "KDE" not in text]

    @property
    def warnings(self) -> list[str]:
        labels = self.findChildren(QLabel, "warning")
        return [label.text() for label in labels if not label.isHidden()]

    @property
    def field(self) -> KeyField:
        return self.findChildren(KeyField)[0]

    @property
    def switch_box(self) -> QCheckBox:
        return self.findChildren(QCheckBox)[0]

    def type(self, key: Qt.Key, held: Qt.KeyboardModifier = _CTRL_ALT) -> None:
        QTest.mouseClick(self.field, Qt.MouseButton.LeftButton)
        QTest.keyClick(self.field, key, held)


Journey = Callable[[ShortcutStage], None]


@pytest.fixture
def run(qapp: QApplication) -> Callable[[Journey], None]:
    return lambda journey: with_shortcut(qapp, journey)


def test_that_the_key_it_really_has_is_named_with_who_grants_it(
    run: Callable[[Journey], None],
) -> None:
    def journey(stage: ShortcutStage) -> None:
        with shown(stage) as panel:
            assert panel.told == ["Active: Ctrl+Alt+Space (X11)"]
            assert panel.field.text() == "Ctrl+Alt+Space"
            stage.say(ShortcutState(ShortcutStatus.ACTIVE, "Meta+F12"))
            assert panel.told == ["Active: Meta+F12 (X11)"]
            assert panel.warnings == []

    run(journey)


def test_that_nothing_is_active_before_the_system_said_so(run: Callable[[Journey], None]) -> None:
    def journey(stage: ShortcutStage) -> None:
        with shown(stage) as panel:
            stage.say(ShortcutState(ShortcutStatus.ASKING))
            assert panel.told == ["Asking the system for the key…"]
            assert not button(panel, "Test").isEnabled()

    run(journey)


@pytest.mark.parametrize(
    ("status", "can_try"),
    [
        (ShortcutStatus.TAKEN, True),
        (ShortcutStatus.DENIED, True),
        (ShortcutStatus.FAILED, True),
        (ShortcutStatus.UNAVAILABLE, False),
    ],
)
def test_that_what_stands_in_the_way_is_said_with_what_to_do(
    run: Callable[[Journey], None], status: ShortcutStatus, can_try: bool
) -> None:
    def journey(stage: ShortcutStage) -> None:
        with shown(stage) as panel:
            stage.say(ShortcutState(status, problem="It is gone.", remedy="Get it back."))
            assert panel.told == ["It is gone.", "Get it back."]
            assert panel.warnings == ["It is gone."]
            assert button(panel, "Try again").isHidden() is not can_try
            stage.say(ShortcutState(status))
            assert len(panel.told) == 2
            assert panel.warnings == panel.told[:1]
            assert panel.told[0]

    run(journey)


def test_that_words_of_the_systems_are_no_markup_and_bounded(
    run: Callable[[Journey], None],
) -> None:
    def journey(stage: ShortcutStage) -> None:
        with shown(stage) as panel:
            stage.say(ShortcutState(ShortcutStatus.FAILED, problem="<b>bold</b> " + "x" * 9000))
            assert panel.warnings[0].startswith("<b>bold</b>")
            assert len(panel.warnings[0]) <= 400
            assert {w.textFormat() for w in panel.findChildren(QLabel)} == {Qt.TextFormat.PlainText}

    run(journey)


def test_that_trying_again_asks_the_system_once_more(run: Callable[[Journey], None]) -> None:
    def journey(stage: ShortcutStage) -> None:
        with shown(stage) as panel:
            stage.say(ShortcutState(ShortcutStatus.TAKEN, problem="Taken."))
            asked = len(stage.backend.asked)
            button(panel, "Try again").click()
            assert stage.backend.asked[asked:] == ["Ctrl+Alt+Space"]
            assert panel.told == ["Active: Ctrl+Alt+Space (X11)"]

    run(journey)


def test_that_a_pressed_combination_is_asked_for_and_kept(run: Callable[[Journey], None]) -> None:
    def journey(stage: ShortcutStage) -> None:
        with shown(stage) as panel:
            panel.type(Qt.Key.Key_K)
            assert stage.preferences.now.shortcut == "Ctrl+Alt+K"
            assert panel.field.text() == "Ctrl+Alt+K"
            assert panel.told == ["Active: Ctrl+Alt+K (X11)"]
            assert not stage.session.is_testing

    run(journey)


def test_that_a_key_of_the_systems_is_refused_with_the_reason(
    run: Callable[[Journey], None],
) -> None:
    def journey(stage: ShortcutStage) -> None:
        with shown(stage) as panel:
            panel.type(Qt.Key.Key_Space, Qt.KeyboardModifier.AltModifier)
            assert panel.warnings == ["Alt+Space opens the window menu."]
            assert panel.field.text() == "Ctrl+Alt+Space"
            assert stage.backend.asked == ["Ctrl+Alt+Space"]
            assert stage.preferences.now.shortcut == ""
            panel.type(Qt.Key.Key_K)
            assert panel.warnings == []

    run(journey)


def test_that_a_key_without_a_name_says_so_and_waits_on(run: Callable[[Journey], None]) -> None:
    def journey(stage: ShortcutStage) -> None:
        with shown(stage) as panel:
            panel.type(Qt.Key.Key_VolumeUp)
            assert panel.warnings == ["This key cannot be part of a shortcut."]
            assert panel.field.is_waiting
            QTest.keyClick(panel.field, Qt.Key.Key_Escape)
            assert panel.warnings == []

    run(journey)


def test_that_a_deleting_key_brings_the_usual_one_back(qapp: QApplication) -> None:
    def journey(stage: ShortcutStage) -> None:
        with shown(stage) as panel:
            assert panel.field.text() == "Ctrl+Alt+K"
            panel.type(Qt.Key.Key_Backspace, Qt.KeyboardModifier.NoModifier)
            assert panel.field.text() == "Ctrl+Alt+Space"
            assert stage.backend.asked == ["Ctrl+Alt+K", "Ctrl+Alt+Space"]

    with_shortcut(qapp, journey, Preferences(shortcut="Ctrl+Alt+K"))


def test_that_pressing_the_present_key_opens_nothing_and_keeps_it(
    run: Callable[[Journey], None],
) -> None:
    """The system gives it to the shortcut, not to the field."""

    def journey(stage: ShortcutStage) -> None:
        with shown(stage) as panel:
            QTest.mouseClick(panel.field, Qt.MouseButton.LeftButton)
            stage.backend.pressed("")
            assert stage.opened == []
            assert not panel.is_waiting
            stage.backend.pressed("token")
            assert stage.opened == ["token"]

    run(journey)


def test_that_the_switch_takes_effect_at_once(run: Callable[[Journey], None]) -> None:
    def journey(stage: ShortcutStage) -> None:
        with shown(stage) as panel:
            assert panel.switch_box.isChecked()
            panel.switch_box.click()
            assert stage.backend.asked[-1] == "released"
            assert panel.told == ["Off."]
            panel.switch_box.click()
            assert panel.told == ["Active: Ctrl+Alt+Space (X11)"]

    run(journey)


def test_that_a_test_waits_for_a_real_press(run: Callable[[Journey], None]) -> None:
    def journey(stage: ShortcutStage) -> None:
        with shown(stage) as panel:
            button(panel, "Test").click()
            assert panel.told[1:] == ["Press Ctrl+Alt+Space now…"]
            stage.backend.pressed("")
            assert panel.told[1:] == ["It arrived."]
            assert stage.opened == []
            stage.backend.pressed("later")
            assert stage.opened == ["later"]

    run(journey)


def test_that_a_press_that_does_not_come_is_said_with_what_it_may_mean(
    qapp: QApplication, qtbot: object
) -> None:
    def journey(stage: ShortcutStage) -> None:
        with shown(stage, test_time=1) as panel:
            button(panel, "Test").click()
            QTest.qWait(50)
            assert panel.warnings[0].startswith("Nothing arrived. Another program may ")
            assert not stage.session.is_testing
            assert panel.told[0] == "Active: Ctrl+Alt+Space (X11)"

    with_shortcut(qapp, journey)


@pytest.mark.parametrize("way", ["the button", "hiding", "closing", "another key"])
def test_that_leaving_ends_the_test(run: Callable[[Journey], None], way: str) -> None:
    def journey(stage: ShortcutStage) -> None:
        with shown(stage) as panel:
            button(panel, "Test").click()
            if way == "the button":
                button(panel, "Stop").click()
            elif way == "hiding":
                panel.hide()
            elif way == "closing":
                panel.close_session()
            else:
                panel.type(Qt.Key.Key_K)
            assert (stage.session.is_testing, panel.is_waiting) == (False, False)
            stage.backend.pressed("token")
            assert stage.opened == ["token"]

    run(journey)


def test_that_hiding_ends_the_taking_of_keys(run: Callable[[Journey], None]) -> None:
    def journey(stage: ShortcutStage) -> None:
        with shown(stage) as panel:
            QTest.mouseClick(panel.field, Qt.MouseButton.LeftButton)
            panel.hide()
            assert not panel.is_waiting
            assert not stage.session.is_testing

    run(journey)


def test_that_after_the_end_nothing_is_followed(run: Callable[[Journey], None]) -> None:
    def journey(stage: ShortcutStage) -> None:
        with shown(stage) as panel:
            panel.close_session()
            stage.say(ShortcutState(ShortcutStatus.ASKING))
            assert panel.told == ["Active: Ctrl+Alt+Space (X11)"]

    run(journey)


def test_that_where_no_way_exists_the_command_is_left(qapp: QApplication) -> None:
    def journey(stage: ShortcutStage) -> None:
        with shown(stage, "sway") as panel:
            assert not panel.switch_box.isEnabled()
            assert not panel.field.isEnabled()
            assert not button(panel, "Test").isEnabled()
            assert panel.told == [
                "Here a program cannot ask for a key that works everywhere.",
                "Bind the command below to a key in your desktop’s own keyboard settings.",
                f"For the configuration: bindsym Ctrl+Mod1+space exec {_COMMAND}",
            ]

    with_shortcut(qapp, journey, is_possible=False)


def test_that_the_command_can_be_selected_and_copied(run: Callable[[Journey], None]) -> None:
    def journey(stage: ShortcutStage) -> None:
        with shown(stage) as panel:
            shown_command = panel.findChildren(QLineEdit)[0]
            assert (shown_command.text(), shown_command.isReadOnly()) == (_COMMAND, True)
            button(panel, "Copy").click()
            assert QGuiApplication.clipboard().text() == _COMMAND
            assert button(panel, "Copied").isEnabled()
            assert "In KDE Plasma: System Settings › Shortcuts › Add New › Command." in words(panel)

    run(journey)
