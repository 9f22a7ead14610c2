"""Makes what people install, into `dist/`; `dev.py build` starts it in its own environment."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import frozen_check
from command import said
from freezing import asked_for, forget_this_machine, freeze
from headwater import __version__
from notices import notices
from set_up import ROOT, SetUpFailedError, say

OUT = ROOT / "dist"
WORK = ROOT / "build"


def main(arguments: Sequence[str]) -> int:
    """Make the kinds of package that are named, or all that this system can make."""
    if set(arguments) - set(KINDS):
        say(f"usage: python3 packaging/dev.py build [{'|'.join(KINDS)}]")
        return 2
    os.umask(0o022)
    os.environ.update(same_every_time(ROOT))
    try:
        for kind in arguments or kinds_of(sys.platform):
            began = time.monotonic()
            for package in KINDS[kind]():
                size = package.stat().st_size / 1e6
                took = time.monotonic() - began
                say(f"{package.relative_to(ROOT)}: {size:.1f} MB in {took:.0f} s")
    except SetUpFailedError as problem:
        say(str(problem))
        return 1
    return 0


def kinds_of(platform: str) -> tuple[str, ...]:
    """Return the kinds of package that are made on this system when none is named."""
    systems = {"win32": ("windows", "wheel"), "darwin": ("macos", "wheel")}
    return systems.get(platform, ("deb", "rpm", "appimage", "wheel"))


def deb() -> list[Path]:
    """Pack for Debian and its relatives."""
    from linux.deb import make_deb

    frozen = frozen_for_linux()
    say("Packing for Debian")
    return [make_deb(frozen, notices(["pyinstaller"], collected()), __version__, OUT, WORK)]


def rpm() -> list[Path]:
    """Pack for Fedora, openSUSE and their relatives."""
    from linux.rpm import make_rpm

    frozen = frozen_for_linux()
    say("Packing for RPM systems")
    text = notices(["pyinstaller"], collected())
    date = datetime.fromtimestamp(int(os.environ["SOURCE_DATE_EPOCH"]), UTC)
    return [make_rpm(frozen, text, __version__, f"{date:%Y-%m-%dT%H:%M:%SZ}", OUT, WORK)]


def appimage() -> list[Path]:
    """Make the one file that runs without being installed, or what is in it."""
    from linux import appimage as image

    frozen = frozen_for_linux()
    say("Packing an AppImage")
    libraries = image.bundled_libraries(asked_for(frozen)[0])
    text = notices(["pyinstaller"], [*collected(), *libraries.values()])
    image.lay_out_appdir(WORK / "AppDir", frozen, libraries, text)
    squashed = image.squash(WORK / "AppDir", WORK / "AppDir.squashfs")
    runtime = WORK / "runtime"
    if image.bring_runtime(runtime):
        return [image.assemble(runtime, squashed, __version__, OUT)]
    say("The official runtime of AppImage cannot be downloaded here; this is what goes behind it:")
    return [squashed]


def windows() -> list[Path]:
    """Make the installer and the folder in a zip; on Linux with the help of Wine, to try them."""
    from windows.packages import make_windows_packages

    return make_windows_packages(OUT, WORK / "windows")


def macos() -> list[Path]:
    """Make the disk image with the application; signed if the environment has what it takes."""
    from macos.packages import make_mac_packages

    return make_mac_packages(OUT, WORK)


@cache
def frozen_for_linux() -> Path:
    """Freeze once for all packages of Linux, and ask the program before it is packed.

    Raises:
        SetUpFailedError: this is no Linux, or the program is not whole.
    """
    if not sys.platform.startswith("linux"):
        raise SetUpFailedError("A package for Linux is built on Linux.")
    frozen = freeze(WORK)
    forget_this_machine(frozen)
    frozen_check.check(frozen / "headwater", __version__)
    return frozen


def collected() -> list[Path]:
    """Return the files of this distribution that were frozen with the program."""
    text = (WORK / "headwater" / "collected.txt").read_text(encoding="utf-8")
    return libraries_of_system(text)


def wheel() -> list[Path]:
    """Build the wheel and look whether every file of the package is in it."""
    OUT.mkdir(exist_ok=True)
    made = OUT / f"headwater-{__version__}-py3-none-any.whl"
    made.unlink(missing_ok=True)
    said([sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(OUT)])
    with zipfile.ZipFile(made) as packed:
        lacking = files_of_package(ROOT) - set(packed.namelist())
    if lacking:
        raise SetUpFailedError(f"The wheel lacks {', '.join(sorted(lacking))}")
    return [made]


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
    try:
        command = ["git", "log", "-1", "--format=%ct"]
        asked = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
        committed = asked.stdout.strip()
    except OSError:  # no git
        committed = ""
    written = str(int((root / "pyproject.toml").stat().st_mtime))
    date = environ.get("SOURCE_DATE_EPOCH") or committed or written
    return {"SOURCE_DATE_EPOCH": date, "PYTHONHASHSEED": "0", "QT_QPA_PLATFORM": "offscreen"}


KINDS: Mapping[str, Callable[[], list[Path]]] = {
    "deb": deb,
    "rpm": rpm,
    "appimage": appimage,
    "wheel": wheel,
    "windows": windows,
    "macos": macos,
}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
