"""What is missing, what is installed, and what a second or an interrupted set-up does."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

import set_up

Program = Callable[[str, str], Path]


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Program:
    """Put small shell scripts on a PATH that holds nothing else."""
    folder = tmp_path / "path"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))

    def add(name: str, script: str) -> Path:
        path = folder / name
        path.write_text(f"#!/bin/sh\nPATH=/usr/bin:/bin\n{script}\n", encoding="utf-8")
        path.chmod(0o755)
        return path

    return add


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "set-up.log"


def test_that_a_missing_library_asks_for_its_package_once() -> None:
    providers = {"libglib.so": "glib", "libgthread.so": "glib", "libc.so": "c", "libb.so": "b"}

    assert set_up.missing_packages(providers, lambda name: name == "libc.so") == ["b", "glib"]


def test_that_a_library_counts_only_when_it_loads() -> None:
    assert set_up.can_load("libc.so.6")
    assert not set_up.can_load("libheadwater-is-not-here.so.1")


@pytest.mark.parametrize("platform", ["win32", "darwin"])
def test_that_elsewhere_nothing_of_debian_is_missed(
    platform: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "squashfs-tools" in set_up.missing_for_build()

    monkeypatch.setattr(sys, "platform", platform)
    assert set_up.missing_for_build() == []
    assert set_up.missing_for_tests() == []


def test_that_a_font_is_looked_for_until_one_is_found(tmp_path: Path) -> None:
    (tmp_path / "truetype" / "dejavu").mkdir(parents=True)
    assert not set_up.has_font([str(tmp_path), str(tmp_path / "absent")])

    (tmp_path / "truetype" / "dejavu" / "DejaVuSans.TTF").touch()
    assert set_up.has_font([str(tmp_path)])


def test_that_whoever_may_not_install_gets_the_line_to_type(
    program: Program, log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program("apt-get", "exit 0")
    program("sudo", "exit 0")
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.delenv("CI", raising=False)

    with pytest.raises(set_up.SetUpFailedError) as caught:
        set_up.install_system_packages(["libegl1", "libgl1"], log)

    line = "sudo apt-get install --no-install-recommends libegl1 libgl1"
    assert str(caught.value).splitlines()[-1] == line


def test_that_a_system_without_apt_hears_the_names(program: Program, log: Path) -> None:
    program("dnf", "exit 0")

    with pytest.raises(set_up.SetUpFailedError, match=r"libegl1 libgl1\. Then"):
        set_up.install_system_packages(["libegl1", "libgl1"], log)


def test_that_root_installs_and_fetches_the_lists_only_when_needed(
    program: Program, log: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls, lists = tmp_path / "calls", tmp_path / "lists"
    monkeypatch.delenv("DEBIAN_FRONTEND", raising=False)
    program(
        "apt-get",
        f'echo "$DEBIAN_FRONTEND $3" >> {calls}\n'
        f'case "$3" in update) touch {lists};; install) test -e {lists};; esac',
    )
    monkeypatch.setattr(os, "geteuid", lambda: 0)

    set_up.install_system_packages(["libegl1"], log)
    assert [line.split()[1] for line in calls.read_text().splitlines()] == [
        "install",
        "update",
        "install",
    ]
    assert calls.read_text().count("noninteractive") == 3

    set_up.install_system_packages(["libegl1"], log)
    assert calls.read_text().splitlines()[3:] == ["noninteractive install"]


def test_that_a_machine_for_ci_installs_by_sudo_without_being_asked(
    program: Program, log: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = tmp_path / "calls"
    program("apt-get", "exit 0")
    program("sudo", f'echo "$@" >> {calls}')
    monkeypatch.setattr(os, "geteuid", lambda: 1001)
    monkeypatch.setenv("CI", "true")

    set_up.install_system_packages(["libegl1"], log)

    said = calls.read_text(encoding="utf-8")
    assert said.startswith("--non-interactive env DEBIAN_FRONTEND=noninteractive apt-get ")
    assert said.endswith(" install --yes --no-install-recommends libegl1\n")


def test_that_a_failure_ends_in_what_the_program_said(program: Program, log: Path) -> None:
    failing = program("failing", "echo early; echo too late >&2; exit 3")

    with pytest.raises(set_up.SetUpFailedError, match="too late") as caught:
        set_up.do([[str(failing)], ["never-started"]], log)

    assert str(log) in str(caught.value)


def test_that_an_environment_is_ready_only_when_stamped_to_the_end_and_in_its_place(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "env"
    assert not set_up.is_ready(folder)

    python = set_up.python_of(folder)
    python.parent.mkdir(parents=True)
    python.symlink_to(sys.executable)
    assert not set_up.is_ready(folder)

    (folder / "packages.stamp").write_text(str(folder), encoding="utf-8")
    assert not set_up.is_ready(folder)

    (folder / "project.stamp").write_text(set_up.project_print(), encoding="utf-8")
    assert set_up.is_ready(folder)

    folder.rename(tmp_path / "moved")
    assert not set_up.is_ready(tmp_path / "moved")
    (tmp_path / "moved").rename(folder)

    python.unlink()
    python.symlink_to(tmp_path / "an-interpreter-since-removed")
    assert not set_up.is_ready(folder)


def test_that_a_second_call_starts_no_program(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HEADWATER_DEV_DIR", str(tmp_path))
    folder = set_up.environment_folder()
    python = set_up.python_of(folder)
    python.parent.mkdir(parents=True)
    python.symlink_to(sys.executable)
    (folder / "packages.stamp").write_text(str(folder), encoding="utf-8")
    (folder / "project.stamp").write_text(set_up.project_print(), encoding="utf-8")

    def started(*_: object, **__: object) -> None:
        raise AssertionError("a program was started")

    monkeypatch.setattr(subprocess, "run", started)

    assert set_up.prepare([]) == python


@pytest.fixture
def uv(program: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stand in for uv; returns the log of its calls. It fails while a file `offline` is there."""
    calls = tmp_path / "uv-calls"
    program(
        "uv",
        f'[ "$1" = --version ] && exit 0\n'
        f'echo "$@" >> {calls}\n'
        f"[ -e {tmp_path / 'offline'} ] && [ $1 = pip ] && echo no network && exit 2\n"
        'if [ "$1" = venv ]; then for last; do :; done\n'
        f'  mkdir -p "$last/bin" && ln -s {sys.executable} "$last/bin/python"; fi',
    )
    monkeypatch.setattr(set_up, "missing_for_venv", lambda: ["python3-venv"])
    return calls


def test_that_an_interrupted_set_up_is_done_again(uv: Path, tmp_path: Path, log: Path) -> None:
    folder = tmp_path / "env"
    (tmp_path / "offline").touch()
    with pytest.raises(set_up.SetUpFailedError, match="no network"):
        set_up.build_environment(folder, log)
    assert not set_up.is_ready(folder)
    (folder / "half-installed").touch()

    (tmp_path / "offline").unlink()
    set_up.build_environment(folder, log)

    assert set_up.is_ready(folder)
    assert not (folder / "half-installed").exists()


def test_that_a_changed_description_installs_the_project_alone(
    uv: Path, tmp_path: Path, log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, tree = tmp_path / "env", tmp_path / "tree"
    tree.mkdir()
    (tree / "pyproject.toml").write_text("version = 1", encoding="utf-8")
    monkeypatch.setattr(set_up, "ROOT", tree)
    set_up.build_environment(folder, log)
    uv.unlink()

    (tree / "pyproject.toml").write_text("version = 2", encoding="utf-8")
    assert not set_up.is_ready(folder)
    set_up.build_environment(folder, log)

    assert set_up.is_ready(folder)
    assert len(uv.read_text().splitlines()) == 1
    assert "--offline --no-deps --no-build-isolation --editable" in uv.read_text()


def test_that_packages_come_by_hash_alone(uv: Path, tmp_path: Path, log: Path) -> None:
    set_up.build_environment(tmp_path / "env", log)

    assert f"--require-hashes --requirement {set_up.LOCK}" in uv.read_text()


def test_that_an_environment_belongs_to_a_python_and_a_lock(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HEADWATER_DEV_DIR", str(tmp_path))
    one, other = tmp_path / "one.txt", tmp_path / "other.txt"
    one.write_text("httpx==1", encoding="utf-8")
    other.write_text("httpx==2", encoding="utf-8")

    monkeypatch.setattr(set_up, "LOCK", one)
    first = set_up.environment_folder()
    monkeypatch.setattr(set_up, "LOCK", other)

    assert first.parent == tmp_path
    assert f"env-{sys.version_info[0]}.{sys.version_info[1]}-" in first.name
    assert set_up.environment_folder() != first


def test_that_two_set_ups_wait_for_each_other(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, order, inside = tmp_path / "lock", list[str](), threading.Event()

    def second() -> None:
        inside.wait(5)
        with set_up.one_at_a_time(path):
            order.append("second")

    thread = threading.Thread(target=second)
    thread.start()
    with set_up.one_at_a_time(path):
        inside.set()
        thread.join(0.1)
        order.append("first")
    thread.join(5)

    assert order == ["first", "second"]
    assert capsys.readouterr().err == "Waiting for another set-up to finish\n"


@pytest.mark.parametrize("script", ["dev.py", "set_up.py"])
def test_that_python_3_9_can_read_the_scripts(script: str) -> None:
    text = (set_up.ROOT / "packaging" / script).read_text(encoding="utf-8")

    assert ast.parse(text, feature_version=(3, 9)).body


def test_that_packages_are_built_apart_from_what_is_worked_with(
    uv: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HEADWATER_DEV_DIR", str(tmp_path / "made"))
    python = set_up.prepare_build([])
    first = uv.read_text()

    assert python.is_relative_to(tmp_path / "made")
    assert f"--require-hashes --requirement {set_up.BUILD_LOCK}" in first
    assert "--editable" not in first
    assert set_up.prepare_build([]) == python
    assert uv.read_text() == first


def test_that_a_program_to_build_with_is_installed_when_it_is_not_there(
    uv: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted: list[str] = []
    monkeypatch.setenv("HEADWATER_DEV_DIR", str(tmp_path / "made"))
    monkeypatch.setattr(
        set_up, "install_system_packages", lambda packages, _: wanted.extend(packages)
    )

    set_up.prepare_build(["binutils"])

    assert wanted == ["binutils"]
