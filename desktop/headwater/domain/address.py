"""Base URLs and the origins that keys belong to."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

_DEFAULT_PORTS = {"http": 80, "https": 443}
_NAME = re.compile(r"[a-z0-9_-]+(?:\.[a-z0-9_-]+)*")


class BadAddressError(ValueError):
    """The text is not an address that a question may be sent to; the message says why."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Scheme, host and port (RFC 6454): what a key is bound to."""

    scheme: str
    host: str
    port: int

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        if self.port == _DEFAULT_PORTS[self.scheme]:
            return f"{self.scheme}://{host}"
        return f"{self.scheme}://{host}:{self.port}"

    @property
    def is_loopback(self) -> bool:
        """Whether the host is this machine."""
        if self.host == "localhost" or self.host.endswith(".localhost"):
            return True
        import ipaddress

        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False

    @property
    def may_carry_key(self) -> bool:
        """Whether a key may travel there: encrypted, or not leaving this machine."""
        return self.scheme == "https" or self.is_loopback


def normalized_base_url(text: str) -> str:
    """Return `text` as a base URL: its origin as keys know it, path and query, no trailing slash.

    Where the scheme lacks, this machine is reached by http and any other by https.

    Raises:
        BadAddressError: not http or https, no usable host, a user name in it, or a bad port.
    """
    text = text.strip()
    if not text:
        raise BadAddressError("An address is needed, such as http://localhost:11434/v1.")
    if "://" not in text:
        # `https:/host` would otherwise be a host called "https".
        if text.lower().startswith(("http:", "https:")):
            raise BadAddressError("The address must start with https:// or http://.")
        bare, text = text, f"https://{text}"
        if origin_of(text).is_loopback:
            text = f"http://{bare}"
    origin = origin_of(text)
    parts = urlsplit(text)
    query = f"?{parts.query}" if parts.query else ""
    return f"{origin}{parts.path}{query}".rstrip("/")


def origin_of(url: str) -> Origin:
    """Return the origin of an http or https URL.

    Raises:
        BadAddressError: as for `normalized_base_url`.
    """
    # `urlsplit` drops tabs and line breaks, others read a backslash as a slash: nobody else
    # may see another host in the address than we do.
    if any(c.isspace() or not c.isprintable() for c in url):
        raise BadAddressError("The address must not contain spaces.")
    if "\\" in url:
        raise BadAddressError("The address must not contain a backslash.")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise BadAddressError("The address is not a valid URL.") from None
    scheme = parts.scheme.lower()
    if scheme not in _DEFAULT_PORTS:
        raise BadAddressError("The address must start with https:// or http://.")
    if "@" in parts.netloc:
        raise BadAddressError("The address must not contain a user name or password.")
    host = (parts.hostname or "").rstrip(".")
    if not host:
        raise BadAddressError("The address has no host name.")
    if port == 0:
        raise BadAddressError("The address has no usable port.")
    return Origin(scheme, _ascii_host(host.lower()), port or _DEFAULT_PORTS[scheme])


def _ascii_host(host: str) -> str:
    """Return a host in lower case as it goes over the wire.

    A name that the two versions of IDNA would send to different hosts ("ß" is "ss" in one of
    them) is refused, as is one that only looks like another (full-width letters).
    """
    if ":" in host:
        return host  # an IPv6 address, which `urlsplit` has checked
    try:
        ascii_host = host.encode("idna").decode("ascii")
        is_faithful = ascii_host == host or ascii_host.encode("ascii").decode("idna") == host
    except UnicodeError:
        is_faithful, ascii_host = False, ""
    if not is_faithful or not _NAME.fullmatch(ascii_host):
        raise BadAddressError("The host name is not valid.")
    return ascii_host
