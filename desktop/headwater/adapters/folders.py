"""Where Headwater's files are, and how to put all of them elsewhere."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from headwater.adapters.private_file import make_folder, tighten

_NAME = "headwater" if sys.platform.startswith("linux") else "Headwater"
_PACKAGE = Path(__file__).resolve().parent.parent


def resource(name: str) -> Path:
    """Return the path of a file or folder in `resources/`, installed or in the source tree."""
    installed = _PACKAGE / "resources"
    return (installed if installed.is_dir() else _PACKAGE.parent.parent / "resources") / name


class Folders(NamedTuple):
    """The folders for data, configuration, state and logs; `create` makes them."""

    data: Path
    config: Path
    state: Path
    log: Path

    @classmethod
    def of_user(cls) -> Folders:
        """Return the places that this platform keeps for programs of the user."""
        # Imported here, where it is needed: with --data-dir it is not.
        import platformdirs

        return cls(
            data=platformdirs.user_data_path(_NAME, appauthor=False),
            config=platformdirs.user_config_path(_NAME, appauthor=False),
            state=platformdirs.user_state_path(_NAME, appauthor=False),
            log=platformdirs.user_log_path(_NAME, appauthor=False),
        )

    @classmethod
    def under(cls, root: Path) -> Folders:
        """Return the same four inside `root`."""
        root = root.expanduser().absolute()
        return cls(root / "data", root / "config", root / "state", root / "log")

    @classmethod
    def at(cls, data_dir: str | Path | None, environ: Mapping[str, str] = os.environ) -> Folders:
        """Return those under `--data-dir`, else under HEADWATER_DATA_DIR, else the user's."""
        root = data_dir or environ.get("HEADWATER_DATA_DIR")
        return cls.under(Path(root)) if root else cls.of_user()

    def create(self) -> None:
        """Make every folder, readable by the user alone.

        Raises:
            OSError: one cannot be made.
        """
        for folder in (self.data, self.config, self.state, self.log):
            make_folder(folder)
            tighten(folder)

    @property
    def database(self) -> Path:
        """The history."""
        return self.data / "headwater.db"

    @property
    def preferences(self) -> Path:
        """What the user chose."""
        return self.config / "preferences.json"

    @property
    def crash_file(self) -> Path:
        """Tracebacks of our own mistakes."""
        return self.log / "crash.log"

    @property
    def fault_file(self) -> Path:
        """What the interpreter writes when it dies."""
        return self.log / "fault.log"
