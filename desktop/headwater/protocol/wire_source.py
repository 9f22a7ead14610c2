"""Sources and pictures as servers write them, in whatever shape, to those of the domain."""

from __future__ import annotations

from collections.abc import Iterable

from headwater.domain.source import Picture, Source, merge_sources
from headwater.protocol.json_reading import JsonObject, count_at, text_at
from headwater.protocol.unicode_repair import repaired


def source_from(entry: JsonObject, source_id: str) -> Source | None:
    """Return the page that `entry` describes, or None when it has neither URL nor title."""
    url = text_at(entry, "url", "link", "uri")
    title = text_at(entry, "title", "name")
    if not url and not title:
        return None
    return Source(
        id=source_id,
        url=url,
        title=title,
        snippet=text_at(entry, "snippet", "content", "description", "text"),
        published=text_at(entry, "date", "published", "published_date"),
        updated=text_at(entry, "last_updated", "updated"),
    )


def wire_id(entry: JsonObject) -> str:
    """Return the id that the wire gave, a number or a string; empty if it gave none."""
    number = count_at(entry, "id")
    return text_at(entry, "id") if number is None else str(number)


def numbered_sources(citations: Iterable[object], results: Iterable[object]) -> tuple[Source, ...]:
    """Return the sources of an answer whose marks count from 1.

    `citations` are URLs (or objects) in the order of the marks; `results` describe them. Where
    there are no citations, the results are counted instead, unless they bring ids of their own. A
    result that is not cited gets an id that no mark can have.
    """
    found: list[Source] = []
    ids: dict[str, str] = {}
    for position, entry in enumerate(citations, 1):
        source = _entry(entry, str(position))
        if source is not None:
            found.append(source)
            ids.setdefault(source.url, source.id)
    has_citations = bool(found)
    for position, entry in enumerate(results, 1):
        source = _entry(entry, "")
        if source is None:
            continue
        if has_citations:
            source_id = ids.get(source.url) or f"result:{position}"
        else:
            given = wire_id(entry) if isinstance(entry, dict) else ""
            source_id = given or str(position)
        found.append(
            Source(
                source_id,
                source.url,
                source.title,
                source.snippet,
                source.published,
                source.updated,
            )
        )
    return merge_sources(found)


def _entry(entry: object, source_id: str) -> Source | None:
    if isinstance(entry, str):
        return Source(source_id, repaired(entry)) if entry else None
    if isinstance(entry, dict):
        inner = entry.get("url_citation")  # OpenRouter wraps its annotations so
        return source_from(inner if isinstance(inner, dict) else entry, source_id)
    return None


def pictures_from(entries: Iterable[object]) -> tuple[Picture, ...]:
    """Return the images that `entries` describe, one per URL."""
    found: dict[str, Picture] = {}
    for entry in entries:
        if isinstance(entry, str):
            picture = Picture(repaired(entry))
        elif isinstance(entry, dict):
            picture = Picture(
                text_at(entry, "image_url", "url", "imageUrl"),
                text_at(entry, "origin_url", "page_url", "source_url", "originUrl"),
                text_at(entry, "title"),
            )
        else:
            continue
        if picture.url:
            found.setdefault(picture.url, picture)
    return tuple(found.values())
