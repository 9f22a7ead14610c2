"""Files and folders that only their owner can read, whatever the umask."""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from pathlib import Path

_FILE_MODE = 0o600
_FOLDER_MODE = 0o700


class ForeignFileError(OSError):
    """The path is a link, or a file, that another user put there."""


def make_folder(folder: Path) -> None:
    """Create `folder` and what lacks above it, each 0700; leave existing ones as they are.

    Raises:
        OSError: it cannot be created, or a file stands in its place.
    """
    missing = []
    current = folder
    while not current.exists():
        missing.append(current)
        current = current.parent
    for path in reversed(missing):
        with suppress(FileExistsError):
            path.mkdir(_FOLDER_MODE)
            # mkdir's mode is cut by the umask, which may also take our own rights away.
            path.chmod(_FOLDER_MODE)
    if not folder.is_dir():
        raise NotADirectoryError(20, "a file stands where a folder is needed", str(folder))


def tighten(path: Path) -> None:
    """Take the rights of others away from `path` (0600, a folder 0700), where it exists.

    Raises:
        ForeignFileError: it is a symbolic link that another user made.
    """
    try:
        found = path.lstat()
    except OSError:
        return
    if stat.S_ISLNK(found.st_mode):
        if hasattr(os, "getuid") and found.st_uid != os.getuid():
            raise ForeignFileError(1, "another user's link stands in its place", str(path))
        try:
            found = path.stat()
        except OSError:
            return
    wanted = _FOLDER_MODE if stat.S_ISDIR(found.st_mode) else _FILE_MODE
    if stat.S_IMODE(found.st_mode) != wanted:
        with suppress(OSError):
            path.chmod(wanted)


def open_private(path: Path, flags: int) -> int:
    """Return a descriptor of `path`, opened with the `os.open` flags and 0600 from the start.

    Raises:
        OSError: as `os.open`; ForeignFileError as `tighten`.
    """
    tighten(path)
    return os.open(path, flags | getattr(os, "O_CLOEXEC", 0), _FILE_MODE)


def write_private(path: Path, data: bytes) -> None:
    """Replace the contents of `path` in one step: a reader sees the old or the new, never half.

    Raises:
        OSError: nothing was changed.
    """
    tighten(path)
    target = path.resolve() if path.is_symlink() else path
    make_folder(target.parent)
    draft = target.with_name(f".{target.name}.{os.getpid()}-{os.urandom(4).hex()}")
    descriptor = open_private(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(target)
    except BaseException:
        with suppress(OSError):
            draft.unlink()
        raise
    sync_folder(target.parent)


def set_aside(path: Path, companions: tuple[str, ...] = ()) -> Path:
    """Rename `path` to `<name>.damaged-<date>` without overwriting anything; return the new path.

    Files called `path` plus one of the `companions` endings move along under the new name.

    Raises:
        OSError: it cannot be renamed.
    """
    from datetime import UTC, datetime

    day = datetime.now(UTC).strftime("%Y-%m-%d")
    number = 1
    while True:
        ending = f".damaged-{day}" + (f"-{number}" if number > 1 else "")
        aside = path.with_name(path.name + ending)
        taken = (aside, *(_beside(aside, companion) for companion in companions))
        if not any(os.path.lexists(name) for name in taken):
            break
        number += 1
    with suppress(FileNotFoundError):
        path.rename(aside)
    for companion in companions:
        with suppress(FileNotFoundError):
            _beside(path, companion).rename(_beside(aside, companion))
    return aside


def _beside(path: Path, ending: str) -> Path:
    return path.with_name(path.name + ending)


def sync_folder(folder: Path) -> None:
    """Have the names in `folder` survive a power cut, where the system can promise that."""
    # The rename itself survives a power cut only once the folder is on disk (POSIX).
    if not hasattr(os, "O_DIRECTORY"):
        return
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
