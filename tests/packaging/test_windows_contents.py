"""What may lie in the frozen folder for Windows."""

from __future__ import annotations

from pathlib import Path

import pytest

from set_up import SetUpFailedError
from windows import contents


@pytest.fixture
def frozen(tmp_path: Path) -> Path:
    """A folder with all that a start takes."""
    for name in contents.NEEDED:
        write(tmp_path / name)
    write(tmp_path / "_internal" / "Qt6Core.dll")
    return tmp_path


def write(path: Path, mark: bytes = b"!This program cannot be run in DOS mode.") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"MZ".ljust(64, b"\0") + mark)


def test_that_a_folder_with_what_is_needed_and_no_more_is_right(frozen: Path) -> None:
    contents.check(frozen)


@pytest.mark.parametrize("name", contents.NEEDED)
def test_that_what_a_start_needs_is_missed_by_name(frozen: Path, name: str) -> None:
    (frozen / name).unlink()

    with pytest.raises(SetUpFailedError, match=f"missing: {name}"):
        contents.check(frozen)


@pytest.mark.parametrize(
    "name",
    [
        "icuuc.dll",
        "ICUUC.DLL",
        "mscms.dll",
        "opengl32sw.dll",
        "Qt6Quick.dll",
        "Qt6QmlModels.dll",
        "Qt6Pdf.dll",
        "PySide6/QtQuick.pyd",
        "PySide6/plugins/imageformats/qpdf.dll",
        "PySide6/plugins/qmltooling/qmldbg_tcp.dll",
        "ucrtbase.dll",
    ],
)
def test_that_what_no_windows_or_no_headwater_needs_ends_the_build(frozen: Path, name: str) -> None:
    write(frozen / "_internal" / name)

    with pytest.raises(SetUpFailedError, match=f"not wanted: _internal/{name}"):
        contents.check(frozen)


def test_that_only_libraries_are_judged_by_their_names() -> None:
    assert contents.unwanted(["a/quick.svg", "a/pdf.json", "qwindows.dll", "QtGui.pyd"]) == []


@pytest.mark.parametrize("mark", contents.MARKS)
def test_that_a_library_out_of_wine_ends_the_build(frozen: Path, mark: bytes) -> None:
    write(frozen / "_internal" / "msvcp140.dll", mark)

    with pytest.raises(SetUpFailedError, match=r"out of Wine: _internal/msvcp140\.dll"):
        contents.check(frozen)


def test_that_everything_that_is_wrong_is_said_at_once(frozen: Path) -> None:
    (frozen / "headwater.exe").unlink()
    write(frozen / "mscms.dll", contents.MARKS[0])

    with pytest.raises(SetUpFailedError) as told:
        contents.check(frozen)

    assert str(told.value).splitlines()[1:] == [
        "missing: headwater.exe",
        "not wanted: mscms.dll",
        "out of Wine: mscms.dll",
    ]
