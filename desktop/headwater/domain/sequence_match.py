"""What two sequences have in common, in order: a few milliseconds of work at a time.

Items that are unique on both sides are paired first, the longest run of them that keeps its order
(patience, after Bram Cohen), then what lies between. Where nothing is unique a small stretch is
solved exactly and a large one greedily, so time grows little faster than the length, whatever the
text. `difflib` is quadratic where much repeats itself.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Generator, Sequence
from itertools import product
from typing import TypeVar

T = TypeVar("T")

Steps = Generator[None, None, T]
"""Work that pauses now and then, for whoever runs it to do something else, and returns a T."""

_SMALL = 2500  # comparisons; as many as an exact solution may take
_DEEPEST = 16  # stretches between pairs between pairs
_REACH = 64  # items that the greedy way skips at most to find the next equal one
_PAUSE = 1024  # items between two pauses


def finished(work: Steps[T]) -> T:
    """Return what `work` comes to, without a pause."""
    while True:
        try:
            next(work)
        except StopIteration as end:
            result: T = end.value
            return result


def matches(first: Sequence[str], second: Sequence[str]) -> Steps[list[tuple[int, int]]]:
    """Return pairs of indices of equal items, rising on both sides.

    They are the same pairs when the sequences change their places.
    """
    if [*first] > [*second]:  # ties are broken by what comes first
        return [(here, there) for there, here in (yield from _matches(second, first))]
    return (yield from _matches(first, second))


def _matches(first: Sequence[str], second: Sequence[str]) -> Steps[list[tuple[int, int]]]:
    found: list[tuple[int, int]] = []
    open_stretches = [(0, len(first), 0, len(second), 0)]
    while open_stretches:
        begin, end, other, other_end, depth = open_stretches.pop()
        while begin < end and other < other_end and first[begin] == second[other]:
            found.append((begin, other))
            begin, other = begin + 1, other + 1
            if begin % _PAUSE == 0:
                yield
        while begin < end and other < other_end and first[end - 1] == second[other_end - 1]:
            end, other_end = end - 1, other_end - 1
            found.append((end, other_end))
            if end % _PAUSE == 0:
                yield
        yield
        if begin == end or other == other_end:
            continue
        ours, theirs = range(begin, end), range(other, other_end)
        if len(ours) * len(theirs) <= _SMALL:
            found += _exact(first, ours, second, theirs)
            continue
        anchors = yield from _unique(first, ours, second, theirs)
        if not anchors or depth == _DEEPEST:
            found += yield from _greedy(first, ours, second, theirs)
            continue
        found += anchors
        for here, there in anchors:
            open_stretches.append((begin, here, other, there, depth + 1))
            begin, other = here + 1, there + 1
        open_stretches.append((begin, end, other, other_end, depth + 1))
    found.sort()
    return found


def rising(pairs: Sequence[tuple[int, int]]) -> Steps[list[tuple[int, int]]]:
    """Return the longest part of `pairs`, sorted by their first index, with rising second ones."""
    piles: list[int] = []
    tops: list[int] = []
    before: list[int] = []
    for at, (_, second) in enumerate(pairs):
        pile = bisect_left(tops, second)
        before.append(piles[pile - 1] if pile else -1)
        if pile == len(piles):
            piles.append(at)
            tops.append(second)
        else:
            piles[pile], tops[pile] = at, second
        if at % _PAUSE == 0:
            yield
    kept: list[tuple[int, int]] = []
    at = piles[-1] if piles else -1
    while at >= 0:
        kept.append(pairs[at])
        at = before[at]
    kept.reverse()
    return kept


def _unique(
    first: Sequence[str], ours: range, second: Sequence[str], theirs: range
) -> Steps[list[tuple[int, int]]]:
    here = yield from _places(first, ours)
    there = yield from _places(second, theirs)
    pairs = []
    for number, (item, places) in enumerate(here.items()):
        if len(places) == 1 and len(found := there.get(item, [])) == 1:
            pairs.append((places[0], found[0]))
        if number % _PAUSE == 0:
            yield
    return (yield from rising(pairs))


def _places(items: Sequence[str], where: range) -> Steps[dict[str, list[int]]]:
    places: dict[str, list[int]] = defaultdict(list)
    for at in where:
        places[items[at]].append(at)
        if at % _PAUSE == 0:
            yield
    return dict(places)


def _exact(
    first: Sequence[str], ours: range, second: Sequence[str], theirs: range
) -> list[tuple[int, int]]:
    """Return a longest common subsequence."""
    width = len(theirs) + 1
    lengths = [0] * (width * (len(ours) + 1))
    for row, column in product(range(len(ours) - 1, -1, -1), range(width - 2, -1, -1)):
        at = row * width + column
        lengths[at] = (
            lengths[at + width + 1] + 1
            if first[ours[row]] == second[theirs[column]]
            else max(lengths[at + 1], lengths[at + width])
        )
    pairs = []
    row = column = 0
    while row < len(ours) and column < len(theirs):
        at = row * width + column
        if first[ours[row]] == second[theirs[column]]:
            pairs.append((ours[row], theirs[column]))
            row, column = row + 1, column + 1
        elif lengths[at + width] >= lengths[at + 1]:
            row += 1
        else:
            column += 1
    return pairs


def _greedy(
    first: Sequence[str], ours: range, second: Sequence[str], theirs: range
) -> Steps[list[tuple[int, int]]]:
    """Pair each item with the next equal one, unless that would skip too many."""
    there = yield from _places(second, theirs)
    pairs = []
    at = theirs.start
    for here in ours:
        places = there.get(first[here], [])
        index = bisect_left(places, at)
        if index < len(places) and places[index] - at <= _REACH:
            pairs.append((here, places[index]))
            at = places[index] + 1
        if here % _PAUSE == 0:
            yield
    return pairs
