"""Desktop files: values of the main group, and commands quoted as the specification wants it.

Desktop Entry Specification 1.5: https://specifications.freedesktop.org/desktop-entry-spec/
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

APP_ID = "app.headwater.Headwater"
FILE_NAME = f"{APP_ID}.desktop"
_GROUP = "Desktop Entry"
_RESERVED = re.compile(r"[\s\"'\\><~|&;$*?#()`]|^$")
_LARGEST = 100_000


def read(path: Path) -> str:
    """Return what a desktop file says, empty where there is none that can be read."""
    with suppress(OSError, ValueError):
        if path.stat().st_size <= _LARGEST:
            return path.read_text(encoding="utf-8")
    return ""


def values(text: str) -> dict[str, str]:
    """Return keys and values of the group `[Desktop Entry]`, as they are written."""
    found: dict[str, str] = {}
    is_ours = False
    for line in text.splitlines():
        if line.startswith("["):
            is_ours = line.strip() == f"[{_GROUP}]"
        elif is_ours and "=" in line and not line.startswith("#"):
            key, _, value = line.partition("=")
            found.setdefault(key.strip(), value.strip())
    return found


def changed(text: str, changes: Mapping[str, str]) -> str:
    """Return `text` with those values in its main group; everything else stays as it is."""
    left = dict(changes)
    lines: list[str] = []
    is_ours = False
    end = 0  # behind the last line of the main group that says something
    for line in text.splitlines():
        if line.startswith("["):
            is_ours = line.strip() == f"[{_GROUP}]"
        key = line.partition("=")[0].strip()
        if is_ours and "=" in line and key in changes:
            if key not in left:
                continue  # a second line for the same key
            lines.append(f"{key}={left.pop(key)}")
        else:
            lines.append(line)
        if is_ours and line.strip():
            end = len(lines)
    if not end:
        lines = [f"[{_GROUP}]", *lines]
        end = 1
    lines[end:end] = [f"{key}={value}" for key, value in left.items()]
    return "\n".join(lines) + "\n"


def command_line(command: Sequence[str], *field_codes: str) -> str:
    """Return the value of `Exec` that starts `command`; codes such as `%U` follow as they are."""
    return " ".join((*(_quoted(part) for part in command), *field_codes))


def is_there(command: str) -> bool:
    """Whether the program that an `Exec` or `TryExec` names can be started."""
    program = _first_argument(command.replace("\\\\", "\\"))
    if not program:
        return False
    if "/" in program:
        return os.access(program, os.X_OK)
    return shutil.which(program) is not None


def _quoted(argument: str) -> str:
    if _RESERVED.search(argument):
        argument = '"' + re.sub(r'(["`$\\])', r"\\\1", argument) + '"'
    # Every value is a string, in which a backslash is escaped once more.
    return argument.replace("\\", "\\\\").replace("%", "%%").replace("\n", "\\n")


def _first_argument(command: str) -> str:
    command = command.strip()
    if not command.startswith('"'):
        return command.partition(" ")[0].replace("%%", "%")
    quoted = re.match(r'"((?:[^"\\]|\\.)*)"', command)
    return re.sub(r"\\(.)", r"\1", quoted[1]).replace("%%", "%") if quoted else ""
