"""The one place that talks HTTP: clients, proxies, certificates, and the list of requests.

httpx is imported inside functions, so that a program which asks nothing does not pay for it.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from copy import copy
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

from headwater.adapters.http_failure import request_failure
from headwater.adapters.http_library import (
    PROXY_EXTENSION,
    ThroughProxyError,
    load_all_of_httpx,
    load_httpx,
)
from headwater.adapters.not_sent import NotSentError, asked_origin, place, place_of
from headwater.adapters.system_proxy import SystemProxies, without_login
from headwater.adapters.trust import Trust
from headwater.domain.address import Origin
from headwater.domain.api_key import ApiKey
from headwater.domain.failure import Failure, FailureKind, Remedy, no_key
from headwater.domain.network_request import Purpose
from headwater.domain.network_settings import NetworkSettings, ProxyKind, ProxyLogin
from headwater.domain.provider import Provider
from headwater.session.ports import RequestRecord, RequestRecorder

if TYPE_CHECKING:
    import httpcore
    import httpx

CONNECT_LIMIT = 5.0  # seconds, the official SDKs' figure
_FIRST_PROBE, _PROBE_EVERY, _PROBES = 20, 5, 3  # seconds: a dead connection is known after 35
_HEADERS_BEGIN = "http11.send_request_headers.started"
_TUNNEL_BEGUN = "socks.setup_socks5_connection.complete"
_ON_THE_WAY = 3  # times `CONNECT_LIMIT`: to the proxy, through it, TLS behind it


class ExchangeObserver(Protocol):
    """Watches the way of requests, step by step."""

    def routed(self, proxy: str) -> None:
        """Hear that a request is about to go, through `proxy` unless that is empty."""
        ...

    def traced(self, event: str, info: Mapping[str, Any]) -> None:
        """Hear of an event of httpcore's `trace` extension."""
        ...

    def answered(self, response: httpx.Response) -> None:
        """Hear that the headers are there."""
        ...


async def _no_login(_: str) -> ProxyLogin | None:
    return None


class HttpClients:
    """Makes clients that follow no redirect, keep no cookie, read no .netrc and always verify."""

    def __init__(
        self,
        user_agent: str = "Headwater",
        connect_limit: float = CONNECT_LIMIT,
        *,
        settings: Callable[[], NetworkSettings] = NetworkSettings,
        login: Callable[[str], Awaitable[ProxyLogin | None]] = _no_login,
        recorder: RequestRecorder | None = None,
    ) -> None:
        """Take the `User-Agent` and the seconds that connecting may take.

        `settings` and `login` (of the proxy at that address) are asked anew for every request;
        `recorder` hears of each.
        """
        self._user_agent = user_agent
        self._connect_limit = connect_limit
        self._settings = settings
        self._login = login
        self._recorder = recorder
        self._observer: ExchangeObserver | None = None
        self._trust = Trust()
        self._system = SystemProxies()

    def observed(self, observer: ExchangeObserver) -> HttpClients:
        """Return the same clients, of whose requests `observer` hears every step."""
        watched = copy(self)
        watched._observer = observer  # noqa: SLF001 - its own class
        return watched

    def open(self, url: str, login: ProxyLogin | None = None) -> httpx.AsyncClient:
        """Return a fresh client for requests to the origin of `url`; close it after one answer.

        A client is never used twice: requests cancelled while they connect exhaust a connection
        pool for good (httpcore #1093). Only connecting has a limit here; the caller times the rest.
        `login` is for the proxy that the settings name.

        Raises:
            NotSentError: no such address, a certificate file or a proxy that cannot be used.
        """
        library = load_httpx()
        origin = asked_origin(url)
        proxy_url = self._proxy_url(origin)
        # Without TLS on the way, an empty trust store: it costs nothing and trusts nobody.
        is_encrypted = origin.scheme == "https" or (proxy_url or "").startswith("https")
        context = self._trusting() if is_encrypted else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        try:
            proxy = _proxy(proxy_url, context, login) if proxy_url else None
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
            detail = "SOCKS needs the package socksio, which is not installed."
            raise NotSentError(_unusable_proxy(proxy_url, detail)) from None
        except (ValueError, library.InvalidURL):
            detail = "Its address must start with http://, https:// or socks5://."
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
        purpose: Purpose = Purpose.ANSWER,
    ) -> AsyncIterator[httpx.Response]:
        """Send one request; give the response with its body unread, and close everything after it.

        `deadline` is the loop time at which the headers must be there.

        Raises:
            NotSentError: as for `open`.
            TimeoutError: the deadline passed.
            ThroughProxyError, httpx.HTTPError: see `http_failure.network_errors`.
        """
        sockets: list[httpcore.AsyncNetworkStream] = []
        proxy = await self.proxy_to(url)
        login = await self._login_for(proxy)
        way = _Way(sockets, self._observer)
        record: RequestRecord | None = None
        has_begun = False
        try:
            async with self.open(url, login) as client:
                request = client.build_request(
                    method, url, content=content, headers=headers, extensions={"trace": way.note}
                )
                if self._observer is not None:
                    self._observer.routed(proxy)
                if self._recorder is not None:
                    record = self._recorder.begin(place_of(url), purpose, method, proxy=proxy)
                    way.left = partial(record.left, _size_of(request))
                response = await self._sent(client, request, proxy, way, deadline)
                has_begun = True
                response.extensions[PROXY_EXTENSION] = proxy
                head = _head_size(response.headers)
                if record is not None:
                    record.answered(
                        response.status_code, lambda: head + response.num_bytes_downloaded
                    )
                if self._observer is not None:
                    self._observer.answered(response)
                try:
                    yield response
                finally:
                    await response.aclose()
        except BaseException as error:
            if record is not None:
                record.ended(_problem(error, url, has_begun=has_begun))
            raise
        finally:
            if record is not None:
                record.ended()
            # httpcore 1.0 leaves a socket open when it is cancelled during the TLS handshake.
            for connected in sockets:
                await connected.aclose()

    async def proxy_to(self, url: str) -> str:
        """Return host and port of the proxy to `url`, empty if it is reached directly.

        Raises:
            NotSentError: `url` is not an address, or the settings name no proxy.
        """
        if self._settings().proxy_kind is ProxyKind.SYSTEM:
            await self._system.refresh()
        return without_login(self._proxy_url(asked_origin(url)) or "")

    async def look_up(self, host: str) -> tuple[str, ...]:
        """Return the numbers that the name `host` stands for; raises OSError."""
        record = self._recorder.begin(host, Purpose.NAME, "DNS") if self._recorder else None
        try:
            loop = asyncio.get_running_loop()
            found = await loop.getaddrinfo(host, None, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError):
            if record is not None:
                record.ended(f"The host {host} was not found.")
            raise
        finally:
            if record is not None:
                record.ended()
        return tuple(dict.fromkeys(str(address[0]) for *_, address in found))

    def preload(self) -> None:
        """Import httpx and read the certificates, which together take some 0.3 s."""
        load_all_of_httpx()
        with suppress(NotSentError):
            self._trusting()

    def _trusting(self) -> ssl.SSLContext:
        return self._trust.context(self._settings().ca_file)

    def _proxy_url(self, origin: Origin) -> str | None:
        """Return the proxy to `origin`, with its login where the system's address holds one."""
        settings = self._settings()
        if origin.is_loopback or settings.proxy_kind is ProxyKind.NONE:
            return None
        if settings.proxy_kind is ProxyKind.SYSTEM:
            return self._system.find(origin)
        if not settings.proxy_address:
            # To go directly would show the request to a network that was not chosen.
            raise NotSentError(
                Failure(
                    FailureKind.NOT_CONNECTED,
                    "The preferences ask for a proxy and name none.",
                    "Type its address there, or choose another way. Nothing was sent.",
                    Remedy.CHECK_PROXY,
                )
            )
        return settings.proxy_address

    async def _login_for(self, proxy: str) -> ProxyLogin | None:
        settings = self._settings()
        is_own = settings.proxy_kind is ProxyKind.OWN and settings.proxy_has_login
        return await self._login(settings.proxy_address) if proxy and is_own else None

    async def _sent(
        self,
        client: httpx.AsyncClient,
        request: httpx.Request,
        proxy: str,
        way: _Way,
        deadline: float | None,
    ) -> httpx.Response:
        """Send; what goes wrong before a proxy has let the request through is laid to the proxy."""
        library = load_httpx()
        if not proxy:
            async with asyncio.timeout_at(deadline):
                return await client.send(request, stream=True)
        # httpx limits neither the reply to CONNECT nor that of SOCKS.
        loop = asyncio.get_running_loop()
        on_the_way = loop.time() + self._connect_limit * _ON_THE_WAY
        first = on_the_way if deadline is None else min(on_the_way, deadline)
        try:
            async with asyncio.timeout_at(first) as limit:
                way.arrived = lambda: limit.reschedule(deadline)
                return await client.send(request, stream=True)
        except TimeoutError as error:
            if way.has_arrived:
                raise
            raise ThroughProxyError(proxy, library.ConnectTimeout("")) from error
        except Exception as error:
            # What passes a plain request on is what answers it, with nonsense or not at all.
            broken = isinstance(error, library.RemoteProtocolError | library.NetworkError)
            if way.has_arrived and not (way.is_passed_on and broken):
                raise
            # httpcore's SOCKS fails with either where something else answers.
            is_no_socks = isinstance(error, AssertionError) or _is_of("socksio", error)
            if not is_no_socks and not isinstance(error, library.HTTPError | OSError):
                raise
            raise ThroughProxyError(
                proxy,
                error,
                is_its_certificate=way.has_failed_at_proxy,
                has_passed_on=way.is_passed_on,
            ) from error


class _Way:
    """Follows a request until it is on its way to the server itself."""

    def __init__(
        self, sockets: list[httpcore.AsyncNetworkStream], observer: ExchangeObserver | None
    ) -> None:
        self.arrived: Callable[[], None] = lambda: None
        self.left: Callable[[], None] = lambda: None
        self.has_arrived = False
        self.has_failed_at_proxy = False  # its own certificate, where it has one
        self.is_passed_on = False  # by a proxy that reads it, and not through a tunnel
        self._is_in_tunnel = False
        self._sockets = sockets
        self._observer = observer

    async def note(self, event: str, info: Mapping[str, Any]) -> None:
        """Hear what httpcore does (its extension `trace`)."""
        if event.endswith(".connect_tcp.complete"):
            self._sockets.append(info["return_value"])
            _keep_alive(info["return_value"].get_extra_info("socket"))
        elif event == "connection.start_tls.failed":
            self.has_failed_at_proxy = True
        elif event == _TUNNEL_BEGUN:
            self._is_in_tunnel = True
        elif event == _HEADERS_BEGIN and info["request"].method != b"CONNECT":
            self.has_arrived = True
            self.is_passed_on = info["request"].url.scheme == b"http" and not self._is_in_tunnel
            self.arrived()
            self.left()
        if self._observer is not None:
            self._observer.traced(event, info)


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
    origin = asked_origin(url)
    if not origin.may_carry_key:
        raise NotSentError(
            Failure(
                FailureKind.NOT_CONNECTED,
                "The key was not sent over an open connection.",
                f"{place(origin)} is reached by http, where anyone on the way could read the "
                "key. Use its https address.",
                Remedy.CHECK_ADDRESS,
            )
        )
    if origin != asked_origin(provider.base_url):
        raise NotSentError(
            Failure(
                FailureKind.NOT_CONNECTED,
                "The key was not sent to another server.",
                f"It belongs to {provider.base_url}, the request would go to {place(origin)}.",
                Remedy.CHECK_ADDRESS,
            )
        )
    return {"Authorization": f"Bearer {key.reveal()}"}


def _unusable_proxy(proxy_url: str | None, detail: str) -> Failure:
    return Failure(
        FailureKind.NOT_CONNECTED,
        f"The proxy {without_login(proxy_url or '')} cannot be used.",
        f"{detail} Nothing was sent.",
        Remedy.CHECK_PROXY,
    )


def _proxy(proxy_url: str, context: ssl.SSLContext, login: ProxyLogin | None) -> httpx.Proxy:
    is_encrypted = proxy_url.startswith("https")
    proxy: httpx.Proxy = load_httpx().Proxy(
        proxy_url,
        ssl_context=context if is_encrypted else None,
        auth=login.reveal() if login is not None else None,
    )
    return proxy


def _size_of(request: httpx.Request) -> int:
    line = len(request.method) + len(request.url.raw_path) + len("  HTTP/1.1\r\n")
    return line + _head_size(request.headers) + len(request.content)


def _head_size(headers: httpx.Headers) -> int:
    return sum(len(name) + len(value) + 4 for name, value in headers.raw)


def _problem(error: BaseException, url: str, *, has_begun: bool) -> str:
    """Return a sentence for the list of requests, without a word of the exception."""
    if isinstance(error, asyncio.CancelledError):
        return "Stopped."
    if isinstance(error, GeneratorExit):
        return ""  # all that was wanted had come
    if isinstance(error, TimeoutError):
        return "No answer came in time."
    if not isinstance(error, Exception):
        return "Ended."
    return request_failure(error, None, url, has_begun=has_begun).title


def _is_of(package: str, error: Exception) -> bool:
    return type(error).__module__.partition(".")[0] == package
