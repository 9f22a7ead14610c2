"""The text of answers becomes larger and smaller in steps."""

from __future__ import annotations

import pytest

from headwater.domain.zoom import stepped, within_bounds


@pytest.mark.parametrize(
    ("zoom", "by", "after"),
    [
        (100, 1, 110),
        (100, -1, 90),
        (104, 1, 110),
        (104, -1, 100),
        (300, 1, 300),
        (50, -1, 50),
        (10, 1, 50),
        (900, -1, 300),
        (250, 0, 100),
    ],
)
def test_that_each_step_goes_to_the_next_size(zoom: int, by: int, after: int) -> None:
    assert stepped(zoom, by) == after


def test_that_no_size_is_out_of_bounds() -> None:
    assert [within_bounds(zoom) for zoom in (-5, 49, 133, 301)] == [50, 50, 133, 300]
