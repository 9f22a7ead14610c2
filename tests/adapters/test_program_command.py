"""The command that starts this very program again."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from headwater.adapters.program_command import command_text, program_command


def nowhere(name: str) -> None:
    return None


@pytest.fixture
def interpreter(tmp_path: Path) -> Path:
    program = tmp_path / "venv" / "bin" / "python"
    program.parent.mkdir(parents=True)
    program.touch(0o755)
    return program


def script(path: Path, first_line: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"{first_line}\n")
    path.chmod(0o755)
    return path


def test_that_an_app_image_is_started_by_its_own_file(tmp_path: Path) -> None:
    image = tmp_path / "Headwater.AppImage"
    image.touch(0o755)
    mounted = tmp_path / "mount"
    program = mounted / "usr" / "headwater"
    environ = {"APPIMAGE": str(image), "APPDIR": str(mounted)}
    assert program_command(environ, str(program), "linux", nowhere, is_frozen=True) == (str(image),)


def test_that_the_app_image_of_another_program_is_not_ours(
    tmp_path: Path, interpreter: Path
) -> None:
    image = tmp_path / "Terminal.AppImage"
    image.touch(0o755)
    environ = {"APPIMAGE": str(image), "APPDIR": str(tmp_path / "mount")}
    command = program_command(environ, str(interpreter), "linux", nowhere, is_frozen=False)
    assert command == (str(interpreter), "-m", "headwater")


def test_that_a_bundle_is_its_own_command() -> None:
    command = program_command({}, "/opt/headwater/headwater", "linux", nowhere, is_frozen=True)
    assert command == ("/opt/headwater/headwater",)


def test_that_on_windows_a_bundle_names_its_program_without_a_console(tmp_path: Path) -> None:
    terminal = tmp_path / "headwater.exe"
    silent = tmp_path / "headwater-window.exe"
    alone = program_command({}, str(terminal), "win32", nowhere, is_frozen=True)
    silent.touch()

    assert alone == (str(terminal),)
    for program in (terminal, silent):
        command = program_command({}, str(program), "win32", nowhere, is_frozen=True)
        assert command == (str(silent),)


def test_that_elsewhere_a_bundle_has_one_program(tmp_path: Path) -> None:
    for beside in ("headwater-window.exe", "headwater"):
        (tmp_path / beside).touch()
    program = str(tmp_path / "another-name")

    assert program_command({}, program, "linux", nowhere, is_frozen=True) == (program,)


def test_that_the_script_beside_the_interpreter_comes_first(
    tmp_path: Path, interpreter: Path
) -> None:
    beside = script(interpreter.parent / "headwater", f"#!{interpreter}")
    other = script(tmp_path / "bin" / "headwater", f"#!{interpreter}")
    command = program_command(
        {}, str(interpreter), "linux", lambda _name: str(other), is_frozen=False
    )
    assert command == (str(beside),)


def test_that_on_windows_the_one_without_a_console_is_meant(interpreter: Path) -> None:
    script(interpreter.parent / "headwater.exe", "MZ")
    silent = script(interpreter.parent / "headwater-window.exe", "MZ")
    command = program_command({}, str(interpreter), "win32", nowhere, is_frozen=False)
    assert command == (str(silent),)


def test_that_a_script_on_the_path_counts_when_it_starts_our_interpreter(
    tmp_path: Path, interpreter: Path
) -> None:
    ours = script(tmp_path / "bin" / "headwater", f"#!{interpreter}")
    command = program_command(
        {}, str(interpreter), "linux", lambda _name: str(ours), is_frozen=False
    )
    assert command == (str(ours),)


@pytest.mark.parametrize("first_line", ["#!/usr/bin/another-python", "no script", ""])
def test_that_a_script_of_another_installation_does_not(
    tmp_path: Path, interpreter: Path, first_line: str
) -> None:
    other = script(tmp_path / "bin" / "headwater", first_line)
    command = program_command(
        {}, str(interpreter), "linux", lambda _name: str(other), is_frozen=False
    )
    assert command == (str(interpreter), "-m", "headwater")


def test_that_the_command_starts_this_program() -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "headwater", "--version"], capture_output=True, text=True, check=True
    )
    version = ran.stdout
    command = (*program_command(), "--version")
    ran = subprocess.run(command, capture_output=True, text=True, check=True)
    assert ran.stdout == version
    assert Path(command[0]).is_absolute()


def test_that_the_text_for_people_can_be_typed() -> None:
    command = ("/opt/my programs/headwater", "--quick-ask")
    assert command_text(command, "linux") == "'/opt/my programs/headwater' --quick-ask"
    assert command_text(command, "win32") == '"/opt/my programs/headwater" --quick-ask'
