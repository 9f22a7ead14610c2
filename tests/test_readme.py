"""The tables of `README.md` here: every row is there, and every test that a row names."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

_TESTS = Path(__file__).resolve().parent
_README = (_TESTS / "README.md").read_text(encoding="utf-8")
_ROW = re.compile(r"^\| ([RS]\d+) \| (.*) \| (.*) \|$", re.MULTILINE)
_NAMED = re.compile(r"`\.{3}_(\w+)`|`([\w/.]+?)(?:::(\w+))?`")


@cache
def _defined(path: str) -> frozenset[str]:
    tree = ast.parse((_TESTS / path).read_text(encoding="utf-8"))
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


def _rows(letter: str) -> dict[str, str]:
    return {name: tests for name, _, tests in _ROW.findall(_README) if name.startswith(letter)}


def _missing(tests: str) -> Iterator[str]:
    """Yield what a cell names and is not there; `..._x` ends as a test of the file before does."""
    path = ""
    for end, named, test in _NAMED.findall(tests):
        if named and not named.endswith(".py"):
            continue  # a recording, or a word of code
        path = named or path
        if not (_TESTS / path).is_file():
            yield path
        elif test and test not in _defined(path):
            yield f"{path}::{test}"
        elif end and not any(name.endswith(end) for name in _defined(path)):
            yield f"{path}::...{end}"


@pytest.mark.parametrize(("letter", "last"), [("R", 46), ("S", 40)])
def test_that_every_row_is_there_and_names_what_shows_it(letter: str, last: int) -> None:
    rows = _rows(letter)
    silent = [
        name
        for name, tests in rows.items()
        if not ("`" in tests or tests.startswith(("the same", "—")))
    ]

    assert list(rows) == [f"{letter}{number}" for number in range(1, last + 1)]
    assert silent == []


def test_that_every_test_that_a_row_names_is_there() -> None:
    cells = [*_rows("R").values(), *_rows("S").values()]

    assert [missing for cell in cells for missing in _missing(cell)] == []
    assert sum("::" in cell for cell in cells) > 60


def test_that_a_test_that_is_not_there_is_noticed() -> None:
    cell = "`test_cli.py::test_that_pigs_fly`, `..._pigs_swim`, `no/such.py`, `test_readme.py`"

    assert list(_missing(cell)) == [
        "test_cli.py::test_that_pigs_fly",
        "test_cli.py::...pigs_swim",
        "no/such.py",
    ]
