"""A server that answers each question with the fault that was drawn for it, and tells what it sent.

A question is the number of its `Task`; what is said in answer to it is a text of words that occur
once, so that a word lost or doubled anywhere shows.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field

from tests import fault_server as faults
from tests.fault_server import Behaviour, Exchange, chat_event, json_answer
from tests.research_server import Research

FINISHED = b'"stop"}]}'
LARGEST_EVENT = 64 * 1024  # what the soak allows, so that one beyond it costs little
_TO_REPEAT = 24  # characters that a continuation says again, as it is asked to


@dataclass
class Task:
    """One question: its fault, the pieces of its answer, and how much of them was sent for sure."""

    number: int
    fault: str
    pieces: tuple[str, ...]
    chance: random.Random
    sent_for_sure: str = ""
    was_finished: bool = False
    requests: int = 0
    research: Research | None = None
    continued_from: str | None = None

    @property
    def text(self) -> str:
        return "".join(self.pieces)


def task_for(number: int, fault: str, chance: random.Random) -> Task:
    """Return a question with an answer of 5 to 60 words, more for a flood."""
    count = chance.randint(5, 60) if fault != "flood" else 3000
    words = [f"w{number}x{place}" for place in range(count)]
    ends = (" ", " ", " ", " ", ", ", ".\n\n", "é ", " 量子 ", ".[1] ")
    pieces = tuple(word + chance.choice(ends) for word in words[:-1])
    return Task(number, fault, (*pieces, words[-1] + "."), chance)


@dataclass
class FaultyService:
    """The behaviour of the server; `tasks` are the questions that may come."""

    tasks: dict[int, Task] = field(default_factory=dict)

    async def __call__(self, exchange: Exchange) -> None:
        """Answer one request with the fault of its question."""
        task = self._task(exchange)
        if task.fault == "research":
            assert task.research is not None
            await task.research(exchange)
            return
        task.requests += 1
        if task.continued_from is not None:
            await self._rest(task)(exchange)
        else:
            await FAULTS[task.fault](task)(exchange)

    def _task(self, exchange: Exchange) -> Task:
        number = exchange.request.headers["authorization"].removeprefix("Bearer key-")
        return self.tasks[int(number)]

    def _rest(self, task: Task) -> Behaviour:
        """Go on after the kept text and say its last words again."""
        kept = task.continued_from or ""
        start = max(0, len(kept.rstrip()) - _TO_REPEAT)
        while start > 0 and not kept[start - 1].isspace():
            start -= 1
        rest = task.text[start:]
        return _whole(task, [rest[place : place + 7] for place in range(0, len(rest), 7)])


def _body(task: Task, *, is_finished: bool = True) -> bytes:
    body = b"".join(chat_event(piece) for piece in task.pieces)
    return body + (chat_event(finish_reason="stop") + b"data: [DONE]\n\n" if is_finished else b"")


def _sent(task: Task, body: bytes) -> None:
    """Note what the complete events in `body` say."""
    count = body.count(b"\n\n")
    task.sent_for_sure = "".join(task.pieces[:count])
    task.was_finished = FINISHED in body


def _whole(task: Task, pieces: list[str] | None = None) -> Behaviour:
    body = b"".join(chat_event(piece) for piece in pieces or task.pieces)
    task.sent_for_sure, task.was_finished = task.text, True
    return faults.answer(body + chat_event(finish_reason="stop") + b"data: [DONE]\n\n")


def _in_pieces(task: Task) -> Behaviour:
    """The same bytes, cut anywhere."""
    body = _body(task)
    _sent(task, body)
    cuts = sorted(task.chance.sample(range(1, len(body)), min(40, len(body) - 1)))
    ends = [*cuts, len(body)]
    return faults.in_chunks([body[a:b] for a, b in zip([0, *cuts], ends, strict=True)])


def _broken(behave: Callable[[bytes, int], Behaviour]) -> Callable[[Task], Behaviour]:
    def behaviour(task: Task) -> Behaviour:
        body = _body(task)
        at = task.chance.randint(0, len(body))
        _sent(task, body[:at])
        return behave(body, at)

    return behaviour


def _silent(behave: Callable[[bytes, int], Behaviour]) -> Callable[[Task], Behaviour]:
    def behaviour(task: Task) -> Behaviour:
        body = _body(task, is_finished=False)
        at = task.chance.randint(0, len(body))
        _sent(task, body[:at])
        return behave(body, at)

    return behaviour


def _then_good(*first: Callable[[], Behaviour]) -> Callable[[Task], Behaviour]:
    def behaviour(task: Task) -> Behaviour:
        return _whole(task) if task.requests > len(first) else first[task.requests - 1]()

    return behaviour


def _busy() -> Behaviour:
    return json_answer({"error": {"message": "busy"}}, status=429, headers={"Retry-After": "0.01"})


def _down() -> Behaviour:
    return faults.answer("<html>down</html>", status=503, headers={"Retry-After-Ms": "5"})


def _error_inside(task: Task) -> Behaviour:
    body = _body(task, is_finished=False)
    at = body.rindex(b"\n\n", 0, task.chance.randint(len(body) // 2, len(body))) + 2
    _sent(task, body[:at])
    return faults.answer(body[:at] + b'data: {"error": {"message": "out of memory"}}\n\n')


def _malformed(task: Task) -> Behaviour:
    events = [*(chat_event(piece) for piece in task.pieces), chat_event(finish_reason="stop")]
    noise = (b"data: {nonsense\n\n", b"data: NaN\n\n", b"data: []\n\n", b": ping\n\n", b"data\n\n")
    for _ in range(5):
        events.insert(task.chance.randint(0, len(events)), task.chance.choice(noise))
    task.sent_for_sure, task.was_finished = task.text, True
    return faults.answer(b"".join(events) + b"data: [DONE]\n\n")


def _giant(task: Task) -> Behaviour:
    body = _body(task, is_finished=False)
    _sent(task, body)
    giant = b"data: " + b"x" * (LARGEST_EVENT + 1000)
    return faults.in_chunks([body, giant])


def _nothing(behave: Callable[[], Behaviour]) -> Callable[[Task], Behaviour]:
    return lambda task: behave()


def _stopped(task: Task) -> Behaviour:
    """Slow enough for the person who stops it."""
    return faults.in_chunks([chat_event(piece) for piece in task.pieces], every=0.005)


FAULTS: dict[str, Callable[[Task], Behaviour]] = {
    "none": _whole,
    "cut into pieces": _in_pieces,
    "lost": _broken(faults.cut),
    "lost without framing": _broken(faults.close),
    "broken framing": _broken(faults.bad_chunk),
    "reset": _broken(faults.reset),
    "stalled": _silent(faults.stall),
    "comments for ever": _silent(faults.keepalive),
    "429, then good": _then_good(_busy),
    "503 twice, then good": _then_good(_down, _down),
    "hung up, then good": _then_good(faults.hang_up),
    "429 for ever": _nothing(_busy),
    "401": _nothing(lambda: json_answer({"error": {"message": "bad key"}}, status=401)),
    "a web page": _nothing(lambda: faults.answer("<html>", content_type="text/html")),
    "a redirect": _nothing(lambda: faults.redirect("http://localhost:1/v1")),
    "compressed": _nothing(lambda: faults.gzipped(b"data: x\n\n", 12)),
    "not HTTP": _nothing(lambda: faults.nonsense(b"SSH-2.0\r\n\r\n")),
    "empty": _nothing(lambda: faults.answer(b"")),
    "an error inside": _error_inside,
    "malformed events": _malformed,
    "a giant event": _giant,
    "flood": _whole,
    "stopped": _stopped,
}
KINDS = (*FAULTS, "research")
# Text that had been sent when these happened need not have been read: a reset overtakes it.
MAY_OVERTAKE = frozenset({"reset", "stopped"})
