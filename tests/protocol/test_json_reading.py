"""What is not as expected counts as missing, and nothing raises."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headwater.protocol.json_reading import (
    amount_at,
    count_at,
    list_at,
    object_at,
    objects_at,
    raw_text_at,
    read_json,
    read_object,
    text_at,
    texts_at,
)

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(exclude_categories=()), max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner),
    max_leaves=12,
)


@pytest.mark.parametrize(
    "text",
    ["", " ", "{", '{"a":}', "nul", "[" * 100_000, '{"a":' * 100_000, "data", "'a'", '{"a" 1}'],
)
def test_that_R12_what_is_no_json_reads_as_nothing(text: str) -> None:
    assert read_json(text) is None
    assert read_object(text) is None


@pytest.mark.parametrize("text", ["1", "[]", '"x"', "null", "true", "NaN"])
def test_that_R12_json_that_is_no_object_is_no_object(text: str) -> None:
    assert read_object(text) is None


def test_that_R12_a_number_of_5000_digits_reads_as_missing_and_the_rest_stays() -> None:
    wire = read_object('{"a": ' + "9" * 5000 + ', "b": "x"}')
    assert wire is not None
    assert count_at(wire, "a") is None
    assert text_at(wire, "b") == "x"


def test_that_R12_raw_control_characters_in_strings_are_tolerated() -> None:
    assert read_object('{"a": "x\ty\nz"}') == {"a": "x\ty\nz"}


def test_that_R20_strings_and_lists_of_strings_are_repaired_and_pieces_are_not() -> None:
    wire = {"a": "\ud83c", "b": ["\0", 7, "", "x"]}
    assert text_at(wire, "a") == "\ufffd"
    assert raw_text_at(wire, "a") == "\ud83c"
    assert texts_at(wire, "b") == ("\ufffd", "x")


def test_that_the_first_key_with_a_usable_value_wins() -> None:
    wire = {"a": None, "b": "", "c": 7, "d": "x", "e": 2.0}
    assert text_at(wire, "a", "b", "c", "d") == "x"
    assert raw_text_at(wire, "a", "b", "c", "d") == "x"
    assert count_at(wire, "a", "d", "c") == 7
    assert count_at(wire, "e") == 2
    assert amount_at(wire, "d", "e") == 2.0


@pytest.mark.parametrize("value", [True, -1, 1.5, "7", None, [], float("nan"), float("inf"), 2**60])
def test_that_R12_only_a_whole_number_from_zero_is_a_count(value: object) -> None:
    assert count_at({"a": value}, "a") is None


@pytest.mark.parametrize("value", [True, "7", None, {}, float("nan"), float("inf"), 10**400])
def test_that_R12_only_a_finite_number_is_an_amount(value: object) -> None:
    assert amount_at({"a": value}, "a") is None


@given(JSON)
def test_that_R12_typed_access_never_raises(value: object) -> None:
    wire = {"a": value}
    assert isinstance(text_at(wire, "a"), str)
    assert isinstance(object_at(wire, "a"), dict)
    assert isinstance(list_at(wire, "a"), list)
    assert all(isinstance(entry, dict) for entry in objects_at(wire, "a"))
    assert all(isinstance(entry, str) for entry in texts_at(wire, "a"))
    assert (count_at(wire, "a") or 0) >= 0
    assert isinstance(amount_at(wire, "a"), float | None)
