"""How attachments look on the wire, whatever the dialect."""

from __future__ import annotations

import re
from base64 import b64decode

from hypothesis import given
from hypothesis import strategies as st

from headwater.domain.attachment import Attachment, attachment_of
from headwater.protocol.dialect import Message
from headwater.protocol.wire_attachment import (
    base64_text,
    beside_text,
    data_uri,
    says_something,
    text_with_files,
)

PICTURE = attachment_of("screenshot.png", b"\x89PNG\r\n\x1a\n and pixels")


def asked(text: str, *attachments: Attachment) -> Message:
    return Message("user", text, attachments)


def test_that_an_attached_text_stands_between_fences_after_the_question() -> None:
    notes = attachment_of("notes.txt", b"\xef\xbb\xbfone\ntwo\n")
    list_ = attachment_of("list.csv", b"a,b")
    assert text_with_files(asked("Which?", notes, PICTURE, list_)) == (
        "Which?\n"
        "\n"
        "Attached file notes.txt:\n"
        "```\n"
        "one\n"
        "two\n"
        "```\n"
        "\n"
        "Attached file list.csv:\n"
        "```\n"
        "a,b\n"
        "```"
    )


def test_that_a_question_of_files_alone_begins_with_the_first() -> None:
    text = text_with_files(asked(" \n", attachment_of("a.txt", b"x")))
    assert text == "Attached file a.txt:\n```\nx\n```"


@given(st.text(alphabet="` \nx~", min_size=1, max_size=60))
def test_that_S19_no_text_ends_its_own_fence(content: str) -> None:
    text = text_with_files(asked("q", attachment_of("a.txt", content.encode())))
    fence = text.splitlines()[3]
    assert re.fullmatch("```+", fence)
    assert fence not in content
    assert text.endswith(f"\n{fence}")
    assert text.count(fence) == 2


@given(st.text())
def test_that_a_question_without_attachments_stays_as_it_is(text: str) -> None:
    assert text_with_files(asked(text)) == text
    assert says_something(asked(text)) == bool(text.strip())


def test_that_everything_but_text_goes_beside_the_text() -> None:
    paper = attachment_of("report.pdf", b"%PDF-1.7")
    message = asked("", PICTURE, attachment_of("a.txt", b"x"), paper)
    assert beside_text(message) == (PICTURE, paper)
    assert says_something(message)


@given(st.binary(min_size=1))
def test_that_the_bytes_arrive_as_they_were(data: bytes) -> None:
    attachment = Attachment("a.png", "image/png", data)
    assert b64decode(base64_text(attachment), validate=True) == data
    assert data_uri(attachment) == "data:image/png;base64," + base64_text(attachment)
