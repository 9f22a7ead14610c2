"""What a frozen Headwater can really load, told by itself as JSON on standard output."""

from __future__ import annotations

import importlib
import json
import os
import ssl
import sys
from importlib.metadata import entry_points
from pathlib import Path

_NOT_FOR_OTHERS = {"LD_LIBRARY_PATH", "QT_PLUGIN_PATH", "QML2_IMPORT_PATH"}
# What keyring's backends ask for while they run, which is different on each system.
_BEHIND_KEYRING = {
    "linux": ("secretstorage", "jeepney"),
    "win32": ("win32ctypes.pywin32.win32cred",),
}


def tell() -> None:
    """Load what is only found by its name while the program runs, and print what was found."""
    import certifi
    from pygments.lexers import get_all_lexers, get_lexer_by_name
    from PySide6.QtCore import QLibraryInfo
    from PySide6.QtGui import QImageReader

    from headwater.adapters.folders import resource
    from headwater.ui.formula_setting import set_formula

    plugins = Path(QLibraryInfo.path(QLibraryInfo.LibraryPath.PluginsPath))
    trusted = ssl.create_default_context(cafile=certifi.where())
    found = {
        "inherited": sorted(_NOT_FOR_OTHERS & set(os.environ)),
        "python": sys.version.split()[0],
        # As keyring itself finds them. Which can be used depends on the machine.
        "keyrings": sorted(
            importlib.import_module(backend.module).__name__
            for backend in entry_points(group="keyring.backends")
        ),
        "modules": [
            importlib.import_module(name).__name__ for name in _BEHIND_KEYRING.get(sys.platform, ())
        ],
        "output": sys.stdout.encoding,
        "plugins": sorted(
            path.relative_to(plugins).as_posix().partition(".")[0]
            for path in plugins.rglob("*")
            if path.is_file()
        ),
        "images": sorted(
            bytes(name.data()).decode() for name in QImageReader.supportedImageFormats()
        ),
        "lexers": sum(
            bool(get_lexer_by_name(names[0])) for _, names, *_ in get_all_lexers() if names
        ),
        "formulas": [tex for tex in ("x^2",) if set_formula(tex, is_display=False)],
        "authorities": len(trusted.get_ca_certs()),
        "resources": sorted(path.name for path in resource(".").rglob("*") if path.is_file()),
    }
    json.dump(found, sys.stdout)
