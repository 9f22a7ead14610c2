"""Texts that are hard for a regular expression: its own beginnings, again and again, and no end.

A search that starts anew at each character, or a repetition within a repetition, takes time that
grows with the square of the text or worse, and one of these texts shows it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from re import _constants as code  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

# Whatever Markdown, citations, formulas and addresses begin with.
_COMMON = (
    *("a", " ", "\n", "0", "[", "](", "[1]", "$", "\\(", "`", "**a", "<a ", "&", "|-", "http://"),
    *("a.b", "'\""),
)
_NO_END = "\x00\n"
_MOST = 40  # of a pattern's own
_LETTERS = "aA0 _-.[]()$|*`\\<>&'\"#:/@\n\t\x00é字あא€"


def hostile_texts(pattern: re.Pattern[str], length: int) -> Iterator[str]:
    """Yield texts of `length` characters."""
    own = islice(dict.fromkeys(_units(parser.parse(pattern.pattern, pattern.flags))), _MOST)
    for lead, unit in dict.fromkeys([*own, *(("", unit) for unit in _COMMON)]):
        yield (lead + unit * (length // len(unit) + 1))[:length] + _NO_END


def _units(sequence: Iterable[Any], lead: str = "") -> Iterator[tuple[str, str]]:
    """Yield what to repeat, with what has to stand before: beginnings, then what is repeated."""
    nodes = list(sequence)
    beginnings = [_sample(nodes[:end]) for end in range(1, len(nodes) + 1)]
    yield from ((lead, text) for text in beginnings if text)
    before = lead
    for node in nodes:
        for part in _parts(node):
            for start in dict.fromkeys((before, "")):
                yield from _units(part, start)
        if node[0] in (code.IN, code.NOT_LITERAL, code.ANY):
            yield from ((before, letter) for letter in _letters(node)[:3])
        before += _sample([node])


def _parts(node: Any) -> list[Sequence[Any]]:
    """Return the sequences within a node."""
    operation, value = node
    if operation is code.BRANCH:
        return list(value[1])
    if operation is code.SUBPATTERN:
        return [value[-1]]
    if operation in (code.MAX_REPEAT, code.MIN_REPEAT, code.POSSESSIVE_REPEAT):
        return [value[2]]
    if operation in (code.ASSERT, code.ASSERT_NOT):
        return [value[1]]
    return [value] if operation is code.ATOMIC_GROUP else []


def _sample(nodes: Iterable[Any]) -> str:
    """Return a short text that the nodes match, of a repetition more than nothing."""
    text = ""
    for node in nodes:
        operation, value = node
        if operation is code.LITERAL:
            text += chr(value)
        elif operation in (code.IN, code.NOT_LITERAL, code.ANY):
            text += _letters(node)[:1]
        elif operation in (code.MAX_REPEAT, code.MIN_REPEAT, code.POSSESSIVE_REPEAT):
            text += _sample(value[2]) * max(1, min(value[0], 300))
        elif operation not in (code.ASSERT, code.ASSERT_NOT):
            text += "".join(_sample(part) for part in _parts(node)[:1])
    return text


def _letters(node: Any) -> str:
    """Return some characters that a set of characters has."""
    operation, value = node
    if operation is code.NOT_LITERAL:
        return "".join(letter for letter in _LETTERS if ord(letter) != value)
    if operation is code.ANY:
        return _LETTERS
    is_negated = value[0][0] is code.NEGATE
    ends = [chr(v if op is code.LITERAL else v[0]) for op, v in value if op in _NAMED]
    candidates = _LETTERS if is_negated else "".join(ends) + _LETTERS
    return "".join(c for c in dict.fromkeys(candidates) if _has(value, c) is not is_negated)


_NAMED = (code.LITERAL, code.RANGE)
_CATEGORIES: dict[Any, Callable[[str], bool]] = {
    code.CATEGORY_DIGIT: str.isdigit,
    code.CATEGORY_SPACE: str.isspace,
    code.CATEGORY_WORD: lambda c: c.isalnum() or c == "_",
    code.CATEGORY_NOT_DIGIT: lambda c: not c.isdigit(),
    code.CATEGORY_NOT_SPACE: lambda c: not c.isspace(),
    code.CATEGORY_NOT_WORD: lambda c: not (c.isalnum() or c == "_"),
}


def _has(items: Iterable[Any], letter: str) -> bool:
    for operation, value in items:
        if operation is code.LITERAL and ord(letter) == value:
            return True
        if operation is code.RANGE and value[0] <= ord(letter) <= value[1]:
            return True
        if operation is code.CATEGORY and _CATEGORIES[value](letter):
            return True
    return False
