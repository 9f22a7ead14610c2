"""Pictures that a search found: named at once, loaded by a click, drawn within bounds."""

from __future__ import annotations

import time
import zlib
from collections.abc import Callable, Iterator

import pytest
from PySide6.QtCore import QBuffer, QByteArray, QEvent, QIODevice, QSize, Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtTest import QSignalSpy, QTest
from PySide6.QtWidgets import QApplication, QPushButton

from headwater.domain.source import Picture
from headwater.ui.decoded_picture import decoded_picture
from headwater.ui.picture_card import PictureCard
from headwater.ui.picture_strip import PictureStrip

pytestmark = pytest.mark.qt_log_ignore("does not support propagateSizeHints", "JPEG data")

ROOM = QSize(100, 100)
PICTURES = tuple(
    Picture(f"https://img{n}.example/p.png", f"https://page{n}.example/", f"<b>Bridge</b> {n}")
    for n in range(1, 6)
)


def encoded(kind: str, width: int = 300, height: int = 200) -> bytes:
    image = QImage(width, height, QImage.Format.Format_RGB32)
    image.fill(QColor("#336699"))
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    assert image.save(buffer, kind)  # type: ignore[call-overload]
    buffer.close()
    return bytes(data.data())


def png_that_claims(width: int, height: int) -> bytes:
    """Return a small PNG whose head says that it is huge."""
    import struct

    def chunk(name: bytes, body: bytes) -> bytes:
        check = zlib.crc32(name + body)
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", check)

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = zlib.compress(bytes(1000))
    magic = b"\x89PNG\r\n\x1a\n"
    return magic + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


class Server:
    """Remembers what it is asked for, and answers when told."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.answers: list[Callable[[bytes | None], None]] = []

    def load(self, url: str, done: Callable[[bytes | None], None]) -> None:
        self.asked.append(url)
        self.answers.append(done)


@pytest.fixture
def server() -> Server:
    return Server()


@pytest.fixture
def strip(qapp: QApplication, server: Server) -> Iterator[PictureStrip]:
    made = PictureStrip(server.load)
    made.resize(600, 300)
    made.show_pictures(PICTURES)
    made.show()
    yield made
    made.close()
    made.deleteLater()
    qapp.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def fold(strip: PictureStrip) -> QPushButton:
    return next(b for b in strip.findChildren(QPushButton) if "found" in b.text())


def cards(strip: PictureStrip) -> list[PictureCard]:
    return strip.findChildren(PictureCard)


def test_that_S1_nothing_is_loaded_before_a_click_on_a_picture(
    strip: PictureStrip, server: Server, qapp: QApplication
) -> None:
    assert fold(strip).text() == "▸ 5 pictures found"
    assert cards(strip) == []
    fold(strip).click()
    qapp.processEvents()
    strip.grab()
    names = [card.accessibleName() for card in cards(strip)]
    assert names[0] == "Load the picture: <b>Bridge</b> 1, img1.example"
    assert len(names) == 5
    assert server.asked == []


def test_that_a_click_loads_one_and_the_next_opens_its_page(
    strip: PictureStrip, server: Server
) -> None:
    opened = QSignalSpy(strip.page_opened)
    fold(strip).click()
    card = cards(strip)[1]
    card.setFocus()
    QTest.keyClick(card, Qt.Key.Key_Space)
    card.click()
    assert server.asked == ["https://img2.example/p.png"]
    assert opened.count() == 0
    server.answers[0](encoded("png"))
    assert card.accessibleName().startswith("Open the page")
    middle = card.grab().toImage().pixelColor(84, 54)
    assert middle == QColor("#336699")
    card.click()
    assert opened.at(0) == ["https://page2.example/"]
    assert server.asked == ["https://img2.example/p.png"]


def test_that_all_can_be_asked_for_at_once_and_each_once(
    strip: PictureStrip, server: Server
) -> None:
    fold(strip).click()
    cards(strip)[0].click()
    everything = next(b for b in strip.findChildren(QPushButton) if b.text() == "Show all")
    assert everything.isVisible()
    everything.click()
    assert server.asked == [picture.url for picture in PICTURES]
    assert not everything.isVisible()


def test_that_a_failure_is_a_quiet_word(strip: PictureStrip, server: Server) -> None:
    fold(strip).click()
    for card, data in zip(
        cards(strip), (None, b"", b"<svg/>", b"\x89PNG\r\n\x1a\nbroken"), strict=False
    ):
        card.click()
        server.answers[-1](data)
        assert card.accessibleName().startswith("The picture cannot be shown")


def test_that_an_answer_for_a_strip_that_is_gone_is_dropped(
    qapp: QApplication, server: Server
) -> None:
    made = PictureStrip(server.load)
    made.show_pictures(PICTURES)
    fold(made).click()
    cards(made)[0].click()
    made.deleteLater()
    qapp.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    server.answers[0](encoded("png"))


def test_that_S28_of_a_thousand_pictures_twelve_are_listed(
    qapp: QApplication, strip: PictureStrip
) -> None:
    strip.show_pictures(PICTURES * 200)
    fold(strip).click()
    assert len([c for c in cards(strip) if c.isVisible()]) == 12
    assert "1000 pictures found, the first 12 are listed" in fold(strip).text()


@pytest.mark.parametrize("kind", ["png", "jpeg", "webp"])
def test_that_a_picture_is_drawn_no_larger_than_its_place(qapp: QApplication, kind: str) -> None:
    image = decoded_picture(encoded(kind), ROOM)
    assert image is not None
    assert (image.width(), image.height()) == (100, 66)


def test_that_a_small_picture_is_not_blown_up(qapp: QApplication) -> None:
    image = decoded_picture(encoded("png", 30, 20), ROOM)
    assert image is not None
    assert (image.width(), image.height()) == (30, 20)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'/>",
        b"\x89PNG\r\n\x1a\n",
        png_that_claims(60_000, 60_000),
        png_that_claims(16_000, 16_000),
        png_that_claims(1, 60_000),
        b"GIF89a" + b"\xff\xff\xff\xff" * 10,
        b"\xff\xd8\xff\xe0" + bytes(5000),
    ],
    ids=["nothing", "svg", "head only", "bomb", "large", "tall", "gif", "jpeg"],
)
def test_that_S28_a_hostile_picture_is_nothing_at_once(qapp: QApplication, data: bytes) -> None:
    began = time.perf_counter()
    assert decoded_picture(data, ROOM) is None
    assert time.perf_counter() - began < 0.3
