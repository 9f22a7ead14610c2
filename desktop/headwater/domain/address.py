"""Base URLs and the origins that keys belong to."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from urllib.parse import urlsplit

_DEFAULT_PORTS = {"http": 80, "https": 443}


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
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False

    @property
    def may_carry_key(self) -> bool:
        """Whether a key may travel there: encrypted, or not leaving this machine."""
        return self.scheme == "https" or self.is_loopback


def normalized_base_url(text: str) -> str:
    """Return `text` as a base URL: scheme added where it lacks, no trailing slash.

    Raises:
        BadAddressError: not http or https, no host, a user name in it, or a bad port.
    """
    text = text.strip()
    if not text:
        raise BadAddressError("An address is needed, such as http://localhost:11434/v1.")
    if any(c.isspace() or not c.isprintable() for c in text):
        raise BadAddressError("The address must not contain spaces.")
    if "\\" in text:
        raise BadAddressError("The address must not contain a backslash.")
    if "://" not in text:
        host = text.split("/", 1)[0].rsplit(":", 1)[0].strip("[]")
        text = ("http://" if Origin("http", host, 80).is_loopback else "https://") + text
    origin_of(text)
    return text.split("#", 1)[0].rstrip("/")


def origin_of(url: str) -> Origin:
    """Return the origin of an http or https URL.

    Raises:
        BadAddressError: as for `normalized_base_url`.
    """
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
    try:
        host = host.encode("idna").decode("ascii") if not host.isascii() else host
    except UnicodeError:
        raise BadAddressError("The host name is not valid.") from None
    return Origin(scheme, host.lower(), port or _DEFAULT_PORTS[scheme])
