"""What goes along with a question: pictures, PDFs and texts, and to whom they can be sent."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field

from headwater.domain.provider import DialectName, Provider

# Perplexity takes no body above 32 MiB (Agent API: 413) and base64 makes three bytes four.
LARGEST_TOGETHER = 20 * 1024 * 1024  # bytes, in one request
# A text becomes part of the question. At four bytes a token this is a million of them.
LARGEST_TEXT = 4 * 1024 * 1024  # bytes
MOST_TOGETHER = 30  # files of one request at Perplexity
PDF = "application/pdf"
TEXT = "text/plain"
_PICTURES = frozenset({"image/png", "image/jpeg", "image/webp", "image/gif"})
_LONGEST_NAME = 100  # characters
_LONGEST_ENDING = 12
_NAMELESS = "attachment"
_MAGIC = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"%PDF-", PDF),
)
# What no text file holds; logs do hold escapes and form feeds.
_NO_TEXT = re.compile(r"[\x00-\x07\x0e-\x1a\x1c-\x1f\x7f]")


class UnusableAttachmentError(Exception):
    """These bytes cannot go along with a question; the message says why in a plain sentence."""


@dataclass(frozen=True, slots=True)
class Attachment:
    """One file beside a question; `name` is clean (`clean_name`), `data` are its bytes.

    Made by `attachment_of`. Only the history may hold one without bytes, or of a media type that
    nobody is sent: a damaged row.
    """

    name: str
    media_type: str
    data: bytes = field(repr=False)

    @property
    def is_image(self) -> bool:
        """Whether it is a picture that models take: PNG, JPEG, WEBP or GIF."""
        return self.media_type in _PICTURES

    @property
    def is_pdf(self) -> bool:
        """Whether it is a PDF."""
        return self.media_type == PDF

    @property
    def is_text(self) -> bool:
        """Whether it is text, which can be sent to everyone."""
        return self.media_type == TEXT

    @property
    def text(self) -> str:
        """What a text file says."""
        return self.data.decode("utf-8-sig", "replace")


def attachment_of(name: str, data: bytes) -> Attachment:
    """Return `data` as an attachment; its bytes, not its name, say what it is.

    Raises:
        UnusableAttachmentError: it is empty, too large, or neither picture, PDF nor UTF-8 text.
    """
    name = clean_name(name)
    if not data:
        raise UnusableAttachmentError(f"{name} is empty.")
    if len(data) > LARGEST_TOGETHER:
        raise UnusableAttachmentError(
            f"{name} is larger than {_megabytes(LARGEST_TOGETHER)}, the most that can be sent."
        )
    media_type = _media_type(data)
    if not media_type:
        raise UnusableAttachmentError(
            f"{name} is neither a picture (PNG, JPEG, WEBP, GIF) nor a PDF nor a text in UTF-8."
        )
    if media_type == TEXT and len(data) > LARGEST_TEXT:
        raise UnusableAttachmentError(
            f"{name} is a text larger than {_megabytes(LARGEST_TEXT)}, more than a model reads."
        )
    return Attachment(name, media_type, data)


def clean_name(name: str) -> str:
    """Return the last part of a file's path as one short line that steers nothing.

    Control characters and marks of the reading direction are left out, and a long name keeps its
    ending; at most 100 characters, never empty.
    """
    line = "".join(_harmless(character) for character in name)
    last = re.split(r"[/\\]", line.rstrip("/\\ "))[-1]
    last = " ".join(last.split())
    if not last.strip("."):
        return _NAMELESS
    if len(last) > _LONGEST_NAME:
        stem, dot, ending = last.rpartition(".")
        tail = dot + ending if stem and len(ending) <= _LONGEST_ENDING else ""
        last = last[: _LONGEST_NAME - 1 - len(tail)].rstrip() + "…" + tail
    return last


def problem_sending(attachments: Sequence[Attachment], provider: Provider) -> str:
    """Return in a plain sentence why these cannot go to `provider` together; empty if they can.

    Texts can go to everyone. Give all attachments that one request would carry.
    """
    for attachment in attachments:
        if problem := _problem(attachment, provider):
            return problem
    if len(attachments) > MOST_TOGETHER:
        return f"{len(attachments)} files are attached; {MOST_TOGETHER} can be sent at once."
    together = sum(len(attachment.data) for attachment in attachments)
    if together > LARGEST_TOGETHER:
        return (
            f"The attachments are {_megabytes(together)} together;"
            f" {_megabytes(LARGEST_TOGETHER)} can be sent at once."
        )
    return ""


def _problem(attachment: Attachment, provider: Provider) -> str:
    name = attachment.name
    if not attachment.data:
        return f"{name} is damaged in the history."
    if attachment.is_text:
        return ""
    takes_parts = provider.dialect != DialectName.TYPED_EVENTS
    if attachment.is_image:
        if takes_parts and provider.takes_images:
            return ""
        return f"{name} is a picture, which cannot be sent to {provider.name}."
    if attachment.is_pdf:
        if takes_parts and provider.takes_pdfs:
            return ""
        return f"{name} is a PDF, which cannot be sent to {provider.name}."
    return f"{name} is of a kind that cannot be sent."


def picture_kind(data: bytes) -> str:
    """Return png, jpeg, webp or gif if `data` begins like such a picture, else nothing."""
    media_type = _media_type(data[:16])
    return media_type.removeprefix("image/") if media_type in _PICTURES else ""


def _media_type(data: bytes) -> str:
    for magic, media_type in _MAGIC:
        if data.startswith(magic):
            return media_type
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return "image/webp"
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return ""
    return "" if _NO_TEXT.search(text) else TEXT


def _harmless(character: str) -> str:
    match unicodedata.category(character):
        case "Cc" | "Zl" | "Zp":
            return " "
        case "Cf":
            return ""
        case "Cs":
            return "\ufffd"
        case _:
            return character


def _megabytes(size: int) -> str:
    """Return `size` rounded up, so that what is too much never reads like the limit."""
    return f"{math.ceil(size * 10 / 1024 / 1024) / 10:g} MB"
