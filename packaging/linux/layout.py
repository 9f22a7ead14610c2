"""Lays the files of an installation out, as a distribution of Linux wants them to lie."""

from __future__ import annotations

import gzip
import shutil
from pathlib import Path

from headwater.adapters.desktop_entry import DesktopEntry
from headwater.adapters.desktop_file import APP_ID, FILE_NAME
from headwater.adapters.folders import resource
from icons import draw_theme

METAINFO = Path(__file__).with_name(f"{APP_ID}.metainfo.xml")
MANUAL = Path(__file__).with_name("headwater.1")
PROGRAM = Path("usr/lib/headwater/headwater")
LICENCES = Path("usr/share/doc/headwater/copyright")


def lay_out(root: Path, frozen: Path, copyright_text: str) -> None:
    """Make `root` anew and put every file that is to be installed into it."""
    shutil.rmtree(root, ignore_errors=True)
    shutil.copytree(frozen, root / "usr/lib/headwater", symlinks=True)
    (root / "usr/bin").mkdir()
    (root / "usr/bin/headwater").symlink_to("../lib/headwater/headwater")
    icon = resource("icons") / "headwater.svg"
    draw_theme(icon, root / "usr/share/icons/hicolor", APP_ID)
    texts = {
        f"usr/share/applications/{FILE_NAME}": DesktopEntry(("headwater",), icon, {}).text(),
        f"usr/share/metainfo/{METAINFO.name}": METAINFO.read_text(encoding="utf-8"),
        LICENCES.as_posix(): copyright_text,
    }
    manual = root / "usr/share/man/man1/headwater.1.gz"
    manual.parent.mkdir(parents=True)
    manual.write_bytes(gzip.compress(MANUAL.read_bytes(), mtime=0))
    for name, text in texts.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    settle_modes(root)


def settle_modes(root: Path) -> None:
    """Let everybody read everything, whatever the umask here; only the program is executable."""
    for path in (root, *root.rglob("*")):
        if not path.is_symlink():
            runs = path.is_dir() or path == root / PROGRAM
            path.chmod(0o755 if runs else 0o644)
