"""JSON from servers, read without trusting a type: what is not as expected counts as missing."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping

from headwater.protocol.unicode_repair import repaired

JsonObject = Mapping[str, object]

_NOTHING: JsonObject = {}
_LARGEST_COUNT = 2**53
_MOST_DIGITS = 18


def _short_int(digits: str) -> int | None:
    return int(digits) if len(digits) <= _MOST_DIGITS else None


# Raw control characters in strings are tolerated; a number of thousands of digits makes the first
# decoder raise ValueError, which the second one reads as missing.
JSON_DECODER = json.JSONDecoder(strict=False)
_PATIENT_DECODER = json.JSONDecoder(strict=False, parse_int=_short_int)


def read_json(text: str) -> object:
    """Return the JSON value in `text`, or None when it is not JSON or nested too deeply.

    The text itself goes into no exception: it may hold what a person wrote.
    """
    try:
        return JSON_DECODER.decode(text)
    except json.JSONDecodeError:
        return None
    except RecursionError:
        return None
    except ValueError:
        pass
    try:
        return _PATIENT_DECODER.decode(text)
    except (ValueError, RecursionError):
        return None


def read_object(text: str) -> JsonObject | None:
    """Return the JSON object in `text`, or None when it is anything else."""
    value = read_json(text)
    return value if isinstance(value, dict) else None


def text_at(json_object: JsonObject, *keys: str) -> str:
    """Return the first non-empty string under `keys`, repaired; empty if there is none."""
    for key in keys:
        value = json_object.get(key)
        if isinstance(value, str) and value:
            return repaired(value)
    return ""


def raw_text_at(json_object: JsonObject, *keys: str) -> str:
    """Return the first non-empty string as it is: a piece of text may end in half a character."""
    for key in keys:
        value = json_object.get(key)
        if isinstance(value, str) and value:
            return value
    return ""


def object_at(json_object: JsonObject, key: str) -> JsonObject:
    """Return the object under `key`, empty if there is none."""
    value = json_object.get(key)
    return value if isinstance(value, dict) else _NOTHING


def list_at(json_object: JsonObject, key: str) -> list[object]:
    """Return the list under `key`, empty if there is none."""
    value = json_object.get(key)
    return value if isinstance(value, list) else []


def objects_at(json_object: JsonObject, key: str) -> list[JsonObject]:
    """Return the objects in the list under `key`; entries of other types are left out."""
    return [value for value in list_at(json_object, key) if isinstance(value, dict)]


def texts_at(json_object: JsonObject, key: str) -> tuple[str, ...]:
    """Return the non-empty strings in the list under `key`, repaired."""
    return tuple(
        repaired(value) for value in list_at(json_object, key) if isinstance(value, str) and value
    )


def count_at(json_object: JsonObject, *keys: str) -> int | None:
    """Return the first whole number of zero or more under `keys`, or None."""
    for key in keys:
        value = json_object.get(key)
        if value is None:
            continue
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < _LARGEST_COUNT:
            return value
    return None


def amount_at(json_object: JsonObject, *keys: str) -> float | None:
    """Return the first finite number under `keys`, or None."""
    for key in keys:
        value = json_object.get(key)
        if isinstance(value, bool) or not isinstance(value, int | float):
            continue
        if isinstance(value, int) and abs(value) > _LARGEST_COUNT:
            continue
        if math.isfinite(value):
            return float(value)
    return None
