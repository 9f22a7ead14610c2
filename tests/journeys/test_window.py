"""The whole program, used as a person uses it: ask, stop, retry, quit, start again."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QInputMethodEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QPlainTextEdit, QPushButton

from headwater.adapters.picture_download import download_picture
from headwater.ui.composer import QuestionEdit
from headwater.ui.connection_dialog import ConnectionDialog
from headwater.ui.edit_dialog import EditDialog
from headwater.ui.failure_notice import FailureNotice
from headwater.ui.picture_card import PictureCard
from headwater.ui.turn_steps import TurnSteps
from tests.fault_server import (
    Exchange,
    FaultServer,
    answer,
    chat_stream,
    cut,
    json_answer,
    keepalive,
    running,
    stall,
)
from tests.journeys.stage import Stage, play

KEY = "sk-canary-7f3a91c2d4"


def at(server: FaultServer) -> tuple[str, ...]:
    return ("--base-url", server.base_url, "--model", "m")


def notice(stage: Stage) -> str:
    """Return what the visible notice says."""
    shown = [n for n in stage.window.findChildren(FailureNotice) if n.isVisible()]
    labels = [label.text() for n in shown for label in n.findChildren(QLabel) if label.isVisible()]
    return " ".join(labels)


def test_that_a_question_typed_and_entered_is_answered_in_the_window(
    qapp: QApplication, tmp_path: Path
) -> None:
    async def journey(stage: Stage) -> None:
        stage.type("Is it open?")
        await stage.settled()
        assert "Is it open?" in stage.text
        assert "It is open." in stage.text
        assert stage.window.windowTitle() == "Is it open? — Headwater"
        assert stage.window.composer.edit.text() == ""

    with running(answer(chat_stream("It ", "is ", "open."))) as server:
        play(qapp, tmp_path, journey, arguments=at(server))
        assert server.requests[0].json["messages"][-1]["content"] == "Is it open?"


def test_that_everything_is_there_when_the_program_is_opened_again(
    qapp: QApplication, tmp_path: Path
) -> None:
    async def asking(stage: Stage) -> None:
        stage.type("Remember me?")
        await stage.settled()
        await stage.until(lambda: stage.window.history_dock.findChild(QLineEdit) is not None)

    async def returning(stage: Stage) -> None:
        await stage.until(lambda: stage.conversation.path, "the last conversation")
        await stage.painted()
        assert "I will not forget." in stage.text
        assert stage.answer.status == "complete"

    with running(answer(chat_stream("I will ", "not forget."))) as server:
        play(qapp, tmp_path, asking, returning, arguments=at(server))


def test_that_a_question_not_yet_sent_is_there_again(qapp: QApplication, tmp_path: Path) -> None:
    async def leaving(stage: Stage) -> None:
        QTest.keyClicks(stage.window.composer.edit, "What if")

    async def returning(stage: Stage) -> None:
        assert stage.window.composer.edit.text() == "What if"
        stage.type(" it rains?")
        await stage.settled()

    async def again(stage: Stage) -> None:
        assert stage.window.composer.edit.text() == ""

    with running(answer(chat_stream("Then it rains."))) as server:
        play(qapp, tmp_path, leaving, returning, again, arguments=at(server))
        assert server.requests[0].json["messages"][-1]["content"] == "What if it rains?"


def test_that_an_edited_question_is_asked_beside_the_old_one(
    qapp: QApplication, tmp_path: Path
) -> None:
    async def journey(stage: Stage) -> None:
        stage.type("first")
        await stage.settled()
        stage.press("Edit")
        dialog = stage.window.findChild(EditDialog)
        assert dialog is not None
        box = dialog.findChild(QuestionEdit)
        assert box is not None
        assert box.text() == "first"
        box.set_text("second")
        stage.press("Ask", dialog)
        await stage.until(lambda: stage.conversation.path[0].question.text == "second", "it")
        await stage.settled()
        assert "second" in stage.text
        assert "first" not in stage.text
        stage.press("‹")
        await stage.painted()
        assert "first" in stage.text

    with running(answer(chat_stream("yes"))) as server:
        play(qapp, tmp_path, journey, arguments=at(server))


def test_that_stop_keeps_the_text_and_the_server_sees_it(
    qapp: QApplication, tmp_path: Path
) -> None:
    body = chat_stream("The first half. ", "never", finish_reason=None, done=False)
    with running(stall(body, body.index(b"never") - 40)) as server:

        async def journey(stage: Stage) -> None:
            stage.type("q")
            await stage.until(lambda: stage.conversation.path and stage.answer.text, "text")
            stage.press("Stop")
            await stage.settled()
            assert stage.answer.status == "stopped"
            assert "The first half." in stage.text
            assert "Stopped." in notice(stage)
            await stage.until(
                lambda: server.requests[0].left_at is not None, "the server to see it"
            )

        play(qapp, tmp_path, journey, arguments=at(server))


def test_that_escape_stops_as_well(qapp: QApplication, tmp_path: Path) -> None:
    body = chat_stream("Some text. ", finish_reason=None, done=False)

    async def journey(stage: Stage) -> None:
        stage.type("q")
        await stage.until(lambda: stage.conversation.path and stage.answer.text, "text")
        stage.window.actions_by_name.stop.trigger()
        await stage.settled()
        assert stage.answer.status == "stopped"

    with running(stall(body)) as server:
        play(qapp, tmp_path, journey, arguments=at(server))


def test_that_R1_a_lost_connection_keeps_the_text_and_offers_retry_and_continue(
    qapp: QApplication, tmp_path: Path
) -> None:
    body = chat_stream("One two three. ", "Four.")

    async def journey(stage: Stage) -> None:
        stage.type("q")
        await stage.settled()
        assert stage.answer.status == "incomplete"
        assert "One two three." in stage.text
        assert "What had arrived is kept." in notice(stage)
        assert stage.has_button("Continue")
        stage.press("Retry")
        await stage.settled()
        assert stage.answer.text == "One two three. Four."
        assert notice(stage) == ""
        assert len(stage.conversation.versions(stage.conversation.leaf_id)) == 2
        stage.press("‹")
        await stage.painted()
        assert stage.answer.status == "incomplete"

    with running(cut(body, body.index(b"Four") - 40), answer(body)) as server:
        play(qapp, tmp_path, journey, arguments=at(server))


def test_that_continue_goes_on_where_the_text_broke_off(qapp: QApplication, tmp_path: Path) -> None:
    first = chat_stream("The first half", finish_reason=None, done=False)

    async def journey(stage: Stage) -> None:
        stage.type("q")
        await stage.settled()
        stage.press("Continue")
        await stage.settled()
        assert stage.answer.text == "The first half and the second."
        assert stage.answer.status == "complete"

    with running(answer(first), answer(chat_stream(" and the second."))) as server:
        play(qapp, tmp_path, journey, arguments=at(server))
        roles = [m["role"] for m in server.requests[1].json["messages"]]
        assert roles == ["user", "assistant", "user"]


def test_that_S13_foreign_words_in_an_error_are_shown_as_they_are(
    qapp: QApplication, tmp_path: Path
) -> None:
    error = {"error": {"message": "<b>bold</b> <img src=x> https://evil.example", "type": "x"}}

    async def journey(stage: Stage) -> None:
        stage.type("q")
        await stage.settled()
        assert "<b>bold</b>" in notice(stage)
        for label in stage.window.findChildren(QLabel):
            assert label.textFormat() == Qt.TextFormat.PlainText or "<" not in label.text()

    with running(json_answer(error, status=400)) as server:
        play(qapp, tmp_path, journey, arguments=at(server))


def test_that_two_conversations_stream_side_by_side(qapp: QApplication, tmp_path: Path) -> None:
    body = chat_stream("Slow text. ", finish_reason=None, done=False)

    async def journey(stage: Stage) -> None:
        stage.type("first")
        await stage.until(lambda: stage.conversation.path and stage.answer.text, "text")
        slow = stage.conversation.id
        stage.window.actions_by_name.new.trigger()
        await stage.until(lambda: not stage.conversation.path, "an empty conversation")
        stage.type("second")
        await stage.settled()
        assert stage.answer.text == "Fast."
        stage.window.history_dock.chosen.emit(slow)
        await stage.until(lambda: stage.conversation.id == slow, "the first conversation")
        assert stage.answer.is_running
        await stage.painted()
        assert "Slow text." in stage.text
        stage.press("Stop")
        await stage.settled()

    with running(stall(body), answer(chat_stream("Fast."))) as server:
        play(qapp, tmp_path, journey, arguments=at(server))


def test_that_R34_quitting_in_the_middle_keeps_the_text_as_interrupted(
    qapp: QApplication, tmp_path: Path
) -> None:
    body = chat_stream("Half of it. ", finish_reason=None, done=False)

    async def leaving(stage: Stage) -> None:
        stage.type("q")
        await stage.until(lambda: stage.conversation.path and stage.answer.text, "text")
        stage.window.close()

    async def returning(stage: Stage) -> None:
        await stage.until(lambda: stage.conversation.path, "the last conversation")
        await stage.painted()
        assert stage.answer.text == "Half of it. "
        assert stage.answer.status == "incomplete"
        assert "interrupted" in notice(stage)
        assert stage.has_button("Retry")
        assert stage.has_button("Continue")

    with running(stall(body)) as server:
        play(qapp, tmp_path, leaving, returning, arguments=at(server))


def test_that_the_demo_answers_with_sources_and_says_that_it_is_recorded(
    qapp: QApplication, tmp_path: Path
) -> None:
    async def journey(stage: Stage) -> None:
        stage.conductor.welcome.demo_requested.emit()
        await stage.painted()
        assert stage.has_button("Demo (recorded) ▾")
        stage.type("What does the CAP theorem rule out?")
        await stage.until(lambda: stage.conversation.path and stage.answer.sources, "sources")
        assert stage.answer.is_running
        await stage.until(lambda: "PACELC" in stage.text, "text")
        stage.press("Stop")
        await stage.settled()
        assert len(stage.answer.sources) >= 2

    play(qapp, tmp_path, journey)


def test_that_the_answer_is_copied_with_its_sources(qapp: QApplication, tmp_path: Path) -> None:
    source = [{"title": "A page", "url": "https://example.org/a", "snippet": "s"}]
    body = chat_stream("Open.[1]", finish_reason="stop")
    body = body.replace(b'"choices"', b'"search_results": %b, "choices"' % _json(source), 1)

    async def journey(stage: Stage) -> None:
        stage.type("q")
        await stage.settled()
        stage.press("Copy")
        text = QGuiApplication.clipboard().text()
        assert "Open.[1]" in text
        assert "https://example.org/a" in text

    with running(answer(body)) as server:
        play(qapp, tmp_path, journey, arguments=at(server))


def _json(value: object) -> bytes:
    import json

    return json.dumps(value).encode()


def test_that_what_the_model_thought_can_be_unfolded(qapp: QApplication, tmp_path: Path) -> None:
    thought = b'data: {"choices":[{"index":0,"delta":{"reasoning_content":"Let me see."}}]}\n\n'

    async def journey(stage: Stage) -> None:
        stage.type("q")
        await stage.settled()
        assert "Let me see." not in stage.text
        steps = stage.window.findChildren(TurnSteps)[-1]
        stage.press(steps.findChildren(QPushButton)[0].text())
        await stage.painted()
        (shown,) = [w for w in steps.findChildren(QPlainTextEdit) if w.isVisible()]
        assert shown.toPlainText().endswith("Let me see.")

    with running(answer(thought + chat_stream("Yes."))) as server:
        play(qapp, tmp_path, journey, arguments=at(server))


def test_that_S1_a_picture_is_asked_for_by_a_click_and_by_nothing_else(
    qapp: QApplication, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    picture = b"\x89PNG\r\n\x1a\n" + bytes(100)

    async def answer_or_picture(exchange: Exchange) -> None:
        if exchange.request.method == "GET":
            await answer(picture, content_type="image/png")(exchange)
            return
        here = f"http://{exchange.request.headers['host']}"
        images = [{"image_url": f"{here}/found.png", "origin_url": here, "title": "Bridge"}]
        text = f"![a]({here}/a.png) <img src='{here}/b.png'> [![c]({here}/c.png)]({here}/d)"
        body = chat_stream(text)
        body = body.replace(b'"choices"', b'"images": %b, "choices"' % _json(images), 1)
        await answer(body)(exchange)

    def pictures(server: FaultServer) -> list[str]:
        asked = [request.path for request in server.requests if request.method == "GET"]
        return [path for path in asked if path.endswith(".png")]

    async def journey(stage: Stage) -> None:
        stage.type("q")
        await stage.settled()
        stage.press("▸ 1 picture found")
        await stage.painted()
        assert pictures(server) == []
        (card,) = stage.window.findChildren(PictureCard)
        card.click()
        await stage.until(lambda: "cannot be shown" in card.accessibleName(), "an end")
        assert pictures(server) == ["/found.png"]

    with running(answer_or_picture) as server:
        allowed = download_picture.__kwdefaults__
        assert allowed is not None
        monkeypatch.setitem(allowed, "may_ask", lambda url: url.startswith("http://127.0.0.1"))
        play(qapp, tmp_path, journey, arguments=at(server))


def test_that_pain_10_enter_does_not_send_while_an_input_method_composes(
    qapp: QApplication, tmp_path: Path
) -> None:
    async def journey(stage: Stage) -> None:
        edit = stage.window.composer.edit
        edit.setFocus()
        edit.inputMethodEvent(QInputMethodEvent("りょうし", []))
        QTest.keyClick(edit, Qt.Key.Key_Return)
        await stage.painted()
        assert not stage.conversation.path
        done = QInputMethodEvent()
        done.setCommitString("量子")
        edit.inputMethodEvent(done)
        QTest.keyClick(edit, Qt.Key.Key_Return)
        await stage.settled()
        assert stage.conversation.path[0].question.text == "量子"

    with running(answer(chat_stream("yes"))) as server:
        play(qapp, tmp_path, journey, arguments=at(server))
        assert len(server.requests) == 1


def test_that_R4_a_silent_server_is_named_while_it_is_waited_for(
    qapp: QApplication, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("headwater.ui.waiting_words._QUIET_SIGN", 0.5)

    async def journey(stage: Stage) -> None:
        stage.type("q")
        says = [w for w in stage.window.findChildren(QLabel) if w.objectName() == "faint"]
        await stage.until(lambda: any("No data for" in w.text() for w in says), "the sign")
        stage.press("Stop")
        await stage.settled()
        assert not any("No data for" in w.text() for w in says)

    with running(keepalive(chat_stream("text", finish_reason=None, done=False), 0)) as server:
        play(qapp, tmp_path, journey, arguments=at(server))


def test_that_R7_the_wait_for_another_attempt_is_counted_down(
    qapp: QApplication, tmp_path: Path
) -> None:
    busy = json_answer(
        {"error": {"message": "Too fast."}}, status=429, headers={"Retry-After": "5"}
    )

    async def journey(stage: Stage) -> None:
        stage.type("q")
        says = [w for w in stage.window.findChildren(QLabel) if w.objectName() == "faint"]
        await stage.until(lambda: any("Again in 5 s" in w.text() for w in says), "5 s")
        await stage.until(lambda: any("Again in 4 s" in w.text() for w in says), "4 s")
        stage.press("Stop")
        await stage.settled()
        assert not any("Again in" in w.text() for w in says)

    with running(busy) as server:
        play(qapp, tmp_path, journey, arguments=at(server))
        assert len(server.requests) == 1


def test_that_R45_a_question_of_65536_spaces_leaves_the_window_alive(
    qapp: QApplication, tmp_path: Path
) -> None:
    async def journey(stage: Stage) -> None:
        QGuiApplication.clipboard().setText("a" + " " * 70_000 + "b")
        stage.window.composer.edit.paste()
        await stage.painted()
        stage.press("Send")
        await stage.settled()
        await stage.until(lambda: "harmless" in stage.text, "the end of the text")

    async def returning(stage: Stage) -> None:
        await stage.until(lambda: stage.conversation.path, "the last conversation")
        await stage.until(lambda: "harmless" in stage.text, "the end of the text")

    body = chat_stream("x", " " * 70_000, "y", "w" * 300_000, " harmless")
    with running(answer(body)) as server:
        play(qapp, tmp_path, journey, returning, arguments=at(server))


def test_that_a_key_is_checked_before_it_is_used_and_never_written_down(
    qapp: QApplication, tmp_path: Path
) -> None:
    models = json_answer({"data": [{"id": "m"}]})
    refused = json_answer({"error": {"message": "no key", "code": 401}}, status=401)

    async def journey(stage: Stage) -> None:
        stage.window.actions_by_name.connection.trigger()
        dialog = stage.window.findChild(ConnectionDialog)
        assert dialog is not None
        dialog.findChildren(QLineEdit)
        field = next(f for f in dialog.findChildren(QLineEdit) if f.accessibleName() == "Key")
        assert field.echoMode() == QLineEdit.EchoMode.Password
        field.setText(KEY)
        address = next(f for f in dialog.findChildren(QLineEdit) if f.accessibleName() == "Address")
        address.setText(server.base_url)
        stage.press("Check and use", dialog)
        await stage.until(lambda: stage.has_button("Done"), "the check")
        stage.press("Done", dialog)
        stage.type("q")
        await stage.settled()
        assert stage.answer.text == "yes"

    with running(refused, models, answer(chat_stream("yes"))) as server:
        play(qapp, tmp_path, journey, arguments=at(server))
        sent = [r.headers.get("authorization", "") for r in server.requests]
        assert sent[-1] == f"Bearer {KEY}"
    for file in tmp_path.rglob("*"):
        if file.is_file():
            assert KEY.encode() not in file.read_bytes(), file


def test_that_docks_and_size_are_remembered(qapp: QApplication, tmp_path: Path) -> None:
    async def arranging(stage: Stage) -> None:
        stage.window.usage_dock.close()
        stage.window.resize(760, 600)
        await stage.painted()

    async def returning(stage: Stage) -> None:
        assert not stage.window.usage_dock.isVisible()
        assert stage.window.source_dock.isVisible()
        assert (stage.window.width(), stage.window.height()) == (760, 600)

    play(qapp, tmp_path, arranging, returning)


@pytest.mark.parametrize("which", [signal.SIGTERM])
def test_that_a_polite_kill_closes_the_program_in_order(
    qapp: QApplication, tmp_path: Path, which: signal.Signals
) -> None:
    async def journey(stage: Stage) -> None:
        os.kill(os.getpid(), which)
        await stage.ended()

    play(qapp, tmp_path, journey)
