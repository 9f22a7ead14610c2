"""The tree of turns: retries and edits stand side by side, one path is shown."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headwater.domain.answer import Answer, Complete
from headwater.domain.attachment import attachment_of
from headwater.domain.conversation import Conversation, Turn, new_id, title_for, title_of
from headwater.domain.question import Question

THEN = datetime(2026, 1, 2, 3, 4, tzinfo=UTC)


def turn(turn_id: str, parent_id: str = "", text: str = "") -> Turn:
    return Turn(turn_id, parent_id, Question(text or turn_id, asked_at=THEN))


def grown(*parents: int) -> Conversation:
    """Return a conversation whose n-th turn follows `parents[n]`, counted from 1 (0: the start)."""
    conversation = Conversation(id="c")
    for number, parent in enumerate(parents, 1):
        conversation = conversation.with_turn(turn(str(number), str(parent) if parent else ""))
    return conversation


def ids(turns: tuple[Turn, ...]) -> list[str]:
    return [t.id for t in turns]


trees = st.integers(0, 14).flatmap(
    lambda size: st.tuples(*(st.integers(0, at) for at in range(size)))
)


def test_that_the_first_question_gives_the_title_and_the_last_one_the_time() -> None:
    conversation = Conversation().with_turn(turn("1", text="  What is\n new? "))
    conversation = conversation.with_turn(turn("2", "1", "And then?"))
    assert conversation.title == "What is new?"
    assert conversation.updated == THEN
    assert conversation.leaf_id == "2"


def test_that_a_retry_is_a_version_of_the_turn_it_repeats() -> None:
    conversation = grown(0, 1, 1)
    assert ids(conversation.versions("2")) == ids(conversation.versions("3")) == ["2", "3"]
    assert ids(conversation.path) == ["1", "3"]
    assert ids(conversation.choosing("2").path) == ["1", "2"]


def test_that_choosing_a_version_shows_the_latest_that_followed_it() -> None:
    #  1 - 2 - 4, and 1 - 3 - 5, and 3 - 6
    conversation = grown(0, 1, 1, 2, 3, 3)
    assert ids(conversation.choosing("2").path) == ["1", "2", "4"]
    assert ids(conversation.choosing("3").path) == ["1", "3", "6"]
    assert ids(conversation.choosing("5").path) == ["1", "3", "5"]
    assert ids(conversation.choosing("1").path) == ["1", "3", "6"]


def test_that_an_unknown_id_has_no_path_and_no_turn() -> None:
    conversation = grown(0, 1)
    assert conversation.path_to("nobody") == ()
    for ask in (conversation.turn, conversation.versions, conversation.choosing):
        with pytest.raises(KeyError):
            ask("nobody")


def test_that_a_turn_whose_parent_is_missing_starts_its_path() -> None:
    damaged = Conversation(turns=(turn("2", "lost"), turn("3", "2")), leaf_id="3")
    assert ids(damaged.path) == ["2", "3"]


def test_that_R38_turns_that_follow_each_other_in_a_ring_hang_nothing() -> None:
    damaged = Conversation(turns=(turn("1", "2"), turn("2", "1"), turn("3", "3")), leaf_id="1")
    assert sorted(ids(damaged.path)) == ["1", "2"]
    assert damaged.choosing("1").leaf_id in ("1", "2")
    assert damaged.choosing("3").leaf_id == "3"


def test_that_a_later_snapshot_replaces_one_answer_and_touches_no_other() -> None:
    conversation = grown(0, 1)
    answer = Answer(text="yes", state=Complete())
    changed = conversation.with_answer("2", answer)
    assert changed.turn("2").answer == answer
    assert changed.turn("1") is conversation.turn("1")
    assert conversation.turn("2").answer == Answer()
    assert changed.with_answer("nobody", Answer(text="lost")) == changed


@given(trees)
def test_that_every_turn_can_be_brought_into_the_path(parents: tuple[int, ...]) -> None:
    conversation = grown(*parents)
    for each in conversation.turns:
        chosen = conversation.choosing(each.id)
        assert each in chosen.path
        assert chosen.turns == conversation.turns
        leaf = chosen.path[-1]
        assert not [t for t in chosen.turns if t.parent_id == leaf.id]


@given(trees)
def test_that_a_path_leads_from_a_first_question_turn_by_turn(parents: tuple[int, ...]) -> None:
    conversation = grown(*parents)
    for each in conversation.turns:
        path = conversation.path_to(each.id)
        assert path[0].parent_id == ""
        assert path[-1] == each
        for before, after in pairwise(path):
            assert after.parent_id == before.id


@given(trees)
def test_that_versions_part_the_turns_into_siblings(parents: tuple[int, ...]) -> None:
    conversation = grown(*parents)
    for each in conversation.turns:
        versions = conversation.versions(each.id)
        assert each in versions
        assert all(conversation.versions(v.id) == versions for v in versions)
        assert list(versions) == [t for t in conversation.turns if t in versions]


@given(st.text(max_size=400))
def test_that_a_title_is_one_short_line(question: str) -> None:
    title = title_of(question)
    assert len(title) <= 80
    assert title == " ".join(title.split())
    assert bool(title) == bool(question.strip())


def test_that_a_question_of_files_alone_is_called_after_them() -> None:
    files = tuple(attachment_of(name, b"x") for name in ("notes.txt", "plan.txt"))
    wordless = Turn("1", "", Question(" \n", attachments=files))
    assert Conversation().with_turn(wordless).title == "notes.txt, plan.txt"
    asked = Turn("1", "", Question("Which one?", attachments=files))
    assert Conversation().with_turn(asked).title == "Which one?"
    many = Question("", attachments=files * 20)
    assert len(title_for(many)) <= 80
    assert title_for(many).endswith("…")


def test_that_a_long_title_ends_at_a_word_and_says_that_it_goes_on() -> None:
    title = title_of("word " * 40)
    assert title.endswith("word…")
    assert 70 <= len(title) <= 80
    assert title_of("x" * 200) == "x" * 79 + "…"
    assert title_of("x" * 80) == "x" * 80


def test_that_a_question_behind_much_white_space_has_a_title() -> None:
    assert title_of("\n" * 5000 + "Why?") == "Why?"


def test_that_R45_the_title_of_a_huge_question_is_found_at_once() -> None:
    assert title_of("a " * 5_000_000).startswith("a a a")


def test_that_ids_are_16_hexadecimal_digits_and_differ() -> None:
    made = {new_id() for _ in range(1000)}
    assert len(made) == 1000
    assert all(len(i) == 16 and int(i, 16) >= 0 for i in made)
