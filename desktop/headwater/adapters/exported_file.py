"""Files that a person asked for: whole or not there, and not in the place of another by chance."""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from pathlib import Path

_READABLE = 0o666  # cut by the umask, as for every other file that a person makes


class FileTakenError(Exception):
    """Something is there already that may not be replaced; the message is a plain sentence."""


def check_place(path: Path, *, may_replace: bool) -> None:
    """Look whether a file can go to `path`.

    Raises:
        FileTakenError: a file is there and may not be replaced, or something that is no file.
    """
    try:
        found = path.stat().st_mode
    except OSError:
        return
    if not stat.S_ISREG(found):
        what = "a folder" if stat.S_ISDIR(found) else "no ordinary file"
        raise FileTakenError(f"{path} is {what}.")
    if not may_replace:
        raise FileTakenError(f"{path} exists already.")


def write_exported(path: Path, data: bytes, *, may_replace: bool) -> None:
    """Write a draft beside `path` and put it there in one step.

    Raises:
        FileTakenError: as `check_place`.
        OSError: nothing was changed.
    """
    check_place(path, may_replace=may_replace)
    target = path.resolve() if path.is_symlink() else path
    # A fixed length: the name of the target may be as long as names can be.
    draft = target.with_name(f".headwater-{os.getpid()}-{os.urandom(4).hex()}.part")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    descriptor = os.open(draft, flags | getattr(os, "O_CLOEXEC", 0), _READABLE)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if may_replace:
            _keep_mode(draft, target)
            draft.replace(target)
        else:
            _put_where_nothing_is(draft, target)
    except BaseException:
        with suppress(OSError):
            draft.unlink()
        raise


def _keep_mode(draft: Path, target: Path) -> None:
    """A file that others may not read stays so."""
    with suppress(OSError):
        draft.chmod(stat.S_IMODE(target.stat().st_mode))


def _put_where_nothing_is(draft: Path, target: Path) -> None:
    if os.name == "nt":
        try:
            draft.rename(target)  # fails where something is
        except FileExistsError:
            raise FileTakenError(f"{target} exists already.") from None
        return
    try:
        os.link(draft, target)
    except FileExistsError:
        raise FileTakenError(f"{target} exists already.") from None
    except OSError:  # a file system without links
        check_place(target, may_replace=False)
        draft.replace(target)
    else:
        draft.unlink()
