"""Which links may stand in a file, and which host they really lead to; no Qt, as opposed to ui/."""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import quote, urlsplit

_LONGEST = 4096
_LOOKS_LIKE_HOST = re.compile(r"(?:[^\s./:@\\]{1,63}\.){1,8}[^\W\d_]{2,24}(?![\w.])")
_HOST = re.compile(r"[a-z0-9._-]+|\[[0-9a-f:.]+\]", re.IGNORECASE)
# RFC 3986: unreserved, sub-delims and what a path, query or fragment may hold; `%` stays only
# where it begins an escape.
_SAFE = "/:@!$&'()*+,;=?~-._"
_LONE_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_MAIL = re.compile(r"[^\s@<>?#%\"'()\[\]\\]{1,200}@[A-Za-z0-9.-]{1,200}")


@lru_cache(maxsize=512)
def safe_link(text: str) -> str:
    """Return `text` as a percent-encoded http, https or mailto URL, or nothing if it is none.

    A URL with a user name is refused: `https://good.example@evil.example` leads to evil.
    """
    if len(text) > _LONGEST or "\\" in text:
        return ""
    try:
        parts = urlsplit(text)
        if parts.scheme == "mailto":
            return _mail(text)
        if parts.scheme not in ("http", "https") or "@" in parts.netloc:
            return ""
        port = f":{parts.port}" if parts.port is not None else ""
        host = parts.netloc.removesuffix(port)
        ascii_host = host if host.isascii() else host.encode("idna").decode("ascii")
    except ValueError:  # UnicodeError is one
        return ""
    if _HOST.fullmatch(ascii_host) is None:
        return ""
    url = f"{parts.scheme}://{ascii_host.lower()}{port}{_encoded(parts.path)}"
    if parts.query:
        url += f"?{_encoded(parts.query)}"
    return f"{url}#{_encoded(parts.fragment)}" if parts.fragment else url


def real_host(url: str) -> str:
    """Return the host that a safe link leads to, in ASCII; for mailto the address."""
    if url.startswith("mailto:"):
        return url.removeprefix("mailto:")
    return urlsplit(url).hostname or ""


def hides_host(text: str, url: str) -> bool:
    """Whether `text` names a host other than the one that `url` leads to, or a look-alike."""
    host = real_host(url).lower().removeprefix("www.")
    if host.startswith("xn--") or ".xn--" in host:
        return True
    named = [found.group().lower() for found in _LOOKS_LIKE_HOST.finditer(text[:_LONGEST])]
    named = [name.removeprefix("www.") for name in named]
    if host in text.lower():
        named = named[:1]
        return any(not (name == host or host.endswith("." + name)) for name in named)
    return any(not host.endswith("." + name) for name in named)


def _mail(text: str) -> str:
    address = text.partition(":")[2]
    return f"mailto:{address}" if address.isascii() and _MAIL.fullmatch(address) else ""


def _encoded(part: str) -> str:
    part = _LONE_PERCENT.sub("%25", part)
    return quote(part, safe=_SAFE + "%", errors="replace")
