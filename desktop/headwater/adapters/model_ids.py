"""Reads the list of models that a server gives."""

from __future__ import annotations

import json

_LONGEST_NAME = 300


def model_ids(body: bytes) -> tuple[str, ...] | None:
    """Return the model ids in a list of models, without duplicates; None if it is no such list."""
    try:
        listed = json.loads(body)
    except (ValueError, RecursionError):
        return None
    if isinstance(listed, dict):
        listed = listed.get("data", listed.get("models"))
    if not isinstance(listed, list):
        return None
    names: dict[str, None] = {}
    for entry in listed:
        name = entry.get("id", entry.get("name")) if isinstance(entry, dict) else entry
        if isinstance(name, str) and 0 < len(name) <= _LONGEST_NAME and name.isprintable():
            names[name] = None
    return tuple(names)
