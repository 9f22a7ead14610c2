"""An AppImage around the frozen program: one file that runs without being installed.

It is a small program, the runtime, with a squashed folder behind it that it mounts. The runtime is
the official one, downloaded and checked by its hash; where it cannot be had the folder alone is
made, which is what `try-packages` tries.
https://docs.appimage.org/reference/appdir.html
"""

from __future__ import annotations

import hashlib
import os
import platform
import re
import shutil
from pathlib import Path

from command import said
from headwater.adapters.desktop_file import APP_ID, FILE_NAME
from linux.layout import PROGRAM, lay_out
from set_up import SetUpFailedError

# AppImage/type2-runtime, release 20251108.
RUNTIME = "https://github.com/AppImage/type2-runtime/releases/download/20251108/runtime-x86_64"
RUNTIME_HASH = "2fca8b443c92510f1483a883f60061ad09b46b978b2631c807cd873a47ec260d"
_LARGEST_RUNTIME = 10_000_000  # bytes

# What Qt's plugins for X11 and Wayland ask for and not every desktop has. All else that they ask
# for is on the AppImage project's list of what every desktop has (libwayland-client is, its two
# sisters are not), or belongs to the driver of its graphics card.
BUNDLED = re.compile(
    r"^libxcb-(cursor|icccm|image|keysyms|randr|render|render-util|shape|shm|sync|util|xfixes|xkb)\.so"
    r"|^libxkbcommon(-x11)?\.so"
    r"|^libwayland-(cursor|egl)\.so"
)
# Loaded by `start.py` if the desktop has none; what lies beside the program itself always is.
SPARE = re.compile(r"^libxkbcommon(-x11)?\.so")


def lay_out_appdir(
    root: Path, frozen: Path, libraries: dict[str, Path], copyright_text: str
) -> None:
    """Make the folder anew; `libraries` maps the names of bundled libraries to their files."""
    lay_out(root, frozen, copyright_text)
    inside = root / PROGRAM.parent / "_internal"
    (inside / "spare").mkdir()
    for name, file in libraries.items():
        shutil.copy(file, inside / "spare" / name if SPARE.match(name) else inside / name)
    (root / "AppRun").symlink_to(PROGRAM)
    (root / FILE_NAME).symlink_to(f"usr/share/applications/{FILE_NAME}")
    picture = f"usr/share/icons/hicolor/256x256/apps/{APP_ID}.png"
    (root / f"{APP_ID}.png").symlink_to(picture)
    (root / ".DirIcon").symlink_to(picture)


def bundled_libraries(needed: set[str]) -> dict[str, Path]:
    """Return the files of this system for those that not every desktop has.

    Raises:
        SetUpFailedError: one is not there.
    """
    known = {
        match[1]: Path(match[2])
        for match in re.finditer(
            r"^\s+(\S+) \(libc6,x86-64\S*\) => (\S+)$", said(["/sbin/ldconfig", "-p"]), re.MULTILINE
        )
    }
    wanted = sorted(name for name in needed if BUNDLED.match(name))
    if lacking := [name for name in wanted if name not in known]:
        raise SetUpFailedError(f"This machine does not have {', '.join(lacking)}")
    return {name: known[name] for name in wanted}


def squash(root: Path, image: Path, environ: dict[str, str] | None = None) -> Path:
    """Pack the folder into a file system that is mounted quickly; return its path."""
    image.unlink(missing_ok=True)
    pack = ["mksquashfs", str(root), str(image), "-root-owned", "-noappend", "-no-xattrs"]
    # xz would make it a tenth smaller, and each start three seconds longer.
    said([*pack, "-comp", "zstd", "-Xcompression-level", "19", "-no-progress", "-quiet"], environ)
    return image


def assemble(runtime: Path, squashed: Path, version: str, out: Path) -> Path:
    """Put the folder behind the runtime; return the AppImage's path in `out`.

    Raises:
        SetUpFailedError: the runtime is another one than ours.
    """
    start = runtime.read_bytes()
    if hashlib.sha256(start).hexdigest() != RUNTIME_HASH:
        raise SetUpFailedError(f"{runtime} is not the runtime of AppImage that this build knows.")
    out.mkdir(parents=True, exist_ok=True)
    made = out / f"Headwater-{version}-{platform.machine()}.AppImage"
    made.write_bytes(start + squashed.read_bytes())
    made.chmod(0o755)
    return made


def bring_runtime(path: Path, environ: dict[str, str] | os._Environ[str] = os.environ) -> bool:
    """Have the official runtime at `path`; return whether it could be had.

    HEADWATER_APPIMAGE_RUNTIME names a file that was downloaded before.
    """
    import httpx

    given = environ.get("HEADWATER_APPIMAGE_RUNTIME")
    if given:
        shutil.copy(given, path)
        return True
    try:
        with httpx.stream("GET", RUNTIME, follow_redirects=True, timeout=30) as answer:
            answer.raise_for_status()
            content = b""
            for piece in answer.iter_bytes():
                content += piece
                if len(content) > _LARGEST_RUNTIME:
                    return False
    except httpx.HTTPError:
        return False
    path.write_bytes(content)
    return True
