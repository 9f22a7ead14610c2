"""A trial of one package: a line for each check with its seconds, and what was seen kept."""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

PATIENCE = 30.0  # seconds until what should happen has not happened


class CheckFailedError(Exception):
    """Something is not as it should be; the message says what."""


class _ToldError(CheckFailedError):
    """A check failed and its line was printed."""


class Trial:
    """What is checked of one package in one place, and how much of it was wrong."""

    def __init__(self, name: str, folder: Path) -> None:
        self.name = name
        self.folder = folder
        self.failed = 0
        self.passed = 0
        self.witness: Callable[[str], object] | None = None  # keeps a picture of a failure
        folder.mkdir(parents=True, exist_ok=True)

    @contextmanager
    def check(self, claim: str) -> Iterator[None]:
        """Print whether the block got to its end; a failure goes on to the part that it is in."""
        began = time.monotonic()
        try:
            yield
        except _ToldError:
            raise
        except Exception as error:
            self.failed += 1
            self._print("FAILED", claim, began)
            self._keep(error)
            raise _ToldError(claim) from error
        self.passed += 1
        self._print("passed", claim, began)

    @contextmanager
    def part(self) -> Iterator[None]:
        """Leave the block at its first failure and go on behind it."""
        try:
            yield
        except _ToldError:
            pass
        except Exception as error:  # noqa: BLE001 - the other parts are tried all the same
            self.failed += 1
            print(f"FAILED           {self.name}", flush=True)
            self._keep(error)

    def _keep(self, error: Exception) -> None:
        print(f"        {str(error) or type(error).__name__}", flush=True)
        with (self.folder / "failures.log").open("a", encoding="utf-8") as log:
            log.write(f"{traceback.format_exc()}\n")
        if self.witness is not None:
            with suppress(Exception):  # the failure has been told; a picture only helps
                self.witness(f"failed-{self.failed}")

    def _print(self, verdict: str, claim: str, began: float) -> None:
        seconds = time.monotonic() - began
        print(f"{verdict}  {seconds:5.1f} s  {self.name}: {claim}", flush=True)


def expect(holds: object, problem: str) -> None:
    """See that something holds.

    Raises:
        CheckFailedError: it does not.
    """
    if not holds:
        raise CheckFailedError(problem)


def until(holds: Callable[[], object], what: str, patience: float = PATIENCE) -> None:
    """Wait until something holds.

    Raises:
        CheckFailedError: it did not in time.
    """
    given_up = time.monotonic() + patience
    while not holds():
        if time.monotonic() > given_up:
            raise CheckFailedError(f"never happened: {what}")
        time.sleep(0.05)
