from __future__ import annotations

import asyncio
import json
import math
import time
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from pathlib import Path

import httpx
import pytest

from headwater.adapters.answer_service import HttpAnswerService
from headwater.adapters.demo_server import DemoServer
from headwater.domain.answer import Answer
from headwater.domain.options import AnswerOptions
from headwater.domain.provider import DEMO, DialectName
from headwater.protocol.dialect import AnswerRequest, Message

FOLDER = Path(__file__).parents[2] / "resources" / "demo"
BOTH = pytest.mark.parametrize("dialect", [DialectName.AGENT, DialectName.CHAT_COMPLETIONS])


@asynccontextmanager
async def demo(
    characters_per_second: float = math.inf, search_seconds: float = 0.0
) -> AsyncIterator[str]:
    server = DemoServer(FOLDER, characters_per_second, search_seconds)
    try:
        yield await server.start()
    finally:
        await server.close()


async def ask(
    base_url: str,
    *said: str,
    dialect: DialectName = DialectName.AGENT,
    stream: bool = True,
) -> Answer:
    roles = ("user", "assistant")
    messages = tuple(Message(roles[n % 2], text) for n, text in enumerate(said))
    request = AnswerRequest(
        DEMO.at(base_url, dialect), "recorded", messages, AnswerOptions(stream=stream)
    )
    answer = Answer()
    async with aclosing(HttpAnswerService().stream(request, None)) as batches:
        async for batch in batches:
            for event in batch:
                answer = answer.after(event)
    return answer


def asked(*said: str, dialect: DialectName = DialectName.AGENT, stream: bool = True) -> Answer:
    async def scenario() -> Answer:
        async with demo() as base_url:
            return await ask(base_url, *said, dialect=dialect, stream=stream)

    return asyncio.run(scenario())


@BOTH
@pytest.mark.parametrize("stream", [True, False])
def test_that_a_recorded_answer_arrives_with_sources_and_usage(
    dialect: DialectName, stream: bool
) -> None:
    answer = asked("What about the CAP theorem?", dialect=dialect, stream=stream)
    assert answer.status == "complete"
    assert answer.text.startswith("During a network partition")
    assert "```python" in answer.text
    assert len(answer.sources) == 6
    assert answer.usage is not None
    assert answer.usage.searches == 2
    assert not answer.usage.cost


def test_that_the_agent_tells_what_it_searches_for_and_keeps_ids_with_gaps() -> None:
    answer = asked("CAP theorem")
    assert answer.queries == ("CAP theorem proof", "PACELC systems")
    assert [source.id for source in answer.sources] == ["1", "2", "3", "4", "5", "17"]
    assert "[17]" in answer.text


def test_that_chat_completions_number_their_citations_from_1() -> None:
    answer = asked("CAP theorem", dialect=DialectName.CHAT_COMPLETIONS)
    assert "[17]" not in answer.text
    assert "[6]" in answer.text
    cited = next(source for source in answer.sources if "6" in source.ids)
    assert "Spanner" in cited.title


def test_that_chat_completions_suggest_questions_that_have_recordings() -> None:
    answer = asked("CAP theorem", dialect=DialectName.CHAT_COMPLETIONS)
    assert len(answer.follow_ups) == 2
    assert asked(answer.follow_ups[0]).text != answer.text


@BOTH
def test_that_a_follow_up_is_answered_by_its_own_words(dialect: DialectName) -> None:
    answer = asked("CAP theorem", "Some text", "And gzip for a backup?", dialect=dialect)
    assert "zstd" in answer.text


def test_that_any_other_question_is_told_that_answers_are_recorded() -> None:
    answer = asked("Who won the match yesterday?")
    assert "Every answer in this demo was recorded." in answer.text


def test_that_a_question_in_Japanese_gets_its_answer() -> None:
    assert "量子ビット" in asked("量子誤り訂正とは？").text


def test_that_models_are_listed() -> None:
    async def scenario() -> object:
        async with demo() as base_url:
            return await HttpAnswerService().models(DEMO.at(base_url), None)

    assert asyncio.run(scenario()) == ("recorded",)


def test_that_text_comes_at_the_speed_of_writing() -> None:
    async def scenario() -> tuple[float, list[float]]:
        async with demo(4000.0, 0.1) as base_url:
            since = time.monotonic()
            request = AnswerRequest(DEMO.at(base_url), "recorded", (Message("user", "gzip"),))
            async with aclosing(HttpAnswerService().stream(request, None)) as batches:
                arrivals = [time.monotonic() - since async for _ in batches]
        return time.monotonic() - since, arrivals

    seconds, arrivals = asyncio.run(scenario())
    assert 0.4 < seconds < 2.0
    assert len(arrivals) > 50


@BOTH
def test_that_S27_close_ends_a_running_answer_at_once_and_the_port_is_free(
    dialect: DialectName,
) -> None:
    async def scenario() -> tuple[Answer, float]:
        server = DemoServer(FOLDER, 100.0, 0.0)
        base_url = await server.start()
        async with asyncio.TaskGroup() as group:
            task = group.create_task(ask(base_url, "gzip", dialect=dialect))
            await asyncio.sleep(0.3)
            since = time.monotonic()
            await server.close()
            seconds = time.monotonic() - since
        port = httpx.URL(base_url).port
        with pytest.raises(OSError, match="Connect"):
            await asyncio.open_connection("127.0.0.1", port)
        return task.result(), seconds

    answer, seconds = asyncio.run(scenario())
    assert answer.status == "incomplete"
    assert answer.text
    assert seconds < 0.2


def test_that_starting_twice_gives_one_server_and_closing_twice_is_harmless() -> None:
    async def scenario() -> tuple[str, str, str]:
        server = DemoServer(FOLDER)
        first, again = await server.start(), await server.start()
        await server.close()
        await server.close()
        later = await server.start()
        await server.close()
        return first, again, later

    first, again, later = asyncio.run(scenario())
    assert first == again
    assert first.rpartition("/d-")[2] != later.rpartition("/d-")[2]


def test_that_a_client_that_leaves_is_noticed() -> None:
    async def scenario() -> int:
        server = DemoServer(FOLDER, 50.0, 30.0)
        base_url = await server.start()
        request = AnswerRequest(DEMO.at(base_url), "recorded", (Message("user", "gzip"),))
        async with aclosing(HttpAnswerService().stream(request, None)) as batches:
            await anext(batches)
        await asyncio.sleep(0.3)
        left = len(server._connections)
        await server.close()
        return left

    assert asyncio.run(scenario()) == 0


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"Host": "evil.example"}, 403),
        ({"Host": "evil.example:80"}, 403),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({}, 200),
    ],
)
def test_that_S27_a_web_page_cannot_use_it(change: dict[str, str], status: int) -> None:
    async def scenario() -> httpx.Response:
        async with demo() as base_url, httpx.AsyncClient(trust_env=False) as client:
            return await client.get(f"{base_url}/models", headers=change)

    response = asyncio.run(scenario())
    assert response.status_code == status
    assert not [name for name in response.headers if name.startswith("access-control")]


def test_that_S27_nobody_guesses_its_address() -> None:
    async def scenario() -> tuple[int, str]:
        async with demo() as base_url, httpx.AsyncClient(trust_env=False) as client:
            guess = base_url.partition("/d-")[0] + "/v1/models"
            return (await client.get(guess)).status_code, base_url

    status, base_url = asyncio.run(scenario())
    assert status == 404
    assert base_url.startswith("http://127.0.0.1:")
    assert len(base_url.split("/d-")[1]) >= 16


@pytest.mark.parametrize(
    ("method", "route", "body", "status"),
    [
        ("POST", "/models", b"{}", 405),
        ("GET", "/responses", b"", 405),
        ("GET", "/other", b"", 404),
        ("POST", "/responses", b"not json", 400),
        ("POST", "/responses", b"[]", 400),
        ("POST", "/responses", b"{}", 200),
        ("POST", "/responses", b'{"input": [1, {"content": 5}, null]}', 200),
        ("POST", "/chat/completions", b'{"messages": [{"content": [{"text": "gzip"}]}]}', 200),
    ],
)
def test_that_odd_requests_get_a_plain_answer(
    method: str, route: str, body: bytes, status: int
) -> None:
    async def scenario() -> int:
        async with demo() as base_url, httpx.AsyncClient(trust_env=False) as client:
            response = await client.request(method, base_url + route, content=body)
            return response.status_code

    assert asyncio.run(scenario()) == status


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"\r\n\r\n",
        b"GET\r\n\r\n",
        b"x" * 200_000,
        b"POST / HTTP/1.1\r\nContent-Length: -5\r\n\r\n",
    ],
)
def test_that_garbage_closes_its_connection_only(sent: bytes) -> None:
    async def scenario() -> bytes:
        async with demo() as base_url:
            url = httpx.URL(base_url)
            reader, writer = await asyncio.open_connection(url.host, url.port)
            writer.write(sent)
            writer.write_eof()
            try:
                received = await reader.read()
            except ConnectionError:
                received = b""
            writer.close()
            assert (await ask(base_url, "gzip")).status == "complete"
        return received

    assert asyncio.run(scenario()) == b""


def test_that_a_folder_without_recordings_is_an_error_at_the_start(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        asyncio.run(DemoServer(tmp_path).start())
    (tmp_path / "1.json").write_text(json.dumps({"question": "?"}))
    with pytest.raises(ValueError, match="not a recording"):
        asyncio.run(DemoServer(tmp_path).start())
