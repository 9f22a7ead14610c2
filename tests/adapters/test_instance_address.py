from __future__ import annotations

from pathlib import Path

import pytest

from headwater.adapters.instance_address import instance_address, is_private_folder


@pytest.fixture
def runtime(tmp_path_factory: pytest.TempPathFactory) -> Path:
    # A short one: a socket's path has little room.
    import tempfile

    return Path(tempfile.mkdtemp(prefix="r-"))


def test_that_each_data_folder_has_a_socket_of_its_own_in_the_runtime_folder(
    runtime: Path,
) -> None:
    environ = {"XDG_RUNTIME_DIR": str(runtime)}
    addresses = {
        instance_address("", environ, "linux"),
        instance_address("/a", environ, "linux"),
        instance_address("/b", environ, "linux"),
        instance_address("", {**environ, "XDG_DATA_HOME": "/c"}, "linux"),
    }
    assert len(addresses) == 4
    assert {Path(address).parent for address in addresses} == {runtime}
    assert all(len(address) < 104 for address in addresses)


def test_that_the_same_folder_is_found_however_it_is_named(
    runtime: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir("/")
    environ = {"XDG_RUNTIME_DIR": str(runtime)}
    expected = instance_address("/a/b", environ, "linux")
    assert instance_address("a/b/", environ, "linux") == expected
    assert instance_address("a/x/../b", environ, "linux") == expected
    assert instance_address("", {**environ, "HEADWATER_DATA_DIR": "/a/b"}, "linux") == expected


@pytest.mark.parametrize("mode", [0o755, 0o770, 0o777])
def test_that_a_runtime_folder_that_others_can_enter_is_not_used(runtime: Path, mode: int) -> None:
    runtime.chmod(mode)
    address = instance_address("", {"XDG_RUNTIME_DIR": str(runtime)}, "linux")
    assert Path(address).parent != runtime


@pytest.mark.parametrize("runtime_dir", ["", "/nowhere", "/tmp/" + "x" * 90])
def test_that_without_a_usable_runtime_folder_there_is_one_per_user(runtime_dir: str) -> None:
    address = instance_address("", {"XDG_RUNTIME_DIR": runtime_dir}, "linux")
    assert Path(address).parent.parent == Path("/tmp")
    assert len(address) < 104


def test_that_a_pipe_belongs_to_a_user_and_a_folder() -> None:
    names = {
        instance_address(folder, {"USERNAME": user}, "win32")
        for folder in ("", "C:/x")
        for user in ("a", "b")
    }
    assert len(names) == 4
    assert all("\\" not in name and "/" not in name for name in names)


def test_that_a_link_or_a_file_is_no_private_folder(runtime: Path, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch(0o600)
    assert not is_private_folder(str(file))
    link = tmp_path / "link"
    link.symlink_to(runtime)
    assert is_private_folder(str(runtime))
    assert not is_private_folder(str(link))
    assert not is_private_folder(str(tmp_path / "nothing"))
