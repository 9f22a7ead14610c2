from __future__ import annotations

import asyncio
import socket
import ssl
import time
from pathlib import Path

import pytest

from headwater.adapters.http import HttpClients
from headwater.adapters.http_failure import masked, network_errors, refusal_of, request_failure
from headwater.domain.api_key import ApiKey
from headwater.domain.failure import Failure, FailureKind, Remedy
from headwater.domain.provider import CUSTOM, Provider
from tests.fault_server import FaultServer, answer, silent_port

CERTIFICATES = Path(__file__).parent / "certificates"
KEY = ApiKey("sk-canary-7f3a91c2d4")


@pytest.fixture(autouse=True)
def no_settings_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.delenv("SSL_CERT_DIR", raising=False)


async def failure_at(url: str, provider: Provider | None = None, limit: float = 2.0) -> Failure:
    """Ask there with a key and return what went wrong."""
    provider = provider or CUSTOM.at(url)
    try:
        headers = {"Authorization": f"Bearer {KEY.reveal()}"}
        clients = HttpClients(connect_limit=limit)
        async with clients.exchange("GET", url, headers) as response:
            failure = await refusal_of(response, url, provider)
    except network_errors() as error:
        failure = request_failure(error, provider, url)
    assert failure is not None
    return failure


def tls(name: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATES / f"{name}.pem")
    return context


@pytest.mark.parametrize(
    ("certificate", "trusted", "reason"),
    [
        ("good", "expired", "self-signed"),
        ("expired", "expired", "expired"),
        ("other_host", "other_host", "not valid for '127.0.0.1'"),
    ],
)
def test_that_R27_a_bad_certificate_is_named_and_gets_no_key(
    monkeypatch: pytest.MonkeyPatch, certificate: str, trusted: str, reason: str
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATES / f"{trusted}.pem"))

    async def scenario() -> tuple[Failure, FaultServer]:
        async with FaultServer(answer(), tls=tls(certificate)) as server:
            failure = await failure_at(server.base_url)
        return failure, server

    failure, server = asyncio.run(scenario())
    assert failure.kind is FailureKind.NOT_CONNECTED
    assert failure.title == "The certificate of 127.0.0.1 is not trusted."
    assert reason in failure.detail
    assert not failure.retryable
    assert server.requests == []


def test_that_R27_a_certificate_that_the_user_trusts_is_accepted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATES / "good.pem"))

    async def scenario() -> FaultServer:
        async with FaultServer(answer(status=401), tls=tls("good")) as server:
            failure = await failure_at(server.base_url)
            assert failure.kind is FailureKind.UNAUTHORIZED
        return server

    assert len(asyncio.run(scenario()).requests) == 1


def test_that_R27_plain_text_where_TLS_should_be_is_explained() -> None:
    async def greet(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 mail.example ESMTP ready, what can I do for you\r\n")
        await writer.drain()
        writer.close()

    async def scenario() -> Failure:
        server = await asyncio.start_server(greet, "127.0.0.1", 0)
        async with server:
            return await failure_at(f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1")

    failure = asyncio.run(scenario())
    assert failure.kind is FailureKind.NOT_CONNECTED
    assert failure.title == "No secure connection to 127.0.0.1 was possible."


def test_that_R26_a_proxy_that_wants_a_login_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario(url: str) -> tuple[Failure, FaultServer]:
        async with FaultServer(answer(status=407)) as proxy:
            address = f"http://me:secret@127.0.0.1:{proxy.port}"
            monkeypatch.setenv("http_proxy", address)
            monkeypatch.setenv("https_proxy", address)
            return await failure_at(url), proxy

    for url, method in (("http://192.0.2.7/v1", "GET"), ("https://192.0.2.7/v1", "CONNECT")):
        failure, proxy = asyncio.run(scenario(url))
        assert proxy.requests[0].method == method
        assert failure.kind is FailureKind.NOT_CONNECTED
        assert "The proxy 127.0.0.1:" in failure.title
        assert "user name and password" in failure.detail
        assert "secret" not in repr(failure)


def test_that_R26_a_dead_proxy_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:1")
    failure = asyncio.run(failure_at("https://a.example/v1"))
    assert failure.title == "The proxy 127.0.0.1:1 does not answer."
    assert "a.example" in failure.detail


def test_that_R42_a_name_that_does_not_exist_is_said_to_be_unknown(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def nowhere(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", nowhere)
    failure = asyncio.run(failure_at("https://no.such.example/v1"))
    assert failure.kind is FailureKind.NOT_CONNECTED
    assert failure.title == "The host no.such.example was not found."
    assert failure.retryable


def test_that_R42_connecting_has_a_limit() -> None:
    since = time.monotonic()
    with silent_port() as port:
        failure = asyncio.run(failure_at(f"http://127.0.0.1:{port}/v1", limit=0.3))
    assert time.monotonic() - since < 1.5
    assert failure.kind is FailureKind.NOT_CONNECTED
    assert "took too long" in failure.detail
    assert failure.retryable


def test_that_R42_a_dead_first_address_does_not_stop_the_second(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def two(_host: object, port: int, *_: object, **__: object) -> list[tuple[object, ...]]:
        kind = (socket.AF_INET, socket.SOCK_STREAM, 6, "")
        return [(*kind, ("192.0.2.1", port)), (*kind, ("127.0.0.1", port))]

    async def scenario() -> Failure:
        async with FaultServer(answer(status=401)) as server:
            monkeypatch.setattr(socket, "getaddrinfo", two)
            return await failure_at(f"http://two.localhost:{server.port}/v1", limit=3.0)

    since = time.monotonic()
    assert asyncio.run(scenario()).kind is FailureKind.UNAUTHORIZED
    assert time.monotonic() - since < 2.0


def test_that_an_address_without_a_host_is_explained() -> None:
    for url in ("", "nonsense", "ftp://a.example"):
        failure = asyncio.run(failure_at(url, CUSTOM))
        assert failure.remedy is Remedy.CHECK_ADDRESS
        assert not failure.retryable


def test_that_no_word_of_an_exception_is_repeated() -> None:
    error = ValueError(f"Illegal header value b'Bearer {KEY.reveal()}'")
    wrapped = OSError(f"Bearer {KEY.reveal()}")
    wrapped.__cause__ = error
    for has_begun in (False, True):
        failure = request_failure(wrapped, CUSTOM, "https://a.example/v1", has_begun=has_begun)
        assert KEY.reveal() not in repr(failure)


def test_that_S18_the_key_is_masked_in_every_text_of_a_failure() -> None:
    text = f"the key {KEY.reveal()} is wrong"
    failure = masked(Failure(FailureKind.UNAUTHORIZED, text, text, raw=text), KEY)
    assert KEY.reveal() not in repr(failure)
    assert failure.raw == "the key ••• is wrong"
