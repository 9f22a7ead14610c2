"""Every way in which a keyring answers, or does not, where it matters: one table (S20, S21).

The keyring behind `keyring` is a fake in the process; a real gnome-keyring keeps and gives the key
in `tests/adapters/test_keychain.py` and in the whole run of `tests/secrets`.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import keyring.backends.fail
import keyring.errors
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit

from headwater import cli
from headwater.adapters.folders import Folders
from headwater.adapters.preferences_file import PreferencesFile
from headwater.domain.preferences import Preferences
from headwater.ui.connection_dialog import ConnectionDialog
from tests.fault_server import (
    Exchange,
    FaultServer,
    answer,
    chat_stream,
    json_answer,
    running,
)
from tests.journeys.stage import PATIENCE, Stage, play
from tests.journeys.test_quick_ask import Quick

KEY = "canary-of-the-keyring-7f3a91"
TYPED = "canary-that-was-typed-02"
QUESTION = "What of the keyring?"
_HANGS = 30.0  # seconds, unless somebody looked long enough before
_UNLOCK = "The keyring is locked. Unlock it and try again."
_DIALOG_SHUT = "The keyring could not be opened. Unlock it, or create one, and try again."
_BROKEN = "The keyring did not answer (RuntimeError)."
_MISSING = "No keyring is running. Install gnome-keyring or KWallet, or unlock it."
_PLAIN = "The keyring that is set up does not encrypt keys, so it is not used."
_NOT_TAKEN = "The keyring did not take the key. The key is kept until Headwater ends."
_WAITING = "Waiting for your keyring"


class Ring:
    """Behaves as its manner says, and keeps count of what it is asked for."""

    def __init__(self, manner: str, origin: str) -> None:
        self.name = ("Headwater", f"openai {origin}")
        self.kept = {} if manner in ("returns nothing", "fails on write") else {self.name: KEY}
        self.manner = manner
        self.calls: list[str] = []
        self.is_released = threading.Event()

    def get_password(self, service: str, username: str) -> str | None:
        self.calls.append("get")
        match self.manner:
            case "hangs":
                self.is_released.wait(_HANGS)
            case "locked":
                raise keyring.errors.KeyringLocked("the words of a library")
            case "refuses":
                raise keyring.errors.InitError("Failed to unlock: prompt dismissed")
            case "fails on read":
                raise RuntimeError(KEY)
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.calls.append("set")
        if self.manner == "fails on write":
            raise keyring.errors.PasswordSetError(password)
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        self.calls.append("delete")
        del self.kept[service, username]


def backend_of(ring: Ring) -> object:
    """Return what `keyring.get_keyring` would."""
    if ring.manner == "absent":
        return keyring.backends.fail.Keyring()  # type: ignore[no-untyped-call]
    module = (
        "keyrings.alt.file" if ring.manner == "plain text" else "keyring.backends.SecretService"
    )
    ring.__class__ = type("Keyring", (Ring,), {"__module__": module})
    return ring


@dataclass
class Outcome:
    """What came of a question: whether it was answered and with which key, what was said."""

    ring: Ring
    start: float = 0.0
    said: str = ""
    keys: list[str] = field(default_factory=list)
    is_question_there: bool = False
    answered_after_all: bool = False


# What a person reads, in the window and in the quick ask, and whether asking again is of use once
# the keyring is as it should be.
_TABLE = {
    "works": ("", False),
    "absent": (_MISSING, False),
    "locked": (_UNLOCK, True),
    "hangs": (_WAITING, False),
    "returns nothing": ("https://platform.openai.com/api-keys", False),
    "refuses": (_DIALOG_SHUT, True),
    "fails on read": (_BROKEN, True),
    "fails on write": (_NOT_TAKEN, False),
    "plain text": (_PLAIN, False),
}
_ANSWERED = ("works", "hangs", "fails on write")


async def be_a_service(exchange: Exchange) -> None:
    """List models to who has a key, and answer."""
    if exchange.request.method == "POST":
        await answer(chat_stream("With a key."))(exchange)
    elif "authorization" in exchange.request.headers:
        await json_answer({"data": [{"id": "m"}]})(exchange)
    else:
        await json_answer({"error": {"message": "no key", "code": 401}}, status=401)(exchange)


Outcomes = Callable[[str, str], Outcome]


@pytest.fixture
def outcomes(
    qapp: QApplication,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Outcomes:
    """Return what comes of asking, by place and manner; each is tried once."""

    def outcome_of(place: str, manner: str) -> Outcome:
        if (place, manner) not in _TRIED:
            folder = tmp_path_factory.mktemp("keyring")
            with running(be_a_service) as server:
                _prefer(server, folder)
                ring = Ring(manner, server.base_url.removesuffix("/v1"))
                outcome = Outcome(ring)
                monkeypatch.setattr(
                    "headwater.adapters.keychain._load_keyring", lambda: backend_of(ring)
                )
                try:
                    if place == "terminal":
                        _ask_in_terminal(outcome, folder, capsys)
                    else:
                        _ask_in_window(qapp, outcome, folder, place)
                finally:
                    ring.is_released.set()
                asked = [r for r in server.requests if r.method == "POST"]
                outcome.keys = [r.headers.get("authorization", "") for r in asked]
            _TRIED[place, manner] = outcome
        return _TRIED[place, manner]

    return outcome_of


_TRIED: dict[tuple[str, str], Outcome] = {}


def _prefer(server: FaultServer, folder: Path) -> None:
    """Let the preferences below `folder` say that OpenAI is asked, and that it is at `server`."""
    preferences = Preferences(provider_id="openai").at_base_url("openai", server.base_url)
    folders = Folders.under(folder)
    folders.create()
    PreferencesFile(folders.preferences).write(preferences.choosing_model("openai", "m"))


def _ask_in_window(qapp: QApplication, outcome: Outcome, folder: Path, place: str) -> None:
    ring = outcome.ring

    async def journey(stage: Stage) -> None:
        outcome.start = time.monotonic() - began
        if ring.manner == "fails on write":
            await _type_key(stage, outcome)
        there = _Asking(stage, is_quick=place == "quick ask")
        await there.ask()
        words, may_pass = _TABLE[ring.manner]
        if ring.manner not in ("works", "fails on write"):
            await stage.until(lambda: words in there.said, words)
            outcome.said = there.said
            outcome.is_question_there = there.has_question(folder)
        if ring.manner == "hangs":
            ring.is_released.set()
        if may_pass:
            ring.manner = "works"
            there.press("Retry")
        if may_pass or ring.manner in _ANSWERED:
            await stage.until(lambda: there.text == "With a key.", "an answer")
            outcome.answered_after_all = True
            outcome.is_question_there |= there.has_question(folder)

    began = time.monotonic()
    play(qapp, folder, journey)


class _Asking:
    """The main window or the quick ask, with somebody who types into it."""

    def __init__(self, stage: Stage, *, is_quick: bool) -> None:
        self._stage = stage
        self._quick = Quick(stage) if is_quick else None

    async def ask(self) -> None:
        """Type, with the moment that fingers take, and press Enter."""
        if self._quick is not None:
            await self._quick.open()
        edit = self._quick.edit if self._quick is not None else self._stage.window.composer.edit
        edit.setFocus()
        QTest.keyClicks(edit, QUESTION)
        await asyncio.sleep(0.15)
        QTest.keyClick(edit, Qt.Key.Key_Return)
        await self._stage.painted()

    @property
    def text(self) -> str:
        """The answer, as far as it has come."""
        conversation = (self._quick or self._stage).conversation
        return conversation.path[-1].answer.text if conversation.path else ""

    @property
    def said(self) -> str:
        """Every word that can be read, also the line of a running answer, which is only painted."""
        quick = self._quick
        view = self._stage.conductor._view if quick is None else quick.presence.quick._view
        turns = view._page.turns if view is not None else []
        painted = "".join(run.text for turn in turns for run in turn.running_meta)
        return f"{_said()} | {(quick or self._stage).text} | {painted}"

    def press(self, words: str) -> None:
        (self._quick or self._stage).press(words)

    def has_question(self, folder: Path) -> bool:
        """Whether it stands in a box still, or in the history on the disk."""
        typed = [self._stage.window.composer.edit.text()]
        typed += [self._quick.edit.text()] if self._quick is not None else []
        return QUESTION in typed or _is_on_disk(folder)


def _is_on_disk(folder: Path) -> bool:
    files = (folder / "data").glob("headwater.db*")
    return any(QUESTION.encode() in file.read_bytes() for file in files)


def _said() -> str:
    """Return every word of a label that is in sight."""
    tops = [top for top in QApplication.topLevelWidgets() if top.isVisible()]
    labels = [label for top in tops for label in top.findChildren(QLabel) if label.isVisible()]
    return " | ".join(dict.fromkeys(label.text() for label in labels if label.text()))


async def _type_key(stage: Stage, outcome: Outcome) -> None:
    stage.conductor.show_connection("openai")
    dialog = stage.window.findChild(ConnectionDialog)
    assert dialog is not None
    next(f for f in dialog.findChildren(QLineEdit) if f.accessibleName() == "Key").setText(TYPED)
    stage.press("Check and use", dialog)
    await stage.until(lambda: stage.has_button("Done"), "the check")
    outcome.said = _said()
    stage.press("Done", dialog)
    await stage.painted()


def _ask_in_terminal(outcome: Outcome, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ring = outcome.ring
    seen: list[bool] = []

    def release() -> None:
        seen.append(_is_on_disk(folder))
        ring.is_released.set()

    timer = threading.Timer(1.0, release)
    if ring.manner == "hangs":
        timer.start()
    status = cli.run(["--data-dir", str(folder), "ask", QUESTION])
    timer.cancel()
    told = capsys.readouterr()
    outcome.said = told.out + told.err
    outcome.answered_after_all = status == 0 and told.out.startswith("With a key.")
    outcome.is_question_there = all(seen) and _is_on_disk(folder)


@pytest.mark.parametrize("manner", _TABLE)
@pytest.mark.parametrize("place", ["window", "quick ask", "terminal"])
def test_that_S20_S21_a_keyring_that_fails_loses_no_question_and_no_key_and_says_what_helps(
    outcomes: Outcomes, place: str, manner: str
) -> None:
    words, may_pass = _TABLE[manner]
    outcome = outcomes(place, manner)
    ring = outcome.ring

    assert outcome.is_question_there
    assert "delete" not in ring.calls
    assert KEY not in outcome.said
    assert TYPED not in outcome.said
    if manner not in ("returns nothing", "fails on write"):
        assert ring.kept == {ring.name: KEY}
    if place == "terminal":
        is_answered = manner in ("works", "hangs")
        key = KEY
        words = "" if manner == "hangs" else words
        words = "OpenAI needs a key" if manner == "fails on write" else words
    else:
        is_answered = may_pass or manner in _ANSWERED
        key = TYPED if manner == "fails on write" else KEY
    assert words in outcome.said
    assert outcome.answered_after_all is is_answered
    assert set(outcome.keys) == ({f"Bearer {key}"} if is_answered else set())
    if manner == "plain text":
        assert ring.calls == []  # it is not even asked


@pytest.mark.parametrize("manner", [manner for manner in _TABLE if manner != "works"])
@pytest.mark.parametrize("place", ["window", "quick ask"])
def test_that_S21_no_keyring_delays_the_start(outcomes: Outcomes, place: str, manner: str) -> None:
    """The least that is waited for a silent keyring anywhere is 3 s; it hangs for 30."""
    usual = outcomes(place, "works").start

    assert outcomes(place, manner).start < 2 * usual + 2


def test_that_S21_quitting_while_the_keyring_hangs_takes_no_time_and_keeps_the_question(
    qapp: QApplication, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def journey(stage: Stage) -> None:
        await _Asking(stage, is_quick=False).ask()
        await stage.until(lambda: ring.calls, "the keyring")

    async def returning(stage: Stage) -> None:
        await stage.until(lambda: stage.conversation.path, "the conversation")
        assert stage.conversation.path[-1].question.text == QUESTION
        assert "interrupted" in stage.text or stage.has_button("Retry")

    with running(be_a_service) as server:
        _prefer(server, tmp_path)
        ring = Ring("hangs", server.base_url.removesuffix("/v1"))
        monkeypatch.setattr("headwater.adapters.keychain._load_keyring", lambda: backend_of(ring))
        try:
            began = time.monotonic()
            play(qapp, tmp_path, journey)
            assert time.monotonic() - began < PATIENCE / 2
            play(qapp, tmp_path, returning)
        finally:
            ring.is_released.set()
