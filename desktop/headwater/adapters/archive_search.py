"""What the history's search box finds: folded text, three-letter index, excerpts."""

from __future__ import annotations

import sqlite3
import unicodedata
from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass

from headwater.domain.source import Source

_MOST_WORDS = 8
_INDEXED_LETTERS = 64
_MOST_HITS = 2000
_EXCERPT_BEFORE = 40
_EXCERPT_LENGTH = 120


class _Folds(dict[int, str]):
    """Code point to folded text, worked out once per character."""

    def __missing__(self, code: int) -> str:
        bare = "".join(
            letter
            for letter in unicodedata.normalize("NFKD", chr(code).casefold())
            if not "\u0300" <= letter <= "\u036f"
        )
        # NFKD takes Hangul and kana apart; only accents of letters are to go.
        folded = unicodedata.normalize("NFC", bare)
        self[code] = folded
        return folded


_FOLDS = _Folds()


def folded(text: str) -> str:
    """Return `text` without case, accents and widths: what is compared when searching.

    Works character by character on composed text (NFC), so that a prefix folds to a prefix.
    """
    if text.isascii():
        return text.lower()
    return unicodedata.normalize("NFC", text).translate(_FOLDS)


def indexed(text: str) -> str:
    """Return `text` as the index holds it: folded, on one line, each word after a space."""
    return " " + folded(text).replace("\n", " ").replace("\t", " ")


def words_of(search: str) -> tuple[str, ...]:
    """Return the folded words that all have to occur, at most 8; nothing in them is syntax."""
    return tuple(dict.fromkeys(folded(search).split()))[:_MOST_WORDS]


def sources_text(sources: Iterable[Source]) -> str:
    """Return what of the sources can be searched: titles and domains."""
    return "\n".join(f"{source.title} {source.domain}" for source in sources)


def excerpt(text: str, words: tuple[str, ...]) -> str:
    """Return about 120 characters of `text` around the first of `words`, on one line."""
    text = unicodedata.normalize("NFC", text)
    flat = folded(text)
    hits = [position for word in words if (position := flat.find(word)) >= 0]
    start = _unfolded(text, flat, min(hits)) if hits else 0
    return _cut(text, start)


def _unfolded(text: str, flat: str, position: int) -> int:
    """Return where in `text` the character stands that begins at `position` of its folding."""
    if len(text) == len(flat):
        return position
    return bisect_left(range(len(text)), position, key=lambda end: len(folded(text[:end])))


def _cut(text: str, hit: int) -> str:
    start = max(0, hit - _EXCERPT_BEFORE)
    if start:
        space = text.find(" ", start, hit)
        start = space + 1 if space >= 0 else start
    end = min(len(text), start + _EXCERPT_LENGTH)
    if end < len(text):
        space = text.rfind(" ", max(start + 1, hit), end)
        end = space if space > hit else end
    line = " ".join(text[start:end].split())
    return f"{'…' if start else ''}{line}{'…' if end < len(text) else ''}"


@dataclass(frozen=True, slots=True)
class Hit:
    """A conversation that matches; `turn` is the number of its best turn, None for its title."""

    conversation_id: str
    turn: int | None


def find(connection: sqlite3.Connection, words: tuple[str, ...]) -> list[Hit]:
    """Return the conversations in which all words occur, in the title or in one turn.

    Best first: title before question before sources before answer, whole words before parts,
    then the latest. Of very many only the newest 2,000 titles and turns are looked at.
    """
    ranks: dict[str, tuple[int, int]] = {}
    turns: dict[str, tuple[int, int]] = {}
    for conversation_id, activity, score in _find_titles(connection, words):
        ranks[conversation_id] = (score, activity)
    for conversation_id, activity, score, turn in _find_turns(connection, words):
        ranks[conversation_id] = max(ranks.get(conversation_id, (0, 0)), (score, activity))
        turns[conversation_id] = max(turns.get(conversation_id, (0, 0)), (score, turn))
    best = sorted(ranks, key=ranks.__getitem__, reverse=True)
    return [Hit(found, turns[found][1] if found in turns else None) for found in best]


def _find_titles(
    connection: sqlite3.Connection, words: tuple[str, ...]
) -> list[tuple[str, int, int]]:
    holds = " AND ".join(f"instr(title_folded, ?{n})" for n in range(1, len(words) + 1))
    rows = connection.execute(
        f"""
        SELECT id, activity, 16 + (instr(title_folded, ' ' || ?1) > 0)
        FROM conversations WHERE deleted IS NULL AND {holds}
        ORDER BY rowid DESC LIMIT {_MOST_HITS}
        """,  # noqa: S608 - only numbered parameters are put in
        words,
    )
    return rows.fetchall()


def _find_turns(
    connection: sqlite3.Connection, words: tuple[str, ...]
) -> list[tuple[str, int, int, int]]:
    columns = ("question", "sources", "answer")
    holds = " AND ".join(
        "(" + " OR ".join(f"instr(search.{column}, ?{n})" for column in columns) + ")"
        for n in range(1, len(words) + 1)
    )
    score = " + ".join(
        f"{2 * weight} * (instr(search.{column}, ?1) > 0)"
        f" + {weight} * (instr(search.{column}, ' ' || ?1) > 0)"
        for column, weight in zip(columns, (4, 2, 1), strict=True)
    )
    index = _index_query(words)
    narrowed = f"search MATCH ?{len(words) + 1} AND {holds}" if index else holds
    rows = connection.execute(
        f"""
        SELECT turns.conversation_id, conversations.activity, found.score, found.turn
        FROM (
            SELECT search.rowid AS turn, {score} AS score
            FROM search WHERE {narrowed} ORDER BY search.rowid DESC LIMIT {_MOST_HITS}
        ) AS found
        JOIN turns ON turns.number = found.turn
        JOIN conversations ON conversations.id = turns.conversation_id AND deleted IS NULL
        """,  # noqa: S608 - only numbered parameters are put in
        (*words, index) if index else words,
    )
    return rows.fetchall()


def _index_query(words: tuple[str, ...]) -> str:
    """Return the full-text query that every match satisfies, empty when no word is long enough."""
    letters = dict.fromkeys(
        word[start : start + 3]
        for word in words
        for start in range(min(len(word) - 2, _INDEXED_LETTERS))
    )
    return " ".join('"' + three.replace('"', '""') + '"' for three in letters)
