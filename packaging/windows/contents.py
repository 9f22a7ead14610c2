"""What the frozen folder for Windows may hold, because what is wrong there shows only elsewhere.

A library of Wine runs on no Windows; one of our stand-ins would take the place of Windows' own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from set_up import SetUpFailedError

PROGRAMS = ("headwater.exe", "headwater-window.exe")
# Beside what the program tells of itself (`frozen_check.NEEDED`): without these it cannot start.
NEEDED = (*PROGRAMS, "_internal/base_library.zip", "_internal/certifi/cacert.pem")
# Stand-ins for Wine, what draws without a graphics card, and Qt for other kinds of programs.
UNWANTED = re.compile(
    r"^(icuuc|mscms|opengl32sw|d3dcompiler_\w+|api-ms-win-\S+|ucrtbase)\.dll$"
    r"|^(q|qt|qt6)?(quick|qml|pdf|labs|designer|webengine|virtualkeyboard|opengl)",
    re.IGNORECASE,
)
# Wine's loader tells its own libraries by this, in the place of the program for DOS.
MARKS = (b"Wine builtin DLL", b"Wine placeholder DLL")
_MARK_AT = 64  # bytes


def check(folder: Path) -> None:
    """Look at every file.

    Raises:
        SetUpFailedError: something is missing or should not be there; names all of it.
    """
    files = {path.relative_to(folder).as_posix(): path for path in sorted(folder.rglob("*"))}
    files = {name: path for name, path in files.items() if path.is_file()}
    problems = [f"missing: {name}" for name in NEEDED if name not in files]
    problems += [f"not wanted: {name}" for name in unwanted(files)]
    problems += [f"out of Wine: {name}" for name, path in files.items() if is_out_of_wine(path)]
    if problems:
        raise SetUpFailedError("\n".join(("The frozen folder is not right.", *problems)))


def unwanted(names: Iterable[str]) -> list[str]:
    """Return the names, as paths with slashes, of what no Headwater for Windows needs."""
    return [
        name
        for name in names
        if UNWANTED.match(PurePosixPath(name).name) and is_library(PurePosixPath(name).name)
    ]


def is_library(name: str) -> bool:
    """Whether Windows would load a file of that name."""
    return name.lower().endswith((".dll", ".pyd", ".exe"))


def is_out_of_wine(path: Path) -> bool:
    """Whether a library is one that Wine puts in the place of Windows' own."""
    if not is_library(path.name):
        return False
    with path.open("rb") as file:
        file.seek(_MARK_AT)
        return file.read(len(max(MARKS, key=len))).startswith(MARKS)
