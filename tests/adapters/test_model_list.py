from __future__ import annotations

import asyncio
import json
from dataclasses import replace

import pytest

from headwater.adapters.http import HttpClients
from headwater.adapters.model_ids import model_ids
from headwater.adapters.model_list import list_models
from headwater.domain.api_key import ApiKey
from headwater.domain.failure import Failure, FailureKind, Remedy
from headwater.domain.provider import CUSTOM, OPENAI, DialectName
from tests.fault_server import (
    Behaviour,
    FaultServer,
    answer,
    cut,
    json_answer,
    no_head,
    redirect,
)

KEY = ApiKey("sk-canary-7f3a91c2d4")
LISTED = {"object": "list", "data": [{"id": "b"}, {"id": "a"}, {"id": "b"}]}


def listed(
    *behaviours: Behaviour, path: str = "/v1", key: ApiKey | None = None, **changes: object
) -> tuple[tuple[str, ...] | Failure, FaultServer]:
    async def scenario() -> tuple[tuple[str, ...] | Failure, FaultServer]:
        async with FaultServer(*behaviours, path=path) as server:
            provider = replace(CUSTOM.at(server.base_url), **changes)  # type: ignore[arg-type]
            return await list_models(HttpClients(), provider, key, limit=0.5), server

    return asyncio.run(scenario())


def test_that_models_keep_the_order_of_the_server_and_come_once() -> None:
    models, server = listed(json_answer(LISTED))
    assert models == ("b", "a")
    assert [request.path for request in server.requests] == ["/v1/models"]
    assert "authorization" not in server.requests[0].headers


def test_that_the_key_is_sent_where_there_is_one() -> None:
    _, server = listed(json_answer(LISTED), key=KEY)
    assert server.requests[0].headers["authorization"] == f"Bearer {KEY.reveal()}"


def test_that_a_server_named_without_a_path_is_asked_below_v1_as_well() -> None:
    models, server = listed(json_answer({}, status=404), json_answer(LISTED), path="")
    assert models == ("b", "a")
    assert [request.path for request in server.requests] == ["/models", "/v1/models"]


def test_that_the_agent_API_is_asked_below_v1_at_once() -> None:
    models, server = listed(json_answer(LISTED), path="", dialect=DialectName.AGENT)
    assert models == ("b", "a")
    assert [request.path for request in server.requests] == ["/v1/models"]


def test_that_a_base_URL_with_a_path_is_asked_once() -> None:
    models, server = listed(json_answer({}, status=404))
    assert isinstance(models, Failure)
    assert models.kind is FailureKind.NOT_FOUND
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("behaviour", "kind"),
    [
        (json_answer({}, status=401), FailureKind.UNAUTHORIZED),
        (json_answer({}, status=503), FailureKind.SERVICE_DOWN),
        (no_head(), FailureKind.TIMED_OUT),
        (answer("<html>", content_type="text/html"), FailureKind.NOT_CONNECTED),
        (answer("ok", content_type="text/plain"), FailureKind.ANSWER_FAILED),
        (json_answer({"hello": 1}), FailureKind.ANSWER_FAILED),
        (redirect("https://elsewhere.example/"), FailureKind.NOT_CONNECTED),
        (cut(b'{"data": [', 10), FailureKind.NOT_CONNECTED),
        (answer(b" " * (3 << 20) + b'["a"]'), FailureKind.ANSWER_FAILED),
    ],
)
def test_that_a_list_that_does_not_come_says_why(behaviour: Behaviour, kind: FailureKind) -> None:
    models, _ = listed(behaviour)
    assert isinstance(models, Failure)
    assert models.kind is kind


def test_that_what_is_no_list_lets_a_model_be_typed() -> None:
    models, _ = listed(json_answer({"hello": 1}))
    assert isinstance(models, Failure)
    assert models.remedy is Remedy.CHOOSE_MODEL


def test_that_S18_a_key_in_the_refusal_is_masked() -> None:
    refusal = {"error": {"message": f"wrong key {KEY.reveal()}"}}
    models, _ = listed(json_answer(refusal, status=401), key=KEY)
    assert KEY.reveal() not in repr(models)


def test_that_nothing_is_sent_without_the_key_that_is_needed() -> None:
    models = asyncio.run(list_models(HttpClients(), OPENAI, None))
    assert isinstance(models, Failure)
    assert models.kind is FailureKind.NO_KEY


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (json.dumps({"data": []}).encode(), ()),
        (b'{"models": [{"name": "llama3:8b"}]}', ("llama3:8b",)),
        (b'["a", "b"]', ("a", "b")),
        (b'{"data": [{"id": 1}, null, {"id": ""}, {"id": "a\\nb"}, {"id": "ok"}]}', ("ok",)),
        (b'{"data": null}', None),
        (b"[" * 100_000, None),
        (b"", None),
    ],
)
def test_that_only_usable_names_are_taken(body: bytes, expected: tuple[str, ...] | None) -> None:
    assert model_ids(body) == expected
