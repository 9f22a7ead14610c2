"""How other machines are reached: through which proxy, and whose certificates are trusted."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit

from headwater.domain.address import BadAddressError, origin_of

_USUAL_PORTS = {"http": 80, "https": 443, "socks5": 1080}
_SCHEMES_ALONE = (
    "http:",
    "https:",
    "socks:",
    "socks5:",
)  # a slash was forgotten; no host is called so
_LONGEST = 255  # bytes of a name or a password (RFC 1929, 2)
_SHORT_NAME = 3
_LONGEST_TOGETHER = 480  # Windows' credential store takes 1,280 characters


class BadProxyError(ValueError):
    """The text is no proxy or no login for one; the message says why and repeats no secret."""


class ProxyKind(StrEnum):
    """Where the proxy is looked up."""

    SYSTEM = "system"
    NONE = "none"
    OWN = "own"


@dataclass(frozen=True, slots=True)
class NetworkSettings:
    """A snapshot; there is no field that turns the check of certificates off.

    `proxy_address` is what `proxy_address` returned and counts for `ProxyKind.OWN`.
    `proxy_has_login` says that the keyring holds its login. `ca_file` is trusted besides the
    system's certificates; empty for none.
    """

    proxy_kind: ProxyKind = ProxyKind.SYSTEM
    proxy_address: str = ""
    proxy_has_login: bool = False
    ca_file: str = ""


class ProxyLogin:
    """A name and a password for a proxy, which do not show themselves in `repr` or exceptions."""

    __slots__ = ("_password", "_user")

    def __init__(self, user: str, password: str) -> None:
        """Take both as they are typed.

        Raises:
            BadProxyError: no name, a colon in it (RFC 7617, 2), too long, or a control character.
        """
        if not user:
            raise BadProxyError("The proxy's login needs a user name.")
        if ":" in user:
            raise BadProxyError("A user name for a proxy has no colon.")
        if not (user + password).isprintable():
            raise BadProxyError("The proxy's login has line breaks or other control characters.")
        sizes = (len(user.encode()), len(password.encode()))
        if max(sizes) > _LONGEST or sum(sizes) > _LONGEST_TOGETHER:
            raise BadProxyError("The proxy's login is too long.")
        self._user = user
        self._password = password

    @classmethod
    def from_secret(cls, secret: str) -> ProxyLogin:
        """Return the login that `secret` holds; raises BadProxyError."""
        user, _, password = secret.partition(":")
        return cls(user, password)

    def secret(self) -> str:
        """Return both in one line, for the keyring alone."""
        return f"{self._user}:{self._password}"

    def reveal(self) -> tuple[str, str]:
        """Return name and password, for the one call that sends them to the proxy."""
        return self._user, self._password

    def masked_in(self, text: str) -> str:
        """Return `text` without name and password, also as HTTP writes both together.

        A name of three characters stays: it may be a part of any word.
        """
        sent = b64encode(self.secret().encode()).decode()
        name = self._user if len(self._user) > _SHORT_NAME else ""
        for shown in (sent, self._password, name):
            text = text.replace(shown, "•••") if shown else text
        return text

    def __repr__(self) -> str:
        return "ProxyLogin(•••)"

    __str__ = __repr__

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ProxyLogin) and other.reveal() == self.reveal()

    def __hash__(self) -> int:
        return hash(self.reveal())

    def __reduce__(self) -> str:
        raise TypeError("a login is never serialized")


def proxy_address(text: str) -> str:
    """Return `text` as the address of a proxy: scheme, host and port, `http` where none is said.

    Raises:
        BadProxyError: another scheme than http, https or socks5, no host, or more than a host.
    """
    text = text.strip()
    if not text:
        raise BadProxyError("A proxy's address is needed, such as proxy.example:8080.")
    scheme, separator, rest = text.partition("://")
    if not separator:
        scheme, rest = "http", text
    rest = rest.removesuffix("/")
    scheme = {"socks": "socks5", "socks5h": "socks5"}.get(scheme.lower(), scheme.lower())
    if scheme not in _USUAL_PORTS or (not separator and text.startswith(_SCHEMES_ALONE)):
        raise BadProxyError("A proxy's address starts with http://, https:// or socks5://.")
    if "@" in rest:
        raise BadProxyError("Type the proxy's user name and password into their own fields.")
    if any(mark in rest for mark in "/?#"):
        raise BadProxyError("A proxy's address is a host and a port, nothing more.")
    try:
        origin = origin_of(f"http://{rest}")
    except BadAddressError as error:
        raise BadProxyError(str(error).replace("The address", "The proxy’s address")) from None
    host = f"[{origin.host}]" if ":" in origin.host else origin.host
    port = urlsplit(f"http://{rest}").port or _USUAL_PORTS[scheme]
    return f"{scheme}://{host}:{port}"
