"""Which release is newer, where releases are published, and when to look for one again."""

from __future__ import annotations

import re
from dataclasses import dataclass

LOOK_EVERY = 86400.0  # seconds
ASKED = "https://api.github.com"
SHOWN = "https://github.com"

_NUMBER = "(0|[1-9][0-9]{0,8})"
_VERSION = re.compile(rf"v?{_NUMBER}\.{_NUMBER}\.{_NUMBER}")
# GitHub's own rules for names; what they leave no room for cannot lead elsewhere.
_OWNER = "(?=[^/]{1,39}/)[A-Za-z0-9]+(?:-[A-Za-z0-9]+)*"
_REPOSITORY = re.compile(rf"{_OWNER}/(?!\.{{1,2}}$)[A-Za-z0-9._-]{{1,100}}")


class BadReleaseError(ValueError):
    """The text is not the number of a release, or not a repository."""


@dataclass(frozen=True, order=True, slots=True)
class Version:
    """The number of a release."""

    major: int
    minor: int
    patch: int

    @classmethod
    def parse(cls, text: str) -> Version:
        """Return the version in `text`: `1.2.3` or `v1.2.3`, and nothing beside it.

        Raises:
            BadReleaseError: anything else, also leading zeros and more than nine digits.
        """
        found = _VERSION.fullmatch(text)
        if found is None:
            raise BadReleaseError("not the number of a release")
        major, minor, patch = found.groups()
        return cls(int(major), int(minor), int(patch))

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}.{self.patch}"


@dataclass(frozen=True, slots=True)
class ReleasePlace:
    """The repository on GitHub, as `OWNER/NAME`, where releases are published."""

    repository: str

    def __post_init__(self) -> None:
        """Refuse what is no repository.

        Raises:
            BadReleaseError: it is none.
        """
        if not _REPOSITORY.fullmatch(self.repository):
            raise BadReleaseError("not a repository")

    @property
    def asked_url(self) -> str:
        """The address that is asked (GitHub REST API, "Get the latest release")."""
        return f"{ASKED}/repos/{self.repository}/releases/latest"

    @property
    def asked_host(self) -> str:
        """The host that is asked."""
        return ASKED.partition("://")[2]

    @property
    def page_url(self) -> str:
        """The page for a person, which is never taken from an answer."""
        return f"{SHOWN}/{self.repository}/releases/latest"


def seconds_until_look(last: float | None, now: float) -> float:
    """Return how long to wait before the next look; times are seconds since 1970.

    `last` is None before the first. A last look in the future, after the clock jumped back, counts
    as one just now.
    """
    if last is None:
        return 0.0
    return max(0.0, min(last, now) + LOOK_EVERY - now)
