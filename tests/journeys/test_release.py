"""A newer release is told of in a quiet line, to those alone who wanted to know."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QCheckBox, QLabel, QToolButton, QWidget

from headwater import app
from headwater.adapters import folders
from headwater.domain import release
from headwater.session import release_session
from headwater.ui.preferences_dialog import PreferencesDialog
from headwater.ui.release_line import ReleaseLine
from tests.fault_server import Behaviour, FaultServer, json_answer, running
from tests.journeys.stage import Stage, play

NEWER = json_answer({"tag_name": "v99.0.0"})
OUT = "Headwater 99.0.0 is out."


class Releases:
    """A server in GitHub's place, a build that knows of it, and a browser."""

    def __init__(self, server: FaultServer) -> None:
        self._server = server
        self.opened: list[str] = []

    @property
    def asked(self) -> int:
        return self._server.connections


@pytest.fixture
def published(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Iterator[Callable[[Behaviour], Releases]]:
    place = tmp_path / "release.json"
    place.write_text('{"repository": "owner/name"}')
    servers = []

    def resource(name: str) -> Path:
        return place if name == "release.json" else folders.resource(name)

    def publish(behaviour: Behaviour) -> Releases:
        context = running(behaviour, path="")
        servers.append(context)
        server = context.__enter__()
        releases = Releases(server)
        monkeypatch.setattr(release, "ASKED", server.base_url)
        monkeypatch.setattr(app, "resource", resource)
        monkeypatch.setattr(app, "_open_url", releases.opened.append)
        monkeypatch.setattr(release_session, "FIRST_LOOK", 0.05)
        return releases

    yield publish
    for context in servers:
        context.__exit__(None, None, None)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "data"


def want_daily(folder: Path) -> None:
    """Leave preferences with the tick set."""
    (folder / "config").mkdir(parents=True, exist_ok=True)
    path = folder / "config" / "preferences.json"
    path.write_text(json.dumps({"looks_for_releases": True}))


def line(stage: Stage) -> str:
    """Return what the line in the window says, nothing where there is none."""
    shown = [each for each in stage.window.findChildren(ReleaseLine) if each.isVisible()]
    return " ".join(label.text() for each in shown for label in each.findChildren(QLabel))


def close_line(stage: Stage) -> None:
    close = stage.window.findChildren(ReleaseLine)[0].findChildren(QToolButton)[0]
    QTest.mouseClick(close, Qt.MouseButton.LeftButton)


def test_that_nobody_is_asked_as_long_as_nobody_wants_to_know(
    qapp: QApplication, folder: Path, published: Callable[[Behaviour], Releases]
) -> None:
    releases = published(NEWER)

    async def journey(stage: Stage) -> None:
        await asyncio.sleep(0.3)
        QTest.keyClicks(stage.window.composer.edit, "What if")
        stage.conductor.show_preferences()
        await asyncio.sleep(0.3)
        stage.window.findChildren(PreferencesDialog)[0].reject()
        assert line(stage) == ""

    play(qapp, folder, journey, journey)
    assert releases.asked == 0


def test_that_a_newer_release_is_told_once_and_not_again(
    qapp: QApplication,
    folder: Path,
    published: Callable[[Behaviour], Releases],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    releases = published(NEWER)
    monkeypatch.setattr(release, "LOOK_EVERY", 0.3)
    want_daily(folder)

    async def being_told(stage: Stage) -> None:
        await stage.until(lambda: line(stage) == OUT, "the line")
        QTest.keyClicks(stage.window.composer.edit, "typed on")
        assert stage.window.composer.edit.text() == "typed on"

    async def being_spared(stage: Stage) -> None:
        before = releases.asked
        await stage.until(lambda: releases.asked > before, "the next look")
        await asyncio.sleep(0.1)
        assert line(stage) == ""

    play(qapp, folder, being_told, being_spared)
    assert releases.opened == []


def test_that_a_line_that_was_closed_stays_away(
    qapp: QApplication,
    folder: Path,
    published: Callable[[Behaviour], Releases],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    releases = published(NEWER)
    monkeypatch.setattr(release, "LOOK_EVERY", 0.3)
    want_daily(folder)

    async def journey(stage: Stage) -> None:
        await stage.until(lambda: line(stage) == OUT, "the line")
        close_line(stage)
        assert line(stage) == ""
        before = releases.asked
        await stage.until(lambda: releases.asked > before, "the next day")
        await asyncio.sleep(0.1)
        assert line(stage) == ""

    play(qapp, folder, journey)


def test_that_the_line_opens_our_own_page_and_goes(
    qapp: QApplication, folder: Path, published: Callable[[Behaviour], Releases]
) -> None:
    releases = published(
        json_answer({"tag_name": "99.0.0", "html_url": "https://evil.example/", "url": "file:///"})
    )
    want_daily(folder)

    async def journey(stage: Stage) -> None:
        await stage.until(lambda: line(stage) == OUT, "the line")
        stage.press("Open its page")
        assert line(stage) == ""

    play(qapp, folder, journey)
    assert releases.opened == ["https://github.com/owner/name/releases/latest"]


def test_that_what_was_not_seen_is_told_when_the_window_comes_to_the_front(
    qapp: QApplication,
    folder: Path,
    published: Callable[[Behaviour], Releases],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    published(NEWER)
    monkeypatch.setattr(release_session, "FIRST_LOOK", 0.6)
    want_daily(folder)

    async def journey(stage: Stage) -> None:
        parts = stage.conductor._parts
        other = QWidget()
        other.show()
        other.activateWindow()
        await stage.until(lambda: not stage.window.isActiveWindow(), "another window in front")
        await stage.until(lambda: parts.releases.news is not None, "the news")
        await asyncio.sleep(0.1)
        assert line(stage) == OUT
        assert parts.preferences.now.told_release == ""
        other.close()
        stage.window.activateWindow()
        await stage.until(lambda: parts.preferences.now.told_release == "99.0.0", "it is seen")
        assert line(stage) == OUT, "it stays until it is closed"

    play(qapp, folder, journey)


def test_that_a_daily_look_that_fails_says_nothing(
    qapp: QApplication, folder: Path, published: Callable[[Behaviour], Releases]
) -> None:
    releases = published(json_answer({"message": "no"}, status=500))
    want_daily(folder)

    async def journey(stage: Stage) -> None:
        await stage.until(lambda: releases.asked == 1, "a look")
        await asyncio.sleep(0.2)
        assert line(stage) == ""
        assert stage.window.findChildren(QLabel, "warning")
        assert all(not label.isVisible() for label in stage.window.findChildren(QLabel, "warning"))

    play(qapp, folder, journey)
    assert releases.asked == 1


def test_that_the_preferences_look_at_once_and_the_tick_looks_a_little_later(
    qapp: QApplication, folder: Path, published: Callable[[Behaviour], Releases]
) -> None:
    releases = published(json_answer({"tag_name": "v0.0.1"}))

    async def journey(stage: Stage) -> None:
        stage.conductor.show_preferences()
        dialog = stage.window.findChildren(PreferencesDialog)[0]
        box = next(b for b in dialog.findChildren(QCheckBox) if b.text() == "Look once a day")
        assert releases.asked == 0
        box.click()
        await stage.until(lambda: releases.asked == 1, "the daily look")
        looking = stage.conductor._parts.releases
        await stage.until(lambda: not looking.is_asking, "the end of the daily look")
        stage.press("Look for a newer release", dialog)
        await stage.until(
            lambda: any(
                "The newest release is Headwater 0.0.1" in label.text()
                for label in dialog.findChildren(QLabel)
            ),
            "the outcome",
        )
        dialog.reject()

    play(qapp, folder, journey)
    assert releases.asked == 2
