"""Headwater's window, offscreen, against aimock and LiteLLM: typed into, clicked and read."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel

from headwater.ui.failure_notice import FailureNotice
from tests.journeys.stage import Stage, play
from tests.third_party import answer_text, scenario
from tests.third_party.servers import Aimock, LiteLlm

QUESTION = "Which river is the longest?"
both_dialects = pytest.mark.parametrize("dialect", ["chat-completions", "agent"])


def _server(server: Aimock | LiteLlm, dialect: str, model: str) -> tuple[str, ...]:
    address = ("--base-url", server.base_url, "--model", model)
    return ("--provider", "custom", "--dialect", dialect, *address)


def _notice(stage: Stage) -> str:
    """Return what the visible notice says, or an empty string."""
    shown = [n for n in stage.window.findChildren(FailureNotice) if n.isVisible()]
    labels = [label for notice in shown for label in notice.findChildren(QLabel)]
    return " ".join(label.text() for label in labels if label.isVisible())


@both_dialects
def test_that_one_character_at_a_time_reads_as_one_text(
    qapp: QApplication, tmp_path: Path, aimock: Aimock, dialect: str
) -> None:
    async def journey(stage: Stage) -> None:
        stage.type(QUESTION)
        await stage.settled()
        assert stage.answer.text == answer_text.TRICKY
        assert stage.answer.status == "complete"
        assert QUESTION in stage.text
        assert "Grüße, 世界！ Ωμέγα." in stage.text
        assert "👩‍👩‍👧‍👦🏳️‍🌈🇯🇵" in stage.text
        # HTML in the text is shown, not obeyed.
        assert "<b>" in stage.text
        assert _notice(stage) == ""

    play(qapp, tmp_path, journey, arguments=_server(aimock, dialect, "one-character"))


@both_dialects
def test_that_an_answer_is_shown_while_it_streams_and_stop_keeps_it(
    qapp: QApplication, tmp_path: Path, aimock: Aimock, dialect: str
) -> None:
    async def journey(stage: Stage) -> None:
        stage.type(QUESTION)
        await stage.until(lambda: "Paragraph 1:" in stage.text, "the second paragraph")
        assert stage.answer.is_running
        stage.press("Stop")
        await stage.settled()
        assert stage.answer.status == "stopped"
        assert answer_text.LONG.startswith(stage.answer.text)
        assert "Paragraph 1:" in stage.text
        assert "Stopped" in _notice(stage)

    play(qapp, tmp_path, journey, arguments=_server(aimock, dialect, "slow"))


@both_dialects
def test_that_S12_a_lost_connection_keeps_the_text_offers_retry_and_is_kept(
    qapp: QApplication, tmp_path: Path, aimock: Aimock, dialect: str
) -> None:
    arrived: list[str] = []

    async def losing(stage: Stage) -> None:
        stage.type(QUESTION)
        await stage.settled()
        arrived.append(stage.answer.text)
        assert stage.answer.status == "incomplete"
        assert arrived[0]
        assert answer_text.MARKDOWN.startswith(arrived[0])
        assert "A short answer with weight" in stage.text
        assert stage.has_button("Continue")
        stage.press("Retry")
        await stage.until(lambda: len(stage.conversation.turns) == 2, "a second answer")
        await stage.settled()
        assert len(stage.conversation.versions(stage.conversation.leaf_id)) == 2

    async def returning(stage: Stage) -> None:
        await stage.until(lambda: stage.conversation.path, "the last conversation")
        await stage.painted()
        assert stage.answer.status == "incomplete"
        assert "A short answer with weight" in stage.text
        assert stage.has_button("Retry")

    play(qapp, tmp_path, losing, returning, arguments=_server(aimock, dialect, "truncated"))


@both_dialects
@pytest.mark.parametrize("model", ["unauthorized", "unpaid", "come-tomorrow", "missing"])
def test_that_a_refusal_is_told_with_the_servers_words(
    qapp: QApplication, tmp_path: Path, aimock: Aimock, dialect: str, model: str
) -> None:
    (words, status) = scenario.refusal(model)

    async def journey(stage: Stage) -> None:
        stage.type(QUESTION)
        await stage.settled()
        failure = stage.answer.failure
        assert failure is not None
        assert failure.status == status
        assert failure.title in _notice(stage)
        assert words in _notice(stage)

    play(qapp, tmp_path, journey, arguments=_server(aimock, dialect, model))


def test_that_a_service_that_is_down_for_a_moment_is_asked_again(
    qapp: QApplication, tmp_path: Path, aimock: Aimock
) -> None:
    question = f"{QUESTION} window"

    async def journey(stage: Stage) -> None:
        stage.type(question)
        await stage.settled()
        assert stage.answer.text == answer_text.PLAIN
        assert stage.answer.attempts == len(aimock.requests(question)) == 2
        assert _notice(stage) == ""

    arguments = _server(aimock, "agent", "window-once-down-agent")
    play(qapp, tmp_path, journey, arguments=arguments)


@both_dialects
def test_that_an_empty_answer_is_told(
    qapp: QApplication, tmp_path: Path, aimock: Aimock, dialect: str
) -> None:
    async def journey(stage: Stage) -> None:
        stage.type(QUESTION)
        await stage.settled()
        assert stage.answer.status == "failed"
        assert stage.answer.failure is not None
        assert stage.answer.failure.title in _notice(stage)

    play(qapp, tmp_path, journey, arguments=_server(aimock, dialect, "empty"))


def test_that_S14_two_conversations_stream_side_by_side(
    qapp: QApplication, tmp_path: Path, aimock: Aimock
) -> None:
    async def journey(stage: Stage) -> None:
        stage.type("first river")
        await stage.until(lambda: "Paragraph 0:" in stage.text, "text")
        first = stage.conversation.id
        stage.window.actions_by_name.new.trigger()
        stage.type("second river")
        await stage.until(lambda: "second river" in stage.text, "the second conversation")
        await stage.until(lambda: "Paragraph 0:" in stage.text, "text in the second one")
        assert stage.conversation.id != first
        assert stage.answer.is_running
        stage.press("Stop")
        await stage.settled()
        assert stage.answer.status == "stopped"
        assert "first river" not in stage.text

    play(qapp, tmp_path, journey, arguments=_server(aimock, "agent", "slow"))


@both_dialects
@pytest.mark.parametrize(
    ("model", "text"),
    [("bridged-markdown", answer_text.MARKDOWN), ("translated-passable", answer_text.PASSABLE)],
    ids=("bridged", "translated"),
)
def test_that_a_gateways_answer_is_shown_and_the_key_is_kept_out_of_the_files(
    qapp: QApplication, tmp_path: Path, litellm: LiteLlm, dialect: str, model: str, text: str
) -> None:
    async def journey(stage: Stage) -> None:
        stage.type(QUESTION)
        await stage.settled()
        assert stage.answer.text == text
        assert stage.answer.status == "complete"
        assert ("長江" if text == answer_text.MARKDOWN else "世界") in stage.text

    arguments = _server(litellm, dialect, model)
    play(qapp, tmp_path, journey, arguments=arguments, key=litellm.key)
    for file in tmp_path.rglob("*"):
        assert not file.is_file() or litellm.key.encode() not in file.read_bytes(), file


def test_that_the_gateways_key_problem_is_told(
    qapp: QApplication, tmp_path: Path, litellm: LiteLlm
) -> None:
    async def journey(stage: Stage) -> None:
        stage.type(QUESTION)
        await stage.settled()
        assert stage.answer.failure is not None
        assert stage.answer.failure.kind in {"unauthorized", "no-key"}
        assert stage.answer.failure.title in _notice(stage)

    play(qapp, tmp_path, journey, arguments=_server(litellm, "agent", "bridged-markdown"))


@both_dialects
def test_that_the_quick_ask_sends_a_picture_along_and_goes_on_in_the_window(
    qapp: QApplication, tmp_path: Path, aimock: Aimock, dialect: str
) -> None:
    question = f"What is on this picture, in {dialect}?"

    async def journey(stage: Stage) -> None:
        presence = stage.app.presence
        assert presence is not None
        quick, window = presence.quick, presence.window
        quick.open(question)
        data = QMimeData()
        data.setImageData(QImage(8, 8, QImage.Format.Format_RGB32))
        assert quick.take_data(data)
        QTest.keyClick(window.edit, Qt.Key.Key_Return)
        await stage.until(lambda: quick.conversation.path, "the question")
        await stage.until(lambda: quick.conversation.path[-1].answer.text, "text")
        assert quick.conversation.path[-1].answer.is_running
        QTest.keyClick(window.edit, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
        await stage.until(lambda: stage.conversation.path, "the conversation in the window")
        assert not window.isVisible()
        assert stage.conversation.path[-1].question.text == question
        stage.press("Stop")
        await stage.settled()
        assert stage.answer.text
        assert answer_text.LONG.startswith(stage.answer.text)

    play(qapp, tmp_path, journey, arguments=_server(aimock, dialect, "slow"))
    (request,) = aimock.requests(question)
    # aimock's journal has other requests as it translates them, without what it leaves aside.
    has_picture = "data:image/png;base64," in str(request["body"])
    assert has_picture == (dialect == "chat-completions")
