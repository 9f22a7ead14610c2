"""The newest release: one number is believed, nothing else that a server may say."""

from __future__ import annotations

import asyncio
import json
import socket
import ssl
import time
from pathlib import Path

import pytest

from headwater.adapters.http import HttpClients
from headwater.adapters.release_check import newest_release
from headwater.domain import release
from headwater.domain.failure import Failure, FailureKind
from headwater.domain.release import ReleasePlace, Version
from tests.fault_server import (
    Behaviour,
    Exchange,
    FaultServer,
    answer,
    bad_chunk,
    big_head,
    cut,
    dead_port,
    gzipped,
    hang_up,
    in_chunks,
    json_answer,
    no_content,
    no_head,
    nonsense,
    redirect,
    reset,
    slow_head,
    stall,
)

PLACE = ReleasePlace("owner/name")
GOOD = {"tag_name": "v1.2.3", "draft": False, "prerelease": False}
LURE = "evil.example \u202e<b>click</b>"


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Asked:
    return Asked(monkeypatch)


class Asked:
    """Asks a server that stands where GitHub's would."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._monkeypatch = monkeypatch
        self.seconds = 0.0

    def __call__(
        self, *behaviours: Behaviour, limit: float = 5.0
    ) -> tuple[Version | Failure, FaultServer]:
        async def scenario() -> tuple[Version | Failure, FaultServer]:
            async with FaultServer(*behaviours, path="") as server:
                self._monkeypatch.setattr(release, "ASKED", server.base_url)
                began = time.monotonic()
                clients = HttpClients("Headwater/0.1.0")
                found = await newest_release(clients, PLACE, limit=limit)
                self.seconds = time.monotonic() - began
                return found, server

        return asyncio.run(scenario())


def test_that_the_number_of_the_newest_release_is_returned(asked: Asked) -> None:
    assert asked(json_answer(GOOD))[0] == Version(1, 2, 3)
    assert asked(json_answer({"tag_name": "10.0.20"}))[0] == Version(10, 0, 20)


def test_that_one_request_is_sent_and_it_says_nothing_of_the_person(asked: Asked) -> None:
    _, server = asked(json_answer(GOOD, headers={"Set-Cookie": "id=1"}))
    (request,) = server.requests
    assert (request.method, request.path) == ("GET", "/repos/owner/name/releases/latest")
    assert request.body == b""
    host = request.headers["host"]
    assert host.startswith("127.0.0.1:")
    assert request.headers == {
        "host": host,
        "user-agent": "Headwater/0.1.0",
        "accept": "application/vnd.github+json",
        "x-github-api-version": "2022-11-28",
        "accept-encoding": "identity",
        "connection": "keep-alive",
    }


def drip(every: float = 0.02) -> Behaviour:
    async def behave(exchange: Exchange) -> None:
        await exchange.head(content_type="application/json")
        while not exchange.request.has_left.is_set():
            await exchange.chunk(b" ")
            await asyncio.sleep(every)

    return behave


def _body(value: object) -> bytes:
    return json.dumps(value).encode()


@pytest.mark.parametrize(
    "behaviour",
    [
        json_answer({}),
        json_answer([GOOD]),
        json_answer("v1.2.3"),
        json_answer({**GOOD, "tag_name": None}),
        json_answer({**GOOD, "tag_name": 1.2}),
        json_answer({**GOOD, "tag_name": ["v1.2.3"]}),
        json_answer({**GOOD, "tag_name": "v99999999999"}),
        json_answer({**GOOD, "tag_name": "1.2.3\u202e"}),
        json_answer({**GOOD, "tag_name": "<a href=x>1.2.3</a>"}),
        json_answer({**GOOD, "tag_name": "latest", "name": LURE}),
        json_answer({**GOOD, "draft": True}),
        json_answer({**GOOD, "prerelease": True}),
        json_answer({**GOOD, "prerelease": "true"}),
        answer("<html>" + LURE, content_type="text/html"),
        answer(b""),
        answer(_body(GOOD)[:-1]),
        answer(b"[" * 500_000),
        answer(b'{"tag_name": ' + b"9" * 500_000 + b"}"),
        answer(b"\xff\xfe\x00v1.2.3"),
        gzipped(_body(GOOD)),
    ],
)
def test_that_what_is_no_release_is_not_believed(asked: Asked, behaviour: Behaviour) -> None:
    found, _ = asked(behaviour)
    assert isinstance(found, Failure)
    assert found.kind is FailureKind.ANSWER_FAILED
    assert found.title.endswith("answered is not the number of a release.")


@pytest.mark.parametrize(
    ("behaviour", "kind"),
    [
        (json_answer({"message": LURE}, status=404), FailureKind.NOT_FOUND),
        (json_answer({"message": LURE}, status=403), FailureKind.RATE_LIMIT),
        (json_answer({"message": LURE}, status=429), FailureKind.RATE_LIMIT),
        (json_answer({"message": LURE}, status=401), FailureKind.REFUSED),
        (json_answer(GOOD, status=451), FailureKind.REFUSED),
        (json_answer(GOOD, status=500), FailureKind.SERVICE_DOWN),
        (json_answer(GOOD, status=503), FailureKind.SERVICE_DOWN),
        (json_answer(GOOD, status=203), FailureKind.REFUSED),
        (no_content(), FailureKind.REFUSED),
        (redirect("https://evil.example/", 301), FailureKind.NOT_CONNECTED),
        (redirect("/repositories/1/releases/latest", 302), FailureKind.NOT_CONNECTED),
        (hang_up(), FailureKind.NOT_CONNECTED),
        (hang_up(with_reset=True), FailureKind.NOT_CONNECTED),
        (big_head(), FailureKind.NOT_CONNECTED),
        (nonsense(b"SSH-2.0-evil.example\r\n"), FailureKind.NOT_CONNECTED),
        (cut(_body(GOOD), 10), FailureKind.STREAM_BROKEN),
        (reset(_body(GOOD), 10), FailureKind.STREAM_BROKEN),
        (bad_chunk(_body(GOOD), 10), FailureKind.STREAM_BROKEN),
    ],
)
def test_that_every_failure_has_words_and_none_of_them_are_the_servers(
    asked: Asked, behaviour: Behaviour, kind: FailureKind
) -> None:
    found, server = asked(behaviour)
    assert isinstance(found, Failure)
    assert found.kind is kind
    assert found.title
    assert "evil" not in repr(found)
    assert "question" not in repr(found)
    assert len(server.requests) == 1


@pytest.mark.parametrize("behaviour", [no_head(), slow_head(), drip(), stall(_body(GOOD), 5)])
def test_that_a_server_that_takes_its_time_is_left(asked: Asked, behaviour: Behaviour) -> None:
    found, _ = asked(behaviour, limit=0.4)
    assert isinstance(found, Failure)
    assert found.kind is FailureKind.TIMED_OUT
    assert found.title.endswith(" did not answer in time.")
    assert 0.3 < asked.seconds < 2


def test_that_no_more_than_a_megabyte_is_read(asked: Asked) -> None:
    sent = 0

    async def flood(exchange: Exchange) -> None:
        nonlocal sent
        await exchange.head(content_type="application/json", framing=str(10 << 20))
        for _ in range(160):
            await exchange.send(b" " * 65536)
            sent += 65536
            await asyncio.sleep(0)

    found, _ = asked(flood)
    assert isinstance(found, Failure)
    assert found.kind is FailureKind.ANSWER_FAILED
    assert sent < 9 << 20


def test_that_a_long_answer_within_the_limit_is_read(asked: Asked) -> None:
    body = _body({**GOOD, "body": "x" * 900_000})
    pieces = [body[at : at + 10_000] for at in range(0, len(body), 10_000)]
    assert asked(in_chunks(pieces))[0] == Version(1, 2, 3)


def test_that_a_bad_certificate_is_named_without_a_word_of_keys(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    certificates = Path(__file__).parent / "certificates"
    monkeypatch.setenv("SSL_CERT_FILE", str(certificates / "expired.pem"))
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificates / "expired.pem")

    async def scenario() -> tuple[Version | Failure, FaultServer]:
        async with FaultServer(json_answer(GOOD), path="", tls=tls) as server:
            monkeypatch.setattr(release, "ASKED", server.base_url)
            return await newest_release(HttpClients(), PLACE), server

    found, server = asyncio.run(scenario())
    assert isinstance(found, Failure)
    assert found.title == "The certificate of 127.0.0.1 is not trusted."
    assert found.detail.startswith("Nothing was sent. The reason: ")
    assert server.requests == []


def test_that_nobody_there_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    with dead_port() as port:
        monkeypatch.setattr(release, "ASKED", f"http://127.0.0.1:{port}")
        found = asyncio.run(newest_release(HttpClients(), PLACE))
    assert isinstance(found, Failure)
    assert found.title == f"Nothing answers at 127.0.0.1:{port}."
    assert found.detail == "The connection was refused. Try again later."


def test_that_a_machine_without_a_network_is_not_told_to_check_an_address(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def nowhere(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", nowhere)
    found = asyncio.run(newest_release(HttpClients(), PLACE))
    assert isinstance(found, Failure)
    assert found.title == "The host api.github.com was not found."
    assert found.detail == "Check the network connection."
