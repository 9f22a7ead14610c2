"""httpx, loaded late and kept quiet, and what we add to what it says."""

from __future__ import annotations

import logging
import sys
from contextlib import suppress
from types import ModuleType

PROXY_EXTENSION = "headwater.proxy"  # names in `Response.extensions` the proxy it came through


class ThroughProxyError(Exception):
    """A request did not get through `proxy` (host and port); `cause` is what was raised there.

    `is_its_certificate` says that TLS failed on the way to the proxy, not behind it;
    `has_passed_on` that it had the whole request, to be sent on.
    """

    def __init__(
        self,
        proxy: str,
        cause: Exception,
        *,
        is_its_certificate: bool = False,
        has_passed_on: bool = False,
    ) -> None:
        super().__init__(proxy)
        self.proxy = proxy
        self.cause = cause
        self.is_its_certificate = is_its_certificate
        self.has_passed_on = has_passed_on


def load_httpx() -> ModuleType:
    """Return httpx, imported now if it was not: that takes 0.2 s, which is not spent at start."""
    # Its command line, which would load click, rich and Pygments where they happen to be there,
    # is shut out: that halves the time and saves 20 MB.
    sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type]
    import httpx

    # It logs whole addresses at INFO, and httpcore the server's headers at DEBUG.
    for name in ("httpx", "httpcore"):
        logging.getLogger(name).setLevel(logging.WARNING)
    return httpx


def load_all_of_httpx() -> None:
    """Import what httpx itself leaves to the first request as well: 60 ms."""
    load_httpx()
    with suppress(ImportError):  # by what httpx brings its bytes is its own business
        import anyio
        import httpcore  # noqa: F401

        _ = anyio.connect_tcp, anyio.CancelScope, anyio.Event  # each is imported when it is named
