"""Text that no database, file or window chokes on."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from headwater.protocol.unicode_repair import TextJoiner, repaired

_ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=12)


def test_that_R20_plain_text_stays_as_it_is() -> None:
    text = "Café 🌞 [1]\n\t"
    assert repaired(text) is text


def test_that_R20_pairs_are_joined_and_lone_halves_and_nul_replaced() -> None:
    assert repaired("\ud83c\udf1e \ud83c \udf1e \0") == "🌞 \ufffd \ufffd \ufffd"


@given(_ANY_TEXT)
def test_that_R20_any_text_can_be_saved_afterwards(text: str) -> None:
    saved = repaired(text)
    assert saved.encode("utf-8").decode("utf-8") == saved
    assert "\0" not in saved
    assert repaired(saved) == saved


@given(st.lists(_ANY_TEXT, max_size=6))
def test_that_R20_pieces_join_to_the_repaired_whole(pieces: list[str]) -> None:
    joiner = TextJoiner()
    joined = "".join(joiner.feed(piece) for piece in pieces) + joiner.finish()
    assert joined == repaired("".join(pieces))


def test_that_R20_a_half_character_waits_for_its_other_half() -> None:
    joiner = TextJoiner()
    assert [joiner.feed("a\ud83c"), joiner.feed(""), joiner.feed("\udf1eb")] == ["a", "", "🌞b"]
    assert joiner.finish() == ""
