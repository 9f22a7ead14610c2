"""The environment in which a measured process runs: a user's, on a screen that is not there."""

from __future__ import annotations

import os


def user_environment() -> dict[str, str]:
    """Return this process's environment, without what would keep compiled code from being kept.

    A person's second start finds every module compiled; so does every measured run but the first.
    """
    environment = {"QT_QPA_PLATFORM": "offscreen", **os.environ}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    return environment
