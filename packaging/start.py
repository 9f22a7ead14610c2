"""Where a frozen Headwater starts: PyInstaller freezes a script, not a module."""

from __future__ import annotations

import os
import sys
from collections.abc import MutableMapping

from headwater.__main__ import main


def give_back(environ: MutableMapping[str, str]) -> None:
    """Take out the folder of our own libraries, which a browser that we open would load.

    The dynamic linker has read the variable for this process by now and does not look again.
    """
    before = environ.pop("LD_LIBRARY_PATH_ORIG", None)  # where PyInstaller keeps the user's own
    environ.pop("LD_LIBRARY_PATH", None)
    if before is not None:
        environ["LD_LIBRARY_PATH"] = before


if __name__ == "__main__":
    if sys.platform.startswith("linux"):
        give_back(os.environ)
    if sys.argv[1:] == ["--bundled"]:  # asked by `frozen_check.py` after every build
        from bundled import tell

        tell()
        sys.exit(0)
    sys.exit(main())
