"""The history: kept through any death, found by any word, honest about what could not be kept."""

from __future__ import annotations

import asyncio
import os
import random
import sqlite3
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager, closing, contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headwater.adapters import archive as archive_module
from headwater.adapters.archive import SqliteArchive, searchable
from headwater.adapters.archive_backup import backups
from headwater.adapters.archive_schema import MIGRATIONS, OpenReport
from headwater.adapters.archive_search import excerpt, folded
from headwater.adapters.record import storable
from headwater.domain.answer import (
    Answer,
    AnswerState,
    Complete,
    Cursor,
    Failed,
    Searching,
    Stopped,
    Streaming,
    Waiting,
)
from headwater.domain.attachment import PDF, Attachment, attachment_of, problem_sending
from headwater.domain.conversation import Conversation, Turn, new_id
from headwater.domain.failure import Failure, FailureKind, Remedy, interrupted_answer
from headwater.domain.options import AnswerOptions, SearchOptions
from headwater.domain.provider import PERPLEXITY
from headwater.domain.question import Question
from headwater.domain.source import Picture, Source
from headwater.domain.usage import Timing, Usage
from headwater.session.ports import ArchiveError

_FULL_ANSWER = Answer(
    text="Bridges carry **roads** [1].",
    reasoning="Think of bridges.",
    sources=(Source("1", "https://www.bridges.org/a", "Spans", "s", "2026-01-02", "", ("7",)),),
    pictures=(Picture("https://p.org/i.png", "https://p.org", "A bridge"),),
    follow_ups=("And tunnels?",),
    queries=("bridges",),
    usage=Usage(10, 20, 30, 4, 5, 1, 0.0125, "EUR"),
    timing=Timing(0.5, 2.5, 0.25),
    model="sonar",
    response_id="r1",
    finish_reason="stop",
    attempts=2,
    cursor=Cursor(41, 12, 3),
    state=Complete(),
)


_PICTURE = attachment_of("screenshot.png", b"\x89PNG\r\n\x1a\n\x00\xff")
_NOTES = attachment_of("Notizen 東京.txt", "Grüße\n".encode())


@asynccontextmanager
async def _archive(path: Path, *, retry_every: float = 2.0) -> AsyncIterator[SqliteArchive]:
    archive = SqliteArchive(path, retry_every=retry_every)
    try:
        yield archive
    finally:
        await archive.close()


def _run(path: Path, use: Callable[[SqliteArchive], Coroutine[Any, Any, Any]]) -> Any:
    async def main() -> Any:
        async with _archive(path) as archive:
            return await use(archive)

    return asyncio.run(main())


async def _keep(
    archive: SqliteArchive, question: str, answer: Answer = _FULL_ANSWER, title: str = ""
) -> tuple[str, str]:
    """Keep a conversation of one turn; return its id and the turn's."""
    turn = Turn(new_id(), "", Question(question), replace(answer, state=Waiting()))
    conversation = Conversation(title=title).with_turn(turn)
    await archive.save_conversation(conversation)
    await archive.add_turn(conversation.id, turn)
    await archive.save_answer(turn.id, answer)
    return conversation.id, turn.id


def _text(path: Path, conversation_id: str) -> str:
    async def use(archive: SqliteArchive) -> str:
        conversation = await archive.conversation(conversation_id)
        assert conversation is not None
        return conversation.turns[0].answer.text

    return str(_run(path, use))


@pytest.mark.parametrize(
    "state",
    [
        Waiting(),
        Searching("thinking"),
        Streaming(),
        Complete(),
        Stopped("40 tokens"),
        Failed(
            Failure(
                FailureKind.RATE_LIMIT,
                "Too many.",
                "Wait.",
                Remedy.RETRY,
                429,
                retryable=True,
                retry_after=3.5,
                raw="{}",
            )
        ),
    ],
)
def test_that_a_whole_conversation_comes_back_as_it_was(tmp_path: Path, state: AnswerState) -> None:
    options = AnswerOptions(
        "Be brief.", 100, 0.5, 0.9, 50, False, "high", True, SearchOptions(domains=("-x.org",))
    )
    first = Turn(
        new_id(),
        "",
        Question("What is a bridge?", "perplexity", "agent", "https://b", "m", options),
        _FULL_ANSWER,
    )
    second = Turn(
        new_id(),
        first.id,
        Question("And this?", continues="It", attachments=(_PICTURE, _NOTES)),
        replace(_FULL_ANSWER, state=state),
    )
    conversation = Conversation().with_turn(first).with_turn(second)

    async def keep(archive: SqliteArchive) -> Conversation | None:
        await archive.save_conversation(conversation)
        for turn in conversation.turns:
            await archive.add_turn(conversation.id, turn)
        return await archive.conversation(conversation.id)

    assert _run(tmp_path / "h.db", keep) == conversation
    if not second.answer.is_running:
        again = _run(tmp_path / "h.db", lambda archive: archive.conversation(conversation.id))
        assert again == conversation


def test_that_an_unknown_conversation_is_none(tmp_path: Path) -> None:
    assert _run(tmp_path / "h.db", lambda archive: archive.conversation("nothing")) is None


def test_that_the_leaf_of_a_conversation_follows_the_turn_also_without_another_save(
    tmp_path: Path,
) -> None:
    turn = Turn(new_id(), "", Question("Just asked"))

    async def use(archive: SqliteArchive) -> Conversation | None:
        await archive.add_turn("c1", turn)
        return await archive.conversation("c1")

    conversation = _run(tmp_path / "h.db", use)
    assert (conversation.leaf_id, conversation.title) == (turn.id, "Just asked")
    assert conversation.path == (turn,)


def test_that_pieces_add_up_while_the_answer_runs_and_a_saved_answer_replaces_them(
    tmp_path: Path,
) -> None:
    async def use(archive: SqliteArchive) -> list[tuple[str, str]]:
        seen = []

        async def look() -> None:
            found = await archive.conversation("c")
            assert found is not None
            seen.append((found.turns[0].answer.text, found.turns[0].answer.reasoning))

        await archive.add_turn("c", Turn("t", "", Question("q")))
        await archive.append_text("t", "one ", "why")
        await archive.append_text("t", "two")
        await look()
        await archive.save_answer("t", Answer(text="ONE two", reasoning="w", state=Streaming()))
        await archive.append_text("t", " three", "!")
        await look()
        await archive.save_answer("t", Answer(text="Done.", state=Complete()))
        await look()
        return seen

    seen = _run(tmp_path / "h.db", use)
    assert seen == [("one two", "why"), ("ONE two three", "w!"), ("Done.", "")]
    with closing(sqlite3.connect(tmp_path / "h.db")) as database:
        assert database.execute("SELECT count(*) FROM pieces").fetchone() == (0,)


def test_that_R46_a_long_answer_is_journaled_in_linear_space(tmp_path: Path) -> None:
    path = tmp_path / "h.db"
    piece = "word " * 200

    async def use(archive: SqliteArchive) -> int:
        await archive.add_turn("c", Turn("t", "", Question("q")))
        await asyncio.gather(*(archive.append_text("t", piece) for _ in range(400)))
        return path.stat().st_size + path.with_name("h.db-wal").stat().st_size

    # 400 KB of text: writing the whole answer each time would have been 80 MB.
    assert _run(path, use) < 8 * 400 * len(piece)


@pytest.mark.parametrize(
    "pieces",
    [
        ("a \ud83d", "\ude00 b"),
        ("\udc00 alone", " and \ud800"),
        ("nul \0 in it", "\0"),
        ("\ufffe\uffff", "\u2028"),
    ],
)
def test_that_R20_halves_of_characters_and_nul_are_kept_without_an_exception(
    tmp_path: Path, pieces: tuple[str, str]
) -> None:
    whole = "".join(pieces)

    async def use(archive: SqliteArchive) -> list[str]:
        await archive.add_turn("c", Turn("t", "", Question(whole)))
        for piece in pieces:
            await archive.append_text("t", piece, piece)
        seen = []
        for answer in (None, Answer(text=whole, sources=(Source(whole, whole, whole),))):
            if answer is not None:
                await archive.save_answer("t", replace(answer, state=Complete(), model=whole))
            found = await archive.conversation("c")
            assert found is not None
            assert found.turns[0].question.text == storable(whole)
            seen.append(found.turns[0].answer.text)
        await archive.rename("c", whole)
        await archive.conversations(whole)
        return seen

    assert _run(tmp_path / "h.db", use) == [storable(whole)] * 2
    storable(whole).encode()


def test_that_R20_an_emoji_cut_in_two_pieces_is_whole_again(tmp_path: Path) -> None:
    async def use(archive: SqliteArchive) -> str:
        await archive.add_turn("c", Turn("t", "", Question("q")))
        await archive.append_text("t", "smile \ud83d")
        await archive.append_text("t", "\ude00.")
        found = await archive.conversation("c")
        assert found is not None
        return found.turns[0].answer.text

    assert _run(tmp_path / "h.db", use) == "smile 😀."


@given(st.text(st.characters(exclude_categories=[])))
def test_that_every_text_can_be_stored_and_stays_what_it_was_where_it_can(text: str) -> None:
    kept = storable(text)
    kept.encode()
    assert "\0" not in kept
    assert storable(kept) == kept
    if "\0" not in text and not any("\ud800" <= letter <= "\udfff" for letter in text):
        assert kept == text


# --- the list ---


def test_that_the_list_says_state_count_cost_and_comes_newest_first(tmp_path: Path) -> None:
    async def use(archive: SqliteArchive) -> Any:
        first, _ = await _keep(archive, "First")
        second, _ = await _keep(archive, "Second", Answer(state=Failed(interrupted_answer())))
        third, _ = await _keep(archive, "Third", Answer(text="x", state=Stopped()))
        again = Turn(new_id(), "", Question("First, again"), _FULL_ANSWER)
        await archive.add_turn(first, again)
        return (first, second, third), await archive.conversations()

    (first, second, third), listed = _run(tmp_path / "h.db", use)
    assert [(s.id, s.state, s.answers, s.cost) for s in listed] == [
        (first, "complete", 2, 0.025),
        (third, "stopped", 1, None),
        (second, "failed", 1, None),
    ]
    assert listed[0].title == "First"


def test_that_R40_the_order_follows_what_happened_and_not_the_clock(tmp_path: Path) -> None:
    async def use(archive: SqliteArchive) -> list[str]:
        now = datetime.now(UTC)
        for days in (0, 400, -20_000, 1):
            asked_at = now + timedelta(days=days)
            turn = Turn(new_id(), "", Question(str(days), asked_at=asked_at), _FULL_ANSWER)
            await archive.add_turn(new_id(), turn)
        return [summary.title for summary in await archive.conversations()]

    assert _run(tmp_path / "h.db", use) == ["1", "-20000", "400", "0"]


def test_that_the_end_of_an_answer_brings_its_conversation_to_the_top(tmp_path: Path) -> None:
    async def use(archive: SqliteArchive) -> list[str]:
        _, slow = await _keep(archive, "Slow", Answer())
        await _keep(archive, "Quick")
        await archive.save_answer(slow, _FULL_ANSWER)
        return [summary.title for summary in await archive.conversations()]

    assert _run(tmp_path / "h.db", use) == ["Slow", "Quick"]


def test_that_a_conversation_in_which_nothing_was_asked_is_not_listed(tmp_path: Path) -> None:
    async def use(archive: SqliteArchive) -> Any:
        await archive.save_conversation(Conversation(title="Empty"))
        return await archive.conversations(), await archive.conversations("Empty")

    assert _run(tmp_path / "h.db", use) == ((), ())


def test_that_a_limit_is_kept_to(tmp_path: Path) -> None:
    async def use(archive: SqliteArchive) -> list[int]:
        for number in range(5):
            await _keep(archive, f"Bridge {number}")
        return [
            len(await archive.conversations(search, limit))
            for search in ("", "bridge")
            for limit in (0, 2, 50)
        ]

    assert _run(tmp_path / "h.db", use) == [0, 2, 5, 0, 2, 5]


def test_that_R35_what_still_arrives_for_an_erased_conversation_is_dropped(tmp_path: Path) -> None:
    async def use(archive: SqliteArchive) -> Any:
        conversation, turn = await _keep(archive, "Gone", Answer())
        kept, _ = await _keep(archive, "Kept")
        await archive.erase([conversation])
        await archive.append_text(turn, "late")
        await archive.save_answer(turn, _FULL_ANSWER)
        await archive.save_conversation(Conversation(id=conversation, title="Gone"))
        await archive.add_turn(conversation, Turn(new_id(), "", Question("Gone?")))
        await archive.rename(conversation, "Gone")
        found = await archive.conversations("gone")
        return kept, await archive.conversation(conversation), found, await archive.conversations()

    kept, conversation, found, listed = _run(tmp_path / "h.db", use)
    assert (conversation, found) == (None, ())
    assert [summary.id for summary in listed] == [kept]
    with closing(sqlite3.connect(tmp_path / "h.db")) as database:
        assert database.execute("SELECT count(*) FROM search").fetchone() == (1,)


def test_that_a_deleted_conversation_is_neither_listed_nor_found_and_comes_back_whole(
    tmp_path: Path,
) -> None:
    async def use(archive: SqliteArchive) -> Any:
        gone, turn = await _keep(archive, "A viaduct", Answer())
        kept, _ = await _keep(archive, "Kept")
        await archive.delete(gone)
        # What the connection still had in hand belongs to it.
        await archive.save_answer(turn, _FULL_ANSWER)
        await archive.save_conversation(Conversation(id=gone, title="A viaduct", leaf_id=turn))
        hidden = (
            await archive.conversation(gone),
            await archive.conversations("viaduct"),
            [summary.id for summary in await archive.conversations()],
            [(s.id, s.title, s.state) for s in await archive.deleted()],
        )
        await archive.put_back(gone)
        listed = [summary.id for summary in await archive.conversations()]
        found = [summary.id for summary in await archive.conversations("viaduct")]
        return gone, kept, hidden, listed, found, await archive.conversation(gone)

    gone, kept, hidden, listed, found, whole = _run(tmp_path / "h.db", use)
    assert hidden == (None, (), [kept], [(gone, "A viaduct", "complete")])
    assert (sorted(listed), found) == (sorted([gone, kept]), [gone])
    assert whole.turns[0].answer == _FULL_ANSWER


def test_that_what_was_deleted_is_erased_after_thirty_days_and_not_before(tmp_path: Path) -> None:
    async def use(archive: SqliteArchive) -> Any:
        gone, _ = await _keep(archive, "Gone")
        await _keep(archive, "Kept")
        await archive.delete(gone)
        now = datetime.now(UTC)
        early = await archive.erase_old(now + timedelta(days=29, hours=23))
        still = len(await archive.deleted())
        due = await archive.erase_old(now + timedelta(days=30, minutes=1))
        return early, still, due, await archive.deleted(), len(await archive.conversations())

    assert _run(tmp_path / "h.db", use) == (0, 1, 1, (), 1)


def test_that_R40_a_clock_that_went_back_erases_nothing(tmp_path: Path) -> None:
    async def use(archive: SqliteArchive) -> Any:
        gone, _ = await _keep(archive, "Gone")
        await archive.delete(gone)
        for year in (1970, 2000):
            assert await archive.erase_old(datetime(year, 1, 1, tzinfo=UTC)) == 0
        return await archive.deleted()

    assert len(_run(tmp_path / "h.db", use)) == 1


def test_that_the_words_of_what_was_erased_are_in_no_file(tmp_path: Path) -> None:
    def files_with(word: str) -> list[str]:
        # As written and as the search folds it; while the file is open its log counts too.
        forms = {word.encode(), word.lower().encode()}
        return [
            path.name
            for path in sorted(tmp_path.iterdir())
            if path.is_file() and any(form in path.read_bytes() for form in forms)
        ]

    async def use(archive: SqliteArchive) -> Any:
        for number in range(30):
            await _keep(archive, f"Filler {number}", replace(_FULL_ANSWER, text="filler " * 500))
        answer = replace(_FULL_ANSWER, text="Quetzalcoatlus flew. " * 800)
        notes = attachment_of("Archaeopteryx.txt", b"Archaeopteryx did as well. " * 500)
        turn = Turn("t", "", Question("Pterodactyl?", attachments=(notes,)))
        await archive.add_turn("c", turn)
        await archive.append_text("t", "Quetzalcoatlus")
        await archive.save_answer("t", answer)
        await archive.delete("c")
        before = [files_with(word) for word in ("Quetzalcoatlus", "Pterodactyl", "Archaeopteryx")]
        await archive.erase(["c"])
        while_open = [files_with(w) for w in ("Quetzalcoatlus", "Pterodactyl", "Archaeopteryx")]
        return before, while_open

    before, while_open = _run(tmp_path / "h.db", use)
    assert all(before)
    assert while_open == [[], [], []]
    assert [files_with(w) for w in ("Quetzalcoatlus", "Pterodactyl", "Archaeopteryx")] == [[]] * 3


# --- search ---


@pytest.mark.parametrize(
    "search",
    [
        "brücke",
        "BRUCKE",
        "bru\u0308cke",
        "ücke",
        "strasse",
        "Straße",
        "東京",
        "京",
        "東京タワー",
        "가나",
        "naive",
        "Σίσυφος",
        "rücken über",
        "über brücken",
        "x",
        "c++",
        "100%",
        "a_b",
        '"quoted"',
        "NEAR(",
        '12"x',
        "ﬁnd",
        "example.org",
        "the title",
    ],
)
def test_that_the_search_finds(tmp_path: Path, search: str) -> None:
    text = (
        "Über Brücken und Straßen: 東京タワーの高さ, 가나다, naïve x, ΣΊΣΥΦΟΣ; "
        'C++ is 100% a_b "quoted" NEAR(find) 12"x8"'
    )
    answer = Answer(
        text=text,
        sources=(Source("1", "https://www.example.org/page", "The Title"),),
        state=Complete(),
    )

    async def use(archive: SqliteArchive) -> Any:
        wanted, _ = await _keep(archive, "Which one?", answer)
        await _keep(archive, "Something else", Answer(text="Nothing of it.", state=Complete()))
        return wanted, [summary.id for summary in await archive.conversations(search)]

    wanted, found = _run(tmp_path / "h.db", use)
    assert wanted in found


@pytest.mark.parametrize(
    "search",
    [
        '"',
        "*",
        "NEAR(",
        "NEAR(a b)",
        "%",
        "_",
        "'; DROP TABLE turns; --",
        "a OR b",
        "question:x",
        "-",
        "(",
        "^a",
        "\\",
        "\0",
        "\ud800",
        "¨",
        "y" * 1_000_000,
        "long words " * 100_000,
    ],
)
def test_that_S35_a_search_is_never_syntax(tmp_path: Path, search: str) -> None:
    async def use(archive: SqliteArchive) -> Any:
        await _keep(archive, "Plain words", Answer(text="Only letters here", state=Complete()))
        found = await archive.conversations(search)
        return found, await archive.conversations("letters")

    found, still_there = _run(tmp_path / "h.db", use)
    assert found == () or not search.strip("\0¨ ")
    assert len(still_there) == 1


def test_that_the_best_comes_first(tmp_path: Path) -> None:
    def answer(text: str, title: str = "") -> Answer:
        return Answer(text=text, sources=(Source("1", "https://x", title),), state=Complete())

    async def use(archive: SqliteArchive) -> list[str]:
        await _keep(archive, "A bridge", answer("-"), title="In the title: bridge")
        await _keep(archive, "Which bridge?", answer("-"), title="In the question")
        await _keep(archive, "-", answer("-", "On the bridge"), title="In a source")
        await _keep(archive, "-", answer("the bridge"), title="In the answer")
        await _keep(archive, "-", answer("drawbridges"), title="Inside a word")
        return [summary.title for summary in await archive.conversations("bridge")]

    assert _run(tmp_path / "h.db", use) == [
        "In the title: bridge",
        "In the question",
        "In a source",
        "In the answer",
        "Inside a word",
    ]


@pytest.mark.parametrize("before", ["", "Plain words come first. " * 40, "Straße für ½ Fuß. " * 40])
def test_that_an_excerpt_shows_the_found_passage_as_it_was_written(
    tmp_path: Path, before: str
) -> None:
    answer = Answer(text=f"{before}Then the Große Brücke\nstands {'on ' * 90}.", state=Complete())

    async def use(archive: SqliteArchive) -> str:
        await _keep(archive, "q", answer)
        return (await archive.conversations("grosse brucke"))[0].excerpt

    found = _run(tmp_path / "h.db", use)
    assert "Große Brücke stands" in found
    assert len(found) <= 125
    assert found.startswith("…") == bool(before)
    assert found.endswith("…")


@given(st.text(max_size=60), st.text(min_size=1, max_size=20), st.text(max_size=60))
def test_that_an_excerpt_holds_the_word_or_begins_at_the_beginning(
    before: str, word: str, after: str
) -> None:
    words = tuple(folded(word).split())
    passage = folded(excerpt(before + word + after, words))
    assert len(passage) <= 2000
    if words and not before and folded(word) == words[0] and len(words[0]) < 60:
        assert words[0] in passage


def test_that_a_rename_is_found_and_the_old_title_is_not(tmp_path: Path) -> None:
    async def use(archive: SqliteArchive) -> Any:
        conversation, _ = await _keep(archive, "-", Answer(state=Stopped()), title="Old name")
        await archive.rename(conversation, "Fresh name")
        old, new = await archive.conversations("old"), await archive.conversations("fresh")
        return old, [summary.title for summary in new]

    assert _run(tmp_path / "h.db", use) == ((), ["Fresh name"])


def test_that_an_answer_is_found_only_once_it_has_ended(tmp_path: Path) -> None:
    async def use(archive: SqliteArchive) -> list[int]:
        turn = "t"
        begun = Answer("streamed", state=Streaming())  # a continued answer begins with text
        await archive.add_turn("c", Turn(turn, "", Question("q"), begun))
        await archive.append_text(turn, "streamed")
        await archive.save_answer(turn, Answer(text="streamed", state=Streaming()))
        before = len(await archive.conversations("streamed"))
        await archive.save_answer(turn, Answer(text="streamed", state=Complete()))
        return [before, len(await archive.conversations("streamed"))]

    assert _run(tmp_path / "h.db", use) == [0, 1]


_words = st.text("abcßéöÖ京 ", max_size=12)


@settings(max_examples=15)
@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 3), _words, _words), max_size=25))
def test_that_the_index_equals_the_rows_after_any_edits(
    tmp_path_factory: pytest.TempPathFactory, edits: list[tuple[int, int, str, str]]
) -> None:
    path = tmp_path_factory.mktemp("index") / "h.db"

    async def use(archive: SqliteArchive) -> None:
        for kind, place, text, other in edits:
            identifier = f"c{place}"
            answer = Answer(text=text, sources=(Source("1", "u", other),), state=Complete())
            match kind:
                case 0:
                    turn = Turn(f"t{place}", "", Question(other), answer)
                    await archive.add_turn(identifier, turn)
                case 1:
                    await archive.save_answer(f"t{place}", answer)
                case 2:
                    await archive.append_text(f"t{place}", text)
                case 3:
                    await archive.save_answer(f"t{place}", replace(answer, state=Waiting()))
                case 4:
                    await archive.delete(identifier)
                    await archive.put_back(identifier)
                case _:
                    await archive.erase([identifier])

    _run(path, use)

    async def rows(archive: SqliteArchive) -> dict[int, tuple[str, str, str]]:
        expected = {}
        await archive.open()
        with closing(sqlite3.connect(path)) as database:
            for number, conversation, turn in database.execute(
                "SELECT number, conversation_id, id FROM turns"
            ).fetchall():
                found = await archive.conversation(conversation)
                assert found is not None
                kept = found.turn(turn)
                expected[number] = searchable(kept.question.text, kept.answer)
        return expected

    expected = _run(path, rows)
    with closing(sqlite3.connect(path)) as database:
        indexed = {
            row[0]: row[1:]
            for row in database.execute("SELECT rowid, question, answer, sources FROM search")
        }
        database.execute("INSERT INTO search (search) VALUES ('integrity-check')")
    assert indexed == expected


# --- death and its traces ---


_STREAMING = """
import asyncio, sys, time
from pathlib import Path
from headwater.adapters.archive import SqliteArchive
from headwater.domain.answer import Answer, Complete
from headwater.domain.conversation import Turn
from headwater.domain.question import Question

async def main():
    archive = SqliteArchive(Path(sys.argv[1]))
    await archive.add_turn("c", Turn("old", "", Question("old"), Answer("old", state=Complete())))
    await archive.add_turn("c", Turn(sys.argv[2], "old", Question("q")))
    number = 0
    while True:
        await archive.append_text(sys.argv[2], f"{number} ", "." * 300)
        print(number, flush=True)
        number += 1
        await asyncio.sleep(0.001)

asyncio.run(main())
"""


def _streaming(path: Path, turn: str) -> subprocess.Popen[str]:
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    return subprocess.Popen(
        [sys.executable, "-c", _STREAMING, str(path), turn],
        stdout=subprocess.PIPE,
        text=True,
        env=environ,
    )


def _kill_after(streaming: subprocess.Popen[str], seconds: float) -> int:
    """Kill the process that long after its first written piece; return the last number it wrote."""
    assert streaming.stdout is not None
    with streaming:
        last = int(streaming.stdout.readline())
        time.sleep(seconds)
        streaming.kill()
        for line in streaming.stdout:
            with suppress(ValueError):
                last = max(last, int(line)) if line.endswith("\n") else last
    return last


def test_that_R36_kill_9_at_any_moment_loses_nothing_that_was_written(tmp_path: Path) -> None:
    path = tmp_path / "h.db"
    moments = random.Random(36)
    for round_number in range(15):
        turn = f"t{round_number}"
        last = _kill_after(_streaming(path, turn), moments.uniform(0, 0.12))

        async def look(archive: SqliteArchive) -> Any:
            report = await archive.open()
            return report, await archive.conversation("c"), await archive.conversations()

        report, conversation, listed = _run(path, look)
        assert (report.problem, report.recovered) == ("", 1)
        answer = conversation.turn(turn).answer
        numbers = [int(number) for number in answer.text.split()]
        assert numbers == list(range(len(numbers)))
        assert len(numbers) > last
        assert answer.state == Failed(interrupted_answer())
        assert conversation.turn("old").answer == Answer("old", state=Complete())
        assert listed[0].state == "incomplete"
        with closing(sqlite3.connect(path)) as database:
            assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            assert database.execute("SELECT count(*) FROM pieces").fetchone() == (0,)


def test_that_a_killed_answer_without_a_word_is_failed_and_found_by_its_question(
    tmp_path: Path,
) -> None:
    path = tmp_path / "h.db"

    async def die(archive: SqliteArchive) -> None:
        await _keep(archive, "Lost bridge", Answer())

    _run(path, die)  # closed with a running answer: as good as dead

    async def look(archive: SqliteArchive) -> list[tuple[str, str]]:
        found = await archive.conversations("bridge")
        return [(summary.title, summary.state) for summary in found]

    assert _run(path, look) == [("Lost bridge", "failed")]


def test_that_a_live_process_keeps_its_running_answer_and_a_dead_one_is_noticed_while_open(
    tmp_path: Path,
) -> None:
    path = tmp_path / "h.db"
    other = _streaming(path, "t")
    assert other.stdout is not None
    other.stdout.readline()

    async def look(archive: SqliteArchive) -> list[str]:
        report = await archive.open()
        assert report.recovered == 0
        before = await archive.conversations()
        _kill_after(other, 0)
        after = await archive.conversations()
        return [before[0].state, after[0].state]

    assert _run(path, look) == ["running", "incomplete"]


def test_that_two_archives_write_the_same_file(tmp_path: Path) -> None:
    path = tmp_path / "h.db"

    async def main() -> list[set[str]]:
        async with _archive(path) as window, _archive(path) as terminal:
            await asyncio.gather(
                *(_keep(window, f"w{number}") for number in range(10)),
                *(_keep(terminal, f"t{number}") for number in range(10)),
            )
            return [
                {summary.title for summary in await archive.conversations()}
                for archive in (window, terminal)
            ]

    seen = asyncio.run(main())
    assert seen[0] == seen[1] == {f"{who}{number}" for who in "wt" for number in range(10)}


# --- faults of the disk ---


def _stifle(archive: SqliteArchive, pages: int) -> None:
    """Have SQLite say that the disk is full beyond that many pages."""
    database = archive._database
    assert database is not None
    database.connection.execute(f"PRAGMA max_page_count = {pages}").fetchall()


def _forget_pages(archive: SqliteArchive) -> None:
    """Have SQLite read the file again instead of its own memory."""
    database = archive._database
    assert database is not None
    database.connection.execute("PRAGMA shrink_memory")


async def _append_until_it_fails(archive: SqliteArchive, turn_id: str, piece: str) -> None:
    for _ in range(100):
        await archive.append_text(turn_id, piece)


async def _on_thread(archive: SqliteArchive, job: Callable[[], None]) -> None:
    await archive._thread.call(job)


def test_that_R37_a_full_disk_is_told_and_everything_is_kept_once_there_is_space(
    tmp_path: Path,
) -> None:
    path = tmp_path / "h.db"
    long = "No space for this. " * 20_000

    async def main() -> tuple[list[str], str, str]:
        async with _archive(path, retry_every=0.05) as archive:
            await _keep(archive, "Before")
            await _on_thread(archive, lambda: _stifle(archive, 1))
            told = []
            turn = Turn("t", "", Question(long))
            for call in (
                archive.save_conversation(Conversation(id="c", title="Late", leaf_id="t")),
                archive.add_turn("c", turn),
                archive.append_text("t", long),
                archive.save_answer("t", Answer(text="draft", state=Streaming())),
                archive.save_answer("t", Answer(text=long, state=Complete())),
            ):
                try:
                    await call
                except ArchiveError as error:
                    told.append(str(error))
            readable = (await archive.conversations())[0].title
            await asyncio.sleep(0.15)  # tried again meanwhile, without an exception
            await _on_thread(archive, lambda: _stifle(archive, 1_000_000))
            text = ""
            for _ in range(100):
                await asyncio.sleep(0.02)
                found = await archive.conversation("c")
                if found is not None and found.turns:
                    text = found.turns[0].answer.text
                    break
            return told, readable, text

    told, readable, text = asyncio.run(main())
    assert told
    assert set(told) == {"The disk is full. This is kept in memory and saved once there is space."}
    assert readable == "Before"
    assert text == long
    assert _text(path, "c") == long


def test_that_R37_what_is_held_is_tried_again_by_itself_until_it_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "h.db"
    commit = archive_module._commit
    attempts = []

    def refusing(*args: Any) -> None:
        attempts.append(time.monotonic())
        if len(attempts) < 4:
            error = sqlite3.OperationalError("database or disk is full")
            error.sqlite_errorcode = sqlite3.SQLITE_FULL
            raise error
        commit(*args)

    async def main() -> None:
        async with _archive(path, retry_every=0.01) as archive:
            await archive.open()
            monkeypatch.setattr(archive_module, "_commit", refusing)
            with pytest.raises(ArchiveError, match="disk is full"):
                await archive.add_turn("c", Turn("t", "", Question("q"), _FULL_ANSWER))
            async with asyncio.timeout(5):
                while len(attempts) < 4:
                    await asyncio.sleep(0.005)
            await asyncio.sleep(0.05)
            assert len(attempts) == 4

    asyncio.run(main())
    assert _text(path, "c") == _FULL_ANSWER.text


def test_that_R39_an_ended_answer_is_synced_and_a_running_one_is_not(tmp_path: Path) -> None:
    async def use(archive: SqliteArchive) -> list[int]:
        seen: list[int] = []

        def look() -> None:
            database = archive._database
            assert database is not None
            seen.append(database.connection.execute("PRAGMA synchronous").fetchone()[0])

        await archive.add_turn("c", Turn("t", "", Question("q")))
        await archive.append_text("t", "x")
        await _on_thread(archive, look)
        await archive.save_answer("t", _FULL_ANSWER)
        await _on_thread(archive, look)
        await archive.add_turn("c", Turn("t2", "t", Question("q")))
        await _on_thread(archive, look)
        return seen

    normal, full = 1, 2
    assert _run(tmp_path / "h.db", use) == [normal, full, normal]


def test_that_R37_a_file_that_becomes_read_only_is_told_and_written_once_it_is_not(
    tmp_path: Path,
) -> None:
    async def main() -> tuple[str, str, list[str]]:
        async with _archive(tmp_path / "h.db", retry_every=0.05) as archive:
            await _keep(archive, "Before")
            database = archive._database
            assert database is not None

            def switch(state: str) -> None:
                database.connection.execute(f"PRAGMA query_only = {state}")

            await _on_thread(archive, lambda: switch("ON"))
            with pytest.raises(ArchiveError) as told:
                await archive.add_turn("c", Turn("t", "", Question("Late"), _FULL_ANSWER))
            readable = (await archive.conversations())[0].title
            await _on_thread(archive, lambda: switch("OFF"))
            await asyncio.sleep(0.2)
            return str(told.value), readable, [s.title for s in await archive.conversations()]

    assert asyncio.run(main()) == (
        "The history file cannot be written. This is kept in memory for now.",
        "Before",
        ["Late", "Before"],
    )


@contextmanager
def _locked(path: Path) -> Iterator[sqlite3.Connection]:
    """Hold the file as another program might, also while it is being opened."""
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("PRAGMA journal_mode = DELETE")
        other.execute("BEGIN EXCLUSIVE")
        yield other


def test_that_R37_what_is_asked_while_the_file_is_locked_goes_into_it_later(tmp_path: Path) -> None:
    path = tmp_path / "h.db"

    async def main() -> Any:
        async with _archive(path) as archive:
            old, _ = await _keep(archive, "Before")
        with _locked(path) as other:
            async with _archive(path) as archive:
                first = await archive.open()
                done, _ = await _keep(archive, "While it was locked")
                turn = Turn("t", "", Question("On its way", attachments=(_NOTES,)))
                await archive.add_turn("c", turn)
                await archive.append_text("t", "some ")
                still = await archive.open()
                other.execute("ROLLBACK")
                then = await archive.open()
                await archive.append_text("t", "words")
                running = await archive.conversation("c")
                await archive.save_answer("t", _FULL_ANSWER)
                titles = [summary.title for summary in await archive.conversations()]
                found = [summary.id for summary in await archive.conversations("locked")]
        return first, still, then, running, titles, found == [done], old

    first, still, then, running, titles, is_found, old = asyncio.run(main())
    assert first.problem == (
        "The history file cannot be opened (database is locked). "
        "It is tried again; what you ask before is kept only until Headwater ends."
    )
    assert (first.may_pass, still.may_pass) == (True, True)
    assert then == OpenReport(is_persistent=True)
    assert running.turns[0].answer.text == "some words"
    assert running.turns[0].answer.is_running
    assert running.turns[0].question.attachments == (_NOTES,)
    assert (titles, is_found) == (["On its way", "While it was locked", "Before"], True)
    assert _text(path, "c") == _FULL_ANSWER.text
    assert _text(path, old) == _FULL_ANSWER.text
    assert sorted(each.name for each in (tmp_path / "running").iterdir()) == []


def test_that_R37_what_was_kept_in_memory_is_written_at_the_end_at_the_latest(
    tmp_path: Path,
) -> None:
    path = tmp_path / "h.db"

    async def main() -> str:
        async with _archive(path) as archive:
            await _keep(archive, "Before")
        with _locked(path) as other:
            async with _archive(path) as archive:
                late, _ = await _keep(archive, "Late")
                other.execute("ROLLBACK")
        return late

    assert _text(path, asyncio.run(main())) == _FULL_ANSWER.text


def test_that_what_may_not_be_touched_is_not_tried_again(tmp_path: Path) -> None:
    path = tmp_path / "h.db"
    with closing(sqlite3.connect(path)) as database:
        database.execute("CREATE TABLE mine (x)")
    before = path.read_bytes()

    async def use(archive: SqliteArchive) -> Any:
        await _keep(archive, "Mine")
        return await archive.open(), [summary.title for summary in await archive.conversations()]

    report, titles = _run(path, use)
    assert (report.may_pass, titles) == (False, ["Mine"])
    assert path.read_bytes() == before


def test_that_R37_text_sent_again_after_a_failure_is_there_once(tmp_path: Path) -> None:
    async def use(archive: SqliteArchive) -> str:
        await _keep(archive, "q")
        await archive.add_turn("c", Turn("t", "", Question("q")))
        await _on_thread(archive, lambda: _stifle(archive, 1))
        piece = "twice? " * 2000
        with pytest.raises(ArchiveError):
            await _append_until_it_fails(archive, "t", piece)
        before = await archive.conversation("c")
        assert before is not None
        await _on_thread(archive, lambda: _stifle(archive, 1_000_000))
        await archive.append_text("t", "once")
        after = await archive.conversation("c")
        assert after is not None
        return after.turns[0].answer.text.removeprefix(before.turns[0].answer.text)

    assert _run(tmp_path / "h.db", use) == "once"


def test_that_R37_a_locked_file_is_told_within_two_seconds_and_written_later(
    tmp_path: Path,
) -> None:
    path = tmp_path / "h.db"

    async def main() -> tuple[str, float]:
        async with _archive(path, retry_every=0.05) as archive:
            await archive.open()
            with closing(sqlite3.connect(path, isolation_level=None)) as rival:
                rival.execute("BEGIN IMMEDIATE")
                begun = time.monotonic()
                with pytest.raises(ArchiveError) as told:
                    await archive.add_turn("c", Turn("t", "", Question("q"), _FULL_ANSWER))
                waited = time.monotonic() - begun
                rival.execute("ROLLBACK")
            return str(told.value), waited

    told, waited = asyncio.run(main())
    assert told.startswith("The history file is locked.")
    assert waited < 2.0
    assert _text(path, "c") == _FULL_ANSWER.text


def test_that_R38_damage_found_while_running_is_told_and_checked_at_the_next_start(
    tmp_path: Path,
) -> None:
    path = tmp_path / "h.db"
    _run(path, lambda archive: _keep(archive, "q", Answer(text="x" * 200_000, state=Complete())))

    async def use(archive: SqliteArchive) -> str:
        await archive.open()
        data = bytearray(path.read_bytes())
        data[4096:] = random.Random(1).randbytes(len(data) - 4096)
        path.write_bytes(data)
        await _on_thread(archive, lambda: _forget_pages(archive))
        with pytest.raises(ArchiveError) as told:
            await archive.conversations()
        return str(told.value)

    assert _run(path, use) == "The history file is damaged. It is checked at the next start."
    assert path.with_name("h.db.suspect").exists()
    report = _run(path, lambda archive: archive.open())
    assert report.set_aside is not None
    assert not path.with_name("h.db.suspect").exists()


def test_that_one_bad_change_does_not_take_the_others_with_it(tmp_path: Path) -> None:
    class _Unspeakable(str):
        __slots__ = ()

        def encode(self, *args: Any) -> bytes:
            raise ValueError("no bytes")

    async def use(archive: SqliteArchive) -> Any:
        await archive.open()
        bad = archive.append_text("t", _Unspeakable("x"))
        results = await asyncio.gather(
            _keep(archive, "Good"), bad, _keep(archive, "Also good"), return_exceptions=True
        )
        listed = await archive.conversations()
        return [type(result) for result in results], {summary.title for summary in listed}

    kinds, titles = _run(tmp_path / "h.db", use)
    assert kinds == [tuple, ArchiveError, tuple]
    assert titles == {"Good", "Also good"}


# --- attachments ---


async def _keep_attached(archive: SqliteArchive, *attachments: Attachment, text: str = "q") -> str:
    """Keep a conversation of one ended turn and return its id."""
    turn = Turn(new_id(), "", Question(text, attachments=attachments), _FULL_ANSWER)
    conversation = Conversation().with_turn(turn)
    await archive.save_conversation(conversation)
    await archive.add_turn(conversation.id, turn)
    return conversation.id


def _attached(path: Path, conversation_id: str) -> tuple[Attachment, ...]:
    async def use(archive: SqliteArchive) -> tuple[Attachment, ...]:
        conversation = await archive.conversation(conversation_id)
        assert conversation is not None
        assert conversation.turns[0].answer == _FULL_ANSWER
        return conversation.turns[0].question.attachments

    found: tuple[Attachment, ...] = _run(path, use)
    return found


def _change(path: Path, statement: str, *values: object) -> None:
    with closing(sqlite3.connect(path)) as database, database:
        database.execute(statement, values)


def test_that_a_turn_written_again_has_its_attachments_once(tmp_path: Path) -> None:
    async def use(archive: SqliteArchive) -> Any:
        turn = Turn("t", "", Question("q", attachments=(_PICTURE, _NOTES)), _FULL_ANSWER)
        await archive.add_turn("c", turn)
        question = replace(turn.question, attachments=(_NOTES,))
        await archive.add_turn("c", replace(turn, question=question))
        conversation = await archive.conversation("c")
        assert conversation is not None
        return conversation.turns[0].question.attachments

    assert _run(tmp_path / "h.db", use) == (_NOTES,)


def test_that_a_question_of_files_alone_is_listed_under_their_names(tmp_path: Path) -> None:
    async def use(archive: SqliteArchive) -> Any:
        turn = Turn("t", "", Question("", attachments=(_PICTURE,)), _FULL_ANSWER)
        await archive.add_turn("c", turn)
        return [summary.title for summary in await archive.conversations("screenshot")]

    assert _run(tmp_path / "h.db", use) == ["screenshot.png"]


def test_that_neither_the_list_nor_the_search_reads_attachments(tmp_path: Path) -> None:
    read: set[str] = set()

    def note(action: int, table: str | None, *_: object) -> int:
        if action == sqlite3.SQLITE_READ and table is not None:
            read.add(table)
        return sqlite3.SQLITE_OK

    async def use(archive: SqliteArchive) -> None:
        await _keep_attached(archive, _PICTURE)
        assert archive._database is not None
        watched = archive._database.connection
        await _on_thread(archive, lambda: watched.set_authorizer(note))
        await archive.conversations()
        await archive.conversations("bridge")
        assert {"conversations", "turns", "answers"} <= read
        assert "attachments" not in read

    _run(tmp_path / "h.db", use)


def test_that_an_erased_conversation_takes_its_attachments_with_it(tmp_path: Path) -> None:
    path = tmp_path / "h.db"

    async def use(archive: SqliteArchive) -> None:
        gone = await _keep_attached(archive, _PICTURE)
        await _keep_attached(archive, _NOTES)
        await archive.erase([gone])

    _run(path, use)
    with closing(sqlite3.connect(path)) as database:
        names = database.execute("SELECT name FROM attachments").fetchall()
    assert names == [(_NOTES.name,)]
    assert b"\x89PNG" not in path.read_bytes()


def test_that_the_record_of_a_question_holds_no_bytes(tmp_path: Path) -> None:
    path = tmp_path / "h.db"
    _run(path, lambda archive: _keep_attached(archive, _NOTES))
    with closing(sqlite3.connect(path)) as database:
        (record,) = database.execute("SELECT question FROM turns").fetchone()
    assert "Grüße" not in record
    assert "attachments" not in record


@pytest.mark.parametrize(
    ("column", "value", "name", "media_type"),
    [
        ("data", "text in place of bytes", "screenshot.png", "image/png"),
        ("data", 7, "screenshot.png", "image/png"),
        ("name", b"\xff\x00", "\ufffd", "image/png"),
        ("name", "../\u202e", "attachment", "image/png"),
        ("media_type", 7, "screenshot.png", "7"),
        ("media_type", b"\xff", "screenshot.png", "\ufffd"),
    ],
)
def test_that_R38_a_damaged_attachment_loses_neither_conversation_nor_its_name(
    tmp_path: Path, column: str, value: object, name: str, media_type: str
) -> None:
    path = tmp_path / "h.db"
    kept = _run(path, lambda archive: _keep_attached(archive, _PICTURE, _NOTES))
    _change(path, f"UPDATE attachments SET {column} = ? WHERE position = 0", value)
    damaged, whole = _attached(path, kept)
    data = b"" if column == "data" else _PICTURE.data
    assert damaged == Attachment(name, media_type, data)
    assert whole == _NOTES
    assert (problem_sending([damaged], PERPLEXITY) != "") == (column != "name")


@pytest.mark.parametrize("is_root", [False, True], ids=["one", "all"])
def test_that_R38_pages_of_attachments_that_cannot_be_read_lose_no_conversation(
    tmp_path: Path, is_root: bool
) -> None:
    path = tmp_path / "h.db"
    paper = Attachment("report.pdf", PDF, b"%PDF-" + b"x" * 17_000_000)  # above what is checked
    kept = _run(path, lambda archive: _keep_attached(archive, paper))
    with closing(sqlite3.connect(path)) as database:
        (root,) = database.execute(
            "SELECT rootpage FROM sqlite_schema WHERE name = 'attachments'"
        ).fetchone()
    data = bytearray(path.read_bytes())
    page = (root if is_root else len(data) // 4096 // 2) - 1
    data[page * 4096 : page * 4096 + 8] = b"\xff" * 8
    path.write_bytes(data)
    (damaged,) = _attached(path, kept)
    assert damaged.data == b""
    assert damaged.name == ("attachment" if is_root else "report.pdf")
    assert problem_sending([damaged], PERPLEXITY) == f"{damaged.name} is damaged in the history."


_VERSION_1 = Path(__file__).with_name("history_version_1.sql")


def test_that_a_history_of_version_1_opens_with_a_backup_and_takes_attachments(
    tmp_path: Path,
) -> None:
    path = tmp_path / "h.db"
    with closing(sqlite3.connect(path)) as database:
        database.executescript(_VERSION_1.read_text(encoding="utf-8"))

    async def use(archive: SqliteArchive) -> Conversation | None:
        report = await archive.open()
        assert report == OpenReport(is_persistent=True)
        (found,) = await archive.conversations("tunnel")
        assert (found.title, found.cost) == ("What is a bridge?", 0.0125)
        old = await archive.conversation(found.id)
        assert old is not None
        assert [turn.question.text for turn in old.path] == ["What is a bridge?", "And a tunnel?"]
        assert [turn.question.attachments for turn in old.path] == [(), ()]
        assert old.path[0].answer.sources == (Source("1", "https://www.bridges.org/a", "Spans"),)
        further = Turn("new", old.leaf_id, Question("And this?", attachments=(_PICTURE,)))
        await archive.add_turn(old.id, further)
        return await archive.conversation(old.id)

    now = _run(path, use)
    assert now.path[2].question.attachments == (_PICTURE,)
    (backup,) = backups(path)
    with closing(sqlite3.connect(backup)) as database:
        assert database.execute("PRAGMA user_version").fetchone() == (1,)
        assert database.execute("SELECT count(*) FROM turns").fetchone() == (2,)
    with closing(sqlite3.connect(path)) as database:
        assert database.execute("PRAGMA user_version").fetchone() == (len(MIGRATIONS),)


def test_that_a_history_of_version_2_opens_and_can_undo_deleting(tmp_path: Path) -> None:
    path = tmp_path / "h.db"
    with closing(sqlite3.connect(path)) as database:
        database.executescript(_VERSION_1.with_name("history_version_2.sql").read_text("utf-8"))
        before = {row[0] for row in database.execute("SELECT id FROM conversations")}

    async def use(archive: SqliteArchive) -> Any:
        report = await archive.open()
        listed = await archive.conversations()
        await archive.delete(listed[0].id)
        without = {summary.id for summary in await archive.conversations()}
        await archive.put_back(listed[0].id)
        again = {summary.id for summary in await archive.conversations()}
        return report.problem, {s.id for s in listed}, len(before - without), again

    assert _run(path, use) == ("", before, 1, before)
    (backup,) = backups(path)
    with closing(sqlite3.connect(backup)) as database:
        assert database.execute("PRAGMA user_version").fetchone() == (2,)


# --- opening, closing, threads ---


def test_that_close_writes_what_was_accepted_and_nothing_is_taken_afterwards(
    tmp_path: Path,
) -> None:
    path = tmp_path / "h.db"

    async def main() -> None:
        archive = SqliteArchive(path)
        await archive.add_turn("c", Turn("t", "", Question("q")))
        waiting = [asyncio.ensure_future(archive.append_text("t", "x")) for _ in range(50)]  # noqa: TID251
        waiting.append(asyncio.ensure_future(archive.save_answer("t", _FULL_ANSWER)))  # noqa: TID251
        await asyncio.sleep(0)
        await archive.close()
        await archive.close()
        assert all(task.done() for task in waiting)
        with pytest.raises(ArchiveError, match="closed"):
            await archive.conversations()
        with pytest.raises(ArchiveError, match="closed"):
            await archive.append_text("t", "late")

    asyncio.run(main())
    assert _text(path, "c") == _FULL_ANSWER.text
    assert not path.with_name("h.db-wal").exists()
    assert list((tmp_path / "running").iterdir()) == []


def test_that_an_archive_that_was_never_used_makes_no_file(tmp_path: Path) -> None:
    asyncio.run(SqliteArchive(tmp_path / "h.db").close())
    assert list(tmp_path.iterdir()) == []


def test_that_a_loop_that_ended_loses_the_result_and_not_the_text(tmp_path: Path) -> None:
    path = tmp_path / "h.db"
    archive = SqliteArchive(path)

    async def ask() -> None:
        await archive.add_turn("c", Turn("t", "", Question("q")))
        future = archive.save_answer("t", _FULL_ANSWER)
        with suppress(TimeoutError):
            async with asyncio.timeout(0):
                await future

    asyncio.run(ask())
    asyncio.run(archive.close())
    assert _text(path, "c") == _FULL_ANSWER.text


def test_that_a_cancelled_caller_does_not_cancel_the_writing(tmp_path: Path) -> None:
    async def use(archive: SqliteArchive) -> str:
        await archive.add_turn("c", Turn("t", "", Question("q")))
        task = asyncio.ensure_future(archive.save_answer("t", _FULL_ANSWER))  # noqa: TID251
        await asyncio.sleep(0)
        task.cancel()
        found = await archive.conversation("c")
        assert found is not None
        return found.turns[0].answer.text

    assert _run(tmp_path / "h.db", use) == _FULL_ANSWER.text


def test_that_S23_every_file_is_the_users_alone_also_under_umask_000(tmp_path: Path) -> None:
    path = tmp_path / "new" / "deep" / "h.db"
    modes: dict[str, int] = {}

    async def use(archive: SqliteArchive) -> None:
        await _keep(archive, "q")
        for found in [*(tmp_path / "new").rglob("*"), tmp_path / "new"]:
            modes[found.name] = found.stat().st_mode & 0o777

    umask = os.umask(0)
    try:
        _run(path, use)
    finally:
        os.umask(umask)
    lock = next(name for name in modes if name.endswith(".lock"))
    assert modes == {
        "new": 0o700,
        "deep": 0o700,
        "running": 0o700,
        lock: 0o600,
        "h.db": 0o600,
        "h.db-wal": 0o600,
        "h.db-shm": 0o600,
    }


def test_that_S23_an_open_database_is_tightened(tmp_path: Path) -> None:
    path = tmp_path / "h.db"
    _run(path, lambda archive: _keep(archive, "q"))
    path.chmod(0o644)
    _run(path, lambda archive: archive.open())
    assert path.stat().st_mode & 0o777 == 0o600
