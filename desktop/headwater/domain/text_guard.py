"""Makes foreign text safe for Qt, which hangs on long runs of spaces and crawls on endless words.

Measured: 65,536 spaces before a word never return from layout, 400,000 characters without a place
to break take 12 s. U+FDD0 and U+FDD1 are Qt's own marks for frames, lone surrogates cannot be
converted, and bidirectional overrides would turn text around that stands beside them.
"""

from __future__ import annotations

import re

BREAK = "\u200b"  # zero-width space: a place to break a line, never copied
LINE = "\u2028"  # Qt's line break within a block
OBJECT = "\ufffc"  # what Qt lets others draw; no foreign text has it
LONGEST_WORD = 1000
_STEP = 500

# The last two of each plane are no characters (Unicode, 23.7).
_NO_CHARACTERS = "".join(
    chr(plane + last) for plane in range(0, 0x110000, 0x10000) for last in (0xFFFE, 0xFFFF)
)
_FORBIDDEN = re.compile(
    f"[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffc{_NO_CHARACTERS}]"
)
_FORBIDDEN_SEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffc\u202a-\u202e\u2066-\u2069\ufeff"
    f"{_NO_CHARACTERS}]"
)
# Turns, and the mark of byte order: Qt leaves one out where it begins what is inserted.
_OVERRIDES = re.compile("[\u202a-\u202e\u2066-\u2069\ufeff]")
_SPACE_RUN = re.compile(r"[ \t\n\r\x0b\x0c\x85]+")
_UNUSUAL = re.compile(
    "[\x00-\x1f\x7f-\x9f\u2029\u202a-\u202e\u2066-\u2069\U000e0000-\U000e007f\ufeff"
    f"\ud800-\udfff\ufdd0-\ufdef\ufffc{_NO_CHARACTERS}]|  "
)
# Letters that nothing shows, but a model reads; only flags of regions are written with them.
_TAGS = re.compile("(\U0001f3f4[\U000e0030-\U000e007a]{1,6}\U000e007f)|[\U000e0000-\U000e007f]")
_LINES = re.compile("\r\n|[\n\r\u2028\u2029]")
_LONG_WORD = re.compile(rf"[^ {BREAK}{LINE}]{{{LONGEST_WORD},}}")
_SURROGATE_PAIR = re.compile("[\ud800-\udbff][\udc00-\udfff]")


def joined_surrogates(text: str) -> str:
    """Return `text` with pairs of surrogates, which some gateways send, as one character."""
    if _SURROGATE_PAIR.search(text) is None:
        return text
    return _SURROGATE_PAIR.sub(
        lambda pair: pair.group().encode("utf-16-le", "surrogatepass").decode("utf-16-le"), text
    )


def prose(text: str) -> str:
    """Return text for a paragraph: white space collapsed as in HTML, nothing harmful left."""
    if text.isascii() and text.isprintable() and "  " not in text:
        return text  # as most is; the same as the search would say, in a fraction of its time
    if _UNUSUAL.search(text) is None:
        return text
    text = _harmless(joined_surrogates(text))
    text = _OVERRIDES.sub("", text).replace("\u2029", LINE)
    return _SPACE_RUN.sub(" ", text)


def undirected(text: str) -> str:
    """Return `text` without what turns the writing direction of all that follows."""
    return _OVERRIDES.sub("", text)


def plain_lines(text: str) -> list[str]:
    """Return the lines of a plain text, such as a question, each safe for a block of its own."""
    lines: list[str] = []
    for line in _LINES.split(joined_surrogates(text)):
        safe = _OVERRIDES.sub("", _harmless(line))
        safe = _SPACE_RUN.sub(lambda run: " " * min(len(run.group()), 64), safe)
        lines += [safe[i : i + 4096] for i in range(0, len(safe), 4096)] or [""]
    return lines


def code(text: str) -> str:
    """Return a line of code with every invisible or harmful character shown as U+FFFD.

    The length stays the same; what is copied is taken from the code itself.
    """
    safe = _FORBIDDEN_SEEN.sub("\ufffd", joined_surrogates(text).replace(LINE, " "))
    return _TAGS.sub(_flag_or_sign, safe) if not safe.isascii() else safe


def _harmless(text: str) -> str:
    text = _FORBIDDEN.sub("\ufffd", text)
    return _TAGS.sub(_flag_or_sign, text) if not text.isascii() else text


def _flag_or_sign(found: re.Match[str]) -> str:
    return found[1] or "\ufffd"


def words(text: str) -> list[tuple[str, bool]]:
    """Return `text` in pieces; those marked True are breaks of ours within endless words."""
    if len(text) < LONGEST_WORD or _LONG_WORD.search(text) is None:
        return [(text, False)]
    pieces: list[tuple[str, bool]] = []
    start = 0
    for word in _LONG_WORD.finditer(text):
        for cut in range(word.start() + _STEP, word.end(), _STEP):
            pieces += ((text[start:cut], False), (BREAK, True))
            start = cut
    pieces.append((text[start:], False))
    return pieces


def units(text: str) -> int:
    """Return how many positions `text` takes in a QTextDocument (UTF-16 code units)."""
    if text.isascii():
        return len(text)
    return len(text) + sum(character > "\uffff" for character in text)
