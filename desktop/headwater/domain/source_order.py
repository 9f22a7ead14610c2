"""The orders in which sources can be listed."""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from headwater.domain.source import Source

_DATE = re.compile(r"([0-9]{4})(?:-([0-9]{1,2})(?:-([0-9]{1,2}))?)?(?![0-9])", re.ASCII)


class SourceOrder(StrEnum):
    """By the numbers of the marks, the newest first, or by domain."""

    NUMBER = "number"
    DATE = "date"
    DOMAIN = "domain"


def in_order(sources: Iterable[Source], order: SourceOrder) -> tuple[Source, ...]:
    """Return `sources` in that order; what is equal in it stays as the wire had it.

    Sources without a date of the form 2024, 2024-05 or 2024-05-31 come after all that have one.
    """
    match order:
        case SourceOrder.NUMBER:
            return tuple(sources)
        case SourceOrder.DATE:
            return tuple(sorted(sources, key=_age))
        case SourceOrder.DOMAIN:
            return tuple(sorted(sources, key=lambda source: source.domain.casefold()))


def _age(source: Source) -> tuple[int, int, int]:
    found = _DATE.match(source.published or source.updated)
    if found is None:
        return (1, 0, 0)
    year, month, day = (int(part or 0) for part in found.groups())
    return (-year, -month, -day)
