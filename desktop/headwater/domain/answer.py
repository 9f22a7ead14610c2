"""An answer as it stands, and how each event changes it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import assert_never

from headwater.domain import events
from headwater.domain.failure import Failure, FailureKind, empty_answer
from headwater.domain.source import Picture, Source
from headwater.domain.usage import Timing, Usage

# What ends an answer on this side; the server need not have noticed.
_LOST = frozenset(
    {
        FailureKind.STREAM_BROKEN,
        FailureKind.TIMED_OUT,
        FailureKind.NOT_CONNECTED,
        FailureKind.SERVICE_DOWN,
        FailureKind.RATE_LIMIT,
        FailureKind.UNAUTHORIZED,
        FailureKind.NO_KEY,
    }
)


@dataclass(frozen=True, slots=True)
class Waiting:
    """Nothing has come yet; `retry` is the failure that made us wait, `resume_at` the loop time."""

    retry: Failure | None = None
    resume_at: float | None = None


@dataclass(frozen=True, slots=True)
class Searching:
    """The server looks for sources or thinks; `doing` says what, in words of our own."""

    doing: str = ""


@dataclass(frozen=True, slots=True)
class Streaming:
    """Text is arriving."""


@dataclass(frozen=True, slots=True)
class Complete:
    """The server said that the answer is finished."""


@dataclass(frozen=True, slots=True)
class Stopped:
    """The user, or a limit the user set, ended it; `reason` names the limit."""

    reason: str = ""


@dataclass(frozen=True, slots=True)
class Failed:
    """It ended otherwise; whatever text had arrived is kept."""

    failure: Failure


@dataclass(frozen=True, slots=True)
class Cursor:
    """How far a background run was read: the server's number, and how much had come until then."""

    number: int
    text_length: int
    reasoning_length: int


AnswerState = Waiting | Searching | Streaming | Complete | Stopped | Failed


@dataclass(frozen=True, slots=True)
class Answer:
    """A snapshot; text and reasoning are Markdown as the model wrote it."""

    text: str = ""
    reasoning: str = ""
    sources: tuple[Source, ...] = ()
    pictures: tuple[Picture, ...] = ()
    follow_ups: tuple[str, ...] = ()
    queries: tuple[str, ...] = ()
    usage: Usage | None = None
    timing: Timing = Timing()
    model: str = ""
    response_id: str = ""
    finish_reason: str | None = None
    attempts: int = 1
    cursor: Cursor | None = None
    state: AnswerState = Waiting()

    @property
    def is_running(self) -> bool:
        """Whether more may come."""
        return isinstance(self.state, Waiting | Searching | Streaming)

    @property
    def failure(self) -> Failure | None:
        """What went wrong, if anything did."""
        return self.state.failure if isinstance(self.state, Failed) else None

    @property
    def is_resumable(self) -> bool:
        """Whether the server may have gone on with it after we lost it."""
        failure = self.failure
        return (
            self.cursor is not None
            and bool(self.response_id)
            and failure is not None
            and failure.kind in _LOST
        )

    @property
    def status(self) -> str:
        """One of running, complete, incomplete, failed, stopped (a public interface)."""
        match self.state:
            case Waiting() | Searching() | Streaming():
                return "running"
            case Complete():
                return "complete"
            case Stopped():
                return "stopped"
            case Failed():
                return "incomplete" if self.text else "failed"
            case _ as never:
                assert_never(never)

    def after(self, event: events.AnswerEvent) -> Answer:
        """Return the answer that results from `event`; the only place where an answer changes.

        Events after the end change nothing, except late sources, usage and timing.
        """
        match event:
            case events.SourcesFound(sources):
                return replace(self, sources=sources) if sources else self
            case events.UsageCounted(usage):
                return replace(self, usage=usage)
            case events.TimeTaken(timing):
                return replace(self, timing=timing)
            case _ if not self.is_running:
                return self
            case events.Opened(model, response_id):
                return replace(
                    self,
                    model=model or self.model,
                    response_id=response_id or self.response_id,
                )
            case events.SearchStarted(queries, doing):
                new = tuple(q for q in queries if q not in self.queries)
                state = self.state if self.text else Searching(doing)
                return replace(self, queries=self.queries + new, state=state)
            case events.ReasoningArrived(text):
                state = self.state if self.text else Searching("thinking")
                return replace(self, reasoning=self.reasoning + text, state=state)
            case events.TextArrived(text):
                return replace(self, text=self.text + text, state=Streaming()) if text else self
            case events.TextSettled(text):
                return replace(self, text=text, state=Streaming()) if text else self
            case events.PicturesFound(pictures):
                return replace(self, pictures=pictures)
            case events.FollowUpsSuggested(questions):
                return replace(self, follow_ups=questions)
            case (
                events.AttemptFailed()
                | events.Numbered()
                | events.Interrupted()
                | events.Rejoined()
            ):
                return self._after_connection(event)
            case events.Completed(finish_reason):
                end: AnswerState = Complete() if self.text else Failed(empty_answer())
                return replace(self, finish_reason=finish_reason or self.finish_reason, state=end)
            case events.Broke(failure):
                return replace(self, state=Failed(failure))
            case events.WasStopped(reason):
                return replace(self, state=Stopped(reason))
            case _ as never:
                assert_never(never)

    def _after_connection(
        self,
        event: events.AttemptFailed | events.Numbered | events.Interrupted | events.Rejoined,
    ) -> Answer:
        match event:
            case events.AttemptFailed(failure, attempts, resume_at):
                return replace(self, attempts=attempts, state=Waiting(failure, resume_at))
            case events.Numbered(number):
                return replace(self, cursor=Cursor(number, len(self.text), len(self.reasoning)))
            case events.Interrupted(failure, resume_at):
                return replace(self, state=Waiting(failure, resume_at))
            case events.Rejoined():
                if not isinstance(self.state, Waiting):
                    return self
                return replace(self, state=Streaming() if self.text else Searching())
            case _ as never:
                assert_never(never)
