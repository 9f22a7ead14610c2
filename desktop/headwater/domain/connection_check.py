"""What trying a server and a key looks like, step by step."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from headwater.domain.failure import Failure


class StepState(StrEnum):
    """How far a step has come."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class CheckStep:
    """One step: what is tried, how far it is, and one short sentence on it."""

    name: str
    state: StepState
    detail: str = ""


@dataclass(frozen=True, slots=True)
class CheckResult:
    """The end of a check: the models that the server listed, or why it is of no use."""

    failure: Failure | None = None
    models: tuple[str, ...] = ()

    @property
    def is_ok(self) -> bool:
        """Whether a real request was answered."""
        return self.failure is None
