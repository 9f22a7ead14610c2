"""Dates of search filters."""

from __future__ import annotations

import pytest

from headwater.protocol.wire_date import wire_date


@pytest.mark.parametrize(
    ("date", "wire"),
    [
        ("2026-03-04", "03/04/2026"),
        ("", ""),
        ("03/04/2026", "03/04/2026"),
        ("2026-3-4", "2026-3-4"),
    ],
)
def test_that_dates_go_out_month_first(date: str, wire: str) -> None:
    assert wire_date(date) == wire
