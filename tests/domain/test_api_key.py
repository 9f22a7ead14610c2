"""A key is checked on entry and shows itself nowhere (S14 to S18)."""

from __future__ import annotations

import copy
import json
import logging
import pickle
import traceback
from dataclasses import dataclass

import pytest

from headwater.domain.api_key import ApiKey, UnusableKeyError

CANARY = "sk-canary-7f3a91c2d4"
HALVES = ("sk-canary", "7f3a91c2d4")


@dataclass(frozen=True, slots=True)
class Holder:
    key: ApiKey


def test_that_surrounding_white_space_is_no_part_of_a_key() -> None:
    assert ApiKey(f" \t{CANARY}\r\n").reveal() == CANARY


@pytest.mark.parametrize(
    "inside", ["\n", "\r\nX-Other: y", " ", "\t", "\u00e9", "\x00", "\x7f", "\u200b", "\u2028"]
)
def test_that_S14_a_key_with_what_no_header_carries_is_refused_and_not_quoted(inside: str) -> None:
    with pytest.raises(UnusableKeyError) as refused:
        ApiKey(inside.join(HALVES))
    told = "".join(traceback.format_exception(refused.value))
    assert str(refused.value).endswith(".")
    assert HALVES[1] not in f"{refused.value!r} {refused.value.args} {told}"


@pytest.mark.parametrize("text", ["", "  \n", "x" * 1201, "x" * 10_000])
def test_that_S14_nothing_and_far_too_much_are_no_keys(text: str) -> None:
    with pytest.raises(UnusableKeyError):
        ApiKey(text)
    assert ApiKey("x" * 1200).reveal() == "x" * 1200


def test_that_S15_a_key_is_shown_by_no_way_of_writing_it(
    caplog: pytest.LogCaptureFixture,
) -> None:
    key = ApiKey(CANARY)
    with caplog.at_level(logging.DEBUG):
        logging.getLogger("test").debug("%s %r", key, Holder(key))
    written = [
        repr(key),
        str(key),
        f"{key} {key!s} {key!r} {key!a} {key:}",
        "%s %r" % (key, key),  # noqa: UP031 - an old way is a way
        "{} {!r}".format(key, key),  # noqa: UP032
        repr(Holder(key)),
        repr([key, {key: key}]),
        caplog.text,
    ]
    assert not [text for text in written if "canary" in text or "7f3a" in text]
    with pytest.raises(TypeError):
        format(key, ">40")


def test_that_S17_a_traceback_with_every_local_does_not_show_a_key() -> None:
    def fail(key: ApiKey, holder: Holder) -> None:
        raise ValueError(f"{key} of {holder}")

    with pytest.raises(ValueError, match="of") as raised:
        fail(ApiKey(CANARY), Holder(ApiKey(CANARY)))
    told = traceback.TracebackException.from_exception(raised.value, capture_locals=True)
    text = "".join(told.format())
    assert "    holder = " in text
    assert "7f3a91c2d4" not in text


def test_that_S36_a_key_is_never_serialized() -> None:
    key = ApiKey(CANARY)
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        with pytest.raises(TypeError) as refused:
            pickle.dumps(key, protocol)
        assert "canary" not in str(refused.value)
    for duplicate in (copy.copy, copy.deepcopy):
        with pytest.raises(TypeError):
            duplicate(key)
    with pytest.raises(TypeError) as refused:
        json.dumps({"key": key})
    assert "canary" not in str(refused.value)
    assert not hasattr(key, "__dict__")


def test_that_S18_a_key_that_a_server_echoes_is_masked() -> None:
    key = ApiKey(CANARY)
    assert key.masked_in(f"Wrong key {CANARY}, {CANARY}.") == "Wrong key •••, •••."
    assert key.masked_in("Wrong key.") == "Wrong key."


def test_that_a_hint_tells_long_keys_apart_and_nothing_of_short_ones() -> None:
    assert ApiKey(CANARY).hint == "•••c2d4"
    assert ApiKey("fifteen-letters").hint == "•••"
    assert ApiKey("sixteen-letters-").hint == "•••ers-"


def test_that_keys_are_equal_by_their_text() -> None:
    assert ApiKey(CANARY) == ApiKey(f" {CANARY} ")
    assert ApiKey(CANARY) != ApiKey("sk-other")
    assert ApiKey(CANARY) != CANARY
    assert len({ApiKey(CANARY), ApiKey(CANARY)}) == 1
