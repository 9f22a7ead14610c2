"""The list of requests: live while something happens, and at rest when nothing does."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QEvent, QObject, QPoint, Qt
from PySide6.QtGui import QPaintEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton, QWidget

from headwater.domain.network_request import Purpose
from headwater.session.request_log import MOST, RequestLog
from headwater.ui.network_window import NetworkWindow
from headwater.ui.request_model import COLUMNS

pytestmark = pytest.mark.qt_log_ignore("does not support propagateSizeHints")


class Opened:
    """A window on a log."""

    def __init__(self) -> None:
        self.log = RequestLog()
        self.parent = QWidget()
        self.window = NetworkWindow(self.log, self.parent)

    def rows(self) -> list[list[str]]:
        """Return what a person reads, row by row."""
        model = self.window.table.model()
        return [
            [str(model.index(row, column).data()) for column in range(len(COLUMNS))]
            for row in range(model.rowCount())
        ]

    def column(self, name: str) -> list[str]:
        return [row[COLUMNS.index(name)] for row in self.rows()]

    def sort_by(self, name: str) -> None:
        header = self.window.table.horizontalHeader()
        x = header.sectionViewportPosition(COLUMNS.index(name)) + 20
        QTest.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(x, 10))


class Paints(QObject):
    """Counts how often anything in a window is painted."""

    def __init__(self) -> None:
        super().__init__()
        self.count = 0

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        self.count += isinstance(event, QPaintEvent)
        return False


@pytest.fixture
def opened(qapp: QApplication) -> Iterator[Opened]:
    opened = Opened()
    first = opened.log.begin("first.example", Purpose.MODELS, "GET")
    first.left(90)
    first.ended("Stopped.")
    opened.window.show()
    qapp.processEvents()
    yield opened
    opened.window.close()
    opened.parent.deleteLater()
    qapp.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def test_that_a_request_is_listed_while_it_runs_and_its_bytes_grow(opened: Opened) -> None:
    came = bytearray()
    running = opened.log.begin("api.example", Purpose.ANSWER, "POST", proxy="p:3128")
    running.left(1200)
    running.answered(200, came.__len__)
    QTest.qWait(350)
    assert opened.window.windowTitle() == "Network — Headwater"
    assert opened.column("Host") == ["api.example by p:3128", "first.example"]
    assert opened.column("Outcome") == ["200", "Stopped."]
    assert opened.column("Took")[0] == ""
    came += b"x" * 5000
    QTest.qWait(350)
    assert opened.column("Received") == ["5,000", "0"]
    running.ended()
    QTest.qWait(350)
    assert opened.column("Took")[0].endswith(" s")


def test_that_a_window_at_rest_paints_nothing_and_keeps_no_timer(
    opened: Opened, qapp: QApplication
) -> None:
    QTest.qWait(600)
    paints = Paints()
    qapp.installEventFilter(paints)
    QTest.qWait(700)
    assert paints.count == 0
    assert not opened.window._look.isActive()
    opened.log.begin("again.example", Purpose.ANSWER, "GET").ended()
    QTest.qWait(350)
    qapp.removeEventFilter(paints)
    assert paints.count > 0


def test_that_a_hidden_window_looks_at_nothing(opened: Opened) -> None:
    opened.window.hide()
    opened.log.begin("busy.example", Purpose.ANSWER, "GET")
    assert not opened.window._look.isActive()
    opened.window.show()
    assert "busy.example" in opened.column("Host")


def test_that_figures_are_sorted_as_figures(opened: Opened) -> None:
    for sent in (1000, 9, 200):
        one = opened.log.begin(f"h{sent}", Purpose.PICTURE, "GET")
        one.left(sent)
        one.ended()
    QTest.qWait(350)
    opened.sort_by("Sent")
    assert opened.column("Sent") == ["9", "90", "200", "1,000"]
    opened.sort_by("Sent")
    assert opened.column("Sent") == ["1,000", "200", "90", "9"]


def test_that_what_falls_out_of_the_log_falls_out_of_the_table(opened: Opened) -> None:
    opened.log.begin("kept.example", Purpose.PICTURE, "GET")
    QTest.qWait(300)
    for number in range(MOST - 1):
        opened.log.begin(f"h{number}", Purpose.PICTURE, "GET").ended()
    QTest.qWait(350)
    hosts = opened.column("Host")
    assert len(hosts) == MOST
    assert hosts[0] == f"h{MOST - 2}"
    assert hosts[-1] == "kept.example"
    assert "first.example" not in hosts


def test_that_all_and_chosen_requests_are_copied(opened: Opened, qapp: QApplication) -> None:
    opened.log.begin("second.example", Purpose.RELEASE, "GET").ended()
    QTest.qWait(350)
    copy = next(b for b in opened.window.findChildren(QPushButton) if b.text() == "Copy all")
    QTest.mouseClick(copy, Qt.MouseButton.LeftButton)
    lines = qapp.clipboard().text().splitlines()
    assert [line.split("\t")[1] for line in lines] == ["host", "first.example", "second.example"]
    opened.window.table.selectRow(1)
    QTest.keyClick(opened.window.table, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert "first.example" in qapp.clipboard().text()
    assert "second.example" not in qapp.clipboard().text()
