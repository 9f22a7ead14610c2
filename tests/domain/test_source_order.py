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


def test_that_numbers_count_and_what_has_none_comes_last() -> None:
    ids = ("doc", "web:2", "10", "2", "page:1", "web:1", "١", "a b", "1")
    found = in_order((Source(i, f"https://{i}.example/") for i in ids), SourceOrder.NUMBER)
    assert [source.id for source in found] == [
        "1", "2", "10", "page:1", "web:1", "web:2", "doc", "١", "a b",
    ]  # fmt: skip


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
