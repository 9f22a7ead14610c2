"""The quick ask as a window: it unfolds, stays while it is used, and goes when it is not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from time import monotonic

import pytest
from PySide6.QtCore import QEvent, QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QAccessible, QDropEvent, QImage
from PySide6.QtTest import QSignalSpy, QTest
from PySide6.QtWidgets import QApplication, QDialog, QLabel, QMenu, QToolButton, QWidget

from headwater.adapters.folders import resource
from headwater.domain.answer import Answer, Complete, Failed, Streaming
from headwater.domain.failure import unfinished_answer
from headwater.domain.source import Source
from headwater.ui.pictures import Pictures
from headwater.ui.quick_ask import quick_window
from headwater.ui.quick_ask.enclosure import Enclosure, Offer
from headwater.ui.quick_ask.quick_window import WIDTH, QuickWindow
from headwater.ui.theme import DARK, LIGHT, Theme

# The offscreen platform says of each hint to a window manager that it has none.
pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")

PLACE = QPoint(40, 60)
SOURCES = tuple(Source(str(n), f"https://n{n}.example/") for n in range(1, 13))


def until(claim: Callable[[], object]) -> None:
    """Let Qt work until `claim` holds."""
    given_up = monotonic() + 5
    while not claim():
        assert monotonic() < given_up, "never happened"
        QApplication.processEvents()


def drop(*windows: QWidget) -> None:
    for window in windows:
        window.hide()
        window.deleteLater()
        QApplication.sendPostedEvents(window, QEvent.Type.DeferredDelete.value)


@pytest.fixture
def window(qapp: QApplication) -> Iterator[QuickWindow]:
    made = QuickWindow(LIGHT, Pictures(resource("icons"), 1.0), is_composited=False)
    made.summon(PLACE, 700)
    until(made.isActiveWindow)
    yield made
    drop(made)


@pytest.fixture
def other(qapp: QApplication) -> Iterator[QWidget]:
    """A window of another program, as far as the quick ask can tell."""
    made = QWidget()
    made.resize(300, 200)
    made.show()
    yield made
    drop(made)


def button(window: QuickWindow, name: str) -> QWidget:
    found = [w for w in window.findChildren(QWidget) if w.accessibleName() == name]
    assert found, name
    return found[0]


def shown_words(window: QuickWindow) -> str:
    return " ".join(w.text() for w in window.findChildren(QLabel) if w.isVisible())


def leave(window: QuickWindow, other: QWidget) -> None:
    """Let another window have the keys, and wait until that was noticed."""
    other.activateWindow()
    until(lambda: not window.isActiveWindow() and not window._blur.isActive())


# Coming and going.


def test_that_it_opens_where_it_is_told_with_the_caret_in_the_box(window: QuickWindow) -> None:
    assert window.mapToGlobal(window.card.topLeft()) == PLACE
    assert window.card.width() == WIDTH
    assert window.edit.hasFocus()
    QTest.keyClicks(window.edit, "at once")
    assert window.edit.text() == "at once"


def test_that_the_shadow_is_beside_the_card(qapp: QApplication) -> None:
    made = QuickWindow(LIGHT, Pictures(resource("icons"), 1.0), is_composited=True)
    made.summon(PLACE, 700)
    assert made.mapToGlobal(made.card.topLeft()) == PLACE
    assert made.card.width() == WIDTH
    assert made.width() > WIDTH
    drop(made)


def test_that_it_goes_when_another_window_has_the_keys(window: QuickWindow, other: QWidget) -> None:
    blurred = QSignalSpy(window.blurred)
    leave(window, other)
    assert blurred.count() == 1


def test_that_a_window_that_never_had_the_keys_does_not_go(
    window: QuickWindow, other: QWidget
) -> None:
    blurred = QSignalSpy(window.blurred)
    window.hide()
    leave(window, other)
    QApplication.sendEvent(window, QEvent(QEvent.Type.ActivationChange))
    assert not window._blur.isActive()
    assert blurred.count() == 0


def test_that_a_focus_that_wavers_while_it_comes_up_is_taken_again(
    window: QuickWindow, other: QWidget, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quick_window, "_ARRIVAL", 60_000)
    blurred = QSignalSpy(window.blurred)
    other.activateWindow()
    until(lambda: not window.isActiveWindow())
    until(window.isActiveWindow)
    assert blurred.count() == 0


def test_that_a_pinned_window_stays(window: QuickWindow, other: QWidget) -> None:
    blurred = QSignalSpy(window.blurred)
    window.set_pinned(True)
    leave(window, other)
    assert blurred.count() == 0
    window.activateWindow()
    until(window.isActiveWindow)
    window.set_pinned(False)
    leave(window, other)
    assert blurred.count() == 1


def test_that_a_dialog_of_its_own_is_no_reason_to_go(window: QuickWindow) -> None:
    blurred = QSignalSpy(window.blurred)
    dialog = QDialog(window)
    dialog.show()
    dialog.activateWindow()
    until(lambda: not window.isActiveWindow() and not window._blur.isActive())
    assert blurred.count() == 0
    drop(dialog)


def test_that_its_menu_is_no_reason_to_go(window: QuickWindow, other: QWidget) -> None:
    blurred = QSignalSpy(window.blurred)
    add = button(window, "Add something")
    assert isinstance(add, QToolButton)
    menu: QMenu = add.menu()
    menu.popup(PLACE)
    leave(window, other)
    assert blurred.count() == 0
    menu.close()


def test_that_coming_back_at_once_is_no_reason_to_go(window: QuickWindow, other: QWidget) -> None:
    blurred = QSignalSpy(window.blurred)
    other.activateWindow()
    until(lambda: not window.isActiveWindow())
    window.activateWindow()
    until(window.isActiveWindow)
    assert not window._blur.isActive()
    assert blurred.count() == 0


def test_that_closing_hides_instead(window: QuickWindow) -> None:
    blurred = QSignalSpy(window.blurred)
    assert not window.close()
    assert blurred.count() == 1


def test_that_being_moved_is_told_while_it_is_shown(
    window: QuickWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    moved = QSignalSpy(window.moved)
    window.move(220, 200)
    assert moved.count() == 0  # a window manager does that as well while a window comes up
    monkeypatch.setattr(quick_window, "_SETTLED", 0)
    QTest.qWait(5)
    window.move(200, 200)
    assert moved.count() == 1


def test_that_the_caret_is_in_the_box_whatever_was_used_last(window: QuickWindow) -> None:
    button(window, "Keep open").setFocus()
    window.hide()
    window.summon(PLACE, 700)
    until(window.isVisible)
    assert window.focusWidget() is window.edit


# Keys.


@pytest.mark.parametrize(
    ("key", "control", "shift", "name"),
    [
        (Qt.Key.Key_Escape, False, False, "escaped"),
        (Qt.Key.Key_Return, True, False, "promoted"),
        (Qt.Key.Key_Enter, True, False, "promoted"),
        (Qt.Key.Key_N, True, False, "new_requested"),
        (Qt.Key.Key_C, True, True, "copy_requested"),
        (Qt.Key.Key_Comma, True, False, "settings_requested"),
    ],
)
@pytest.mark.parametrize("text", ["", "a text"])
def test_that_each_key_does_what_it_says(
    window: QuickWindow, key: Qt.Key, control: bool, shift: bool, name: str, text: str
) -> None:
    window.edit.set_text(text)
    spy, submitted = QSignalSpy(getattr(window, name)), QSignalSpy(window.submitted)
    modifiers = Qt.KeyboardModifier.NoModifier
    if control:
        modifiers |= Qt.KeyboardModifier.ControlModifier
    if shift:
        modifiers |= Qt.KeyboardModifier.ShiftModifier
    QTest.keyClick(window.edit, key, modifiers)
    assert (spy.count(), submitted.count()) == (1, 0)
    assert window.edit.text() == text


def test_that_the_pin_has_a_key(window: QuickWindow) -> None:
    pinned = QSignalSpy(window.pin_changed)
    QTest.keyClick(window.edit, Qt.Key.Key_P, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClick(window.edit, Qt.Key.Key_P, Qt.KeyboardModifier.ControlModifier)
    assert [pinned.at(n) for n in range(pinned.count())] == [[True], [False]]


def test_that_enter_asks_once_an_answer_does_not_run(window: QuickWindow) -> None:
    submitted = QSignalSpy(window.submitted)
    window.edit.set_text(" what? ")
    window.show_state(has_answer=True, is_running=True)
    QTest.keyClick(window.edit, Qt.Key.Key_Return)
    assert submitted.count() == 0
    assert window.edit.text() == " what? "
    window.show_state(has_answer=True, is_running=False)
    QTest.keyClick(window.edit, Qt.Key.Key_Return)
    assert [submitted.at(n) for n in range(submitted.count())] == [["what?"]]


# What it shows.


def states(window: QuickWindow) -> Iterator[str]:
    """Put the window into each of its states, one after the other."""
    window.show_state(has_answer=False, is_running=False)
    yield "empty"
    window.chips.show_chips((Enclosure(path="/a.txt"),), (Offer("Clipboard", is_text=True),))
    window.show_problem("a.txt cannot be read.")
    yield "with enclosures"
    window.show_state(has_answer=True, is_running=True)
    window.show_end(Answer("Half", sources=SOURCES, state=Streaming()), "")
    yield "running"
    window.show_state(has_answer=True, is_running=False)
    window.show_end(Answer("Whole", sources=SOURCES, state=Complete()), "2 s")
    yield "answered"
    window.show_end(Answer("Half", state=Failed(unfinished_answer())), "2 s")
    yield "failed"


def test_that_every_control_has_a_name_in_every_state(window: QuickWindow) -> None:
    for state in states(window):
        for widget in [window, *window.findChildren(QWidget)]:
            if widget.isVisible() and widget.focusPolicy() != Qt.FocusPolicy.NoFocus:
                interface = QAccessible.queryAccessibleInterface(widget)
                name = interface.text(QAccessible.Text.Name)
                assert name.strip(), (state, type(widget).__name__)


def test_that_tab_goes_from_top_to_bottom_through_every_control(window: QuickWindow) -> None:
    for state in states(window):
        window.edit.setFocus()
        visited: list[QWidget] = []
        while (focused := QApplication.focusWidget()) not in visited:
            assert focused is not None, state
            visited.append(focused)
            QTest.keyClick(focused, Qt.Key.Key_Tab)
        reachable = {
            w
            for w in window.findChildren(QWidget)
            if w.isVisible() and w.isEnabled() and w.focusPolicy() & Qt.FocusPolicy.TabFocus
        }
        assert set(visited) == reachable, state
        places = [place_of(window, widget) for widget in visited]
        assert places == sorted(places), (state, [w.accessibleName() for w in visited])


def place_of(window: QuickWindow, widget: QWidget) -> tuple[int, int]:
    """Return the part of the card and, roughly, the line in it."""
    part = next(n for n, part in enumerate(window._parts) if part.isAncestorOf(widget))
    return part, widget.mapTo(window, widget.rect().center()).y() // 10


def test_that_the_chip_says_whether_enter_goes_on_or_begins_anew(window: QuickWindow) -> None:
    chip = button(window, "A follow-up; ask a new question instead")
    anew = QSignalSpy(window.new_requested)
    window.show_state(has_answer=False, is_running=False)
    assert not chip.isVisible()
    window.show_state(has_answer=True, is_running=True)
    assert not chip.isVisible()
    window.show_state(has_answer=True, is_running=False)
    assert chip.isVisible()
    QTest.mouseClick(chip, Qt.MouseButton.LeftButton)
    assert anew.count() == 1


def test_that_the_caret_is_in_the_box_when_a_button_goes(window: QuickWindow) -> None:
    window.show_state(has_answer=True, is_running=True)
    window.show_end(Answer("Half", sources=SOURCES, state=Streaming()), "")
    stop = next(w for w in window.findChildren(QWidget) if w.objectName() == "stop")
    stop.setFocus()
    window.show_state(has_answer=True, is_running=False)
    assert window.edit.hasFocus()


def test_that_it_is_as_high_as_what_is_in_it(window: QuickWindow) -> None:
    one_line = window.height()
    heights = [window.height() for _ in states(window)]
    assert heights[0] == one_line
    assert all(height > one_line for height in heights[1:])
    window.show_state(has_answer=False, is_running=False)
    window.chips.show_chips((), ())
    window.show_problem("")
    assert window.height() == one_line


def test_that_new_chips_have_their_height_at_once(window: QuickWindow) -> None:
    for count in (1, 3, 8):
        files = tuple(Enclosure(path=f"/a/a file with a long name {n}.txt") for n in range(count))
        window.chips.show_chips(files, ())
        window.fit()
        height = window.height()
        QApplication.processEvents()
        window.fit()
        assert window.height() == height


def test_that_the_box_grows_the_window_to_three_lines(window: QuickWindow) -> None:
    heights = []
    for _ in range(5):
        heights.append(window.height())
        QTest.keyClick(window.edit, Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
        QApplication.processEvents()
    assert heights[0] < heights[1] < heights[2] == heights[3] == heights[4]


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_that_it_takes_on_a_theme_while_it_is_shown(window: QuickWindow, theme: Theme) -> None:
    for _ in states(window):
        window.wear(theme)
        picture = window.grab().toImage()
        middle = picture.pixelColor(window.width() // 2, 4)
        assert middle.rgb() == theme.surface.rgb()


def test_that_a_problem_is_said_in_plain_text(window: QuickWindow) -> None:
    window.show_problem("<b>a.txt</b> cannot be read.")
    assert "<b>a.txt</b> cannot be read." in shown_words(window)
    for label in window.findChildren(QLabel):
        assert label.textFormat() == Qt.TextFormat.PlainText or not label.text()


@pytest.mark.parametrize("count", [1, 3, 20, 400])
def test_that_many_enclosures_stay_within_the_card(window: QuickWindow, count: int) -> None:
    files = tuple(Enclosure(path=f"/a/a file with a long name {n:02}.txt") for n in range(count))
    window.chips.show_chips(files, (Offer("Selection", is_text=True),))
    window.fit()
    QApplication.processEvents()
    assert window.card.width() == WIDTH
    chips = [w for w in window.chips.findChildren(QWidget) if w.isVisible()]
    for chip in chips:
        assert chip.width() >= chip.minimumSizeHint().width(), chip.accessibleName()
        assert chip.mapTo(window, chip.rect().bottomRight()).x() < WIDTH
    assert window.height() < 250
    assert "Add Selection: text" in [chip.accessibleName() for chip in chips]


# What is dropped.


def drop_of(window: QuickWindow, data: QMimeData) -> QDropEvent:
    event = QDropEvent(
        QPointF(20, 20),
        Qt.DropAction.CopyAction,
        data,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    window.dropEvent(event)
    return event


def test_that_a_drop_beside_the_box_goes_along_as_well(window: QuickWindow) -> None:
    given: list[QMimeData] = []

    def take(data: QMimeData) -> bool:
        given.append(data)
        return data.hasUrls() or data.hasImage()

    window.edit.take_data = take
    files, picture, words = QMimeData(), QMimeData(), QMimeData()
    files.setUrls([QUrl("file:///nowhere/a.txt")])
    picture.setImageData(QImage(2, 2, QImage.Format.Format_RGB32))
    words.setText("words")
    for data in (files, picture, words):
        assert drop_of(window, data).isAccepted()
    assert given == [files, picture, words]
    assert window.edit.text() == "words"
