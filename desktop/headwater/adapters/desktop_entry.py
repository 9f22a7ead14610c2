"""The entry in the applications menu of a Linux desktop, which some need for a global shortcut."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from headwater.adapters import desktop_file
from headwater.adapters.desktop_file import APP_ID, FILE_NAME, command_line

_REFRESH_LIMIT = 5.0  # seconds
_DATA_DIRS = "/usr/local/share:/usr/share"
_LEFT_BY_BUNDLES = ("LD_LIBRARY_PATH", "LD_PRELOAD", "PYTHONHOME", "PYTHONPATH", "QT_PLUGIN_PATH")


class DesktopEntry:
    """Looks in every place that desktops read; writes to the user's own."""

    def __init__(
        self,
        command: Sequence[str],
        icon: Path,
        environ: Mapping[str, str] = os.environ,
        refresh: Callable[[Path, Mapping[str, str]], None] | None = None,
    ) -> None:
        """Take the arguments that start this program, and its icon as SVG.

        `refresh` tells the desktop that the folder it is given has changed.
        """
        self._command = tuple(command)
        self._icon = icon
        self._environ = environ
        self._refresh = refresh or _update_database

    def is_installed(self) -> bool:
        """Whether a desktop would find an entry of ours whose program is there."""
        for folder in (self._data_home, *_folders(self._environ.get("XDG_DATA_DIRS", ""))):
            path = folder / "applications" / FILE_NAME
            if not path.is_file():
                continue
            # The first one counts: it may be there to hide those that follow.
            found = desktop_file.values(desktop_file.read(path))
            wanted = [found[key] for key in ("TryExec", "Exec") if found.get(key)]
            is_hidden = found.get("Hidden") == "true"
            return not is_hidden and bool(wanted) and all(map(desktop_file.is_there, wanted))
        return False

    def install(self) -> str:
        """Write the entry and its icon; return why that failed, in plain words, or "".

        Takes as long as the desktop's own tool does, five seconds at most.
        """
        place = self._data_home / "applications" / FILE_NAME
        picture = self._data_home / "icons/hicolor/scalable/apps" / f"{APP_ID}.svg"
        try:
            _replace(picture, self._icon.read_bytes())
            _replace(place, self.text().encode())
        except OSError as error:
            reason = error.strerror.lower() if error.strerror else type(error).__name__
            return f"The entry could not be written to {place.parent}: {reason}."
        self._refresh(place.parent, self._environ)
        return ""

    def text(self) -> str:
        """Return what the entry says."""
        lines = (
            "[Desktop Entry]",
            "Type=Application",
            "Name=Headwater",
            "GenericName=Answers with sources",
            "Comment=Ask a question and read the answer with its sources",
            f"Exec={command_line(self._command, '%U')}",
            f"Icon={APP_ID}",
            "Terminal=false",
            "Categories=Network;Qt;",
            "Keywords=ask;answer;question;search;sources;citations;",
            "StartupNotify=true",
            "StartupWMClass=Headwater",  # what Qt makes of the application’s name on X11
            "MimeType=x-scheme-handler/headwater;",
            "Actions=quick-ask;new-question;",
            "",
            "[Desktop Action quick-ask]",
            "Name=Quick ask",
            f"Exec={command_line((*self._command, '--quick-ask'))}",
            "",
            "[Desktop Action new-question]",
            "Name=New question",
            f"Exec={command_line((*self._command, '--ask', ''))}",
        )
        return "\n".join(lines) + "\n"

    @property
    def _data_home(self) -> Path:
        chosen = self._environ.get("XDG_DATA_HOME", "")
        if chosen.startswith("/"):
            return Path(chosen)
        return Path(self._environ.get("HOME") or Path.home()) / ".local/share"


def clean_environment(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the environment for a program of the system's, without what a bundle has set."""
    clean = dict(environ)
    for name in _LEFT_BY_BUNDLES:
        before = clean.pop(f"{name}_ORIG", None)  # PyInstaller keeps the user's own there
        clean.pop(name, None)
        if before:
            clean[name] = before
    return clean


def _folders(data_dirs: str) -> tuple[Path, ...]:
    listed = (data_dirs or _DATA_DIRS).split(":")
    return tuple(Path(folder) for folder in listed if folder.startswith("/"))


def _replace(path: Path, data: bytes) -> None:
    """Write a file that every program may read; what reads it sees the old one or the new."""
    path.parent.mkdir(parents=True, exist_ok=True)
    target = path.resolve() if path.is_symlink() else path
    draft = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        draft.write_bytes(data)
        draft.replace(target)
    finally:
        with suppress(OSError):
            draft.unlink(missing_ok=True)


def _update_database(folder: Path, environ: Mapping[str, str]) -> None:
    """Let `headwater:` links find the entry; without the tool they do after the next log-in."""
    program = shutil.which("update-desktop-database")
    if program is None:
        return
    with suppress(OSError, subprocess.SubprocessError):
        subprocess.run(  # noqa: S603 - the desktop's own tool, by its full path
            [program, str(folder)],
            env=clean_environment(environ),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=_REFRESH_LIMIT,
            check=False,
        )
