"""Comparing instead of parsing must never show."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headwater.protocol.json_reading import read_object
from headwater.protocol.repeated_value import RepeatedValueReader
from tests.protocol.test_json_reading import JSON

_CHUNKS = st.lists(
    st.tuples(
        st.dictionaries(st.sampled_from(["id", "list", "other", "a\nb"]), JSON, max_size=4),
        st.booleans(),
        st.booleans(),
    ),
    max_size=4,
)


def reader() -> RepeatedValueReader:
    return RepeatedValueReader(["list", "other"], shortest=0)


@given(_CHUNKS)
def test_that_every_object_reads_as_without_a_memory(
    chunks: list[tuple[dict[str, object], bool, bool]],
) -> None:
    reading = reader()
    for chunk, is_spaced, is_cut in chunks:
        text = json.dumps(chunk, indent=1 if is_spaced else None, ensure_ascii=not is_spaced)
        text = text[:-1] if is_cut else text
        assert repr(reading.read(text)) == repr(read_object(text))


@pytest.mark.parametrize(
    "text",
    [
        '{"list":[1,2]}',
        '{"list":[1,2]} ',
        '{"list":[1,2]}x',
        '{"list":[1,2],}',
        '{"list":[1,2]',
        '{"list":[1,2],"list":[3]}',
        '{"list":[1,2]3}',
        '{"list":12}',
        '{"list":1}',
        '{"text":"\\"list\\":[1,2]","x":{"list":[1,2]}}',
        '{"\\u006cist":[1,2]}',
        "{}",
        " {}",
        "[]",
        "",
        '{"list":' + "[" * 100_000,
        '{"a":' + "9" * 5000 + "}",
    ],
)
def test_that_odd_forms_read_the_same_after_a_plain_one(text: str) -> None:
    reading = reader()
    assert reading.read('{"list":[1,2],"other":{"a":1}}') == {"list": [1, 2], "other": {"a": 1}}
    assert reading.read(text) == read_object(text)


def test_that_a_number_is_not_taken_for_one_that_begins_like_it() -> None:
    reading = reader()
    for text in ('{"list":1}', '{"list":12}', '{"list":1.5,"other":1}', '{"list":1 }'):
        assert reading.read(text) == read_object(text)


def test_that_complaint_22_a_value_that_repeats_is_not_built_again() -> None:
    reading = reader()
    first = reading.read('{"id":1,"list":[1,2]}')
    second = reading.read('{"id":2,"list":[1,2]}')
    assert first is not None
    assert second is not None
    assert second["list"] is first["list"]


def test_that_what_is_short_is_read_without_a_memory() -> None:
    reading = RepeatedValueReader(["list"], shortest=30)
    short, long = '{"list": [1, 2]}', '{"list": [1, 2], "words": "and more of them"}'
    first, second = (reading.read(short) for _ in range(2))
    assert first is not None
    assert second is not None
    assert first == second == {"list": [1, 2]}
    assert first["list"] is not second["list"]
    first, second = (reading.read(long) for _ in range(2))
    assert first is not None
    assert second is not None
    assert first["list"] is second["list"]
