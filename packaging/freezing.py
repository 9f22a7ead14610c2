"""Freezes the program into a folder that needs no Python; the same recipe for every system."""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from importlib.metadata import packages_distributions
from pathlib import Path

from packaging.utils import canonicalize_name

from command import said
from headwater import __version__
from headwater.adapters.folders import resource
from icons import draw_icns, draw_ico
from notices import APP_LOCK, names_in
from set_up import ROOT, SetUpFailedError, say

SPEC = ROOT / "packaging" / "headwater.spec"
# What is packed is compressed once more. At a start it would only have to be undone: 12 ms.
UNCOMPRESSED = {"PYINSTALLER_ZLIB_COMPRESSION_LEVEL": "0"}


def freeze(
    work: Path,
    python: Sequence[str] = (sys.executable,),
    path_text: Callable[[Path], str] = str,
    environ: Mapping[str, str] = os.environ,
) -> Path:
    """Let PyInstaller make everything anew in `work`; return the folder with the program.

    `python` starts the interpreter that goes into it, `path_text` says a path as that one knows it.

    Raises:
        SetUpFailedError: PyInstaller failed, or packed what is none of the program's.
    """
    say(f"Freezing with {said([*python, '--version'], environ).strip()}")
    shutil.rmtree(work, ignore_errors=True)
    drawn = work / "drawn"  # read by the spec
    drawn.mkdir(parents=True)
    (work / "built-with.txt").write_text(python[0], encoding="utf-8")  # for `bench packages`
    picture = resource("icons") / "headwater.svg"
    draw_ico(picture, drawn / "headwater.ico")
    draw_icns(picture, drawn / "headwater.icns")
    from windows.version_resource import version_resource

    (drawn / "version.txt").write_text(version_resource(__version__), encoding="utf-8")
    places = ["--distpath", path_text(work / "frozen"), "--workpath", path_text(work)]
    command = [*python, "-m", "PyInstaller", "--noconfirm", "--log-level", "WARN", *places]
    said([*command, path_text(SPEC)], {**environ, **UNCOMPRESSED})
    modules = (work / "headwater" / "modules.txt").read_text(encoding="utf-8").split()
    if extra := sorted(foreign_modules(modules)):
        raise SetUpFailedError(f"Frozen though Headwater does not depend on it: {', '.join(extra)}")
    return work / "frozen" / "headwater"


def foreign_modules(modules: Iterable[str]) -> set[str]:
    """Return those that only the environment to build with brings, tools for the most part."""
    locked = names_in(APP_LOCK.read_text(encoding="utf-8"))
    packed = {canonicalize_name(name) for name in ("headwater", *locked)}
    brought = packages_distributions()
    return {
        name
        for name in modules
        if (owners := brought.get(name)) and packed.isdisjoint(map(canonicalize_name, owners))
    }


def forget_this_machine(frozen: Path) -> None:
    """Let no library look for others in a folder that is only known here.

    On another machine that folder may belong to anybody. Ours are found by `LD_LIBRARY_PATH`, which
    the program sets for itself before Python starts.
    """
    for path in sorted(frozen.rglob("*")):
        if is_library(path) and foreign_folders(headers_of(path)):
            said(["chrpath", "--delete", str(path)])


def foreign_folders(headers: str) -> list[str]:
    """Return the folders, among those that a library searches, that do not go with it."""
    searched = re.findall(r"^\s+R(?:UN)?PATH\s+(\S+)", headers, re.MULTILINE)
    folders = (folder for value in searched for folder in value.split(":"))
    return [folder for folder in folders if not folder.startswith("$ORIGIN")]


def asked_for(frozen: Path) -> tuple[set[str], str]:
    """Return the libraries that the folder asks for and does not hold, and the newest glibc.

    A plugin whose library is not there is silently not loaded, so each of them counts.
    """
    needed: set[str] = set()
    versions = {(2, 0)}
    held = {path.name for path in frozen.rglob("*")}
    for path in sorted(frozen.rglob("*")):
        if not is_library(path):
            continue
        headers = headers_of(path)
        needed |= set(re.findall(r"^\s+NEEDED\s+(\S+)", headers, re.MULTILINE))
        versions |= {
            (int(major), int(minor)) for major, minor in re.findall(r"GLIBC_(\d+)\.(\d+)", headers)
        }
    newest = max(versions)
    return needed - held, f"{newest[0]}.{newest[1]}"


def is_library(path: Path) -> bool:
    """Whether a file is a library or a program of Linux, and no link to one."""
    if path.is_symlink() or not path.is_file():
        return False
    with path.open("rb") as file:
        return file.read(4) == b"\x7fELF"


def headers_of(path: Path) -> str:
    """Return what the dynamic linker reads of a library, as objdump prints it."""
    return said(["objdump", "-p", str(path)])
