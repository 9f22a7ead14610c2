"""When an attempt is repeated by itself, and how long that waits (S5, R7, R9)."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headwater.domain.failure import (
    Failure,
    FailureKind,
    Remedy,
    empty_answer,
    internal_failure,
    interrupted_answer,
    no_key,
    retry_delay,
    unfinished_answer,
    unread_key,
)


def busy(retry_after: float | None = None, *, retryable: bool = True) -> Failure:
    return Failure(FailureKind.RATE_LIMIT, "Busy.", retryable=retryable, retry_after=retry_after)


def test_that_the_names_of_failures_are_the_public_ones() -> None:
    assert {kind.value for kind in FailureKind} == {
        "no-key",
        "unauthorized",
        "endpoint-retired",
        "forbidden",
        "not-found",
        "quota",
        "rate-limit",
        "refused",
        "service-down",
        "not-connected",
        "timed-out",
        "stream-broken",
        "answer-failed",
        "incomplete",
        "internal",
    }


@pytest.mark.parametrize(("attempts", "shortest", "longest"), [(1, 0.25, 0.5), (2, 0.5, 1.0)])
def test_that_the_backoff_doubles_and_is_spread(
    attempts: int, shortest: float, longest: float
) -> None:
    assert retry_delay(busy(), attempts, 0.0) == shortest
    assert retry_delay(busy(), attempts, 1.0) == longest


@pytest.mark.parametrize("retry_after", [None, 0.0, 1.0])
def test_that_after_three_requests_the_user_decides(retry_after: float | None) -> None:
    assert retry_delay(busy(retry_after), 2, 0.5) is not None
    assert retry_delay(busy(retry_after), 3, 0.5) is None


def test_that_R8_what_cannot_pass_by_itself_is_not_repeated() -> None:
    assert retry_delay(busy(retryable=False), 1, 0.5) is None
    assert retry_delay(busy(1.0, retryable=False), 1, 0.5) is None


@pytest.mark.parametrize("retry_after", [0.001, 1.0, 59.9, 60.0])
@pytest.mark.parametrize("chance", [0.0, 1.0])
def test_that_R7_the_servers_own_time_is_never_undercut(retry_after: float, chance: float) -> None:
    delay = retry_delay(busy(retry_after), 1, chance)
    assert delay is not None
    assert retry_after <= delay <= retry_after + 0.25


@pytest.mark.parametrize("retry_after", [60.001, 3600.0, 3e9, math.inf])
def test_that_R7_a_wait_of_more_than_a_minute_is_asked_for(retry_after: float) -> None:
    assert retry_delay(busy(retry_after), 1, 0.5) is None


@pytest.mark.parametrize("retry_after", [0.0, -1.0, -math.inf, math.nan])
def test_that_R7_a_time_in_the_past_or_no_time_means_the_ordinary_backoff(
    retry_after: float,
) -> None:
    assert retry_delay(busy(retry_after), 1, 1.0) == 0.5


@given(
    st.one_of(st.none(), st.floats()), st.integers(min_value=1, max_value=50), st.floats(0.0, 1.0)
)
def test_that_a_wait_is_always_short_and_never_negative(
    retry_after: float | None, attempts: int, chance: float
) -> None:
    delay = retry_delay(busy(retry_after), attempts, chance)
    assert delay is None or 0.0 <= delay <= 60.25


@pytest.mark.parametrize(
    ("make", "kind"),
    [
        (empty_answer, FailureKind.ANSWER_FAILED),
        (unfinished_answer, FailureKind.STREAM_BROKEN),
        (interrupted_answer, FailureKind.STREAM_BROKEN),
        (internal_failure, FailureKind.INTERNAL),
    ],
)
def test_that_our_own_failures_have_words_and_wait_for_the_user(
    make: Callable[[], Failure], kind: FailureKind
) -> None:
    failure = make()
    assert failure.kind is kind
    assert failure.title.endswith(".")
    assert failure.detail.endswith(".")
    assert not failure.retryable
    assert failure.remedy is Remedy.RETRY


def test_that_a_missing_key_names_the_provider_and_where_to_get_one() -> None:
    failure = no_key("Perplexity", "https://example.org/keys")
    assert "Perplexity" in failure.title
    assert "https://example.org/keys" in failure.detail
    assert (failure.kind, failure.remedy) == (FailureKind.NO_KEY, Remedy.SET_KEY)
    assert no_key("Other").detail == "Nothing was sent."
    assert no_key("Other", keyring_problem="It is gone.").detail == "Nothing was sent. It is gone."


def test_that_S21_a_key_that_was_not_read_can_be_asked_for_again() -> None:
    failure = unread_key("Other", "The keyring is locked. Unlock it and try again.")
    assert (failure.kind, failure.remedy) == (FailureKind.NO_KEY, Remedy.RETRY)
    assert failure.title == "The key for Other could not be read."
    assert failure.detail == "The keyring is locked. Unlock it and try again. Nothing was sent."
