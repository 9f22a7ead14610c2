"""Inputs worth keeping: each file of `tests/corpus/TARGET` is one, named by what it is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from tests.fuzz.targets import TARGETS

FOLDER = Path(__file__).parent.parent / "corpus"
_TESTS = FOLDER.parent
_STEP = b"\x07"  # pieces of eight


def kept(target: str) -> list[Path]:
    """Return the files that are kept for a target."""
    return sorted((FOLDER / target).glob("*"))


def seeds(target: str) -> Iterator[bytes]:
    """Yield what the other tests have, for a fuzzer to begin with."""
    if target.startswith(("sse", "dialect_")):
        for path in sorted((_TESTS / "recordings").glob("*.sse")):
            yield _STEP + path.read_bytes()
    else:
        for path in sorted((_TESTS / "markdown_cases").glob("*.md")):
            yield _STEP + path.read_bytes()


def all_kept() -> list[tuple[str, Path]]:
    """Return every target with each of its files."""
    return [(target, path) for target in TARGETS for path in kept(target)]
