"""How fast a full-mode Sonar stream is decoded, against the official SDK on the same bytes."""

from __future__ import annotations

import importlib
import json
import statistics
import time
from collections.abc import Iterator

import httpx

from headwater.domain.events import AnswerEvent, Completed, TextArrived
from headwater.domain.provider import PERPLEXITY_GATEWAY
from headwater.protocol.chat_completions import ChatCompletionsDialect
from headwater.protocol.dialect import AnswerRequest, Message
from headwater.protocol.sse import SseDecoder

CHUNKS = 1500
RUNS = 5
_READ_SIZE = 16 * 1024
_SOURCES = 10


def full_mode_stream(chunks: int = CHUNKS) -> bytes:
    """Return a stream as `wire/perplexity.md` 3.1 describes it: all sources in every chunk."""
    results = [
        {
            "title": f"Where the river rises, part {n}",
            "url": f"https://example.org/rivers/{n}",
            "date": "2024-03-04",
            "last_updated": "2026-06-02",
            "snippet": f"Source {n}: " + "the water comes from a café in the hills. " * 6,
            "source": "web",
        }
        for n in range(1, _SOURCES + 1)
    ]
    text = ""
    lines: list[str] = [": ping - 2026-06-08 18:49:47.737080\r\n\r\n"]
    for n in range(chunks):
        is_last = n == chunks - 1
        delta = "" if is_last else f" wörd{n % 97}[{n % _SOURCES + 1}]" if n % 5 == 0 else " word"
        text += delta
        cost: dict[str, float] = {"input_tokens_cost": 0, "output_tokens_cost": 0, "total_cost": 0}
        if is_last:
            cost = {"input_tokens_cost": 0.00001, "output_tokens_cost": 0.0015, "total_cost": 0.007}
        choice: dict[str, object] = {
            "index": 0,
            "message": {"role": "assistant", "content": text},
            "delta": {"role": "assistant", "content": delta},
        }
        if is_last:
            choice["finish_reason"] = "stop"
        chunk = {
            "id": "11111111-2222-4333-8444-555555555555",
            "model": "sonar",
            "created": 1781100374 + n // 50,
            "usage": {
                "prompt_tokens": 8,
                "completion_tokens": n,
                "total_tokens": 8 + n,
                "search_context_size": "low",
                "cost": cost,
            },
            "citations": [result["url"] for result in results],
            "search_results": results,
            "object": "chat.completion.done" if is_last else "chat.completion.chunk",
            "choices": [choice],
        }
        data = json.dumps(chunk, ensure_ascii=False, separators=(",", ":"))
        lines.append(f"data: {data}\r\n\r\n")
    return "".join(lines).encode()


def _reads(stream: bytes) -> Iterator[bytes]:
    for start in range(0, len(stream), _READ_SIZE):
        yield stream[start : start + _READ_SIZE]


def _with_ours(stream: bytes) -> str:
    request = AnswerRequest(PERPLEXITY_GATEWAY, "sonar", (Message("user", "Where?"),))
    sse, decoder = SseDecoder(), ChatCompletionsDialect().decoder(request)
    happened: list[AnswerEvent] = []
    for read in _reads(stream):
        for event in sse.feed(read):
            happened.extend(decoder.decode(event))
    happened.extend(decoder.finish())
    assert happened[-1] == Completed("stop")
    return "".join(fact.text for fact in happened if isinstance(fact, TextArrived))


class _Sdk:
    """The official SDK's reader; tests borrow the stream above and do without the package."""

    def __init__(self) -> None:
        client = importlib.import_module("perplexity").Perplexity
        self._client = client(api_key="none", base_url="http://localhost")
        self._stream = importlib.import_module("perplexity._streaming").Stream
        self._chunk = importlib.import_module("perplexity.types.stream_chunk").StreamChunk

    def text_of(self, stream: bytes) -> str:
        class Body(httpx.SyncByteStream):
            def __iter__(self) -> Iterator[bytes]:
                return _reads(stream)

        response = httpx.Response(
            200, stream=Body(), request=httpx.Request("POST", "http://localhost/chat/completions")
        )
        pieces: list[str] = []
        for chunk in self._stream(cast_to=self._chunk, response=response, client=self._client):
            content = chunk.choices[0].delta.content
            if isinstance(content, str):
                pieces.append(content)
        return "".join(pieces)


def measure(runs: int = RUNS) -> dict[str, float]:
    """Return the medians of interleaved runs in seconds, and how many times as fast ours is.

    Ours goes from bytes to answer events, the SDK's reader from bytes to its chunk objects; the
    text that both yield has to be the same. Making the client is not counted.
    """
    stream = full_mode_stream()
    official = _Sdk()
    if _with_ours(stream) != official.text_of(stream):
        raise AssertionError("the two decoders disagree about the text")
    ours: list[float] = []
    sdk: list[float] = []
    for _ in range(runs):
        start = time.perf_counter()
        _with_ours(stream)
        between = time.perf_counter()
        official.text_of(stream)
        ours.append(between - start)
        sdk.append(time.perf_counter() - between)
    ours_seconds, sdk_seconds = statistics.median(ours), statistics.median(sdk)
    return {
        "ratio": sdk_seconds / ours_seconds,
        "ours_seconds": ours_seconds,
        "sdk_seconds": sdk_seconds,
        "megabytes": len(stream) / 1e6,
    }


if __name__ == "__main__":
    for name, value in measure().items():
        print(f"{name}: {value:.3f}")
