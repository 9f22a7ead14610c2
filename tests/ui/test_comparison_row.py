"""What stands beside what in a comparison."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headwater.domain.answer import Answer
from headwater.domain.answer_comparison import Pairing, compare_answers
from headwater.domain.sequence_match import finished
from headwater.domain.source import Source
from headwater.ui.comparison_row import ComparisonRow, Fold, folded, pieces_of, rows_of

SOURCES = (Source("1", "https://one.example"), Source("2", "https://two.example"))


def pairings(first: str, second: str) -> tuple[Pairing, ...]:
    one, other = (Answer(text=text, sources=SOURCES) for text in (first, second))
    return finished(compare_answers(one, other)).pairings


def rows(first: str, second: str) -> list[ComparisonRow]:
    return finished(rows_of(pairings(first, second)))


def texts(row: ComparisonRow) -> tuple[str, str]:
    return (
        " ".join(p.first.text for p in row.first if p.first),
        " ".join(p.second.text for p in row.second if p.second),
    )


def test_that_a_paragraph_that_is_the_same_is_one_row() -> None:
    assert [
        texts(row) for row in rows("One. Two.\n\nThree. Four.", "One. Two.\n\nThree. Four.")
    ] == [
        ("One. Two.", "One. Two."),
        ("Three. Four.", "Three. Four."),
    ]


def test_that_a_changed_sentence_has_a_row_of_its_own() -> None:
    found = rows("One. Two of the three. End.", "One. Two of the four. End.")
    assert [(texts(row)[0], row.is_same, row.is_changed) for row in found] == [
        ("One.", True, False),
        ("Two of the three.", False, True),
        ("End.", True, False),
    ]


def test_that_what_each_has_alone_stands_beside_each_other() -> None:
    found = rows("Begin. Apples.\n\nPears here. End.", "Begin. Cars all over. End.")
    assert [texts(row) for row in found] == [
        ("Begin.", "Begin."),
        ("Apples.", "Cars all over."),
        ("Pears here.", ""),
        ("End.", "End."),
    ]
    assert not any(row.is_same or row.is_changed for row in found[1:3])


words = st.lists(
    st.sampled_from(["One.", "Two apples here.", "Two pears here.", "\n\n", "Three."]), max_size=20
).map(" ".join)


@given(words, words)
def test_that_each_sentence_is_in_exactly_one_row(first: str, second: str) -> None:
    found = rows(first, second)
    wanted = pairings(first, second)
    assert [p.first for row in found for p in row.first if p.first] == [
        p.first for p in wanted if p.first
    ]
    assert [p.second for row in found for p in row.second if p.second] == [
        p.second for p in wanted if p.second
    ]


def test_that_no_row_grows_without_end() -> None:
    found = rows("Stones. " * 300, "Stones. " * 300)
    assert len(found) == 15
    assert Counter(len(row.first) for row in found) == {20: 15}


def test_that_rows_far_from_a_difference_are_folded() -> None:
    same = "\n\n".join(f"{word} it is." for word in ["Ab", "Cd", "Ef", "Gh", "Ij"])
    found = rows(f"{same}\n\nApples.\n\n{same}", f"{same}\n\nCars all over.\n\n{same}")
    assert folded(found, frozenset()) == [Fold(0, 4, 4), 4, 5, 6, Fold(7, 11, 4)]
    assert folded(found, frozenset({7})) == [Fold(0, 4, 4), *range(4, 11)]


@pytest.mark.parametrize(
    ("first", "second"),
    [("A b.\n\nC d.\n\nE f.\n\nG h.", "A b.\n\nC d.\n\nE f.\n\nG h."), ("", "")],
)
def test_that_nothing_is_folded_where_nothing_differs(first: str, second: str) -> None:
    found = rows(first, second)
    assert folded(found, frozenset()) == list(range(len(found)))


@given(st.lists(st.booleans(), max_size=30), st.frozensets(st.integers(0, 30)))
def test_that_folds_and_rows_cover_everything_once(
    same: list[bool], unfolded: frozenset[int]
) -> None:
    alike, only = pairings("One.", "One."), pairings("One.", "")
    found = [ComparisonRow(alike, alike) if is_same else ComparisonRow(only) for is_same in same]
    covered: list[int] = []
    for entry in folded(found, unfolded):
        if isinstance(entry, Fold):
            assert all(found[at].is_same for at in range(entry.begin, entry.end))
            covered += range(entry.begin, entry.end)
        else:
            covered.append(entry)
    assert covered == list(range(len(found)))


def test_that_pieces_hold_the_words_the_changes_and_the_marks() -> None:
    (changed,) = pairings("Blue is the sky [1] now [2].", "Red is the sky [1] now.")
    assert [(p.text, p.is_changed) for p in pieces_of(changed, is_first=True)] == [
        ("Blue", True),
        (" is the sky", False),
        ("[1]", False),
        (" now", False),
        ("[2]", True),
        (".", False),
    ]
    assert [(p.text, p.is_changed) for p in pieces_of(changed, is_first=False)] == [
        ("Red", True),
        (" is the sky", False),
        ("[1]", False),
        (" now.", False),
    ]
    (only,) = pairings("[1] Blue.[2]", "")
    assert [p.text for p in pieces_of(only, is_first=True)] == ["[1]", "Blue.", "[2]"]
    assert pieces_of(only, is_first=False) == []
