"""A combination of keys is taken as pressed, whatever Shift, the layout or the system does."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QVBoxLayout, QWidget

from headwater.domain.shortcut import DIGITS, KEYS, LETTERS, KeyCombination
from headwater.ui.key_field import KeyField, combination

_CTRL = Qt.KeyboardModifier.ControlModifier
_META = Qt.KeyboardModifier.MetaModifier
_ALT = Qt.KeyboardModifier.AltModifier
_SHIFT = Qt.KeyboardModifier.ShiftModifier
_KEYPAD = Qt.KeyboardModifier.KeypadModifier
_Key = Qt.Key


def press(
    key: int, held: Qt.KeyboardModifier, scan: int = 0, virtual: int = 0, native: int = 0
) -> QKeyEvent:
    return QKeyEvent(QEvent.Type.KeyPress, key, held, scan, virtual, native)


def text(event: QKeyEvent, platform: str) -> str:
    keys = combination(event, platform)
    return keys.text if keys else ""


@pytest.mark.parametrize(
    ("key", "held", "scan", "wanted"),
    [
        (_Key.Key_K, _CTRL | _ALT, 45, "Ctrl+Alt+K"),
        (_Key.Key_Space, _CTRL | _ALT, 65, "Ctrl+Alt+Space"),
        (_Key.Key_1, _CTRL, 10, "Ctrl+1"),
        (_Key.Key_Exclam, _CTRL | _SHIFT, 10, "Ctrl+Shift+1"),
        (_Key.Key_Exclam, _CTRL | _SHIFT, 0, "Ctrl+Shift+1"),
        (_Key.Key_Question, _CTRL | _SHIFT, 61, "Ctrl+Shift+Slash"),
        (_Key.Key_AsciiTilde, _ALT | _SHIFT, 0, "Alt+Shift+Grave"),
        (_Key.Key_Plus, _CTRL | _SHIFT, 0, "Ctrl+Shift+Equal"),
        (_Key.Key_Underscore, _CTRL | _SHIFT, 0, "Ctrl+Shift+Minus"),
        (_Key.Key_Backtab, _CTRL | _SHIFT, 23, "Ctrl+Shift+Tab"),
        (_Key.Key_SysReq, _ALT, 107, "Alt+Print"),
        (_Key.Key_F13, Qt.KeyboardModifier.NoModifier, 191, "F13"),
        (_Key.Key_Space, _META, 65, "Super+Space"),
        # A French keyboard: & needs no Shift there, and 1 does.
        (_Key.Key_Ampersand, _CTRL | _ALT, 10, "Ctrl+Alt+1"),
        (_Key.Key_1, _CTRL | _SHIFT, 10, "Ctrl+Shift+1"),
        (_Key.Key_A, _CTRL | _ALT, 24, "Ctrl+Alt+A"),
        (_Key.Key_A, _CTRL | _SHIFT, 24, "Ctrl+Shift+A"),
        # A German keyboard: what needs no Shift is what it says, and Shift+7 is the 7.
        (_Key.Key_Minus, _CTRL | _ALT, 61, "Ctrl+Alt+Minus"),
        (_Key.Key_Slash, _CTRL | _SHIFT, 16, "Ctrl+Shift+7"),
        # A Russian one: the letter has no name among the keys, but a place.
        (0x041A, _CTRL | _ALT, 27, "Ctrl+Alt+R"),
        (_Key.Key_Dead_Acute, _CTRL | _ALT, 21, "Ctrl+Alt+Equal"),
    ],
)
def test_that_a_press_on_linux_names_the_key_itself(
    key: int, held: Qt.KeyboardModifier, scan: int, wanted: str
) -> None:
    assert text(press(key, held, scan), "linux") == wanted


@pytest.mark.parametrize(
    ("key", "held", "virtual", "wanted"),
    [
        (_Key.Key_Exclam, _CTRL | _SHIFT, 0x31, "Ctrl+Shift+1"),
        (_Key.Key_Colon, _CTRL | _SHIFT, 0xBA, "Ctrl+Shift+Semicolon"),
        (_Key.Key_Udiaeresis, _CTRL | _ALT, 0xBA, "Ctrl+Alt+Semicolon"),
        (_Key.Key_A, _CTRL | _ALT, 0x41, "Ctrl+Alt+A"),
        (_Key.Key_Up, _CTRL | _ALT, 0x26, "Ctrl+Alt+Up"),
    ],
)
def test_that_on_windows_its_own_name_of_the_key_counts(
    key: int, held: Qt.KeyboardModifier, virtual: int, wanted: str
) -> None:
    assert text(press(key, held, 2, virtual), "win32") == wanted


@pytest.mark.parametrize(
    ("key", "held", "virtual", "native", "wanted"),
    [
        (_Key.Key_Space, _CTRL | _SHIFT, 49, 0x120008, "Shift+Super+Space"),
        (_Key.Key_K, _META, 40, 0x40000, "Ctrl+K"),
        (_Key.Key_A, _CTRL | _ALT, 0, 0x180000, "Alt+Super+A"),
        (_Key.Key_K, _CTRL | _ALT, 0, 0, "Alt+Super+K"),
        (_Key.Key_Exclam, _CTRL | _SHIFT, 18, 0x120000, "Shift+Super+1"),
        (_Key.Key_Left, _META | _KEYPAD, 123, 0x40000, "Ctrl+Left"),
    ],
)
def test_that_on_a_mac_command_is_super_and_control_is_ctrl(
    key: int, held: Qt.KeyboardModifier, virtual: int, native: int, wanted: str
) -> None:
    # The combination holds Super and Ctrl as the domain orders them, not as Qt names them.
    assert combination(press(key, held, 0, virtual, native), "darwin") == KeyCombination.parse(
        wanted
    )


@pytest.mark.parametrize("platform", ["linux", "win32", "darwin"])
def test_that_each_key_there_is_can_be_pressed(platform: str) -> None:
    from headwater.ui import key_field

    tables = {"linux": key_field._LINUX, "win32": key_field._WINDOWS, "darwin": key_field._MAC}
    placed = list(tables[platform].values())
    assert len(placed) == len(set(placed))
    assert set(placed) >= {*LETTERS, *DIGITS, *key_field._PUNCTUATION.values()}
    named = {*key_field._NAMED.values(), *key_field._FUNCTION.values()}
    assert named | set(placed) == KEYS


@pytest.mark.parametrize(
    ("key", "held"),
    [
        (_Key.Key_5, _CTRL | _KEYPAD),
        (_Key.Key_Enter, _CTRL | _KEYPAD),
        (_Key.Key_VolumeUp, _CTRL),
        (0x041A, _CTRL),
        (_Key.Key_unknown, _CTRL),
    ],
)
def test_that_a_key_that_cannot_be_asked_for_is_none(key: int, held: Qt.KeyboardModifier) -> None:
    assert [combination(press(key, held), name) for name in ("linux", "win32", "darwin")] == [
        None,
        None,
        None,
    ]


class Place:
    """A field beside another one, in a window that has the focus."""

    def __init__(self) -> None:
        self.window = QWidget()
        self.field = KeyField("linux")
        self.other = QLineEdit()
        column = QVBoxLayout(self.window)
        column.setSizeConstraint(QVBoxLayout.SizeConstraint.SetNoConstraint)
        column.addWidget(self.field)
        column.addWidget(self.other)
        self.told: list[str] = []
        self.field.chosen.connect(lambda keys: self.told.append(keys.text))
        for name in ("begun", "default_chosen", "unusable_pressed", "left"):
            getattr(self.field, name).connect(lambda name=name: self.told.append(name))
        self.field.show_keys("Ctrl+Alt+Space")
        self.window.show()
        self.window.activateWindow()
        self.field.setFocus()


@pytest.fixture
def place(qapp: QApplication) -> Iterator[Place]:
    place = Place()
    qapp.processEvents()
    yield place
    place.window.close()
    place.window.deleteLater()


def test_that_a_click_or_space_begins_and_keys_end_it(place: Place) -> None:
    QTest.mouseClick(place.field, Qt.MouseButton.LeftButton)
    assert place.field.text() == "Press the keys…"
    QTest.keyClick(place.field, _Key.Key_K, _CTRL | _ALT)
    assert place.told == ["begun", "Ctrl+Alt+K"]
    assert not place.field.is_waiting
    assert place.field.text() == "Ctrl+Alt+Space"  # until somebody says that the new one is good

    place.told.clear()
    QTest.keyClick(place.field, _Key.Key_Space)
    assert place.told == ["begun"]
    QTest.keyClick(place.field, _Key.Key_Space, _CTRL | _SHIFT)
    assert place.told == ["begun", "Ctrl+Shift+Space"]


def test_that_tab_is_a_key_while_it_waits_and_moves_on_when_not(place: Place) -> None:
    place.field.begin()
    QTest.keyClick(place.field, _Key.Key_Tab, _CTRL | _ALT)
    assert place.told == ["begun", "Ctrl+Alt+Tab"]
    assert place.field.hasFocus()
    QTest.keyClick(place.field, _Key.Key_Tab)
    assert place.other.hasFocus()


def test_that_what_is_held_is_shown(place: Place) -> None:
    place.field.begin()
    # X11 says with the press of a modifier what was held before it.
    none = Qt.KeyboardModifier.NoModifier
    QApplication.sendEvent(place.field, press(_Key.Key_Super_L, none))
    assert place.field.text() == "Super+…"
    QApplication.sendEvent(place.field, press(_Key.Key_Control, none))
    assert place.field.text() == "Ctrl+…"
    QTest.keyPress(place.field, _Key.Key_Alt, _CTRL)
    assert place.field.text() == "Ctrl+Alt+…"
    release = QKeyEvent(QEvent.Type.KeyRelease, _Key.Key_Alt, _CTRL | _ALT)
    QApplication.sendEvent(place.field, release)
    assert place.field.text() == "Ctrl+…"
    QTest.keyRelease(place.field, _Key.Key_Control)
    assert place.field.text() == "Press the keys…"
    place.field.leave()


@pytest.mark.parametrize("way", ["Esc", "a second click", "the focus", "hiding"])
def test_that_it_can_be_left_without_a_choice(place: Place, way: str) -> None:
    place.field.begin()
    if way == "Esc":
        QTest.keyClick(place.field, _Key.Key_Escape)
    elif way == "a second click":
        QTest.mouseClick(place.field, Qt.MouseButton.LeftButton)
    elif way == "the focus":
        place.other.setFocus()
    else:
        place.field.hide()
    assert place.told == ["begun", "left"]
    assert place.field.text() == "Ctrl+Alt+Space"


@pytest.mark.parametrize("key", [_Key.Key_Backspace, _Key.Key_Delete])
def test_that_a_deleting_key_alone_brings_the_default_back(place: Place, key: Qt.Key) -> None:
    place.field.begin()
    QTest.keyClick(place.field, key)
    assert place.told == ["begun", "default_chosen"]
    place.field.begin()
    QTest.keyClick(place.field, key, _CTRL | _SHIFT)
    assert place.told[-1] in ("Ctrl+Shift+Backspace", "Ctrl+Shift+Delete")


def test_that_an_unusable_key_leaves_it_waiting(place: Place) -> None:
    place.field.begin()
    QTest.keyClick(place.field, _Key.Key_VolumeUp)
    assert place.told == ["begun", "unusable_pressed"]
    assert place.field.is_waiting
    place.field.leave()


def test_that_a_key_of_the_windows_own_does_not_act_while_it_waits(place: Place) -> None:
    from PySide6.QtGui import QAction, QKeySequence

    quitting = QAction("Quit", place.window)
    quitting.setShortcut(QKeySequence("Ctrl+Q"))
    quitting.triggered.connect(lambda: place.told.append("quit"))
    place.window.addAction(quitting)
    place.field.begin()
    QTest.keyClick(place.field, _Key.Key_Q, _CTRL)
    assert place.told == ["begun", "Ctrl+Q"]


def test_that_a_screen_reader_hears_what_it_is_for(place: Place) -> None:
    assert place.field.accessibleName() == "Shortcut: Ctrl+Alt+Space"
    place.field.begin()
    assert place.field.accessibleName() == "Press the keys…"
    place.field.leave()
