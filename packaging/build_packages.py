"""Makes what people install, into `dist/`; `dev.py build` starts it in its own environment."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import frozen_check
from headwater import __version__
from linux.deb import headers_of, is_library, make_deb
from notices import notices
from set_up import ROOT, SetUpFailedError, say

OUT = ROOT / "dist"
WORK = ROOT / "build"
KINDS = ("deb", "wheel")


def main(arguments: Sequence[str]) -> int:
    """Make the kinds of package that are named, or all of them."""
    if set(arguments) - set(KINDS):
        say(f"usage: python3 packaging/dev.py build [{'|'.join(KINDS)}]")
        return 2
    os.umask(0o022)
    os.environ.update(same_every_time(ROOT))
    try:
        for kind in arguments or KINDS:
            began = time.monotonic()
            package = deb() if kind == "deb" else wheel()
            size = package.stat().st_size / 1e6
            say(f"{package.relative_to(ROOT)}: {size:.1f} MB in {time.monotonic() - began:.0f} s")
    except SetUpFailedError as problem:
        say(str(problem))
        return 1
    return 0


def deb() -> Path:
    """Freeze, ask the frozen program, and only then pack it."""
    if not sys.platform.startswith("linux"):
        raise SetUpFailedError("A Debian package is built on Debian or a relative of it.")
    frozen = freeze(WORK)
    forget_this_machine(frozen)
    frozen_check.check(frozen / "headwater", __version__)
    collected = (WORK / "headwater" / "collected.txt").read_text(encoding="utf-8")
    say("Packing")
    text = notices(["pyinstaller"], libraries_of_system(collected))
    return make_deb(frozen, text, __version__, OUT, WORK)


def wheel() -> Path:
    """Build the wheel and look whether every file of the package is in it."""
    OUT.mkdir(exist_ok=True)
    made = OUT / f"headwater-{__version__}-py3-none-any.whl"
    made.unlink(missing_ok=True)
    _do([sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(OUT)])
    with zipfile.ZipFile(made) as packed:
        lacking = files_of_package(ROOT) - set(packed.namelist())
    if lacking:
        raise SetUpFailedError(f"The wheel lacks {', '.join(sorted(lacking))}")
    return made


def freeze(work: Path) -> Path:
    """Let PyInstaller make the folder with the program; return it."""
    say(f"Freezing with Python {sys.version.split()[0]}")
    frozen = work / "frozen"
    shutil.rmtree(work, ignore_errors=True)
    where = ["--distpath", str(frozen), "--workpath", str(work)]
    spec = str(ROOT / "packaging" / "headwater.spec")
    _do([sys.executable, "-m", "PyInstaller", "--noconfirm", "--log-level", "WARN", *where, spec])
    return frozen / "headwater"


def forget_this_machine(frozen: Path) -> None:
    """Let no library look for others in a folder that is only known here.

    On another machine that folder may belong to anybody. Ours are found by `LD_LIBRARY_PATH`, which
    the program sets for itself before Python starts.
    """
    for path in sorted(frozen.rglob("*")):
        if is_library(path) and foreign_folders(headers_of(path)):
            _do(["chrpath", "--delete", str(path)])


def foreign_folders(headers: str) -> list[str]:
    """Return the folders, among those that a library searches, that do not go with it."""
    searched = re.findall(r"^\s+R(?:UN)?PATH\s+(\S+)", headers, re.MULTILINE)
    folders = (folder for value in searched for folder in value.split(":"))
    return [folder for folder in folders if not folder.startswith("$ORIGIN")]


def files_of_package(root: Path) -> set[str]:
    """Return the names that the package's files have once installed."""
    homes = {root / "desktop" / "headwater": "headwater", root / "resources": "headwater/resources"}
    return {
        f"{name}/{path.relative_to(folder).as_posix()}"
        for folder, name in homes.items()
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


def libraries_of_system(collected: str) -> list[Path]:
    """Return the files of the distribution among all that `headwater.spec` says it collected."""
    sources = (line.partition("\t")[2] for line in collected.splitlines())
    return [Path(source) for source in sources if source.startswith(("/lib", "/usr/lib"))]


def same_every_time(root: Path, environ: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Return what makes the tools give the same bytes again: the commit's date, and a fixed hash.

    Outside of a repository the date is that of the project's description.
    """
    asked = subprocess.run(
        ["git", "log", "-1", "--format=%ct"], cwd=root, capture_output=True, text=True, check=False
    )
    written = str(int((root / "pyproject.toml").stat().st_mtime))
    date = environ.get("SOURCE_DATE_EPOCH") or asked.stdout.strip() or written
    return {"SOURCE_DATE_EPOCH": date, "PYTHONHASHSEED": "0", "QT_QPA_PLATFORM": "offscreen"}


def _do(command: Sequence[str]) -> None:
    done = subprocess.run(
        command,
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SetUpFailedError(f"{' '.join(command[:3])} failed:\n{done.stdout[-4000:]}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
