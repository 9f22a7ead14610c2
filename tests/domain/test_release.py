from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

import headwater
from headwater.domain.release import (
    LOOK_EVERY,
    BadReleaseError,
    ReleasePlace,
    Version,
    seconds_until_look,
)

NUMBERS = st.integers(0, 999_999_999)
MOMENTS = st.floats(0, 1e11)


@given(NUMBERS, NUMBERS, NUMBERS)
def test_that_a_version_is_read_as_it_was_written(major: int, minor: int, patch: int) -> None:
    version = Version(major, minor, patch)
    assert Version.parse(str(version)) == version
    assert Version.parse(f"v{version}") == version


def test_that_versions_are_compared_by_numbers_and_not_by_letters() -> None:
    versions = ["0.9.9", "0.10.0", "0.10.2", "0.10.10", "1.0.0", "10.0.0"]
    assert [str(version) for version in sorted(map(Version.parse, versions))] == versions


@pytest.mark.parametrize(
    "text",
    [
        "",
        "v",
        "1",
        "1.2",
        "1.2.3.4",
        "vv1.2.3",
        "V1.2.3",
        "1.2.3 ",
        " 1.2.3",
        "1.2.3\n",
        "1.2.3-rc1",
        "1.2.3+build",
        "01.2.3",
        "1.02.3",
        "1.2.00",
        "-1.2.3",
        "v99999999999",
        "1.2.1000000000",
        "1.2.\u0663",
        "1.2.\uff13",
        "\u202e1.2.3",
        "1.2.3\u200b",
        "<b>1.2.3</b>",
        "1_0.2.3",
    ],
)
def test_that_anything_but_three_plain_numbers_is_refused(text: str) -> None:
    with pytest.raises(BadReleaseError):
        Version.parse(text)


def test_that_this_program_has_such_a_version_itself() -> None:
    assert str(Version.parse(headwater.__version__)) == headwater.__version__


def test_that_both_addresses_come_from_the_repository_alone() -> None:
    place = ReleasePlace("some-one/Headwater.app_2")
    assert place.asked_url == (
        "https://api.github.com/repos/some-one/Headwater.app_2/releases/latest"
    )
    assert place.page_url == "https://github.com/some-one/Headwater.app_2/releases/latest"
    assert place.asked_host == "api.github.com"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "owner",
        "/name",
        "owner/",
        "owner/name/more",
        "owner/..",
        "owner/.",
        "../name",
        "-owner/name",
        "owner-/name",
        "ow--ner/name",
        "o" * 40 + "/name",
        "owner/" + "n" * 101,
        "owner/name\n",
        "owner/na me",
        "owner/name?x=1",
        "owner/name#x",
        "owner/%2e%2e",
        "owner/n\u0430me",
        "https://github.com/owner/name",
        "user@evil.example/name",
    ],
)
def test_that_what_is_no_repository_leads_nowhere(text: str) -> None:
    with pytest.raises(BadReleaseError):
        ReleasePlace(text)


def test_that_names_may_be_as_long_as_they_may_be_at_github() -> None:
    assert ReleasePlace("o" * 39 + "/" + "n" * 100).page_url


def test_that_the_first_look_waits_for_nothing_and_the_next_for_a_day() -> None:
    assert seconds_until_look(None, 1000.0) == 0.0
    assert seconds_until_look(1000.0, 1000.0) == LOOK_EVERY
    assert seconds_until_look(1000.0, 1000.0 + LOOK_EVERY - 1) == 1.0
    assert seconds_until_look(1000.0, 1000.0 + LOOK_EVERY) == 0.0


@given(MOMENTS, MOMENTS)
def test_that_no_clock_makes_the_wait_longer_than_a_day(last: float, now: float) -> None:
    assert 0.0 <= seconds_until_look(last, now) <= LOOK_EVERY * 1.000001


def test_that_a_clock_that_jumped_back_waits_a_day_and_does_not_look_in_a_loop() -> None:
    assert seconds_until_look(1e9, 5.0) == LOOK_EVERY
    assert seconds_until_look(1e308, 5.0) == LOOK_EVERY
