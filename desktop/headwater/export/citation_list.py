"""Which sources an answer cites, under the numbers that its text has, and which it only found."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from headwater.domain.citations import sources_by_id
from headwater.domain.plain_text import one_line
from headwater.domain.source import Source
from headwater.domain.source_order import SourceOrder, in_order, number_key
from headwater.export.link import safe_link

_LONGEST = 2000


@dataclass(frozen=True, slots=True)
class Listing:
    """A source as a line of a list; everything is harmless, `href` is empty without a safe link.

    `facts` are the host and the date, `address` is the address as text where it is no safe link.
    """

    id: str
    title: str
    href: str
    facts: str
    address: str


class CitationList:
    """Collects the marks of one answer while it is written."""

    def __init__(self, sources: Iterable[Source]) -> None:
        self._sources = tuple(sources)
        self._by_id = sources_by_id(self._sources)
        self._cited: dict[str, Source] = {}

    @property
    def known(self) -> Collection[str]:
        """The ids that a mark may have."""
        return self._by_id

    def cite(self, mark_id: str) -> None:
        """Note that the text has this mark."""
        self._cited.setdefault(mark_id, self._by_id[mark_id])

    def source(self, mark_id: str) -> Source:
        """Return what a mark refers to."""
        return self._by_id[mark_id]

    @property
    def cited(self) -> list[Listing]:
        """Every number that the text has, in the order of numbers."""
        return [_listing(i, self._cited[i]) for i in sorted(self._cited, key=number_key)]

    @property
    def also_found(self) -> list[Listing]:
        """The sources that no mark refers to, in the order of numbers."""
        cited = {id(source) for source in self._cited.values()}
        others = (source for source in self._sources if id(source) not in cited)
        return [_listing(s.id, s) for s in in_order(others, SourceOrder.NUMBER)]


def _listing(mark_id: str, source: Source) -> Listing:
    href = safe_link(source.url)
    host = one_line(source.domain) if href else ""
    title = one_line(source.title, _LONGEST)
    published = one_line(source.published, 100)
    facts = " · ".join(fact for fact in (host if title else "", published) if fact)
    return Listing(
        id=one_line(mark_id, 40),
        title=title or host or "Source without a title",
        href=href,
        facts=facts,
        address="" if href else one_line(source.url, _LONGEST),
    )
