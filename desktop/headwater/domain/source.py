"""What an answer rests on: a page with the id that the wire gave it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True)
class Source:
    """One page; `id` is what a mark `[id]` in the text refers to and is never renumbered.

    `aliases` are further ids under which the wire listed the same URL. Dates are as the server
    wrote them (usually `YYYY-MM-DD`), empty when it said nothing.
    """

    id: str
    url: str
    title: str = ""
    snippet: str = ""
    published: str = ""
    updated: str = ""
    aliases: tuple[str, ...] = ()

    @property
    def domain(self) -> str:
        """The host without `www.`, or the whole URL when it has none."""
        try:
            host = urlsplit(self.url).hostname
        except ValueError:
            host = None
        return host.removeprefix("www.") if host else self.url

    @property
    def ids(self) -> tuple[str, ...]:
        """Every id that resolves to this source."""
        return (self.id, *self.aliases)


@dataclass(frozen=True, slots=True)
class Picture:
    """An image that the search found; it is named and linked, never loaded by itself."""

    url: str
    page_url: str = ""
    title: str = ""


def merge_sources(sources: Iterable[Source]) -> tuple[Source, ...]:
    """Return `sources` with one entry per URL, in first-seen order, every id kept as an alias.

    Later entries fill in what earlier ones left empty. An entry without a URL stands for itself.
    """
    merged: dict[str, Source] = {}
    for source in sources:
        key = source.url or f"id:{source.id}"
        known = merged.get(key)
        if known is None:
            merged[key] = source
            continue
        new_ids = tuple(i for i in source.ids if i not in known.ids)
        merged[key] = replace(
            known,
            title=known.title or source.title,
            snippet=known.snippet or source.snippet,
            published=known.published or source.published,
            updated=known.updated or source.updated,
            aliases=known.aliases + new_ids,
        )
    return tuple(merged.values())
