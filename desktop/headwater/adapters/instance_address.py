"""Where the running program listens for a second start: a socket that only its user can reach.

A second start imports this before anything else, so it imports nothing that is not loaded anyway.
"""

from __future__ import annotations

import os
from binascii import crc32

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

_LONGEST_FOLDER = 78  # bytes; a socket's whole path may have 103


def instance_address(data_dir: str, environ: Mapping[str, str], platform: str) -> str:
    """Return the path of the Unix socket, or the name of the Windows pipe.

    `data_dir` is what `--data-dir` says, empty for the user's own folders. `platform` is
    `sys.platform`.
    """
    root = data_dir or environ.get("HEADWATER_DATA_DIR", "")
    place = os.path.abspath(os.path.expanduser(root)) if root else environ.get("XDG_DATA_HOME", "")  # noqa: PTH100, PTH111 - pathlib takes as long to import as all else here
    if platform == "win32":
        user = f"{environ.get('USERDOMAIN', '')}/{environ.get('USERNAME', '')}"
        return f"headwater-{crc32(f'{user}/{place}'.encode()):08x}"
    return f"{_folder(environ)}/headwater-{crc32(os.fsencode(place)):08x}.sock"


def _folder(environ: Mapping[str, str]) -> str:
    """Return a folder of this user's own: the session's runtime folder, else one in /tmp."""
    runtime = environ.get("XDG_RUNTIME_DIR", "")
    if len(os.fsencode(runtime)) <= _LONGEST_FOLDER and is_private_folder(runtime):
        return runtime
    uid = os.getuid() if hasattr(os, "getuid") else 0
    return f"{environ.get('TMPDIR', '/tmp').rstrip('/')}/headwater-{uid}"  # noqa: S108 - made 0700, owner checked


def is_private_folder(path: str) -> bool:
    """Return whether `path` is a real folder of this user's that nobody else can enter."""
    try:
        found = os.lstat(path)
    except OSError:
        return False
    is_folder = found.st_mode & 0o170000 == 0o040000
    return is_folder and not found.st_mode & 0o077 and found.st_uid == os.getuid()
