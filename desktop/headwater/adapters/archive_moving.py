"""Moves what was kept in memory into the history's file, once that can be opened."""

from __future__ import annotations

import sqlite3

_OF_A_TURN = (
    ("answers", "turn", "status, owner, cost, record, text, reasoning"),
    ("pieces", "turn", "text, reasoning"),
    ("attachments", "turn", "position, name, media_type, data"),
    ("search", "rowid", "question, answer, sources"),
)


def move_conversations(memory: sqlite3.Connection, file: sqlite3.Connection, owner: str) -> None:
    """Add every conversation of `memory` to `file` as its newest, all of them or none.

    `owner` is the process that goes on writing what is still running.

    Raises:
        sqlite3.Error: nothing was added.
    """
    file.execute("BEGIN IMMEDIATE")
    try:
        for row in memory.execute(
            "SELECT id, title, title_folded, leaf_id, created, updated, deleted"
            " FROM conversations ORDER BY activity"
        ):
            file.execute(
                "INSERT INTO conversations"
                " (id, title, title_folded, leaf_id, created, updated, deleted, activity)"
                " VALUES (?, ?, ?, ?, ?, ?, ?,"
                " (SELECT coalesce(max(activity), 0) + 1 FROM conversations))",
                row,
            )
        for row in memory.execute(
            "SELECT number, id, conversation_id, parent_id, question FROM turns ORDER BY number"
        ):
            _move_turn(memory, file, owner, row)
        file.execute("COMMIT")
    except BaseException:
        if file.in_transaction:
            file.execute("ROLLBACK")
        raise


def _move_turn(
    memory: sqlite3.Connection,
    file: sqlite3.Connection,
    owner: str,
    turn: tuple[int, str, str, str, str],
) -> None:
    before, *columns = turn
    number = file.execute(
        "INSERT INTO turns (id, conversation_id, parent_id, question) VALUES (?, ?, ?, ?)"
        " RETURNING number",
        columns,
    ).fetchone()[0]
    for table, key, columns_of in _OF_A_TURN:
        rows = memory.execute(
            f"SELECT {columns_of} FROM {table} WHERE {key} = ? ORDER BY rowid",  # noqa: S608
            (before,),
        )
        places = ", ?" * (columns_of.count(",") + 1)
        file.executemany(
            f"INSERT INTO {table} ({key}, {columns_of}) VALUES (?{places})",  # noqa: S608
            [(number, *row) for row in rows],
        )
    file.execute("UPDATE answers SET owner = ? WHERE turn = ?", (owner, number))
