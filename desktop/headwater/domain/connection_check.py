"""What trying a server and a key looks like, step by step."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from headwater.domain.failure import Failure


class StepState(StrEnum):
    """How far a step has come; UNSURE: it was not tried, or what came shows neither."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    UNSURE = "unsure"


MARKS = {
    StepState.RUNNING: "…",
    StepState.DONE: "✓",
    StepState.FAILED: "✗",
    StepState.UNSURE: "?",
}


@dataclass(frozen=True, slots=True)
class CheckStep:
    """One step: what is tried, how far it is, one short sentence on it, and the time it took."""

    name: str
    state: StepState
    detail: str = ""
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class CheckResult:
    """The end of a check: the models that the server listed, or why it is of no use."""

    failure: Failure | None = None
    models: tuple[str, ...] = ()

    @property
    def is_ok(self) -> bool:
        """Whether a real request was answered."""
        return self.failure is None


def step_line(step: CheckStep) -> str:
    """Return one line on a step, as the window, the terminal and a copy show it."""
    took = "" if step.seconds is None else f"{step.seconds:.2f} s"
    parts = (f"{MARKS[step.state]}  {step.name}", step.detail, took)
    return "  ".join(" ".join(part.split(" ")) for part in parts if part)


def check_text(steps: Iterable[CheckStep], problem: str = "") -> str:
    """Return the steps, and what went wrong, as text to send to somebody who can help."""
    lines = [*map(step_line, steps), *([problem] if problem else [])]
    return "\n".join(lines) + "\n"
