"""Where a dialect sends its requests, given a provider's base URL."""

from __future__ import annotations

from urllib.parse import urlsplit

_ENDINGS = ("/chat/completions", "/responses", "/agent")


def endpoint(base_url: str, path: str, *, also: tuple[str, ...] = (), prefix: str = "") -> str:
    """Return `base_url` with `path` at its end; a query string stays intact.

    A base URL that already ends in `path` or one of `also` is used as it is; the ending of another
    dialect is replaced. `prefix` comes first where the base URL has no path at all.
    """
    base, mark, query = base_url.partition("?")
    base = base.rstrip("/")
    if not base.endswith((path, *also)):
        for ending in _ENDINGS:
            base = base.removesuffix(ending)
        if not urlsplit(base).path:
            base += prefix
        base += path
    return f"{base}{mark}{query}"


def host_of(url: str) -> str:
    """Return the host of `url` in lower case, empty where it has none."""
    return urlsplit(url).hostname or ""
