"""The one vocabulary of what happens to an answer, whatever server it comes from."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from headwater.domain.failure import Failure
from headwater.domain.source import Picture, Source
from headwater.domain.usage import Timing, Usage


@dataclass(frozen=True, slots=True)
class Opened:
    """The server took the question; either field may be empty and come again, filled."""

    model: str = ""
    response_id: str = ""


@dataclass(frozen=True, slots=True)
class SearchStarted:
    """The server began to look something up: `queries` it sent, `doing` in a few plain words."""

    queries: tuple[str, ...] = ()
    doing: str = ""


@dataclass(frozen=True, slots=True)
class SourcesFound:
    """All sources known so far: the list replaces the earlier one."""

    sources: tuple[Source, ...]


@dataclass(frozen=True, slots=True)
class ReasoningArrived:
    """A further piece of the model's thinking."""

    text: str


@dataclass(frozen=True, slots=True)
class TextArrived:
    """A further piece of the answer, never empty."""

    text: str


@dataclass(frozen=True, slots=True)
class TextSettled:
    """The whole answer, where the pieces did not add up to it: it replaces them."""

    text: str


@dataclass(frozen=True, slots=True)
class PicturesFound:
    """All images known so far: the list replaces the earlier one."""

    pictures: tuple[Picture, ...]


@dataclass(frozen=True, slots=True)
class FollowUpsSuggested:
    """Related questions that the server suggests; replaces the earlier ones."""

    questions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class UsageCounted:
    """The usage so far: the last value wins, nothing is summed."""

    usage: Usage


@dataclass(frozen=True, slots=True)
class TimeTaken:
    """How long the first word and the whole answer took, measured on this machine."""

    timing: Timing


@dataclass(frozen=True, slots=True)
class AttemptFailed:
    """A request failed before any text; number `attempts` follows at `resume_at` (loop time)."""

    failure: Failure
    attempts: int
    resume_at: float


@dataclass(frozen=True, slots=True)
class Numbered:
    """All events up to the server's `number` were told; a background run can go on after it."""

    number: int


@dataclass(frozen=True, slots=True)
class Interrupted:
    """The connection broke, the server goes on: it is asked again at `resume_at` (loop time)."""

    failure: Failure
    resume_at: float


@dataclass(frozen=True, slots=True)
class Rejoined:
    """The connection to a run that goes on stands again."""


@dataclass(frozen=True, slots=True)
class Completed:
    """The server said that it is done."""

    finish_reason: str = ""


@dataclass(frozen=True, slots=True)
class Broke:
    """The answer ended by a failure."""

    failure: Failure


@dataclass(frozen=True, slots=True)
class WasStopped:
    """The user ended it, or a limit the user set, which `reason` then names."""

    reason: str = ""


Closing = Completed | Broke | WasStopped
AnswerEvent = (
    Opened
    | SearchStarted
    | SourcesFound
    | ReasoningArrived
    | TextArrived
    | TextSettled
    | PicturesFound
    | FollowUpsSuggested
    | UsageCounted
    | TimeTaken
    | AttemptFailed
    | Numbered
    | Interrupted
    | Rejoined
    | Closing
)


def coalesce(happened: Iterable[AnswerEvent]) -> tuple[AnswerEvent, ...]:
    """Return the same events with neighbouring pieces of text joined into one.

    An answer is copied with every event, so joining first keeps a megabyte of text linear. Of the
    numbers between them the last one says all.
    """
    happened = tuple(happened)
    passed = _passed_numbers(happened)
    joined: list[AnswerEvent] = []
    pieces: list[str] = []
    kind: type[TextArrived | ReasoningArrived] | None = None

    def settle() -> None:
        nonlocal kind
        if kind is not None:
            joined.append(kind("".join(pieces)))
            pieces.clear()
            kind = None

    for place, event in enumerate(happened):
        if place in passed:
            continue
        if isinstance(event, TextArrived | ReasoningArrived):
            if type(event) is not kind:
                settle()
                kind = type(event)
            pieces.append(event.text)
        else:
            settle()
            joined.append(event)
    settle()
    return tuple(joined)


def _passed_numbers(happened: tuple[AnswerEvent, ...]) -> frozenset[int]:
    """Return the places of numbers that a later one stands for; none does beyond a closing."""
    passed: list[int] = []
    has_later = False
    for place in range(len(happened) - 1, -1, -1):
        event = happened[place]
        if isinstance(event, Closing):
            has_later = False
        elif isinstance(event, Numbered):
            if has_later:
                passed.append(place)
            has_later = True
    return frozenset(passed)
