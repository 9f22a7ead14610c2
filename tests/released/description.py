"""What was kept, as plain JSON that a later version can be held against."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from datetime import datetime
from typing import Any

from headwater.domain.answer import AnswerState


def description(value: Any) -> Any:
    """Return `value`, a conversation or a part of one, as JSON to be; bytes are in base64.

    A later version that calls something by another name translates it here: the released folders
    stay as they are.
    """
    if is_dataclass(value):
        described = {field.name: description(getattr(value, field.name)) for field in fields(value)}
        if isinstance(value, AnswerState):
            described["is"] = type(value).__name__
        return described
    if isinstance(value, Mapping):
        return {name: description(item) for name, item in value.items()}
    if isinstance(value, tuple | list):
        return [description(item) for item in value]
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    return value


def missing(kept: Any, now: Any, place: str = "") -> Iterator[str]:
    """Yield each place where `now` lacks, or changed, what `kept` has; more in `now` is welcome."""
    if isinstance(kept, dict) and isinstance(now, dict):
        for name, value in kept.items():
            if name in now:
                yield from missing(value, now[name], f"{place}.{name}")
            else:
                yield f"{place}.{name} is gone"
    elif isinstance(kept, list) and isinstance(now, list) and len(kept) == len(now):
        for number, value in enumerate(kept):
            yield from missing(value, now[number], f"{place}[{number}]")
    elif kept != now:
        yield f"{place} was {kept!r} and is {now!r}"
