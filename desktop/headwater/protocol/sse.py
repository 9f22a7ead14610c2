"""Server-sent events, decoded from bytes without doing any I/O (WHATWG HTML, 9.2.6)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SseEvent:
    """One event; `id` is the last id the stream gave, `retry` the last reconnection time in ms.

    `is_terminated` is False for a last event whose closing blank line never came.
    """

    event: str = "message"
    data: str = ""
    id: str = ""
    retry: int | None = None
    is_terminated: bool = True
