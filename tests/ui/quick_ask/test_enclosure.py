"""What a chip says of the thing behind it."""

from __future__ import annotations

import pytest

from headwater.domain.attachment import LARGEST_TEXT, attachment_of
from headwater.ui.quick_ask.enclosure import Enclosure, Offer


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/home/a/notes.txt", "notes.txt"),
        ("C:\\Users\\a\\notes.txt", "notes.txt"),
        ("C:/Users/a/notes.txt", "notes.txt"),
        ("notes.txt", "notes.txt"),
        ("/home/a/", "/home/a/"),
    ],
)
def test_that_a_file_is_called_by_its_name(path: str, words: str) -> None:
    assert Enclosure(path=path).words == words


def test_that_a_file_that_does_not_exist_has_a_name_as_well() -> None:
    assert Enclosure(path="/nowhere/at/all.pdf").words == "all.pdf"


def test_that_a_text_shows_how_it_begins() -> None:
    text = attachment_of("Clipboard", b"  The first\n\n line \t of it")
    assert Enclosure(text).words == "Clipboard: The first line of it"


@pytest.mark.parametrize("text", ["word " * 100, "w" * 100, "w" * 33, "ü" * LARGEST_TEXT])
def test_that_a_long_text_shows_at_most_32_characters(text: str) -> None:
    words = Enclosure(attachment_of("Clipboard", text.encode()[:LARGEST_TEXT])).words
    excerpt = words.removeprefix("Clipboard: ")
    assert len(excerpt) <= 32
    assert excerpt.endswith("…")


def test_that_a_text_of_32_characters_is_shown_whole() -> None:
    assert Enclosure(attachment_of("C", b"w" * 32)).words == "C: " + "w" * 32


def test_that_a_picture_shows_its_name() -> None:
    picture = attachment_of("Screenshot.png", b"\x89PNG\r\n\x1a\n pixels")
    assert Enclosure(picture).words == "Screenshot.png"


@pytest.mark.parametrize(
    ("is_text", "words"), [(True, "Clipboard: text"), (False, "Clipboard: picture")]
)
def test_that_an_offer_names_its_kind_alone(is_text: bool, words: str) -> None:
    assert Offer("Clipboard", is_text=is_text).words == words
