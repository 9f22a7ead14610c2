"""What the trials of packages ask for, compare and believe; none is run, nobody need be root."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Sequence
from pathlib import Path

import pytest

import set_up
import try_packages
from linux import bare_system, try_appimage, try_deb, try_installed, try_rpm
from linux.try_key_server import ANSWER, key_server
from trial import CheckFailedError, Trial, expect, until

_DEB822 = """\
Types: deb
URIs: https://example.org/other https://mirror.example.org/debian/
Suites: bookworm
"""


@pytest.mark.parametrize(
    ("sources", "mirror"),
    [
        ([_DEB822], "https://mirror.example.org/debian"),
        (
            ["deb [arch=amd64 signed-by=/a] http://one.example/debian sid main"],
            "http://one.example/debian",
        ),
        (["deb http://security.example/debian-security sid main"], bare_system.MIRROR),
        (["# deb http://one.example/debian sid main"], bare_system.MIRROR),
        (["deb http://archive.ubuntu.com/ubuntu noble main"], bare_system.MIRROR),
        ([], bare_system.MIRROR),
    ],
)
def test_that_a_bare_debian_comes_from_the_mirror_that_apt_uses(
    sources: list[str], mirror: str
) -> None:
    assert bare_system.mirror_of(sources) == mirror


def test_that_only_what_leads_apt_to_its_mirror_is_copied() -> None:
    dumped = (
        'Acquire::http::Proxy "http://proxy:1";\nAcquire::Check-Date "false";\n'
        'APT::Architecture "amd64";\nAcquire::Languages "none";\n'
    )

    assert bare_system._APT_SETTING.findall(dumped) == [
        'Acquire::http::Proxy "http://proxy:1";',
        'Acquire::Check-Date "false";',
    ]


def test_that_a_trial_without_root_says_what_to_type(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setattr(try_packages, "build_missing", lambda _: pytest.fail("it goes on"))

    assert try_packages.main(["deb"]) == 1
    assert "sudo python3 packaging/dev.py try-packages" in capsys.readouterr().out
    assert try_packages.main(["deb", "--where-allowed"]) == 0
    assert capsys.readouterr().out.startswith("NOT TRIED")


@pytest.mark.parametrize("arguments", [["snap"], ["--suite", "sid"]])
def test_that_what_cannot_be_tried_is_a_usage_error(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        try_packages.main(arguments)

    assert ended.value.code == 2
    assert arguments[-1] in capsys.readouterr().err


def test_that_kinds_and_suites_are_told_apart() -> None:
    told = try_packages.parser().parse_args(["deb", "wheel", "--suite", "trixie"])

    assert (told.kinds, told.suite) == (["deb", "wheel"], ["trixie"])
    assert try_packages.parser().parse_args([]).kinds == []
    assert set(try_packages.kinds_of("linux")) <= set(try_packages.TRIALS)
    assert set(try_packages.KINDS) == set(try_packages.TRIALS)


def test_that_what_is_missing_is_built_with_the_content_of_the_appimage_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = {kind: tmp_path / kind for kind in ("deb", "rpm", "appimage")}
    wanted["deb"].touch()
    wanted["appimage"].touch()
    built: list[str] = []

    def build(command: Sequence[str], **_: object) -> subprocess.CompletedProcess[bytes]:
        built.extend(command[3:])
        for kind in command[3:]:
            wanted[kind].touch()
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr(subprocess, "run", build)
    try_packages.build_missing(wanted)

    assert built == ["appimage", "rpm"]


def test_that_a_build_that_makes_nothing_is_not_repeated_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = subprocess.CompletedProcess[bytes]([], 0)
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: done)

    with pytest.raises(set_up.SetUpFailedError, match=r"made no here\.whl"):
        try_packages.build_missing({"wheel": tmp_path / "here.whl"})


def _fail(error: Exception) -> None:
    raise error


def test_that_a_failed_check_is_told_once_and_the_next_part_is_tried(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    trial = Trial("a package", tmp_path)
    seen: list[str] = []
    trial.witness = seen.append
    with trial.part(), trial.check("it starts"), trial.check("it answers"):
        _fail(CheckFailedError("it said nothing"))
    with trial.part(), trial.check("it goes"):
        pass

    out = capsys.readouterr().out
    assert (trial.failed, trial.passed, seen) == (1, 1, ["failed-1"])
    assert [line.split()[0] for line in out.splitlines()] == ["FAILED", "it", "passed"]
    assert "a package: it answers\n        it said nothing" in out
    assert "it said nothing" in (tmp_path / "failures.log").read_text(encoding="utf-8")


def test_that_a_mistake_between_checks_counts_as_well(tmp_path: Path) -> None:
    trial = Trial("a package", tmp_path)
    with trial.part():
        _fail(OSError("no room"))

    assert trial.failed == 1
    assert "no room" in (tmp_path / "failures.log").read_text(encoding="utf-8")


def test_that_a_run_with_a_failure_ends_with_1(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    good, bad = Trial("good", tmp_path), Trial("bad", tmp_path)
    good.passed, bad.failed = 2, 1
    monkeypatch.setattr(try_packages, "build_missing", lambda _: None)
    monkeypatch.setitem(try_packages.TRIALS, "wheel", lambda _: [good])
    passing = try_packages.main(["wheel"])
    monkeypatch.setitem(try_packages.TRIALS, "wheel", lambda _: [good, bad])

    assert (passing, try_packages.main(["wheel"])) == (0, 1)
    assert "2 passed, 1 failed" in capsys.readouterr().out


def test_that_waiting_ends_with_what_never_happened() -> None:
    with pytest.raises(CheckFailedError, match="never happened: the moon"):
        until(lambda: False, "the moon", patience=0.1)
    until(lambda: True, "the sun", patience=0)
    with pytest.raises(CheckFailedError, match="empty"):
        expect([], "empty")


def test_that_what_a_package_leaves_behind_is_found_and_the_persons_own_is_not() -> None:
    before = {"/etc/a": "100644 0:0", "/usr/bin/b": "120777 0:0 c", "/etc/gone": "100644 0:0"}
    after = {
        "/etc/a": "100600 0:0",
        "/usr/bin/b": "120777 0:0 d",
        "/opt/new": "40755 0:0",
        "/home/person/.local/share/headwater/headwater.db": "100600 1000:1000",
        "/var/lib/dpkg/status": "100644 0:0",
    }

    assert bare_system.differences(before, after) == [
        "/etc/a",
        "/etc/gone",
        "/opt/new",
        "/usr/bin/b",
    ]
    assert bare_system.differences(before, before) == []


def test_that_paths_belong_to_a_package_wherever_usr_was_merged(tmp_path: Path) -> None:
    info = tmp_path / "var/lib/dpkg/info"
    info.mkdir(parents=True)
    (info / "a.list").write_text("/.\n/lib/liba.so\n", encoding="utf-8")

    assert {"/lib/liba.so", "/usr/lib/liba.so"} <= bare_system.owned(tmp_path)


def test_that_a_listing_tells_kind_mode_owner_and_target(tmp_path: Path) -> None:
    (tmp_path / "etc").mkdir(mode=0o755)
    (tmp_path / "etc/link").symlink_to("file")
    (tmp_path / "etc/file").touch(mode=0o600)
    told = bare_system.BareSystem("bookworm", tmp_path, tmp_path, 0).listing()
    state = tmp_path.stat()

    own = f"{state.st_uid}:{state.st_gid}"
    assert told == {
        "/etc": f"40755 {own}",
        "/etc/link": f"120777 {own} file",
        "/etc/file": f"100600 {own}",
    }


def test_that_copies_of_the_dead_are_removed_and_of_the_living_are_not(
    tmp_path: Path,
) -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    dead, living = tmp_path / f"run-{ended.pid}-x", tmp_path / f"run-{os.getpid()}-y"
    for folder in (dead, living, tmp_path / "bookworm"):
        folder.mkdir()

    bare_system.remove_left_over(tmp_path)

    assert sorted(path.name for path in tmp_path.iterdir()) == ["bookworm", living.name]


def test_that_an_rpm_may_ask_for_libraries_alone() -> None:
    required = [
        "libc.so.6()(64bit)",
        "libc.so.6(GLIBC_2.36)(64bit)",
        "libglib-2.0.so.0()(64bit)",
        "libstdc++.so.6()(64bit)",
        "rpmlib(CompressedFileNames) <= 3.0.4-1",
    ]

    assert try_rpm.not_libraries(required) == []
    wrong = ["/bin/sh", "python3", "libc6", "libxcb.so.1", "python3 libc.so.6()(64bit)"]
    assert try_rpm.not_libraries([*required, *wrong]) == wrong


def test_that_an_rpm_leaves_shared_folders_and_nothing_of_its_own() -> None:
    after = {
        "/usr/share/icons": "40755 0:0",
        "/usr/share/doc/headwater": "40755 0:0",
        "/usr/share/applications/x.desktop": "100644 0:0",
        "/var/lib/rpm/rpmdb.sqlite": "100644 0:0",
    }
    left = [path for path in after if not try_rpm.is_shared(path, after)]

    assert left == ["/usr/share/doc/headwater", "/usr/share/applications/x.desktop"]


def test_that_a_window_is_found_wherever_in_the_tree_of_the_compositor_it_lies() -> None:
    ours = {"pid": 7, "app_id": try_appimage.APP_ID, "nodes": [], "floating_nodes": []}
    other = {"pid": 8, "app_id": "other"}
    tree = {"nodes": [{"nodes": [{"nodes": [ours], "floating_nodes": [other]}]}]}

    assert list(try_appimage.windows_in(tree)) == [ours, other]
    assert list(try_appimage.windows_in({"nodes": []})) == []


def test_that_every_program_that_an_entry_starts_is_looked_at() -> None:
    entry = "[Desktop Entry]\nExec=/a/b.AppImage %U\n[Desktop Action x]\nExec='/c d/e' --new\n"

    assert try_appimage.commands_in(entry) == {"/a/b.AppImage", "/c d/e"}


def test_that_a_key_is_found_in_the_clear_and_in_base64(tmp_path: Path) -> None:
    key = "sk-trial-0123456789"
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep/plain").write_bytes(b"\0" + key.encode() + b"\n")
    (tmp_path / "coded").write_bytes(b"[x]\n" + base64.b64encode(key.encode()))
    (tmp_path / "innocent").write_text("sk-trial-9876543210", encoding="utf-8")
    (tmp_path / "link").symlink_to("deep/plain")

    found = try_deb.files_with(key, [tmp_path])

    assert sorted(path.name for path in found) == ["coded", "plain"]


def test_that_the_server_answers_one_key_alone_and_remembers_who_came_with_it() -> None:
    with key_server("sk-right") as server:
        models, asked = f"{server.address}/models", f"{server.address}/chat/completions"
        with pytest.raises(urllib.error.HTTPError, match="401") as refused:
            _fetch(models, "sk-wrong")
        refused.value.close()
        listed = json.loads(_fetch(models, "sk-right"))
        answer = _fetch(asked, "sk-right", b"{}").decode()

        assert [model["id"] for model in listed["data"]] == ["trial-model"]
        assert ANSWER in answer
        assert answer.endswith("data: [DONE]\n\n")
        assert server.let_in == ["/v1/models", "/v1/chat/completions"]


def _fetch(address: str, key: str, body: bytes | None = None) -> bytes:
    request = urllib.request.Request(address, body, {"Authorization": f"Bearer {key}"})
    straight = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with straight.open(request, timeout=10) as answer:
        return bytes(answer.read())


class _Program:
    """A program that has its say and ends when it is told to."""

    def __init__(self, status: int, words: str) -> None:
        self.is_running = True
        self._status = status
        self._words = words

    def said(self, *_: str) -> str:
        return self._words

    def start(self, *_: str) -> _Program:
        return self

    def end(self) -> int:
        self.is_running = False
        return self._status


@pytest.mark.parametrize(
    ("status", "words", "problem"),
    [(0, "", ""), (1, "", "ends it with 1"), (0, "a warning\n", "it said: a warning")],
)
def test_that_a_program_has_to_end_with_0_and_without_a_word(
    status: int, words: str, problem: str
) -> None:
    program = _Program(status, words)
    if problem:
        with (
            pytest.raises(CheckFailedError, match=f"{problem}$|{problem}:"),
            try_installed.started(program),
        ):
            pass
    else:
        with try_installed.started(program):
            assert program.is_running
    assert not program.is_running


def test_that_a_question_has_to_be_kept_as_it_was_typed() -> None:
    def told(question: str, text: str, sources: list[str]) -> _Program:
        turn = {"question": question, "text": text, "sources": sources}
        return _Program(0, json.dumps({"state": "complete", "turns": [turn]}))

    try_installed.until_answered(told("q", "zstd is", ["s"]), "1", "q")
    for wrong, problem in (
        (told("std", "zstd is", ["s"]), "kept as 'std'"),
        (told("q", "something", ["s"]), "the answer is"),
        (told("q", "zstd is", []), "no sources"),
    ):
        with pytest.raises(CheckFailedError, match=problem):
            try_installed.until_answered(wrong, "1", "q")
