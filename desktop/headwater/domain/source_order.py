"""The orders in which sources can be listed."""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from headwater.domain.source import Source

_NUMBER = re.compile(r"(?:([a-z]{1,12}):)?([0-9]{1,9})", re.ASCII)
_DATE = re.compile(r"([0-9]{4})(?:-([0-9]{1,2})(?:-([0-9]{1,2}))?)?(?![0-9])", re.ASCII)


class SourceOrder(StrEnum):
    """By the numbers of the marks, which a reader looks for; the newest first; or by domain."""

    NUMBER = "number"
    DATE = "date"
    DOMAIN = "domain"


def in_order(sources: Iterable[Source], order: SourceOrder) -> tuple[Source, ...]:
    """Return `sources` in that order; what is equal in it stays as the wire had it.

    Sources without a date of the form 2024, 2024-05 or 2024-05-31 come after all that have one.
    """
    match order:
        case SourceOrder.NUMBER:
            return tuple(sorted(sources, key=lambda source: number_key(source.id)))
        case SourceOrder.DATE:
            return tuple(sorted(sources, key=_age))
        case SourceOrder.DOMAIN:
            return tuple(sorted(sources, key=lambda source: source.domain.casefold()))


def number_key(source_id: str) -> tuple[int, str, int]:
    """Return what ids are sorted by: 2 before 10, both before web:1, and before what has no number.

    What has no number stays in the order that it had.
    """
    found = _NUMBER.fullmatch(source_id)
    if found is None:
        return (2, "", 0)
    prefix = found[1] or ""
    return (1 if prefix else 0, prefix, int(found[2]))


def _age(source: Source) -> tuple[int, int, int]:
    found = _DATE.match(source.published or source.updated)
    if found is None:
        return (1, 0, 0)
    year, month, day = (int(part or 0) for part in found.groups())
    return (-year, -month, -day)
