"""Requests through proxies of every kind, over real sockets."""

from __future__ import annotations

import asyncio
import socket
import ssl
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from headwater.adapters.http import HttpClients
from headwater.adapters.http_failure import network_errors, request_failure
from headwater.domain.failure import Failure, Remedy
from headwater.domain.network_settings import NetworkSettings, ProxyKind, ProxyLogin
from headwater.domain.provider import CUSTOM
from headwater.session.request_log import RequestLog
from tests.fault_server import FaultServer, answer, dead_port, hang_up, nonsense
from tests.proxy_server import ProxyServer

CERTIFICATES = Path(__file__).parent / "certificates"
AUTHORITY = str(CERTIFICATES / "authority.pem")
URL = "https://service.example/v1/models?secret=query"
LOGIN = ("mé", "pass:wörd 🔑")


@pytest.fixture(autouse=True)
def no_settings_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy", "ssl_cert_file"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture
def looked_up(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every name that this process asked its resolver for."""
    names: list[str] = []
    real = socket.getaddrinfo

    def ask(host: str | bytes | None, *arguments: object, **named: object) -> object:
        names.append(host.decode() if isinstance(host, bytes) else str(host))
        return real(host, *arguments, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(socket, "getaddrinfo", ask)
    return names


def tls(name: str = "service") -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATES / f"{name}.pem")
    return context


def own(address: str, *, has_login: bool = False, ca_file: str = AUTHORITY) -> NetworkSettings:
    return NetworkSettings(ProxyKind.OWN, address, has_login, ca_file)


def knowing(*login: str) -> Callable[[str], Awaitable[ProxyLogin | None]]:
    async def read(_: str) -> ProxyLogin | None:
        return ProxyLogin(*login) if login else None

    return read


async def ask(
    settings: NetworkSettings,
    *login: str,
    url: str = URL,
    log: RequestLog | None = None,
    limit: float = 2.0,
) -> int | Failure:
    clients = HttpClients(
        connect_limit=limit, settings=lambda: settings, login=knowing(*login), recorder=log
    )
    try:
        async with clients.exchange("GET", url, {"Authorization": "Bearer sk-canary"}) as response:
            return response.status_code
    except network_errors() as error:
        return request_failure(error, CUSTOM.at(url), url)


@pytest.mark.parametrize("scheme", ["http", "socks5"])
@pytest.mark.parametrize("login", [(), LOGIN])
def test_that_a_request_goes_through_the_chosen_proxy(
    looked_up: list[str], scheme: str, login: tuple[str, ...]
) -> None:
    log = RequestLog()

    async def scenario() -> tuple[int | Failure, ProxyServer, FaultServer]:
        async with (
            FaultServer(answer(), tls=tls()) as server,
            ProxyServer(server.port, login=LOGIN if login else None) as proxy,
        ):
            settings = own(proxy.address(scheme), has_login=bool(login))
            return await ask(settings, *login, log=log), proxy, server

    status, proxy, server = asyncio.run(scenario())
    assert status == 200
    assert proxy.asked == ["service.example:443"]
    assert b"sk-canary" not in proxy.seen
    assert server.requests[0].headers["authorization"] == "Bearer sk-canary"
    assert "proxy-authorization" not in server.requests[0].headers
    assert "service.example" not in looked_up  # the proxy resolves it
    (listed,) = log.requests
    assert (listed.host, listed.status, listed.problem) == ("service.example", 200, "")
    assert listed.proxy.startswith("127.0.0.1:")
    assert listed.sent > len("GET / HTTP/1.1\r\n")


@pytest.mark.parametrize("scheme", ["http", "socks5"])
@pytest.mark.parametrize("login", [(), ("me", "wrong")])
def test_that_R26_a_proxy_that_does_not_take_the_login_is_named(
    scheme: str, login: tuple[str, ...]
) -> None:
    async def scenario() -> tuple[int | Failure, int, int]:
        async with (
            FaultServer(answer(), tls=tls()) as server,
            ProxyServer(server.port, login=LOGIN) as proxy,
        ):
            settings = own(proxy.address(scheme), has_login=bool(login))
            return await ask(settings, *login), proxy.port, server.connections

    failure, port, connections = asyncio.run(scenario())
    assert isinstance(failure, Failure)
    assert failure.title == f"The proxy 127.0.0.1:{port} did not let the request through."
    assert failure.remedy is Remedy.CHECK_PROXY
    assert "user name and password" in failure.detail
    assert "wrong" not in repr(failure)
    assert connections == 0


@pytest.mark.parametrize("scheme", ["http", "https", "socks5"])
def test_that_R26_a_dead_proxy_is_named_and_nothing_goes_around_it(
    looked_up: list[str], scheme: str
) -> None:
    with dead_port() as port:
        failure = asyncio.run(ask(own(f"{scheme}://127.0.0.1:{port}")))
    assert isinstance(failure, Failure)
    assert failure.title == f"The proxy 127.0.0.1:{port} does not answer."
    assert failure.remedy is Remedy.CHECK_PROXY
    assert "service.example" not in looked_up


@pytest.mark.parametrize("scheme", ["http", "socks5"])
def test_that_R26_a_proxy_that_never_answers_is_given_up(scheme: str) -> None:
    async def scenario() -> tuple[int | Failure, int]:
        async with ProxyServer(0, silent=True) as proxy:
            return await ask(own(proxy.address(scheme)), limit=0.2), proxy.port

    since = time.monotonic()
    failure, port = asyncio.run(scenario())
    assert isinstance(failure, Failure)
    assert failure.title == f"The proxy 127.0.0.1:{port} does not answer."
    assert 0.5 < time.monotonic() - since < 3


def test_that_R26_what_is_no_proxy_is_named() -> None:
    async def scenario(scheme: str) -> tuple[int | Failure, int]:
        async def greet(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(b"220 mail.example ESMTP ready\r\n")
            await writer.drain()
            writer.close()

        server = await asyncio.start_server(greet, "127.0.0.1", 0)
        async with server:
            port = server.sockets[0].getsockname()[1]
            return await ask(own(f"{scheme}://127.0.0.1:{port}")), port

    for scheme in ("http", "socks5"):
        failure, port = asyncio.run(scenario(scheme))
        assert isinstance(failure, Failure)
        assert f"127.0.0.1:{port}" in failure.title
        assert "proxy" in failure.title


@pytest.mark.parametrize("scheme", ["http", "socks5"])
def test_that_R26_nonsense_is_laid_to_whoever_speaks_it(scheme: str) -> None:
    """An HTTP proxy answers a plain request itself; through SOCKS the server does."""

    async def scenario() -> tuple[int | Failure, str]:
        url = "http://plain.example/v1/models"
        async with FaultServer(nonsense(b"220 mail.example ready\r\n\r\n")) as server:
            if scheme == "http":
                return await ask(own(f"http://127.0.0.1:{server.port}"), url=url), (
                    f"What answers at 127.0.0.1:{server.port} is not the kind of proxy"
                )
            async with ProxyServer(server.port) as proxy:
                return await ask(own(proxy.address("socks5")), url=url), (
                    "What answers at plain.example does not speak HTTP."
                )

    failure, title = asyncio.run(scenario())
    assert isinstance(failure, Failure)
    assert failure.title.startswith(title)
    assert (failure.remedy is Remedy.CHECK_PROXY) is (scheme == "http")


@pytest.mark.parametrize("with_reset", [False, True])
def test_that_R26_a_proxy_that_hangs_up_on_a_plain_request_is_named(with_reset: bool) -> None:
    async def scenario() -> tuple[int | Failure, int]:
        async with FaultServer(hang_up(with_reset=with_reset)) as proxy:
            address = f"http://127.0.0.1:{proxy.port}"
            return await ask(own(address), url="http://plain.example/v1"), proxy.port

    failure, port = asyncio.run(scenario())
    assert isinstance(failure, Failure)
    assert failure.title == f"The proxy 127.0.0.1:{port} hung up without an answer."
    assert (failure.remedy, failure.retryable) == (Remedy.CHECK_PROXY, True)


def test_that_a_certificate_that_a_proxy_put_in_between_is_not_trusted() -> None:
    async def scenario() -> tuple[int | Failure, FaultServer]:
        async with (
            FaultServer(answer(), tls=tls("good")) as server,
            ProxyServer(server.port) as proxy,
        ):
            return await ask(own(proxy.address("http"))), server

    failure, server = asyncio.run(scenario())
    assert isinstance(failure, Failure)
    assert failure.title.startswith("The certificate of service.example is not trusted by way of")
    assert "certificate file in the preferences" in failure.detail
    assert failure.remedy is Remedy.CHECK_PROXY
    assert server.requests == []


def test_that_the_certificate_of_a_proxy_itself_is_checked() -> None:
    async def scenario() -> tuple[int | Failure, int]:
        async with FaultServer(answer(), tls=tls("expired")) as proxy:
            return await ask(own(f"https://127.0.0.1:{proxy.port}")), proxy.port

    failure, port = asyncio.run(scenario())
    assert isinstance(failure, Failure)
    assert failure.title == f"The certificate of the proxy 127.0.0.1:{port} is not trusted."


def test_that_this_machine_is_reached_past_every_proxy() -> None:
    async def scenario() -> int | Failure:
        async with FaultServer(answer()) as server:
            return await ask(own("socks5://127.0.0.1:1"), url=server.base_url)

    assert asyncio.run(scenario()) == 200


def test_that_no_proxy_means_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:1")
    none = HttpClients(settings=lambda: NetworkSettings(ProxyKind.NONE))
    system = HttpClients()
    assert asyncio.run(none.proxy_to(URL)) == ""
    assert asyncio.run(system.proxy_to(URL)) == "127.0.0.1:1"


def test_that_nothing_is_sent_where_a_proxy_is_wanted_and_none_is_named(
    looked_up: list[str],
) -> None:
    failure = asyncio.run(ask(NetworkSettings(ProxyKind.OWN)))
    assert isinstance(failure, Failure)
    assert "name none" in failure.title
    assert failure.remedy is Remedy.CHECK_PROXY
    assert looked_up == []


def test_that_R26_socks_without_its_library_is_a_message(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "socksio", None)
    failure = asyncio.run(ask(own("socks5://127.0.0.1:1080")))
    assert isinstance(failure, Failure)
    assert failure.title == "The proxy 127.0.0.1:1080 cannot be used."
    assert "socksio" in failure.detail
