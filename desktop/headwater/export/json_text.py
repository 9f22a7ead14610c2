"""JSON that people can read and in which nothing steers a terminal or turns the text around."""

from __future__ import annotations

import json
import re

# JSON itself escapes what lies below U+0020; a lone surrogate has no UTF-8.
_ESCAPED = re.compile("[\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def json_text(value: object) -> str:
    """Return `value` as indented JSON; reading it gives back each character."""
    text = json.dumps(value, ensure_ascii=False, indent=2)
    return _ESCAPED.sub(lambda found: f"\\u{ord(found[0]):04x}", text) + "\n"
