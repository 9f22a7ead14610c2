"""The command that starts this very program again: for the login, the menu, a desktop’s key."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path


def program_command(
    environ: Mapping[str, str] = os.environ,
    executable: str = sys.executable,
    platform: str = sys.platform,
    find: Callable[[str], str | None] = shutil.which,
    *,
    is_frozen: bool | None = None,
) -> tuple[str, ...]:
    """Return the arguments that start this program, an absolute path first."""
    if is_frozen is None:
        is_frozen = bool(getattr(sys, "frozen", False))
    if image := _app_image(environ, executable):
        return (image,)
    # On Windows the other one opens a console beside the window.
    script = "headwater-window.exe" if platform == "win32" else "headwater"
    beside = Path(executable).parent / script
    if is_frozen:
        return (str(beside) if platform == "win32" and beside.is_file() else executable,)
    if executable and os.access(beside, os.X_OK):
        return (str(beside),)
    found = find(script)
    if found and _is_started_by(Path(found), executable):
        return (str(Path(found).absolute()),)
    if platform == "win32":
        silent = Path(executable).with_name("pythonw.exe")
        executable = str(silent) if silent.exists() else executable
    return (executable or "python3", "-m", "headwater")


def command_text(command: Sequence[str], platform: str = sys.platform) -> str:
    """Return `command` as a person types it, or gives it to the settings of a desktop."""
    return subprocess.list2cmdline(command) if platform == "win32" else shlex.join(command)


def _app_image(environ: Mapping[str, str], executable: str) -> str:
    """Return the AppImage that we run from; a terminal started by another one sets the same."""
    image, mounted = environ.get("APPIMAGE", ""), environ.get("APPDIR", "")
    if not image or not mounted or not Path(image).is_file():
        return ""
    program, folder = Path(executable).resolve(), Path(mounted).resolve()
    return image if program.is_relative_to(folder) else ""


def _is_started_by(script: Path, executable: str) -> bool:
    """Whether the first line of `script` names the interpreter that we run in."""
    with suppress(OSError, ValueError):
        with script.open("rb") as file:
            first = file.readline(1000)
        if not first.startswith(b"#!"):
            return False
        interpreter = first[2:].decode().strip()
        # By name and not by what it links to: every virtual environment links to the same one.
        return os.path.normpath(interpreter) == os.path.normpath(executable)
    return False
