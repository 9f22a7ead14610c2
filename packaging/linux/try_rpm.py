"""The RPM package: what it says of itself, and what Debian's rpm makes of it in a bare Debian.

There is no RPM system here. Its files are put where they belong, checked and taken away by rpm;
that its dependencies can be had in Fedora or openSUSE is not shown by that.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from command import said
from headwater import __version__
from linux.bare_system import BareSystem, bare_system, differences
from linux.try_desktop import desktop
from linux.try_installed import HeadwaterInside, agree_on_files, answer_in_terminal, try_window
from set_up import FONT_PACKAGES, QT_LIBRARIES
from trial import Trial, expect

PROGRAMS = {
    "rpm": "rpm",
}
SUITE = "trixie"
_PROGRAM = "/usr/bin/headwater"
_FOLDER = "40"  # how the mode of one begins
_TELLS = ("NAME", "VERSION", "ARCH", "LICENSE", "SUMMARY")
_LIBRARY = re.compile(r"lib[\w.+-]+\.so[.\d]*\([^)]*\)\(64bit\)")
_DEBIANS = {*QT_LIBRARIES.values(), *FONT_PACKAGES, "libdrm2", "libgcc-s1", "libstdc++6"}


def try_rpm(package: Path, folder: Path) -> Trial:
    """Ask the package about itself; install, use and remove it where rpm is a guest."""
    trial = Trial(f"rpm in {SUITE}", folder)
    with trial.part():
        describe(trial, package)
    with trial.part(), bare_system(SUITE, folder) as system, desktop(folder) as on:
        trial.witness = on.shoot
        environ = {**system.add_person(), "DISPLAY": on.name}
        headwater = HeadwaterInside(system, _PROGRAM, environ)
        before = install(trial, system, package)
        with trial.part():
            answer_in_terminal(trial, headwater)
        with trial.part():
            try_window(trial, on, headwater)
        with trial.check("rpm -e leaves nothing behind"):
            system.run(["rpm", "--erase", "headwater"])
            after = system.listing()
            left = [path for path in differences(before, after) if not is_shared(path, after)]
            expect(not left, f"{len(left)} left behind or changed: {', '.join(left[:20])}")
    return trial


def is_shared(path: str, after: Mapping[str, str]) -> bool:
    """Whether it is rpm's own, or a folder that on an RPM system another package has made."""
    is_folder = after.get(path, "").startswith(_FOLDER)
    return path.startswith("/var/lib/rpm") or (is_folder and "headwater" not in path)


def describe(trial: Trial, package: Path) -> None:
    """See what rpm reads in the package itself."""
    with trial.check("it tells its name, version, architecture and licence"):
        form = "\\n".join(f"%{{{name}}}" for name in _TELLS)
        told = said(["rpm", "--query", "--package", "--queryformat", form, str(package)])
        name, version, architecture, licence, summary = told.splitlines()
        expect((name, version) == ("headwater", __version__), f"{name} {version}")
        expect(package.name.endswith(f".{architecture}.rpm"), architecture)
        expect(licence == "MIT", licence)
        expect(summary, "there is no summary")
    with trial.check("it requires libraries alone"):
        required = said(["rpm", "--query", "--package", "--requires", str(package)]).splitlines()
        expect(any(line.startswith("libc.so.6(") for line in required), "not even libc")
        wrong = not_libraries(required)
        expect(not wrong, ", ".join(wrong))


def not_libraries(required: Iterable[str]) -> list[str]:
    """Return what is neither a 64-bit library, as RPM systems name it, nor a feature of rpm."""
    return [
        line
        for line in required
        if not line.startswith("rpmlib(") and not _LIBRARY.fullmatch(line.strip())
    ]


def install(trial: Trial, system: BareSystem, package: Path) -> dict[str, str]:
    """Install the package; return the paths that were there before."""
    with trial.check("rpm installs it (its dependencies aside: the libraries are Debian's)"):
        system.install("rpm", *sorted(_DEBIANS))
        brought = system.bring(package)
        system.run(["rpm", "--query", "--all"])  # makes its database
        before = system.listing()
        system.run(["rpm", "--install", "--nodeps", brought])
    with trial.part(), trial.check("rpm finds every file as it was packed"):
        wrong = system.run(["rpm", "--verify", "--nodeps", "headwater"])
        expect(not wrong, wrong)
    with trial.part(), trial.check("the judges of desktop files and of AppStream agree"):
        agree_on_files(system.root)
    return before
