"""The answer view follows, stays put, links and copies as a reader expects."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from PySide6.QtCore import QEvent, QMimeData, QPoint, QSize, Qt, QTimer, QUrl
from PySide6.QtGui import QAccessible, QFont, QImage, QTextBlock, QTextCursor, QTextDocument
from PySide6.QtTest import QSignalSpy, QTest
from PySide6.QtWidgets import QApplication, QLabel, QToolTip

from headwater.domain.answer import (
    Answer,
    AnswerState,
    Complete,
    Searching,
    Streaming,
    Waiting,
)
from headwater.domain.attachment import attachment_of
from headwater.domain.conversation import Turn
from headwater.domain.preferences import LongLines
from headwater.domain.question import Question
from headwater.domain.source import Source
from headwater.ui.anchor import CodeAnchor, LinkAnchor, SourceAnchor
from headwater.ui.answer_format import Property, Role
from headwater.ui.theme import DARK, LIGHT
from tests.ui.answer_stage import ASKED, LINES, SOURCES, Stage, answer_stage, turn

pytestmark = pytest.mark.qt_log_ignore(r"does not support raise\(\)")


@pytest.fixture
def stage(qapp: QApplication) -> Iterator[Stage]:
    yield from answer_stage(qapp)


# What is shown.


def test_that_question_small_line_and_answer_stand_below_each_other(stage: Stage) -> None:
    stage.show(turn("The **answer**.[1]", queries=("what it is",)))
    question, meta, answer = stage.text.split("\n")[:3]
    asked = ASKED.astimezone()
    assert question == "What is it?"
    assert meta == f"effort low · {asked:%H:%M} · searched “what it is”"
    assert answer.startswith("The answer.")


def test_that_S4_a_question_is_plain_text(stage: Stage) -> None:
    stage.show(turn("x", question="<b>bold</b>\n**stars** <img src=x>"))
    assert stage.text.startswith("<b>bold</b>\n**stars** <img src=x>\n")


def test_that_R45_a_question_of_spaces_does_not_hang(stage: Stage) -> None:
    stage.show(turn("x", question="a" + " " * 70_000 + "b" + "y" * 70_000))
    assert "yyy" in stage.text


def test_that_a_question_of_files_alone_is_a_line_with_their_names(stage: Stage) -> None:
    picture = attachment_of("screenshot.png", b"\x89PNG\r\n\x1a\n")
    asked = turn("A bridge.", question="")
    wordless = replace(asked, question=replace(asked.question, attachments=(picture,)))
    stage.show(wordless, replace(turn("Blue.", question="Colour?"), id="u", parent_id="t"))
    first, *rest = (line for line in stage.text.split("\n") if line)
    assert first.endswith("with screenshot.png")
    assert rest[:2] == ["A bridge.", "Colour?"]


def test_that_the_same_snapshot_costs_nothing(stage: Stage) -> None:
    shown = turn("Text.")
    stage.show(shown)
    changes: list[object] = []
    stage.view.document().contentsChange.connect(lambda *change: changes.append(change))
    stage.show(shown)
    assert changes == []


def test_that_another_version_replaces_a_turn_and_the_ones_before_stay(stage: Stage) -> None:
    first = turn("First answer.", turn_id="a", question="One?")
    stage.show(first, turn("Old.", turn_id="b", question="Two?"))
    stage.show(first, turn("New.", turn_id="c", question="Two, then?"))
    assert "First answer." in stage.text
    assert "New." in stage.text
    assert "Old." not in stage.text
    assert stage.view.footer("b") is None
    assert stage.view.footer("c") is stage.footers["c"]
    assert "Two, then?" in stage.text


def test_that_R35_another_conversation_starts_anew_while_one_streams(stage: Stage) -> None:
    for n in range(20):
        stage.show(turn(LINES[: 40 * n], Streaming()), conversation="one")
        stage.show(turn(f"Other {n}.", turn_id="u"), conversation="two")
        assert f"Other {n}." in stage.text
        assert "Line number" not in stage.text


def test_that_a_settled_text_replaces_what_was_streamed(stage: Stage) -> None:
    stage.stream("One paragraph.\n\nAnd a wrong one")
    stage.show(turn("One paragraph.\n\nAnd the right one.\n\n- [2]"))
    assert "wrong" not in stage.text
    assert stage.view.cited_ids("t") == ("2",)


def test_that_the_view_says_when_an_answer_that_has_ended_is_all_there(stage: Stage) -> None:
    spy = QSignalSpy(stage.view.written)
    stage.show(turn(LINES, Streaming()))
    assert spy.count() == 0
    ended = turn(LINES + "The end.[1]")
    assert not stage.view.has_written(ended)
    stage.show(ended)
    assert spy.count() == 1
    assert stage.view.has_written(ended)
    stage.show(ended)
    assert spy.count() == 1


def test_that_a_hidden_view_draws_nothing_until_it_is_shown(stage: Stage) -> None:
    stage.view.hide()
    stage.show(turn("Later."))
    assert stage.text == ""
    stage.view.show()
    stage.settle()
    assert "Later." in stage.text


def test_that_another_theme_draws_the_same_text_in_its_colours(stage: Stage) -> None:
    stage.show(turn("Text [1] and `code`."))
    before = stage.text
    stage.view.set_theme(DARK)
    stage.settle()
    assert stage.text == before
    found = stage.view.document().find("Text")
    assert found.charFormat().foreground().color() == DARK.text


def test_that_the_column_is_narrow_and_centred(stage: Stage) -> None:
    stage.show(turn("x"))
    frame = stage.view.document().rootFrame().frameFormat()
    width = stage.view.viewport().width()
    assert abs(frame.leftMargin() - frame.rightMargin()) <= 1
    assert width - frame.leftMargin() - frame.rightMargin() <= 76 * 12
    stage.view.resize(400, 600)
    stage.settle()
    assert stage.view.document().rootFrame().frameFormat().leftMargin() == 16


def test_that_an_idle_view_runs_no_timer_and_a_running_one_counts_seconds(stage: Stage) -> None:
    stage.show(turn("Text.", Streaming()))
    assert stage.view._second.isActive()
    stage.show(turn("Text.", Complete()))
    stage.view._second.stop()
    stage.show(turn("Text. More.", Complete()))
    timers = [t for t in stage.view.findChildren(QTimer) if t.isActive()]
    assert [t for t in timers if t.parent() is stage.view] == []


@pytest.mark.parametrize(
    ("state", "queries", "sources", "words"),
    [
        (Waiting(), (), (), "Asking · "),
        (Searching("reading pages"), (), (), "Reading pages · "),
        (Searching(), ("cap",), (), "Searching “cap” · "),
        (Streaming(), ("cap",), SOURCES, "Searched “cap” · read 2 sources · "),
    ],
)
def test_that_a_running_answer_says_what_is_done(
    stage: Stage,
    state: AnswerState,
    queries: tuple[str, ...],
    sources: tuple[Source, ...],
    words: str,
) -> None:
    stage.show(turn("", state, queries=queries, sources=sources))
    (shown,) = stage.view._page.turns
    assert "".join(run.text for run in shown.running_meta).startswith(words)


# Following.


def test_that_complaint_03_the_end_stays_in_sight_while_text_arrives(stage: Stage) -> None:
    stage.stream(LINES[:6000], step=200)
    bar = stage.view.verticalScrollBar()
    assert bar.value() == bar.maximum() > 0
    assert stage.view.is_following


def test_that_complaint_03_a_reader_who_scrolled_up_is_left_alone(stage: Stage) -> None:
    stage.stream(LINES[:4000], step=400)
    spy = QSignalSpy(stage.view.following_changed)
    stage.wheel(5)
    assert [stage.view.is_following] == [False]
    assert spy.at(0) == [False]
    before = stage.top_line()
    for end in range(4000, len(LINES), 200):
        stage.show(turn(LINES[:end], Streaming()))
        assert stage.top_line() == before
    stage.view.jump_to_latest()
    assert [stage.view.is_following] == [True]
    assert spy.at(1) == [True]


def test_that_scrolling_back_to_the_end_follows_again(stage: Stage) -> None:
    stage.stream(LINES[:4000], step=400)
    stage.wheel(3)
    assert [stage.view.is_following] == [False]
    stage.wheel(-30)
    assert [stage.view.is_following] == [True]


def test_that_the_selection_survives_a_hundred_frames(stage: Stage) -> None:
    stage.show(turn(LINES[:400], Streaming()))
    found = stage.view.document().find("Line number 3 of many.")
    stage.view.setTextCursor(found)
    for end in range(400, 1400, 10):
        stage.show(turn(LINES[:end], Streaming()))
    assert stage.view.textCursor().selectedText() == "Line number 3 of many."


def test_that_a_selection_in_the_live_end_survives(stage: Stage) -> None:
    stage.show(turn("Some words that", Streaming()))
    stage.view.setTextCursor(stage.view.document().find("words"))
    stage.show(turn("Some words that go on and **on** with [1]", Streaming()))
    assert stage.view.textCursor().selectedText() == "words"


def test_that_the_first_visible_line_stays_when_the_window_is_resized(stage: Stage) -> None:
    stage.show(turn("".join(f"Paragraph {n} " + "is long. " * 30 + "\n\n" for n in range(60))))
    stage.view.verticalScrollBar().setValue(3000)
    before = stage.top_line()[0]
    stage.view.resize(500, 500)
    stage.settle()
    assert stage.top_line()[0] == before


def test_that_the_first_visible_line_stays_when_a_footer_above_it_grows(stage: Stage) -> None:
    stage.show(turn("Short.", turn_id="a"), turn(LINES, turn_id="b"))
    stage.view.verticalScrollBar().setValue(3000)
    before = stage.top_line()
    stage.footers["a"].setFixedHeight(300)
    stage.view.refit_footer("a")
    assert stage.top_line() == before


def test_that_a_finished_conversation_opens_at_its_last_question(stage: Stage) -> None:
    stage.show(
        turn(LINES, turn_id="a"), turn(LINES, turn_id="b", question="The second?"), conversation="x"
    )
    assert 0 <= stage.place_of("The second?").y() < 80


def test_that_asking_on_goes_to_the_end(stage: Stage) -> None:
    first = turn(LINES, turn_id="a")
    stage.show(first)
    assert [stage.view.is_following] == [False]
    stage.show(first, turn("", Waiting(), turn_id="b"))
    assert [stage.view.is_following] == [True]


# Pacing.


def test_that_by_paragraph_only_whole_blocks_appear_until_the_end(stage: Stage) -> None:
    stage.view.set_pacing("paragraph")
    stage.show(turn("First.\n\nSecond is going", Streaming()))
    assert "First." in stage.text
    assert "Second" not in stage.text
    stage.show(turn("First.\n\nSecond is going", Complete()))
    assert "Second is going" in stage.text


def test_that_smooth_pacing_spreads_what_came_and_loses_nothing(stage: Stage) -> None:
    stage.view.set_pacing("smooth")
    stage.show(turn("Begun.", Streaming()))
    text = "Begun. " + "word " * 400
    stage.view.show_path("c", (turn(text, Streaming()),))
    stage.clock._tick()
    assert len(stage.text) < len(text)
    QTest.qWait(450)
    stage.settle()
    assert text.strip() in stage.text


# Footers.


def test_that_each_footer_lies_below_its_answer_and_moves_with_it(stage: Stage) -> None:
    stage.show(turn("Short.", turn_id="a"), turn(LINES, turn_id="b"))
    stage.view.verticalScrollBar().setValue(0)
    footer = stage.footers["a"]
    assert footer.isVisible()
    assert footer.y() > stage.place_of("Short.").y()
    before = footer.y()
    stage.view.verticalScrollBar().setValue(40)
    assert footer.y() == before - 40
    assert not stage.footers["b"].isVisible()


def test_that_a_footer_that_grows_gets_its_place(stage: Stage) -> None:
    stage.show(turn("Short.", turn_id="a"), turn("Next.", turn_id="b", question="And then?"))
    before = stage.place_of("And then?").y()
    stage.footers["a"].setFixedHeight(200)
    stage.view.refit_footer("a")
    assert stage.footers["a"].height() == 200
    assert stage.place_of("And then?").y() > before + 100


# Gestures.


def test_that_a_click_on_a_link_is_reported_and_nothing_is_opened(stage: Stage) -> None:
    stage.show(turn("See [the page](https://a.example/x?y=1)."))
    spy = QSignalSpy(stage.view.link_opened)
    QTest.mouseClick(
        stage.view.viewport(), Qt.MouseButton.LeftButton, pos=stage.place_of("the page")
    )
    assert spy.at(0) == ["https://a.example/x?y=1"]
    assert "See" in stage.text


def test_that_a_click_on_a_mark_names_turn_and_source(stage: Stage) -> None:
    stage.show(turn("So it is.[2]"))
    spy = QSignalSpy(stage.view.source_chosen)
    QTest.mouseClick(stage.view.viewport(), Qt.MouseButton.LeftButton, pos=stage.place_of(" 2 "))
    assert spy.at(0) == ["t", "2"]


def test_that_R19_links_and_marks_are_reached_by_keyboard(stage: Stage) -> None:
    stage.show(turn("A [link](https://a.example/), a mark.[1]\n\n```py\nx = 1\n```\n"))
    links, marks = QSignalSpy(stage.view.link_opened), QSignalSpy(stage.view.source_chosen)
    copied = QSignalSpy(stage.view.code_copied)
    stage.view.setFocus()
    for _ in range(3):
        QTest.keyClick(stage.view, Qt.Key.Key_Tab)
        QTest.keyClick(stage.view, Qt.Key.Key_Return)
    assert links.at(0) == ["https://a.example/"]
    assert marks.at(0) == ["t", "1"]
    assert copied.at(0) == ["x = 1"]


def test_that_complaint_11_code_is_copied_to_the_byte(stage: Stage) -> None:
    code = "\tx = 1\t# tab  \r\n\r\n    y\rz\u00a0\u2028é\n\n"
    copied = QSignalSpy(stage.view.code_copied)
    stage.show(turn(f"So.\n\n```py\n{code}```\n\n    {'a' * 5000}\n"))
    stage.view.setFocus()
    for _ in range(2):
        QTest.keyClick(stage.view, Qt.Key.Key_Tab)
        QTest.keyClick(stage.view, Qt.Key.Key_Return)
    assert copied.at(0) == [code.removesuffix("\n")]
    assert copied.at(1) == ["a" * 5000]


@pytest.mark.parametrize(
    "address",
    [str(LinkAnchor("javascript:alert(1)")), str(LinkAnchor("file:///etc/passwd")),
     "https://a.example/", "file:///etc/passwd", "code:t/99", "source:", "link:", ""],
)  # fmt: skip
def test_that_S5_an_address_that_is_none_of_ours_does_nothing(stage: Stage, address: str) -> None:
    stage.show(turn("x"))
    spies = [
        QSignalSpy(signal)
        for signal in (stage.view.link_opened, stage.view.source_chosen, stage.view.code_copied)
    ]
    stage.view.anchorClicked.emit(QUrl(address))
    assert [spy.count() for spy in spies] == [0, 0, 0]


def test_that_anchors_come_back_as_they_went() -> None:
    from headwater.ui.anchor import read_anchor

    for anchor in (
        LinkAnchor("https://a.example/?x=%20&y=ü#z"),
        SourceAnchor("t/1", "web:0"),
        CodeAnchor("t:é", 7),
    ):
        assert read_anchor(QUrl(str(anchor))) == anchor


def test_that_S4_the_card_of_a_mark_shows_its_source_as_plain_text(stage: Stage) -> None:
    stage.show(turn("So.[1]"))
    spy = QSignalSpy(stage.view.source_hovered)
    stage.view.highlighted.emit(QUrl(str(SourceAnchor("t", "1"))))
    card = stage.view.viewport().toolTip()
    assert "One &lt;b&gt;title&lt;/b&gt;" in card
    assert "one.example · 2024-01-02" in card
    assert "<img" not in card
    stage.view.highlighted.emit(QUrl())
    assert stage.view.viewport().toolTip() == ""
    assert [spy.at(0), spy.at(1)] == [["t", "1"], ["t", ""]]


def test_that_the_card_of_a_mark_says_the_sentence_that_it_is_cited_for(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = "First **here** & there.[2][1] Then 😀 this <b>one</b>[1].\n\n| a |\n|-|\n|x[1]|"
    stage.show(turn(text))
    for words, sentence in (
        ("there.", "First here &amp; there."),
        ("one</b>", "Then 😀 this &lt;b&gt;one&lt;/b&gt;."),
        ("x", "x"),
    ):
        found = stage.view.document().find(words)
        found = stage.view.document().find(" 1 ", found.selectionEnd())
        middle = QTextCursor(stage.view.document())
        middle.setPosition(found.selectionStart() + 1)
        place = stage.view.viewport().mapToGlobal(stage.view.cursorRect(middle).center())
        monkeypatch.setattr("headwater.ui.answer_view.QCursor.pos", lambda place=place: place)
        stage.view.highlighted.emit(QUrl(str(SourceAnchor("t", "1"))))
        assert f"Cited for: <i>{sentence}</i>" in stage.view.viewport().toolTip()
        stage.view.highlighted.emit(QUrl())


def test_that_the_card_of_a_mark_says_whether_its_passage_has_the_sentence(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    passage = "The bridge of Rome was built by Trajan in 104 and is 1135 metres long, they say."
    sources = (replace(SOURCES[0], snippet=passage), *SOURCES[1:])
    text = "The bridge was built in 104.[1]\n\nThe bridge is 42 metres long.[1]"

    def card(words: str) -> str:
        found = stage.view.document().find(words)
        found = stage.view.document().find(" 1 ", found.selectionEnd())
        middle = QTextCursor(stage.view.document())
        middle.setPosition(found.selectionStart() + 1)
        place = stage.view.viewport().mapToGlobal(stage.view.cursorRect(middle).center())
        monkeypatch.setattr("headwater.ui.answer_view.QCursor.pos", lambda: place)
        stage.view.highlighted.emit(QUrl(str(SourceAnchor("t", "1"))))
        shown = stage.view.viewport().toolTip()
        stage.view.highlighted.emit(QUrl())
        return shown

    stage.show(turn(text, Streaming(), sources=sources))
    assert "in the passage" not in card("104")
    stage.show(turn(text, sources=sources))
    assert card("104").endswith("<p>✓ found in the passage</p>")
    assert "<p>○ not in the passage shown: 42" in card("long")
    assert stage.view.sentence_chosen("t", "1") == "The bridge is 42 metres long."
    stage.show(turn(text))
    assert "in the passage" not in card("104")


def test_that_the_sentence_of_a_source_that_was_chosen_elsewhere_is_its_first(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("headwater.ui.answer_view.QCursor.pos", lambda: QPoint(-500, -500))
    stage.show(turn("One.[1]\n\n- Two.[2] Three.[2]", turn_id="a"), turn("Last.[2]", turn_id="b"))
    assert stage.view.sentence_chosen("a", "2") == "Two."
    assert stage.view.sentence_chosen("b", "2") == "Last."
    assert stage.view.sentence_chosen("b", "1") == ""
    assert stage.view.sentence_chosen("c", "1") == ""


def test_that_R19_the_card_of_a_mark_is_shown_and_said_to_the_keyboard(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    monkeypatch.setattr("headwater.ui.answer_view.announce", lambda _, words: said.append(words))
    stage.show(turn("So it is.[1]"))
    stage.view.setFocus()
    QTest.keyClick(stage.view, Qt.Key.Key_Tab)
    assert "one.example · 2024-01-02" in QToolTip.text()
    assert "Cited for: <i>So it is.</i>" in QToolTip.text()
    assert said == ["Source 1: One <b>title</b>, one.example, 2024-01-02. Cited for: So it is."]
    QToolTip.hideText()


def test_that_S7_the_card_of_a_link_shows_its_real_host(stage: Stage) -> None:
    stage.view.highlighted.emit(QUrl(str(LinkAnchor("https://evil.example/bank.example"))))
    assert "<b>evil.example</b>" in stage.view.viewport().toolTip()


def test_that_S2_no_resource_is_ever_loaded(stage: Stage) -> None:
    kinds = [kind.value for kind in QTextDocument.ResourceType]
    for address in ("file:///etc/passwd", "qrc:/x", "data:image/png;base64,AA", "//host/share/x"):
        for kind in kinds:
            assert stage.view.loadResource(kind, QUrl(address)) is None
            assert stage.view.document().resource(kind, QUrl(address)) is None


def test_that_a_copied_selection_has_marks_and_none_of_our_own_words(stage: Stage) -> None:
    stage.show(turn("So it is.[1]\n\n```py\nx\n```\n"))
    stage.view.selectAll()
    data = stage.view.createMimeDataFromSelection()
    assert isinstance(data, QMimeData)
    assert "So it is.[1]\n\nx\n\nSources:\n[1] One" in data.text()
    assert "Copy" not in data.text()
    assert "source:" not in data.html()


def test_that_light_falls_on_the_sentences_that_cite_a_source(stage: Stage) -> None:
    stage.show(turn("First here.[1] Second there.[2]\n\n" + LINES + "\n\nLast.[1]"))
    stage.view.verticalScrollBar().setValue(4000)
    stage.view.light_source("t", "1")
    assert len(stage.view._lit_spans) == 2
    assert 0 <= stage.place_of("First here.").y() < 600
    stage.view.light_source("t", "")
    assert stage.view._lit_spans == []


def test_that_each_walk_goes_to_the_next_sentence_of_a_source_and_round(stage: Stage) -> None:
    text = "First here.[1] Second there.[2]\n\n" + LINES + "\n\nLast.[1]"
    stage.show(turn(text))
    assert stage.view.walk_source("t", "1") == (1, 2)
    assert 0 <= stage.place_of("First here.").y() < 600
    assert stage.view.walk_source("t", "1") == (2, 2)
    assert 0 <= stage.place_of("Last.").y() < 600
    assert stage.view.walk_source("t", "2") == (1, 1)
    assert stage.view.walk_source("t", "1") == (1, 2)
    assert stage.view.walk_source("t", "7") == (0, 0)
    assert stage.view._lit_spans == []


def test_that_a_bar_shows_which_of_the_lit_sentences_is_meant(stage: Stage) -> None:
    stage.show(turn("First here.[1]\n\nNothing.\n\nLast.[1]"))
    stage.view.walk_source("t", "1")
    stage.view.walk_source("t", "1")
    image = stage.view.viewport().grab().toImage()
    left = int(stage.view.document().rootFrame().frameFormat().leftMargin())
    first, last = stage.place_of("First here.").y(), stage.place_of("Last.").y()
    assert _has(image, (left - 12, last - 3, left, last + 3), LIGHT.accent)
    assert not _has(image, (left - 12, first - 3, left, first + 3), LIGHT.accent)


def test_that_the_view_has_a_name_for_those_who_hear_it(stage: Stage) -> None:
    assert stage.view.accessibleName() == "Answer"


# The widgets above the answers.


class Head(QLabel):
    """A widget above an answer that is as high as it is told."""

    tall = 0

    def sizeHint(self) -> QSize:
        return QSize(100, self.tall)


@pytest.fixture
def headed(qapp: QApplication) -> Iterator[Stage]:
    made = Stage(qapp, make_head=Head)
    yield made
    made.view.close()
    made.view.deleteLater()
    made.clock.deleteLater()
    qapp.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    qapp.processEvents()


def head_of(stage: Stage, turn_id: str) -> Head:
    found = stage.view.head(turn_id)
    assert isinstance(found, Head)
    return found


def test_that_a_head_stands_between_small_line_and_answer_and_hides_without_height(
    headed: Stage,
) -> None:
    headed.show(turn("Answer.[1]"))
    head, empty = head_of(headed, "t"), headed.place_of("Answer.").y()
    assert not head.isVisible()
    head.tall = 40
    headed.view.refit_footer("t")
    assert head.isVisible()
    assert head.height() == 40
    assert headed.place_of("Answer.").y() == empty + 39
    assert headed.place_of("effort").y() < head.y() < headed.place_of("Answer.").y() - 40
    assert headed.text.split("\n")[2].strip() == ""
    headed.view.selectAll()
    assert headed.view.createMimeDataFromSelection().text().count("\n\n") == 3


def test_that_a_head_that_unfolds_stays_where_the_reader_sees_it(headed: Stage) -> None:
    headed.show(turn(LINES[:3000], turn_id="a"), turn("Short.", turn_id="b", question="Two?"))
    for turn_id in ("a", "b"):
        head = head_of(headed, turn_id)
        head.tall = 24
        headed.view.refit_footer(turn_id)
    head = head_of(headed, "b")
    headed.view.jump_to_latest()
    before = head.y()
    assert 0 < before < 600
    head.tall = 624
    headed.view.refit_head("b")
    headed.settle()
    assert head.y() == before
    assert not headed.view.is_following


def test_that_the_head_of_a_version_goes_with_it(headed: Stage, qapp: QApplication) -> None:
    headed.show(turn("Old.", turn_id="a"))
    gone = head_of(headed, "a")
    spy = QSignalSpy(gone.destroyed)
    headed.show(turn("New.", turn_id="b"))
    qapp.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    assert spy.count() == 1
    assert headed.view.head("a") is None
    assert "New." in headed.text


def test_that_an_answer_below_a_head_streams_as_any_other(headed: Stage) -> None:
    headed.stream("First.[1]\n\n- item\n\nLast.[2]", step=3)
    headed.show(turn("First.[1]\n\n- item\n\nLast.[2]"))
    headed.view.light_source("t", "2")
    ((start, end),) = headed.view._lit_spans
    cursor = QTextCursor(headed.view.document())
    cursor.setPosition(start)
    cursor.setPosition(end, QTextCursor.MoveMode.KeepAnchor)
    assert cursor.selectedText().startswith("Last.")
    assert headed.text.split("\n")[1].startswith("effort low")


# Painting.


def _found(stage: Stage, text: str) -> list[QTextCursor]:
    found = [stage.view.document().find(text)]
    while not (following := stage.view.document().find(text, found[-1])).isNull():
        found.append(following)
    return found


def _has(image: QImage, area: tuple[int, int, int, int], colour: object) -> bool:
    left, top, right, bottom = area
    return any(
        image.pixelColor(x, y) == colour for x in range(left, right) for y in range(top, bottom)
    )


def test_that_chips_code_and_the_light_have_their_grounds(stage: Stage) -> None:
    stage.show(turn("So it is.[1]\n\n```py\nx = 1\n```\n"))
    chip, code = stage.place_of(" 1 "), stage.place_of("x = 1")
    image = stage.view.viewport().grab().toImage()
    area = (chip.x() - 8, chip.y() - 8, chip.x() + 8, chip.y() + 8)
    assert _has(image, area, LIGHT.accent_soft)
    assert image.pixelColor(code.x() + 300, code.y()) == LIGHT.code
    stage.view.light_source("t", "1")
    image = stage.view.viewport().grab().toImage()
    where = stage.place_of("it is")
    assert _has(image, (where.x() - 9, where.y() - 9, where.x() + 9, where.y() + 9), LIGHT.lit)


def test_that_code_and_quotes_of_two_answers_do_not_grow_together(stage: Stage) -> None:
    text = "```\n{0} code\n```\n\n> {0} quote\n\n{0} end."
    stage.show(*(turn(text.format(name), turn_id=name) for name in ("one", "two")))
    code, end, left = (stage.place_of(t) for t in ("one code", "one end", "one quote"))
    image = stage.view.viewport().grab().toImage()
    assert image.pixelColor(code.x() + 300, code.y()) == LIGHT.code
    assert image.pixelColor(code.x() + 300, end.y()) == LIGHT.surface
    bar = (left.x() - 60, left.y() - 2, left.x(), left.y() + 2)
    assert _has(image, bar, LIGHT.hairline)
    assert not _has(image, (bar[0], end.y() + 20, bar[2], end.y() + 24), LIGHT.hairline)


def test_that_a_chip_does_not_change_the_height_of_its_line(stage: Stage) -> None:
    stage.show(turn("With a mark.[1]\n\nWithout one.\n\nWith 漢字.\n\nEnd."))
    ys = [stage.place_of(text).y() for text in ("With a", "Without", "With 漢", "End")]
    assert len({b - a for a, b in pairwise(ys)}) == 1


def test_that_the_caret_stands_behind_the_last_word_of_a_growing_row(stage: Stage) -> None:
    table = "| one | two | three |\n|---|---|---|\n| four | five | six |\n"
    for row, word in (
        ("| sev", "sev"), ("| seven |", "seven"), ("| seven | eig", "eig"),
        ("| seven | eight | nine", "nine"), ("| 😀 |", "😀"), ("", "six"),
    ):  # fmt: skip
        stage.show(turn(table + row, Streaming()), conversation=f"a table with {row}")
        found = stage.view.document().find(word)
        assert stage.view._caret == found.selectionEnd()


def test_that_the_caret_is_there_while_text_arrives_and_gone_at_the_end(stage: Stage) -> None:
    stage.show(turn("It is", Streaming()))
    assert stage.view._caret > 0
    stage.show(turn("It is so.", Complete()))
    assert stage.view._caret == -1


def test_that_a_line_of_code_that_goes_on_below_is_told_from_one_that_begins(stage: Stage) -> None:
    stage.show(turn("```\n" + "word " * 30 + "\nlast\n```\n\n```\n" + "x" * 9000 + "\n```\n"))
    image = stage.view.viewport().grab().toImage()

    def beside(block: QTextBlock, line: int) -> bool:
        left = stage.view.cursorRect(QTextCursor(block)).left() - 10
        height = round(block.blockFormat().lineHeight())
        top = stage.view.cursorRect(QTextCursor(block)).top() + line * height
        return (
            len({image.pixel(x, y) for x in range(left, left + 8) for y in range(top, top + 12)})
            > 1
        )

    stage.view.verticalScrollBar().setValue(0)
    image = stage.view.viewport().grab().toImage()
    words, last = (stage.view.document().find(text).block() for text in ("word", "last"))
    assert words.layout().lineCount() == 2
    assert [beside(words, 0), beside(words, 1), beside(last, 0)] == [False, True, False]
    stage.view.set_long_lines(LongLines.SCROLL)
    stage.settle()
    image = stage.view.viewport().grab().toImage()
    first = stage.view.document().find("xx").block()
    assert [beside(first, 0), beside(first.next(), 0)] == [False, True]


def test_that_colours_stand_where_they_belong_whatever_ends_the_lines(stage: Stage) -> None:
    stage.show(turn("```python\na = 'x'\rb = 'y'\r\nc = 'z'\n```\n"))
    for name in "abc":
        formats = stage.view.document().find(f"{name} =").block().layout().formats()
        assert [(f.start, f.length) for f in formats if f.start] == [(4, 1), (5, 1), (6, 1)]


@pytest.mark.parametrize("width", [260, 800])
def test_that_a_long_language_is_elided_before_the_word_copy(stage: Stage, width: int) -> None:
    stage.view.resize(width, 600)
    stage.show(turn("```\nx\n```\n\n```" + "W" * 400 + "\nx\n```\n"))
    (one, other) = (b.block() for b in _found(stage, "Copy"))
    tops = [stage.view.cursorRect(QTextCursor(b)).top() for b in (one, other)]
    left = stage.view.cursorRect(QTextCursor(other)).left()
    image = stage.view.viewport().grab().toImage()
    beside = [image.copy(left - 8, top, width - left, 14) for top in tops]
    assert beside[0] == beside[1]
    label = other.blockFormat().stringProperty(Property.LABEL)
    assert len(label) == 100
    assert _has(image, (left - 80, tops[1], left - 8, tops[1] + 14), LIGHT.code)
    shown = image.copy(left - 80, tops[1], 72, 14)
    assert shown != image.copy(left - 80, tops[0], 72, 14), "it goes as far as there is room"


def test_that_a_language_cannot_turn_its_letters_around(stage: Stage) -> None:
    stage.show(turn("```\u202epy\x00\nx\n```\n"))
    label = stage.view.document().find("Copy").block().blockFormat()
    assert label.stringProperty(Property.LABEL) == "\ufffdpy\ufffd"


def test_that_a_flood_is_written_in_small_shares_and_its_end_in_larger_ones(stage: Stage) -> None:
    def frames(text: str, state: AnswerState) -> int:
        stage.view.show_path("c", (turn(text, state),))
        for number in range(1, 1000):
            stage.clock._tick()
            if stage.view.has_written(stage.view._path[0]):
                return number
        raise AssertionError("it is never written")

    stage.show(turn("Begun.\n\n", Streaming()))
    flood = "**a** *b*\n\n" * 400  # 1,600 runs and blocks in less than what counts as far behind
    running = frames("Begun.\n\n" + flood, Streaming())
    ended = frames("Begun.\n\n" + flood + flood, Complete())
    assert running >= 5
    assert ended < running


def test_that_S28_a_long_answer_is_loaded_in_bounded_shares(stage: Stage) -> None:
    text = LINES * 20
    stage.view.show_path("c", (turn(text),))
    shares = []
    for _ in range(400):
        before = stage.view.document().characterCount()
        stage.clock._tick()
        shares.append(stage.view.document().characterCount() - before)
        if not stage.view._page.is_new:
            break
    stage.settle()
    assert stage.text.count("Line number 299") == 20
    assert max(shares) < 40_000
    assert 4000 < shares[0] < 12_000, "nobody knows yet how long it takes to lay it out"


def test_that_S28_less_is_loaded_at_once_where_laying_out_takes_long(stage: Stage) -> None:
    allowed = []
    for milliseconds in (200, 200, 200, 5, 5, 30, 5, 200):
        stage.view._page._note_layout(milliseconds)
        allowed.append(stage.view._page._at_once // 1024)
    assert allowed[2:] == [6, 12, 24, 24, 24, 12]


def test_that_the_elapsed_time_counts_from_the_question(stage: Stage) -> None:
    asked = datetime.now(UTC) - timedelta(seconds=64)
    question = Question("q", asked_at=asked)
    stage.show(Turn("t", "", question, Answer(state=Waiting())))
    (shown,) = stage.view._page.turns
    assert "".join(run.text for run in shown.running_meta).startswith("Asking · 1 min ")


def test_that_the_body_font_is_never_too_small(stage: Stage) -> None:
    stage.view.setFont(QFont("sans", 4))
    stage.view.set_theme(LIGHT)
    assert stage.view._formats.points >= 9


def test_that_every_turn_keeps_the_look_of_its_parts(stage: Stage) -> None:
    turns = [turn(f"Answer {n}.", turn_id=f"t{n}", question=f"Question {n}?") for n in range(4)]
    for count in range(1, 5):
        stage.show(*turns[:count])
    stage.footers["t1"].setFixedHeight(90)
    stage.view.refit_footer("t1")
    roles = []
    block = stage.view.document().begin()
    while block.isValid():
        roles.append(block.blockFormat().intProperty(Property.ROLE))
        block = block.next()
    assert roles == [Role.QUESTION, Role.META, Role.BODY, Role.FOOTER] * 4


def test_that_another_version_of_the_first_question_stands_in_the_same_column(
    qapp: QApplication,
) -> None:
    stage = Stage(qapp)
    stage.show(turn("One answer.", Complete()))
    before = stage.view.document().rootFrame().frameFormat()
    assert before.leftMargin() > 0
    again = turn("Another answer.", Complete())
    stage.show(Turn("again", again.parent_id, again.question, again.answer))
    after = stage.view.document().rootFrame().frameFormat()
    assert "Another answer." in stage.text
    assert (after.leftMargin(), after.rightMargin(), after.topMargin()) == (
        before.leftMargin(),
        before.rightMargin(),
        before.topMargin(),
    )


# Larger and smaller.


@pytest.mark.parametrize("zoom", [50, 80, 150, 300])
def test_that_the_first_visible_line_stays_when_the_text_is_zoomed(stage: Stage, zoom: int) -> None:
    stage.show(turn(LINES, turn_id="a"), turn("```py\nx = 1\n```\n\n" + LINES * 9, turn_id="b"))
    stage.view.verticalScrollBar().setValue(30_000)
    before = stage.top_line()
    stage.view.set_zoom(zoom)
    stage.settle()
    assert stage.top_line() == before
    stage.view.set_zoom(100)
    stage.settle()
    assert stage.top_line() == before


def test_that_an_answer_that_was_seen_whole_is_still_seen_from_its_beginning(stage: Stage) -> None:
    stage.show(turn("Short.\n\nAnd a little more."))
    stage.view.set_zoom(300)
    stage.view.resize(800, 200)
    stage.settle()
    stage.view.set_zoom(100)
    stage.settle()
    stage.view.set_zoom(300)
    stage.settle()
    assert stage.view.verticalScrollBar().value() == 0 < stage.view.verticalScrollBar().maximum()


def test_that_several_zoom_steps_in_one_frame_keep_the_place(stage: Stage) -> None:
    stage.show(turn(LINES * 9))
    stage.wheel(1)
    stage.view.verticalScrollBar().setValue(30_000)
    before = stage.top_line()
    for zoom in (110, 125, 150, 175):
        stage.view.set_zoom(zoom)
        if zoom == 125:
            stage.application.processEvents()
    stage.settle()
    assert stage.top_line() == before
    assert stage.view.viewport().findChildren(QLabel) == [stage.view.footer("t")]


def test_that_the_selection_and_the_footers_outlive_a_zoom(stage: Stage) -> None:
    stage.show(turn(LINES))
    stage.view.setTextCursor(stage.view.document().find("number 7 of"))
    footer = stage.view.footer("t")
    stage.view.set_zoom(150)
    stage.settle()
    assert stage.view.textCursor().selectedText() == "number 7 of"
    assert stage.view.footer("t") is footer


def test_that_the_end_stays_in_sight_when_a_streaming_answer_is_zoomed(stage: Stage) -> None:
    stage.stream(LINES[:4000], step=400)
    stage.view.set_zoom(200)
    stage.show(turn(LINES[:4400], Streaming()))
    bar = stage.view.verticalScrollBar()
    assert stage.view.is_following
    assert bar.value() == bar.maximum() > 0


def test_that_code_tables_and_chips_are_zoomed_with_the_text(stage: Stage) -> None:
    stage.show(
        turn("So.[1] `inline`\n\n# Head\n\n```py\ncode = 1\n```\n\n| Cell |\n|---|\n| row |\n")
    )
    words = ("So", " 1 ", "inline", "Head", "code", "Cell", "row", "What is it")

    def sizes() -> list[float]:
        document = stage.view.document()
        return [document.find(word).charFormat().fontPointSize() for word in words]

    before = sizes()
    stage.view.set_zoom(200)
    stage.settle()
    assert sizes() == pytest.approx([2 * size for size in before])


def test_that_ctrl_and_the_wheel_ask_for_another_size(stage: Stage) -> None:
    stage.show(turn(LINES))
    spy = QSignalSpy(stage.view.zoom_requested)
    before = stage.view.verticalScrollBar().value()
    for steps in (1, -1):
        stage.wheel(steps, Qt.KeyboardModifier.ControlModifier)
    assert [spy.at(n) for n in range(spy.count())] == [[1], [-1]]
    assert stage.view.verticalScrollBar().value() == before


def test_that_the_selection_survives_a_thousand_updates(stage: Stage) -> None:
    stage.show(turn(LINES[:2400], Streaming()))
    stage.wheel(10)
    stage.view.setTextCursor(stage.view.document().find("Line number 3 of many."))
    top = stage.top_line()
    for end in range(2400, 2400 + 1000 * 5, 5):
        stage.show(turn(LINES[:end], Streaming()))
    assert stage.view.textCursor().selectedText() == "Line number 3 of many."
    assert stage.top_line() == top


def test_that_the_first_visible_line_stays_when_sources_come_late(stage: Stage) -> None:
    cited = "".join(f"Paragraph {n} is long enough to wrap.[1][2] " * 9 + "\n\n" for n in range(40))
    stage.show(turn(cited, sources=(), state=Streaming()))
    stage.view.verticalScrollBar().setValue(1500)
    cursor = stage.view.cursorForPosition(QPoint(60, 0))
    cursor.setKeepPositionOnInsert(True)
    top = stage.view.cursorRect(cursor).top()
    stage.show(turn(cited, state=Streaming()))
    assert stage.view.cursorRect(cursor).top() == top


# What the keys went to.


def test_that_a_ring_stands_around_what_the_keys_went_to(stage: Stage) -> None:
    stage.show(turn("Plain words and others."))
    found = stage.view.document().find("words")
    stage.view.activateWindow()
    where = stage.view.select_place(found.selectionStart(), found.selectionEnd())
    area = (where.x() + 2, where.y() - 14, where.x() + 6, where.y() - 4)  # right of the word
    assert _has(stage.view.viewport().grab().toImage(), area, LIGHT.accent)
    stage.view.setTextCursor(found.document().find("others"))
    assert not _has(stage.view.viewport().grab().toImage(), area, LIGHT.accent)


def test_that_keys_go_on_from_what_is_seen_when_the_last_place_is_not(stage: Stage) -> None:
    stage.show(turn("So.[1]\n\n" + LINES + "End.[2]"))
    (one, two) = stage.view.turns[0].writer.known_marks()
    stage.view.select_place(*one[:2])
    assert stage.view.step_origin == one[0]
    stage.view.verticalScrollBar().setValue(stage.view.verticalScrollBar().maximum() // 2)
    assert one[0] < stage.view.step_origin < two[0]


@pytest.mark.parametrize(
    "info", ["", "klingon", "../../etc", "x" * 4000, "\u202epy", "<b>py</b>", "py\x00", "{.python}"]
)
def test_that_code_in_an_unknown_language_is_plain_and_still_code(stage: Stage, info: str) -> None:
    stage.show(turn(f"```{info}\ndef f(): pass\n"))
    copied = QSignalSpy(stage.view.code_copied)
    QTest.mouseClick(stage.view.viewport(), Qt.MouseButton.LeftButton, pos=stage.place_of("Copy"))
    assert copied.at(0) == ["def f(): pass"]
    block = stage.view.document().find("def f").block()
    assert block.blockFormat().intProperty(Property.ROLE) == Role.CODE
    assert block.layout().formats() == []


def test_that_complaint_19_a_screen_reader_reads_the_answer_block_by_block(stage: Stage) -> None:
    table = "| a | b |\n|---|---|\n| 1 | 2 |"
    stage.show(turn(f"First.[1]\n\n- item\n\n```\ncode\n```\n\n{table}\n\nLast."))
    text = QAccessible.queryAccessibleInterface(stage.view).textInterface()
    read = re.split("[\n\u2028\u2029]", text.text(0, text.characterCount()))
    blocks = ["What is it?", "First.\u00a01\u00a0", "•\titem", "code", "a", "b", "1", "2", "Last."]
    assert [line for line in read if line in blocks] == blocks
