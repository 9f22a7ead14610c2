from __future__ import annotations

import asyncio
import json
import os
import random
import subprocess
import sys
import threading
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path

import pytest

from headwater.adapters.answer_service import HttpAnswerService, Limits
from headwater.domain.answer import Answer
from headwater.domain.api_key import ApiKey
from headwater.domain.events import (
    AnswerEvent,
    Broke,
    Completed,
    TextArrived,
    UsageCounted,
    WasStopped,
    coalesce,
)
from headwater.domain.failure import Failure, FailureKind, Remedy
from headwater.domain.options import AnswerOptions
from headwater.domain.provider import CUSTOM, OLLAMA, OPENAI, DialectName, Provider
from headwater.protocol.dialect import AnswerRequest, Message
from headwater.protocol.event_decoder import EventDecoder
from headwater.protocol.sse import SseEvent
from tests.fault_server import (
    Behaviour,
    Exchange,
    FaultServer,
    answer,
    bad_chunk,
    big_head,
    bytewise,
    chat_event,
    chat_stream,
    close,
    cut,
    dead_port,
    endless_line,
    gzipped,
    hang_up,
    in_chunks,
    json_answer,
    keepalive,
    no_content,
    no_head,
    nonsense,
    redirect,
    reset,
    silent_port,
    slow_head,
    stall,
)

KEY = ApiKey("sk-canary-7f3a91c2d4")
CLOSING = (Completed, Broke, WasStopped)
BODY = chat_stream("The café ", "is open", ".[1]")
TEXT = "The café is open.[1]"


def provider_at(base_url: str, **changes: object) -> Provider:
    quick = {"first_word_limit": 2.0, "idle_limit": 2.0}
    return replace(CUSTOM.at(base_url), **(quick | changes))  # type: ignore[arg-type]


def request_to(provider: Provider, options: AnswerOptions | None = None) -> AnswerRequest:
    return AnswerRequest(
        provider, "m", (Message("user", "Is it open?"),), options or AnswerOptions()
    )


async def ask(
    request: AnswerRequest,
    service: HttpAnswerService | None = None,
    key: ApiKey | None = None,
) -> tuple[Answer, list[AnswerEvent]]:
    """Ask and check what holds for every answer: exactly one closing event, in the last batch."""
    service = service or HttpAnswerService()
    async with aclosing(service.stream(request, key)) as stream:
        batches = [batch async for batch in stream]
    events = [event for batch in batches for event in batch]
    assert all(batches)
    assert [isinstance(event, CLOSING) for event in events].count(True) == 1
    assert isinstance(batches[-1][-1], CLOSING)
    answered = Answer()
    for event in coalesce(events):
        answered = answered.after(event)
    return answered, events


async def ask_server(
    behaviour: Behaviour, options: AnswerOptions | None = None, **changes: object
) -> tuple[Answer, FaultServer]:
    async with FaultServer(behaviour) as server:
        provider = provider_at(server.base_url, **changes)
        answered, _ = await ask(request_to(provider, options))
    return answered, server


def asked(
    behaviour: Behaviour, options: AnswerOptions | None = None, **changes: object
) -> tuple[Answer, FaultServer]:
    return asyncio.run(ask_server(behaviour, options, **changes))


def failed(behaviour: Behaviour, **changes: object) -> Failure:
    answered, _ = asked(behaviour, None, **changes)
    assert answered.failure is not None
    assert "Traceback" not in answered.failure.detail
    return answered.failure


def test_that_an_answer_arrives_whole_with_one_request() -> None:
    answered, server = asked(answer(BODY))
    assert (answered.status, answered.text) == ("complete", TEXT)
    assert len(server.requests) == 1


def test_that_the_request_asks_for_plain_bytes_and_carries_no_cookie() -> None:
    _, server = asked(answer(BODY, headers={"Set-Cookie": "a=b"}))
    headers = server.requests[0].headers
    assert headers["accept-encoding"] == "identity"
    assert headers["accept"] == "text/event-stream"
    assert headers["content-type"] == "application/json"
    assert headers["user-agent"] == "Headwater"
    assert "cookie" not in headers


def test_that_no_cookie_of_one_answer_is_sent_with_the_next() -> None:
    async def scenario() -> FaultServer:
        service = HttpAnswerService()
        async with FaultServer(answer(BODY, headers={"Set-Cookie": "a=b"})) as server:
            for _ in range(2):
                await ask(request_to(provider_at(server.base_url)), service)
        return server

    server = asyncio.run(scenario())
    assert "cookie" not in server.requests[1].headers


def test_that_a_question_in_any_language_is_sent_as_utf_8() -> None:
    async def scenario() -> FaultServer:
        async with FaultServer(answer(BODY)) as server:
            provider = provider_at(server.base_url)
            question = AnswerRequest(provider, "m", (Message("user", "量子 \ud83d?"),))
            await ask(question)
        return server

    server = asyncio.run(scenario())
    assert server.requests[0].json["messages"][-1]["content"].startswith("量子 ")


@pytest.mark.parametrize("at", range(0, len(BODY), 7))
def test_that_R1_a_connection_lost_anywhere_keeps_the_text(at: int) -> None:
    answered, _ = asked(cut(BODY, at))
    assert TEXT.startswith(answered.text)
    finished = BODY.index(b"stop") + len(b'stop"}]}')
    if at >= finished:
        assert answered.status == "complete"
    else:
        assert answered.status in {"incomplete", "failed"}
        assert answered.failure is not None
        assert answered.failure.kind is FailureKind.STREAM_BROKEN
    received = sum(text in BODY[:at].decode("utf-8", "ignore") for text in ("is open",))
    assert not received or "The café" in answered.text


@pytest.mark.parametrize("at", [60, 150, 200])
def test_that_R1_a_reset_in_the_middle_is_a_broken_stream(at: int) -> None:
    failure = failed(reset(BODY, at))
    assert failure.kind is FailureKind.STREAM_BROKEN
    assert not failure.retryable


@pytest.mark.parametrize("at", range(0, len(BODY) + 1, 11))
def test_that_R2_an_end_without_framing_counts_as_complete_only_if_it_was_said(at: int) -> None:
    answered, _ = asked(close(BODY, at))
    assert TEXT.startswith(answered.text)
    assert (answered.status == "complete") == (at >= BODY.index(b"stop") + len(b'stop"}]}'))


def test_that_R3_neither_reason_nor_mark_is_no_completion() -> None:
    answered, _ = asked(answer(chat_stream("Half", finish_reason=None, done=False)))
    assert (answered.status, answered.text) == ("incomplete", "Half")


def test_that_R4_a_stall_ends_at_the_idle_limit_with_the_text() -> None:
    at = BODY.index(b"data: ", 200)
    since = time.monotonic()
    answered, _ = asked(stall(BODY, at), idle_limit=0.3)
    assert 0.25 <= time.monotonic() - since <= 1.5
    assert answered.status == "incomplete"
    assert answered.text == "The café is open.[1]"[: len(answered.text)] != ""
    assert answered.failure is not None
    assert answered.failure.kind is FailureKind.TIMED_OUT
    assert "0.3 seconds" in answered.failure.detail


def test_that_R4_usage_after_the_end_is_waited_for_but_not_for_long() -> None:
    body = chat_stream("Done", done=False)
    service = HttpAnswerService(limits=Limits(afterword=0.2))

    async def scenario() -> tuple[Answer, float]:
        async with FaultServer(keepalive(body)) as server:
            since = time.monotonic()
            answered, _ = await ask(request_to(provider_at(server.base_url)), service)
        return answered, time.monotonic() - since

    answered, seconds = asyncio.run(scenario())
    assert (answered.status, answered.text) == ("complete", "Done")
    assert seconds < 1.5


def test_that_R31_an_end_without_a_word_is_empty_even_if_the_connection_stays() -> None:
    body = chat_event(finish_reason="content_filter")

    async def scenario() -> Answer:
        service = HttpAnswerService(limits=Limits(afterword=0.1))
        async with FaultServer(stall(body)) as server:
            answered, _ = await ask(request_to(provider_at(server.base_url)), service)
        return answered

    failure = asyncio.run(scenario()).failure
    assert failure is not None
    assert failure.kind is FailureKind.ANSWER_FAILED
    assert "content filter" in failure.detail


def test_that_R5_comments_do_not_keep_an_answer_alive() -> None:
    answered, _ = asked(keepalive(BODY, BODY.index(b"is open") + 15), idle_limit=0.3)
    assert answered.status == "incomplete"
    assert answered.failure is not None
    assert answered.failure.kind is FailureKind.TIMED_OUT


def test_that_R5_empty_chunks_and_usage_do_not_keep_an_answer_alive() -> None:
    sign = b'data: {"choices": [{"delta": {}}], "usage": {"total_tokens": 3}}\n\n'
    answered, _ = asked(keepalive(b"", every=0.01, sign=sign), first_word_limit=0.3)
    assert answered.failure is not None
    assert answered.failure.kind is FailureKind.TIMED_OUT


def test_that_R5_content_before_the_limit_keeps_it_alive() -> None:
    pieces = [chat_event(str(n)) for n in range(9)] + [b"data: [DONE]\n\n"]
    answered, _ = asked(in_chunks(pieces, every=0.1), idle_limit=0.7, first_word_limit=0.7)
    assert (answered.status, answered.text) == ("complete", "012345678")


@pytest.mark.parametrize("behaviour", [slow_head(), no_head()], ids=["slow", "none"])
def test_that_R6_headers_that_never_come_end_at_the_first_word_limit(
    behaviour: Behaviour,
) -> None:
    since = time.monotonic()
    failure = failed(behaviour, first_word_limit=0.3)
    assert time.monotonic() - since < 1.5
    assert failure.kind is FailureKind.TIMED_OUT
    assert failure.title == "No answer came in time."
    assert not failure.retryable


def test_that_an_answer_in_one_piece_may_take_longer_than_a_first_word() -> None:
    whole = {"choices": [{"message": {"content": "All."}, "finish_reason": "stop"}]}

    async def late(exchange: Exchange) -> None:
        await asyncio.sleep(0.4)
        await json_answer(whole)(exchange)

    options = AnswerOptions(stream=False)
    answered, server = asked(late, options, first_word_limit=0.1)
    assert (answered.status, answered.text) == ("complete", "All.")
    assert server.requests[0].headers["accept"] == "application/json"
    assert not server.requests[0].json.get("stream")


def test_that_time_the_reader_takes_is_not_counted_as_silence() -> None:
    async def scenario() -> list[AnswerEvent]:
        async with FaultServer(in_chunks([chat_event("a"), chat_event("b")], 0.1)) as server:
            provider = provider_at(server.base_url, idle_limit=0.5)
            events: list[AnswerEvent] = []
            async with aclosing(HttpAnswerService().stream(request_to(provider), None)) as stream:
                async for batch in stream:
                    events += batch
                    await asyncio.sleep(0.6)
            return events

    events = asyncio.run(scenario())
    assert TextArrived("b") in events
    assert isinstance(events[-1], Broke)
    assert events[-1].failure.kind is FailureKind.STREAM_BROKEN


@pytest.mark.parametrize(
    ("status", "kind", "retryable"),
    [
        (400, FailureKind.REFUSED, False),
        (401, FailureKind.UNAUTHORIZED, False),
        (402, FailureKind.QUOTA, False),
        (408, FailureKind.TIMED_OUT, True),
        (409, FailureKind.REFUSED, True),
        (425, FailureKind.REFUSED, True),
        (429, FailureKind.RATE_LIMIT, True),
        (500, FailureKind.SERVICE_DOWN, True),
        (503, FailureKind.SERVICE_DOWN, True),
        (529, FailureKind.SERVICE_DOWN, True),
    ],
)
def test_that_R8_R9_a_refusal_is_one_request_and_says_whether_to_repeat_it(
    status: int, kind: FailureKind, retryable: bool
) -> None:
    answered, server = asked(json_answer({"error": {"message": "No."}}, status=status))
    assert answered.failure is not None
    assert (answered.failure.kind, answered.failure.retryable) == (kind, retryable)
    assert answered.failure.status == status
    assert len(server.requests) == 1


def test_that_R7_the_wait_that_the_server_asks_for_is_handed_on() -> None:
    failure = failed(json_answer({}, status=429, headers={"Retry-After": "7"}))
    assert (failure.retry_after, failure.retryable) == (7.0, True)


def test_that_R7_a_date_to_wait_until_is_understood() -> None:
    date = time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime(time.time() + 20))
    failure = failed(json_answer({}, status=503, headers={"Retry-After": date}))
    assert failure.retry_after is not None
    assert 15 <= failure.retry_after <= 21


def test_that_the_body_of_a_refusal_may_be_endless() -> None:
    async def behave(exchange: Exchange) -> None:
        await exchange.head(500, "application/json")
        while not exchange.request.has_left.is_set():
            await exchange.chunk(b"x" * 8192)

    since = time.monotonic()
    assert failed(behave).kind is FailureKind.SERVICE_DOWN
    assert time.monotonic() - since < 4.0  # it would be given up after 5 s


def test_that_R10_nothing_is_to_be_repeated_once_a_word_was_shown() -> None:
    body = chat_event("Some") + b'data: {"error": {"message": "overloaded", "code": 503}}\n\n'
    answered, server = asked(answer(body))
    assert (answered.status, answered.text) == ("incomplete", "Some")
    assert answered.failure is not None
    assert not answered.failure.retryable
    assert len(server.requests) == 1


def test_that_R21_a_compressed_answer_is_refused_not_half_read() -> None:
    for at in (None, 40):
        failure = failed(gzipped(BODY * 50, at))
        assert failure.kind is FailureKind.ANSWER_FAILED
        assert "gzip" in failure.detail


def test_that_a_compressed_refusal_still_tells_its_status() -> None:
    headers = {"Content-Encoding": "gzip"}
    failure = failed(answer(b"\x1f\x8b\x00", status=401, headers=headers))
    assert failure.kind is FailureKind.UNAUTHORIZED
    assert "\x1f" not in failure.raw


def test_that_R22_an_endless_line_ends_the_answer_and_keeps_the_text() -> None:
    async def behave(exchange: Exchange) -> None:
        await exchange.head()
        await exchange.chunk(chat_event("Kept"))
        for _ in range(8):
            await exchange.chunk(b"data: " + b"x" * 1000)
        await exchange.hold()

    async def scenario() -> Answer:
        service = HttpAnswerService(limits=Limits(event_size=4000))
        async with FaultServer(behave) as server:
            answered, _ = await ask(request_to(provider_at(server.base_url)), service)
            await server.left()
        return answered

    answered = asyncio.run(scenario())
    assert answered.text == "Kept"
    assert answered.failure is not None
    assert answered.failure.kind is FailureKind.INCOMPLETE


def test_that_R22_text_in_the_same_read_as_an_endless_line_is_kept() -> None:
    async def scenario() -> Answer:
        service = HttpAnswerService(limits=Limits(event_size=4000))
        async with FaultServer(answer(chat_event("Kept") + b"data: " + b"x" * 9000)) as server:
            answered, _ = await ask(request_to(provider_at(server.base_url)), service)
        return answered

    assert asyncio.run(scenario()).text == "Kept"


def test_that_R22_a_line_of_64_MB_is_given_up_at_8_MB() -> None:
    since = time.monotonic()
    failure = failed(endless_line(64 << 20), first_word_limit=20.0)
    assert failure.kind is FailureKind.INCOMPLETE
    assert "8 MB" in failure.detail
    assert time.monotonic() - since < 10


def test_that_R22_a_JSON_answer_beyond_the_limit_is_given_up() -> None:
    service = HttpAnswerService(limits=Limits(event_size=1000))

    async def scenario() -> Answer:
        async with FaultServer(json_answer({"x": "y" * 5000})) as server:
            answered, _ = await ask(request_to(provider_at(server.base_url)), service)
        return answered

    answered = asyncio.run(scenario())
    assert answered.failure is not None
    assert answered.failure.kind is FailureKind.INCOMPLETE


@pytest.mark.parametrize("dialect", list(DialectName))
def test_that_R22_an_answer_ends_at_the_longest_that_is_kept(dialect: DialectName) -> None:
    delta = "response.output_text.delta"
    wire = {
        DialectName.CHAT_COMPLETIONS: chat_event("0123456789"),
        DialectName.TYPED_EVENTS: b'data: {"type": "text_chunk", "text": "0123456789"}\n\n',
        DialectName.AGENT: f'data: {{"type": "{delta}", "delta": "0123456789"}}\n\n'.encode(),
    }

    async def behave(exchange: Exchange) -> None:
        await exchange.head()
        while not exchange.request.has_left.is_set():
            await exchange.chunk(wire[dialect])

    async def scenario() -> Answer:
        service = HttpAnswerService(limits=Limits(answer_length=1004))
        async with FaultServer(behave) as server:
            provider = replace(provider_at(server.base_url), dialect=dialect)
            answered, _ = await ask(request_to(provider), service)
            await server.left()
        return answered

    answered = asyncio.run(scenario())
    assert answered.text == ("0123456789" * 101)[:1004]
    assert answered.failure is not None
    assert answered.failure.kind is FailureKind.INCOMPLETE
    assert "longer than Headwater keeps" in answered.failure.title


def test_that_R22_endless_sources_end_the_answer_too() -> None:
    def chunk(number: int) -> bytes:
        results = [{"url": f"https://example.org/{number}/{n}", "title": "t"} for n in range(9)]
        return b"data: " + json.dumps({"search_results": results, "choices": []}).encode() + b"\n\n"

    async def scenario() -> Answer:
        service = HttpAnswerService(limits=Limits(answer_length=200))
        async with FaultServer(in_chunks([chunk(n) for n in range(3)])) as server:
            answered, _ = await ask(request_to(provider_at(server.base_url)), service)
        return answered

    answered = asyncio.run(scenario())
    assert answered.failure is not None
    assert answered.failure.kind is FailureKind.INCOMPLETE


def test_that_R23_a_flood_lets_others_run(monkeypatch: pytest.MonkeyPatch) -> None:
    read = EventDecoder.decode

    beats = 0
    seen: set[int] = set()

    def read_slowly(decoder: EventDecoder, event: SseEvent) -> Sequence[AnswerEvent]:
        seen.add(beats)
        time.sleep(0.002)
        return read(decoder, event)

    monkeypatch.setattr(EventDecoder, "decode", read_slowly)
    texts = [f"{n} " for n in range(200)]

    async def beat() -> None:
        nonlocal beats
        while True:
            await asyncio.sleep(0)
            beats += 1

    async def scenario() -> Answer:
        body = chat_stream(*texts)
        async with FaultServer(answer(body)) as server, asyncio.TaskGroup() as group:
            heart = group.create_task(beat())
            answered, _ = await ask(request_to(provider_at(server.base_url, idle_limit=10.0)))
            heart.cancel()
        return answered

    assert asyncio.run(scenario()).text == "".join(texts)
    assert len(seen) >= 20


def test_that_R23_one_read_full_of_events_is_handed_over_in_parts() -> None:
    texts = [f"{n} " * 20 for n in range(6000)]
    body = chat_stream(*texts)

    async def scenario() -> list[tuple[AnswerEvent, ...]]:
        async with FaultServer(answer(body)) as server:
            provider = provider_at(server.base_url)
            async with aclosing(HttpAnswerService().stream(request_to(provider), None)) as stream:
                return [batch async for batch in stream]

    batches = asyncio.run(scenario())
    happened = [event for batch in batches for event in batch]
    arrived = [event.text for event in happened if isinstance(event, TextArrived)]
    assert "".join(arrived) == "".join(texts)
    assert len(batches) < 3000
    assert len(arrived) < 3000, "what comes within a millisecond is one piece"


def test_that_R24_one_byte_at_a_time_gives_the_same_text() -> None:
    answered, _ = asked(bytewise(BODY))
    assert (answered.status, answered.text) == ("complete", TEXT)


def test_that_R28_a_web_page_is_not_an_answer_and_is_never_shown() -> None:
    page = "<!DOCTYPE html><html><body>Log in to FreeWifi</body></html>"
    for label in ("text/html", "text/event-stream", "application/json", ""):
        failure = failed(answer(page, content_type=label))
        assert failure.kind is FailureKind.NOT_CONNECTED
        assert failure.title == "Something else answered."
        assert "FreeWifi" not in failure.detail + failure.raw


def test_that_R28_words_labelled_as_a_web_page_are_none_either() -> None:
    failure = failed(answer("Please log in", content_type="text/html"))
    assert failure.title == "Something else answered."


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_that_R29_a_redirect_is_not_followed_and_names_the_host(status: int) -> None:
    async def scenario() -> tuple[Answer, FaultServer, FaultServer]:
        async with FaultServer(answer(BODY)) as other:
            to = other.base_url.replace("127.0.0.1", "localhost")
            async with FaultServer(redirect(to, status)) as server:
                request = request_to(provider_at(server.base_url))
                answered, _ = await ask(request, key=KEY)
        return answered, server, other

    answered, server, other = asyncio.run(scenario())
    assert answered.failure is not None
    assert answered.failure.kind is FailureKind.NOT_CONNECTED
    assert "localhost" in answered.failure.detail
    assert answered.failure.remedy is Remedy.CHECK_ADDRESS
    assert not answered.failure.retryable
    assert len(server.requests) == 1
    assert other.connections == 0


def test_that_R30_S9_a_JSON_answer_to_a_stream_request_is_read() -> None:
    whole = {
        "choices": [{"message": {"content": "Whole."}, "finish_reason": "stop"}],
        "usage": {"total_tokens": 7},
    }
    answered, _ = asked(json_answer(whole))
    assert (answered.status, answered.text) == ("complete", "Whole.")
    assert answered.usage is not None
    assert answered.usage.total_tokens == 7


def test_that_R30_the_first_byte_decides_whatever_the_label_says() -> None:
    choice = b'{"message": {"content": "W"}, "finish_reason": "stop"}'
    whole = b'\r\n\n {"choices": [%b]}' % choice
    for label in ("text/event-stream", "text/plain", "application/json", ""):
        answered, _ = asked(answer(whole, content_type=label))
        assert (answered.status, answered.text) == ("complete", "W")
        answered, _ = asked(answer(BODY, content_type=label))
        assert (answered.status, answered.text) == ("complete", TEXT)
        answered, _ = asked(answer(b"\xef\xbb\xbf" + BODY, content_type=label))
        assert (answered.status, answered.text) == ("complete", TEXT)


def test_that_R30_a_byte_order_mark_may_be_cut_in_two() -> None:
    pieces = [b"\xef", b"\xbb", b"\xbf\n", b"\n", BODY]
    answered, _ = asked(in_chunks(pieces, every=0.02))
    assert (answered.status, answered.text) == ("complete", TEXT)
    choice = b'{"message": {"content": "W"}, "finish_reason": "stop"}'
    pieces = [b"\xef", b"\xbb", b"\xbf\n", b'{"choices": [%b]}' % choice]
    answered, _ = asked(in_chunks(pieces, every=0.02))
    assert (answered.status, answered.text) == ("complete", "W")


def test_that_R30_an_error_in_JSON_with_200_is_told() -> None:
    failure = failed(json_answer({"error": {"message": "The model is asleep."}}))
    assert "The model is asleep." in failure.detail


@pytest.mark.parametrize(
    "behaviour",
    [
        no_content(),
        answer(b""),
        answer(b"\n\n\n"),
        answer(b": only a comment\n\n"),
        answer(b"data: [DONE]\n\n"),
        answer(chat_event(finish_reason="stop") + b"data: [DONE]\n\n"),
        close(b""),
    ],
    ids=["204", "empty", "blank", "comment", "done", "stop", "closed"],
)
def test_that_R31_an_answer_without_a_word_says_so(behaviour: Behaviour) -> None:
    failure = failed(behaviour)
    assert failure.kind is FailureKind.ANSWER_FAILED
    assert failure.title == "The answer came back empty."
    assert not failure.retryable


def test_that_R31_what_came_instead_of_an_answer_can_be_looked_at() -> None:
    failure = failed(answer("Out of cheese", content_type="text/plain"))
    assert failure.kind is FailureKind.ANSWER_FAILED
    assert failure.raw == "Out of cheese"


@pytest.mark.parametrize("behaviour", [hang_up(), hang_up(with_reset=True)])
def test_that_R32_a_connection_closed_before_a_word_may_be_tried_again(
    behaviour: Behaviour,
) -> None:
    failure = failed(behaviour)
    assert (failure.kind, failure.retryable) == (FailureKind.NOT_CONNECTED, True)
    assert "hung up" in failure.title


def test_that_R32_R41_every_question_has_a_connection_of_its_own() -> None:
    """One that the server or a new network has closed meanwhile can therefore not be met."""

    async def stays_open(exchange: Exchange) -> None:
        await exchange.head(headers={"Connection": "keep-alive"}, framing=str(len(BODY)))
        await exchange.send(BODY)
        await exchange.hold()

    async def scenario() -> FaultServer:
        service = HttpAnswerService()
        async with FaultServer(stays_open) as server:
            for _ in range(5):
                answered, _ = await ask(request_to(provider_at(server.base_url)), service)
                assert answered.text == TEXT
                await server.left(within=1.0)
        return server

    assert asyncio.run(scenario()).connections == 5


def test_that_R33_stop_at_random_moments_leaves_no_connection_and_the_next_is_answered() -> None:
    async def slow(exchange: Exchange) -> None:
        await asyncio.sleep(0.01)
        await in_chunks([chat_event("word ")] * 10 + [b"data: [DONE]\n\n"], every=0.002)(exchange)

    async def scenario() -> tuple[int, float]:
        chance = random.Random(33)
        service = HttpAnswerService()
        slowest = 0.0
        async with FaultServer(slow) as server:
            request = request_to(provider_at(server.base_url))
            for _ in range(200):
                task = asyncio.get_running_loop().create_task(ask(request, service))
                await asyncio.sleep(chance.random() * 0.04)
                since = time.monotonic()
                task.cancel()
                await asyncio.wait((task,))
                slowest = max(slowest, time.monotonic() - since)
            answered, _ = await ask(request, service)
            assert answered.status == "complete"
            for index in range(len(server.requests)):
                await server.left(index, within=1.0)
        return server.connections, slowest

    connections, slowest = asyncio.run(scenario())
    assert connections > 100
    assert slowest < 0.2


def test_that_R42_a_refused_connection_names_the_place_and_may_be_tried_again() -> None:
    with dead_port() as port:
        provider = provider_at(f"http://127.0.0.1:{port}/v1")
        answered, _ = asyncio.run(ask(request_to(provider)))
    assert answered.failure is not None
    assert answered.failure.title == f"Nothing answers at 127.0.0.1:{port}."
    assert answered.failure.retryable


def test_that_R42_a_local_server_that_is_not_running_is_asked_about_by_name() -> None:
    with dead_port() as port:
        provider = OLLAMA.at(f"http://localhost:{port}/v1")
        answered, _ = asyncio.run(ask(request_to(provider)))
    assert answered.failure is not None
    assert answered.failure.title == f"Nothing answers at localhost:{port}."
    assert answered.failure.detail == "Is Ollama running?"
    assert answered.failure.remedy is Remedy.RETRY


def test_that_R44_a_giant_header_is_readable_trouble() -> None:
    failure = failed(big_head())
    assert failure.kind is FailureKind.NOT_CONNECTED
    assert "does not speak HTTP" in failure.title


def test_that_R44_broken_framing_keeps_the_text() -> None:
    answered, _ = asked(bad_chunk(BODY, BODY.index(b"data: ", 60)))
    assert answered.status == "incomplete"
    assert answered.text
    assert answered.failure is not None
    assert answered.failure.kind is FailureKind.STREAM_BROKEN


def test_that_another_protocol_on_the_port_is_named_as_such() -> None:
    failure = failed(nonsense(b"SSH-2.0-OpenSSH_9.2\r\n\r\n"))
    assert failure.kind is FailureKind.NOT_CONNECTED
    assert failure.remedy is Remedy.CHECK_ADDRESS
    assert not failure.retryable


def test_that_a_last_event_without_its_blank_line_is_kept() -> None:
    body = chat_event("One ") + chat_event("two", finish_reason="stop").rstrip()
    answered, _ = asked(answer(body))
    assert (answered.status, answered.text) == ("complete", "One two")


def test_that_reading_stops_once_the_answer_is_closed() -> None:
    async def scenario() -> Answer:
        body = chat_stream("Done") + chat_event("never")
        async with FaultServer(stall(body)) as server:
            answered, _ = await ask(request_to(provider_at(server.base_url, idle_limit=30.0)))
            await server.left(within=1.0)
        return answered

    answered = asyncio.run(scenario())
    assert (answered.status, answered.text) == ("complete", "Done")


def test_that_usage_in_the_last_chunk_is_not_lost() -> None:
    body = chat_stream("Hi", done=False) + (
        b'data: {"choices": [], "usage": {"total_tokens": 12}}\n\ndata: [DONE]\n\n'
    )
    for behaviour in (answer(body), bytewise(body)):
        answered, _ = asked(behaviour)
        assert answered.usage is not None
        assert answered.usage.total_tokens == 12


def test_that_the_closing_event_comes_after_everything_else_of_its_batch() -> None:
    async def scenario() -> list[AnswerEvent]:
        usage = b'data: {"choices": [], "usage": {"total_tokens": 12}}\n\n'
        body = chat_stream("Hi", done=False) + usage + b"data: [DONE]\n\n"
        async with FaultServer(answer(body)) as server:
            _, events = await ask(request_to(provider_at(server.base_url)))
        return events

    events = asyncio.run(scenario())
    assert any(isinstance(event, UsageCounted) for event in events)
    assert isinstance(events[-1], Completed)


# The key


def test_that_S19_the_key_travels_in_one_header_only() -> None:
    async def scenario() -> FaultServer:
        async with FaultServer(answer(BODY)) as server:
            await ask(request_to(provider_at(server.base_url)), key=KEY)
        return server

    received = asyncio.run(scenario()).requests[0]
    assert received.headers["authorization"] == f"Bearer {KEY.reveal()}"
    others = {name: value for name, value in received.headers.items() if name != "authorization"}
    assert KEY.reveal() not in f"{others}{received.path}{received.body!r}"


def test_that_without_a_key_nothing_is_sent_where_one_is_needed() -> None:
    async def scenario() -> tuple[Answer, FaultServer]:
        async with FaultServer(answer(BODY)) as server:
            answered, _ = await ask(request_to(OPENAI.at(server.base_url)))
        return answered, server

    answered, server = asyncio.run(scenario())
    assert answered.failure is not None
    assert answered.failure.kind is FailureKind.NO_KEY
    assert answered.failure.remedy is Remedy.SET_KEY
    assert server.connections == 0


def test_that_S19_no_key_goes_over_an_open_connection_to_another_machine() -> None:
    provider = provider_at("http://192.0.2.1/v1")
    answered, _ = asyncio.run(ask(request_to(provider), key=KEY))
    assert answered.failure is not None
    assert "open connection" in answered.failure.title
    assert not answered.failure.retryable


def test_that_S18_a_key_that_the_server_repeats_is_masked() -> None:
    async def scenario(behaviour: Behaviour) -> Answer:
        async with FaultServer(behaviour) as server:
            answered, _ = await ask(request_to(provider_at(server.base_url)), key=KEY)
        return answered

    message = f"Incorrect API key provided: {KEY.reveal()}."
    error = {"error": {"message": message}}
    event = b"data: " + json.dumps(error).encode() + b"\n\n"
    for behaviour in (
        json_answer(error, status=401),
        json_answer(error),
        answer(event),
        answer(message, content_type="text/plain"),
    ):
        failure = asyncio.run(scenario(behaviour)).failure
        assert failure is not None
        assert KEY.reveal() not in repr(failure)
        assert "•••" in repr(failure)


def test_that_S14_no_exception_text_reaches_the_user() -> None:
    async def scenario() -> Answer:
        service = HttpAnswerService(user_agent=f"bad\n{KEY.reveal()}")
        async with FaultServer(answer(BODY)) as server:
            answered, _ = await ask(request_to(provider_at(server.base_url)), service, KEY)
        return answered

    failure = asyncio.run(scenario()).failure
    assert failure is not None
    assert failure.kind is FailureKind.INTERNAL
    assert KEY.reveal() not in repr(failure)


# Stop


async def stopped(
    behaviour: Behaviour, until: Callable[[FaultServer], Awaitable[None]], *, by_close: bool
) -> None:
    """Start an answer, end it when `until` returns, and wait for the server to see it."""
    async with FaultServer(behaviour) as server:
        request = request_to(provider_at(server.base_url, first_word_limit=30.0, idle_limit=30.0))
        service = HttpAnswerService()
        got = asyncio.Event()

        async def consume() -> None:
            async with aclosing(service.stream(request, None)) as stream:
                async for _ in stream:
                    got.set()
                    if by_close:
                        return

        async with asyncio.TaskGroup() as group:
            task = group.create_task(consume())
            await until(server)
            if by_close:
                await got.wait()
            since = time.monotonic()
            task.cancel()
            await asyncio.wait([task])
            assert time.monotonic() - since < 1.0
            assert by_close or task.cancelled()
        assert await server.left(within=1.0) - since <= 1.0


async def request_came(server: FaultServer) -> None:
    await server.came(1)
    await asyncio.sleep(0.03)


@pytest.mark.parametrize(
    "behaviour",
    [no_head(), slow_head(), stall(b""), stall(BODY, 60), keepalive(BODY, 60)],
    ids=["no headers", "slow headers", "no body", "body", "comments"],
)
def test_that_R33_stop_closes_the_connection_at_once(behaviour: Behaviour) -> None:
    asyncio.run(stopped(behaviour, request_came, by_close=False))


def test_that_R33_closing_the_generator_closes_the_connection() -> None:
    asyncio.run(stopped(stall(chat_event("Hi")), request_came, by_close=True))


def test_that_R33_stop_while_connecting_ends_at_once() -> None:
    async def scenario() -> float:
        with silent_port() as port:
            request = request_to(provider_at(f"http://127.0.0.1:{port}/v1"))
            async with asyncio.TaskGroup() as group:
                task = group.create_task(ask(request))
                await asyncio.sleep(0.1)
                since = time.monotonic()
                task.cancel()
                await asyncio.wait([task])
                assert task.cancelled()
        return time.monotonic() - since

    assert asyncio.run(scenario()) < 1.0


def test_that_R33_stop_during_the_TLS_handshake_closes_the_connection() -> None:
    async def scenario() -> None:
        begun, left = asyncio.Event(), asyncio.Event()

        async def mute(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.read(1)
            begun.set()
            while await reader.read(65536):
                pass
            left.set()
            writer.close()

        server = await asyncio.start_server(mute, "127.0.0.1", 0)
        async with server, asyncio.TaskGroup() as group:
            port = server.sockets[0].getsockname()[1]
            task = group.create_task(ask(request_to(provider_at(f"https://127.0.0.1:{port}/v1"))))
            await begun.wait()
            task.cancel()
            async with asyncio.timeout(1.0):
                await left.wait()
        assert task.cancelled()

    asyncio.run(scenario())


def test_that_R33_cancelled_connects_leak_nothing_and_the_next_question_is_answered() -> None:
    def open_files() -> int:
        return sum(1 for _ in Path("/dev/fd").iterdir())

    async def scenario() -> tuple[Answer, int, int]:
        service = HttpAnswerService()
        async with FaultServer(answer(BODY)) as server:
            with silent_port() as port:
                lost = request_to(provider_at(f"http://127.0.0.1:{port}/v1"))
                before = open_files(), threading.active_count()
                for _ in range(25):
                    async with asyncio.TaskGroup() as group:
                        tasks = [group.create_task(ask(lost, service)) for _ in range(12)]
                        await asyncio.sleep(0.005)
                        for task in tasks:
                            task.cancel()
                after = open_files(), threading.active_count()
            answered, _ = await ask(request_to(provider_at(server.base_url)), service)
        return answered, after[0] - before[0], after[1] - before[1]

    answered, files, threads = asyncio.run(scenario())
    assert (answered.status, answered.text) == ("complete", TEXT)
    assert files <= 0
    assert threads <= 0


def test_that_R43_answers_at_the_same_time_do_not_mix() -> None:
    async def echo(exchange: Exchange) -> None:
        word = exchange.request.json["messages"][-1]["content"]
        await in_chunks([chat_event(f"{word} ")] * 200 + [b"data: [DONE]\n\n"])(exchange)

    async def scenario() -> list[tuple[str, str]]:
        service = HttpAnswerService()
        async with FaultServer(echo) as server:
            provider = provider_at(server.base_url, first_word_limit=10.0)
            questions = [
                AnswerRequest(provider, "m", (Message("user", word),))
                for word in ("alpha", "beta", "gamma", "delta")
            ]
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(ask(question, service)) for question in questions]
        return [
            (question.messages[0].text, task.result()[0].text)
            for question, task in zip(questions, tasks, strict=True)
        ]

    for word, text in asyncio.run(scenario()):
        assert text == f"{word} " * 200


# Background runs, which the server can go on with


def agent_event(number: int, kind: str, **fields: object) -> bytes:
    payload = {"type": f"response.{kind}", "sequence_number": number, **fields}
    return f"event: response.{kind}\ndata: {json.dumps(payload)}\n\n".encode()


CREATED = agent_event(0, "created", response={"id": "resp_1", "status": "in_progress"})
BACKGROUND = AnswerOptions(background=True)


def delta(number: int, text: str) -> bytes:
    return agent_event(number, "output_text.delta", delta=text)


def completed(number: int, text: str) -> bytes:
    part = {"type": "output_text", "text": text}
    item = {"type": "message", "role": "assistant", "content": [part]}
    response = {"id": "resp_1", "status": "completed", "output": [item]}
    return agent_event(number, "completed", response=response)


def asked_in_background(
    *behaviours: Behaviour, idle_limit: float = 1.0
) -> tuple[Answer, FaultServer]:
    limits = Limits(resume_backoff=0.001)

    async def scenario() -> tuple[Answer, FaultServer]:
        async with FaultServer(*behaviours) as server:
            provider = replace(
                provider_at(server.base_url, idle_limit=idle_limit), dialect=DialectName.AGENT
            )
            answered, _ = await ask(
                request_to(provider, BACKGROUND), HttpAnswerService(limits=limits), KEY
            )
        return answered, server

    return asyncio.run(scenario())


@pytest.mark.parametrize("ending", [cut, reset, stall, close])
def test_that_systems_S12_a_background_run_goes_on_where_it_broke(
    ending: Callable[[bytes, int], Behaviour],
) -> None:
    first = CREATED + delta(1, "One ")
    answered, server = asked_in_background(
        ending(first + delta(2, "lost"), len(first) + 20),
        cut(delta(2, "two "), 1000),
        answer(delta(3, "three") + completed(4, "One two three")),
    )
    assert (answered.status, answered.text) == ("complete", "One two three")
    assert [request.method for request in server.requests] == ["POST", "GET", "GET"]
    assert server.requests[1].path == "/v1/responses/resp_1?stream=true&starting_after=1"
    assert server.requests[2].path.endswith("starting_after=2")
    assert server.requests[1].headers["authorization"] == f"Bearer {KEY.reveal()}"
    assert server.requests[1].body == b""


def test_that_systems_S12_a_run_that_brings_nothing_new_is_given_up() -> None:
    first = CREATED + delta(1, "One ")
    answered, server = asked_in_background(cut(first, len(first)), cut(b"", 0))
    assert (answered.status, answered.text) == ("incomplete", "One ")
    assert answered.failure is not None
    assert answered.failure.kind is FailureKind.STREAM_BROKEN
    assert len(server.requests) == 1 + Limits().resumes


def test_that_systems_S12_a_foreground_run_is_not_asked_for_again() -> None:
    async def scenario() -> tuple[Answer, FaultServer]:
        async with FaultServer(cut(CREATED + delta(1, "One "), 1000)) as server:
            provider = replace(provider_at(server.base_url), dialect=DialectName.AGENT)
            answered, _ = await ask(request_to(provider))
        return answered, server

    answered, server = asyncio.run(scenario())
    assert answered.status == "incomplete"
    assert len(server.requests) == 1


def test_that_no_httpx_is_imported_before_the_first_question() -> None:
    code = (
        "import sys, headwater.adapters.answer_service as a; a.HttpAnswerService(); "
        "sys.exit('httpx' in sys.modules or 'certifi' in sys.modules)"
    )
    path = os.pathsep.join(sys.path)
    subprocess.run([sys.executable, "-c", code], env={"PYTHONPATH": path}, check=True, timeout=60)


def test_that_what_the_first_question_needs_can_be_loaded_before_it() -> None:
    code = (
        "import sys, headwater.adapters.answer_service as a; a.HttpAnswerService().preload(); "
        "sys.exit('httpx' not in sys.modules)"
    )
    path = os.pathsep.join(sys.path)
    subprocess.run([sys.executable, "-c", code], env={"PYTHONPATH": path}, check=True, timeout=60)
