"""Our own mistakes, written down without giving anything away."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from headwater.adapters.crash_file import CrashFile, masked, start_fault_file
from headwater.domain.api_key import ApiKey

CANARY = "sk-canary-7f3a91c2d4"


def _raise(text: str, cause: str) -> None:
    raise ValueError(text) from KeyError(cause)


def _fail(text: str, path: Path, **options: int) -> str:
    """Write the traceback of a failure that says `text`; return the file's text."""
    secret_local = "local-" + "value"
    file = CrashFile(path, ApiKey("plain-canary-41").masked_in, **options)
    try:
        _raise(text, secret_local[:5])
    except ValueError as error:
        file.write(type(error), error, error.__traceback__)
    return path.read_text()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "log" / "crash.log"


def test_that_a_crash_is_written_with_where_it_happened_and_its_cause(path: Path) -> None:
    text = _fail("the reason", path)
    assert "ValueError: the reason" in text
    assert "in _fail" in text
    assert "KeyError: 'local'" in text
    assert f"Python {sys.version.split()[0]}" in text


def test_that_S17_no_value_of_a_variable_is_written(path: Path) -> None:
    assert "local-value" not in _fail("x", path)


@pytest.mark.parametrize(
    "text",
    [
        f"Illegal header value b'Bearer {CANARY}\\n'",
        f"x-api-key: {CANARY}",
        f"{{'authorization': 'Bearer {CANARY}'}}",
        f"https://h/?api_key={CANARY}",
        "{'authorization': 'Bearer canary-of-no-known-kind'}",
        "Proxy-Authorization: Basic Y2FuYXJ5OmNhbmFyeQcanary",
        f"just {CANARY} alone",
        "my plain-canary-41 key",
        "pplx-canary-41",
    ],
)
def test_that_S14_keys_are_masked(path: Path, text: str) -> None:
    written = _fail(text, path)
    assert "canary" not in written.split("--- ")[1].split("in _fail")[-1]
    assert "canary" not in written
    assert "•••" in written


def test_that_masking_leaves_other_words_alone() -> None:
    text = "The task-oriented disk-based risk-averse ask-me answer of a bearer of news"
    assert masked(text) == text


def test_that_S23_the_file_is_the_users_alone_and_stays_small(path: Path) -> None:
    umask = os.umask(0)
    try:
        for number in range(30):
            _fail(f"{number} " + "long " * 1000, path, largest=20_000)
    finally:
        os.umask(umask)
    old = path.with_name("crash.log.1")
    assert sorted(found.name for found in path.parent.iterdir()) == [path.name, old.name]
    for file in (path, old):
        assert file.stat().st_size <= 20_000
        assert file.stat().st_mode & 0o777 == 0o600
    assert "ValueError: 29" in path.read_text()


def test_that_one_endless_traceback_is_cut_in_the_middle(path: Path) -> None:
    text = _fail("begin " + "x" * 500_000 + " end", path)
    assert len(text) < 40_000
    assert "begin" in text
    assert " end" in text


def test_that_a_crash_in_the_crash_is_swallowed(tmp_path: Path) -> None:
    class _UnspeakableError(Exception):
        def __str__(self) -> str:
            raise RuntimeError("no words")

    error = _UnspeakableError()
    (tmp_path / "file").write_text("")
    CrashFile(tmp_path / "file" / "below").write(_UnspeakableError, error, None)
    CrashFile(tmp_path / "crash.log").write(_UnspeakableError, error, None)
    CrashFile(tmp_path / "crash.log").write(KeyboardInterrupt, None, None)
    assert "_UnspeakableError" in (tmp_path / "crash.log").read_text()
    assert "KeyboardInterrupt" in (tmp_path / "crash.log").read_text()


def test_that_a_mask_that_fails_gives_nothing_away(path: Path) -> None:
    def broken(text: str) -> str:
        raise RuntimeError(text)

    CrashFile(path, broken).write(ValueError, ValueError(CANARY), None)
    text = path.read_text()
    assert "builtins.ValueError" in text
    assert CANARY not in text


def test_that_half_a_character_in_a_message_is_written(path: Path) -> None:
    assert "ValueError" in _fail("\ud83d", path)


def test_that_S24_a_link_in_place_of_the_file_is_not_written_to(path: Path) -> None:
    path.parent.mkdir()
    target = path.parent / "target"
    target.write_text("untouched")
    path.symlink_to(target)
    CrashFile(path).write(ValueError, ValueError("x"), None)
    assert target.read_text() == "untouched"


def test_that_the_interpreters_last_words_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "log" / "fault.log"
    program = (
        "import sys; from pathlib import Path\n"
        "from headwater.adapters.crash_file import start_fault_file\n"
        "file = start_fault_file(Path(sys.argv[1]))\n"
        "import faulthandler; faulthandler._sigabrt()\n"
    )
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run([sys.executable, "-c", program, str(path)], env=environ, check=False)
    assert done.returncode != 0
    assert "Fatal Python error: Aborted" in path.read_text()
    assert path.stat().st_mode & 0o777 == 0o600


def test_that_a_fault_file_that_grew_large_is_begun_anew_and_one_that_cannot_be_is_none(
    tmp_path: Path,
) -> None:
    path = tmp_path / "fault.log"
    path.write_text("x" * 300_000)
    file = start_fault_file(path)
    assert file is not None
    assert path.stat().st_size == 0
    file.close()
    assert start_fault_file(path / "below") is None
