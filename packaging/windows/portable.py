"""The folder in a zip, for those who install nothing: it keeps its data beside itself.

The same files, whose dates are the commit's, give the same bytes.
"""

from __future__ import annotations

import zipfile
from datetime import UTC, datetime
from pathlib import Path

STARTER = "Headwater portable.cmd"
# `%~dp0` is the folder of this very file, with a backslash at its end.
_STARTER_TEXT = """\
@echo off
rem Starts Headwater and keeps its history and preferences in the folder "data" beside this file.
rem Keys stay in the Credential Manager of this computer.
start "" "%~dp0headwater-window.exe" --data-dir "%~dp0data" %*
"""
_DOS_BEGINS = 315532800  # 1980-01-01, before which a zip knows no date


def make_portable(folder: Path, version: str, date: int, out: Path) -> Path:
    """Pack all that is in `folder`; `date` is in seconds since 1970. Return the zip's path."""
    out.mkdir(parents=True, exist_ok=True)
    made = out / f"Headwater-{version}-portable.zip"
    contents = {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }
    contents[STARTER] = _STARTER_TEXT.replace("\n", "\r\n").encode()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as packed:
        for name in sorted(contents):
            packed.writestr(_entry(f"Headwater-{version}/{name}", date), contents[name])
    return made


def _entry(name: str, date: int) -> zipfile.ZipInfo:
    when = datetime.fromtimestamp(max(date, _DOS_BEGINS), UTC)
    entry = zipfile.ZipInfo(name, when.timetuple()[:6])
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.create_system = 0  # Windows, also when made elsewhere
    return entry
