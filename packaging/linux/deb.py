"""A Debian package around the frozen program, as Debian policy lays the files out.

The same commit gives the same bytes on the same machine: every date is the commit's.
"""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path

from headwater.adapters.desktop_entry import DesktopEntry
from headwater.adapters.desktop_file import APP_ID, FILE_NAME
from set_up import QT_LIBRARIES, SetUpFailedError

METAINFO = Path(__file__).with_name(f"{APP_ID}.metainfo.xml")

PACKAGES = {
    **QT_LIBRARIES,
    **dict.fromkeys(("libc.so.6", "libm.so.6", "ld-linux-x86-64.so.2"), "libc6"),
    **dict.fromkeys(("libdl.so.2", "libpthread.so.0", "librt.so.1", "libutil.so.1"), "libc6"),
    "ld-linux-aarch64.so.1": "libc6",
    "libresolv.so.2": "libc6",
    "libgcc_s.so.1": "libgcc-s1",
    "libstdc++.so.6": "libstdc++6",
    "libbrotlicommon.so.1": "libbrotli1",
    "libdrm.so.2": "libdrm2",
}
RECOMMENDED = (
    "gnome-keyring | kwalletmanager | keepassxc",
    "xdg-desktop-portal",
    "xdg-utils",
    "fonts-dejavu-core | fonts-noto-core",
)
CONTROL = """\
Package: headwater
Version: {version}
Architecture: {architecture}
Section: net
Priority: optional
Maintainer: The Headwater authors
Installed-Size: {size}
Depends: {depends}
Recommends: {recommends}
Description: cited AI answers, streamed into a native desktop window
 Ask, watch the answer arrive with its sources beside it, stop it, ask again
 without losing what was there, close the program, open it and find everything.
 .
 It speaks to the Perplexity API and to any OpenAI-compatible server, keeps the
 key in the system's keyring, and has no telemetry.
"""


def make_deb(frozen: Path, copyright_text: str, version: str, out: Path, work: Path) -> Path:
    """Pack the folder that PyInstaller made; return the package's path in `out`.

    Raises:
        SetUpFailedError: the program asks for a library that no known package holds.
    """
    depends = depends_of(*asked_for(frozen))
    architecture = _said(["dpkg", "--print-architecture"]).strip()
    root = work / "root"
    shutil.rmtree(root, ignore_errors=True)
    lay_out(root, frozen, copyright_text)
    size = installed_size(root)
    (root / "DEBIAN").mkdir()
    control = control_text(version, architecture, size, depends)
    (root / "DEBIAN/control").write_text(control, encoding="utf-8")
    (root / "DEBIAN/md5sums").write_text(md5sums(root), encoding="utf-8")
    settle_modes(root)
    package = out / f"headwater_{version}_{architecture}.deb"
    out.mkdir(parents=True, exist_ok=True)
    package.unlink(missing_ok=True)
    _said(["dpkg-deb", "--root-owner-group", "-Zxz", "--build", str(root), str(package)])
    return package


def lay_out(root: Path, frozen: Path, copyright_text: str) -> None:
    """Put every file but `DEBIAN/` where it is to be installed."""
    from headwater.adapters.folders import resource
    from linux.draw_icons import draw_icons

    shutil.copytree(frozen, root / "usr/lib/headwater", symlinks=True)
    (root / "usr/bin").mkdir()
    (root / "usr/bin/headwater").symlink_to("../lib/headwater/headwater")
    icon = resource("icons") / "headwater.svg"
    draw_icons(icon, root / "usr/share/icons/hicolor", APP_ID)
    texts = {
        f"usr/share/applications/{FILE_NAME}": DesktopEntry(("headwater",), icon, {}).text(),
        f"usr/share/metainfo/{METAINFO.name}": METAINFO.read_text(encoding="utf-8"),
        "usr/share/doc/headwater/copyright": copyright_text,
    }
    for name, text in texts.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")


def control_text(version: str, architecture: str, size: int, depends: Iterable[str]) -> str:
    """Return the package's description of itself; `size` is in KiB."""
    return CONTROL.format(
        version=version,
        architecture=architecture,
        size=size,
        depends=", ".join(depends),
        recommends=", ".join(RECOMMENDED),
    )


def asked_for(frozen: Path) -> tuple[set[str], str]:
    """Return the libraries that the folder asks for and does not hold, and the newest glibc.

    A plugin whose library is not there is silently not loaded, so each of them counts.
    """
    needed: set[str] = set()
    versions = {(2, 0)}
    held = {path.name for path in frozen.rglob("*")}
    for path in sorted(frozen.rglob("*")):
        if not is_library(path):
            continue
        headers = headers_of(path)
        needed |= set(re.findall(r"^\s+NEEDED\s+(\S+)", headers, re.MULTILINE))
        versions |= {
            (int(major), int(minor)) for major, minor in re.findall(r"GLIBC_(\d+)\.(\d+)", headers)
        }
    newest = max(versions)
    return needed - held, f"{newest[0]}.{newest[1]}"


def depends_of(
    needed: Iterable[str], glibc: str, packages: Mapping[str, str] = PACKAGES
) -> list[str]:
    """Return Debian's packages for these libraries, sorted, each once.

    Raises:
        SetUpFailedError: nobody has said yet which package holds one of them.
    """
    unknown = sorted(set(needed) - set(packages))
    if unknown:
        problem = "The frozen program asks for libraries that linux/deb.py does not know"
        raise SetUpFailedError(f"{problem}: {', '.join(unknown)}")
    floor = {"libc6": f"libc6 (>= {glibc})"}
    return [floor.get(name, name) for name in sorted({packages[name] for name in needed})]


def installed_size(root: Path) -> int:
    """Return the KiB that the files take once installed, each rounded up, as policy counts them."""
    files = (path for path in root.rglob("*") if "DEBIAN" not in path.relative_to(root).parts)
    return sum(
        1 if path.is_symlink() or path.is_dir() else -(-path.stat().st_size // 1024)
        for path in files
    )


def md5sums(root: Path) -> str:
    """Return a line for each installed file, in the form that `dpkg --verify` reads."""
    return "".join(
        f"{hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest()}"
        f"  {path.relative_to(root).as_posix()}\n"
        for path in sorted(root.rglob("*"))
        if path.is_file() and not path.is_symlink() and path.relative_to(root).parts[0] != "DEBIAN"
    )


def settle_modes(root: Path) -> None:
    """Let everybody read everything, whatever the umask here; only the program is executable."""
    for path in (root, *root.rglob("*")):
        if not path.is_symlink():
            runs = path.is_dir() or path == root / "usr/lib/headwater/headwater"
            path.chmod(0o755 if runs else 0o644)


def is_library(path: Path) -> bool:
    """Whether a file is a library or a program, and no link to one."""
    if path.is_symlink() or not path.is_file():
        return False
    with path.open("rb") as file:
        return file.read(4) == b"\x7fELF"


def headers_of(path: Path) -> str:
    """Return what the dynamic linker reads of a library, as objdump prints it."""
    return _said(["objdump", "-p", str(path)])


def _said(command: list[str]) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SetUpFailedError(f"{command[0]} failed: {done.stderr.strip()}")
    return done.stdout
