"""A picture of the screen, taken by the person with the desktop's own tool (Screenshot portal)."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from urllib.parse import unquote_to_bytes, urlsplit

from headwater.adapters.daemon_thread import DaemonThread
from headwater.adapters.portal_request import PORTAL, Verdict, ask, register, version
from headwater.adapters.session_bus import BusError, SessionBus, Start, Trouble

_INTERFACE = "Screenshot"
_DIALOG = 600.0  # seconds that a person may take to choose what is in the picture
_LARGEST = 20 * 1024 * 1024  # bytes
_PNG = b"\x89PNG\r\n\x1a\n"

_NO_PORTAL = "This desktop has no portal that takes pictures of the screen."
_NOT_TAKEN = "The desktop did not take the picture."
_NOT_READ = "The picture that the desktop took cannot be read."
_WORDS = {
    Trouble.NO_BUS: "There is no session bus, by which programs ask the desktop for a picture.",
    Trouble.LOST: "The connection to the desktop's session bus has ended.",
    Trouble.GONE: "The desktop's portal stopped before the picture was taken.",
    Trouble.SILENT: "The desktop's portal did not answer.",
    Trouble.ABSENT: _NO_PORTAL,
    Trouble.NONSENSE: "The desktop's portal answered in a way that makes no sense.",
}


class ScreenshotError(Exception):
    """There is no picture; the message says why in plain words."""


class ScreenshotPortal:
    """Lets the person choose what of the screen to show, and reads that."""

    def __init__(self, start: Start, app_id: str) -> None:
        """Take `TaskScope.start` and the name of the desktop file."""
        self._start = start
        self._app_id = app_id

    async def take(self, parent_window: str = "") -> bytes | None:
        """Return the picture as PNG, at most 20 MB, or None when the person thought better of it.

        `parent_window` is what the dialog belongs to, as portals write it (`x11:<hex>` or
        `wayland:<handle>`). Cancelling takes the dialog away. The desktop's file stays where
        it is.

        Raises:
            ScreenshotError: there is none.
        """
        try:
            uri = await self._taken(parent_window)
        except BusError as error:
            raise ScreenshotError(_WORDS.get(error.trouble, _NOT_TAKEN)) from error
        if uri is None:
            return None
        path = _path_in(uri)
        thread = DaemonThread("headwater-screenshot")
        picture = thread.call(lambda: _read(path))
        thread.finish()
        return await picture

    async def _taken(self, parent_window: str) -> str | None:
        bus = await SessionBus.open(self._start)
        try:
            await bus.start_service(PORTAL)
            await register(bus, self._app_id)
            if not await version(bus, _INTERFACE):
                raise ScreenshotError(_NO_PORTAL)
            answer = await ask(
                *(bus, _INTERFACE, "Screenshot", "sa{sv}", (parent_window,)),
                {"interactive": ("b", True), "modal": ("b", True)},
                patience=_DIALOG,
            )
        finally:
            bus.close()
        match answer.verdict, answer.value("uri"):
            case Verdict.GRANTED, str(uri):
                return uri
            case Verdict.DENIED, _:
                return None
            case Verdict.ENDED, _:
                raise ScreenshotError(_NOT_TAKEN)
        raise BusError(Trouble.NONSENSE, "a picture without a place")


def _path_in(uri: str) -> Path:
    """Return the path that a file URI of this machine names (RFC 8089).

    Raises:
        ScreenshotError: it is something else.
    """
    try:
        parts = urlsplit(uri)
    except ValueError as error:
        raise ScreenshotError(_NOT_READ) from error
    path = unquote_to_bytes(parts.path)
    if parts.scheme != "file" or parts.netloc not in ("", "localhost") or b"\0" in path:
        raise ScreenshotError(_NOT_READ)
    return Path(os.fsdecode(path))


def _read(path: Path) -> bytes:
    """Return the picture at `path`; runs on a thread of its own, because a disk may be slow.

    Raises:
        ScreenshotError: it is too large, or no picture.
    """
    try:
        # Not to wait for somebody to write, should the path name a pipe.
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK), "rb") as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise ScreenshotError(_NOT_READ)
            picture = file.read(_LARGEST + 1)
    except OSError as error:
        raise ScreenshotError(_NOT_READ) from error
    if len(picture) > _LARGEST:
        raise ScreenshotError("The picture is larger than 20 MB.")
    if not picture.startswith(_PNG):
        raise ScreenshotError(_NOT_READ)
    return picture
