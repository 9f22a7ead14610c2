"""What the packages of this system are made of, for programs that look for known holes.

CycloneDX 1.6, https://cyclonedx.org/docs/1.6/json/. The same commit gives the same bytes on the
same machine: the date is the commit's, and the serial number follows from the content.
"""

from __future__ import annotations

import hashlib
import platform
import re
import sys
import uuid
from collections.abc import Iterable
from datetime import UTC, datetime
from importlib.metadata import Distribution, distribution
from pathlib import Path

from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model import HashAlgorithm, HashType, Property
from cyclonedx.model.bom import Bom, BomMetaData
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output.json import JsonV1Dot6
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from packageurl import PackageURL

from build_packages import WORK, libraries_of_system, same_every_time
from command import said
from freezing import asked_for
from notices import APP_LOCK, names_in, package_of
from set_up import ROOT, SetUpFailedError

# PyInstaller's own file COPYING.txt says what its metadata says in words.
BOOTLOADER_LICENCE = "GPL-2.0-or-later WITH Bootloader-exception"
# What some say in the words of their registry and not in those of SPDX.
SPDX_NAMES = {"MIT License": "MIT"}
_PIN = re.compile(r"^(\S+)==(\S+)")
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")


def write_bill(out: Path, version: str) -> Path:
    """Write the bill of what was built last into `out`; return its path.

    Raises:
        SetUpFailedError: nothing was built yet, or something in it has no licence.
    """
    date = datetime.fromtimestamp(int(same_every_time(ROOT)["SOURCE_DATE_EPOCH"]), UTC)
    libraries = packed_libraries(WORK) if sys.platform.startswith("linux") else []
    parts = [*distributions(), python(), bootloader(), *packages_of_system(libraries)]
    out.mkdir(parents=True, exist_ok=True)
    machine = f"{system_name(sys.platform)}-{platform.machine().lower()}"
    path = out / f"headwater-{version}-{machine}.cdx.json"
    path.write_bytes(bill_text(version, date, parts).encode())
    return path


def system_name(system: str) -> str:
    """Return how a system is named in a file; `system` as `sys.platform` says it."""
    return {"win32": "windows", "darwin": "macos"}.get(system, system)


def bill_text(version: str, date: datetime, parts: Iterable[Component]) -> str:
    """Return the bill as JSON.

    Raises:
        SetUpFailedError: the strict schema does not allow it.
    """
    program = Component(
        name="Headwater",
        version=version,
        type=ComponentType.APPLICATION,
        bom_ref=f"headwater@{version}",
        purl=PackageURL("generic", name="headwater", version=version),
        licenses=[LicenseFactory().make_with_id("MIT")],
    )
    components = list(parts)
    bill = Bom(
        components=components,
        metadata=BomMetaData(component=program, timestamp=date),
        serial_number=uuid.UUID(int=0),
    )
    bill.register_dependency(program, components)
    content = JsonV1Dot6(bill).output_as_string(indent=2)
    bill.serial_number = uuid.uuid5(uuid.NAMESPACE_OID, content)
    written = JsonV1Dot6(bill).output_as_string(indent=2) + "\n"
    if wrong := JsonStrictValidator(SchemaVersion.V1_6).validate_str(written):
        raise SetUpFailedError(f"The bill of materials is not valid: {wrong}")
    return written


def distributions() -> list[Component]:
    """Return every distribution that the program's lock holds for this system."""
    lock = APP_LOCK.read_text(encoding="utf-8")
    hashes = hashes_in(lock)
    found = {name: distribution(name) for name in names_in(lock)}
    return [_distribution(name, one, hashes[name, one.version]) for name, one in found.items()]


def hashes_in(lock: str) -> dict[tuple[str, str], list[str]]:
    """Return the SHA-256 of every file that may be installed, by name and version.

    A name can be there twice: with another version for another Python.
    """
    found: dict[tuple[str, str], list[str]] = {}
    hashes: list[str] = []
    for line in lock.splitlines():
        if pin := _PIN.match(line):
            hashes = found.setdefault((pin[1], pin[2]), [])
        elif one := _HASH.search(line):
            hashes.append(one[1])
    return found


def licence_of(said_by: Distribution) -> str:
    """Return a licence as the distribution says it, an SPDX expression if it can.

    Raises:
        SetUpFailedError: it says nothing.
    """
    metadata = said_by.metadata
    for key in ("License-Expression", "License"):
        for text in metadata.get_all(key) or []:
            if line := text.strip().partition("\n")[0]:
                return str(line)
    for classifier in metadata.get_all("Classifier") or []:
        if classifier.startswith("License :: "):
            name = str(classifier.rpartition(" :: ")[2])
            return SPDX_NAMES.get(name, name)
    raise SetUpFailedError(f"{metadata['Name']} does not say under which licence it is.")


def python() -> Component:
    """Return the interpreter that goes along."""
    version = platform.python_version()
    return Component(
        name="Python",
        version=version,
        bom_ref=f"python@{version}",
        purl=PackageURL("generic", name="python", version=version),
        licenses=[LicenseFactory().make_with_id("PSF-2.0")],
    )


def bootloader() -> Component:
    """Return the program that starts the interpreter, which PyInstaller leaves in what it makes."""
    version = distribution("pyinstaller").version
    return Component(
        name="PyInstaller's bootloader",
        version=version,
        bom_ref=f"bootloader@{version}",
        purl=PackageURL("pypi", name="pyinstaller", version=version),
        licenses=[LicenseFactory().make_from_string(BOOTLOADER_LICENCE)],
    )


def packed_libraries(work: Path) -> list[Path]:
    """Return the files of this distribution that are in the packages built last.

    Raises:
        SetUpFailedError: none were built.
    """
    collected = work / "headwater" / "collected.txt"
    if not collected.is_file():
        raise SetUpFailedError("What is in the packages is known once they are built: dev.py build")
    libraries = libraries_of_system(collected.read_text(encoding="utf-8"))
    if (work / "AppDir").is_dir():
        from linux.appimage import bundled_libraries

        libraries += bundled_libraries(asked_for(work / "frozen" / "headwater")[0]).values()
    return libraries


def packages_of_system(libraries: Iterable[Path]) -> list[Component]:
    """Return the Debian or Ubuntu packages that these files came from, with the files' hashes."""
    files: dict[str, list[Path]] = {}
    for library in libraries:
        files.setdefault(package_of(library), []).append(library)
    return [_package(name, sorted(paths)) for name, paths in sorted(files.items())]


def _package(name: str, files: list[Path]) -> Component:
    asked = ["dpkg-query", "--show", "--showformat", "${Version}\t${Architecture}\n", name]
    version, architecture = said(asked).splitlines()[0].split("\t")
    system = platform.freedesktop_os_release()
    purl = PackageURL(
        "deb",
        namespace=system["ID"],
        name=name,
        version=version,
        qualifiers={"arch": architecture, "distro": f"{system['ID']}-{system['VERSION_ID']}"},
    )
    return Component(
        name=name,
        version=version,
        bom_ref=purl.to_string(),
        purl=purl,
        hashes=_sha256(hashlib.sha256(file.read_bytes()).hexdigest() for file in files),
        properties=[Property(name="headwater:file", value=file.name) for file in files],
    )


def _distribution(name: str, found: Distribution, hashes: Iterable[str]) -> Component:
    purl = PackageURL("pypi", name=name, version=found.version)
    return Component(
        name=name,
        version=found.version,
        bom_ref=purl.to_string(),
        purl=purl,
        licenses=[LicenseFactory().make_from_string(licence_of(found))],
        hashes=_sha256(hashes),
        components=[_qt(found.version)] if name == "pyside6-essentials" else [],
    )


def _qt(version: str) -> Component:
    """Return Qt, which PySide6 brings in the version that it has itself."""
    return Component(
        name="Qt",
        version=version,
        bom_ref=f"qt@{version}",
        purl=PackageURL("generic", name="qt", version=version),
        licenses=[LicenseFactory().make_from_string("LGPL-3.0-only")],
    )


def _sha256(hashes: Iterable[str]) -> list[HashType]:
    return [HashType(alg=HashAlgorithm.SHA_256, content=one) for one in hashes]
