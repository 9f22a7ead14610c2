"""The disk image that people download: the application, and a link to where it is dragged.

None of this was tried on a Mac so far.
"""

from __future__ import annotations

import shutil
import time
from pathlib import Path

from command import said
from set_up import SetUpFailedError

ATTEMPTS = 5
_PAUSE = 5.0  # seconds, longer each time


def make_image(app: Path, image: Path, work: Path) -> None:
    """Make `image` anew; the bundle is moved into `work`.

    Raises:
        SetUpFailedError: hdiutil failed.
    """
    folder = work / "image"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    shutil.move(app, folder / app.name)
    (folder / "Applications").symlink_to("/Applications")
    image.parent.mkdir(parents=True, exist_ok=True)
    image.unlink(missing_ok=True)
    for attempt in range(1, ATTEMPTS + 1):
        try:
            said(image_command(folder, image, app.stem))
        except SetUpFailedError as problem:
            # Something that looks through every new volume still has it open.
            if "Resource busy" not in str(problem) or attempt == ATTEMPTS:
                raise
            time.sleep(_PAUSE * attempt)
        else:
            return


def image_command(folder: Path, image: Path, name: str) -> list[str]:
    """Return what packs a folder; LZFSE is known since 10.11, and HFS+ is what everybody mounts."""
    command = ["hdiutil", "create", "-volname", name, "-srcfolder", str(folder), "-fs", "HFS+"]
    return [*command, "-format", "ULFO", "-ov", str(image)]
