from __future__ import annotations

import asyncio
from contextlib import aclosing
from dataclasses import replace

import pytest

from headwater.adapters.answer_service import HttpAnswerService
from headwater.adapters.key_check import check_key
from headwater.domain.api_key import ApiKey
from headwater.domain.connection_check import CheckResult, CheckStep, StepState
from headwater.domain.failure import FailureKind
from headwater.domain.provider import OPENAI, DialectName, Provider
from tests.fault_server import (
    Behaviour,
    Exchange,
    FaultServer,
    answer,
    chat_event,
    chat_stream,
    dead_port,
    json_answer,
)

KEY = ApiKey("sk-canary-7f3a91c2d4")
LISTED = json_answer({"data": [{"id": "m1"}, {"id": "m2"}]})


def service_like(
    *, models: str = "guarded", key: str = KEY.reveal(), reply: Behaviour | None = None
) -> Behaviour:
    """Behave as a service: its list of models is guarded, open to all, or missing."""

    async def behave(exchange: Exchange) -> None:
        request = exchange.request
        is_known = request.headers.get("authorization") == f"Bearer {key}"
        refusal = json_answer({"error": {"message": "Invalid API key"}}, status=401)
        if request.method == "GET":
            if models == "missing":
                await json_answer({}, status=404)(exchange)
            else:
                await (LISTED if is_known or models == "open" else refusal)(exchange)
        else:
            await ((reply or answer(chat_stream("Hello"))) if is_known else refusal)(exchange)

    return behave


async def checked(
    provider: Provider, key: ApiKey | None = KEY
) -> tuple[list[CheckStep], CheckResult]:
    steps: list[CheckStep] = []
    results: list[CheckResult] = []
    async with aclosing(check_key(HttpAnswerService(), provider, key)) as checking:
        async for step in checking:
            assert not results
            if isinstance(step, CheckResult):
                results.append(step)
            else:
                steps.append(step)
    names = [step.name for step in steps if step.state is StepState.RUNNING]
    ends = [step.name for step in steps if step.state is not StepState.RUNNING]
    assert names == ends
    return steps, results[0]


def check(
    behaviour: Behaviour, key: ApiKey | None = KEY, **changes: object
) -> tuple[list[CheckStep], CheckResult, FaultServer]:
    async def scenario() -> tuple[list[CheckStep], CheckResult, FaultServer]:
        async with FaultServer(behaviour) as server:
            provider = replace(OPENAI.at(server.base_url), **changes)  # type: ignore[arg-type]
            return *await checked(provider, key), server

    return asyncio.run(scenario())


def states(steps: list[CheckStep]) -> dict[str, str]:
    return {step.name: step.state for step in steps}


ALL_DONE = dict.fromkeys(("Address", "Connection", "Key accepted", "Models"), "done")


def test_that_a_guarded_list_of_models_proves_the_key() -> None:
    steps, result, server = check(service_like())
    assert states(steps) == ALL_DONE
    assert result == CheckResult(models=("m1", "m2"))
    assert steps[-1].detail == "2 models."
    assert [request.method for request in server.requests] == ["GET", "GET"]


@pytest.mark.parametrize("models", ["open", "missing"])
def test_that_a_list_open_to_all_proves_nothing_so_a_question_is_asked(models: str) -> None:
    steps, result, server = check(service_like(models=models))
    assert states(steps) == ALL_DONE
    assert result.is_ok
    asked = server.requests[-1]
    assert asked.method == "POST"
    limit = asked.json.get("max_tokens", asked.json.get("max_completion_tokens"))
    assert 1 <= limit <= 16


@pytest.mark.parametrize("models", ["guarded", "open", "missing"])
def test_that_a_wrong_key_is_never_accepted(models: str) -> None:
    steps, result, _ = check(service_like(models=models, key="sk-another"))
    assert states(steps) == {"Address": "done", "Connection": "done", "Key accepted": "failed"}
    assert not result.is_ok
    assert result.failure is not None
    assert result.failure.kind is FailureKind.UNAUTHORIZED


def test_that_a_server_that_is_not_there_fails_at_the_connection() -> None:
    with dead_port() as port:
        steps, result = asyncio.run(checked(OPENAI.at(f"http://127.0.0.1:{port}/v1")))
    assert states(steps) == {"Address": "done", "Connection": "failed"}
    assert result.failure is not None
    assert result.failure.kind is FailureKind.NOT_CONNECTED


@pytest.mark.parametrize("address", ["", "http://10.1.2.3/v1", "ftp://x"])
def test_that_S19_an_address_no_key_may_go_to_fails_before_anything_is_sent(address: str) -> None:
    steps, result = asyncio.run(checked(replace(OPENAI, base_url=address)))
    assert states(steps) == {"Address": "failed"}
    assert not result.is_ok
    assert result.failure is not None


def test_that_a_key_without_credit_is_a_good_key_with_a_note() -> None:
    broke = json_answer({"error": {"message": "Insufficient credits"}}, status=402)
    steps, result, _ = check(service_like(models="open", reply=broke))
    assert result.is_ok
    assert states(steps) == ALL_DONE
    details = {step.name: step.detail for step in steps}
    assert details["Key accepted"] == "The account at OpenAI has run out of credit."


def test_that_an_answer_cut_by_its_limit_is_proof_enough() -> None:
    short = answer(chat_event("Hel", finish_reason="length") + b"data: [DONE]\n\n")
    _, result, _ = check(service_like(models="open", reply=short))
    assert result.is_ok
    empty = answer(chat_event(finish_reason="length") + b"data: [DONE]\n\n")
    _, result, _ = check(service_like(models="open", reply=empty))
    assert result.is_ok


def test_that_a_refusal_for_another_reason_is_no_proof() -> None:
    refused = json_answer({"error": {"message": "Unknown model"}}, status=400)
    steps, result, _ = check(service_like(models="open", reply=refused))
    assert not result.is_ok
    assert states(steps)["Key accepted"] == "failed"


def test_that_the_agent_API_is_asked_with_its_least_effort() -> None:
    _, _, server = check(
        service_like(models="missing"), dialect=DialectName.AGENT, takes_search_options=True
    )
    assert server.requests[-1].path == "/v1/responses"
    assert server.requests[-1].json["effort"] == "fast"


def test_that_S18_the_key_is_in_no_step() -> None:
    steps, result, _ = check(service_like(key="sk-another"))
    assert KEY.reveal() not in f"{steps}{result}"


@pytest.mark.parametrize("models", ["open", "missing"])
def test_that_a_server_without_keys_is_checked_by_what_it_answers(models: str) -> None:
    async def open_service(exchange: Exchange) -> None:
        if exchange.request.method == "POST":
            await answer(chat_stream("Hello"))(exchange)
        else:
            await (LISTED if models == "open" else json_answer({}, status=404))(exchange)

    steps, result, server = check(open_service, None, needs_key=False)
    assert result.is_ok
    assert [step.name for step in steps if step.state is StepState.DONE] == [
        "Address",
        "Connection",
        "Answer",
        "Models",
    ]
    assert [request.method for request in server.requests] == (
        ["GET"] if models == "open" else ["GET", "POST"]
    )


def test_that_a_missing_key_fails_where_one_is_needed() -> None:
    steps, result, _ = check(service_like(), None)
    assert states(steps)["Key accepted"] == "failed"
    assert result.failure is not None
    assert result.failure.kind is FailureKind.NO_KEY
