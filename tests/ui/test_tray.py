"""The icon is where the desktop has a place for it, and nowhere else."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication, QSystemTrayIcon

from headwater.adapters.folders import resource
from headwater.ui.pictures import Pictures
from headwater.ui.tray import Tray

_Reason = QSystemTrayIcon.ActivationReason
_SIGNALS = (
    "quick_ask_requested",
    "window_requested",
    "new_question_requested",
    "preferences_requested",
    "quit_requested",
)


def listen(tray: Tray) -> list[str]:
    asked: list[str] = []
    for name in _SIGNALS:
        getattr(tray, name).connect(lambda name=name: asked.append(name))
    return asked


@pytest.fixture
def pictures() -> Pictures:
    return Pictures(resource("icons"), 1.0)


@pytest.fixture
def tray(qapp: QApplication, pictures: Pictures) -> Iterator[Tray]:
    tray = Tray(pictures, platform="linux")
    yield tray
    tray.close()


def test_that_without_a_tray_nothing_is_shown_or_said(tray: Tray) -> None:
    assert (tray.is_available, tray.is_shown, tray.look_again()) == (False, False, False)
    tray.show_message("Done", "The answer is there.", "1")


def test_that_each_entry_asks_for_what_it_says(tray: Tray) -> None:
    asked = listen(tray)
    entries = [action for action in tray.menu.actions() if not action.isSeparator()]
    for action in entries:
        action.trigger()
    assert asked == list(_SIGNALS)
    assert [action.text() for action in entries] == [
        "Quick ask",
        "Open Headwater",
        "New question",
        "Preferences…",
        "Quit",
    ]


def test_that_the_key_stands_beside_the_quick_ask(tray: Tray) -> None:
    first = tray.menu.actions()[0]
    tray.set_words("Ctrl+Alt+Space")
    assert first.text() == "Quick ask  Ctrl+Alt+Space"
    tray.set_words("Meta+&")
    assert first.text() == "Quick ask  Meta+&&"
    tray.set_words("")
    assert first.text() == "Quick ask"


def test_that_a_click_opens_the_quick_ask_and_two_the_window(tray: Tray) -> None:
    asked = listen(tray)
    for reason in (_Reason.Trigger, _Reason.DoubleClick, _Reason.Context, _Reason.MiddleClick):
        tray._activated(reason)
    assert asked == ["quick_ask_requested", "window_requested"]


def test_that_on_a_mac_a_click_only_opens_the_menu(qapp: QApplication, pictures: Pictures) -> None:
    tray = Tray(pictures, platform="darwin")
    asked = listen(tray)
    for reason in (_Reason.Trigger, _Reason.DoubleClick):
        tray._activated(reason)
    assert asked == []
    tray.close()


class Shown(Tray):
    """As it is where there is a tray that shows messages."""

    is_available = True
    can_show_messages = True


@pytest.mark.qt_log_ignore("systemTrayWindowChanged")
def test_that_a_clicked_message_says_which_it_was(qapp: QApplication, pictures: Pictures) -> None:
    tray = Shown(pictures, platform="win32")
    opened: list[str] = []
    tray.message_opened.connect(opened.append)
    tray._message_clicked()
    assert opened == []
    tray.show_message("Done", "The answer is there.", "conversation-1")
    tray._message_clicked()
    tray._message_clicked()
    assert opened == ["conversation-1"]
    tray.close()
    assert not tray.is_shown


@pytest.fixture
def display() -> Iterator[str]:
    read, write = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(write), "-nolisten", "tcp", "-noreset"],
        pass_fds=(write,),
        stderr=subprocess.DEVNULL,
    )
    os.close(write)
    with os.fdopen(read) as told:
        yield f":{told.readline().strip()}"
    server.terminate()
    server.wait()


@pytest.mark.parametrize("when", ["there", "late"])
def test_that_a_desktops_tray_takes_the_icon_also_when_it_comes_late(
    display: str, when: str
) -> None:
    scene = Path(__file__).with_name("tray_scene.py")
    desktop = Path(sys.modules["headwater"].__path__[0]).parent
    ran = subprocess.run(
        ["dbus-run-session", "--", sys.executable, str(scene), when],
        env={
            **os.environ,
            "DISPLAY": display,
            "QT_QPA_PLATFORM": "xcb",
            "PYTHONPATH": str(desktop),
        },
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert ran.returncode == 0, ran.stderr
    shown = ["shown: True"] if when == "there" else ["shown: False", "shown: True"]
    assert ran.stdout.splitlines() == [
        *shown,
        "clicked: quick ask",
        "menu: Quick ask  Ctrl+Alt+Space",
        "menu: Open Headwater",
        "menu: New question",
        "menu: -",
        "menu: Preferences…",
        "menu: Quit",
    ]
