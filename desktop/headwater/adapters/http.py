"""The one place that talks HTTP: clients, proxies, certificates, and what their errors mean.

httpx is imported inside functions, so that a program which asks nothing does not pay for it.
"""

from __future__ import annotations

import asyncio
import ipaddress
import logging
import os
import socket
import ssl
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from types import ModuleType
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from headwater.domain.address import BadAddressError, Origin, origin_of
from headwater.domain.api_key import ApiKey
from headwater.domain.failure import Failure, FailureKind, Remedy, no_key
from headwater.domain.provider import Provider

if TYPE_CHECKING:
    import httpcore
    import httpx

CONNECT_LIMIT = 5.0  # seconds, the official SDKs' figure
_FIRST_PROBE, _PROBE_EVERY, _PROBES = 20, 5, 3  # seconds: a dead connection is known after 35


class NotSentError(Exception):
    """Nothing was sent; `failure` says why."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.title)
        self.failure = failure


class HttpClients:
    """Makes clients that follow no redirect, keep no cookie, read no .netrc and always verify."""

    def __init__(self, user_agent: str = "Headwater", connect_limit: float = CONNECT_LIMIT) -> None:
        """Take the `User-Agent` and the seconds that connecting may take."""
        self._user_agent = user_agent
        self._connect_limit = connect_limit
        self._trust: dict[tuple[str, str], ssl.SSLContext] = {}

    def open(self, url: str) -> httpx.AsyncClient:
        """Return a fresh client for requests to the origin of `url`; close it after one answer.

        A client is never used twice: requests cancelled while they connect exhaust a connection
        pool for good (httpcore #1093). Only connecting has a limit here; the caller times the rest.

        Raises:
            NotSentError: no such address, a certificate file or a proxy that cannot be used.
        """
        library = load_httpx()
        origin = _origin(url)
        proxy_url = proxy_for(url)
        # Without TLS on the way, an empty trust store: it costs nothing and trusts nobody.
        is_encrypted = origin.scheme == "https" or (proxy_url or "").startswith("https")
        context = self._trusting() if is_encrypted else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        try:
            proxy = _proxy(proxy_url, context) if proxy_url else None
            client: httpx.AsyncClient = library.AsyncClient(
                verify=context,
                trust_env=False,  # it would read .netrc as well as the proxies
                proxy=proxy,
                http1=True,
                http2=False,
                follow_redirects=False,
                timeout=library.Timeout(None, connect=self._connect_limit),
                headers={
                    "User-Agent": self._user_agent,
                    "Accept": "application/json",
                    "Accept-Encoding": "identity",
                },
            )
        except ImportError:
            detail = "SOCKS proxies are not supported. Use an HTTP proxy instead."
            raise NotSentError(_unusable_proxy(proxy_url, detail)) from None
        except (ValueError, library.InvalidURL):
            detail = "Its address must start with http:// or https://."
            raise NotSentError(_unusable_proxy(proxy_url, detail)) from None
        return client

    @asynccontextmanager
    async def exchange(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        content: bytes | None = None,
        deadline: float | None = None,
    ) -> AsyncIterator[httpx.Response]:
        """Send one request; give the response with its body unread, and close everything after it.

        `deadline` is the loop time at which the headers must be there.

        Raises:
            NotSentError: as for `open`.
            TimeoutError: the deadline passed.
            httpx.HTTPError: see `http_failure.network_errors`.
        """
        sockets: list[httpcore.AsyncNetworkStream] = []

        async def note(event: str, info: Mapping[str, Any]) -> None:
            if event == "connection.connect_tcp.complete":
                sockets.append(info["return_value"])
                _keep_alive(info["return_value"].get_extra_info("socket"))

        try:
            async with self.open(url) as client:
                request = client.build_request(
                    method, url, content=content, headers=headers, extensions={"trace": note}
                )
                async with asyncio.timeout_at(deadline):
                    response = await client.send(request, stream=True)
                try:
                    yield response
                finally:
                    await response.aclose()
        finally:
            # httpcore 1.0 leaves a socket open when it is cancelled during the TLS handshake.
            for connected in sockets:
                await connected.aclose()

    def preload(self) -> None:
        """Import httpx and read the certificates, which together take some 0.3 s."""
        load_httpx()
        with suppress(NotSentError):
            self._trusting()

    def _trusting(self) -> ssl.SSLContext:
        """Return the verifying context; loading the certificates takes some 40 ms, so once.

        `SSL_CERT_FILE` and `SSL_CERT_DIR` replace the certificates, as they do for OpenSSL.
        `SSLKEYLOGFILE` is ignored: it would write the keys of the connection to a file.
        """
        import certifi  # only https needs it

        cert_file = os.environ.get("SSL_CERT_FILE", "")
        cert_dir = os.environ.get("SSL_CERT_DIR", "")
        known = self._trust.get((cert_file, cert_dir))
        if known is not None:
            return known
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        try:
            if cert_file or cert_dir:
                context.load_verify_locations(cert_file or None, cert_dir or None)
            else:
                context.load_default_certs()
                context.load_verify_locations(certifi.where())
        except (OSError, ValueError):
            raise NotSentError(
                Failure(
                    FailureKind.NOT_CONNECTED,
                    "The certificate file cannot be read.",
                    f"SSL_CERT_FILE names {cert_file or cert_dir}, which is missing or damaged. "
                    "Nothing was sent.",
                    Remedy.RETRY,
                )
            ) from None
        self._trust[cert_file, cert_dir] = context
        return context


def _keep_alive(connected: socket.socket | None) -> None:
    """Let the system ask now and then whether the other side is still there.

    A connection that a change of network or a long sleep has cut says nothing by itself: without
    this a silent research run would be taken for one that thinks.
    """
    if connected is None:
        return
    with suppress(OSError):
        connected.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        idle = getattr(socket, "TCP_KEEPIDLE", None) or getattr(socket, "TCP_KEEPALIVE", None)
        for option, value in (
            (idle, _FIRST_PROBE),
            (getattr(socket, "TCP_KEEPINTVL", None), _PROBE_EVERY),
            (getattr(socket, "TCP_KEEPCNT", None), _PROBES),
        ):
            if option is not None:
                connected.setsockopt(socket.IPPROTO_TCP, option, value)


def headers_for(provider: Provider, url: str, key: ApiKey | None) -> dict[str, str]:
    """Return the header that carries the key to `url`, or nothing where there is no key.

    Raises:
        NotSentError: the key is missing, or must not travel there.
    """
    if key is None:
        if provider.needs_key:
            raise NotSentError(no_key(provider.name, provider.account_url))
        return {}
    origin = _origin(url)
    if not origin.may_carry_key:
        raise NotSentError(
            Failure(
                FailureKind.NOT_CONNECTED,
                "The key was not sent over an open connection.",
                f"{_place(origin)} is reached by http, where anyone on the way could read the "
                "key. Use its https address.",
                Remedy.CHECK_ADDRESS,
            )
        )
    if origin != _origin(provider.base_url):
        raise NotSentError(
            Failure(
                FailureKind.NOT_CONNECTED,
                "The key was not sent to another server.",
                f"It belongs to {provider.base_url}, the request would go to {_place(origin)}.",
                Remedy.CHECK_ADDRESS,
            )
        )
    return {"Authorization": f"Bearer {key.reveal()}"}


def proxy_for(url: str) -> str | None:
    """Return the proxy that the system names for `url`; this machine is always reached directly.

    The settings come from the environment, or from the system's own on Windows and macOS;
    `NO_PROXY` may hold hosts, domains, `host:port`, networks such as 192.168.0.0/16, and `*`.

    Raises:
        NotSentError: `url` is not an address.
    """
    from urllib.request import getproxies, proxy_bypass  # slow to import

    origin = _origin(url)
    if origin.is_loopback:
        return None
    proxies = getproxies()
    found = proxies.get(origin.scheme) or proxies.get("all")
    if not found:
        return None
    if proxy_bypass(f"{origin.host}:{origin.port}") or _is_exempt(origin.host, proxies):
        return None
    found = found if "://" in found else f"http://{found}"
    return found.replace("socks://", "socks5://", 1) if found.startswith("socks://") else found


def no_address(why: str) -> Failure:
    """Return the failure for an address that nothing can be sent to."""
    return Failure(
        FailureKind.NOT_CONNECTED,
        "There is no address to send the question to.",
        why,
        Remedy.CHECK_ADDRESS,
    )


def place_of(url: str) -> str:
    """Return the host of `url`, with the port if it is not the usual one.

    Raises:
        NotSentError: `url` is not an address.
    """
    return _place(_origin(url))


def without_login(proxy_url: str) -> str:
    """Return host and port of a proxy; a password in its address is shown to nobody."""
    return urlsplit(proxy_url).netloc.rpartition("@")[2]


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


def _origin(url: str) -> Origin:
    try:
        return origin_of(url)
    except BadAddressError as error:
        raise NotSentError(no_address(str(error))) from None


def _place(origin: Origin) -> str:
    """Return host and port as a person would type them."""
    return str(origin).partition("://")[2]


def _is_exempt(host: str, proxies: Mapping[str, str]) -> bool:
    """Whether `NO_PROXY` holds a network that `host` belongs to; urllib knows names only."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    for entry in proxies.get("no", "").split(","):
        if "/" not in entry:
            continue
        try:
            if address in ipaddress.ip_network(entry.strip(), strict=False):
                return True
        except ValueError:
            continue
    return False


def _unusable_proxy(proxy_url: str | None, detail: str) -> Failure:
    return Failure(
        FailureKind.NOT_CONNECTED,
        f"The proxy {without_login(proxy_url or '')} cannot be used.",
        f"{detail} Nothing was sent.",
        Remedy.RETRY,
    )


def _proxy(proxy_url: str, context: ssl.SSLContext) -> httpx.Proxy:
    is_encrypted = proxy_url.startswith("https")
    proxy: httpx.Proxy = load_httpx().Proxy(
        proxy_url, ssl_context=context if is_encrypted else None
    )
    return proxy
