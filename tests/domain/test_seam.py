from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headwater.domain.seam import Seam, last_words, request_to_go_on

TABLE = "| river | length |\n| --- | --- |\n| Rhine | 1233 |"
CODE = "Try this:\n\n```python\ndef length(river):\n    return "


def continued(kept: str, *pieces: str) -> str:
    seam = Seam(kept)
    return kept + "".join(seam.feed(piece) for piece in pieces) + seam.finish()


CASES = {
    "goes straight on": ("The Rhine is", " long.", "The Rhine is long."),
    "the blank is lost": ("The Rhine is", "long.", "The Rhine is long."),
    "the blank is there twice": ("The Rhine is ", " long.", "The Rhine is long."),
    "the last words are repeated": (
        "It rises in the Alps and flows",
        "rises in the Alps and flows north.",
        "It rises in the Alps and flows north.",
    ),
    "the last words are repeated with another blank": (
        "It rises in the Alps\nand flows",
        "the Alps and flows north.",
        "It rises in the Alps\nand flows north.",
    ),
    "inside a word that is repeated": (
        "Bern is the cap",
        "Bern is the capital of it.",
        "Bern is the capital of it.",
    ),
    "inside a word that is begun anew": ("Bern is the cap", "capital.", "Bern is the capital."),
    "inside a word that stands elsewhere": (
        "A capital is a city. Bern is the cap",
        "ital.",
        "A capital is a city. Bern is the capital.",
    ),
    "all of it is repeated": ("One. Two.", "One. Two. Three.", "One. Two. Three."),
    "a paragraph ended": ("One.\n\n", "Two.", "One.\n\nTwo."),
    "a paragraph ended and one line break is sent": ("One.\n\n", "\nTwo.", "One.\n\nTwo."),
    "a paragraph begins": ("One.\n", "\n\nTwo.", "One.\n\nTwo."),
    "a line break is sent": ("One.", "\n\nTwo.", "One.\n\nTwo."),
    "a sentence ended": ("One.", "Two.", "One. Two."),
    "a number is cut": ("It is 3.", "14 m.", "It is 3.14 m."),
    "a mark is cut": ("It is long.[", "1] And", "It is long.[1] And"),
    "a mark follows": ("It is long", "[1].", "It is long[1]."),
    "a full stop follows": ("It is long", ". And", "It is long. And"),
    "a heading follows": ("One.", "## Two", "One.\n\n## Two"),
    "an item follows": ("- one", "- two", "- one\n- two"),
    "a row follows": (TABLE, "| Aare | 295 |", TABLE + "\n| Aare | 295 |"),
    "a row follows on a line of its own": (TABLE + "\n", "| Aare |", TABLE + "\n| Aare |"),
    "a row is cut": (TABLE + "\n| Aare", " | 295 |", TABLE + "\n| Aare | 295 |"),
    "a row is begun anew": (TABLE + "\n| A", "| Aare | 295 |", TABLE + "\n| Aare | 295 |"),
    "the head of a table is repeated": (
        TABLE + "\n",
        "| river | length |\n| --- | --- |\n| Aare | 295 |",
        TABLE + "\n| Aare | 295 |",
    ),
    "code is cut in a line": (CODE + "riv", "er.length\n```", CODE + "river.length\n```"),
    "code is repeated": (
        CODE + "riv",
        "def length(river):\n    return river.length\n```",
        CODE + "river.length\n```",
    ),
    "a fence is opened anew": (
        CODE + "riv",
        "```python\n    return river.length\n```",
        CODE + "river.length\n```",
    ),
    "a fence is opened anew for further lines": (
        CODE + "1\n",
        "```python\n    # end\n```",
        CODE + "1\n    # end\n```",
    ),
    "a fence is closed": (CODE + "1", "```\n\nDone.", CODE + "1\n```\n\nDone."),
    "an indent follows": (CODE + "1\n", "    # end", CODE + "1\n    # end"),
    "an indent stands already": (CODE + "1\n    ", "    # end", CODE + "1\n    # end"),
    "no blanks between words": ("莱茵河发源于", "阿尔卑斯山。", "莱茵河发源于阿尔卑斯山。"),
    "a repetition without blanks": (
        "莱茵河发源于",
        "发源于阿尔卑斯山。",
        "莱茵河发源于阿尔卑斯山。",
    ),
    "nothing but a repetition": ("It is long.", "It is long.", "It is long."),
    "a short word that only looks repeated": ("It is a", "apple tree.", "It is a apple tree."),
    "an end that was said before": ("Yes. No", "Yes.", "Yes. No Yes."),
}


@pytest.mark.parametrize(("kept", "more", "whole"), CASES.values(), ids=CASES.keys())
def test_that_nobody_sees_where_an_answer_was_continued(kept: str, more: str, whole: str) -> None:
    assert continued(kept, more) == whole


@pytest.mark.parametrize(("kept", "more", "whole"), CASES.values(), ids=CASES.keys())
def test_that_the_size_of_the_pieces_does_not_matter(kept: str, more: str, whole: str) -> None:
    assert continued(kept, *more) == whole


@pytest.mark.parametrize(("kept", "more", "whole"), CASES.values(), ids=CASES.keys())
def test_that_the_whole_of_a_continuation_joins_like_its_pieces(
    kept: str, more: str, whole: str
) -> None:
    assert Seam(kept).whole(more) == whole


PROSE = (
    "The Rhine rises in the Alps.[1] It flows north,\n\n- past Basel\n- and Bonn.\n\nIt ends so."
)


@given(at=st.integers(1, len(PROSE) - 1))
def test_that_a_model_which_repeats_the_last_words_leaves_no_seam_anywhere(at: int) -> None:
    kept = PROSE[:at]
    again = last_words(kept)
    assert kept.rstrip().endswith(again)
    start = len(kept.rstrip()) - len(again)
    assert continued(kept, *PROSE[start:]) == PROSE


@given(kept=st.text(max_size=60), more=st.text(max_size=60))
def test_that_the_kept_text_is_never_touched_and_no_word_after_it_is_lost(
    kept: str, more: str
) -> None:
    joined = continued(kept, *more)
    assert joined.startswith(kept)
    assert joined == Seam(kept).whole(more)


def test_that_the_last_words_begin_with_a_word_and_stay_short() -> None:
    words = last_words("word " * 100 + "\n")
    assert words.startswith("word ")
    assert 60 <= len(words) <= 70
    assert len(last_words("x" * 10_000)) < 300
    assert request_to_go_on("It is so").endswith("\n\nIt is so")
