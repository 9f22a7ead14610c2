r"""Finds formulas in Markdown: `\( \)`, `\[ \]` and `$$ $$` always, `$ $` by Pandoc's rules.

Pandoc's manual, extension `tex_math_dollars`: a character other than white space follows the
opening `$` and precedes the closing one, which is the next, and no digit follows that. So
"$5 and $10" is money.
Departures for the sake of prose: no `$` opens a formula right behind a letter of ASCII ("US$") or
in an address, and a number in escaped brackets is no formula.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_TEX = 2000  # characters; what is longer is shown as it is written

# Code, an escaped character or a delimiter, dollars, an address.
_SIGN = re.compile(r"`+|\\[^\w\s]|\$+|https?://[^\s<>`\\]+")
_CLOSING = {"\\(": "\\)", "\\[": "\\]", "$$": "$$", "$": "$"}
_NUMBER = re.compile(r"[0-9, ]*\Z")
_LONGEST_GUESS = 80  # characters behind a single dollar that may yet be closed
_SUM_OF_MONEY = re.compile(r"[0-9][0-9.,]*[kKmMbB]?(?:\s|[-–/)]|[.,;:!?]\s|\Z)")


@dataclass(frozen=True, slots=True)
class Formula:
    """A formula at `text[start:end]`, delimiters included; a display formula has its own line."""

    start: int
    end: int
    tex: str
    is_display: bool


def find_formulas(text: str) -> tuple[Formula, ...]:
    """Return the formulas of a paragraph that stand neither in code nor in an address."""
    if "$" not in text and "\\" not in text:
        return ()
    return tuple(found for found in _Scan(text).formulas() if found.end >= 0)


def open_formula(text: str) -> Formula | None:
    """Return the formula that is not closed at the end of a growing paragraph.

    Its `end` is -1. A beginning of a delimiter counts as one without TeX; money does not.
    """
    if "$" not in text and "\\" not in text:
        return None
    for found in _Scan(text).formulas():
        if found.end >= 0:
            continue
        if text[found.start] == "$" and not found.is_display and not _may_close(found.tex):
            continue
        return found
    slashes = len(text) - len(text.rstrip("\\"))
    if slashes % 2:
        return Formula(len(text) - 1, -1, "", is_display=False)
    return None


def is_number(tex: str) -> bool:
    """Whether it is what stands in the brackets of a mark; escaped ones make no formula of it."""
    return _NUMBER.match(tex) is not None


def without_formulas(text: str) -> str:
    """Blank out the formulas; no mark, link or emphasis stands in them."""
    kept: list[str] = []
    start = 0
    for formula in find_formulas(text):
        kept += (text[start : formula.start], " ")
        start = formula.end
    return "".join((*kept, text[start:]))


def _may_close(tex: str) -> bool:
    return len(tex) <= _LONGEST_GUESS and not _SUM_OF_MONEY.match(tex)


def _without_code(signs: list[tuple[int, str]]) -> list[tuple[int, str]]:
    """Leave out what stands in code spans, of which the opening marks stay."""
    last = {sign: index for index, (_, sign) in enumerate(signs)}
    kept = []
    index = 0
    while index < len(signs):
        _, sign = signs[index]
        is_code = sign[0] == "`" and last[sign] > index
        if is_code or sign[0] != "`":
            kept.append(signs[index])
        index += 1
        while is_code and signs[index][1] != sign:
            index += 1
        index += is_code
    return kept


class _Scan:
    """Walks over the signs of a text once; where each kind comes next is looked up."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._signs = _without_code([(s.start(), s.group()) for s in _SIGN.finditer(text)])
        self._places: dict[str, list[int]] = {}
        for index, (_, sign) in enumerate(self._signs):
            # A single dollar is closed by what comes next of dollars and code, or not at all.
            self._places.setdefault("$" if sign[0] in "$`" else sign, []).append(index)
            if sign == "$$":
                self._places.setdefault(sign, []).append(index)

    def formulas(self) -> Iterator[Formula]:
        """Yield what is closed and what is not, which has the end -1 and all the rest as TeX."""
        index = 0
        while index < len(self._signs):
            start, sign = self._signs[index]
            if sign not in _CLOSING or (sign == "$" and not self._may_begin(start)):
                index += 1
                continue
            closing = self._next(_CLOSING[sign], index)
            if sign == "$" and closing is not None and not self._is_end(closing):
                index += 1
                continue
            end = len(self._text) if closing is None else self._signs[closing][0]
            tex = self._text[start + len(sign) : end]
            is_display = sign in ("\\[", "$$")
            if closing is None:
                yield Formula(start, -1, tex, is_display)
            elif tex.strip() and not (sign == "\\[" and is_number(tex)):
                yield Formula(start, end + len(sign), tex, is_display)
                index = closing
            index += 1

    def _next(self, sign: str, index: int) -> int | None:
        places = self._places.get(sign, [])
        at = bisect_left(places, index + 1)
        return places[at] if at < len(places) else None

    def _may_begin(self, at: int) -> bool:
        before, after = self._text[at - 1 : at], self._text[at + 1 : at + 2]
        return not after.isspace() and not (before.isascii() and before.isalpha())

    def _is_end(self, index: int) -> bool:
        at, sign = self._signs[index]
        before, after = self._text[at - 1 : at], self._text[at + 1 : at + 2]
        is_digit = after.isascii() and after.isdigit()
        return sign == "$" and not before.isspace() and not is_digit
