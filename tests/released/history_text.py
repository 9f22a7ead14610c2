"""A history as SQL that a person can read and SQLite can read back."""

from __future__ import annotations

import sqlite3


def history_text(database: sqlite3.Connection) -> str:
    """Return every statement that makes the database anew, whoever's tables it has.

    What a virtual table keeps in tables of its own is left out; its rows make them again.
    """
    lines = [
        f"PRAGMA {name} = {database.execute(f'PRAGMA {name}').fetchone()[0]};"
        for name in ("application_id", "user_version")
    ]
    known = database.execute(
        "SELECT name, sql FROM sqlite_schema WHERE sql NOT NULL ORDER BY rowid"
    )
    schema = known.fetchall()
    virtual = {name for name, sql in schema if sql.startswith("CREATE VIRTUAL TABLE")}
    ours = [
        (name, sql)
        for name, sql in schema
        if not name.startswith(("sqlite_", *(f"{table}_" for table in virtual)))
    ]
    lines += [f"{sql};" for _, sql in ours]
    tables = [name for name, sql in ours if "TABLE" in sql.split("(")[0]]
    if any(name == "sqlite_sequence" for name, _ in schema):
        tables.append("sqlite_sequence")
    for table in tables:
        columns = [row[1] for row in database.execute(f"PRAGMA table_info({table})")]
        if table in virtual:
            columns.insert(0, "rowid")
        if table == "sqlite_sequence":  # SQLite has filled it with the rows above
            lines.append("DELETE FROM sqlite_sequence;")
        quoted = " || ', ' || ".join(f"quote({column})" for column in columns)
        for (row,) in database.execute(f"SELECT {quoted} FROM {table} ORDER BY rowid"):
            lines.append(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({row});")
    return "\n".join(lines) + "\n"
