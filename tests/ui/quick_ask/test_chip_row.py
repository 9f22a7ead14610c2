"""What goes along and what is offered can be told apart, read, and removed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QEvent
from PySide6.QtTest import QSignalSpy
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QWidget

from headwater.domain.attachment import attachment_of
from headwater.ui.quick_ask.chip_row import ChipRow
from headwater.ui.quick_ask.enclosure import Enclosure, Offer

FILE = Enclosure(path="/nowhere/R&D.txt")
NOTE = Enclosure(attachment_of("Clipboard", b"three words long"))
OFFER = Offer("Clipboard", is_text=True)
HOSTILE = (
    "\u202egnp.exe",
    "w" * 300_000,
    " " * 70_000 + "x",
    "<b>bold</b><img src=x>\n\x00",
)


@pytest.fixture
def row(qapp: QApplication) -> Iterator[ChipRow]:
    frame = QWidget()
    yield ChipRow(640, frame)
    frame.deleteLater()
    qapp.sendPostedEvents(frame, QEvent.Type.DeferredDelete)


def chips(row: ChipRow) -> list[QPushButton]:
    return [chip for chip in row.findChildren(QPushButton) if chip.isVisibleTo(row)]


def test_that_an_enclosure_can_be_removed_and_an_offer_added(row: ChipRow) -> None:
    row.show_chips((FILE, NOTE), (OFFER,))
    assert [chip.accessibleName() for chip in chips(row)] == [
        "Remove R&D.txt",
        "Remove Clipboard: three words long",
        "Add Clipboard: text",
    ]
    removed, taken = QSignalSpy(row.removed), QSignalSpy(row.taken)
    for chip in chips(row):
        chip.click()
    assert [removed.at(n) for n in range(removed.count())] == [[0], [1]]
    assert [taken.at(n) for n in range(taken.count())] == [[0]]


def test_that_an_ampersand_in_a_name_is_no_key(row: ChipRow) -> None:
    row.show_chips((FILE,), ())
    (chip,) = chips(row)
    assert chip.text() == "R&&D.txt  ×"
    assert chip.shortcut().isEmpty()


def test_that_a_row_without_chips_is_hidden(row: ChipRow) -> None:
    assert row.isHidden()
    row.show_chips((), (OFFER,))
    assert not row.isHidden()
    row.show_chips((), ())
    assert row.isHidden()
    assert chips(row) == []


def test_that_only_so_many_are_shown_and_the_rest_is_counted(row: ChipRow) -> None:
    row.show_chips(tuple(Enclosure(path=f"/a/{n}.txt") for n in range(30)), (OFFER,))
    names = [chip.accessibleName() for chip in chips(row)]
    assert names[0] == "Remove 0.txt"
    assert names[-1] == "Add Clipboard: text"
    words = [label.text() for label in row.findChildren(QLabel) if label.isVisibleTo(row)]
    assert words == [f"and {30 - (len(names) - 1)} more"]


def test_that_the_same_chips_are_not_made_again(row: ChipRow) -> None:
    row.show_chips((NOTE,), (OFFER,))
    before = chips(row)
    row.show_chips((NOTE,), (OFFER,))
    assert chips(row) == before


@pytest.mark.parametrize("name", HOSTILE, ids=["bidi", "word", "spaces", "tags"])
def test_that_a_hostile_name_is_one_short_plain_line(row: ChipRow, name: str) -> None:
    row.show_chips((Enclosure(path="/nowhere/" + name),), ())
    (chip,) = chips(row)
    assert len(chip.text()) <= 44 + len("  ×")
    assert not set(chip.text() + chip.accessibleName()) & set("\u202e\n\x00")
