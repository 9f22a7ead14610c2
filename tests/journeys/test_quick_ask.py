"""The quick ask in the whole program: asked, read, left and handed on, without losing a word."""

from __future__ import annotations

import base64
import json
import os
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from time import monotonic

import pytest
from PySide6.QtCore import QBuffer, QIODevice, QMimeData, Qt
from PySide6.QtGui import QAccessible, QGuiApplication, QImage, QInputMethodEvent, QTextCursor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QPushButton, QTabWidget, QWidget

from headwater import supplies
from headwater.command_line import parse_window
from headwater.domain.answer import Answer
from headwater.domain.attachment import Attachment
from headwater.domain.conversation import Conversation
from headwater.domain.preferences import Theme as Choice
from headwater.domain.summons import Summons, SummonsKind
from headwater.presence import Presence
from headwater.session.conversation_session import ConversationSession
from headwater.ui.announcement import end_words
from headwater.ui.connection_dialog import ConnectionDialog
from headwater.ui.options_panel import OptionsPanel
from headwater.ui.preferences_dialog import PreferencesDialog
from headwater.ui.quick_ask import quick_conductor, quick_window
from headwater.ui.quick_ask.quick_edit import QuickEdit
from headwater.ui.quick_ask.quick_window import WIDTH, QuickWindow
from headwater.ui.theme import DARK, LIGHT
from tests.fault_server import (
    Behaviour,
    Exchange,
    FaultServer,
    answer,
    chat_stream,
    cut,
    json_answer,
    running,
    stall,
)
from tests.journeys import stage as stage_module
from tests.journeys.stage import Stage, play
from tests.ui.quick_ask.watched_data import Watched

SOURCES = [
    {"title": f"Page {n}", "url": f"https://n{n}.example/a", "snippet": "s"} for n in (1, 2, 3)
]
HALF = chat_stream("Half of it. ", finish_reason=None, done=False)


def at(server: FaultServer) -> tuple[str, ...]:
    return ("--base-url", server.base_url, "--model", "m")


def gated(first: bytes, rest: bytes, gate: threading.Event) -> Behaviour:
    """Send `first`, and `rest` once the gate is open."""

    async def behave(exchange: Exchange) -> None:
        import asyncio

        await exchange.head()
        await exchange.chunk(first)
        while not gate.is_set() and not exchange.request.has_left.is_set():
            await asyncio.sleep(0.005)
        await exchange.chunk(rest)
        await exchange.end()

    return behave


def cited(*texts: str) -> bytes:
    """Return an answer with three sources."""
    listed = json.dumps(SOURCES).encode()
    return chat_stream(*texts).replace(b'"choices"', b'"search_results": %b, "choices"' % listed, 1)


def png() -> bytes:
    image = QImage(3, 2, QImage.Format.Format_RGB32)
    image.fill(0xFF336699)
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")  # type: ignore[call-overload] # the stub wants bytes, Qt a str
    return bytes(buffer.data().data())


class Quick:
    """The quick ask of a stage, as a person sees and uses it."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage

    @property
    def presence(self) -> Presence:
        assert self.stage.app.presence is not None
        return self.stage.app.presence

    @property
    def window(self) -> QuickWindow:
        return self.presence.window

    @property
    def edit(self) -> QuickEdit:
        return self.window.edit

    @property
    def session(self) -> ConversationSession:
        return self.presence._desk.session

    @property
    def conversation(self) -> Conversation:
        return self.session.conversation

    @property
    def answer(self) -> Answer:
        return self.conversation.path[-1].answer

    @property
    def text(self) -> str:
        """The answer as it can be read."""
        view = self.presence.quick._view
        return view.toPlainText() if view is not None and view.isVisible() else ""

    @property
    def inks(self) -> set[str]:
        """The colours that the answer is written in."""
        view = self.presence.quick._view
        assert view is not None
        cursor = QTextCursor(view.document())
        found = set()
        while cursor.movePosition(QTextCursor.MoveOperation.NextCharacter):
            found.add(cursor.charFormat().foreground().color().name())
        return found

    @property
    def words(self) -> str:
        """Every label that can be read."""
        labels = self.window.findChildren(QLabel)
        return " | ".join(label.text() for label in labels if label.isVisible() and label.text())

    @property
    def names(self) -> list[str]:
        """What the visible buttons are called."""
        buttons = self.window.findChildren(QPushButton)
        return [b.accessibleName() or b.text() for b in buttons if b.isVisible()]

    async def open(self, text: str = "", *files: str) -> None:
        self.presence.take(Summons(SummonsKind.QUICK_ASK, text, files))
        await self.stage.until(lambda: self.presence.quick.is_in_front, "the quick ask")
        await self.stage.painted()

    async def hide(self) -> None:
        """Go away; another window has the keys then, as on every desktop."""
        self.presence.quick.hide()
        await self.left()

    async def left(self) -> None:
        assert not self.window.isVisible()
        self.stage.window.activateWindow()
        await self.stage.until(self.stage.window.isActiveWindow, "the main window")

    def type(self, text: str) -> None:
        QTest.keyClicks(QApplication.focusWidget() or self.edit, text)

    def key(
        self,
        key: Qt.Key,
        modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier,
    ) -> None:
        QTest.keyClick(QApplication.focusWidget() or self.edit, key, modifiers)

    def control(self, key: Qt.Key) -> None:
        self.key(key, Qt.KeyboardModifier.ControlModifier)

    def press(self, name: str) -> None:
        buttons = self.window.findChildren(QPushButton)
        found = [b for b in buttons if name in (b.accessibleName(), b.text()) and b.isVisible()]
        assert found, (name, self.names)
        QTest.mouseClick(found[0], Qt.MouseButton.LeftButton)

    async def ask(self, text: str) -> None:
        self.type(text)
        self.key(Qt.Key.Key_Return)
        await self.stage.until(lambda: self.conversation.path, "the question")

    async def streams(self) -> None:
        await self.stage.until(lambda: self.answer.is_running and self.answer.text, "text")
        await self.stage.until(lambda: self.text, "text on the screen")

    async def settled(self) -> None:
        await self.stage.until(lambda: self.conversation.path, "a question")
        await self.stage.until(lambda: not self.answer.is_running, "the end of the answer")
        await self.stage.painted()


def told(monkeypatch: pytest.MonkeyPatch, presence: Presence) -> list[tuple[str, str, str]]:
    """Return the list of notifications that are shown from now on."""
    shown: list[tuple[str, str, str]] = []

    async def notify(title: str, body: str, conversation_id: str) -> None:
        shown.append((title, body, conversation_id))

    monkeypatch.setattr(presence, "_notify", notify)
    return shown


def reads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the list of the files that are opened from now on."""
    opened: list[str] = []
    read = supplies._read

    def note(path: str) -> Attachment:
        opened.append(path)
        return read(path)

    monkeypatch.setattr(supplies, "_read", note)
    return opened


def content(server: FaultServer, request: int = 0) -> object:
    """Return what the last message of a request says."""
    return server.requests[request].json["messages"][-1]["content"]


# Asking.


def test_that_a_question_is_asked_and_answered_in_place(qapp: QApplication, tmp_path: Path) -> None:
    async def journey(stage: Stage) -> None:
        quick = Quick(stage)
        await quick.open()
        await quick.ask("Is it open?")
        await quick.settled()
        assert "It is open." in quick.text
        assert quick.window.sources.isVisible()
        assert quick.edit.text() == ""
        assert quick.edit.placeholderText() == "Is it open?"
        assert not stage.conversation.path  # the main window shows something else

    with running(answer(cited("It is ", "open.[1]"))) as server:
        play(qapp, tmp_path, journey, arguments=at(server))
        assert content(server) == "Is it open?"
        assert len(server.requests) == 1


def test_that_its_preferences_open_at_its_own_section(qapp: QApplication, tmp_path: Path) -> None:
    async def journey(stage: Stage) -> None:
        quick = Quick(stage)
        await quick.open()
        quick.control(Qt.Key.Key_Comma)
        dialog = stage.window.findChild(PreferencesDialog)
        assert dialog is not None
        assert dialog.isVisible()
        sections = dialog.findChild(QTabWidget)
        assert sections is not None
        assert sections.tabText(sections.currentIndex()) == "Quick ask"
        assert not quick.window.isVisible()
        dialog.close()

    play(qapp, tmp_path, journey)


def test_that_the_command_for_a_desktops_own_key_names_the_data_folder(
    qapp: QApplication, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A desktop starts it without the environment that this start had."""
    monkeypatch.setenv("HEADWATER_DATA_DIR", str(tmp_path))

    async def journey(stage: Stage) -> None:
        stage.conductor.show_preferences(at_quick_ask=True)
        dialog = stage.window.findChild(PreferencesDialog)
        assert dialog is not None
        commands = [field.text() for field in dialog.findChildren(QLineEdit)]
        assert any(f"--data-dir {tmp_path} --quick-ask" in command for command in commands)
        dialog.close()

    monkeypatch.setattr(stage_module, "parse_window", lambda argv: parse_window(argv[2:]))
    play(qapp, tmp_path, journey)


def test_that_a_screen_reader_hears_once_that_the_answer_has_ended(
    qapp: QApplication, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    monkeypatch.setattr(
        quick_conductor, "announce_end", lambda _, answer: said.append(end_words(answer))
    )

    async def journey(stage: Stage) -> None:
        quick = Quick(stage)
        await quick.open()
        await quick.ask("Is it open?")
        await quick.settled()
        await quick.hide()
        await quick.open()
        await stage.painted()
        assert said == ["Answer complete, 3 sources"]

    with running(answer(cited("It is ", "open.[1]"))) as server:
        play(qapp, tmp_path, journey, arguments=at(server))


def test_that_the_asked_question_stands_there_until_the_next_is_typed(
    qapp: QApplication, tmp_path: Path
) -> None:
    async def journey(stage: Stage) -> None:
        quick = Quick(stage)
        await quick.open()
        await quick.ask("A long question " * 12)
        await quick.settled()
        shown = quick.edit.placeholderText()
        assert shown.startswith("A long question A long")
        room = quick.edit.viewport().width()
        assert room - 60 < quick.edit.fontMetrics().horizontalAdvance(shown) <= room
        quick.type("Next")
        assert quick.edit.text() == "Next"
        for _ in "Next":
            quick.key(Qt.Key.Key_Backspace)
        await stage.painted()
        assert quick.edit.placeholderText() == shown

    with running(answer(chat_stream("Yes."))) as server:
        play(qapp, tmp_path, journey, arguments=at(server))


def test_that_escape_goes_back_one_step_at_a_time(qapp: QApplication, tmp_path: Path) -> None:
    async def journey(stage: Stage) -> None:
        quick = Quick(stage)
        await quick.open()
        await quick.ask("q")
        await quick.streams()
        quick.type("and more")
        quick.presence.quick._enclose_files(["/nowhere/a.txt"])
        quick.key(Qt.Key.Key_Escape)
        await quick.settled()
        assert quick.answer.status == "stopped"
        assert "Half of it." in quick.text
        assert (quick.edit.text(), quick.window.isVisible()) == ("and more", True)
        quick.key(Qt.Key.Key_Escape)
        await stage.painted()
        assert not quick.conversation.path
        assert quick.text == ""
        assert quick.edit.text() == "and more"
        assert "Remove a.txt" in quick.names
        quick.key(Qt.Key.Key_Escape)
        await stage.painted()
        assert quick.edit.text() == ""
        assert "Remove a.txt" not in quick.names
        assert quick.window.isVisible()
        quick.key(Qt.Key.Key_Escape)
        assert not quick.window.isVisible()

    with running(stall(HALF)) as server:
        play(qapp, tmp_path, journey, arguments=at(server))
        assert len(server.requests) == 1


def test_that_pain_10_enter_does_not_ask_while_an_input_method_composes(
    qapp: QApplication, tmp_path: Path
) -> None:
    async def journey(stage: Stage) -> None:
        quick = Quick(stage)
        await quick.open()
        quick.type("a ")
        QApplication.sendEvent(quick.edit, QInputMethodEvent("りょうし", []))
        quick.key(Qt.Key.Key_Return)
        await stage.painted()
        assert not quick.conversation.path
        done = QInputMethodEvent()
        done.setCommitString("量子")
        QApplication.sendEvent(quick.edit, done)
        quick.key(Qt.Key.Key_Return)
        await quick.settled()
        assert quick.conversation.path[0].question.text.split() == ["a", "量子"]

    with running(answer(chat_stream("yes"))) as server:
        play(qapp, tmp_path, journey, arguments=at(server))
        assert len(server.requests) == 1


def test_that_a_second_enter_while_an_answer_runs_sends_and_loses_nothing(
    qapp: QApplication, tmp_path: Path
) -> None:
    gate = threading.Event()

    async def journey(stage: Stage) -> None:
        quick = Quick(stage)
        await quick.open()
        quick.type("first")
        quick.key(Qt.Key.Key_Return)
        quick.type("sec")  # before the window knows that it runs
        quick.key(Qt.Key.Key_Return)
        await quick.streams()
        quick.type("on")
        quick.key(Qt.Key.Key_Return)
        assert quick.edit.text() == "secon"
        gate.set()
        quick.type("d")
        await quick.settled()
        assert quick.edit.text() == "second"
        assert len(server.requests) == 1
        quick.key(Qt.Key.Key_Return)
        await stage.until(lambda: len(server.requests) == 2, "the second question")
        await quick.settled()
        assert quick.edit.text() == ""

    rest = chat_stream("The rest.")
    with running(gated(HALF, rest, gate), answer(rest)) as server:
        play(qapp, tmp_path, journey, arguments=at(server))
        assert content(server, 1) == "second"


def test_that_what_enter_will_do_is_said_and_done(qapp: QApplication, tmp_path: Path) -> None:
    chip = "A follow-up; ask a new question instead"

    async def journey(stage: Stage) -> None:
        quick = Quick(stage)
        await quick.open()
        assert chip not in quick.names
        await quick.ask("one")
        await quick.settled()
        assert chip in quick.names
        await quick.ask("two")
        await stage.until(lambda: len(server.requests) == 2, "a follow-up")
        await quick.settled()
        quick.type("thr")
        quick.control(Qt.Key.Key_N)
        await stage.painted()
        assert chip not in quick.names
        assert quick.edit.text() == "thr"
        quick.type("ee")
        quick.key(Qt.Key.Key_Return)
        await stage.until(lambda: len(server.requests) == 3, "a new question")
        await quick.settled()
        quick.press(chip)
        await stage.painted()
        assert not quick.conversation.path

    with running(answer(chat_stream("yes"))) as server:
        play(qapp, tmp_path, journey, arguments=at(server))
        asked = [[m["content"] for m in r.json["messages"]] for r in server.requests]
        assert asked == [["one"], ["one", "yes", "two"], ["three"]]


def test_that_up_in_the_empty_box_brings_back_the_last_question(
    qapp: QApplication, tmp_path: Path
) -> None:
    async def journey(stage: Stage) -> None:
        quick = Quick(stage)
        await quick.open()
        await quick.ask("Remember me?")
        await quick.settled()
        quick.key(Qt.Key.Key_Up)
        assert quick.edit.text() == "Remember me?"
        quick.edit.clear()
        quick.control(Qt.Key.Key_N)
        quick.key(Qt.Key.Key_Up)
        assert quick.edit.text() == "Remember me?"

    with running(answer(chat_stream("yes"))) as server:
        play(qapp, tmp_path, journey, arguments=at(server))
        assert len(server.requests) == 1


# Coming and going.


def test_that_hiding_stops_nothing_and_reopening_shows_it(
    qapp: QApplication, tmp_path: Path
) -> None:
    gate = threading.Event()

    async def journey(stage: Stage) -> None:
        quick = Quick(stage)
        await quick.open()
        await quick.ask("q")
        await quick.streams()
        quick.type("mine")
        stage.window.activateWindow()
        await stage.until(lambda: not quick.window.isVisible(), "it to go")
        assert quick.session.is_running
        assert stage.conductor._parts.preferences.now.quick_draft == "mine"
        gate.set()
        await stage.until(lambda: not quick.session.is_running, "the end")
        await quick.open()
        await stage.until(lambda: "The rest." in quick.text, "the whole answer")
        assert quick.edit.text() == "mine"
        assert quick.edit.hasFocus()

    with running(gated(HALF, chat_stream("The rest."), gate)) as server:
        play(qapp, tmp_path, journey, arguments=at(server))


def test_that_a_pinned_one_stays_beside_other_windows(qapp: QApplication, tmp_path: Path) -> None:
    async def journey(stage: Stage) -> None:
        quick = Quick(stage)
        await quick.open()
        quick.control(Qt.Key.Key_P)
        stage.window.activateWindow()
        await stage.until(lambda: not quick.window.isActiveWindow(), "another window")
        await stage.until(lambda: not quick.window._blur.isActive(), "the look")
        assert quick.window.isVisible()
        quick.window.activateWindow()
        await stage.until(lambda: quick.presence.quick.is_in_front, "the quick ask")
        quick.key(Qt.Key.Key_Escape)
        assert not quick.window.isVisible()

    async def returning(stage: Stage) -> None:
        assert stage.app.presence is not None
        assert stage.app.presence.window._pin.isChecked()

    play(qapp, tmp_path, journey, returning)


def test_that_it_begins_anew_after_a_pause_unless_an_answer_runs(
    qapp: QApplication, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    passed = 0.0
    monkeypatch.setattr(
        "headwater.ui.quick_ask.quick_conductor.monotonic", lambda: monotonic() + passed
    )

    async def journey(stage: Stage) -> None:
        nonlocal passed
        quick = Quick(stage)
        await quick.open()
        await quick.ask("q")
        await quick.settled()
        await quick.hide()
        passed += 9 * 60
        await quick.open()
        assert "Done." in quick.text
        quick.type("kept")
        await quick.hide()
        passed += 11 * 60
        await quick.open()
        assert (quick.conversation.path, quick.text) == ((), "")
        assert quick.edit.text() == "kept"
        quick.key(Qt.Key.Key_Return)
        await stage.until(lambda: quick.conversation.path, "the question")
        await quick.streams()
        await quick.hide()
        passed += 60 * 60
        await quick.open()
        assert "Half of it." in quick.text

    with running(answer(chat_stream("Done.")), stall(HALF)) as server:
        play(qapp, tmp_path, journey, arguments=at(server))


def test_that_the_same_key_opens_and_closes_it(qapp: QApplication, tmp_path: Path) -> None:
    async def journey(stage: Stage) -> None:
        quick = Quick(stage)
        for _ in range(3):
            quick.presence.take(Summons(SummonsKind.TOGGLE))
            await stage.until(lambda: quick.presence.quick.is_in_front, "the quick ask")
            quick.presence.take(Summons(SummonsKind.TOGGLE))
            await quick.left()
        await quick.open()
        quick.control(Qt.Key.Key_P)
        stage.window.activateWindow()
        await stage.until(lambda: not quick.window.isActiveWindow(), "another window")
        quick.presence.take(Summons(SummonsKind.TOGGLE))  # seen, but without the keys
        await stage.until(lambda: quick.presence.quick.is_in_front, "the quick ask")
        quick.presence.take(Summons(SummonsKind.SHOW))
        assert not quick.window.isVisible()

    play(qapp, tmp_path, journey)


def test_that_nothing_is_connected_to_before_enter(qapp: QApplication, tmp_path: Path) -> None:
    async def journey(stage: Stage) -> None:
        quick = Quick(stage)
        for _ in range(20):
            await quick.open()
            quick.type("a")
            quick.presence.quick.toggle()
            await quick.left()
        await quick.open("from outside", str(tmp_path / "notes.txt"))
        assert quick.edit.text() == "a" * 20 + "\nfrom outside"
        await stage.painted()
        assert (server.connections, server.requests) == (0, [])
        quick.presence.quick._enclosures = ()
        quick.key(Qt.Key.Key_Return)
        await quick.settled()
        assert server.connections == 1

    with running(answer(chat_stream("yes"))) as server:
        play(qapp, tmp_path, journey, arguments=at(server))


def test_that_a_question_not_yet_sent_is_there_at_the_next_start(
    qapp: QApplication, tmp_path: Path
) -> None:
    async def leaving(stage: Stage) -> None:
        quick = Quick(stage)
        await quick.open()
        quick.type("What if")

    async def returning(stage: Stage) -> None:
        quick = Quick(stage)
        await quick.open()
        assert quick.edit.text() == "What if"

    play(qapp, tmp_path, leaving, returning)


# The main window.


def test_that_the_main_window_takes_the_conversation_while_it_streams(
    qapp: QApplication, tmp_path: Path
) -> None:
    gate = threading.Event()

    async def journey(stage: Stage) -> None:
        quick = Quick(stage)
        await quick.open()
        await quick.ask("q")
        await quick.streams()
        session = quick.session
        quick.type("not sent")
        quick.control(Qt.Key.Key_Return)
        assert not quick.window.isVisible()
        assert stage.conductor._session is session
        assert session.is_running
        assert stage.window.composer.edit.text() == "not sent"
        assert quick.edit.text() == ""
        assert not quick.conversation.path
        gate.set()
        await stage.settled()
        assert "Half of it. The rest." in stage.text
        assert stage.answer.status == "complete"
        await quick.open()
        assert quick.text == ""
        assert len(server.requests) == 1

    with running(gated(HALF, chat_stream("The rest."), gate)) as server:
        play(qapp, tmp_path, journey, arguments=at(server))


def test_that_a_question_handed_over_leaves_what_is_written_in_the_main_window(
    qapp: QApplication, tmp_path: Path
) -> None:
    async def journey(stage: Stage) -> None:
        quick = Quick(stage)
        stage.window.composer.edit.set_text("half a thought")
        await quick.open()
        quick.type("another")
        quick.control(Qt.Key.Key_Return)
        assert stage.window.composer.edit.text() == "half a thought\nanother"
        assert quick.edit.text() == ""

    play(qapp, tmp_path, journey)


def test_that_both_windows_show_one_conversation_and_both_clear_it(
    qapp: QApplication, tmp_path: Path
) -> None:
    async def journey(stage: Stage) -> None:
        quick = Quick(stage)
        await quick.open()
        quick.control(Qt.Key.Key_P)
        await quick.ask("q")
        await quick.settled()
        stage.conductor._parts.desk.show(quick.conversation.id)
        await stage.until(lambda: stage.conversation.id == quick.conversation.id, "the same")
        assert stage.conductor._session is quick.session
        stage.conductor._parts.desk.delete(quick.conversation.id)
        await stage.painted()
        assert not stage.conversation.path
        assert not quick.conversation.path
        assert quick.text == ""
        assert quick.edit.placeholderText() == "Ask anything"
        await quick.open()
        await quick.ask("again")
        await quick.settled()
        assert "Done." in quick.text

    with running(answer(chat_stream("Done."))) as server:
        play(qapp, tmp_path, journey, arguments=at(server))


# Wishes from outside, and what goes along.


def test_that_S26_what_a_second_start_brings_is_neither_sent_nor_read_before_enter(
    qapp: QApplication, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = reads(monkeypatch)
    file = tmp_path / "notes.txt"

    async def journey(stage: Stage) -> None:
        quick = Quick(stage)
        await quick.open("What is in it?", str(file))
        assert quick.edit.text() == "What is in it?"
        assert "Remove notes.txt" in quick.names
        await quick.open("And why?", str(file))
        assert quick.edit.text() == "What is in it?\nAnd why?"
        assert quick.names.count("Remove notes.txt") == 1
        assert (opened, server.connections) == ([], 0)
        file.write_text("Written after it was named.")
        quick.key(Qt.Key.Key_Return)
        await quick.settled()
        assert opened == [str(file)]
        assert "Remove notes.txt" not in quick.names

    with running(answer(chat_stream("yes"))) as server:
        play(qapp, tmp_path, journey, arguments=at(server))
        sent = json.dumps(server.requests[0].json)
        assert "Written after it was named." in sent
        assert "And why?" in sent


def test_that_the_clipboard_is_read_once_its_chip_is_clicked(
    qapp: QApplication, tmp_path: Path
) -> None:
    async def journey(stage: Stage) -> None:
        quick = Quick(stage)
        copied = Watched(text__plain="what I copied")
        QGuiApplication.clipboard().setMimeData(copied)
        for _ in range(2):
            await quick.open()
            await stage.until(lambda: "Add Clipboard: text" in quick.names, "the offer")
            quick.type("q")
            await quick.hide()
        await quick.open()
        assert copied.read == []
        quick.press("Add Clipboard: text")
        assert "text/plain" in copied.read
        assert "Remove Clipboard: what I copied" in quick.names
        assert "Add Clipboard: text" not in quick.names
        assert quick.edit.hasFocus()
        assert server.connections == 0
        quick.key(Qt.Key.Key_Return)
        await quick.settled()

    with running(answer(chat_stream("yes"))) as server:
        play(qapp, tmp_path, journey, arguments=at(server))
        assert "what I copied" in json.dumps(server.requests[0].json)


def test_that_a_clipboard_that_was_not_clicked_is_never_sent(
    qapp: QApplication, tmp_path: Path
) -> None:
    async def journey(stage: Stage) -> None:
        quick = Quick(stage)
        copied = Watched(text__plain="hunter2")
        QGuiApplication.clipboard().setMimeData(copied)
        await quick.open()
        await stage.until(lambda: "Add Clipboard: text" in quick.names, "the offer")
        await quick.ask("q")
        await quick.settled()
        assert copied.read == []

    with running(answer(chat_stream("yes"))) as server:
        play(qapp, tmp_path, journey, arguments=at(server))
        assert b"hunter2" not in server.requests[0].body


def test_that_a_pasted_picture_goes_along(qapp: QApplication, tmp_path: Path) -> None:
    async def journey(stage: Stage) -> None:
        quick = Quick(stage)
        picture = QMimeData()
        picture.setImageData(QImage.fromData(png()))
        QGuiApplication.clipboard().setMimeData(picture)
        await quick.open()
        quick.control(Qt.Key.Key_V)
        assert "Remove Picture.png" in quick.names
        quick.key(Qt.Key.Key_Return)  # a picture alone is a question
        await quick.settled()
        assert quick.edit.placeholderText()

    with running(answer(chat_stream("yes"))) as server:
        play(qapp, tmp_path, journey, arguments=at(server))
        parts = content(server)
        assert isinstance(parts, list)
        (url,) = [part["image_url"]["url"] for part in parts if part["type"] == "image_url"]
        sent = QImage.fromData(base64.b64decode(url.removeprefix("data:image/png;base64,")))
        assert (sent.width(), sent.height()) == (3, 2)


def test_that_backspace_in_the_empty_box_removes_the_last_enclosure(
    qapp: QApplication, tmp_path: Path
) -> None:
    async def journey(stage: Stage) -> None:
        quick = Quick(stage)
        await quick.open("", "/nowhere/a.txt", "/nowhere/b.txt")
        quick.type("x")
        quick.key(Qt.Key.Key_Backspace)
        assert {"Remove a.txt", "Remove b.txt"} <= set(quick.names)
        quick.key(Qt.Key.Key_Backspace)
        assert "Remove a.txt" in quick.names
        assert "Remove b.txt" not in quick.names
        quick.press("Remove a.txt")
        assert "Remove a.txt" not in quick.names
        assert quick.edit.hasFocus()

    play(qapp, tmp_path, journey)


def missing(folder: Path) -> Path:
    return folder / "gone.txt"


def empty(folder: Path) -> Path:
    path = folder / "empty.txt"
    path.touch()
    return path


def program(folder: Path) -> Path:
    path = folder / "program.bin"
    path.write_bytes(b"\x7fELF\x00\x01")
    return path


def too_large(folder: Path) -> Path:
    path = folder / "large.txt"
    with path.open("wb") as file:
        file.truncate(21 * 1024 * 1024)
    return path


def directory(folder: Path) -> Path:
    path = folder / "folder"
    path.mkdir()
    return path


def pipe(folder: Path) -> Path:
    path = folder / "pipe"
    if sys.platform != "win32":
        os.mkfifo(path)
    return path


@pytest.mark.parametrize("make", [missing, empty, program, too_large, directory, pipe])
def test_that_a_file_that_cannot_go_along_is_said_and_everything_kept(
    qapp: QApplication, tmp_path: Path, make: Callable[[Path], Path]
) -> None:
    path = make(tmp_path)
    good = tmp_path / "good.txt"
    good.write_text("good")

    async def journey(stage: Stage) -> None:
        quick = Quick(stage)
        await quick.open("q", str(good), str(path))
        quick.key(Qt.Key.Key_Return)
        await stage.until(lambda: path.name in quick.words, "a sentence")
        assert quick.words.endswith(".")
        assert quick.edit.text() == "q"
        assert f"Remove {path.name}" in quick.names
        assert server.connections == 0
        quick.press(f"Remove {path.name}")
        assert path.name not in quick.words
        quick.key(Qt.Key.Key_Return)
        await quick.settled()

    with running(answer(chat_stream("yes"))) as server:
        play(qapp, tmp_path / "data", journey, arguments=at(server))
        assert len(server.requests) == 1


def test_that_what_was_taken_back_while_files_were_read_is_not_sent(
    qapp: QApplication, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = threading.Event()
    read = supplies._read

    def slowly(path: str) -> Attachment:
        gate.wait(10)
        return read(path)

    monkeypatch.setattr(supplies, "_read", slowly)
    for name in ("secret.txt", "open.txt"):
        (tmp_path / name).write_text(f"the words of {name}")

    async def journey(stage: Stage) -> None:
        quick = Quick(stage)
        await quick.open("q", str(tmp_path / "secret.txt"), str(tmp_path / "open.txt"))
        quick.key(Qt.Key.Key_Return)
        quick.press("Remove secret.txt")
        gate.set()
        await stage.painted()
        assert server.connections == 0
        assert (quick.edit.text(), "Remove open.txt" in quick.names) == ("q", True)
        gate.clear()
        quick.key(Qt.Key.Key_Return)
        quick.type(" and")
        gate.set()
        await stage.painted()
        assert server.connections == 0
        assert quick.edit.text() == "q and"
        quick.key(Qt.Key.Key_Return)
        await quick.settled()

    with running(answer(chat_stream("yes"))) as server:
        play(qapp, tmp_path / "data", journey, arguments=at(server))
        assert len(server.requests) == 1
        sent = json.dumps(server.requests[0].json)
        assert "the words of open.txt" in sent
        assert "the words of secret.txt" not in sent


def test_that_a_provider_without_eyes_says_so_before_anything_is_sent(
    qapp: QApplication, tmp_path: Path
) -> None:
    picture = tmp_path / "chart.png"
    picture.write_bytes(png())

    async def journey(stage: Stage) -> None:
        quick = Quick(stage)
        await quick.open("What is it?", str(picture))
        quick.key(Qt.Key.Key_Return)
        await stage.until(lambda: "cannot be sent to DeepSeek" in quick.words, "a sentence")
        assert quick.edit.text() == "What is it?"
        assert "Remove chart.png" in quick.names
        quick.press("Remove chart.png")
        assert "cannot be sent" not in quick.words
        copied = QMimeData()
        copied.setImageData(QImage.fromData(png()))
        quick.edit.insertFromMimeData(copied)
        assert "cannot be sent to DeepSeek" in quick.words  # known at once, so said at once
        assert server.connections == 0

    with running(answer(chat_stream("yes"))) as server:
        arguments = ("--provider", "deepseek", *at(server))
        play(qapp, tmp_path / "data", journey, arguments=arguments, key="sk-test")


def test_that_a_sentence_stays_until_it_is_answered(qapp: QApplication, tmp_path: Path) -> None:
    async def journey(stage: Stage) -> None:
        quick = Quick(stage)
        conductor = quick.presence.quick
        conductor._screenshot_taken(None, "No screenshot could be taken.")
        await stage.until(lambda: conductor.is_in_front, "the quick ask")
        await stage.until(lambda: not conductor._offering.isActive(), "the look for offers")
        assert "No screenshot could be taken." in quick.words
        conductor._screenshot_taken(png(), "")
        assert "Remove Screenshot.png" in quick.names
        assert "No screenshot could be taken." not in quick.words

    play(qapp, tmp_path, journey)


# What goes wrong.


def test_that_a_missing_key_keeps_the_question_and_leads_to_the_key(
    qapp: QApplication, tmp_path: Path
) -> None:
    async def journey(stage: Stage) -> None:
        quick = Quick(stage)
        await quick.open()
        await quick.ask("q")
        await quick.settled()
        assert "Set key" in quick.names
        quick.press("Set key")
        await stage.until(lambda: stage.window.findChild(ConnectionDialog), "the dialog")
        assert not quick.window.isVisible()
        assert stage.conversation.path[0].question.text == "q"
        stage.conductor._parts.providers.look_for_key()
        await stage.until(lambda: stage.conductor._parts.providers.is_surely_unready, "the keyring")
        dialog = stage.window.findChild(ConnectionDialog)
        assert dialog is not None
        dialog.reject()
        await stage.painted()
        await quick.open("", "/nowhere/a.txt")
        quick.type("again")
        quick.key(Qt.Key.Key_Return)
        await stage.until(lambda: stage.window.findChild(ConnectionDialog), "the dialog")
        assert stage.window.composer.edit.text() == "again"
        dialog = stage.window.findChild(ConnectionDialog)
        assert dialog is not None
        dialog.reject()
        await quick.open()
        assert "Remove a.txt" in quick.names

    play(qapp, tmp_path, journey)


def test_that_a_lost_connection_keeps_the_text_and_goes_on_here(
    qapp: QApplication, tmp_path: Path
) -> None:
    whole = chat_stream("One two three. ", "Four.")

    async def journey(stage: Stage) -> None:
        quick = Quick(stage)
        await quick.open()
        await quick.ask("q")
        quick.type("next")
        await quick.settled()
        assert "One two three." in quick.text
        assert "What had arrived is kept." in quick.words
        assert quick.edit.text() == "next"
        quick.press("Retry")
        await stage.until(lambda: len(server.requests) == 2, "another request")
        await quick.settled()
        assert "Four." in quick.text
        assert "kept" not in quick.words
        assert len(quick.conversation.versions(quick.conversation.leaf_id)) == 2
        assert quick.window.isVisible()
        assert quick.edit.text() == "next"
        assert not stage.conversation.path

    with running(cut(whole, whole.index(b"Four") - 40), answer(whole)) as server:
        play(qapp, tmp_path, journey, arguments=at(server))


def test_that_an_answer_broken_off_can_be_continued_here(
    qapp: QApplication, tmp_path: Path
) -> None:
    async def journey(stage: Stage) -> None:
        quick = Quick(stage)
        await quick.open()
        await quick.ask("q")
        await quick.settled()
        quick.press("Continue")
        await stage.until(lambda: len(server.requests) == 2, "another request")
        await quick.settled()
        assert quick.answer.text == "Half of it. And the rest."
        assert quick.answer.status == "complete"

    with running(answer(HALF), answer(chat_stream("And the rest."))) as server:
        play(qapp, tmp_path, journey, arguments=at(server))


def test_that_a_refused_key_leads_to_the_main_window_with_the_conversation(
    qapp: QApplication, tmp_path: Path
) -> None:
    refused = json_answer({"error": {"message": "no key", "code": 401}}, status=401)

    async def journey(stage: Stage) -> None:
        quick = Quick(stage)
        await quick.open()
        await quick.ask("q")
        await quick.settled()
        conversation = quick.conversation.id
        quick.press("Set key")
        await stage.until(lambda: stage.window.findChild(ConnectionDialog), "the dialog")
        assert stage.conversation.id == conversation
        assert not quick.window.isVisible()
        dialog = stage.window.findChild(ConnectionDialog)
        assert dialog is not None
        dialog.reject()

    with running(refused) as server:
        play(qapp, tmp_path, journey, arguments=at(server), key="sk-test")


def test_that_a_remedy_of_the_main_window_does_there_what_its_button_says(
    qapp: QApplication, tmp_path: Path
) -> None:
    too_long = json_answer({"error": {"message": "x", "param": "temperature"}}, status=400)

    async def journey(stage: Stage) -> None:
        quick = Quick(stage)
        await quick.open()
        await quick.ask("q")
        await quick.settled()
        conversation = quick.conversation.id
        quick.press("Change options")
        await stage.painted()
        assert stage.conversation.id == conversation
        assert stage.window.findChild(ConnectionDialog) is None
        options = [w for w in QApplication.topLevelWidgets() if w.isVisible()]
        assert any(isinstance(w, OptionsPanel) or w.findChild(OptionsPanel) for w in options)
        for window in options:
            if window is not stage.window:
                window.close()

    with running(too_long) as server:
        play(qapp, tmp_path, journey, arguments=at(server))


def test_that_a_screenshot_for_a_follow_up_keeps_the_answer(
    qapp: QApplication, tmp_path: Path
) -> None:
    async def journey(stage: Stage) -> None:
        quick = Quick(stage)
        stage.conductor._parts.preferences.update(quick_pause=0)
        await quick.open()
        await quick.ask("q")
        await quick.settled()
        quick.window.screenshot_requested.emit()
        assert not quick.window.isVisible()
        quick.presence.quick._screenshot_taken(png(), "")
        await stage.painted()
        assert "Done." in quick.text
        assert "Remove Screenshot.png" in quick.names
        await stage.until(lambda: quick.presence._supplies.picker is not None, "the picker")
        picker = quick.presence._supplies.picker
        assert picker is not None
        QTest.keyClick(picker, Qt.Key.Key_Escape)

    with running(answer(chat_stream("Done."))) as server:
        play(qapp, tmp_path, journey, arguments=at(server))


# Notifications.


def test_that_an_answer_nobody_saw_end_is_told_once_and_a_click_opens_it(
    qapp: QApplication, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = threading.Event()

    async def journey(stage: Stage) -> None:
        quick = Quick(stage)
        shown = told(monkeypatch, quick.presence)
        await quick.open()
        await quick.ask("Is it open?")
        await quick.streams()
        conversation = quick.conversation.id
        await quick.hide()
        gate.set()
        await stage.until(lambda: shown, "a notification")
        await stage.painted()
        assert shown == [("Is it open?", "Half of it. The rest.", conversation)]
        quick.presence._notification_opened(conversation, "")
        await stage.until(lambda: quick.presence.quick.is_in_front, "the quick ask")
        await stage.until(lambda: "The rest." in quick.text, "the answer")
        quick.control(Qt.Key.Key_N)
        quick.presence._notification_opened(conversation, "")
        await stage.until(lambda: stage.conversation.id == conversation, "the main window")
        assert not quick.window.isVisible()

    with running(gated(HALF, chat_stream("The rest."), gate)) as server:
        play(qapp, tmp_path, journey, arguments=at(server))


def test_that_a_click_on_a_late_notification_opens_the_answer_and_no_new_question(
    qapp: QApplication, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    passed = 0.0
    monkeypatch.setattr(
        "headwater.ui.quick_ask.quick_conductor.monotonic", lambda: monotonic() + passed
    )
    gate = threading.Event()

    async def journey(stage: Stage) -> None:
        nonlocal passed
        quick = Quick(stage)
        shown = told(monkeypatch, quick.presence)
        await quick.open()
        await quick.ask("q")
        await quick.streams()
        await quick.hide()
        stage.window.hide()
        passed = 3600
        gate.set()
        await stage.until(lambda: shown, "a notification")
        quick.presence._notification_opened(shown[0][2], "")
        await stage.until(lambda: "The rest." in quick.text, "the answer")

    with running(gated(HALF, chat_stream("The rest."), gate)) as server:
        play(qapp, tmp_path, journey, arguments=at(server))


def test_that_an_answer_that_was_seen_or_stopped_is_not_told(
    qapp: QApplication, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def journey(stage: Stage) -> None:
        quick = Quick(stage)
        shown = told(monkeypatch, quick.presence)
        await quick.open()
        await quick.ask("seen")
        await quick.settled()
        quick.control(Qt.Key.Key_N)
        quick.type("stopped")
        quick.key(Qt.Key.Key_Return)
        await stage.until(lambda: quick.conversation.path, "the question")
        await quick.streams()
        await quick.hide()
        quick.session.stop()
        await stage.until(lambda: not quick.session.is_running, "the end")
        await stage.painted()
        assert shown == []

    with running(answer(chat_stream("yes")), stall(HALF)) as server:
        play(qapp, tmp_path, journey, arguments=at(server))


def test_that_ending_the_program_in_the_middle_tells_nothing_and_keeps_the_text(
    qapp: QApplication, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: list[tuple[str, str, str]] = []

    async def leaving(stage: Stage) -> None:
        nonlocal shown
        quick = Quick(stage)
        shown = told(monkeypatch, quick.presence)
        await quick.open()
        await quick.ask("q")
        await quick.streams()
        quick.type("and then")

    async def returning(stage: Stage) -> None:
        quick = Quick(stage)
        await quick.open()
        assert quick.edit.text() == "and then"
        summaries = stage.conductor._parts.history.summaries
        stage.conductor._parts.desk.show(summaries[0].id)
        await stage.until(lambda: stage.conversation.path, "the conversation")
        assert stage.answer.text == "Half of it. "
        assert stage.answer.status == "incomplete"

    with running(stall(HALF)) as server:
        play(qapp, tmp_path, leaving, returning, arguments=at(server))
    assert shown == []


# Whoever does not use a mouse, or is sent something hostile.


def nameless(window: QWidget) -> list[str]:
    """Return what can take the focus and has no name for a screen reader."""
    found = []
    for widget in [window, *window.findChildren(QWidget)]:
        if widget.isVisible() and widget.focusPolicy() != Qt.FocusPolicy.NoFocus:
            interface = QAccessible.queryAccessibleInterface(widget)
            if not interface.text(QAccessible.Text.Name).strip():
                found.append(f"{type(widget).__name__} {widget.objectName()!r}")
    return found


def test_that_pain_19_the_whole_task_needs_only_keys(
    qapp: QApplication, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    monkeypatch.setattr("headwater.app._open_url", opened.append)

    async def journey(stage: Stage) -> None:
        quick = Quick(stage)
        quick.presence.quick.toggle()
        await stage.until(lambda: quick.presence.quick.is_in_front, "the quick ask")
        assert nameless(quick.window) == []
        await quick.ask("Is it open?")
        await quick.streams()
        assert nameless(quick.window) == []
        gate.set()
        await quick.settled()
        assert nameless(quick.window) == []
        reached: list[str] = []
        while "Source 3: Page 3" not in reached:
            assert len(reached) < 30, reached
            quick.key(Qt.Key.Key_Tab)
            focused = QApplication.focusWidget()
            assert focused is not None
            reached.append(focused.accessibleName())
        assert reached.index("Answer") < reached.index("Source 1: Page 1")
        quick.key(Qt.Key.Key_Space)
        assert opened == ["https://n3.example/a"]
        quick.key(
            Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
        )
        copied = QGuiApplication.clipboard().text()
        assert "It is open.[1]" in copied
        assert "https://n1.example/a" in copied
        assert quick.window.usage.text() == "Copied"
        quick.key(Qt.Key.Key_Escape)
        await stage.painted()
        assert quick.edit.hasFocus()
        quick.key(Qt.Key.Key_Escape)
        assert not quick.window.isVisible()

    gate = threading.Event()
    body = cited("It is ", "open.[1]")
    cut_at = body.index(b"\n\n") + 2
    with running(gated(body[:cut_at], body[cut_at:], gate)) as server:
        play(qapp, tmp_path, journey, arguments=at(server))


@pytest.mark.parametrize(
    "words",
    ["\u202e\u2066kcab", " " * 70_000 + "x", "w" * 300_000, "<b>b</b><img src=http://x/>\n\x07"],
    ids=["bidi", "spaces", "word", "tags"],
)
def test_that_S10_hostile_words_leave_the_window_alive_and_bounded(
    qapp: QApplication, tmp_path: Path, words: str
) -> None:
    async def journey(stage: Stage) -> None:
        quick = Quick(stage)
        await quick.open("Why " + words[:190_000] + " is it?", "/nowhere/" + words[:4000])
        assert max(map(len, quick.names)) < 100
        quick.presence.quick._remove(0)
        quick.key(Qt.Key.Key_Return)
        await quick.settled()
        await stage.until(lambda: "harmless" in quick.text, "the end of the text")
        assert quick.window.card.width() == WIDTH
        screen = quick.window.screen().availableGeometry()
        assert quick.window.height() <= screen.height()
        for label in quick.window.findChildren(QLabel):
            assert label.textFormat() == Qt.TextFormat.PlainText or "<" not in label.text()
        for name in (*quick.names, quick.edit.placeholderText()):
            assert len(name) < 500
            assert "\u202e" not in name
        quick.type("alive")
        assert quick.edit.text() == "alive"

    listed = [{"title": words, "url": f"https://a.example/{words[:2000]}", "snippet": words}]
    body = chat_stream(words, " harmless")
    body = body.replace(
        b'"choices"', b'"search_results": %b, "choices"' % json.dumps(listed).encode(), 1
    )
    with running(answer(body)) as server:
        play(qapp, tmp_path, journey, arguments=at(server))


def test_that_it_takes_on_another_theme_while_it_streams(
    qapp: QApplication, tmp_path: Path
) -> None:
    async def journey(stage: Stage) -> None:
        quick = Quick(stage)
        await quick.open()
        await quick.ask("q")
        await quick.streams()
        choices = ((Choice.DARK, DARK), (Choice.LIGHT, LIGHT), (Choice.DARK, DARK))
        for choice, theme in choices:
            stage.conductor._parts.preferences.update(theme=choice)
            await stage.painted()
            assert stage.window.theme == theme
            assert "Half of it." in quick.text
            assert theme.text.name() in quick.inks
            picture = quick.window.grab().toImage()
            corner = quick.window.card.topLeft()
            assert picture.pixelColor(corner.x() + WIDTH // 2, corner.y() + 4) == theme.surface
        assert QApplication.focusWidget() is quick.edit

    with running(stall(HALF)) as server:
        play(qapp, tmp_path, journey, arguments=at(server))


def test_that_the_place_it_was_moved_to_is_remembered(
    qapp: QApplication, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quick_window, "_SETTLED", 0)  # or it is the window manager's doing

    async def journey(stage: Stage) -> None:
        quick = Quick(stage)
        await quick.open()
        quick.window.move(30, 40)
        await quick.hide()
        await quick.open()
        assert (quick.window.x(), quick.window.y()) == (30, 40)

    async def returning(stage: Stage) -> None:
        quick = Quick(stage)
        await quick.open()
        assert (quick.window.x(), quick.window.y()) == (30, 40)

    play(qapp, tmp_path, journey, returning)
