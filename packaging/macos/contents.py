"""What a frozen Headwater must be able to do on a Mac, asked of the program itself."""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from command import said
from frozen_check import (
    FEWEST_AUTHORITIES,
    FEWEST_LEXERS,
    demo_question,
    elsewhere,
    wrong_with_answer,
)
from set_up import SetUpFailedError

NEEDED: Mapping[str, frozenset[str]] = {
    "keyrings": frozenset({"keyring.backends.macOS"}),
    # Widgets are drawn by Fusion, which is part of Qt and no plugin.
    "plugins": frozenset(
        {"platforms/libqcocoa", "platforms/libqoffscreen", "iconengines/libqsvgicon"}
        | {f"imageformats/libq{name}" for name in ("svg", "jpeg", "gif", "webp")}
    ),
    "images": frozenset({"png", "jpeg", "webp", "gif", "svg"}),
    "resources": frozenset({"headwater.svg", "menu.svg", "5-zstd-and-gzip.json"}),
}
STAYS = 10.0  # seconds


def check_contents(app: Path, version: str, seconds: float = STAYS) -> None:
    """Ask for the version, for what is bundled, for an answer of the demo, and for a window.

    Raises:
        SetUpFailedError: the program is not whole; says all that is missing.
    """
    program = app / "Contents" / "MacOS" / "headwater"
    with elsewhere() as environ:
        problems = []
        if (told := said([str(program), "--version"], environ).strip()) != f"headwater {version}":
            problems.append(f"`--version` says {told!r}")
        problems += missing_on_mac(json.loads(said([str(program), "--bundled"], environ)))
        problems += wrong_with_answer(said([str(program), *demo_question()], environ))
        problems += wrong_with_stay([str(program), "--provider", "demo"], environ, seconds)
    if problems:
        raise SetUpFailedError("\n".join(("The frozen program is not whole.", *problems)))


def missing_on_mac(found: Mapping[str, object]) -> list[str]:
    """Return a line for everything that a frozen program should have told and did not.

    What it leaves in the environment is not asked: PyInstaller's way of telling Qt where its
    plugins are is kept here, and what `open` starts inherits nothing from us.
    """
    problems = []
    for kind, needed in NEEDED.items():
        there = found.get(kind)
        lacking = needed - set(there if isinstance(there, list) else [])
        problems += [f"missing in {kind}: {name}" for name in sorted(lacking)]
    for kind, fewest in (("lexers", FEWEST_LEXERS), ("authorities", FEWEST_AUTHORITIES)):
        count = found.get(kind)
        if not isinstance(count, int) or count < fewest:
            problems.append(f"too few {kind}: {count}")
    return problems


def wrong_with_stay(
    command: Sequence[str], environ: Mapping[str, str], seconds: float
) -> list[str]:
    """Return what is wrong with a program that should open a window and stay.

    Whether the window is seen cannot be asked without a permission; without Cocoa it ends.
    """
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as told:
        program = subprocess.Popen(command, env=environ, stdin=subprocess.DEVNULL, stderr=told)
        try:
            ended = program.wait(seconds)
        except subprocess.TimeoutExpired:
            program.kill()
            program.wait()
            return []
        told.seek(0)
        return [f"it opens no window and ends with {ended}: {told.read()[-1000:]}"]
