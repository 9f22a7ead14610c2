"""A picture of a part of the screen, by the Mac's own tool, which also asks for permission."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path

_TOOL = "/usr/sbin/screencapture"


async def take_mac_screenshot(tool: str = _TOOL) -> bytes | None:
    """Return a PNG of what the person draws, None when they give up.

    Raises:
        OSError: the tool cannot be started.
    """
    with tempfile.TemporaryDirectory(prefix="headwater-") as folder:
        picture = Path(folder) / "screenshot.png"
        running = await asyncio.create_subprocess_exec(tool, "-i", "-x", str(picture))
        await running.wait()
        # It exits with 0 either way; giving up leaves no file.
        return picture.read_bytes() if picture.is_file() else None
