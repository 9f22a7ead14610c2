"""What the run of the probe obeys and believes; Wine itself is not needed for these."""

from __future__ import annotations

import sys
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


def test_that_a_window_is_found_by_the_whole_title_that_the_probe_gives() -> None:
    command = try_under_wine.order("@focus Quick ask\r\n")

    assert command[command.index("--name") + 1] == "Quick ask"
    assert command[-2:] == ["windowactivate", "--sync"]
    assert try_under_wine.order("passed  hears the default key") == []


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
