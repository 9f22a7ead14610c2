"""Where the files are, and that all of them can be elsewhere."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from headwater.adapters.folders import Folders, resource
from headwater.adapters.private_file import ForeignFileError, make_folder, tighten


def test_that_a_chosen_folder_holds_everything_and_comes_before_the_environment(
    tmp_path: Path,
) -> None:
    environ = {"HEADWATER_DATA_DIR": str(tmp_path / "from-environment")}
    for folders, root in (
        (Folders.at(str(tmp_path / "chosen"), environ), tmp_path / "chosen"),
        (Folders.at(None, environ), tmp_path / "from-environment"),
    ):
        for place in (
            folders.database,
            folders.preferences,
            folders.crash_file,
            folders.fault_file,
        ):
            assert place.is_relative_to(root)
        assert len({folders.data, folders.config, folders.state, folders.log}) == 4


def test_that_a_relative_folder_is_meant_from_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    folders = Folders.at("here", {})
    monkeypatch.chdir("/")
    assert folders.data == tmp_path / "here" / "data"


def test_that_the_users_own_folders_carry_the_name_once() -> None:
    folders = Folders.at(None, {})
    for folder in (folders.data, folders.config, folders.state, folders.log):
        assert folder.is_absolute()
        assert [part.lower() for part in folder.parts].count("headwater") == 1


def test_that_S23_folders_are_made_for_the_user_alone(tmp_path: Path) -> None:
    folders = Folders.under(tmp_path / "a" / "b")
    folders.data.mkdir(parents=True)
    folders.data.chmod(0o755)
    for umask in (0, 0o777):
        before = os.umask(umask)
        try:
            folders.create()
        finally:
            os.umask(before)
    for folder in (folders.data, folders.config, folders.state, folders.log):
        assert folder.stat().st_mode & 0o777 == 0o700


def test_that_a_folder_of_the_users_own_is_not_changed(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    Folders.under(tmp_path).create()
    assert tmp_path.stat().st_mode & 0o777 == 0o755


def test_that_a_file_in_place_of_a_folder_is_said(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("")
    with pytest.raises(NotADirectoryError):
        make_folder(tmp_path / "data")
    with pytest.raises(OSError, match="data"):
        make_folder(tmp_path / "data" / "below")


def test_that_S24_a_link_of_another_user_is_not_followed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "target"
    target.write_text("x")
    target.chmod(0o644)
    link = tmp_path / "link"
    link.symlink_to(target)
    monkeypatch.setattr(os, "getuid", lambda: link.lstat().st_uid + 1)
    with pytest.raises(ForeignFileError):
        tighten(link)
    assert target.stat().st_mode & 0o777 == 0o644
    monkeypatch.undo()
    tighten(link)
    assert target.stat().st_mode & 0o777 == 0o600


def test_that_a_resource_is_found() -> None:
    assert resource("icons").is_dir()
