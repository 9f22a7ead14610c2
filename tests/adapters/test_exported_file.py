from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from headwater.adapters import exported_file
from headwater.adapters.exported_file import FileTakenError, check_place, write_exported


def test_that_a_file_is_written_as_the_umask_says(tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    before = os.umask(0o027)
    try:
        write_exported(path, b"words", may_replace=False)
    finally:
        os.umask(before)

    assert path.read_bytes() == b"words"
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert list(tmp_path.iterdir()) == [path]


def test_that_what_is_there_is_replaced_only_when_allowed(tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    path.write_bytes(b"old")
    path.chmod(0o600)

    with pytest.raises(FileTakenError, match=r"exists already\.$"):
        write_exported(path, b"new", may_replace=False)
    assert path.read_bytes() == b"old"

    write_exported(path, b"new", may_replace=True)
    assert path.read_bytes() == b"new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_that_a_file_that_appears_meanwhile_is_not_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.md"
    sync = os.fsync

    def appear(descriptor: int) -> None:
        sync(descriptor)
        path.write_bytes(b"theirs")

    monkeypatch.setattr(os, "fsync", appear)
    with pytest.raises(FileTakenError):
        write_exported(path, b"ours", may_replace=False)

    assert path.read_bytes() == b"theirs"
    assert list(tmp_path.iterdir()) == [path]


def test_that_a_failure_leaves_what_was_there_and_no_draft(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.md"
    path.write_bytes(b"old")

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        write_exported(path, b"new", may_replace=True)

    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_that_a_file_system_without_links_gets_the_file_as_well(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    write_exported(tmp_path / "a.md", b"words", may_replace=False)

    assert [(p.name, p.read_bytes()) for p in tmp_path.iterdir()] == [("a.md", b"words")]


def test_that_a_link_stays_and_what_it_leads_to_is_replaced(tmp_path: Path) -> None:
    target, link = tmp_path / "target.md", tmp_path / "link.md"
    target.write_bytes(b"old")
    link.symlink_to(target)

    write_exported(link, b"new", may_replace=True)

    assert link.is_symlink()
    assert target.read_bytes() == b"new"


def test_that_only_ordinary_files_are_replaced(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)

    with pytest.raises(FileTakenError, match=r"is no ordinary file\.$"):
        check_place(pipe, may_replace=True)
    with pytest.raises(FileTakenError, match=r"is a folder\.$"):
        check_place(tmp_path, may_replace=True)
    with pytest.raises(FileTakenError, match=r"is no ordinary file\.$"):
        check_place(Path(os.devnull), may_replace=True)


def test_that_the_longest_name_can_be_written(tmp_path: Path) -> None:
    path = tmp_path / ("n" * 252 + ".md")

    exported_file.write_exported(path, b"words", may_replace=False)

    assert path.exists()
