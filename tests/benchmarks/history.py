"""A history of 100,000 conversations: how soon it is open, listed and searched."""

from __future__ import annotations

import asyncio
import json
import random
import statistics
import tempfile
import time
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from headwater.adapters.answer_record import answer_record, question_record
from headwater.adapters.archive import SqliteArchive, searchable
from headwater.adapters.archive_schema import open_database
from headwater.adapters.archive_search import indexed
from headwater.adapters.folders import Folders
from headwater.domain.answer import Answer, Complete
from headwater.domain.question import Question
from tests.benchmarks.start import seconds_to_window

CONVERSATIONS = 100_000
FEW = 100
_WORDS_OF_AN_ANSWER = 60
_ROUNDS = 5
_STARTS = 7
_VOCABULARY = 4000
# About as many three-letter pieces as a European language has.
_SYLLABLES = [f"{a}{b}{c}" for a in "bdfgklmnprst" for b in "aeiou" for c in ("", "n", "r")]
_RARE = "zyzzyva"
_EVERYWHERE = "water"


def measure() -> dict[str, float]:
    """Return milliseconds for the large history, and how many times those of a small one."""
    with tempfile.TemporaryDirectory() as folder:
        homes = [Path(folder) / name for name in ("small", "large")]
        small, large = (Folders.under(home).database for home in homes)
        words = fill(large, CONVERSATIONS)
        fill(small, FEW)
        start_ratio = _start_ratio(*(str(home) for home in homes))
        few, many = (asyncio.run(_times(path, words)) for path in (small, large))
        size = large.stat().st_size / 1_000_000
    searches = sorted(many["searches"])
    figures = {
        "megabytes": size,
        "start_ratio": start_ratio,
        "search_p95_ms": searches[int(len(searches) * 0.95)],
        "search_median_ms": statistics.median(searches),
        "search_most_ms": searches[-1],
        "open_ms": statistics.median(many["open"]),
        "open_beyond_few_ms": statistics.median(many["open"]) - statistics.median(few["open"]),
        "list_ms": statistics.median(many["list"]),
        "read_ms": statistics.median(many["read"]),
        "write_ms": statistics.median(many["write"]),
    }
    return {name: round(value, 2) for name, value in figures.items()}


def _start_ratio(small: str, large: str) -> float:
    """Return how much longer the window takes to be there with the large history."""
    for home in (small, large):
        seconds_to_window("headwater", home)
    pairs = [
        (seconds_to_window("headwater", large), seconds_to_window("headwater", small))
        for _ in range(_STARTS)
    ]
    return statistics.median(many / few for many, few in pairs)


def fill(path: Path, count: int) -> list[str]:
    """Write a history of `count` conversations; return words that are in it."""
    chance = random.Random(count)
    words = [
        "".join(chance.choices(_SYLLABLES, k=chance.randint(1, 4))) for _ in range(_VOCABULARY)
    ]
    weights = [1 / (rank + 10) for rank in range(_VOCABULARY)]  # as words of a language are spread
    now = datetime.now(UTC).isoformat()
    connection, _ = open_database(path, lambda: False)
    with closing(connection):
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("BEGIN")
        for number in range(count):
            text = " ".join(chance.choices(words, weights, k=_WORDS_OF_AN_ANSWER))
            text = f"{text} {_EVERYWHERE}{'' if number % 10_000 else ' ' + _RARE}."
            question = Question(" ".join(chance.choices(words, weights, k=6)).capitalize() + "?")
            answer = Answer(text=text, state=Complete())
            connection.execute(
                "INSERT INTO conversations VALUES (?, ?, ?, ?, ?, ?, ?, NULL)",
                (
                    f"c{number}",
                    question.text,
                    indexed(question.text),
                    f"t{number}",
                    now,
                    now,
                    number,
                ),
            )
            turn = connection.execute(
                "INSERT INTO turns (id, conversation_id, parent_id, question)"
                " VALUES (?, ?, '', ?) RETURNING number",
                (f"t{number}", f"c{number}", json.dumps(question_record(question))),
            ).fetchone()[0]
            connection.execute(
                "INSERT INTO answers VALUES (?, 'complete', 'x', 0.01, ?, ?, '')",
                (turn, json.dumps(answer_record(answer)), text),
            )
            connection.execute(
                "INSERT INTO search (rowid, question, answer, sources) VALUES (?, ?, ?, ?)",
                (turn, *searchable(question.text, answer)),
            )
        connection.execute("COMMIT")
    return words


async def _times(path: Path, words: list[str]) -> dict[str, list[float]]:
    chance = random.Random(7)
    # What is everywhere, rare, nowhere, two letters and one; then words, and parts of words.
    searches = [_EVERYWHERE, _RARE, "qqq", "ba", "e", f"{_EVERYWHERE} {_RARE}", words[0]]
    searches += [" ".join(chance.choices(words, k=1 + number % 3)) for number in range(40)]
    searches += [words[number][1:6] for number in range(40, 60)]
    times: dict[str, list[float]] = {each: [] for each in ("open", "list", "searches", "read")}
    times["write"] = []
    for _ in range(_ROUNDS):
        archive = SqliteArchive(path)
        begun = time.perf_counter()
        await archive.open()
        times["open"].append(_since(begun))
        begun = time.perf_counter()
        listed = await archive.conversations()
        times["list"].append(_since(begun))
        begun = time.perf_counter()
        await archive.conversation(listed[-1].id)
        times["read"].append(_since(begun))
        begun = time.perf_counter()
        await archive.rename(listed[0].id, "Renamed")
        times["write"].append(_since(begun))
        await archive.close()
    archive = SqliteArchive(path)
    for search in searches:
        begun = time.perf_counter()
        await archive.conversations(search)
        times["searches"].append(_since(begun))
    await archive.close()
    return times


def _since(begun: float) -> float:
    return (time.perf_counter() - begun) * 1000
