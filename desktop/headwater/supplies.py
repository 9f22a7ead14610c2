"""What the quick ask takes from outside the program, off the way of the loop: files, the screen."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from stat import S_ISREG
from typing import TYPE_CHECKING

from PySide6.QtGui import QScreen

from headwater.adapters.daemon_thread import DaemonThread
from headwater.adapters.folders import resource
from headwater.domain.attachment import (
    LARGEST_TOGETHER,
    Attachment,
    UnusableAttachmentError,
    attachment_of,
)
from headwater.session.task_scope import TaskScope
from headwater.ui.plain_text import one_line
from headwater.ui.theme import Theme

if TYPE_CHECKING:
    from headwater.ui.quick_ask.quick_window import QuickWindow
    from headwater.ui.quick_ask.region_picker import RegionPicker

FilesRead = Callable[[tuple[Attachment, ...], str], None]
ScreenshotTaken = Callable[[bytes | None, str], None]


class Supplies:
    """Hands what was asked for, or a plain sentence on why there is nothing, to a callable."""

    def __init__(self, scope: TaskScope, app_id: str, *, uses_portal: bool) -> None:
        """Take whether only the desktop's portal can take a picture of the screen."""
        self._scope = scope
        self._app_id = app_id
        self._uses_portal = uses_portal
        self.picker: RegionPicker | None = None

    def read_files(self, paths: Sequence[str], done: FilesRead) -> None:
        """Read all of `paths`; none is handed over if one cannot be."""

        async def read() -> None:
            thread = DaemonThread("headwater-files")
            try:
                found = await thread.call(lambda: tuple(_read(path) for path in paths))
            except UnusableAttachmentError as error:
                done((), str(error))
            else:
                done(found, "")
            finally:
                thread.finish()

        self._scope.start(read(), "read files")

    def take_screenshot(self, screen: QScreen, theme: Theme, done: ScreenshotTaken) -> None:
        """Let the person choose a part of the screen; hand over a PNG, or None if they gave up."""
        if sys.platform == "darwin":
            self._scope.start(_shoot_mac(done), "screenshot")
        elif self._uses_portal:
            self._scope.start(self._shoot_portal(done), "screenshot")
        else:
            self._pick_region(screen, theme, done)

    async def _shoot_portal(self, done: ScreenshotTaken) -> None:
        from headwater.adapters.screenshot_portal import ScreenshotError, ScreenshotPortal

        try:
            done(await ScreenshotPortal(self._scope.start, self._app_id).take(), "")
        except ScreenshotError as error:
            done(None, str(error))

    def _pick_region(self, screen: QScreen, theme: Theme, done: ScreenshotTaken) -> None:
        from headwater.ui.quick_ask.region_picker import RegionPicker

        def picked(png: bytes | None) -> None:
            self.picker = None
            done(png, "")

        picker = self.picker = RegionPicker(screen, theme, picked)
        picker.showFullScreen()
        picker.raise_()
        picker.activateWindow()


class MenuEntry:
    """The program's entry in the applications menu, written off the way of the loop."""

    def __init__(self, scope: TaskScope, command: tuple[str, ...]) -> None:
        """Take the arguments that start this program."""
        from headwater.adapters.desktop_entry import DesktopEntry

        self._scope = scope
        self._entry = DesktopEntry(command, resource("icons") / "headwater.svg")

    def is_installed(self) -> bool:
        """Whether the desktop would find it."""
        return self._entry.is_installed()

    def install(self, done: Callable[[str], None]) -> None:
        """Add it; `done` hears why that failed, in plain words, or an empty string."""

        async def install() -> None:
            thread = DaemonThread("headwater-entry")
            try:
                done(await thread.call(self._entry.install))
            finally:
                thread.finish()

        self._scope.start(install(), "applications menu")


def choose_file(window: QuickWindow, done: Callable[[Sequence[str]], None]) -> None:
    """Let the person choose files; `done` hears their paths."""
    from PySide6.QtWidgets import QFileDialog  # 1 MB that most runs never need

    dialog = QFileDialog(window, "Add a file")
    dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)
    dialog.filesSelected.connect(done)
    dialog.finished.connect(dialog.deleteLater)
    dialog.open()


def _read(path: str) -> Attachment:
    name = one_line(Path(path).name, 80)
    try:
        if not S_ISREG(Path(path).stat().st_mode):  # a pipe would be waited for, for ever
            raise UnusableAttachmentError(f"{name} is no file.")
        with Path(path).open("rb") as file:
            data = file.read(LARGEST_TOGETHER + 1)
    except OSError as error:
        words = (error.strerror or "it cannot be read").lower()
        raise UnusableAttachmentError(f"{name} cannot be read: {words}.") from error
    return attachment_of(Path(path).name, data)


async def _shoot_mac(done: ScreenshotTaken) -> None:
    from headwater.adapters.mac_screenshot import take_mac_screenshot

    try:
        done(await take_mac_screenshot(), "")
    except OSError as error:
        done(None, f"No screenshot could be taken: {error.strerror or error}.")
