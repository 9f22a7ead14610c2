"""Tells a running Headwater from one that was killed: a locked file per process."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from headwater.adapters.file_lock import try_lock
from headwater.adapters.private_file import make_folder, open_private, tighten
from headwater.domain.conversation import new_id

_ENDING = ".lock"


class RunLock:
    """Holds `<folder>/<token>.lock` locked until released; the system releases it on any death."""

    def __init__(self, folder: Path) -> None:
        """Take the lock.

        Raises:
            OSError: the folder or the file cannot be made.
        """
        make_folder(folder)
        self._folder = folder
        while True:
            self.token = new_id()
            self._path = folder / (self.token + _ENDING)
            self._descriptor = open_private(self._path, os.O_RDWR | os.O_CREAT | os.O_EXCL)
            # Between these two calls another process may have taken it for a dead one's.
            if try_lock(self._descriptor) and self._path.exists():
                break
            os.close(self._descriptor)
        tighten(folder)

    def release(self) -> None:
        """Give the lock up and remove its file."""
        with suppress(OSError):
            os.close(self._descriptor)
        with suppress(OSError):
            self._path.unlink()

    def is_alive(self, token: str) -> bool:
        """Return whether the process that holds `token` still runs; removes a dead one's file."""
        if token == self.token:
            return True
        if not token.isalnum():
            return False
        path = self._folder / (token + _ENDING)
        try:
            descriptor = os.open(path, os.O_RDWR | getattr(os, "O_CLOEXEC", 0))
        except FileNotFoundError:
            return False
        except OSError:
            return True
        try:
            is_free = try_lock(descriptor)
        finally:
            os.close(descriptor)
        if is_free:
            with suppress(OSError):
                path.unlink()
        return not is_free

    def others_alive(self) -> bool:
        """Return whether any other process holds a lock; clears away those of dead ones."""
        tokens = [path.stem for path in self._folder.glob("*" + _ENDING)]
        alive = [token for token in tokens if self.is_alive(token)]
        return alive not in ([], [self.token])
