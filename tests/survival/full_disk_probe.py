"""The window on a disk that gets full: it tells on standard output what it saw, as one object.

    python -m tests.survival.full_disk_probe mounted|limited FOLDER ARGUMENT...

FOLDER is on a disk of two megabytes, which a file in there fills; or it is `limited`, on the disk
that everybody uses, and no file may grow while there is to be no room.
"""

from __future__ import annotations

import asyncio
import json
import os
import resource
import sqlite3
import sys
import time
import traceback
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

os.environ["QT_API"] = "pyside6"

from PySide6.QtWidgets import QApplication

from headwater import __main__, app
from headwater.adapters.folders import Folders
from headwater.adapters.keychain import EnvironmentKeys
from headwater.domain.zoom import stepped
from headwater.export.excerpt import whole
from headwater.export.export_format import ExportFormat
from tests.journeys.stage import Stage

_BLOCK = 4096
_LARGEST = 64 * 1024  # bytes of a file where the disk itself cannot be filled
_ANSWERS = "SELECT question, status, text FROM turns JOIN answers ON turn = number ORDER BY number"


class _ProbedApp(app.App):
    """The program, and somebody who goes on while there is no room."""

    folder = Path()
    is_mounted = True

    async def run(self, keys: EnvironmentKeys) -> int:
        probing = asyncio.get_running_loop().create_task(self._probe())
        try:
            return await super().run(keys)
        finally:
            await probing

    async def _probe(self) -> None:
        seen: dict[str, Any] = {}
        try:
            while self.conductor is None:
                await asyncio.sleep(0.01)
            await self._fill_and_go_on(Stage(self, self.window, self.folder), seen)
        except BaseException as error:  # noqa: BLE001 - told in the place of what was to be seen
            seen["broken"] = "".join(traceback.format_exception(error))
        finally:
            print(json.dumps(seen), flush=True)
            self.quit()

    async def _fill_and_go_on(self, stage: Stage, seen: dict[str, Any]) -> None:
        folders = Folders.under(self.folder)
        preferences = stage.conductor._parts.preferences
        preferences._retry_time = 0.5
        stage.type("Before?")
        await stage.settled()
        await asyncio.sleep(1.0)  # the preferences are written
        kept = _kept(folders.database)
        chosen = folders.preferences.read_bytes()
        room = _Room(self.folder, is_mounted=self.is_mounted)
        room.take_away()
        stage.type("Is there room?")
        began = time.monotonic()
        problem = stage.window._problem
        await stage.until(problem.isVisible, "a message")
        seen["seconds"] = time.monotonic() - began
        seen["message"] = problem.text()
        preferences.update(zoom=stepped(preferences.now.zoom, 1))
        await stage.settled()
        seen["on the screen"] = [f"word{n} " in stage.text for n in range(60)].count(True)
        stage.window.actions_by_name.copy_answer.trigger()
        seen["copied"] = [f"word{n} " in QApplication.clipboard().text() for n in range(60)].count(
            True
        )
        seen["exported"] = await _export(stage, self.folder / "answer.md")
        seen["left of the export"] = [p.name for p in self.folder.glob("*answer.md*")]
        await asyncio.sleep(1.0)
        seen["kept while full"] = [each for each in _kept(folders.database) if each in kept]
        seen["is history whole"] = _is_whole(folders.database)
        seen["are preferences whole"] = folders.preferences.read_bytes() == chosen
        room.give_back()
        await stage.until(lambda: not problem.isVisible(), "that all is kept")
        await asyncio.sleep(0.5)
        seen["kept"] = _kept(folders.database)
        seen["chosen"] = json.loads(folders.preferences.read_bytes())["zoom"]
        seen["crashes"] = folders.crash_file.exists()


async def _export(stage: Stage, path: Path) -> str:
    told: list[str] = []
    excerpt = whole(stage.conversation, stage.conversation.updated)
    stage.conductor._parts.write_export(
        excerpt, ExportFormat.MARKDOWN, str(path), told.append, may_replace=False
    )
    await stage.until(lambda: told, "the end of the export")
    return told[0]


class _Room:
    """What is left of a disk, or where it is everybody's, how large this process's files may be."""

    def __init__(self, folder: Path, *, is_mounted: bool) -> None:
        self._filler = folder / "filler"
        self._is_mounted = is_mounted
        self._usual = resource.getrlimit(resource.RLIMIT_FSIZE)

    def take_away(self) -> None:
        """Write until nothing more can be written."""
        if not self._is_mounted:
            resource.setrlimit(resource.RLIMIT_FSIZE, (_LARGEST, self._usual[1]))
            return
        with self._filler.open("ab", buffering=0) as file, suppress(OSError):
            while True:
                file.write(b"x" * _BLOCK)

    def give_back(self) -> None:
        """Make room again."""
        resource.setrlimit(resource.RLIMIT_FSIZE, self._usual)
        self._filler.unlink(missing_ok=True)


def _kept(database: Path) -> list[list[str]]:
    """Return questions and answers as another program finds them."""
    with closing(sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True)) as connection:
        return [[json.loads(asked)["text"], *row] for asked, *row in connection.execute(_ANSWERS)]


def _is_whole(database: Path) -> bool:
    with closing(sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True)) as connection:
        return bool(connection.execute("PRAGMA integrity_check").fetchone() == ("ok",))


if __name__ == "__main__":
    _ProbedApp.is_mounted = sys.argv[1] == "mounted"
    _ProbedApp.folder = Path(sys.argv[2])
    app.App = _ProbedApp  # type: ignore[misc]
    sys.exit(__main__.main(["--data-dir", *sys.argv[2:]]))
