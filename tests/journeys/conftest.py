"""What journeys on a real screen begin with."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.journeys.screen import Screen, new_screen


@pytest.fixture
def screen(tmp_path: Path) -> Iterator[Screen]:
    with new_screen(tmp_path / "data") as screen:
        yield screen
