from __future__ import annotations

from pathlib import Path

import pytest

from headwater.adapters.folders import resource
from headwater.adapters.release_file import read_release_place
from headwater.domain.release import ReleasePlace


def test_that_a_release_build_knows_where_releases_are_published(tmp_path: Path) -> None:
    path = tmp_path / "release.json"
    path.write_text('{"repository": "owner/name", "more": 1}')
    assert read_release_place(path) == ReleasePlace("owner/name")


def test_that_a_source_checkout_knows_no_place() -> None:
    assert read_release_place(resource("release.json")) is None


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"\xff\xfe",
        b'{"repository": 7}',
        b'{"repository": "https://evil.example/a/b"}',
        b"[" * 100_000,
        b" " * 5000 + b'{"repository": "owner/name"}',
    ],
)
def test_that_a_damaged_file_counts_as_none(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "release.json"
    path.write_bytes(data)
    assert read_release_place(path) is None


def test_that_a_folder_in_its_place_counts_as_none(tmp_path: Path) -> None:
    assert read_release_place(tmp_path) is None
