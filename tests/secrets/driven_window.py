"""The real program with somebody at it who types secrets, and meets every failure; then it dies.

    python -m tests.secrets.driven_window < told.json

It runs as `headwater` does, with every log there is switched on. What was seen goes to the file
that `report` names; no word of it is a secret.
"""

from __future__ import annotations

import asyncio
import ctypes
import json
import logging
import os
import sys
import traceback
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

os.environ["QT_API"] = "pyside6"

from PySide6.QtCore import QTimer
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QApplication,
    QComboBox,
    QDialog,
    QLabel,
    QLineEdit,
    QTabWidget,
    QWidget,
)

from headwater import __main__, app
from headwater.adapters.keychain import EnvironmentKeys
from headwater.domain.answer import Failed
from headwater.domain.network_settings import ProxyKind
from headwater.domain.provider import CUSTOM
from headwater.export.excerpt import whole
from headwater.export.export_format import ExportFormat
from headwater.ui.connection_dialog import ConnectionDialog
from headwater.ui.network_window import NetworkWindow
from headwater.ui.preferences_dialog import PreferencesDialog
from tests.journeys.stage import Stage
from tests.secrets.search import places_in
from tests.secrets.visible_text import visible_text

_OTHER = "x"  # drawn in the place of a secret, as often as it has characters


class _Person:
    """Does one thing after another and looks after each whether a secret can be read anywhere."""

    def __init__(self, stage: Stage, told: dict[str, Any]) -> None:
        self._stage = stage
        self._told = told
        self._secrets: tuple[str, ...] = (told["key"], told["password"])
        self.report: dict[str, Any] = {"seen": [], "drawn": [], "failures": {}, "kept": []}

    async def do_everything(self) -> None:
        self._watch_children()
        report = self.report
        await self._connect(self._told["server"])
        for question in ("good", "401", "429", "dropped", "redirect"):
            await self._ask(question)
        await self._connect(self._told["untrusted"], is_good=False)
        for scheme in ("http", "socks5"):
            await self._choose_proxy(self._told[scheme])
            await self._connect(self._told["behind"])
            await self._ask(f"good by {scheme}")
        await self._choose_proxy(self._told["refusing"])
        await self._ask("by a proxy that refuses")
        self._copy()
        self._look_at_network()
        await self._export()
        self._stage.conductor._parts.open_url(self._told["page"])
        await self._stage.until(Path(self._told["opened"]).exists, "a browser")
        backups = self._stage.conductor._parts.backups
        backups.make()
        await self._stage.until(lambda: backups.done, "a backup")
        await self._break()
        kernel = Path("/proc/self")
        report["of this process"] = [(kernel / n).read_text() for n in ("cmdline", "environ")]
        report["is whole"] = True

    def write_report(self) -> None:
        Path(self._told["report"]).write_text(json.dumps(self.report), encoding="utf-8")

    def _watch_children(self) -> None:
        started = self.report["started"] = []

        def hear(event: str, arguments: tuple[Any, ...]) -> None:
            if event == "subprocess.Popen":
                started.append(repr(arguments))

        sys.addaudithook(hear)

    def _look(self, when: str) -> None:
        self.report["seen"] += places_in(visible_text().encode(), self._secrets, when)

    def _type_secret(self, field: QLineEdit, secret: str) -> None:
        """Type it; what is drawn must not depend on what it is, and cannot be copied."""
        window = field.window()
        field.setFocus()
        QTest.keyClicks(field, _OTHER * len(secret))
        other = _picture(window)
        field.clear()
        QTest.keyClicks(field, secret)
        assert field.text() == secret
        self.report["drawn"].append(_picture(window) == other)
        field.selectAll()
        field.copy()
        field.deselect()
        field.end(False)
        self._look(f"typed into {field.accessibleName()}")

    async def _connect(self, address: str, *, is_good: bool = True) -> None:
        stage = self._stage
        stage.conductor.show_connection(CUSTOM.id)
        dialog = await _opened(stage, ConnectionDialog)
        assert isinstance(dialog, ConnectionDialog)
        _field(dialog, "Address").setText(address)
        _field(dialog, "Model").setText("m")
        self._type_secret(_field(dialog, "Key"), self._told["key"])
        stage.press("Check and use", dialog)
        await stage.until(lambda: not dialog._connection.is_checking, "the check")
        await stage.painted()
        self._look(f"checked {address}")
        assert dialog._connection.is_done is is_good, dialog._connection.problem
        if is_good:
            state = dialog._connection.kept_in
            assert state is not None
            self.report["kept"].append(state.name)
            stage.press("Copy the steps", dialog)
            self._look("copied the steps")
            stage.press("Done", dialog)
        else:
            self.report["failures"]["untrusted"] = dialog._connection.problem
            stage.press("Close", dialog)
        await stage.painted()

    async def _ask(self, question: str) -> None:
        stage = self._stage
        before = len(stage.conversation.path)
        stage.type(question)
        await stage.until(lambda: len(stage.conversation.path) > before, "the question")
        await stage.settled()
        state = stage.answer.state
        if isinstance(state, Failed):
            self.report["failures"][question] = state.failure.title
        self._look(f"asked {question}")

    async def _choose_proxy(self, address: str) -> None:
        stage = self._stage
        stage.conductor.show_preferences()
        dialog = await _opened(stage, PreferencesDialog)
        self.report["places"] = [w.text() for w in dialog.findChildren(QLabel)]
        tabs = dialog.findChild(QTabWidget)
        assert tabs is not None
        tabs.setCurrentIndex(tabs.count() - 1)
        kind = next(b for b in dialog.findChildren(QComboBox) if b.accessibleName() == "Proxy")
        kind.setCurrentIndex(kind.findData(ProxyKind.OWN.value))
        _type(_field(dialog, "Proxy address"), address)
        file = _field(dialog, "Certificate file")
        file.setText(self._told["authority"])
        file.editingFinished.emit()
        _field(dialog, "Proxy user name").setText(self._told["user"])
        self._type_secret(_field(dialog, "Proxy password"), self._told["password"])
        stage.press("Keep login", dialog)
        settings = stage.conductor._parts.preferences
        await stage.until(lambda: settings.now.network.proxy_has_login, "that the login is kept")
        self.report["kept"].append(stage.conductor._parts.network.login_note)
        await stage.painted()
        self._look(f"kept a login for {address}")
        stage.press("Close", dialog)
        await stage.painted()

    def _copy(self) -> None:
        self._stage.window.actions_by_name.copy_answer.trigger()
        self._look("copied the answer")

    def _look_at_network(self) -> None:
        stage = self._stage
        stage.conductor.show_network()
        window = stage.window.findChild(NetworkWindow)
        assert window is not None
        stage.press("Copy all", window)
        self.report["listed"] = QApplication.clipboard().text().count("\n")
        self._look("copied the requests")
        window.close()

    async def _export(self) -> None:
        stage = self._stage
        folder = Path(self._told["exports"])
        for form in ExportFormat:
            done: list[str] = []
            stage.conductor._parts.write_export(
                whole(stage.conversation, datetime.now(UTC)),
                form,
                str(folder / f"window-{form}{form.ending}"),
                done.append,
                may_replace=True,
            )
            await stage.until(lambda: done, "an export")  # noqa: B023 - awaited here
            assert done == [""]

    async def _break(self) -> None:
        """Let mistakes of ours, with secrets in their words, reach each of the barriers."""
        key, user, password = (self._told[name] for name in ("key", "user", "password"))
        QTimer.singleShot(0, lambda: _fail(f"a slot with {key} and {password}"))
        asyncio.get_running_loop().call_soon(_fail, _Shy(f"a call with {user}:{password}, {key}"))
        self._stage.app.report_crash(ValueError(f"Authorization: Basic {self._told['basic']}"))
        await self._stage.painted()


class _Shy(str):
    """Words that a log of calls does not repeat: they are the test's, not the program's."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "'...'"


def _fail(words: str) -> None:
    raise RuntimeError(words)


def _picture(window: QWidget) -> QImage:
    return window.grab().toImage()


async def _opened(stage: Stage, kind: type[QDialog]) -> QDialog:
    await stage.until(lambda: any(d.isVisible() for d in stage.window.findChildren(kind)), "dialog")
    return next(d for d in stage.window.findChildren(kind) if d.isVisible())


def _field(dialog: QWidget, name: str) -> QLineEdit:
    return next(f for f in dialog.findChildren(QLineEdit) if f.accessibleName() == name)


def _type(field: QLineEdit, text: str) -> None:
    field.clear()
    QTest.keyClicks(field, text)
    field.editingFinished.emit()


class _DrivenApp(app.App):
    """The program, and a person at it as soon as there is something to use."""

    async def run(self, keys: EnvironmentKeys) -> int:
        told = json.loads(sys.stdin.read())
        asyncio.get_running_loop().set_debug(True)
        QApplication.setCursorFlashTime(0)
        driving = asyncio.get_running_loop().create_task(self._drive(told))
        try:
            return await super().run(keys)
        finally:
            await driving

    async def _drive(self, told: dict[str, Any]) -> None:
        while self.conductor is None:
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.3)
        person = _Person(Stage(self, self.window, self._folders.data), told)
        try:
            await person.do_everything()
        except BaseException as error:
            person.report["problem"] = "".join(traceback.format_exception(error))
            self.quit()
            raise
        finally:
            person.write_report()
        _die()


def _die() -> None:
    """End as a mistake in C does."""
    die: Callable[[int], bytes] = ctypes.string_at
    die(0)


if __name__ == "__main__":
    logging.basicConfig(level=logging.DEBUG, stream=sys.stderr)
    app.App = _DrivenApp  # type: ignore[misc]
    sys.exit(__main__.main())
