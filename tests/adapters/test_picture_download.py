"""A picture is fetched over https from public servers, small, and only if it is one."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

import pytest

from headwater.adapters import picture_download
from headwater.adapters.http import HttpClients
from headwater.adapters.picture_download import download_picture, is_public
from tests.fault_server import (
    Behaviour,
    FaultServer,
    answer,
    cut,
    endless_line,
    hang_up,
    in_chunks,
    no_head,
    redirect,
)

PNG = b"\x89PNG\r\n\x1a\n" + bytes(2000)


def picture(data: bytes = PNG, status: int = 200) -> Behaviour:
    return answer(data, status=status, content_type="image/png")


def fetched(
    *behaviours: Behaviour,
    may_ask: Callable[[str], bool] = lambda _: True,
    path: str = "/p.png",
) -> tuple[bytes | None, FaultServer]:
    async def scenario() -> tuple[bytes | None, FaultServer]:
        async with FaultServer(*behaviours) as server:
            url = server.base_url + path
            return (
                await download_picture(HttpClients(), url, may_ask=may_ask, limit=0.6),
                server,
            )

    return asyncio.run(scenario())


def test_that_a_picture_is_fetched_without_a_word_about_the_person() -> None:
    data, server = fetched(picture())
    assert data == PNG
    (request,) = server.requests
    assert (request.method, request.path) == ("GET", "/v1/p.png")
    assert not {"cookie", "referer", "authorization"} & set(request.headers)


@pytest.mark.parametrize(
    "behaviour",
    [
        picture(status=404),
        picture(b"<svg xmlns='http://www.w3.org/2000/svg'><image href='https://x/'/></svg>"),
        picture(b"<html>" + bytes(3000)),
        picture(b""),
        picture(b"%PDF-1.7" + bytes(100)),
        hang_up(),
        no_head(),
        cut(PNG, 300),
    ],
    ids=["404", "svg", "page", "nothing", "pdf", "hung up", "silent", "cut"],
)
def test_that_whatever_else_comes_is_no_picture(behaviour: Behaviour) -> None:
    data, server = fetched(behaviour)
    assert data is None
    assert len(server.requests) == 1


def test_that_S28_nothing_is_read_past_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(picture_download, "LARGEST", 1000)
    assert fetched(picture())[0] is None
    assert fetched(in_chunks([PNG[:900], PNG[900:]]))[0] is None
    assert fetched(picture(PNG[:900]))[0] == PNG[:900]


def test_that_S28_an_endless_answer_is_left_as_soon_as_it_is_no_picture() -> None:
    began = time.monotonic()
    assert fetched(endless_line(64 << 20))[0] is None
    assert time.monotonic() - began < 2


def test_that_each_redirect_is_judged_and_there_are_not_many() -> None:
    data, server = fetched(redirect("/v1/there.png", 302), picture())
    assert data == PNG
    assert [request.path for request in server.requests] == ["/v1/p.png", "/v1/there.png"]
    data, server = fetched(
        redirect("/v1/inside.png"), picture(), may_ask=lambda url: "inside" not in url
    )
    assert data is None
    assert len(server.requests) == 1
    data, server = fetched(redirect("/v1/again.png"))
    assert data is None
    assert len(server.requests) == 4


def test_that_nothing_of_this_machine_is_asked() -> None:
    data, server = fetched(picture(), may_ask=is_public)
    assert data is None
    assert server.requests == []


@pytest.mark.parametrize(
    ("url", "may_be_asked"),
    [
        ("https://pictures.example/a.png", True),
        ("https://1.1.1.1/a.png", True),
        ("http://pictures.example/a.png", False),
        ("https://localhost/a.png", False),
        ("https://printer/a.png", False),
        ("https://nas.local/a.png", False),
        ("https://127.0.0.1/a.png", False),
        ("https://192.168.1.1/a.png", False),
        ("https://169.254.169.254/latest", False),
        ("https://[::1]/a.png", False),
        ("https://[fe80::1]/a.png", False),
        ("https://2130706433/a.png", False),
        ("https://127.1/a.png", False),
        ("https://good.example@evil.example/a.png", False),
        ("file:///etc/passwd", False),
        ("data:image/png;base64,AA", False),
        ("", False),
    ],
)
def test_that_S3_only_public_https_addresses_are_asked(url: str, *, may_be_asked: bool) -> None:
    assert is_public(url) is may_be_asked
