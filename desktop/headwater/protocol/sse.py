"""Server-sent events, decoded from bytes without doing any I/O (WHATWG HTML, 9.2.6).

Bytes are cut into lines before they are decoded: the bytes of LF and CR never occur inside a longer
UTF-8 sequence, so a character split over two reads is whole again by the time its line is.
"""

from __future__ import annotations

from dataclasses import dataclass

_BOM = b"\xef\xbb\xbf"
_MOST_DIGITS = 18  # of a reconnection time; int() is quadratic and refuses thousands of digits


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


class EventTooLargeError(ValueError):
    """One event grew past the limit; `events` are those that the same call completed before."""

    def __init__(self, limit: int, events: list[SseEvent]) -> None:
        super().__init__(f"an event is larger than {limit:,} bytes")
        self.events = events


class SseDecoder:
    """Turns a byte stream into events; keeps what is incomplete for the next call."""

    def __init__(self, limit: int = 8 * 1024 * 1024) -> None:
        """Take the largest size of one event in bytes; comments do not count towards it."""
        self._limit = limit
        self._comments = 0
        self._is_at_start = True
        self._is_after_cr = False
        self._is_spent = False
        self._partial = bytearray()
        self._data: list[str] = []
        self._size = 0
        self._event = ""
        self._id = ""
        self._retry: int | None = None
        self._has_error = False

    @property
    def comments(self) -> int:
        """How many comment lines have come: signs of life without content."""
        return self._comments

    def feed(self, data: bytes) -> list[SseEvent]:
        """Return the events that `data` completes.

        Raises:
            EventTooLargeError: one event grew past the limit, now or in an earlier call.
        """
        if self._is_spent:
            raise EventTooLargeError(self._limit, [])
        if self._is_at_start:
            data = self._without_bom(data)
        if self._is_after_cr and data:
            self._is_after_cr = False
            if data.startswith(b"\n"):
                data = data[1:]
        events: list[SseEvent] = []
        if b"\n" in data or b"\r" in data:
            lines = data.splitlines()
            if self._partial:
                self._partial += lines[0]
                lines[0] = bytes(self._partial)
                self._partial = bytearray()
            if data.endswith((b"\n", b"\r")):
                self._is_after_cr = data.endswith(b"\r")
            else:
                self._partial = bytearray(lines.pop())
            for line in lines:
                self._take_line(line, events)
        else:
            self._partial += data
        if self._partial.startswith(b":"):
            del self._partial[1:]  # what a comment says is never needed
        elif self._size + len(self._partial) > self._limit:
            self._give_up(events)
        return events

    def finish(self) -> list[SseEvent]:
        """Return the last event if its closing blank line never came, marked as unterminated.

        A browser drops it; servers of language models end their streams there.
        """
        events: list[SseEvent] = []
        if self._is_spent:
            return events
        if self._partial:
            line, self._partial = bytes(self._partial), bytearray()
            self._take_line(line, events)
        if self._data:
            self._dispatch(events, is_terminated=False)
        return events

    def _without_bom(self, data: bytes) -> bytes:
        """Return what follows one leading byte order mark; nothing while that is undecided."""
        start = bytes(self._partial) + data
        if len(start) < len(_BOM) and _BOM.startswith(start):
            self._partial = bytearray(start)
            return b""
        self._partial = bytearray()
        self._is_at_start = False
        return start.removeprefix(_BOM)

    def _take_line(self, line: bytes, events: list[SseEvent]) -> None:
        if not line:
            self._dispatch(events, is_terminated=True)
            return
        if line.startswith(b":"):
            self._comments += 1
            return
        if self._size + len(line) > self._limit:
            self._give_up(events)
        if line.startswith(b"data: "):  # nearly all of them; saves copies
            self._size += len(line)
            self._data.append(line[6:].decode("utf-8", "replace"))
            return
        name, _, rest = line.partition(b":")
        value = rest.removeprefix(b" ").decode("utf-8", "replace")
        if name == b"data":
            self._size += len(line)
            self._data.append(value)
        elif name == b"event":
            self._event = value
        elif name == b"id":
            if "\0" not in value:
                self._id = value
        elif name == b"retry":
            if value.isascii() and value.isdigit() and len(value) <= _MOST_DIGITS:
                self._retry = int(value)
        elif name == b"error":
            # Not in the standard: llama.cpp reports errors so (ggml-org/llama.cpp #16109).
            self._size += len(line)
            self._data.append(value)
            self._has_error = True

    def _dispatch(self, events: list[SseEvent], *, is_terminated: bool) -> None:
        # A lone `data:` leaves a line end in the standard's buffer and counts as an event.
        if self._data:
            event = "error" if self._has_error else self._event or "message"
            data = self._data[0] if len(self._data) == 1 else "\n".join(self._data)
            events.append(SseEvent(event, data, self._id, self._retry, is_terminated))
            self._data = []
            self._size = 0
            self._has_error = False
        self._event = ""

    def _give_up(self, events: list[SseEvent]) -> None:
        self._is_spent = True
        self._partial = bytearray()
        self._data = []
        raise EventTooLargeError(self._limit, events)
