"""What every installed Headwater has to do, wherever and however it was installed.

It is started, asked and ended from outside, as a person does: keys, windows and the terminal. What
became of a question is read from the history, by a second process.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

from frozen_check import demo_question, wrong_with_answer
from headwater import __version__
from linux.bare_system import PERSON, BareSystem, Running
from linux.try_desktop import Desktop
from trial import CheckFailedError, Trial, expect, until

JUDGES = {"desktop-file-validate": "desktop-file-utils", "appstreamcli": "appstream"}
MAIN = "Headwater$"
QUICK = "Quick ask — Headwater"
QUESTION = "zstd and gzip"  # one of those that the demo has an answer to


class Started(Protocol):
    """A program that runs."""

    @property
    def is_running(self) -> bool:
        """Whether it has not ended by itself."""
        ...

    def said(self) -> str:
        """Return what it has written to standard error."""
        ...

    def end(self) -> int:
        """Send SIGTERM; return its exit status."""
        ...


class Headwater(Protocol):
    """An installed Headwater, wherever it is installed."""

    def said(self, *arguments: str) -> str:
        """Run it to its end; return its standard output."""
        ...

    def start(self, *arguments: str) -> Started:
        """Start it and leave it running."""
        ...


class HeadwaterInside:
    """Headwater in a bare system, started by its ordinary user."""

    def __init__(self, system: BareSystem, program: str, environ: Mapping[str, str]) -> None:
        self._system = system
        self._program = program
        self.environ = dict(environ)

    def said(self, *arguments: str) -> str:
        """Run it to its end; return its standard output."""
        command = [self._program, *arguments]
        return self._system.run(command, user=PERSON, environ=self.environ, limit=60)

    def start(self, *arguments: str) -> Running:
        """Start it and leave it running."""
        return self._system.start([self._program, *arguments], user=PERSON, environ=self.environ)


def answer_in_terminal(trial: Trial, headwater: Headwater) -> None:
    """Ask for the version and for an answer of the demo."""
    with trial.check("it says its version"):
        said = headwater.said("--version").strip()
        expect(said == f"headwater {__version__}", f"it says {said!r}")
    with trial.check("the demo answers in the terminal"):
        wrong = wrong_with_answer(headwater.said(*demo_question()))
        expect(not wrong, " ".join(wrong))


@contextmanager
def started(headwater: Headwater, *arguments: str) -> Iterator[Started]:
    """Yield the program, running; it has ended with 0 and without a word when the block ends.

    Raises:
        CheckFailedError: it ended otherwise, or said something.
    """
    program = headwater.start(*arguments)
    try:
        yield program
    except BaseException:
        program.end()
        raise
    status = program.end()
    expect(status == 0, f"SIGTERM ends it with {status}: {program.said()[-1000:]}")
    words = program.said().splitlines()
    expect(not words, f"it said: {' | '.join(words)[:1000]}")


def conversations(headwater: Headwater) -> list[dict[str, Any]]:
    """Return what the terminal says of the history."""
    return list(json.loads(headwater.said("history", "--json")))


def conversation(headwater: Headwater, conversation_id: str) -> dict[str, Any]:
    """Return what the terminal says of one conversation."""
    return dict(json.loads(headwater.said("show", conversation_id, "--json")))


def until_window(on: Desktop, program: Started, title: str = MAIN) -> None:
    """Wait until a window of that title is visible.

    Raises:
        CheckFailedError: the program ended, or showed none in time.
    """

    def is_there() -> bool:
        if not program.is_running:
            raise CheckFailedError(f"it ended: {program.said()[-1000:]}")
        return bool(on.windows(title))

    until(is_there, f"a window {title}")


def try_window(trial: Trial, on: Desktop, headwater: Headwater) -> None:
    """Open the window, ask the demo with real keys and watch the answer come."""
    with (
        trial.check("the window opens, and SIGTERM ends it with 0"),
        started(headwater, "--provider", "demo") as program,
    ):
        until_window(on, program)
        ask_in_window(trial, on, headwater)


def ask_in_window(trial: Trial, on: Desktop, headwater: Headwater) -> None:
    """Type a question into the main window; it streams, ends and is kept as it was typed."""
    with trial.check("a typed question is answered by the demo, word by word"):
        on.activate(MAIN)
        on.type(QUESTION)
        on.press("Return")
        asked = until_running(headwater)
        until(lambda: conversation(headwater, asked)["turns"][-1]["text"], "the first words")
        on.shoot("streaming")
        expect(conversation(headwater, asked)["state"] == "running", "it had ended by then")
        until_answered(headwater, asked, QUESTION)
        on.shoot("answered")


def until_running(headwater: Headwater) -> str:
    """Wait for a conversation whose answer is just coming; return its id."""
    found: list[str] = []

    def is_there() -> bool:
        found[:] = [str(c["id"]) for c in conversations(headwater) if c["state"] == "running"]
        return bool(found)

    until(is_there, "an answer that is just coming")
    return found[0]


def until_answered(headwater: Headwater, asked: str, question: str) -> None:
    """Wait for the end of the answer, and see that question and answer were kept."""
    until(lambda: conversation(headwater, asked)["state"] == "complete", "the answer's end")
    turn = conversation(headwater, asked)["turns"][-1]
    expect(turn["question"] == question, f"the question was kept as {turn['question']!r}")
    expect("zstd" in turn["text"], f"the answer is {turn['text'][:200]!r}")
    expect(turn["sources"], "the answer has no sources")


def questions(headwater: Headwater) -> list[str]:
    """Return every question that is kept."""
    return [
        turn["question"]
        for kept in conversations(headwater)
        for turn in conversation(headwater, kept["id"])["turns"]
    ]


def agree_on_files(root: Path) -> None:
    """Let desktop-file-validate and appstreamcli judge the files installed below `root`.

    Raises:
        CheckFailedError: one of them objects.
    """
    (entry,) = (root / "usr/share/applications").glob("app.headwater.*.desktop")
    (metainfo,) = (root / "usr/share/metainfo").glob("app.headwater.*.xml")
    for command in (
        ["desktop-file-validate", str(entry)],
        ["appstreamcli", "validate", "--no-net", str(metainfo)],
    ):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        expect(not done.returncode, f"{command[0]}: {done.stdout}{done.stderr}".strip())
