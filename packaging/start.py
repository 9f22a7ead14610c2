"""Where a frozen Headwater starts: PyInstaller freezes a script, not a module."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping, MutableMapping
from contextlib import suppress
from pathlib import Path

from headwater.__main__ import main


def give_back(environ: MutableMapping[str, str]) -> None:
    """Take out the folder of our own libraries, which a browser that we open would load.

    The dynamic linker has read the variable for this process by now and does not look again.
    """
    before = environ.pop("LD_LIBRARY_PATH_ORIG", None)  # where PyInstaller keeps the user's own
    environ.pop("LD_LIBRARY_PATH", None)
    if before is not None:
        environ["LD_LIBRARY_PATH"] = before


def lend(spare: Path, environ: Mapping[str, str], load: Callable[[str], object]) -> None:
    """Load the libraries of the keyboard that an AppImage brings, where the desktop has none.

    The desktop's own are better: an older one may not know its table of composed characters, and
    drops all of it. The two belong together and are of one version.
    """
    try:
        load("libxkbcommon-x11.so.0")
    except OSError:
        if environ.get("WAYLAND_DISPLAY"):
            with suppress(OSError):
                load("libxkbcommon.so.0")
                return
        for name in ("libxkbcommon.so.0", "libxkbcommon-x11.so.0"):
            load(str(spare / name))


if __name__ == "__main__":
    if sys.platform.startswith("linux"):
        give_back(os.environ)
        spare = Path(sys.executable).parent / "_internal" / "spare"
        if spare.is_dir():
            from ctypes import CDLL

            lend(spare, os.environ, CDLL)
    if sys.argv[1:] == ["--bundled"]:  # asked by `frozen_check.py` after every build
        from bundled import tell

        tell()
        sys.exit(0)
    sys.exit(main())
