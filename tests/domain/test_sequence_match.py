"""What two sequences have in common."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headwater.domain.sequence_match import Steps, finished, matches, rising

words = st.lists(st.sampled_from("abcde"), max_size=40)


def steps(work: Steps[object]) -> int:
    return sum(1 for _ in work)


def longest(first: list[str], second: list[str]) -> int:
    """Return the length of the longest common subsequence, row by row."""
    row = [0] * (len(second) + 1)
    for item in first:
        before = row
        row = [0]
        for at, other in enumerate(second):
            row.append(before[at] + 1 if item == other else max(before[at + 1], row[-1]))
    return row[-1]


@given(words, words)
def test_that_a_short_sequence_is_matched_as_far_as_possible(
    first: list[str], second: list[str]
) -> None:
    assert len(finished(matches(first, second))) == longest(first, second)


@given(st.lists(st.integers(0, 30).map(str), max_size=200))
def test_that_pairs_are_equal_and_rise_on_both_sides(first: list[str]) -> None:
    second = [*first[len(first) // 2 :], *first[: len(first) // 2], *first]
    pairs = finished(matches(first, second))
    assert all(first[here] == second[there] for here, there in pairs)
    assert all(a[0] < b[0] and a[1] < b[1] for a, b in pairwise(pairs))


def test_that_a_long_sequence_with_changes_keeps_all_the_rest() -> None:
    first = [f"line {number}" for number in range(5000)]
    second = [item for number, item in enumerate(first) if number % 50]
    second[100:100] = ["new"] * 80
    assert len(finished(matches(first, second))) == len(second) - 80


def test_that_long_repetition_is_matched_where_nothing_is_unique() -> None:
    first = ["a", "b", "c", "d"] * 100
    second = ["d", *first, "d", "d"]
    assert len(finished(matches(first, second))) > 0.9 * len(first)


def test_that_nothing_is_matched_twice_where_nothing_is_unique() -> None:
    pairs = finished(matches([*"aabb"] * 40, [*"bab"] * 40))
    assert len(pairs) > 60
    assert all(a[0] < b[0] and a[1] < b[1] for a, b in pairwise(pairs))


@pytest.mark.parametrize(
    "make",
    [
        lambda size: (["a"] * size, ["b", *["a"] * size, "c"]),
        lambda size: (["a", "b"] * size, ["b", "c"] * size),
        lambda size: ([str(n) for n in range(size)], [str(-n) for n in range(size)]),
        lambda size: ([str(n) for n in range(size)], [str(n) for n in reversed(range(size))]),
        lambda size: ([str(n // 2) for n in range(size)], [str(n // 3) for n in range(size)]),
    ],
)
def test_that_the_work_grows_with_the_length_and_not_faster(
    make: Callable[[int], tuple[list[str], list[str]]],
) -> None:
    assert steps(matches(*make(40_000))) < 2.5 * steps(matches(*make(20_000)))


@given(st.lists(st.integers(0, 50), max_size=60))
def test_that_the_longest_rising_part_is_kept(numbers: list[int]) -> None:
    kept = finished(rising(list(enumerate(numbers))))
    assert all(a[1] < b[1] for a, b in pairwise(kept))
    lengths: list[int] = []
    for at, number in enumerate(numbers):
        lengths.append(1 + max((lengths[i] for i in range(at) if numbers[i] < number), default=0))
    assert len(kept) == max(lengths, default=0)
