from __future__ import annotations

import json

import pytest

from headwater import __version__
from headwater.domain.answer import Failed, Stopped
from headwater.domain.failure import Failure, FailureKind, interrupted_answer
from headwater.domain.source import Source
from headwater.domain.transcript import conversation_json
from headwater.export.excerpt import one_answer, state_line, whole
from headwater.export.export_format import ExportFormat, format_of
from headwater.export.exported_text import exported_text
from tests.exported import EXPORTED, HARD_TEXT, PAGE, conversation_of, excerpt_of


def test_that_json_is_what_show_prints_with_version_and_date() -> None:
    conversation = conversation_of(HARD_TEXT, PAGE)

    found = json.loads(exported_text(whole(conversation, EXPORTED), ExportFormat.JSON))

    assert found.pop("program") == "Headwater"
    assert found.pop("version") == __version__
    assert found.pop("exported") == "2026-11-22T09:30:00+00:00"
    assert found == conversation_json(conversation)


def test_that_json_steers_nothing_and_loses_nothing() -> None:
    text = "a\u202eb\x9bc\x1bd\u2028e\ud800f\U0001f600漢"

    written = exported_text(excerpt_of(text), ExportFormat.JSON)

    assert not set(written) & set("\u202e\x9b\x1b\u2028\ud800")
    assert "漢" in written
    written.encode()
    assert json.loads(written)["turns"][0]["text"] == text


def test_that_one_answer_is_one_turn_under_its_question() -> None:
    conversation = conversation_of("One.", question="First?")
    second = conversation_of("Two.", question="Second?").turns[0]
    both = conversation.with_turn(type(second)("t2", "t1", second.question, second.answer))

    excerpt = one_answer(both, "t2", EXPORTED)

    assert excerpt.title == "Second?"
    found = json.loads(exported_text(excerpt, ExportFormat.JSON))
    assert [turn["id"] for turn in found["turns"]] == ["t2"]


def test_that_the_chosen_version_of_an_answer_is_exported() -> None:
    conversation = conversation_of("Old.")
    old = conversation.turns[0]
    retried = conversation_of("New.").turns[0]
    both = conversation.with_turn(type(old)("t2", "", retried.question, retried.answer))

    new_shown = exported_text(whole(both, EXPORTED), ExportFormat.MARKDOWN)
    old_shown = exported_text(whole(both.choosing("t1"), EXPORTED), ExportFormat.MARKDOWN)

    assert ("New." in new_shown, "Old." in new_shown) == (True, False)
    assert ("New." in old_shown, "Old." in old_shown) == (False, True)


@pytest.mark.parametrize(
    ("state", "said"),
    [
        (Stopped(), "Unfinished: stopped."),
        (Stopped("after 9 tokens"), "Unfinished: stopped after 9 tokens."),
        (Failed(interrupted_answer()), "Interrupted: The answer was interrupted."),
    ],
)
def test_that_every_format_to_read_says_that_an_answer_is_unfinished(
    state: Stopped | Failed, said: str
) -> None:
    excerpt = excerpt_of("Half", state=state)

    for form in (ExportFormat.MARKDOWN, ExportFormat.HTML):
        assert said in exported_text(excerpt, form)
    assert state_line(excerpt.turns[0].answer).startswith(said)


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("What is it?", "What is it"),
        ('a/b\\c:d*"<>|e.f', "a b c d e f"),
        ("...", "Headwater"),
        ("x" * 100, "x" * 60),
        ("../../etc/passwd", "etc passwd"),
    ],
)
def test_that_a_file_is_named_so_that_every_system_takes_it(title: str, name: str) -> None:
    assert excerpt_of("", question=title).file_name == name


def test_that_an_ending_says_which_format_is_meant() -> None:
    for form in ExportFormat:
        if form is not ExportFormat.CSL_JSON:
            assert format_of(f"some.dir/File{form.ending.upper()}") is form
    assert format_of("-") is None
    assert format_of("notes.txt") is None


def test_that_an_empty_conversation_can_be_exported() -> None:
    from headwater.domain.conversation import Conversation

    for form in ExportFormat:
        if form is not ExportFormat.PDF:
            exported_text(whole(Conversation(), EXPORTED), form)


_TURNS = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"


@pytest.mark.parametrize("form", [form for form in ExportFormat if form is not ExportFormat.PDF])
def test_that_S10_no_format_has_what_turns_the_text_that_follows(form: ExportFormat) -> None:
    text = f"a{_TURNS}b [l{_TURNS}](https://l.example/{_TURNS}) `c{_TURNS}`[1][2]\n\n"
    text += f"```py{_TURNS}\nd = {_TURNS}1\n```\n\n|e{_TURNS}|\n|-|\n|f{_TURNS}|\n"
    sources = (
        Source("1", f"https://s.example/{_TURNS}", f"T{_TURNS}", f"S{_TURNS}", f"2024{_TURNS}"),
        Source("2", f"g{_TURNS}", _TURNS, updated=_TURNS),
    )
    failed = Failed(Failure(FailureKind.REFUSED, f"No{_TURNS}", f"h{_TURNS}", raw=_TURNS))
    excerpt = excerpt_of(text, *sources, state=failed, question=f"Why{_TURNS}?")
    written = exported_text(excerpt, form)
    assert "s.example" in written
    assert not set(written) & set(_TURNS)
