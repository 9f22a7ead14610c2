"""Tries the packages in `dist/` as their users will: installed, used, and taken away again.

`dev.py try-packages` starts it. What happened, and pictures of it, are kept under `build/trials/`.
"""

from __future__ import annotations

import argparse
import platform
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from pathlib import Path

from headwater import __version__
from linux import try_appimage, try_deb, try_desktop, try_installed, try_rpm
from linux.bare_system import SUITES, check_that_we_may
from set_up import (
    ROOT,
    SetUpFailedError,
    install_system_packages,
    missing_for_qt,
    missing_for_venv,
    missing_packages,
    say,
)
from trial import Trial
from try_wheel import try_wheel

OUT = ROOT / "dist"
WORK = ROOT / "build"
SHOTS = WORK / "trials"
KINDS = ("deb", "rpm", "appimage", "wheel", "windows", "macos")


def main(arguments: Sequence[str]) -> int:
    """Try the kinds of package that are named; return 1 if anything was wrong."""
    told = parser().parse_args(arguments)
    kinds = told.kinds or kinds_of(sys.platform)
    began = time.monotonic()
    passed = failed = 0
    try:
        if set(kinds) & {"deb", "rpm", "appimage"}:
            check_that_we_may()
    except SetUpFailedError as problem:
        print(f"NOT TRIED        {', '.join(kinds)}\n        {problem}", flush=True)
        return 0 if told.where_allowed else 1
    try:
        build_missing(packages(kinds))
    except SetUpFailedError as problem:
        say(str(problem))
        return 1
    for kind in kinds:
        since = time.monotonic()
        try:
            trials = TRIALS[kind](told.suite or SUITES)
            # One that tells of its own checks raises when one of them fails.
            passed += sum(trial.passed for trial in trials) if trials else 1
            failed += sum(trial.failed for trial in trials)
        except SetUpFailedError as problem:
            print(f"FAILED           {kind}\n        {problem}", flush=True)
            failed += 1
        print(f"                 {kind} took {time.monotonic() - since:.0f} s", flush=True)
    took = time.monotonic() - began
    print(f"{passed} passed, {failed} failed in {took:.0f} s; pictures are in {SHOTS}", flush=True)
    return 1 if failed else 0


def parser() -> argparse.ArgumentParser:
    """Return what understands the command line."""
    known = argparse.ArgumentParser(
        prog="dev.py try-packages", description="Install and use the packages in dist/."
    )
    known.add_argument(
        "kinds",
        nargs="*",
        type=kind_of,
        metavar="KIND",
        help=f"{', '.join(KINDS)}; all that this system can try by default",
    )
    known.add_argument(
        "--suite", action="append", choices=SUITES, help="the Debian to try in; both by default"
    )
    known.add_argument(
        "--where-allowed",
        action="store_true",
        help="no failure where bare systems cannot be made; it is said that nothing was tried",
    )
    return known


def kind_of(text: str) -> str:
    """Return the kind of package that was named.

    Raises:
        ArgumentTypeError: there is none of that name.
    """
    if text not in KINDS:
        raise argparse.ArgumentTypeError(f"{text!r} is none of {', '.join(KINDS)}")
    return text


def kinds_of(system: str) -> tuple[str, ...]:
    """Return the kinds of package that are tried on this system when none is named."""
    return {"win32": ("windows",), "darwin": ("macos",)}.get(
        system, ("deb", "rpm", "appimage", "wheel")
    )


def packages(kinds: Sequence[str]) -> dict[str, Path]:
    """Return where the packages of these kinds are, there or not; others look for themselves."""
    machine = platform.machine()
    debian = {"x86_64": "amd64", "aarch64": "arm64"}.get(machine, machine)
    places = {
        "deb": OUT / f"headwater_{__version__}_{debian}.deb",
        "rpm": OUT / f"headwater-{__version__}-1.{machine}.rpm",
        "appimage": WORK / "AppDir.squashfs",
        "wheel": OUT / f"headwater-{__version__}-py3-none-any.whl",
    }
    return {kind: places[kind] for kind in kinds if kind in places}


def build_missing(wanted: Mapping[str, Path]) -> None:
    """Build what is not there, before anything is tried: freezing empties the folder `build/`.

    Raises:
        SetUpFailedError: it cannot be built.
    """
    while missing := [kind for kind, package in wanted.items() if not package.exists()]:
        # The AppImage's content lies in that folder, so it goes with the others.
        again = {*missing, *({"appimage"} & wanted.keys())} if missing != ["wheel"] else missing
        build = [sys.executable, str(ROOT / "packaging" / "dev.py"), "build", *sorted(again)]
        if subprocess.run(build, check=False).returncode:
            raise SetUpFailedError(f"Building {', '.join(missing)} failed.")
        if still := [kind for kind in missing if not wanted[kind].exists()]:
            raise SetUpFailedError(f"The build made no {wanted[still[0]].name}.")


def deb(suites: Sequence[str]) -> list[Trial]:
    """Try the Debian package in each suite."""
    bring_programs(try_desktop.PROGRAMS, try_installed.JUDGES)
    package = packages(["deb"])["deb"]
    return [try_deb.try_deb(package, suite, afresh(f"deb-{suite}")) for suite in suites]


def rpm(_: Sequence[str]) -> list[Trial]:
    """Try the RPM package, in one suite whatever is named: rpm is a guest in each of them."""
    bring_programs(try_desktop.PROGRAMS, try_installed.JUDGES, try_rpm.PROGRAMS)
    return [try_rpm.try_rpm(packages(["rpm"])["rpm"], afresh("rpm"))]


def appimage(suites: Sequence[str]) -> list[Trial]:
    """Try what is in the AppImage in each suite."""
    bring_programs(try_desktop.PROGRAMS, try_installed.JUDGES, try_appimage.PROGRAMS)
    squashed = packages(["appimage"])["appimage"]
    return [
        try_appimage.try_appimage(squashed, suite, afresh(f"appimage-{suite}")) for suite in suites
    ]


def wheel(_: Sequence[str]) -> list[Trial]:
    """Try the wheel on this very machine.

    Raises:
        SetUpFailedError: it is no Linux.
    """
    if not sys.platform.startswith("linux"):
        raise SetUpFailedError("The wheel is tried on Linux.")
    bring_programs(try_desktop.PROGRAMS, more=[*missing_for_qt(), *missing_for_venv()])
    return try_wheel(packages(["wheel"])["wheel"], afresh("wheel"))


def windows(_: Sequence[str]) -> list[Trial]:
    """Try what is made for Windows."""
    import_module("windows.try_packages").try_windows_packages(afresh("windows"))
    return []


def macos(_: Sequence[str]) -> list[Trial]:
    """Try what is made for macOS."""
    import_module("macos.try_packages").try_mac_packages()
    return []


def bring_programs(*known: Mapping[str, str], more: Sequence[str] = ()) -> None:
    """Install the programs that a trial needs and this machine lacks.

    Raises:
        SetUpFailedError: they cannot be installed; holds the line to type.
    """
    every = {program: package for programs in known for program, package in programs.items()}
    if lacking := [*missing_packages(every, shutil.which), *more]:
        SHOTS.mkdir(parents=True, exist_ok=True)
        install_system_packages(lacking, SHOTS / "set-up.log")


def afresh(name: str) -> Path:
    """Return an empty folder for what is seen in one trial."""
    folder = SHOTS / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


TRIALS: Mapping[str, Callable[[Sequence[str]], list[Trial]]] = {
    "deb": deb,
    "rpm": rpm,
    "appimage": appimage,
    "wheel": wheel,
    "windows": windows,
    "macos": macos,
}


if __name__ == "__main__":
    # Whoever ends this ends the screens and the systems as well.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
