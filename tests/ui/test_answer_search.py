"""Words are found in what is shown, and the place in front of the reader stays."""

from __future__ import annotations

from collections.abc import Iterator
from time import perf_counter

import pytest
from PySide6.QtGui import QTextBlock, QTextCursor
from PySide6.QtWidgets import QApplication

from headwater.domain.answer import Complete, Streaming
from headwater.domain.source import Source
from headwater.ui.theme import LIGHT
from tests.ui.answer_stage import LINES, Stage, answer_stage, turn


@pytest.fixture
def stage(qapp: QApplication) -> Iterator[Stage]:
    yield from answer_stage(qapp)


def look_for(stage: Stage, words: str, near: int = 0) -> list[str]:
    """Look for `words` to the end and return what stands at the places."""
    stage.view.search.look_for(words, near)
    finish(stage)
    return found(stage)


def finish(stage: Stage) -> None:
    while stage.view.search._next_slice.isActive():
        stage.application.processEvents()
    assert stage.view.search.is_done


def found(stage: Stage) -> list[str]:
    return [text_at(stage, place) for place in stage.view.search.between(0, 10**9)]


def text_at(stage: Stage, place: tuple[int, int]) -> str:
    cursor = QTextCursor(stage.view.document())
    cursor.setPosition(place[0])
    cursor.setPosition(place[1], QTextCursor.MoveMode.KeepAnchor)
    return cursor.selectedText()


def test_that_words_are_found_across_formatting_in_every_part(stage: Stage) -> None:
    stage.show(
        turn("The **CAP** *the*orem.[1]\n\n- cap `theorem`\n\n| A |\n|---|\n| Cap theorem |\n"),
        turn("```py\ncap theorem = 1\n```\n", turn_id="u", question="What is the CAP theorem?"),
    )
    assert look_for(stage, "cap theorem") == [
        "CAP theorem",
        "cap theorem",
        "Cap theorem",
        "CAP theorem",
        "cap theorem",
    ]


def test_that_a_mark_is_found_as_it_was_written(stage: Stage) -> None:
    stage.show(turn("🙂 One.[1] Two.[2] Three.[7]"))
    assert [text.replace("\u00a0", "_") for text in look_for(stage, "Two.[2]")] == ["Two._2_"]
    assert look_for(stage, "[7]") == ["[7]"]


@pytest.mark.parametrize(
    ("text", "words", "place"),
    [
        ("It keeps both.[1] The rest.", "KEEPS both. The", "keeps both._1_ The"),
        ("🙂 Both.[1][2] The 🙂.", "both. the", "Both._1__2_ The"),
        ("Both [1]. The end.", "both. the", "Both _1_. The"),
        ("Both [1] and [2] more.", "both and more", "Both _1_ and _2_ more"),
        ("So [1, 2], then.", "so, then", "So _1__2_, then"),
        ("Both [1]and so.", "both and", "Both _1_and"),
        ("Both[7] of them.", "both of", "Both[7] of"),
        ("Ça[1] alors.", "ca alors", "Ça_1_ alors"),
        ("两者[1]都是。", "两者都", "两者_1_都"),
        ("a[1]aa", "aa", "a_1_a"),
        ("Soft\nline break.", "soft line", "Soft line"),
        ("Hard  \nline break.", "hard line", "Hard\u2028line"),
    ],
)  # fmt: skip
def test_that_a_phrase_is_found_across_marks_and_line_ends(
    stage: Stage, text: str, words: str, place: str
) -> None:
    stage.show(turn(text))
    found = [text.replace("\u00a0", "_").replace("\u200b", "") for text in look_for(stage, words)]
    assert found == [place]


def test_that_a_phrase_is_not_found_across_paragraphs_items_and_cells(stage: Stage) -> None:
    stage.show(turn("One\n\ntwo.\n\n- one\n- two\n\n|one|two|\n|-|-|\n|one|two|\n"))
    assert look_for(stage, "one two") == []


def test_that_our_own_words_are_not_found(stage: Stage) -> None:
    stage.show(turn("```py\nx = 1\n```\n\n---\n\nA long" + "x" * 3000))
    assert look_for(stage, "copy") == []
    (word,) = look_for(stage, "x" * 1000)[:1]
    assert word.replace("\u200b", "") == "x" * 1000


def test_that_places_are_counted_in_order_whatever_was_looked_through_first(stage: Stage) -> None:
    stage.show(turn(LINES))
    near = stage.view.document().find("number 150 ").selectionStart()
    assert look_for(stage, "number 15", near) == ["number 15"] * 11
    search = stage.view.search
    assert (search.number, search.count) == (2, 11)
    starts = [start for start, _ in search.between(0, 10**9)]
    assert starts == sorted(starts)


def test_that_next_and_previous_go_around_the_end(stage: Stage) -> None:
    stage.show(turn("one two one two one"))
    look_for(stage, "one")
    search = stage.view.search
    seen = [search.number]
    for by in (1, 1, 1, -1, -1):
        search.step(by)
        seen.append(search.number)
    assert seen == [1, 2, 3, 1, 3, 2]


def test_that_words_before_the_reader_are_found_around_the_end(stage: Stage) -> None:
    stage.show(turn("Only here.\n\n" + LINES))
    end = stage.view.document().characterCount() - 1
    look_for(stage, "only here", end)
    assert (stage.view.search.number, stage.view.search.count) == (1, 1)


def test_that_the_count_grows_and_the_current_place_stays_while_text_streams_in(
    stage: Stage,
) -> None:
    stage.show(turn(LINES[:2000], Streaming()))
    look_for(stage, "many")
    search = stage.view.search
    search.step(1)
    stage.view.show_place(*search.step(1) or (0, 0))
    place, top = search.current, stage.top_line()
    for end in range(2000, 6000, 37):
        stage.show(turn(LINES[:end], Streaming()))
        finish(stage)
        assert found(stage) == ["many"] * LINES[:end].count("many")
        assert (search.current, search.number) == (place, 3)
        assert stage.top_line() == top


def test_that_the_current_place_moves_with_what_is_written_above_it(stage: Stage) -> None:
    late = Source("1", "https://one.example/", "One")
    stage.show(turn("So.[1] A place.[1]\n\nThe place.", sources=(), state=Streaming()))
    look_for(stage, "the place")
    stage.show(turn("So.[1] A place.[1]\n\nThe place. The place", sources=(late,)))
    finish(stage)
    assert found(stage) == ["The place", "The place"]
    assert text_at(stage, stage.view.search.current or (0, 0)) == "The place"
    assert stage.view.search.number == 1


def test_that_places_behind_a_change_move_with_it(stage: Stage) -> None:
    stage.show(turn("One word.\n\nTwo words.\n\nThree words."))
    look_for(stage, "words")
    stage.view.search.step(1)
    cursor = stage.view.document().find("One")
    cursor.insertText("🙂 Many a word and words, one")
    finish(stage)
    assert found(stage) == ["words"] * 3
    assert (stage.view.search.number, stage.view.search.count) == (3, 3)


def test_that_drawing_anew_finds_the_same_places_and_the_same_current_one(stage: Stage) -> None:
    stage.show(turn(LINES))
    look_for(stage, "number 2")
    for _ in range(4):
        stage.view.search.step(1)
    before = (stage.view.search.current, stage.view.search.count)
    stage.view.set_theme(LIGHT)
    stage.settle()
    finish(stage)
    assert (stage.view.search.current, stage.view.search.count) == before


def test_that_a_place_that_has_gone_gives_way_to_the_next(stage: Stage) -> None:
    stage.show(turn("A word and\n\nanother word", Streaming()))
    look_for(stage, "word")
    stage.show(turn("A thing and\n\nanother word", Complete()))
    finish(stage)
    assert (stage.view.search.number, stage.view.search.count) == (1, 1)


def test_that_words_that_arrive_later_do_not_move_the_reader(stage: Stage) -> None:
    stage.show(turn(LINES[:4000], Streaming()))
    stage.wheel(40)
    look_for(stage, "surprise")
    top = stage.top_line()
    stage.show(turn(LINES[:4000] + "\n\nSurprise", Streaming()))
    finish(stage)
    assert stage.view.search.count == 1
    assert stage.top_line() == top


def test_that_only_what_changed_is_looked_through_again(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage.show(turn(LINES, Streaming()))
    look_for(stage, "line")
    looked: list[int] = []
    places = stage.view.search._places

    def count(block: QTextBlock) -> list[tuple[int, int]]:
        looked.append(block.position())
        return places(block)

    monkeypatch.setattr(stage.view.search, "_places", count)
    stage.show(turn(LINES + "One line more.", Streaming()))
    finish(stage)
    assert len(looked) < 8
    assert stage.view.search.count == 301


def test_that_no_slice_holds_the_keys_up_in_a_megabyte(stage: Stage) -> None:
    stage.show(turn(LINES * 130, Complete()))
    assert stage.view.document().characterCount() > 900_000
    longest = 0.0
    for words in ("l", "li", "lin", "line number 299"):
        began = perf_counter()
        stage.view.search.look_for(words, 0)
        assert not stage.view.search.is_done, "a slice is not the whole"
        longest = max(longest, perf_counter() - began)
        for _ in range(3):
            began = perf_counter()
            stage.application.processEvents()
            longest = max(longest, perf_counter() - began)
    finish(stage)
    assert stage.view.search.count == 130
    assert longest < 0.2, longest  # 5 ms of looking and one frame of painting, on a busy machine


def test_that_an_ended_search_looks_no_more(stage: Stage) -> None:
    stage.show(turn(LINES, Streaming()))
    look_for(stage, "line")
    stage.view.search.stop()
    stage.show(turn(LINES + " line", Streaming()))
    assert stage.view.search.count == 0
    assert not stage.view.search._next_slice.isActive()
