"""What the front door understands, refuses and says."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import dev
import set_up


def _front_door(*arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """Start the script as a person does, with no display in the environment."""
    hidden = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    return subprocess.run(
        [sys.executable, str(set_up.ROOT / "packaging" / "dev.py"), *arguments],
        env={**{k: v for k, v in os.environ.items() if k not in hidden}, **environ},
        capture_output=True,
        text=True,
        check=False,
    )


def test_that_run_without_a_display_says_so_before_any_set_up(tmp_path: Path) -> None:
    ran = _front_door("run", HEADWATER_DEV_DIR=str(tmp_path / "none"))

    assert ran.returncode == 2
    assert ran.stdout == ""
    assert ran.stderr.startswith("Headwater cannot open a window because there is no display")
    assert ran.stderr.count("\n") == 1
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize(
    ("environ", "platform", "expected"),
    [
        ({}, "linux", False),
        ({"DISPLAY": ""}, "linux", False),
        ({"DISPLAY": ":0"}, "linux", True),
        ({"WAYLAND_DISPLAY": "wayland-0"}, "linux", True),
        ({"QT_QPA_PLATFORM": "offscreen"}, "linux", True),
        ({}, "freebsd14", False),
        ({}, "darwin", True),
        ({}, "win32", True),
    ],
)
def test_that_a_display_is_where_the_environment_names_one(
    environ: dict[str, str], platform: str, expected: bool
) -> None:
    assert dev.has_display(environ, platform) is expected


@pytest.mark.parametrize(
    "arguments", [["ask", "why"], ["--data-dir", "x", "history"], ["--version"]]
)
def test_that_a_terminal_command_needs_neither_a_display_nor_qt(
    arguments: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[list[str]] = []
    monkeypatch.delenv("QT_QPA_PLATFORM")
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.setattr(dev, "prepare", lambda missing: Path("python") if not missing else None)
    monkeypatch.setattr(dev, "missing_for_qt", lambda: ["libegl1"])
    monkeypatch.setattr(dev, "become", lambda command, _: started.append(command))

    dev.run(arguments)

    assert started == [["python", "-m", "headwater", *arguments]]


def test_that_what_is_not_understood_is_a_usage_error() -> None:
    for arguments in ([], ["walk"], ["--fast"]):
        asked = _front_door(*arguments)
        assert (asked.returncode, asked.stdout) == (2, "")
        assert asked.stderr.startswith("usage: python3 packaging/dev.py")

    assert _front_door("--help").stdout.startswith("usage: python3 packaging/dev.py")


def test_that_tests_paint_into_memory_unless_told_otherwise(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("QT_QPA_PLATFORM")
    assert dev.without_display()["QT_QPA_PLATFORM"] == "offscreen"

    monkeypatch.setenv("QT_QPA_PLATFORM", "xcb")
    assert dev.without_display()["QT_QPA_PLATFORM"] == "xcb"


def test_that_a_failed_check_shows_what_it_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert dev.passes("types", [sys.executable, "-c", "print('fine')"])
    assert not dev.passes("lint", [sys.executable, "-c", "raise SystemExit('line too long')"])

    first, second, *rest = capsys.readouterr().out.splitlines()
    assert first.split()[:2] == ["types", "passed"]
    assert second.split()[:2] == ["lint", "FAILED"]
    assert rest[0] == "line too long"


def test_that_every_check_runs_after_one_has_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[str] = []

    def passes(name: str, _: object) -> bool:
        ran.append(name)
        return name != "format"

    monkeypatch.setattr(dev, "prepare", lambda _: Path(sys.executable))
    monkeypatch.setattr(dev, "passes", passes)

    assert dev.check([]) == 1
    checks = [
        "format",
        "lint",
        "types",
        "import contracts",
        "workflows",
        "workflow schema",
        "audit",
        "tests",
    ]
    assert ran == checks
    ran.clear()
    assert dev.check(["--without-tests"]) == 1
    assert "tests" not in ran


def test_that_a_misspelt_check_runs_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def prepare(_: object) -> Path:
        raise AssertionError("it was begun")

    monkeypatch.setattr(dev, "prepare", prepare)

    assert dev.check(["--without-test"]) == 2


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PATH", str(tmp_path))
    return tmp_path


def _add(program: Path, script: str) -> None:
    program.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    program.chmod(0o755)


def test_that_an_old_python_hands_over_to_the_newest_that_starts(path: Path) -> None:
    _add(path / "python3.13", "exit 127")
    _add(path / "python3.12", "exit 0")
    _add(path / "python3.11", "exit 0")

    assert dev.newer_python() == str(path / "python3.12")


def test_that_an_old_python_asks_uv_when_it_finds_no_newer_one(path: Path) -> None:
    _add(path / "uv", f'case "$1 $2" in "python find") echo {path}/cpython;; esac')

    assert dev.newer_python() == f"{path}/cpython"


def test_that_an_old_python_alone_says_what_is_needed(path: Path) -> None:
    with pytest.raises(set_up.SetUpFailedError, match=r"needs Python 3\.11 or newer and this is"):
        dev.newer_python()

    _add(path / "apt-get", "exit 0")
    with pytest.raises(set_up.SetUpFailedError, match=r"type: sudo apt-get install python3\.11"):
        dev.newer_python()


@pytest.mark.parametrize(
    "line",
    [
        "--extra-index-url https://registry.example/simple",
        "-e .",
        "--find-links wheels",
        "httpx @ wheels/httpx.whl",
        "    # from https://registry.example",
    ],
)
def test_that_a_lock_says_what_and_never_from_where(line: str) -> None:
    text = f"httpx==0.28.1 \\\n    --hash=sha256:00\n    # via -r pyproject.toml\n{line}\n"

    assert dev.lines_not_for_a_lock(text) == [(4, line)]
