"""How the packages are put together and judged, as far as no Wine is needed."""

from __future__ import annotations

import zipfile
from pathlib import Path

import httpx
import pytest

from headwater import __version__
from set_up import SetUpFailedError
from windows import packages, portable, try_packages


def test_that_every_file_gets_the_date_that_it_is_packed_with(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "b.dll").touch()

    packages.settle_dates(tmp_path, 1_790_000_000)

    assert {path.stat().st_mtime for path in tmp_path.rglob("*")} == {1_790_000_000.0}


@pytest.mark.parametrize(
    ("problems", "tries"),
    [
        ([], 1),
        (["OSError: [WinError 1359] Internal error"], 2),
        (["[WinError 1359]", "[WinError 1359]"], 2),
        (["no such module"], 1),
    ],
)
def test_that_only_what_wine_did_not_start_is_done_once_more(
    problems: list[str], tries: int
) -> None:
    made: list[int] = []

    def make() -> Path:
        made.append(1)
        if len(made) <= len(problems):
            raise SetUpFailedError(problems[len(made) - 1])
        return Path("made")

    if len(problems) < tries:
        assert packages._twice(make) == Path("made")
    else:
        with pytest.raises(SetUpFailedError):
            packages._twice(make)
    assert len(made) == tries


@pytest.mark.parametrize(
    ("found", "wanted", "said"),
    [
        (3, 0, "3, not 0"),
        ({"a", "b"}, {"b", "c"}, "too much: ['a'], missing: ['c']"),
        ({"a": 1, "b": 2}, {"a": 1, "b": 3}, "b: 2, not 3"),
        ({"a": 1}, {}, "a: 1, not None"),
    ],
)
def test_that_what_is_not_as_expected_is_told_apart(
    found: object, wanted: object, said: str
) -> None:
    with pytest.raises(SetUpFailedError) as told:
        try_packages.expect(found, wanted, "it")

    assert str(told.value) == f"it: {said}"


def test_that_what_is_as_expected_goes_on() -> None:
    try_packages.expect({"a": 1}, {"a": 1}, "it")


def test_that_the_installer_and_the_zip_hold_the_same_but_for_the_starter(tmp_path: Path) -> None:
    made = tmp_path / "p.zip"
    with zipfile.ZipFile(made, "w") as packed:
        for name in ("a.exe", "_internal/b.dll", packages.LICENCES_FILE, portable.STARTER):
            packed.writestr(f"Headwater-1/{name}", "")

    assert try_packages.files_packed(made) == {"a.exe", "_internal/b.dll", packages.LICENCES_FILE}


def test_that_a_zip_without_the_licences_is_refused(tmp_path: Path) -> None:
    made = tmp_path / "p.zip"
    with zipfile.ZipFile(made, "w") as packed:
        packed.writestr("Headwater-1/a.exe", "")

    with pytest.raises(SetUpFailedError, match="licences"):
        try_packages.files_packed(made)


def test_that_packages_of_this_version_are_not_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[object] = []
    monkeypatch.setattr(try_packages, "OUT", tmp_path)
    monkeypatch.setattr(try_packages, "do", lambda commands, log: started.append(log.touch()))
    names = [f"Headwater-{__version__}-{kind}" for kind in ("setup.exe", "portable.zip")]
    (tmp_path / names[0]).touch()

    try_packages.built_packages()
    assert len(started) == 1
    (tmp_path / names[1]).touch()
    found = try_packages.built_packages()

    assert len(started) == 1
    assert [path.name for path in found] == names


def test_that_the_server_of_the_trial_records_the_key_it_was_sent() -> None:
    with try_packages.key_server() as (address, heard):
        headers = {"Authorization": "Bearer a"}
        answer = httpx.post(
            f"{address}/chat/completions", headers=headers, json={}, trust_env=False
        )

    assert heard == ["Bearer a"]
    assert try_packages.ANSWER in answer.text
