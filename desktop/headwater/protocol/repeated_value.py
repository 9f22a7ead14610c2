"""JSON objects whose large values come again in the next one: read once, then only compared.

Sonar's full mode repeats every source in every chunk, most of its bytes.
"""

from __future__ import annotations

import re
from collections.abc import Collection

from headwater.protocol.json_reading import JSON_DECODER, JsonObject, read_object

_SHORT = 1024  # characters; nothing in so few takes long to read
_KEY = re.compile(r'[ \t\r\n]*"([^"\\\x00-\x1f]*)"[ \t\r\n]*:[ \t\r\n]*')


class RepeatedValueReader:
    """Reads objects one after the other; a value that repeats is the very same Python object."""

    def __init__(self, keys: Collection[str], shortest: int = _SHORT) -> None:
        """Take the top-level keys whose values are worth remembering.

        A text of fewer than `shortest` characters is simply read: looking is dearer.
        """
        self._keys = frozenset(keys)
        self._shortest = shortest
        self._raw: dict[str, str] = {}
        self._values: dict[str, object] = {}

    def read(self, text: str) -> JsonObject | None:
        """Return the JSON object in `text`, exactly as `read_object` would."""
        if len(text) < self._shortest:
            return read_object(text)
        try:
            found = self._walk(text)
        except (ValueError, RecursionError, IndexError):
            found = None
        return read_object(text) if found is None else found

    def _walk(self, text: str) -> dict[str, object] | None:
        """Return the object, or None when its form is anything but the plain one."""
        if not text.startswith("{"):
            return None
        found: dict[str, object] = {}
        position = 1
        while True:
            match = _KEY.match(text, position)
            if match is None:
                return None
            key, start = match[1], match.end()
            raw = self._raw.get(key)
            # What begins like a known value, and is followed by a comma or brace, is that value.
            if raw is not None and text.startswith(raw, start):
                found[key] = self._values[key]
                end = start + len(raw)
            else:
                found[key], end = JSON_DECODER.raw_decode(text, start)
                if key in self._keys:
                    self._raw[key] = text[start:end]
                    self._values[key] = found[key]
            mark = text[end]
            if mark == ",":
                position = end + 1
            elif mark == "}" and not text[end + 1 :].strip():
                return found
            else:
                return None
