"""The file that a release build leaves among the resources: where releases are published."""

from __future__ import annotations

from pathlib import Path

from headwater.adapters.record import Record
from headwater.domain.release import BadReleaseError, ReleasePlace

_LARGEST = 4096  # bytes


def read_release_place(path: Path) -> ReleasePlace | None:
    """Return the place that `{"repository": "OWNER/NAME"}` at `path` names; None without one.

    A source checkout has no such file, and a damaged one counts as none.
    """
    try:
        with path.open(encoding="utf-8") as file:
            return ReleasePlace(Record.parse(file.read(_LARGEST)).text("repository"))
    except (OSError, UnicodeError, BadReleaseError):
        return None
