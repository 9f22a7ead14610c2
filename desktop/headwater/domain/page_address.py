"""When two addresses are the same page, as far as the addresses alone can tell."""

from __future__ import annotations

import re
from urllib.parse import SplitResult, quote, unquote, urlsplit

_DEFAULT_PORTS = {"http": 80, "https": 443}
_LONGEST = 4096  # characters; what is longer is compared as it stands
# Parameters that say where a reader came from, never which page they get.
_TRACKING = re.compile(r"(?:utm_\w+|gclid|dclid|fbclid|msclkid|yclid|mc_cid|mc_eid|igshid)\Z")
_ESCAPE = re.compile(r"%([0-9A-Fa-f]{2})")
_UNRESERVED = re.compile(r"[A-Za-z0-9._~-]")
_ASCII = "".join(map(chr, range(128)))


def page_address(url: str) -> str:
    """Return what addresses of one page have in common; it is compared and never opened.

    Two web addresses are one page if they differ at most in this: http or https; case, `www.` and
    a dot at the end of the host, or whether it is written in Punycode; a default port; dot segments
    and needless escapes of the path (RFC 3986, 6.2.2) and a slash at its end; parameters of
    campaigns (`utm_...`, `gclid` and their like); the fragment, unless it names a page by itself
    (`#/...`, `#!...`). Order and case of everything else count. What is no web address is one with
    its like only.
    """
    url = url.strip()
    if len(url) > _LONGEST:
        return url
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return url
    if parts.scheme not in _DEFAULT_PORTS or not parts.hostname:
        return url
    user = f"{parts.netloc.rpartition('@')[0]}@" if "@" in parts.netloc else ""
    place = "" if port in (None, _DEFAULT_PORTS[parts.scheme]) else f":{port}"
    return f"{user}{_host(parts.hostname)}{place}{_path(parts.path)}{_query(parts)}{_route(parts)}"


def _host(host: str) -> str:
    host = host.rstrip(".").removeprefix("www.")
    if host.isascii():
        return host
    try:
        return host.encode("idna").decode("ascii")
    except UnicodeError:
        return host


def _path(path: str) -> str:
    kept: list[str] = []
    for segment in _plainly_escaped(path).split("/"):
        if segment == "..":
            del kept[-1:]
        elif segment != ".":
            kept.append(segment)
    return "/".join(kept).rstrip("/")


def _query(parts: SplitResult) -> str:
    kept = [
        field
        for field in parts.query.split("&")
        if field and not _TRACKING.match(field.partition("=")[0].lower())
    ]
    return f"?{_plainly_escaped('&'.join(kept))}" if kept else ""


def _route(parts: SplitResult) -> str:
    return f"#{parts.fragment}" if parts.fragment.startswith(("/", "!")) else ""


def _plainly_escaped(text: str) -> str:
    """Return `text` with capitals in its escapes, and those alone that are needed."""

    def plain(escape: re.Match[str]) -> str:
        character = unquote(escape.group())
        return character if _UNRESERVED.fullmatch(character) else escape.group().upper()

    return _ESCAPE.sub(plain, quote(text, safe=_ASCII))
