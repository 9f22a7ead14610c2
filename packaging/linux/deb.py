"""A Debian package around the frozen program, as Debian policy lays the files out.

The same commit gives the same bytes on the same machine: every date is the commit's.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path

from command import said
from freezing import asked_for
from linux.layout import lay_out, settle_modes
from set_up import QT_LIBRARIES, SetUpFailedError

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
    architecture = said(["dpkg", "--print-architecture"]).strip()
    root = work / "root"
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
    said(["dpkg-deb", "--root-owner-group", "-Zxz", "-z9", "--build", str(root), str(package)])
    return package


def control_text(version: str, architecture: str, size: int, depends: Iterable[str]) -> str:
    """Return the package's description of itself; `size` is in KiB."""
    return CONTROL.format(
        version=version,
        architecture=architecture,
        size=size,
        depends=", ".join(depends),
        recommends=", ".join(RECOMMENDED),
    )


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
