"""What lies in the clipboard is asked for its kind, and read once the person takes it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import cast

import pytest
from PySide6.QtCore import QMimeData, QUrl
from PySide6.QtGui import QClipboard, QImage

from headwater.domain.attachment import LARGEST_TEXT, UnusableAttachmentError
from headwater.ui.quick_ask import gathering
from headwater.ui.quick_ask.enclosure import Enclosure, Offer
from headwater.ui.quick_ask.gathering import attachment_from, enclosures_in, offers_from
from tests.ui.quick_ask.watched_data import Watched

IMAGE = "application/x-qt-image"
MARKS = (
    "x-kde-passwordManagerHint",
    'application/x-qt-windows-mime;value="ExcludeClipboardContentFromMonitorProcessing"',
    "application/x-nspasteboard-concealed-type",
)


def watched(**contents: object) -> Watched:
    return Watched(**contents)


@dataclass
class Clipboard:
    """A clipboard as another program filled it, which Qt's own cannot be without a desktop."""

    copied: QMimeData | None = None
    selected: QMimeData | None = None
    is_copied_here: bool = False
    is_selected_here: bool = False
    has_selection: bool = True
    asked: list[QClipboard.Mode] = field(default_factory=list)

    def ownsClipboard(self) -> bool:
        return self.is_copied_here

    def ownsSelection(self) -> bool:
        return self.is_selected_here

    def supportsSelection(self) -> bool:
        return self.has_selection

    def mimeData(self, mode: QClipboard.Mode) -> QMimeData | None:
        self.asked.append(mode)
        return self.selected if mode == QClipboard.Mode.Selection else self.copied

    @property
    def qt(self) -> QClipboard:
        return cast("QClipboard", self)


def picture(width: int = 3, height: int = 2) -> QImage:
    image = QImage(width, height, QImage.Format.Format_ARGB32)
    image.fill(0xFF336699)
    return image


TEXT_OFFER = Offer("Clipboard", is_text=True)
PICTURE_OFFER = Offer("Clipboard", is_text=False)


# Offers.


def test_that_an_offer_is_made_without_reading_what_is_offered() -> None:
    copied = watched(text__plain="secret", text__html="<b>secret</b>")
    selected = watched(text__plain="marked")
    offers = offers_from(Clipboard(copied, selected).qt)
    assert [offer.words for offer in offers] == ["Selection: text", "Clipboard: text"]
    assert copied.read == selected.read == []


def test_that_a_picture_is_offered_without_reading_it() -> None:
    copied = Watched(**{IMAGE: picture()})
    assert offers_from(Clipboard(copied).qt) == (PICTURE_OFFER,)
    assert copied.read == []


def test_that_text_goes_before_the_picture_of_it() -> None:
    copied = Watched(**{IMAGE: picture(), "text/plain": "words"})
    assert offers_from(Clipboard(copied).qt) == (TEXT_OFFER,)


@pytest.mark.parametrize("mark", MARKS)
def test_that_what_a_password_manager_copied_is_not_offered(mark: str) -> None:
    copied = Watched(**{"text/plain": "hunter2", mark: b"secret"})
    selected = Watched(**{"text/plain": "hunter2", mark: b"secret"})
    assert offers_from(Clipboard(copied, selected).qt) == ()
    assert copied.read == selected.read == []


def test_that_what_was_copied_or_marked_here_is_not_offered() -> None:
    clipboard = Clipboard(
        watched(text__plain="a"),
        watched(text__plain="b"),
        is_copied_here=True,
        is_selected_here=True,
    )
    assert offers_from(clipboard.qt) == ()
    assert clipboard.asked == []


def test_that_a_selection_is_not_asked_for_where_there_is_none() -> None:
    clipboard = Clipboard(watched(text__plain="a"), has_selection=False)
    assert offers_from(clipboard.qt) == (TEXT_OFFER,)
    assert QClipboard.Mode.Selection not in clipboard.asked


@pytest.mark.parametrize("data", [None, QMimeData(), Watched(**{"application/x-other": b"?"})])
def test_that_nothing_of_use_is_no_offer(data: QMimeData | None) -> None:
    assert offers_from(Clipboard(data).qt) == ()


# What is taken.


def test_that_a_taken_text_is_read_as_it_is_now() -> None:
    clipboard = Clipboard(watched(text__plain="before"))
    (offer,) = offers_from(clipboard.qt)
    clipboard.copied = watched(text__plain="Grüße")
    taken = attachment_from(clipboard.qt, offer)
    assert (taken.name, taken.text) == ("Clipboard", "Grüße")
    assert clipboard.asked[-1] == QClipboard.Mode.Clipboard


def test_that_a_taken_selection_is_the_selection() -> None:
    clipboard = Clipboard(watched(text__plain="copied"), watched(text__plain="marked"))
    offer = Offer("Selection", is_text=True, is_selection=True)
    assert attachment_from(clipboard.qt, offer).text == "marked"


def test_that_a_taken_picture_becomes_a_png() -> None:
    taken = attachment_from(Clipboard(Watched(**{IMAGE: picture(7, 5)})).qt, PICTURE_OFFER)
    assert (taken.name, taken.media_type) == ("Clipboard.png", "image/png")
    assert QImage.fromData(taken.data).size() == picture(7, 5).size()


@pytest.mark.parametrize("offer", [TEXT_OFFER, PICTURE_OFFER], ids=["text", "picture"])
@pytest.mark.parametrize("data", [None, QMimeData()], ids=["nothing", "empty"])
def test_that_what_has_gone_from_the_clipboard_is_said(
    offer: Offer, data: QMimeData | None
) -> None:
    with pytest.raises(UnusableAttachmentError, match="is empty"):
        attachment_from(Clipboard(data).qt, offer)


def test_that_a_text_too_large_to_send_is_said() -> None:
    copied = watched(text__plain="w" * (LARGEST_TEXT + 1))
    with pytest.raises(UnusableAttachmentError, match="larger than"):
        attachment_from(Clipboard(copied).qt, TEXT_OFFER)


def test_that_half_a_character_in_the_clipboard_is_no_reason_to_fail() -> None:
    class Torn(QMimeData):
        def hasText(self) -> bool:
            return True

        def text(self) -> str:
            return "a\ud83d"

    assert attachment_from(Clipboard(Torn()).qt, TEXT_OFFER).text == "a?"


# Drops and pastes.


def dropped(*urls: str) -> QMimeData:
    data = QMimeData()
    data.setUrls([QUrl(url) for url in urls])
    return data


def test_that_dropped_files_are_named_and_not_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("a file was read")

    monkeypatch.setattr(gathering, "attachment_of", refuse)
    found = enclosures_in(dropped("file:///nowhere/a.txt", "file:///nowhere/b%20c.png"))
    assert found == (Enclosure(path="/nowhere/a.txt"), Enclosure(path="/nowhere/b c.png"))


def test_that_an_address_of_the_web_is_no_file() -> None:
    assert enclosures_in(dropped("https://example.org/a.png")) == ()


def test_that_mere_text_goes_into_the_box() -> None:
    data = QMimeData()
    data.setText("words")
    assert enclosures_in(data) == ()


def test_that_a_pasted_picture_becomes_a_png() -> None:
    data = QMimeData()
    data.setImageData(picture(4, 4))
    (found,) = enclosures_in(data)
    assert found.attachment is not None
    assert (found.attachment.name, found.attachment.media_type) == ("Picture.png", "image/png")


def test_that_the_picture_of_a_pasted_text_stays_behind() -> None:
    data = QMimeData()
    data.setImageData(picture())
    data.setText("a cell of a table")
    assert enclosures_in(data) == ()
