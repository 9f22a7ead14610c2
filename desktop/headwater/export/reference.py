"""The sources of an excerpt as entries of a bibliography, each once and with a key that stays."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from hashlib import sha256

from headwater.domain.plain_text import one_line
from headwater.domain.source import Source
from headwater.export.excerpt import Excerpt
from headwater.export.link import real_host, safe_link

_LONGEST = 20_000
_DATE = re.compile(r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?(?![0-9])")
_KEY_LENGTH = 8  # hexadecimal digits; more where two would be equal


@dataclass(frozen=True, slots=True)
class Reference:
    """One page; every text is one line.

    `published` has a year, a month and a day as far as they are known; where the server's date
    is no such date, it is in `said_published`. `url` is empty without a safe link, and `address`
    has what stands in its place.
    """

    key: str
    title: str
    host: str
    url: str
    address: str
    abstract: str
    published: tuple[int, ...]
    said_published: str
    accessed: date


def references(excerpt: Excerpt) -> list[Reference]:
    """Return every source once, in the order of the answers and of the server."""
    found: dict[str, tuple[Source, date]] = {}
    for turn in excerpt.turns:
        accessed = turn.question.asked_at.astimezone().date()
        for source in turn.answer.sources:
            found.setdefault(source.url or f"{source.title}\n{source.id}", (source, accessed))
    keys: set[str] = set()
    return [_reference(source, day, keys) for source, day in found.values()]


def _reference(source: Source, accessed: date, keys: set[str]) -> Reference:
    url = safe_link(source.url)
    host = source.domain if url else ""
    published = _date_parts(source.published)
    return Reference(
        key=_free_key(source, real_host(url) if url else "", keys),
        title=one_line(source.title, _LONGEST) or one_line(host) or "Source without a title",
        host=one_line(host),
        url=url,
        address="" if url else one_line(source.url, _LONGEST),
        abstract=one_line(source.snippet, _LONGEST),
        published=published,
        said_published="" if published else one_line(source.published),
        accessed=accessed,
    )


def _free_key(source: Source, host: str, keys: set[str]) -> str:
    """Return a key that depends on the page alone, as long as no other page takes it."""
    name = re.sub(r"[^a-z0-9]+", "-", host.removeprefix("www.")).strip("-") or "source"
    digest = sha256((source.url or source.title).encode("utf-8", "replace")).hexdigest()
    for key in _keys(name, digest):
        if key not in keys:
            keys.add(key)
            return key
    raise AssertionError("there is always a further number")


def _keys(name: str, digest: str) -> Iterator[str]:
    for length in range(_KEY_LENGTH, len(digest) + 1):
        yield f"{name}-{digest[:length]}"
    number = 2
    while True:
        yield f"{name}-{digest}-{number}"
        number += 1


def _date_parts(text: str) -> tuple[int, ...]:
    found = _DATE.match(text.strip())
    if found is None:
        return ()
    parts = tuple(int(part) for part in found.groups() if part)
    try:
        date(*(*parts, 1, 1)[:3])
    except ValueError:
        return ()
    return parts
