"""What the bill of materials says about what is packed, and that others can read it."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from importlib.metadata import Distribution, distribution
from pathlib import Path
from typing import Any

import pytest
from cyclonedx.model.component import Component

import bill_of_materials as bill
import notices
from set_up import SetUpFailedError

_DATE = datetime(2027, 2, 1, 12, 30, tzinfo=UTC)
_LIBZ = next(path for path in Path("/usr/lib").glob("*/libz.so.1"))


def _read(parts: list[Component], version: str = "1.2.0", date: datetime = _DATE) -> dict[str, Any]:
    read: dict[str, Any] = json.loads(bill.bill_text(version, date, parts))
    return read


def _by_name(parts: list[Component]) -> dict[str, dict[str, Any]]:
    return {one["name"]: one for one in _read(parts)["components"]}


def test_that_every_distribution_of_the_lock_is_there_as_it_was_locked() -> None:
    lock = notices.APP_LOCK.read_text(encoding="utf-8")
    found = _by_name(bill.distributions())

    assert set(found) == set(notices.names_in(lock))
    for name, one in found.items():
        assert one["purl"] == f"pkg:pypi/{name}@{distribution(name).version}"
        assert one["licenses"]
        hashes = {each["content"] for each in one["hashes"]}
        pin = re.search(
            rf"^{name}=={re.escape(one['version'])}( |$).*\n((?:    --.*\n)+)", lock, re.MULTILINE
        )
        assert pin is not None
        assert hashes == set(re.findall("[0-9a-f]{64}", pin[2]))


def test_that_qt_is_a_part_of_what_brings_it() -> None:
    found = _by_name(bill.distributions())
    (qt,) = found["pyside6-essentials"]["components"]

    assert qt["name"] == "Qt"
    assert qt["version"] == found["pyside6-essentials"]["version"]
    assert qt["licenses"] == [{"license": {"id": "LGPL-3.0-only"}}]
    assert [name for name, one in found.items() if "components" in one] == ["pyside6-essentials"]


def test_that_two_versions_of_one_name_keep_their_hashes_apart() -> None:
    zeros, ones, twos = ("0" * 64, "1" * 64, "2" * 64)
    lock = (
        f"a==1 ; python_version < '3.12' \\\n    --hash=sha256:{zeros} \\\n"
        f"    --hash=sha256:{ones}\n    # via b\na==2 \\\n    --hash=sha256:{twos}\n"
    )

    assert bill.hashes_in(lock) == {("a", "1"): [zeros, ones], ("a", "2"): [twos]}


def test_that_a_library_of_the_distribution_is_named_with_its_package() -> None:
    (one,) = _by_name(bill.packages_of_system([_LIBZ])).values()

    assert one["name"] == "zlib1g"
    assert re.fullmatch(r"pkg:deb/\w+/zlib1g@[^?]+\?arch=\w+&distro=\w+-[\w.]+", one["purl"])
    assert one["properties"] == [{"name": "headwater:file", "value": "libz.so.1"}]
    assert len(one["hashes"]) == 1


def test_that_a_file_of_no_package_ends_it(tmp_path: Path) -> None:
    with pytest.raises(SetUpFailedError, match="belongs to no package"):
        bill.packages_of_system([tmp_path / "libmine.so"])


def test_that_what_starts_python_is_not_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bill, "distribution", lambda _: distribution("pytest"))
    found = _by_name([bill.python(), bill.bootloader()])

    assert found["Python"]["licenses"] == [{"license": {"id": "PSF-2.0"}}]
    loader = found["PyInstaller's bootloader"]
    assert loader["purl"] == f"pkg:pypi/pyinstaller@{distribution('pytest').version}"
    assert loader["licenses"] == [{"expression": bill.BOOTLOADER_LICENCE}]


def test_that_the_same_parts_give_the_same_bytes_and_others_another_number() -> None:
    parts = bill.distributions()
    first = bill.bill_text("1.2.0", _DATE, parts)
    fewer = bill.bill_text("1.2.0", _DATE, parts[1:])
    number = re.compile(r'"serialNumber": "(urn:uuid:[0-9a-f-]{36})"')

    assert bill.bill_text("1.2.0", _DATE, reversed(bill.distributions())) == first
    assert number.findall(first) != number.findall(fewer)
    assert len(number.findall(first)) == 1


def test_that_the_bill_says_what_it_is_of_and_when() -> None:
    read = _read(bill.distributions())
    program = read["metadata"]["component"]
    (depends,) = [one["dependsOn"] for one in read["dependencies"] if "dependsOn" in one]

    assert (read["bomFormat"], read["specVersion"]) == ("CycloneDX", "1.6")
    assert (program["name"], program["version"], program["type"]) == (
        "Headwater",
        "1.2.0",
        "application",
    )
    assert read["metadata"]["timestamp"] == "2027-02-01T12:30:00+00:00"
    assert depends == [one["bom-ref"] for one in read["components"]]


def test_that_a_bill_that_the_schema_does_not_allow_is_not_written() -> None:
    part = bill.python()
    part.hashes = bill._sha256(["not a hash"])

    with pytest.raises(SetUpFailedError, match="not valid"):
        bill.bill_text("1.2.0", _DATE, [part])


@pytest.mark.parametrize(
    ("said", "licence"),
    [
        ("License-Expression: MIT-0", "MIT-0"),
        ("License: BSD\n       All of it", "BSD"),
        ("Classifier: License :: OSI Approved :: MIT License", "MIT"),
        ("Classifier: License :: OSI Approved :: Odd License", "Odd License"),
        ("License: Words\nLicense-Expression: ISC", "ISC"),
    ],
)
def test_that_a_licence_is_read_wherever_it_is_said(
    tmp_path: Path, said: str, licence: str
) -> None:
    assert bill.licence_of(_made(tmp_path, said)) == licence


def test_that_what_says_no_licence_ends_it(tmp_path: Path) -> None:
    with pytest.raises(SetUpFailedError, match="thing does not say"):
        bill.licence_of(_made(tmp_path, "Classifier: Topic :: Internet"))


def test_that_before_a_build_nothing_is_claimed_about_packages(tmp_path: Path) -> None:
    with pytest.raises(SetUpFailedError, match="once they are built"):
        bill.packed_libraries(tmp_path)

    (tmp_path / "headwater").mkdir()
    (tmp_path / "headwater" / "collected.txt").write_text(f"libz.so.1\t{_LIBZ}\na\t/opt/a\n")
    assert bill.packed_libraries(tmp_path) == [_LIBZ]


def _made(folder: Path, said: str) -> Distribution:
    info = folder / "thing-1.dist-info"
    info.mkdir()
    text = f"Metadata-Version: 2.4\nName: thing\nVersion: 1\n{said}\n"
    (info / "METADATA").write_text(text, encoding="utf-8")
    return Distribution.at(info)
