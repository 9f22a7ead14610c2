"""Streams and bodies as bytes, each with the answer that it must lead to."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from headwater.domain.answer import Answer
from headwater.domain.events import AnswerEvent, coalesce
from headwater.domain.provider import CUSTOM, PERPLEXITY, PERPLEXITY_GATEWAY, DialectName, Provider
from headwater.protocol.dialect import AnswerRequest, Message
from headwater.protocol.dialects import dialect_named
from headwater.protocol.event_decoder import EventDecoder
from headwater.protocol.sse import SseDecoder

FOLDER = Path(__file__).parent.parent / "recordings"
PROVIDERS = {
    DialectName.AGENT: PERPLEXITY,
    DialectName.CHAT_COMPLETIONS: PERPLEXITY_GATEWAY,
    DialectName.TYPED_EVENTS: CUSTOM,
}
_USAGE = {
    "input_tokens": None,
    "output_tokens": None,
    "total_tokens": None,
    "cached_tokens": None,
    "reasoning_tokens": None,
    "searches": None,
    "cost": None,
}
_NOTHING: dict[str, Any] = {
    "text": "",
    "reasoning": "",
    "sources": [],
    "pictures": [],
    "related": [],
    "queries": [],
    "usage": None,
    "model": "",
    "finish_reason": None,
    "failure": None,
}


@dataclass(frozen=True, slots=True)
class Recording:
    """One file of `tests/recordings` and the `.expected.json` beside it."""

    name: str
    data: bytes
    expected: dict[str, Any]

    @property
    def dialect(self) -> DialectName:
        return DialectName(self.expected["dialect"])

    @property
    def rewrites(self) -> bool:
        """Whether text that was shown is later taken back or repaired."""
        return bool(self.expected.get("rewrites"))

    @property
    def wanted(self) -> dict[str, Any]:
        """Everything the answer has to be; what the file does not name has to be empty."""
        wanted = _NOTHING | {
            key: value
            for key, value in self.expected.items()
            if key not in {"dialect", "rewrites", "status"}
        }
        if wanted["usage"] is not None:
            wanted["usage"] = _USAGE | wanted["usage"]
        return wanted


def recordings(suffix: str) -> list[Recording]:
    """Return the recordings with that file suffix; refusals are left out."""
    found = [
        recording(path.name)
        for path in sorted(FOLDER.glob(f"*{suffix}"))
        if not path.name.endswith(".expected.json")
    ]
    return [each for each in found if "status" not in each.expected]


def recording(name: str) -> Recording:
    path = FOLDER / name
    expected = json.loads(path.with_suffix(".expected.json").read_text("utf-8"))
    return Recording(path.stem, path.read_bytes(), expected)


def decoder_for(dialect: DialectName, provider: Provider | None = None) -> EventDecoder:
    request = AnswerRequest(provider or PROVIDERS[dialect], "m", (Message("user", "Where?"),))
    decoder = dialect_named(dialect).decoder(request)
    assert isinstance(decoder, EventDecoder)
    return decoder


def events_of(dialect: DialectName, reads: Iterable[bytes]) -> list[AnswerEvent]:
    """Return what a stream means that arrives in these reads and then ends."""
    sse, decoder = SseDecoder(), decoder_for(dialect)
    happened: list[AnswerEvent] = []
    for read in reads:
        for event in sse.feed(read):
            happened.extend(decoder.decode(event))
    for event in sse.finish():
        happened.extend(decoder.decode(event))
    happened.extend(decoder.finish())
    return happened


def answer_of(happened: Iterable[AnswerEvent]) -> Answer:
    answer = Answer()
    for event in coalesce(happened):
        answer = answer.after(event)
    return answer


def seen_in(answer: Answer) -> dict[str, Any]:
    """Return the answer in the shape of an expected result."""
    usage = answer.usage
    return {
        "state": answer.status,
        "text": answer.text,
        "reasoning": answer.reasoning,
        "sources": [[s.id, s.url, *s.aliases] for s in answer.sources],
        "pictures": [picture.url for picture in answer.pictures],
        "related": list(answer.follow_ups),
        "queries": list(answer.queries),
        "usage": usage and {key: getattr(usage, key) for key in _USAGE},
        "model": answer.model,
        "finish_reason": answer.finish_reason,
        "failure": answer.failure and answer.failure.kind.value,
    }
