"""Sources as CSL-JSON, which Zotero, pandoc and citeproc read."""

from __future__ import annotations

from typing import Any

from headwater.export.json_text import json_text
from headwater.export.reference import Reference


def csl_json_text(references: list[Reference]) -> str:
    """Return the file: a list with one object of the type webpage for each page."""
    return json_text([_item(reference) for reference in references])


def _item(reference: Reference) -> dict[str, Any]:
    day = reference.accessed
    item: dict[str, Any] = {
        "id": reference.key,
        "type": "webpage",
        "title": reference.title,
        "container-title": reference.host,
        "URL": reference.url,
        "abstract": reference.abstract,
        "note": reference.address,
        "accessed": {"date-parts": [[day.year, day.month, day.day]]},
    }
    if reference.published:
        item["issued"] = {"date-parts": [list(reference.published)]}
    elif reference.said_published:
        item["issued"] = {"raw": reference.said_published}
    return {name: value for name, value in item.items() if value}
