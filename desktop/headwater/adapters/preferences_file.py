"""Preferences as one JSON file that a person may edit."""

from __future__ import annotations

import json
from dataclasses import asdict, fields
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeVar

from headwater.adapters.private_file import set_aside, tighten, write_private
from headwater.adapters.record import Record, options_from, options_record, storable
from headwater.domain.network_settings import (
    BadProxyError,
    NetworkSettings,
    ProxyKind,
    proxy_address,
)
from headwater.domain.preferences import Preferences
from headwater.domain.zoom import within_bounds

_LARGEST = 4 * 1024 * 1024  # bytes
_DEFAULT = Preferences()
_Choice = TypeVar("_Choice", bound=StrEnum)


class PreferencesFile:
    """Reads and writes the preferences; `problem` says what went wrong when reading."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.problem = ""

    def read(self) -> Preferences:
        """Return what the file says, the defaults where it says nothing usable.

        A file that is not a JSON object is renamed, never overwritten. Never raises.
        """
        try:
            return _preferences(Record(self._fields()))
        except FileNotFoundError:
            return _DEFAULT
        except OSError as error:
            self.problem = f"The preferences cannot be read ({_words(error)})."
            return _DEFAULT
        except (ValueError, RecursionError):
            return self._after_damage()

    def write(self, preferences: Preferences) -> None:
        """Replace the file; what a newer Headwater, or a person, put into it as well stays.

        Raises:
            OSError: it cannot be written; the old file is unharmed.
        """
        try:
            others = self._fields()
        except (OSError, ValueError, RecursionError):
            others = {}
        known = _record(preferences)
        text = json.dumps({**others, **known}, ensure_ascii=False, indent=2) + "\n"
        write_private(self._path, storable(text).encode())

    def _fields(self) -> dict[str, Any]:
        tighten(self._path)
        with self._path.open("rb") as file:
            data = file.read(_LARGEST + 1)
        if len(data) > _LARGEST:
            raise ValueError("too large")
        value = json.loads(data)
        if not isinstance(value, dict):
            raise ValueError("not an object")  # noqa: TRY004 - the file is wrong, not the caller
        return value

    def _after_damage(self) -> Preferences:
        try:
            aside = set_aside(self._path)
            self.problem = f"The preferences could not be read. They are kept as {aside.name}."
        except OSError:
            self.problem = "The preferences could not be read."
        return _DEFAULT


def _record(preferences: Preferences) -> dict[str, Any]:
    record = {field.name: getattr(preferences, field.name) for field in fields(preferences)}
    record["models"] = dict(preferences.models)
    record["base_urls"] = dict(preferences.base_urls)
    record["quick_places"] = dict(preferences.quick_places)
    record["options"] = options_record(preferences.options)
    record["network"] = asdict(preferences.network)
    return record


def _preferences(record: Record) -> Preferences:
    limit = record.number("idle_limit")
    return Preferences(
        provider_id=record.text("provider_id", _DEFAULT.provider_id),
        models=record.mapping("models"),
        base_urls=record.mapping("base_urls"),
        custom_dialect=_choice(record, "custom_dialect", _DEFAULT.custom_dialect),
        options=options_from(record.record("options")),
        pacing=_choice(record, "pacing", _DEFAULT.pacing),
        theme=_choice(record, "theme", _DEFAULT.theme),
        source_order=_choice(record, "source_order", _DEFAULT.source_order),
        idle_limit=limit if limit is not None and limit > 0 else None,
        network=_network(record.record("network")),
        window_geometry=record.text("window_geometry"),
        window_state=record.text("window_state"),
        last_conversation_id=record.text("last_conversation_id"),
        draft=record.text("draft"),
        shortcut=record.text("shortcut"),
        shortcut_is_on=_truth_or_none(record, "shortcut_is_on"),
        quick_draft=record.text("quick_draft"),
        quick_places=record.mapping("quick_places"),
        quick_screen=record.text("quick_screen"),
        quick_is_pinned=record.truth("quick_is_pinned"),
        quick_pause=max(0, _default(record.integer("quick_pause"), _DEFAULT.quick_pause)),
        zoom=within_bounds(_default(record.integer("zoom"), _DEFAULT.zoom)),
        long_lines=_choice(record, "long_lines", _DEFAULT.long_lines),
        keeps_running=_truth_or_none(record, "keeps_running"),
        has_said_goodbye=record.truth("has_said_goodbye"),
        looks_for_releases=record.truth("looks_for_releases"),
        looked_for_release_at=record.number("looked_for_release_at"),
        told_release=record.text("told_release"),
        kept_keys=record.texts("kept_keys"),
        recent_models=record.texts("recent_models"),
        recent_base_urls=record.texts("recent_base_urls"),
    )


def _network(record: Record) -> NetworkSettings:
    address = record.text("proxy_address")
    try:
        address = proxy_address(address) if address else ""
    except BadProxyError:
        address = ""  # nothing is sent through a proxy that cannot be told
    return NetworkSettings(
        proxy_kind=_choice(record, "proxy_kind", ProxyKind.SYSTEM),
        proxy_address=address,
        proxy_has_login=record.truth("proxy_has_login"),
        ca_file=record.text("ca_file"),
    )


def _choice(record: Record, name: str, default: _Choice) -> _Choice:
    try:
        return type(default)(record.text(name))
    except ValueError:
        return default


def _truth_or_none(record: Record, name: str) -> bool | None:
    value = record.fields.get(name)
    return value if isinstance(value, bool) else None


def _default(value: int | None, default: int) -> int:
    return default if value is None else value


def _words(error: OSError) -> str:
    return error.strerror.lower() if error.strerror else type(error).__name__
