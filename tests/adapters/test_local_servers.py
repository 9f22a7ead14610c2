from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from dataclasses import replace
from os import pathsep

import pytest

from headwater.adapters.local_servers import FoundServer, find_local_servers
from headwater.domain.provider import LLAMA_CPP, LM_STUDIO, OLLAMA, Provider
from tests.fault_server import (
    Behaviour,
    Exchange,
    FaultServer,
    answer,
    dead_port,
    json_answer,
    no_head,
    nonsense,
    silent_port,
    slow_head,
)

LISTED = {"data": [{"id": "llama3.2:3b"}]}


def at(provider: Provider, port: int) -> Provider:
    return replace(provider, base_url=f"http://localhost:{port}/v1")


async def found_behind(behaviour: Behaviour) -> tuple[tuple[FoundServer, ...], FaultServer]:
    async with FaultServer(behaviour) as server:
        return await find_local_servers([at(OLLAMA, server.port)], 0.4), server


def test_that_servers_are_found_in_order_with_their_models_and_told_apart() -> None:
    async def scenario() -> tuple[FoundServer, ...]:
        with dead_port() as dead:
            async with (
                FaultServer(json_answer(LISTED)) as ollama,
                FaultServer(json_answer({"data": []})) as llama,
            ):
                return await find_local_servers(
                    [at(OLLAMA, ollama.port), at(LM_STUDIO, dead), at(LLAMA_CPP, llama.port)]
                )

    found = asyncio.run(scenario())
    assert [server.provider.id for server in found] == ["ollama", "llamacpp"]
    assert [server.models for server in found] == [("llama3.2:3b",), ()]


def test_that_the_question_is_a_plain_GET_without_any_key() -> None:
    _, server = asyncio.run(found_behind(json_answer(LISTED)))
    request = server.requests[0]
    assert (request.method, request.path) == ("GET", "/v1/models")
    assert "authorization" not in request.headers
    assert request.headers["host"].startswith("localhost:")


def test_that_a_list_in_chunks_is_read() -> None:
    async def behave(exchange: Exchange) -> None:
        await exchange.head(200, "application/json")
        for piece in (b'{"data": [{"i', b'd": "m"}]}'):
            await exchange.chunk(piece)
        await exchange.end()

    found, _ = asyncio.run(found_behind(behave))
    assert found[0].models == ("m",)


@pytest.mark.parametrize(
    "behaviour",
    [
        no_head(),
        slow_head(),
        json_answer(LISTED, status=401),
        answer("<html>", content_type="text/html"),
        json_answer({"status": "ok"}),
        nonsense(b"SSH-2.0-OpenSSH_9.2\r\n"),
        nonsense(b""),
        answer(b" " * (3 << 20) + b'["a"]'),
    ],
)
def test_that_whatever_else_listens_there_is_left_out(behaviour: Behaviour) -> None:
    since = time.monotonic()
    found, _ = asyncio.run(found_behind(behaviour))
    assert found == ()
    assert time.monotonic() - since < 1.5


def test_that_a_port_that_does_not_answer_costs_no_more_than_the_limit() -> None:
    since = time.monotonic()
    with silent_port() as port:
        providers = [replace(OLLAMA, base_url=f"http://127.0.0.1:{port}/v1")]
        assert asyncio.run(find_local_servers(providers, 0.2)) == ()
    assert time.monotonic() - since < 0.8


def test_that_the_search_needs_no_httpx() -> None:
    code = (
        "import asyncio, sys; from headwater.adapters.local_servers import find_local_servers; "
        "asyncio.run(find_local_servers((), 0.1)); sys.exit('httpx' in sys.modules)"
    )
    path = {"PYTHONPATH": pathsep.join(sys.path)}
    subprocess.run([sys.executable, "-c", code], env=path, check=True, timeout=60)
