"""Fetches one picture that a search found, once somebody has asked to see it.

The address comes from a server, so it may be anything: only https leads there, no name or number
of this machine or its network is asked, every redirect is judged anew, and what comes is taken only
as long as it is small and begins like a picture.
"""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import Callable
from urllib.parse import urljoin

from headwater.adapters.http import HttpClients
from headwater.adapters.http_failure import network_errors
from headwater.domain.address import BadAddressError, origin_of
from headwater.domain.attachment import picture_kind
from headwater.domain.network_request import Purpose

LARGEST = 6 * 1024 * 1024  # bytes
_TIME = 20.0  # seconds for everything
_MOST_REDIRECTS = 3
_ENOUGH_TO_JUDGE = 16  # bytes
_HEADERS = {"Accept": "image/webp,image/png,image/jpeg,image/gif"}
_REDIRECTS = (301, 302, 303, 307, 308)
_OWN_ENDINGS = (".local", ".localhost", ".internal", ".lan", ".home.arpa", ".intranet", ".onion")


def is_public(url: str) -> bool:
    """Whether `url` is an https address that does not name this machine or its network."""
    try:
        origin = origin_of(url)
    except BadAddressError:
        return False
    if origin.scheme != "https" or origin.is_loopback:
        return False
    try:
        return ipaddress.ip_address(origin.host).is_global
    except ValueError:
        pass
    has_number = origin.host.rpartition(".")[2].isdecimal()  # an old way to write an address
    return "." in origin.host and not has_number and not origin.host.endswith(_OWN_ENDINGS)


async def download_picture(
    clients: HttpClients,
    url: str,
    *,
    may_ask: Callable[[str], bool] = is_public,
    limit: float = _TIME,
) -> bytes | None:
    """Return the bytes of a PNG, JPEG, WEBP or GIF at `url`; None for whatever else happens."""
    try:
        async with asyncio.timeout(limit):
            for _ in range(_MOST_REDIRECTS + 1):
                if not may_ask(url):
                    return None
                found = await _ask(clients, url)
                if not isinstance(found, str):
                    return found
                url = found
    except (TimeoutError, ValueError):
        return None
    except network_errors():
        return None
    return None


async def _ask(clients: HttpClients, url: str) -> bytes | str | None:
    """Return the picture, the address to ask instead, or None."""
    async with clients.exchange("GET", url, _HEADERS, purpose=Purpose.PICTURE) as response:
        if response.status_code in _REDIRECTS:
            return urljoin(url, str(response.headers.get("location", "")))
        length = response.headers.get("content-length", "")
        if response.status_code != 200 or (length.isdecimal() and int(length) > LARGEST):
            return None
        body = bytearray()
        async for piece in response.aiter_raw():
            body += piece
            is_picture = len(body) < _ENOUGH_TO_JUDGE or bool(picture_kind(bytes(body[:16])))
            if len(body) > LARGEST or not is_picture:
                return None
    return bytes(body) if picture_kind(bytes(body)) else None
