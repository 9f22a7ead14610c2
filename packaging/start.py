"""Where a frozen Headwater starts: PyInstaller freezes a script, not a module."""

from __future__ import annotations

import sys

from headwater.__main__ import main

if __name__ == "__main__":
    if sys.argv[1:] == ["--bundled"]:  # asked by `frozen_check.py` after every build
        from bundled import tell

        tell()
        sys.exit(0)
    sys.exit(main())
