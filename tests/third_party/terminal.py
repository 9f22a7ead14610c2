"""`headwater` in a process of its own, as a script or a person in a terminal runs it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

_DESKTOP = Path(__file__).resolve().parents[2] / "desktop"
_LIMIT = 60.0

# The public interface: what `headwater ask --json` prints, no more and no less is relied on.
ANSWER_KEYS = frozenset(
    {
        "text",
        "reasoning",
        "sources",
        "related",
        "usage",
        "model",
        "finish_reason",
        "state",
        "failure",
        "attempts",
    }
)
FAILURE_KEYS = frozenset({"kind", "title", "detail", "status", "retryable"})


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one run printed, and its exit status."""

    status: int
    output: bytes
    errors: str

    @property
    def answer(self) -> dict[str, Any]:
        """Return the one JSON object of `ask --json`, checked for its shape."""
        assert self.output, f"exit status {self.status}: {self.errors}"
        answer = json.loads(self.output.decode("utf-8"))
        assert answer.keys() >= ANSWER_KEYS, f"missing: {ANSWER_KEYS - answer.keys()}"
        if answer["failure"] is not None:
            assert answer["failure"].keys() >= FAILURE_KEYS
            assert answer["failure"]["title"].strip()
        return dict(answer)


@dataclass(frozen=True, slots=True)
class Terminal:
    """A person's terminal: a data folder of its own, an empty home and a clean environment."""

    folder: Path
    key: str = field(default="", repr=False)

    def environment(self) -> dict[str, str]:
        """Return the environment; the key is in it and nowhere else."""
        kept = ("PATH", "SYSTEMROOT", "LANG", "LC_ALL")
        environment = {name: os.environ[name] for name in kept if name in os.environ}
        environment |= {"HOME": str(self.folder / "home"), "PYTHONPATH": str(_DESKTOP)}
        if self.key:
            environment["HEADWATER_API_KEY"] = self.key
        return environment

    def command(self, *arguments: str) -> list[str]:
        """Return the whole command line of `headwater` with `arguments`."""
        place = ("--data-dir", str(self.folder / "data"))
        return [sys.executable, "-m", "headwater", arguments[0], *place, *arguments[1:]]

    def run(self, *arguments: str, typed: bytes = b"") -> Outcome:
        """Run `headwater` with `arguments` and `typed` on standard input."""
        (self.folder / "home").mkdir(exist_ok=True)
        done = subprocess.run(
            self.command(*arguments),
            cwd=self.folder,
            env=self.environment(),
            input=typed,
            capture_output=True,
            check=False,
            timeout=_LIMIT,
        )
        return self.checked(Outcome(done.returncode, done.stdout, done.stderr.decode("utf-8")))

    @contextmanager
    def running(self, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
        """Start `headwater` with `arguments`; it is killed at the end if it still runs."""
        (self.folder / "home").mkdir(exist_ok=True)
        process = subprocess.Popen(
            self.command(*arguments),
            cwd=self.folder,
            env=self.environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        try:
            yield process
        finally:
            process.kill()
            process.communicate()

    def checked(self, outcome: Outcome) -> Outcome:
        """Return `outcome` after the two checks that every run must pass."""
        assert "Traceback" not in outcome.errors, outcome.errors
        if self.key:
            secret = self.key.encode()
            assert secret not in outcome.output
            assert self.key not in outcome.errors
            for file in self.folder.rglob("*"):
                assert not file.is_file() or secret not in file.read_bytes(), file
        return outcome

    def conversations(self) -> list[dict[str, Any]]:
        """Return what `headwater history --json` lists."""
        listed: list[dict[str, Any]] = json.loads(self.run("history", "--json").output)
        for conversation in listed:
            assert conversation.keys() >= {"id", "title", "updated", "state"}
        return listed

    def kept(self) -> dict[str, Any]:
        """Return the only answer that is kept, as `headwater show --json` prints it."""
        (conversation,) = self.conversations()
        shown = json.loads(self.run("show", conversation["id"], "--json").output)
        (turn,) = shown["turns"]
        answer: Mapping[str, Any] = turn.get("answer", turn)
        assert answer["state"] == conversation["state"]
        return {"question": turn["question"], **answer}


def server(base_url: str, dialect: str, model: str, *more: str) -> Sequence[str]:
    """Return the arguments of `headwater` that send a question to a server."""
    provider = ("--provider", "custom", "--dialect", dialect)
    return ("ask", *provider, "--base-url", base_url, "--model", model, *more)
