from __future__ import annotations

from pathlib import Path

import pytest

from headwater.adapters.mac_screenshot import take_mac_screenshot
from tests.fakes import play


def tool(folder: Path, line: str) -> str:
    path = folder / "screencapture"
    path.write_text(f"#!/bin/sh\n{line}\n")
    path.chmod(0o755)
    return str(path)


def test_that_what_was_drawn_is_returned(tmp_path: Path) -> None:
    async def journey() -> None:
        told = tool(tmp_path, 'test "$1 $2" = "-i -x" && printf PNG > "$3"')
        assert await take_mac_screenshot(told) == b"PNG"

    play(journey)


def test_that_giving_up_leaves_no_picture(tmp_path: Path) -> None:
    async def journey() -> None:
        assert await take_mac_screenshot(tool(tmp_path, "exit 0")) is None

    play(journey)


def test_that_a_missing_tool_is_an_error_of_the_system(tmp_path: Path) -> None:
    async def journey() -> None:
        with pytest.raises(FileNotFoundError):
            await take_mac_screenshot(str(tmp_path / "none"))

    play(journey)
