"""Sources can be listed by number, date and domain."""

from __future__ import annotations

import pytest

from headwater.domain.source import Source
from headwater.domain.source_order import SourceOrder, in_order

SOURCES = (
    Source("1", "https://www.middle.example/", published="2024-05"),
    Source("2", "https://last.zone/", published="yesterday"),
    Source("3", "https://Alpha.example/", published="2024-05-31T10:00:00Z"),
    Source("4", "https://middle.example/b", updated="2025"),
    Source("5", "https://middle.example/c"),
    Source("6", "", published="20240101"),
)


@pytest.mark.parametrize(
    ("order", "ids"),
    [
        (SourceOrder.NUMBER, "123456"),
        (SourceOrder.DATE, "431256"),
        (SourceOrder.DOMAIN, "632145"),
    ],
)
def test_that_sources_stand_in_the_chosen_order(order: SourceOrder, ids: str) -> None:
    assert "".join(source.id for source in in_order(SOURCES, order)) == ids
