from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QToolButton

from headwater.domain.release import Version
from headwater.ui.release_line import ReleaseLine

pytestmark = pytest.mark.qt_log_ignore("does not support propagateSizeHints")


@pytest.fixture
def line(qapp: QApplication) -> Iterator[ReleaseLine]:
    line = ReleaseLine()
    yield line
    line.close()
    line.deleteLater()
    qapp.sendPostedEvents(line, QEvent.Type.DeferredDelete.value)


def test_that_it_says_which_release_is_out_and_the_next_one_in_its_place(
    line: ReleaseLine,
) -> None:
    (label,) = line.findChildren(QLabel)
    line.show_release(Version(0, 2, 0))
    assert label.text() == "Headwater 0.2.0 is out."
    line.show_release(Version(0, 2, 1))
    assert label.text() == "Headwater 0.2.1 is out."


def test_that_both_buttons_say_what_was_wanted(line: ReleaseLine) -> None:
    heard: list[str] = []
    line.page_requested.connect(lambda: heard.append("page"))
    line.closed.connect(lambda: heard.append("closed"))
    line.findChildren(QPushButton)[0].click()
    close = line.findChildren(QToolButton)[0]
    assert close.accessibleName() == "Close"
    close.click()
    assert heard == ["page", "closed"]


def test_that_it_is_seen_only_in_front_and_each_release_anew(
    qapp: QApplication, line: ReleaseLine
) -> None:
    seen: list[str] = []
    line.seen.connect(lambda: seen.append("seen"))
    line.show_release(Version(0, 2, 0))
    assert seen == []
    line.show()
    line.activateWindow()
    qapp.processEvents()
    assert seen
    seen.clear()
    line.show_release(Version(0, 3, 0))
    assert seen == ["seen"]
