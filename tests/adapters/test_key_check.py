from __future__ import annotations

import asyncio
import socket
import ssl
from dataclasses import replace
from pathlib import Path

import pytest

from headwater.adapters.http import HttpClients
from headwater.adapters.key_check import check_key
from headwater.domain.api_key import ApiKey
from headwater.domain.connection_check import CheckResult, CheckStep, StepState, check_text
from headwater.domain.failure import FailureKind
from headwater.domain.network_settings import NetworkSettings, ProxyKind
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
from tests.proxy_server import ProxyServer

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
    provider: Provider,
    key: ApiKey | None = KEY,
    *,
    asks: bool = True,
    clients: HttpClients | None = None,
) -> tuple[list[CheckStep], CheckResult]:
    steps: list[CheckStep] = []
    clients = clients or HttpClients(connect_limit=1.0)
    result = await check_key(clients, provider, key, steps.append, asks_first_word=asks)
    names = [step.name for step in steps if step.state is StepState.RUNNING]
    ends = [step.name for step in steps if step.state is not StepState.RUNNING]
    assert names == ends
    failed = [step.state is StepState.FAILED for step in steps]
    assert not any(failed[:-1])
    assert failed[-1] is not result.is_ok
    return steps, result


def check(
    behaviour: Behaviour, key: ApiKey | None = KEY, *, asks: bool = True, **changes: object
) -> tuple[list[CheckStep], CheckResult, FaultServer]:
    async def scenario() -> tuple[list[CheckStep], CheckResult, FaultServer]:
        async with FaultServer(behaviour) as server:
            provider = replace(OPENAI.at(server.base_url), **changes)  # type: ignore[arg-type]
            return *await checked(provider, key, asks=asks), server

    return asyncio.run(scenario())


def states(steps: list[CheckStep]) -> dict[str, str]:
    return {step.name: step.state for step in steps}


WAY = ("Address", "Connected", "Answers")
ALL_DONE = dict.fromkeys((*WAY, "Key accepted", "Model known", "First word"), "done")


def test_that_a_guarded_list_of_models_proves_the_key() -> None:
    steps, result, server = check(service_like(), asks=False)
    assert states(steps) == {n: s for n, s in ALL_DONE.items() if n != "First word"}
    assert result == CheckResult(models=("m1", "m2"))
    assert steps[-1].detail == "2 models to choose from."
    assert [request.method for request in server.requests] == ["GET", "GET"]


def test_that_a_first_word_is_asked_for_only_with_consent_and_timed() -> None:
    async def slowly(exchange: Exchange) -> None:
        await asyncio.sleep(0.2)
        await answer(chat_stream("Hello"))(exchange)

    steps, result, server = check(service_like(reply=slowly), model="m2")
    assert result.is_ok
    assert states(steps) == ALL_DONE
    assert steps[-1].seconds is not None
    assert 0.2 <= steps[-1].seconds < 5
    assert {s.name: s.detail for s in steps}["Model known"] == "m2 is one of 2 models."
    assert server.requests[-1].json["model"] == "m2"

    steps, result, server = check(service_like(models="open"), asks=False)
    assert result.is_ok
    assert states(steps)["Key accepted"] == "unsure"
    assert "POST" not in [request.method for request in server.requests]


def test_that_a_page_of_a_website_is_no_server_of_answers() -> None:
    _, result, _ = check(json_answer({}, status=404), None, asks=False, needs_key=False)
    assert result.failure is not None
    assert "first word" in result.failure.detail


def test_that_a_model_that_is_not_listed_is_said() -> None:
    steps, result, _ = check(service_like(), asks=False, model="m9")
    assert result.is_ok
    assert (steps[-1].state, steps[-1].detail) == (
        StepState.UNSURE,
        "m9 is not in the list of 2 models.",
    )


@pytest.mark.parametrize("models", ["open", "missing"])
def test_that_a_list_open_to_all_proves_nothing_so_a_question_is_asked(models: str) -> None:
    steps, result, server = check(service_like(models=models))
    known = "unsure" if models == "missing" else "done"
    assert states(steps) == {**ALL_DONE, "Model known": known}
    assert result.is_ok
    asked = server.requests[-1]
    assert asked.method == "POST"
    limit = asked.json.get("max_tokens", asked.json.get("max_completion_tokens"))
    assert 1 <= limit <= 16


@pytest.mark.parametrize("models", ["guarded", "open", "missing"])
def test_that_a_wrong_key_is_never_accepted(models: str) -> None:
    steps, result, _ = check(service_like(models=models, key="sk-another"))
    assert states(steps) == {**dict.fromkeys(WAY, "done"), "Key accepted": "failed"}
    assert not result.is_ok
    assert result.failure is not None
    assert result.failure.kind is FailureKind.UNAUTHORIZED


def test_that_a_server_that_is_not_there_fails_at_connecting() -> None:
    with dead_port() as port:
        steps, result = asyncio.run(checked(OPENAI.at(f"http://127.0.0.1:{port}/v1")))
    assert states(steps) == {"Address": "done", "Connected": "failed"}
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
    assert states(steps) == {**ALL_DONE, "First word": "unsure"}
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
    assert states(steps)["Key accepted"] == "unsure"
    assert states(steps)["First word"] == "failed"


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
    assert states(steps)["First word"] == "done"
    assert "Key accepted" not in states(steps)
    assert [request.method for request in server.requests][-1] == "POST"


def test_that_a_missing_key_fails_where_one_is_needed() -> None:
    steps, result, _ = check(service_like(), None)
    assert states(steps)["Key accepted"] == "failed"
    assert result.failure is not None
    assert result.failure.kind is FailureKind.NO_KEY


# The way there


CERTIFICATES = Path(__file__).parent / "certificates"
SECURE = OPENAI.at("https://service.example/v1")


def way(
    proxy: str = "",
    *,
    certificate: str = "service",
    login: bool = False,
    ca_file: str = "authority",
) -> tuple[list[CheckStep], CheckResult]:
    """Check https://service.example through a proxy that leads to a server of the test."""

    async def scenario() -> tuple[list[CheckStep], CheckResult]:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(CERTIFICATES / f"{certificate}.pem")
        async with (
            FaultServer(service_like(), tls=context) as server,
            ProxyServer(server.port, login=("me", "canary-secret") if login else None) as through,
        ):
            settings = NetworkSettings(
                ProxyKind.OWN,
                through.address(proxy),
                ca_file=str(CERTIFICATES / f"{ca_file}.pem"),
            )
            clients = HttpClients(settings=lambda: settings)
            return await checked(SECURE, asks=False, clients=clients)

    return asyncio.run(scenario())


@pytest.mark.parametrize("proxy", ["http", "socks5"])
def test_that_every_step_of_the_way_is_shown_with_its_time(proxy: str) -> None:
    steps, result = way(proxy)
    assert result.is_ok
    ended = [step for step in steps if step.state is not StepState.RUNNING]
    assert [step.name for step in ended] == [
        *("Address", "Connected", "Proxy", "Certificate", "Answers", "Key accepted", "Model known")
    ]
    details = {step.name: step.detail for step in ended}
    assert details["Address"].startswith("https://service.example by way of the proxy 127.0.0.1:")
    assert details["Certificate"].startswith("Issued by Headwater tests, valid until 2")
    assert details["Certificate"].endswith("TLS 1.3.")
    assert details["Answers"] == "The server answered with 401."
    assert all(step.seconds is not None for step in ended[:-1])
    text = check_text(steps)
    assert "✓  Certificate  Issued by" in text
    assert KEY.reveal() not in text


@pytest.mark.parametrize("proxy", ["http", "socks5"])
def test_that_a_proxy_that_lets_nobody_through_is_where_it_ends(proxy: str) -> None:
    steps, result = way(proxy, login=True)
    assert steps[-1].name == "Proxy"
    assert result.failure is not None
    assert "user name and password" in result.failure.detail


def test_that_a_certificate_that_is_not_trusted_is_where_it_ends() -> None:
    steps, result = way("http", certificate="good")
    assert (steps[-1].name, steps[-1].state) == ("Certificate", StepState.FAILED)
    assert result.failure is not None
    assert "service.example" in result.failure.title


def test_that_a_missing_certificate_file_is_where_it_ends() -> None:
    _, result = way("http", ca_file="gone")
    assert result.failure is not None
    assert "gone.pem" in result.failure.detail


def test_that_a_name_that_does_not_exist_is_where_it_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    def nowhere(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", nowhere)
    steps, result = asyncio.run(checked(SECURE))
    assert steps[-1].name == "Name found"
    assert result.failure is not None
    assert result.failure.title == "The host service.example was not found."


def test_that_a_name_is_found_before_it_is_connected_to() -> None:
    async def scenario() -> list[CheckStep]:
        async with FaultServer(service_like()) as server:
            url = f"http://localhost:{server.port}/v1"
            return (await checked(OPENAI.at(url), asks=False))[0]

    steps = {step.name: step for step in asyncio.run(scenario())}
    assert "127.0.0.1" in steps["Name found"].detail
    assert list(steps).index("Name found") == 1


@pytest.mark.parametrize("proxy", ["http://localhost", "http://p:port", "nonsense://", "http://"])
def test_that_a_strange_proxy_of_the_system_is_a_failure_and_no_crash(
    monkeypatch: pytest.MonkeyPatch, proxy: str
) -> None:
    def nowhere(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", nowhere)
    for name in ("http_proxy", "all_proxy", "no_proxy", "NO_PROXY", "HTTPS_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("https_proxy", proxy)
    _, result = asyncio.run(checked(SECURE))
    assert result.failure is not None
    assert result.failure.kind is FailureKind.NOT_CONNECTED
