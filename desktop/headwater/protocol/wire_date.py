"""Dates as Perplexity's search filters want them."""

from __future__ import annotations

import re

_ISO = re.compile(r"(\d{4})-(\d{2})-(\d{2})", re.ASCII)


def wire_date(date: str) -> str:
    """Return `YYYY-MM-DD` as `MM/DD/YYYY`; anything else as it is."""
    match = _ISO.fullmatch(date)
    return "{1}/{2}/{0}".format(*match.groups()) if match else date
