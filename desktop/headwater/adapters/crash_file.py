"""Where our own mistakes are written down: tracebacks without values, with keys masked."""

from __future__ import annotations

import faulthandler
import os
import platform
import re
import sys
import traceback
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import TextIO

from headwater.adapters.private_file import make_folder, open_private

_LARGEST_FILE = 256 * 1024
_LARGEST_ENTRY = 32 * 1024
_MASK = "•••"
_KEY_LIKE = re.compile(
    r"""(?ix)
    (bearer\s+ | authorization\W{1,4}(?:(?:basic|bearer)\s+)? | x-api-key\W{1,4} |
    api[_-]?key\W{1,4})[\w.~+/=-]{6,}
    | \b(pplx-|sk-)[\w-]{6,}
    """
)


class CrashFile:
    """Appends tracebacks to one file of at most 256 KB, and keeps the one before it."""

    def __init__(
        self, path: Path, mask: Callable[[str], str] = str, *, largest: int = _LARGEST_FILE
    ) -> None:
        """Take the file and `mask`, which returns a text without the keys now in use."""
        self._path = path
        self._mask = mask
        self._largest = largest

    def write(
        self,
        kind: type[BaseException],
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Add one traceback, without the values of variables. Never raises."""
        # A mistake in here must not hide the one that is being reported.
        with suppress(Exception):
            self._append(_entry(_described(kind, error, trace, self._mask)))

    def _append(self, entry: str) -> None:
        make_folder(self._path.parent)
        with suppress(FileNotFoundError):
            if self._path.stat().st_size + len(entry) > self._largest:
                self._path.replace(self._path.with_name(self._path.name + ".1"))
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_NOFOLLOW", 0)
        with os.fdopen(open_private(self._path, flags), "ab") as file:
            file.write(entry.encode("utf-8", "replace"))


def masked(text: str) -> str:
    """Return `text` without what looks like a key, whoever it belongs to."""
    return _KEY_LIKE.sub(lambda found: (found[1] or "") + _MASK, text)


class FaultFile:
    """Where the interpreter writes its last words when it dies; close it at the very end."""

    def __init__(self, file: TextIO) -> None:
        self._file = file
        faulthandler.enable(file)

    def close(self) -> None:
        """Send last words to the terminal again."""
        # Before the descriptor can be another file's.
        faulthandler.disable()
        if sys.__stderr__ is not None:
            faulthandler.enable(sys.__stderr__)
        self._file.close()


def start_fault_file(path: Path) -> FaultFile | None:
    """Begin to keep the interpreter's last words in `path`; None when it cannot be made."""
    try:
        make_folder(path.parent)
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_NOFOLLOW", 0)
        descriptor = open_private(path, flags)
    except OSError:
        return None
    file = os.fdopen(descriptor, "a", encoding="utf-8")
    if os.fstat(descriptor).st_size > _LARGEST_FILE:
        file.truncate(0)
    return FaultFile(file)


def _described(
    kind: type[BaseException],
    error: BaseException | None,
    trace: TracebackType | None,
    mask: Callable[[str], str],
) -> str:
    if error is None:
        return f"{kind.__module__}.{kind.__qualname__}\n"
    try:
        lines = traceback.TracebackException(kind, error, trace, capture_locals=False).format()
        return masked(mask("".join(lines)))
    except Exception:  # noqa: BLE001 - an exception whose own text fails is still worth a line
        return f"{kind.__module__}.{kind.__qualname__}\n"


def _entry(text: str) -> str:
    if len(text) > _LARGEST_ENTRY:
        half = _LARGEST_ENTRY // 2
        text = f"{text[:half]}\n[...]\n{text[-half:]}"
    moment = datetime.now(UTC).isoformat(timespec="seconds")
    return f"--- {moment} Python {platform.python_version()} {platform.platform()}\n{text}\n"
