"""The few plain words that say what a server looks for or reads."""

from __future__ import annotations

from headwater.domain.source import Source

_LONGEST_QUERY = 80


def searching_for(queries: tuple[str, ...]) -> str:
    """Return `searching: "..."` with the first query and the number of further ones."""
    if not queries:
        return "searching"
    query = " ".join(queries[0].split())
    if len(query) > _LONGEST_QUERY:
        query = query[: _LONGEST_QUERY - 1] + "…"
    more = f" and {len(queries) - 1} more" if len(queries) > 1 else ""
    return f'searching: "{query}"{more}'


def reading_sources(count: int) -> str:
    """Return `reading 2 sources`."""
    return f"reading {count} source{'' if count == 1 else 's'}"


def reading_pages(urls: tuple[str, ...]) -> str:
    """Return `reading example.org`, or the number of pages when there are several."""
    if len(urls) == 1:
        return f"reading {Source('', urls[0]).domain[:_LONGEST_QUERY]}"
    return f"reading {len(urls)} pages"
