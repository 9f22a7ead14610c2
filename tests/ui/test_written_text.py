"""A text that goes on is told from one that has become another, at the latest when it ends."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from headwater.ui.written_text import WrittenText

LONG = "".join(f"Word {n}. " for n in range(10_000))


def written(text: str, *ends: int) -> WrittenText:
    """Return what knows that `text` is written, in pieces up to these places."""
    known = WrittenText()
    for end in ends:
        assert known.is_beginning_of(text[: end + 5])
        known.go_on(text[: end + 5], end)
    return known


def test_that_pieces_are_what_is_not_written_yet() -> None:
    known = WrittenText()
    assert known.is_beginning_of("One two")
    assert known.go_on("One two", 3) == "One"
    assert known.go_on("One two", 7) == " two"
    assert known.is_beginning_of("One two three")
    assert known.go_on("One two three", 13) == " three"
    assert known.length == 13


@given(st.text("ab", max_size=30), st.text("ab", max_size=30), st.integers(1, 7))
def test_that_a_short_text_is_compared_as_a_whole(text: str, later: str, step: int) -> None:
    known = written(text, *range(step, len(text), step), len(text))
    assert known.is_beginning_of(later) == later.startswith(text)
    pairs = enumerate(zip(text, later, strict=False))
    shared = next((at for at, (a, b) in pairs if a != b), min(len(text), len(later)))
    assert known.changes_to(later) == len(later) - shared


def test_that_another_end_is_seen_at_once() -> None:
    known = written(LONG, *range(1000, 80_000, 1000))
    assert not known.is_beginning_of(LONG[:78_990] + "X" + LONG[78_991:])
    assert not known.is_beginning_of(LONG[:70_000])


def test_that_another_beginning_is_seen_soon_and_when_the_text_ends() -> None:
    other = "X" + LONG[1:]
    known = written(LONG, *range(1000, 81_000, 1000))
    seen = []
    for end in range(81_000, 85_000, 200):
        seen.append(known.is_beginning_of(other[:end]))
        known.go_on(other[:end], end)
    assert seen[0], "most times the last part is enough"
    assert not all(seen[:17])
    assert not known.is_beginning_of(other[:85_000], is_final=True)
    assert known.is_beginning_of(LONG[:79_000] + other[79_000:85_000], is_final=True)


def test_that_the_end_of_the_very_same_text_is_compared_as_a_whole() -> None:
    known = written(LONG, *range(1000, 81_000, 1000))
    other = "X" + LONG[1:]
    assert known.is_beginning_of(other)
    known.go_on(other, 81_000)
    assert known.is_beginning_of(other)
    assert not known.is_beginning_of(other, is_final=True)


def test_that_what_was_begun_anew_is_all_that_is_known() -> None:
    known = written(LONG, 1000, 2000)
    known.begin("Other words", 5)
    assert known.length == 5
    assert known.is_beginning_of("Other ones", is_final=True)
    assert not known.is_beginning_of("Othe", is_final=True)
