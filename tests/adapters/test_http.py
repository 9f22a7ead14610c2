from __future__ import annotations

import asyncio
import logging
import socket
import ssl
from pathlib import Path

import httpx
import pytest

from headwater.adapters.http import HttpClients, headers_for
from headwater.adapters.not_sent import NotSentError, place_of
from headwater.adapters.system_proxy import SystemProxies
from headwater.domain.address import origin_of
from headwater.domain.api_key import ApiKey
from headwater.domain.failure import FailureKind, Remedy
from headwater.domain.provider import CUSTOM, OPENAI, PERPLEXITY
from headwater.session.request_log import RequestLog
from tests.fault_server import FaultServer, answer, dead_port, redirect, running

KEY = ApiKey("sk-canary-7f3a91c2d4")
CERTIFICATES = Path(__file__).parent / "certificates"


@pytest.fixture(autouse=True)
def no_settings_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    monkeypatch.delenv("SSL_CERT_DIR", raising=False)


async def get(url: str, clients: HttpClients | None = None) -> httpx.Response:
    async with (clients or HttpClients()).open(url) as client:
        return await client.get(url)


def test_that_R29_redirects_are_not_followed() -> None:
    async def scenario() -> tuple[int, int]:
        async with FaultServer(answer()) as other, FaultServer(redirect(other.base_url)) as server:
            response = await get(server.base_url)
            return response.status_code, other.connections

    assert asyncio.run(scenario()) == (307, 0)


def test_that_R41_the_system_looks_whether_a_silent_server_is_still_there() -> None:
    async def scenario() -> tuple[int, int]:
        async with FaultServer(answer()) as server:
            url = server.base_url
            async with HttpClients().exchange("GET", url, {}) as response:
                connected = response.extensions["network_stream"].get_extra_info("socket")
                alive = connected.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
                return alive, connected.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE)

    alive, idle = asyncio.run(scenario())
    assert alive
    assert 0 < idle <= 60


def test_that_nothing_is_listed_as_sent_where_nothing_answers() -> None:
    log = RequestLog()

    async def ask(url: str) -> None:
        clients = HttpClients(recorder=log)
        async with clients.exchange("POST", url, {}, b"words"):
            pass

    with dead_port() as port, pytest.raises(httpx.ConnectError):
        asyncio.run(ask(f"http://127.0.0.1:{port}/v1"))
    with running(answer(b"")) as server:
        asyncio.run(ask(server.base_url))
    assert [request.sent > len(b"words") for request in log.requests] == [False, True]
    assert log.requests[0].sent == 0


def test_that_R25_a_server_that_speaks_HTTP_2_is_asked_by_HTTP_1() -> None:
    """GOAWAY and its like cannot come: TLS is not asked for the newer protocol."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATES / "good.pem")
    context.set_alpn_protocols(["h2", "http/1.1"])

    async def scenario() -> tuple[str, str | None]:
        async with FaultServer(answer(), tls=context) as server:
            clients = HttpClients()
            async with clients.exchange("GET", server.base_url, {}) as response:
                connected = response.extensions["network_stream"].get_extra_info("ssl_object")
                return response.http_version, connected.selected_alpn_protocol()

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SSL_CERT_FILE", str(CERTIFICATES / "good.pem"))
        assert asyncio.run(scenario()) == ("HTTP/1.1", "http/1.1")


def test_that_S33_nothing_from_a_netrc_is_sent(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login me password secret\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))

    async def scenario() -> FaultServer:
        async with FaultServer(answer()) as server:
            await get(server.base_url)
        return server

    assert "authorization" not in asyncio.run(scenario()).requests[0].headers


def test_that_S32_certificates_are_checked_whatever_the_environment_says(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PYTHONHTTPSVERIFY", "0")
    monkeypatch.setenv("SSLKEYLOGFILE", "/nowhere/keys.log")
    context = HttpClients()._trusting()
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname
    assert not context.keylog_filename


def test_that_the_certificates_are_loaded_once() -> None:
    clients = HttpClients()
    assert clients._trusting() is clients._trusting()


def test_that_the_certificates_of_the_system_are_trusted() -> None:
    assert HttpClients()._trusting().cert_store_stats()["x509_ca"] > 50


def test_that_a_file_in_SSL_CERT_FILE_replaces_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATES / "good.pem"))
    assert HttpClients()._trusting().cert_store_stats()["x509"] == 1


@pytest.mark.parametrize("content", [None, "no certificate"])
def test_that_R26_a_missing_or_damaged_SSL_CERT_FILE_is_explained(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, content: str | None
) -> None:
    path = tmp_path / "ca.pem"
    if content is not None:
        path.write_text(content)
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    with pytest.raises(NotSentError) as caught:
        HttpClients().open("https://api.example.org/v1")
    assert caught.value.failure.kind is FailureKind.NOT_CONNECTED
    assert str(path) in caught.value.failure.detail


def test_that_no_certificates_are_loaded_for_a_local_server(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", "/nowhere")

    async def scenario() -> int:
        async with FaultServer(answer()) as server:
            return (await get(server.base_url)).status_code

    assert asyncio.run(scenario()) == 200


def test_that_S15_addresses_and_headers_are_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    async def scenario() -> None:
        async with FaultServer(answer(headers={"X-Echo": "canary"})) as server:
            await get(f"{server.base_url}/canary")

    with caplog.at_level(logging.DEBUG):
        asyncio.run(scenario())
    assert "canary" not in caplog.text


# Proxies


@pytest.mark.parametrize(
    ("settings", "url", "expected"),
    [
        ({}, "https://a.example/v1", None),
        ({"https_proxy": "http://p:1"}, "https://a.example/v1", "http://p:1"),
        ({"https_proxy": "p:1"}, "https://a.example/v1", "http://p:1"),
        ({"http_proxy": "http://p:1"}, "https://a.example/v1", None),
        ({"all_proxy": "http://p:1"}, "https://a.example/v1", "http://p:1"),
        ({"all_proxy": "socks://p:1"}, "https://a.example/v1", "socks5://p:1"),
        ({"http_proxy": "http://p:1"}, "http://localhost:11434/v1", None),
        ({"http_proxy": "http://p:1"}, "http://127.0.0.1:11434/v1", None),
        ({"http_proxy": "http://p:1"}, "http://[::1]:11434/v1", None),
        ({"https_proxy": "http://p:1", "no_proxy": "a.example"}, "https://a.example/v1", None),
        ({"https_proxy": "http://p:1", "no_proxy": "example"}, "https://a.example/v1", None),
        ({"https_proxy": "http://p:1", "no_proxy": "b.example"}, "https://a.example", "http://p:1"),
        ({"https_proxy": "http://p:1", "no_proxy": "*"}, "https://a.example/v1", None),
        ({"http_proxy": "http://p:1", "no_proxy": "192.168.0.0/16"}, "http://192.168.3.4", None),
        (
            {"http_proxy": "http://p:1", "no_proxy": "10.0.0.0/8,x/"},
            "http://11.1.1.1",
            "http://p:1",
        ),
    ],
)
def test_that_S33_the_proxy_of_the_system_is_used_except_for_this_machine(
    monkeypatch: pytest.MonkeyPatch, settings: dict[str, str], url: str, expected: str | None
) -> None:
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    assert SystemProxies().find(origin_of(url)) == expected


@pytest.mark.parametrize("proxy", ["ftp://p:1", "http://p:port"])
def test_that_R26_a_proxy_that_is_none_is_explained(
    monkeypatch: pytest.MonkeyPatch, proxy: str
) -> None:
    monkeypatch.setenv("https_proxy", proxy)
    with pytest.raises(NotSentError) as caught:
        HttpClients().open("https://a.example/v1")
    assert "cannot be used" in caught.value.failure.title


def test_that_a_server_on_this_machine_is_reached_without_the_proxy(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")

    async def scenario() -> int:
        async with FaultServer(answer()) as server:
            return (await get(server.base_url)).status_code

    assert asyncio.run(scenario()) == 200


def test_that_a_question_to_another_machine_goes_through_the_proxy(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def scenario() -> FaultServer:
        async with FaultServer(answer()) as proxy:
            monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{proxy.port}")
            await get("http://192.0.2.7/v1/models")
        return proxy

    assert asyncio.run(scenario()).requests[0].path == "http://192.0.2.7/v1/models"


# Where the key may go


def test_that_S19_the_key_goes_to_the_origin_of_the_provider() -> None:
    headers = headers_for(PERPLEXITY, "https://api.perplexity.ai/v1/responses", KEY)
    assert headers == {"Authorization": f"Bearer {KEY.reveal()}"}


@pytest.mark.parametrize(
    "url",
    [
        "https://api.perplexity.ai.evil.example/v1",
        "https://api.perplexity.ai:8443/v1",
        "https://evil.example/api.perplexity.ai",
        "https://xapi.perplexity.ai/v1",
    ],
)
def test_that_S19_the_key_goes_to_no_other_origin(url: str) -> None:
    with pytest.raises(NotSentError) as caught:
        headers_for(PERPLEXITY, url, KEY)
    assert "another server" in caught.value.failure.title
    assert KEY.reveal() not in repr(caught.value.failure)


@pytest.mark.parametrize(
    "url", ["https://api.perplexity.ai@evil.example/v1", "file:///etc/passwd", "", "https://"]
)
def test_that_S19_what_is_no_address_gets_nothing(url: str) -> None:
    with pytest.raises(NotSentError) as caught:
        headers_for(PERPLEXITY, url, KEY)
    assert caught.value.failure.remedy is Remedy.CHECK_ADDRESS


def test_that_S19_a_key_goes_by_http_to_this_machine_only() -> None:
    here = CUSTOM.at("http://127.0.0.1:4000/v1")
    assert headers_for(here, here.base_url, KEY)
    there = CUSTOM.at("http://10.0.0.7:4000/v1")
    with pytest.raises(NotSentError) as caught:
        headers_for(there, there.base_url, KEY)
    assert "10.0.0.7:4000" in caught.value.failure.detail


def test_that_a_missing_key_is_a_failure_only_where_one_is_needed() -> None:
    assert headers_for(CUSTOM, "http://localhost:1/v1", None) == {}
    with pytest.raises(NotSentError) as caught:
        headers_for(OPENAI, OPENAI.base_url, None)
    assert caught.value.failure.kind is FailureKind.NO_KEY
    assert OPENAI.account_url in caught.value.failure.detail


def test_that_a_place_is_named_as_one_would_type_it() -> None:
    assert place_of("https://api.perplexity.ai/v1") == "api.perplexity.ai"
    assert place_of("http://localhost:11434/v1") == "localhost:11434"
    assert place_of("http://[::1]:8080/v1") == "[::1]:8080"
