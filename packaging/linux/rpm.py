"""An RPM package around the frozen program, made by nfpm, which needs no RPM system."""

from __future__ import annotations

import json
import platform
import shutil
import sysconfig
from collections.abc import Iterable
from pathlib import Path

from command import said
from freezing import asked_for
from linux.layout import LICENCES, lay_out

# Names that Fedora and openSUSE share; without them the program works and does less.
RECOMMENDED = ("gnome-keyring", "hicolor-icon-theme", "xdg-desktop-portal", "xdg-utils")
_MARK_64 = "()(64bit)"


def make_rpm(
    frozen: Path, copyright_text: str, version: str, date: str, out: Path, work: Path
) -> Path:
    """Pack the folder that PyInstaller made; return the package's path in `out`.

    `date` is that of every file, as in `2026-01-31T12:00:00Z`.

    Raises:
        SetUpFailedError: nfpm failed.
    """
    root = work / "rpm"
    lay_out(root, frozen, copyright_text)
    description = work / "nfpm.json"  # every JSON is YAML, which nfpm reads
    content = package_description(root, version, date, requirements(*asked_for(frozen)))
    description.write_text(json.dumps(content, indent=1), encoding="utf-8")
    package = out / f"headwater-{version}-1.{platform.machine()}.rpm"
    out.mkdir(parents=True, exist_ok=True)
    package.unlink(missing_ok=True)
    nfpm = shutil.which("nfpm", path=sysconfig.get_path("scripts")) or "nfpm"
    said([nfpm, "package", "-p", "rpm", "-f", str(description), "-t", str(package)])
    return package


def requirements(needed: Iterable[str], glibc: str) -> list[str]:
    """Return what must be there, in the names that every RPM system gives to its libraries."""
    libraries = {f"{name}{_MARK_64}" for name in needed if not name.startswith("ld-linux")}
    return sorted({*libraries, f"libc.so.6(GLIBC_{glibc})(64bit)"})


def package_description(
    root: Path, version: str, date: str, required: Iterable[str]
) -> dict[str, object]:
    """Return what nfpm reads; https://nfpm.goreleaser.com/configuration/ has the fields.

    Every file is named, because a whole tree would make the system's own folders ours as well.
    """
    return {
        "name": "headwater",
        "arch": platform.machine(),
        "platform": "linux",
        "version": version,
        "version_schema": "semver",
        "release": "1",
        "maintainer": "The Headwater authors",
        "description": "Cited AI answers, streamed into a native desktop window",
        "license": "MIT",
        "mtime": date,
        "depends": list(required),
        "recommends": list(RECOMMENDED),
        "contents": [
            _entry(root, path, date) for path in sorted(root.rglob("*")) if _is_ours(root, path)
        ],
        "rpm": {
            "compression": "zstd:19",
            "group": "Applications/Internet",
            "buildhost": "headwater",  # and not the name of this machine
        },
    }


def _is_ours(root: Path, path: Path) -> bool:
    own_folders = (root / "usr/lib/headwater", root / LICENCES.parent)
    is_within = any(path.is_relative_to(folder) for folder in own_folders)
    return path.is_symlink() or path.is_file() or is_within


def _entry(root: Path, path: Path, date: str) -> dict[str, object]:
    place = f"/{path.relative_to(root).as_posix()}"
    info: dict[str, object] = {"owner": "root", "group": "root", "mtime": date}
    if path.is_symlink():
        return {"src": str(path.readlink()), "dst": place, "type": "symlink", "file_info": info}
    info["mode"] = path.stat().st_mode & 0o777
    if path.is_dir():
        return {"dst": place, "type": "dir", "file_info": info}
    kind = {"type": "licence"} if path.relative_to(root) == LICENCES else {}
    return {"src": str(path), "dst": place, **kind, "file_info": info}
