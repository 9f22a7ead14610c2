"""Which links of an answer may be opened, and which host they really lead to."""

from __future__ import annotations

import re
from functools import lru_cache

from PySide6.QtCore import QUrl

from headwater.domain.host_name import readable_host
from headwater.domain.plain_text import one_line
from headwater.domain.text_fragment import text_fragment_url

_LOOKS_LIKE_HOST = re.compile(r"(?:[^\s./:@\\]{1,63}\.){1,8}[^\W\d_]{2,24}(?![\w.])")
_LONGEST = 4096


@lru_cache(maxsize=512)
def safe_link(text: str) -> str:
    """Return `text` as an encoded http, https or mailto URL, or nothing if it is no such URL.

    A URL with a user name is refused: `https://good.example@evil.example` leads to evil.
    """
    if len(text) > _LONGEST or "\\" in text:
        return ""
    url = QUrl(text, QUrl.ParsingMode.StrictMode)
    if not url.isValid() or url.scheme() not in ("http", "https", "mailto"):
        return ""
    if url.scheme() == "mailto":
        return text if url.path() and not url.host() and "?" not in text else ""
    if not url.host() or url.userInfo():
        return ""
    return url.toString(QUrl.ComponentFormattingOption.FullyEncoded)


@lru_cache(maxsize=512)
def real_host(url: str) -> str:
    """Return the host that a safe link leads to, in ASCII; for mailto the address."""
    parsed = QUrl(url, QUrl.ParsingMode.StrictMode)
    if parsed.scheme() == "mailto":
        return parsed.path()
    return parsed.host(QUrl.ComponentFormattingOption.FullyEncoded)


@lru_cache(maxsize=512)
def shown_host(url: str) -> str:
    """Return the host that a browser would go to, as it may be read and without `www.`.

    What is no web address is returned as it stands.
    """
    parsed = QUrl(url[:_LONGEST])
    if parsed.scheme() not in ("http", "https") or not parsed.host():
        return url
    host = parsed.host(QUrl.ComponentFormattingOption.FullyEncoded)
    return readable_host(host).removeprefix("www.")


def host_line(url: str, longest: int = 80) -> str:
    """Return the shown host as one line of at most `longest` characters.

    A longer one is cut at its beginning: its end says whose it is, and `paypal.example.evil.test`
    must not be read as `paypal.example…`.
    """
    host = shown_host(url)
    if host == url:
        return one_line(url, longest)
    return _last_of(host, longest)


def real_host_line(url: str, longest: int = 120) -> str:
    """Return the real host, or the address of a mailto, as `host_line` does the shown one."""
    return _last_of(real_host(url), longest)


def _last_of(host: str, longest: int) -> str:
    line = one_line(host[-_LONGEST:], _LONGEST)
    is_whole = len(host) <= _LONGEST and len(line) <= longest
    return line if is_whole else "…" + line[1 - longest :]


def link_to_passage(url: str, snippet: str, sentence: str) -> str:
    """Return what `safe_link` does, with the passage that a browser is to show if it can."""
    link = safe_link(url)
    found = text_fragment_url(link, snippet, sentence) if link else None
    with_passage = safe_link(found) if found else ""
    directive = with_passage.rpartition(":~:text=")[2]
    # Qt writes `%2D` as `-`, which beside a comma means something else to browsers.
    is_torn = any("-" in (part[:1], part[-1:]) for part in directive.split(","))
    return link if is_torn or not directive else with_passage


def hides_host(text: str, url: str) -> bool:
    """Whether `text` names a host other than the one that `url` leads to, or a look-alike."""
    host = real_host(url).lower().removeprefix("www.")
    if host.startswith("xn--") or ".xn--" in host:
        return True
    if host in text.lower():
        named = [found.group().lower().removeprefix("www.") for found in _hosts(text)]
        return any(not (name == host or host.endswith("." + name)) for name in named[:1])
    return any(
        not host.endswith("." + found.group().lower().removeprefix("www."))
        for found in _hosts(text)
    )


def _hosts(text: str) -> list[re.Match[str]]:
    return list(_LOOKS_LIKE_HOST.finditer(text[:_LONGEST]))
