"""How attachments go out: texts within the question, pictures and PDFs in base64 beside it."""

from __future__ import annotations

import re
from base64 import b64encode

from headwater.domain.attachment import Attachment
from headwater.protocol.dialect import Message


def text_with_files(message: Message) -> str:
    """Return the message's text with every attached text after it, between fences.

    The fence is longer than any row of backticks in the text, so that it can neither end early nor
    be forged; this is how Markdown (CommonMark, 4.5) nests one text in another.
    """
    texts = [_fenced(attachment) for attachment in message.attachments if attachment.is_text]
    return "\n\n".join([message.text, *texts] if message.text.strip() else texts or [message.text])


def beside_text(message: Message) -> tuple[Attachment, ...]:
    """Return what of the attachments is not text and needs a part of its own."""
    return tuple(attachment for attachment in message.attachments if not attachment.is_text)


def says_something(message: Message) -> bool:
    """Whether there is anything in the message to send."""
    return bool(message.text.strip() or message.attachments)


def data_uri(attachment: Attachment) -> str:
    """Return the attachment as a `data:` URI (RFC 2397)."""
    return f"data:{attachment.media_type};base64,{base64_text(attachment)}"


def base64_text(attachment: Attachment) -> str:
    """Return the attachment's bytes in base64 on one line."""
    return b64encode(attachment.data).decode("ascii")


def no_way_to_send(attachment: Attachment) -> ValueError:
    """Return the error for an attachment that should never have come this far."""
    return ValueError(f"no part of a request can carry {attachment.media_type}")


def _fenced(attachment: Attachment) -> str:
    text = attachment.text
    longest = max((len(row) for row in re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    end = "" if text.endswith("\n") else "\n"
    return f"Attached file {attachment.name}:\n{fence}\n{text}{end}{fence}"
