"""Packages for Windows: an installer for one user, and a zip for those who install nothing.

On Windows they are made with the Python that runs. On Linux Wine stands in: the same recipe, to be
tried there; what people get should come from a real Windows, whose own libraries were looked at.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import frozen_check
from freezing import freeze
from headwater import __version__
from notices import LICENCES, Target, notices
from set_up import SetUpFailedError, say
from windows import contents
from windows.installer import make_installer
from windows.portable import make_portable
from windows.signing import can_sign, sign
from windows.wine import PROGRAMS, PYTHON_VERSION, bring_wine, windows_path, wine

MAKERS = {**PROGRAMS, "makensis": "nsis", "osslsigncode": "osslsigncode"}
LICENCES_FILE = "licences.txt"
TOOLS = ("pyinstaller",)  # it leaves the start of the program in the program
TEXTS = {"What else is in Python for Windows": LICENCES / "windows-libraries.txt"}
_NOT_STARTED = "[WinError 1359]"


def make_windows_packages(out: Path, work: Path) -> list[Path]:
    """Return what was made in `out`.

    Raises:
        SetUpFailedError: a tool is missing, or the program is not whole.
    """
    if sys.platform == "win32":
        frozen = freeze(work)
        text = notices(TOOLS, texts=TEXTS)
        _ask(frozen)
    else:
        frozen, text = _freeze_under_wine(work)
    contents.check(frozen)
    licences = frozen / LICENCES_FILE
    licences.write_text(text, encoding="utf-8-sig", newline="\r\n")  # for an old Notepad
    sign(frozen / name for name in contents.PROGRAMS)
    date = int(os.environ["SOURCE_DATE_EPOCH"])
    settle_dates(frozen, date)
    say("Packing for Windows")
    icon = work / "drawn" / "headwater.ico"
    installer = make_installer(frozen, icon, __version__, out, work, signs=can_sign())
    if can_sign():
        sign([installer])
    return [installer, make_portable(frozen, __version__, date, out)]


def settle_dates(folder: Path, date: int) -> None:
    """Give all files the same date, in seconds since 1970; an installer keeps them."""
    for path in folder.rglob("*"):
        os.utime(path, (date, date))


def _freeze_under_wine(work: Path) -> tuple[Path, str]:
    """Return the frozen folder and the licences of what is in it."""
    folder = bring_wine(MAKERS, tools=True)
    python = folder / "python"
    with wine(folder) as environ, tempfile.TemporaryDirectory() as data:
        frozen = _twice(
            lambda: freeze(work, ["wine", str(python / "python.exe")], windows_path, environ)
        )
        asked = {**environ, "HEADWATER_DATA_DIR": windows_path(Path(data))}
        program = frozen / contents.PROGRAMS[0]
        frozen_check.ask(["wine", str(program)], __version__, asked, "win32")
    markers = {
        "os_name": "nt",
        "sys_platform": "win32",
        "platform_system": "Windows",
        "python_version": PYTHON_VERSION,
        "python_full_version": f"{PYTHON_VERSION}.0",
    }
    target = Target(folder / "site", markers, python / "LICENSE.txt")
    return frozen, notices(TOOLS, target=target, texts=TEXTS)


def _twice(make: Callable[[], Path]) -> Path:
    """Return what `make` gives, made once more if Wine failed to start one of its processes.

    On a busy machine that was seen in one build of five.
    """
    try:
        return make()
    except SetUpFailedError as problem:
        if _NOT_STARTED not in str(problem):
            raise
        say("Wine did not start a process; once more")
        return make()


def _ask(frozen: Path) -> None:
    """Ask the program on the Windows that it was frozen on, away from what the user has there."""
    ours = ("HEADWATER_", "PYTHON", "QT_")
    around = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    with tempfile.TemporaryDirectory() as home:
        environ = {**around, "HOME": home, "HEADWATER_DATA_DIR": home}
        program = frozen / contents.PROGRAMS[0]
        frozen_check.ask([str(program)], __version__, environ, "win32")
