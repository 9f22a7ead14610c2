"""Typed reading of JSON records, and text that any file can hold."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from headwater.domain.options import AnswerOptions, SearchOptions

_DEEPEST = 40


def storable(text: str) -> str:
    """Return `text` as any file can hold it: surrogate halves joined or U+FFFD, NUL as U+FFFD."""
    if "\0" in text:
        text = text.replace("\0", "\ufffd")
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text


@dataclass(frozen=True, slots=True)
class Record:
    """A JSON object read with suspicion: each method gives the default for a wrong type."""

    fields: Mapping[str, Any]

    @classmethod
    def of(cls, value: object) -> Record:
        """Return `value` as a record, an empty one unless it is an object."""
        return cls(value if isinstance(value, dict) else {})

    @classmethod
    def parse(cls, text: str) -> Record:
        """Return the object that `text` spells in JSON, an empty one when it spells none."""
        try:
            return cls.of(json.loads(text))
        except (ValueError, RecursionError):
            return cls({})

    def text(self, name: str, default: str = "") -> str:
        """Return a string."""
        value = self.fields.get(name)
        return storable(value) if isinstance(value, str) else default

    def texts(self, name: str) -> tuple[str, ...]:
        """Return the strings of a list."""
        value = self.fields.get(name)
        items = value if isinstance(value, list) else []
        return tuple(storable(item) for item in items if isinstance(item, str))

    def truth(self, name: str, *, default: bool = False) -> bool:
        """Return a boolean."""
        value = self.fields.get(name)
        return value if isinstance(value, bool) else default

    def integer(self, name: str) -> int | None:
        """Return an integer or None."""
        value = self.fields.get(name)
        return value if isinstance(value, int) and not isinstance(value, bool) else None

    def number(self, name: str) -> float | None:
        """Return a finite number or None."""
        value = self.fields.get(name)
        if not isinstance(value, int | float) or isinstance(value, bool):
            return None
        try:
            return float(value) if math.isfinite(value) else None
        except OverflowError:
            return None

    def record(self, name: str) -> Record:
        """Return an object."""
        return Record.of(self.fields.get(name))

    def records(self, name: str) -> tuple[Record, ...]:
        """Return the objects of a list."""
        value = self.fields.get(name)
        items = value if isinstance(value, list) else []
        return tuple(Record(item) for item in items if isinstance(item, dict))

    def mapping(self, name: str) -> dict[str, str]:
        """Return the strings of an object."""
        return {
            storable(key): storable(value)
            for key, value in self.record(name).fields.items()
            if isinstance(value, str)
        }


def json_text(record: Mapping[str, Any]) -> str:
    """Return `record` as JSON that every file can hold."""
    return json.dumps(_storable_value(record), ensure_ascii=False, separators=(",", ":"))


def _storable_value(value: object, depth: int = 0) -> object:
    if isinstance(value, str):
        return storable(value)
    if depth > _DEEPEST:
        return None
    if isinstance(value, Mapping):
        return {storable(str(k)): _storable_value(v, depth + 1) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_storable_value(item, depth + 1) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def options_record(options: AnswerOptions) -> dict[str, Any]:
    """Return answer options as JSON to be."""
    return asdict(options)


def options_from(record: Record) -> AnswerOptions:
    """Return the answer options in `record`, the defaults when a value is out of range."""
    search = record.record("search")
    options = AnswerOptions(
        instructions=record.text("instructions"),
        max_tokens=record.integer("max_tokens"),
        temperature=record.number("temperature"),
        top_p=record.number("top_p"),
        stop_after=record.integer("stop_after"),
        stream=record.truth("stream", default=True),
        effort=record.text("effort"),
        background=record.truth("background"),
        search=SearchOptions(
            enabled=search.truth("enabled", default=True),
            recency=search.text("recency"),
            domains=search.texts("domains"),
            context_size=search.text("context_size"),
            mode=search.text("mode"),
            after_date=search.text("after_date"),
            before_date=search.text("before_date"),
        ),
    )
    return AnswerOptions(instructions=options.instructions) if options.problem() else options
