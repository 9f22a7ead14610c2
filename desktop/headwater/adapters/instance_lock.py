"""Which process is the one Headwater of this user and data folder."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from headwater.adapters.file_lock import try_lock
from headwater.adapters.private_file import make_folder, open_private


class InstanceLock:
    """Holds `<folder>/instance.lock` until released; the system releases it on any death."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "instance.lock"
        self._descriptor = -1

    def take(self) -> bool:
        """Return whether no other process has it; where nothing can be locked, nobody has.

        A folder that cannot be written says so elsewhere and must not keep the window away.
        """
        try:
            make_folder(self._path.parent)
            descriptor = open_private(self._path, os.O_RDWR | os.O_CREAT)
        except OSError:
            return True
        if not try_lock(descriptor):
            os.close(descriptor)
            return False
        self._descriptor = descriptor
        return True

    def release(self) -> None:
        """Give it up; the file stays, since removing it would let two processes hold two locks."""
        if self._descriptor >= 0:
            with suppress(OSError):
                os.close(self._descriptor)
            self._descriptor = -1
