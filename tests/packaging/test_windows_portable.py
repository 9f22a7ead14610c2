"""The zip for those who install nothing."""

from __future__ import annotations

import os
import zipfile
from pathlib import Path

import pytest

from windows import portable

_DATE = 1_790_000_000  # 2026-09-21 14:13:20 UTC


@pytest.fixture
def frozen(tmp_path: Path) -> Path:
    folder = tmp_path / "frozen"
    for name in ("headwater-window.exe", "_internal/z.dll", "_internal/a.dll"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name)
    return folder


def test_that_everything_lies_in_one_folder_named_after_the_version(
    frozen: Path, tmp_path: Path
) -> None:
    made = portable.make_portable(frozen, "1.2.3", _DATE, tmp_path / "out")

    assert made == tmp_path / "out" / "Headwater-1.2.3-portable.zip"
    with zipfile.ZipFile(made) as packed:
        assert packed.namelist() == [
            "Headwater-1.2.3/Headwater portable.cmd",
            "Headwater-1.2.3/_internal/a.dll",
            "Headwater-1.2.3/_internal/z.dll",
            "Headwater-1.2.3/headwater-window.exe",
        ]
        assert packed.read("Headwater-1.2.3/_internal/z.dll") == b"_internal/z.dll"


def test_that_the_starter_is_what_a_command_prompt_of_windows_reads(
    frozen: Path, tmp_path: Path
) -> None:
    made = portable.make_portable(frozen, "1.2.3", _DATE, tmp_path / "out")

    with zipfile.ZipFile(made) as packed:
        lines = packed.read("Headwater-1.2.3/Headwater portable.cmd").decode("ascii").split("\r\n")
    assert lines[0] == "@echo off"
    assert lines[-2:] == ['start "" "%~dp0headwater-window.exe" --data-dir "%~dp0data" %*', ""]
    assert not any("\n" in line for line in lines)


def test_that_the_same_files_give_the_same_bytes(frozen: Path, tmp_path: Path) -> None:
    first = portable.make_portable(frozen, "1.2.3", _DATE, tmp_path / "first").read_bytes()
    os.utime(frozen / "headwater-window.exe", (1, 1))
    (frozen / "_internal" / "a.dll").chmod(0o755)
    second = portable.make_portable(frozen, "1.2.3", _DATE, tmp_path / "second").read_bytes()

    assert first == second


def test_that_the_date_is_the_one_it_is_given(frozen: Path, tmp_path: Path) -> None:
    made = portable.make_portable(frozen, "1.2.3", _DATE, tmp_path / "out")
    oldest = portable.make_portable(frozen, "0.0.1", 0, tmp_path / "out")

    with zipfile.ZipFile(made) as packed, zipfile.ZipFile(oldest) as old:
        assert {entry.date_time for entry in packed.infolist()} == {(2026, 9, 21, 14, 13, 20)}
        assert {entry.date_time for entry in old.infolist()} == {(1980, 1, 1, 0, 0, 0)}
