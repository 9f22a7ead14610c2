"""What journeys on a real screen begin with."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.journeys.screen import Screen, new_screen


@pytest.fixture(autouse=True, scope="module")
def _own_garbage() -> Iterator[None]:
    """Let the program look through its own objects and not through those of thousands of tests."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.fixture
def screen(tmp_path: Path) -> Iterator[Screen]:
    with new_screen(tmp_path / "data") as screen:
        yield screen
