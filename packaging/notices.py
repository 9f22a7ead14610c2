"""The licences of everything that is packed together with Headwater, in one text.

Every distribution of `locks/app.txt` is there, also one of which little is left after freezing.
"""

from __future__ import annotations

import re
import subprocess
import sys
import sysconfig
from collections.abc import Iterable, Mapping
from importlib.metadata import Distribution, distribution, distributions
from pathlib import Path
from typing import NamedTuple

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from set_up import LOCK, ROOT, SetUpFailedError

APP_LOCK = LOCK.with_name("app.txt")
LICENCES = ROOT / "packaging" / "licences"

# Their wheels bring no licence; what the LGPL asks of whoever passes them on is said here.
OF_QT = frozenset({"pyside6-essentials", "shiboken6"})
QT_NOTICE = """\
Qt, PySide6 and Shiboken6 are used under the GNU Lesser General Public License, version 3. They
are unchanged, but for what debuggers read, which is stripped on Linux. Qt contains work of others,
listed at https://doc.qt.io/qt-6/licenses-used-in-qt.html

They are shared libraries beside the program, in the folder `_internal`, and may be replaced
there by others with the same interface. The source of this version is at
https://download.qt.io/official_releases/QtForPython/pyside6/ and
https://download.qt.io/official_releases/qt/ ; Headwater itself, with all that is needed to build it
again, is free software as well.
"""
# Wheels that bring no licence, or not that of the font in them.
_LICENSE_FILE = re.compile(r"(?i)^(licen[cs]e|copying|notice|authors)")
_RULE = "-" * 80


class Target(NamedTuple):
    """The Python that was frozen, when that is not the one that runs."""

    distributions: Path  # a folder of installed ones
    markers: Mapping[str, str]  # as PEP 508 names them
    license: Path


def notices(
    tools: Iterable[str] = (),
    libraries: Iterable[Path] = (),
    target: Target | None = None,
    texts: Mapping[str, Path] | None = None,
) -> str:
    """Return the text.

    `tools` are distributions that leave something of themselves in what they make, `libraries`
    are files of this Debian that were packed as well, `texts` says more under titles of their own.

    Raises:
        SetUpFailedError: something is packed whose licence is not to be found.
    """
    parts = [
        _part("Headwater", "MIT", _text(ROOT / "LICENSE")),
        _part("Lucide (some icons)", "ISC", _text(ROOT / "resources/icons/LICENSE-lucide")),
        _part("STIX Two Math (the font of formulas)", "OFL-1.1", _text(LICENCES / "STIX-Two.txt")),
        *(_part_of(found) for found in _frozen(target)),
        *(_part_of(distribution(name)) for name in tools),
        _part("Python", "PSF-2.0", _text(target.license if target else _pythons_license())),
        *(_part(title, "", _text(path)) for title, path in (texts or {}).items()),
        *(
            _part(f"{package}, a library of Debian", "", _text(path))
            for package, path in sorted(_copyrights(libraries).items())
        ),
    ]
    parts += [
        _part(f"The text of the {name}", "", _text(LICENCES / f"{name}.txt"))
        for name in ("LGPL-3", "GPL-3")
    ]
    head = "Headwater is packed together with the work of others, under these licences.\n"
    return head + "".join(parts)


def names_in(lock: str, markers: Mapping[str, str] | None = None) -> list[str]:
    """Return the names of the distributions that a lock holds for this Python and this system.

    `markers` say what is different where they are meant for.
    """
    environment = dict(markers or {})
    found = [
        Requirement(line.rstrip("\\ "))
        for line in lock.splitlines()
        if line and not line.startswith((" ", "#"))
    ]
    return sorted(
        {one.name for one in found if one.marker is None or one.marker.evaluate(environment)}
    )


def _frozen(target: Target | None) -> list[Distribution]:
    """Return what the program's lock brings.

    Raises:
        SetUpFailedError: something of it is not installed.
    """
    lock = _text(APP_LOCK)
    if target is None:
        return [distribution(name) for name in names_in(lock)]
    installed = {
        canonicalize_name(found.metadata["Name"]): found
        for found in distributions(path=[str(target.distributions)])
    }
    names = names_in(lock, target.markers)
    if lacking := [name for name in names if name not in installed]:
        raise SetUpFailedError(f"Not installed for the program to be frozen: {', '.join(lacking)}")
    return [installed[canonicalize_name(name)] for name in names]


def _part(name: str, license_name: str, text: str) -> str:
    title = f"{name} ({license_name})" if license_name else name
    return f"\n{_RULE}\n{title}\n{_RULE}\n\n{text.strip()}\n"


def _part_of(found: Distribution) -> str:
    said = found.metadata
    name = f"{said['Name']} {found.version}"
    (license_name, *_) = said.get_all("License-Expression") or said.get_all("License") or [""]
    if said["Name"].lower().replace("_", "-") in OF_QT:
        return _part(name, license_name, QT_NOTICE)
    texts = [
        _text(Path(str(file.locate())))
        for file in sorted(found.files or [])
        if ".dist-info" in str(file) and _LICENSE_FILE.match(file.name)
    ]
    if not texts and (kept := LICENCES / f"{said['Name'].lower()}.txt").is_file():
        texts = [_text(kept)]
    if not texts:
        raise SetUpFailedError(f"{name} is packed and brings no licence.")
    return _part(name, license_name.partition("\n")[0], "\n\n".join(texts))


def _pythons_license() -> Path:
    """Return the path of Python's own licence; Debian keeps it with the package's papers."""
    standard = Path(sysconfig.get_path("stdlib"))
    places = (
        standard / "LICENSE.txt",
        Path("/usr/share/doc") / standard.name / "copyright",
        Path(sys.base_prefix) / "LICENSE.txt",  # Windows
    )
    return next((path for path in places if path.is_file()), places[0])


def package_of(library: Path) -> str:
    """Return the name of the Debian package that a library of the system came with.

    Raises:
        SetUpFailedError: it came with none.
    """
    real = str(library.resolve())
    # dpkg knows a file by where it was put, which may have been before /usr was merged.
    for path in (real, real.removeprefix("/usr")):
        asked = subprocess.run(
            ["dpkg", "--search", path], capture_output=True, text=True, check=False
        )
        if not asked.returncode:
            return asked.stdout.partition(":")[0]
    raise SetUpFailedError(f"{library} is packed and belongs to no package of Debian.")


def _copyrights(libraries: Iterable[Path]) -> dict[str, Path]:
    """Return Debian's package and its papers for each library of the system."""
    packages = {package_of(library) for library in libraries}
    return {package: Path("/usr/share/doc") / package / "copyright" for package in packages}


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise SetUpFailedError(f"A licence is not where it should be: {error}") from error
