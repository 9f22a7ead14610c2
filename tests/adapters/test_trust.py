from __future__ import annotations

import asyncio
import shutil
import ssl
from pathlib import Path

import pytest

from headwater.adapters.http import HttpClients
from headwater.adapters.http_failure import network_errors, request_failure
from headwater.adapters.not_sent import NotSentError
from headwater.adapters.trust import Trust
from headwater.domain.network_settings import NetworkSettings
from tests.fault_server import FaultServer, answer

CERTIFICATES = Path(__file__).parent / "certificates"
AUTHORITY = str(CERTIFICATES / "authority.pem")
PLATFORMS = ["linux", "darwin", "win32"]


@pytest.fixture(autouse=True)
def no_settings_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SSL_CERT_FILE", "SSL_CERT_DIR"):
        monkeypatch.delenv(name, raising=False)


async def ask(platform: str, ca_file: str, certificate: str = "service") -> str:
    """Return "200", or the title of what went wrong."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATES / f"{certificate}.pem")
    async with FaultServer(answer(), tls=context) as server:
        clients = HttpClients(settings=lambda: NetworkSettings(ca_file=ca_file))
        clients._trust = Trust(platform)
        try:
            async with clients.exchange("GET", server.base_url, {}) as response:
                return str(response.status_code)
        except network_errors() as error:
            assert server.requests == []
            return request_failure(error, None, server.base_url).title


@pytest.mark.parametrize("platform", PLATFORMS)
def test_that_a_certificate_of_the_own_authority_is_accepted_beside_the_systems(
    platform: str,
) -> None:
    assert asyncio.run(ask(platform, AUTHORITY)) == "200"
    assert "not trusted" in asyncio.run(ask(platform, ""))


@pytest.mark.parametrize("platform", PLATFORMS)
@pytest.mark.parametrize("certificate", ["good", "expired", "other_host"])
def test_that_R27_an_own_authority_makes_no_other_certificate_good(
    platform: str, certificate: str
) -> None:
    assert "not trusted" in asyncio.run(ask(platform, AUTHORITY, certificate))


def test_that_an_own_file_is_trusted_besides_the_system_and_not_in_its_place() -> None:
    alone = Trust().context().cert_store_stats()["x509_ca"]
    assert alone > 50
    assert Trust().context(AUTHORITY).cert_store_stats()["x509_ca"] == alone + 1


def test_that_SSL_CERT_FILE_replaces_the_system_and_an_own_file_still_counts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATES / "good.pem"))
    assert Trust().context(AUTHORITY).cert_store_stats()["x509"] == 2


@pytest.mark.parametrize("platform", PLATFORMS)
def test_that_R26_a_missing_own_file_is_a_message(platform: str, tmp_path: Path) -> None:
    path = str(tmp_path / "gone.pem")
    with pytest.raises(NotSentError) as caught:
        Trust(platform).context(path)
    assert caught.value.failure.title == "The certificate file cannot be read."
    assert f"preferences name {path}" in caught.value.failure.detail


def test_that_a_file_that_comes_back_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "authority.pem"
    path.write_text("nothing of the kind")
    trust = Trust()
    with pytest.raises(NotSentError):
        trust.context(str(path))
    shutil.copy(AUTHORITY, path)
    assert trust.context(str(path)) is trust.context(str(path))


@pytest.mark.parametrize("platform", PLATFORMS)
def test_that_S32_nothing_in_the_environment_turns_the_check_off(
    platform: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    keys = tmp_path / "keys.log"
    for name in ("PYTHONHTTPSVERIFY", "CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "NODE_TLS_REJECT"):
        monkeypatch.setenv(name, "0")
    monkeypatch.setenv("SSLKEYLOGFILE", str(keys))
    assert "not trusted" in asyncio.run(ask(platform, ""))
    assert asyncio.run(ask(platform, AUTHORITY)) == "200"
    assert not keys.exists()
    context = Trust(platform).context()
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname
