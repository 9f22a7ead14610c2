"""Keeps what this version of Headwater leaves on a disk, for every later one to be tried on.

    python3 packaging/dev.py keep-release

Run it when a version is released, before its heading in CHANGELOG.md gets a date, and commit the
folder that it writes: `tests/released/VERSION/`. What it holds comes from the program's own code:
a process asks a server on this machine, and dies in the middle of an answer.

    history.sql        the history as the dead process left it
    preferences.json   every preference with another value than its default
    expected.json      what a person had asked and read in that process

A folder of a version that was released is never written again.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable
from contextlib import closing
from dataclasses import fields, replace
from pathlib import Path

from headwater import __version__
from headwater.adapters.answer_service import HttpAnswerService
from headwater.adapters.archive import SqliteArchive
from headwater.adapters.folders import Folders
from headwater.adapters.preferences_file import PreferencesFile
from headwater.domain.answer import Failed
from headwater.domain.attachment import attachment_of
from headwater.domain.conversation import Conversation
from headwater.domain.failure import interrupted_answer
from headwater.domain.network_settings import NetworkSettings, ProxyKind
from headwater.domain.options import AnswerOptions, SearchOptions
from headwater.domain.preferences import LongLines, Pacing, Preferences, Theme
from headwater.domain.provider import CUSTOM, DialectName, Provider
from headwater.domain.source_order import SourceOrder
from headwater.session.conversation_session import ConversationSession, Route
from headwater.session.journal import INTERVAL
from headwater.session.ports import Access
from tests.fault_server import (
    Exchange,
    FaultServer,
    answer,
    chat_event,
    chat_stream,
    cut,
    json_answer,
    stall,
)
from tests.released.description import description
from tests.released.history_text import history_text

FOLDER = Path(__file__).parent
CHANGELOG = FOLDER.parent.parent / "CHANGELOG.md"

_RECORDINGS = FOLDER.parent / "recordings"
_LEFT = ("'running'", "INSERT INTO pieces", "INSERT INTO attachments")
_DIED = 9
_PATIENCE = 30.0
_RELEASED = re.compile(r"^## v?\[?(\d+\.\d+\.\d+)\b.*\d{4}-\d{2}-\d{2}", re.MULTILINE)

_OPTIONS = AnswerOptions(
    instructions="Be brief.\nSay where it stands.",
    max_tokens=900,
    temperature=0.25,
    top_p=0.75,
    stop_after=5000,
    effort="medium",
    background=True,
    search=SearchOptions(
        recency="month",
        domains=("example.org", "-example.com"),
        context_size="high",
        mode="academic",
        after_date="2026-01-02",
        before_date="2026-11-20",
    ),
)
_PICTURE = attachment_of(
    "screenshot 東京.png",
    bytes.fromhex(
        "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
        "1f15c4890000000d49444154789c6360606060000000050001a5f64540"
        "0000000049454e44ae426082"
    ),
)
_NOTES = attachment_of("notes.txt", "Grüße,\r\n\tein “Zitat” 'und' 0 \U0001f30a\n".encode())
_WITH_USAGE = chat_event(
    citations=["https://example.org/a", "https://example.org/b", "https://example.org/a"],
    usage={
        "prompt_tokens": 5,
        "completion_tokens": 50,
        "total_tokens": 55,
        "num_search_queries": 18,
        "reasoning_tokens": 700,
        "cost": {"total_cost": 0.4, "currency": "EUR"},
    },
)

# All but `last_conversation_id`, which is that of a conversation.
PREFERENCES = Preferences(
    provider_id="custom",
    models={"custom": "llama3:8b", "openai": "gpt-x"},
    base_urls={"custom": "http://localhost:9/v1"},
    custom_dialect=DialectName.TYPED_EVENTS,
    options=replace(_OPTIONS, stream=False, search=replace(_OPTIONS.search, enabled=False)),
    pacing=Pacing.PARAGRAPH,
    theme=Theme.DARK,
    idle_limit=90.5,
    network=NetworkSettings(
        ProxyKind.OWN, "socks5://proxy.example:1080", proxy_has_login=True, ca_file="/x/ca.pem"
    ),
    # As Qt wrote them in a window of 1280 x 800 without the history.
    window_geometry="AdnQywADAAAAAAAAAAAAAAAABP8AAAMfAAAAAAAAAAAAAAT/AAADHwAAAAAAAAAAAyAAAAAAAAAAAAAA"
    "BP8AAAMf",
    window_state="AAAA/wAAAAH9AAAAAgAAAAAAAADoAAAAAPwCAAAAAfsAAAAOAGgAaQBzAHQAbwByAHkBAAAAAP////8AAABM"
    "AP///wAAAAEAAAEoAAAC7/wCAAAAAvsAAAAOAHMAbwB1AHIAYwBlAHMBAAAAAAAAAjAAAABDAP////sAAAAKAHUAcwBh"
    "AGcAZQEAAAAAAAAAvgAAAEMA////AAAAAAAAAAAAAAAEAAAABAAAAAgAAAAI/AAAAAEAAAACAAAAAQAAAAYAYgBhAHIB"
    "AAAAAP////8AAAAAAAAAAA==",
    last_conversation_id="a conversation",
    draft="A question\nnot yet sent — 東京?",
    shortcut="Ctrl+Alt+K",
    shortcut_is_on=False,
    quick_draft="Another one",
    quick_places={"eDP-1": "100 200"},
    quick_screen="eDP-1",
    quick_is_pinned=True,
    quick_pause=30,
    keeps_running=False,
    has_said_goodbye=True,
    looks_for_releases=True,
    looked_for_release_at=1763686800.5,
    told_release="0.0.1",
    source_order=SourceOrder.DATE,
    zoom=130,
    long_lines=LongLines.SCROLL,
    kept_keys=("openai https://api.openai.com",),
    recent_models=("llama3:8b", "gpt-x"),
    recent_base_urls=("http://localhost:9/v1",),
)


def released_versions(changelog: str) -> list[str]:
    """Return the versions whose headings have a date, newest first."""
    return _RELEASED.findall(changelog)


def keep(folder: Path) -> None:
    """Fill `folder`, which must not exist, with what this version leaves on a disk."""
    with tempfile.TemporaryDirectory() as place:
        command = [sys.executable, "-m", "tests.released.keep", "leave", place]
        ended = subprocess.run(command, cwd=CHANGELOG.parent, check=False)
        if ended.returncode != _DIED:
            raise RuntimeError(f"the process ended with {ended.returncode}")
        left = Folders.under(Path(place))
        with closing(sqlite3.connect(left.database)) as database:
            history = history_text(database)
        if lacking := [words for words in _LEFT if words not in history]:
            raise RuntimeError(f"the history holds no {lacking}")
        folder.mkdir()
        (folder / "history.sql").write_text(history, encoding="utf-8", newline="\n")
        shutil.copyfile(left.preferences, folder / "preferences.json")
        shutil.copyfile(Path(place) / "expected.json", folder / "expected.json")


async def leave(place: Path) -> None:
    """Ask, retry, edit, stop and continue in `place`, and die while an answer arrives."""
    folders = Folders.under(place)
    folders.create()
    archive = SqliteArchive(folders.database)
    service = HttpAnswerService()

    async def open_access(provider: Provider) -> Access:
        return Access(provider)

    def session() -> ConversationSession:
        return ConversationSession(Conversation(), service, archive, open_access, _crash)

    rich = answer((_RECORDINGS / "agent_answer.sse").read_bytes())
    pictures = answer((_RECORDINGS / "agent_reasoning_and_images.sse").read_bytes())
    related = answer((_RECORDINGS / "chat_related_and_images.sse").read_bytes())
    pause = {"Retry-After": "120"}  # longer than is waited for by itself
    refused = json_answer({"error": {"message": "Too fast"}}, status=429, headers=pause)
    busy = json_answer({"error": {"message": "Try again"}}, status=503)
    whole = answer((_RECORDINGS / "body_chat.json").read_bytes(), content_type="application/json")
    short = answer(_WITH_USAGE + chat_stream("It is ", "a short answer.[3]"))
    half = cut(chat_stream("This is the first half, ", "and then "), 130)
    rest = answer(chat_stream("came the rest."))
    slow = stall(chat_stream("A slow answer, ", "stopped.", finish_reason=None, done=False))
    async with (
        asyncio.timeout(_PATIENCE),
        FaultServer(
            *(rich, pictures, refused, related, half, rest, whole, busy, short, slow, _two_pieces)
        ) as server,
    ):
        chat = Route(replace(CUSTOM.at(server.base_url), dialect=DialectName.CHAT_COMPLETIONS), "m")
        agent = Route(replace(chat.provider, dialect=DialectName.AGENT), "m")

        retried = session()
        first = retried.ask("Is the café open?", agent, _OPTIONS)
        await retried.settled()
        second = retried.retry(first, agent)
        await retried.settled()
        retried.retry(first, agent)
        await retried.settled()
        retried.choose(second)
        retried.ask("And what does this show?", chat, attachments=(_PICTURE, _NOTES))
        await retried.settled()

        continued = session()
        broken = continued.ask("Tell me both halves", chat)
        await continued.settled()
        continued.continue_answer(broken, chat)
        await continued.settled()
        continued.edit(broken, "Tell me something short", chat, AnswerOptions(stream=False))
        await continued.settled()
        continued.choose(broken)

        stopped = session()
        stopped.ask("Is anybody there?", chat)
        await stopped.settled()
        stopped.ask("Now take your time", chat)
        await _until(lambda: "stopped." in stopped.conversation.path[-1].answer.text)
        stopped.stop("after 4 tokens")
        await stopped.settled()
        stopped.rename("A title “of my own”")

        running = session()
        dead = running.ask("What is lost when a process dies?", chat, attachments=(_NOTES,))
        await _until(lambda: "arrived." in running.conversation.path[-1].answer.text)

        conversations = [each.conversation for each in (retried, continued, stopped, running)]
        for conversation in conversations:
            while await archive.conversation(conversation.id) != conversation:
                await asyncio.sleep(0.05)
        preferences = replace(PREFERENCES, last_conversation_id=retried.conversation.id)
        PreferencesFile(folders.preferences).write(preferences)
        answered = running.conversation.turn(dead).answer
        interrupted = replace(answered, state=Failed(interrupted_answer()))
        conversations[-1] = running.conversation.with_answer(dead, interrupted)
        expected = json.dumps(description(conversations), ensure_ascii=False, indent=1)
        (place / "expected.json").write_text(expected + "\n", encoding="utf-8", newline="\n")
        os._exit(_DIED)


async def _two_pieces(exchange: Exchange) -> None:
    """Send words so far apart that they are written one after the other, and no end."""
    await exchange.head()
    await exchange.chunk(chat_event("Words that had "))
    await asyncio.sleep(2 * INTERVAL)
    await exchange.chunk(chat_event("arrived."))
    await exchange.hold()


async def _until(claim: Callable[[], object]) -> None:
    while not claim():
        await asyncio.sleep(0.01)


def _crash(error: BaseException) -> None:
    sys.excepthook(type(error), error, error.__traceback__)
    os._exit(1)


def main(arguments: list[str]) -> int:
    """Keep what this version leaves; return the exit status."""
    if arguments[:1] == ["leave"]:
        asyncio.run(leave(Path(arguments[1])))
    untried = [
        field.name
        for field in fields(Preferences)
        if getattr(PREFERENCES, field.name) == getattr(Preferences(), field.name)
    ]
    if untried:
        print(f"PREFERENCES has only the default of: {', '.join(untried)}", file=sys.stderr)
        return 1
    folder = FOLDER / __version__
    if __version__ in released_versions(CHANGELOG.read_text(encoding="utf-8")):
        print(f"{__version__} is released; its folder stays as it is.", file=sys.stderr)
        return 1
    shutil.rmtree(folder, ignore_errors=True)
    keep(folder)
    print(f"{folder.relative_to(CHANGELOG.parent)} holds what {__version__} leaves on a disk.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
