"""What the installer puts where and takes away again; NSIS compiles it, Wine is not needed."""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath

import pytest

from headwater.adapters import login_start
from headwater.command_line import parse_window
from headwater.domain.summons import SCHEME
from set_up import SetUpFailedError
from windows import installer, version_resource

_SCRIPT = installer.SCRIPT.read_text(encoding="utf-8")


def _macro(lists: str, name: str) -> list[str]:
    (body,) = re.findall(rf"^!macro {name}\n(.*?)^!macroend$", lists, re.MULTILINE | re.DOTALL)
    return [line.strip() for line in str(body).splitlines()]


def _lists(*names: str) -> str:
    return installer.file_lists(Path("/from"), [PurePosixPath(name) for name in names])


def test_that_each_file_is_put_into_its_own_folder() -> None:
    assert _macro(_lists("b/c/d.dll", "a.exe", "b/e.dll"), "InstallFiles") == [
        'SetOutPath "$INSTDIR"',
        'File "/from/a.exe"',
        'SetOutPath "$INSTDIR\\b"',
        'File "/from/b/e.dll"',
        'SetOutPath "$INSTDIR\\b\\c"',
        'File "/from/b/c/d.dll"',
    ]


def test_that_only_what_was_put_there_is_taken_away_and_folders_from_within() -> None:
    assert _macro(_lists("b/c/d.dll", "a.exe", "b/c/e/f.dll"), "RemoveFiles") == [
        'Delete "$INSTDIR\\a.exe"',
        'Delete "$INSTDIR\\b\\c\\d.dll"',
        'Delete "$INSTDIR\\b\\c\\e\\f.dll"',
        'RMDir "$INSTDIR\\b\\c\\e"',
        'RMDir "$INSTDIR\\b\\c"',
        'RMDir "$INSTDIR\\b"',
    ]


def test_that_nothing_is_ever_removed_with_all_that_is_in_it() -> None:
    commands = "\n".join(line.partition(";")[0] for line in _SCRIPT.splitlines())

    assert not re.search(r"(?i)\brmdir\s+/r", commands + _lists("a/b"))
    assert not re.search(r'(?i)\bdelete\s+"[^"]*[*?]', commands + _lists("a/b"))


def test_that_a_dollar_in_a_name_is_no_variable() -> None:
    assert 'Delete "$INSTDIR\\a$$INSTDIR"' in _lists("a$INSTDIR")


def test_that_it_removes_the_start_at_login_that_the_program_writes() -> None:
    run = re.escape(login_start._RUN)
    approved = re.escape(login_start._APPROVED)

    assert re.search(rf'^!define RUN_KEY "{run}"$', _SCRIPT, re.MULTILINE)
    assert re.search(rf'^!define APPROVED_KEY "{approved}"$', _SCRIPT, re.MULTILINE)
    assert f'!define NAME "{login_start._NAME}"' in _SCRIPT
    uninstall = _SCRIPT[_SCRIPT.index('Section "Uninstall"') :]
    for key in ("RUN_KEY", "APPROVED_KEY"):
        assert f'DeleteRegValue HKCU "${{{key}}}" "${{NAME}}"' in uninstall


def test_that_every_key_it_makes_is_removed_again() -> None:
    uninstall = _SCRIPT[_SCRIPT.index('Section "Uninstall"') :]
    written = set(re.findall(r'WriteReg\w+ HKCU "\$\{(\w+)\}', _SCRIPT))
    removed = set(re.findall(r'DeleteReg\w+ HKCU "\$\{(\w+)\}', uninstall))

    assert written == {"SCHEME_KEY", "PATHS_KEY", "UNINSTALL_KEY", "RUN_KEY"}
    assert written <= removed


def test_that_nothing_needs_an_administrator() -> None:
    assert "RequestExecutionLevel user" in _SCRIPT
    assert not re.search(r"HKLM|HKCR|HKEY_LOCAL|\$PROGRAMFILES|SetShellVarContext all", _SCRIPT)


def test_that_a_link_is_no_option_whatever_is_in_it() -> None:
    (command,) = re.findall(r'"\$\{SCHEME_KEY\}\\shell\\open\\command" "" \'(.+)\'', _SCRIPT)
    assert command == '"$INSTDIR\\${PROGRAM}" -- "%1"'
    assert '!define SCHEME_KEY "Software\\Classes\\headwater"' in _SCRIPT
    assert SCHEME == "headwater"

    link = ["--", f"{SCHEME}://ask?q=a", "--data-dir", "//evil/share"]

    assert parse_window(link).data_dir is None


def test_that_it_is_found_where_its_own_installer_puts_it(tmp_path: Path) -> None:
    compiler = tmp_path / "NSIS" / "makensis.exe"
    compiler.parent.mkdir()
    compiler.touch()

    assert installer.find_makensis({"PATH": "", "ProgramFiles(x86)": str(tmp_path)}) == str(
        compiler
    )
    with pytest.raises(SetUpFailedError, match="nsis"):
        installer.find_makensis({"PATH": "", "ProgramFiles": str(tmp_path / "NSIS")})


def test_that_nsis_compiles_it_without_a_warning(tmp_path: Path) -> None:
    from PIL import Image

    folder = tmp_path / "frozen"
    for name in ("headwater.exe", "headwater-window.exe", "_internal/a $b.dll"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"x" * 5000)
    Image.new("RGBA", (32, 32)).save(tmp_path / "i.ico")

    made = installer.make_installer(
        folder, tmp_path / "i.ico", "1.2.3", tmp_path / "out", tmp_path, signs=False
    )

    assert made == tmp_path / "out" / "Headwater-1.2.3-setup.exe"
    packed = made.read_bytes()
    assert packed[:2] == b"MZ"
    assert "ProductVersion\x001.2.3".encode("utf-16-le") in packed
    assert b"PerMonitorV2" in packed
    assert b'requestedExecutionLevel level="asInvoker"' in packed


def test_that_the_last_page_shows_our_icon(tmp_path: Path) -> None:
    from PIL import Image

    installer.draw_side(tmp_path / "side.bmp")

    with Image.open(tmp_path / "side.bmp") as side:
        assert (side.format, side.mode, side.size) == ("BMP", "RGB", installer.SIDE)
        assert side.getpixel((0, 0)) == (255, 255, 255)
        assert side.getpixel((82, 50)) != (255, 255, 255)


def test_that_windows_knows_four_numbers_of_a_version() -> None:
    assert version_resource.numbers_of("1.20.3") == (1, 20, 3, 0)
