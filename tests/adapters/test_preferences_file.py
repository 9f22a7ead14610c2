"""Preferences on disk: read with suspicion, written in one step, private."""

from __future__ import annotations

import json
import os
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from headwater.adapters.preferences_file import PreferencesFile
from headwater.domain.network_settings import NetworkSettings, ProxyKind
from headwater.domain.options import AnswerOptions, SearchOptions
from headwater.domain.preferences import LongLines, Pacing, Preferences, Theme
from headwater.domain.provider import DialectName
from headwater.domain.source_order import SourceOrder

_CHANGED = Preferences(
    provider_id="custom",
    models={"custom": "llama", "openai": "gpt"},
    base_urls={"custom": "http://localhost:9/v1"},
    custom_dialect=DialectName.TYPED_EVENTS,
    options=AnswerOptions("Be brief.", 100, 0.5, 0.9, 50, search=SearchOptions(recency="week")),
    pacing=Pacing.PARAGRAPH,
    theme=Theme.DARK,
    source_order=SourceOrder.DOMAIN,
    idle_limit=90.0,
    window_geometry="AdnQywAD",
    window_state="AAAA/w==",
    last_conversation_id="c1",
    network=NetworkSettings(ProxyKind.OWN, "http://p:8080", True, "/etc/ca.pem"),
    draft="What if",
    shortcut="Ctrl+Alt+K",
    shortcut_is_on=False,
    quick_draft="And if not",
    quick_places={"eDP-1": "100 200"},
    quick_screen="eDP-1",
    quick_is_pinned=True,
    quick_pause=30,
    zoom=150,
    long_lines=LongLines.SCROLL,
    keeps_running=False,
    has_said_goodbye=True,
    looks_for_releases=True,
    looked_for_release_at=1763686800.5,
    told_release="0.2.0",
    kept_keys=("openai https://api.openai.com",),
    recent_models=("llama",),
    recent_base_urls=("http://localhost:9/v1",),
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "config" / "preferences.json"


def _put(path: Path, data: bytes | str) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(data.encode() if isinstance(data, str) else data)


def test_that_what_was_chosen_is_read_again(path: Path) -> None:
    PreferencesFile(path).write(_CHANGED)
    file = PreferencesFile(path)
    assert file.read() == _CHANGED
    assert file.problem == ""
    assert all(
        getattr(_CHANGED, field.name) != getattr(Preferences(), field.name)
        for field in fields(Preferences)
    ), "every field has to be tried with another value than its default"


def test_that_a_proxy_that_cannot_be_told_is_not_replaced_by_no_proxy(path: Path) -> None:
    _put(path, '{"network": {"proxy_kind": "own", "proxy_address": "http://me:secret@p:1"}}')
    assert PreferencesFile(path).read().network == NetworkSettings(ProxyKind.OWN)


def test_that_no_file_means_the_defaults_and_makes_none(path: Path) -> None:
    file = PreferencesFile(path)
    assert file.read() == Preferences()
    assert file.problem == ""
    assert not path.parent.exists()


@pytest.mark.parametrize(
    "data", ["", "{", "[]", "null", "1", b"\xff\xfe\x00", b"\0" * 100, "[" * 100_000]
)
def test_that_R38_a_broken_file_is_kept_beside_and_the_defaults_are_used(
    path: Path, data: bytes | str
) -> None:
    _put(path, data)
    file = PreferencesFile(path)
    assert file.read() == Preferences()
    (aside,) = path.parent.iterdir()
    assert aside.name.startswith("preferences.json.damaged-")
    assert aside.read_bytes() == (data.encode() if isinstance(data, str) else data)
    assert aside.name in file.problem


def test_that_a_second_broken_file_does_not_replace_the_first(path: Path) -> None:
    for text in ("first", "second"):
        _put(path, text)
        PreferencesFile(path).read()
    assert sorted(found.read_text() for found in path.parent.iterdir()) == ["first", "second"]


def test_that_unknown_entries_stay_and_wrong_ones_become_defaults(path: Path) -> None:
    _put(
        path,
        json.dumps(
            {
                "from_the_future": {"a": [1]},
                "provider_id": 7,
                "models": {"openai": "gpt", "x": 3},
                "base_urls": [],
                "custom_dialect": "morse",
                "options": {"temperature": 99, "instructions": "Be kind."},
                "pacing": None,
                "zoom": "large",
                "long_lines": "sideways",
                "theme": "light",
                "idle_limit": "soon",
                "recent_models": ["a", 2, None],
            }
        ),
    )
    file = PreferencesFile(path)
    read = file.read()
    assert read == Preferences(
        models={"openai": "gpt"},
        options=AnswerOptions(instructions="Be kind."),
        theme=Theme.LIGHT,
        recent_models=("a",),
    )
    file.write(read)
    assert json.loads(path.read_text())["from_the_future"] == {"a": [1]}


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda children: st.lists(children) | st.dictionaries(st.text(), children),
    max_leaves=5,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(
    st.dictionaries(
        st.sampled_from([field.name for field in fields(Preferences)]),
        _json | st.fixed_dictionaries({"search": _json, "max_tokens": _json, "top_p": _json}),
    )
)
def test_that_any_object_can_be_read_and_written(path: Path, value: dict[str, Any]) -> None:
    _put(path, json.dumps(value))
    file = PreferencesFile(path)
    read = file.read()
    assert read.options.problem() == ""
    file.write(read)
    assert PreferencesFile(path).read() == read


def test_that_S36_a_qt_variant_in_the_file_stays_text(path: Path) -> None:
    text = "@Variant(\0\0\0\x7f\0\0\0\x0ePyQt_PyObject)"
    _put(path, json.dumps({"window_state": text, "provider_id": text}))
    assert PreferencesFile(path).read().window_state == text.replace("\0", "\ufffd")


def test_that_R20_half_a_character_can_be_written(path: Path) -> None:
    PreferencesFile(path).write(Preferences(options=AnswerOptions(instructions="a\ud83d\0")))
    assert PreferencesFile(path).read().options.instructions == "a\ufffd\ufffd"


def test_that_S23_the_file_is_the_users_alone(path: Path) -> None:
    umask = os.umask(0)
    try:
        PreferencesFile(path).write(_CHANGED)
    finally:
        os.umask(umask)
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    path.chmod(0o644)
    PreferencesFile(path).read()
    assert path.stat().st_mode & 0o777 == 0o600


def test_that_a_failed_write_leaves_the_old_file_and_no_draft(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = PreferencesFile(path)
    file.write(_CHANGED)

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        file.write(Preferences())
    monkeypatch.undo()
    assert PreferencesFile(path).read() == _CHANGED
    assert [found.name for found in path.parent.iterdir()] == [path.name]


def test_that_a_folder_in_place_of_the_file_is_said(path: Path) -> None:
    path.mkdir(parents=True)
    file = PreferencesFile(path)
    assert file.read() == Preferences()
    assert file.problem.startswith("The preferences cannot be read")


def test_that_a_file_of_absurd_size_is_not_read(path: Path) -> None:
    _put(path, b" " * (4 * 1024 * 1024 + 1))
    assert PreferencesFile(path).read() == Preferences()
