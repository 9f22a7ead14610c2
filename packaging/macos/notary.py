"""Has Apple look a disk image through, so that Macs open it without a warning.

https://developer.apple.com/documentation/security/customizing-the-notarization-workflow
None of this was tried on a Mac so far.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import MutableMapping
from pathlib import Path
from typing import NamedTuple

from command import said
from macos.signing import taken_together
from set_up import SetUpFailedError, say


class NotaryKey(NamedTuple):
    """A key of App Store Connect: its text, its identifier, and that of its issuer."""

    text: str
    key_id: str
    issuer: str

    @classmethod
    def taken_from(cls, environ: MutableMapping[str, str]) -> NotaryKey | None:
        """Take it out of the environment, so that no program started from here has it too.

        Raises:
            SetUpFailedError: only a part of it is there.
        """
        names = ("KEY", "KEY_ID", "ISSUER")
        found = taken_together(environ, tuple(f"HEADWATER_MAC_NOTARY_{name}" for name in names))
        return None if found is None else cls(*found)


def notarise(image: Path, key: NotaryKey) -> None:
    """Wait for Apple's verdict, which takes minutes, and fasten it to the image.

    Raises:
        SetUpFailedError: it was refused, with Apple's reasons, or could not be had.
    """
    say(f"Asking Apple about {image.name}")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "key.p8")
        file.touch(mode=0o600)
        file.write_text(f"{key.text.strip()}\n", encoding="utf-8")
        verdict = said(submit_command(image, file, key))
        if (refused := refused_submission(verdict)) is not None:
            reasons = said(log_command(refused, file, key)) if refused else verdict
            raise SetUpFailedError(f"Apple refused {image.name}:\n{reasons}")
    for command in staple_commands(image):
        said(command)


def submit_command(image: Path, file: Path, key: NotaryKey) -> list[str]:
    """Return what sends the image and waits; `file` holds the key."""
    command = ["xcrun", "notarytool", "submit", str(image), *_with_key(file, key)]
    return [*command, "--wait", "--timeout", "45m", "--output-format", "json"]


def log_command(submission: str, file: Path, key: NotaryKey) -> list[str]:
    """Return what asks for the reasons."""
    return ["xcrun", "notarytool", "log", submission, *_with_key(file, key)]


def staple_commands(image: Path) -> list[list[str]]:
    """Return what fastens the verdict to the image, and what Gatekeeper then says of it."""
    assess = ["spctl", "--assess", "--type", "open", "--context", "context:primary-signature"]
    return [
        ["xcrun", "stapler", "staple", str(image)],
        ["xcrun", "stapler", "validate", str(image)],
        [*assess, "--verbose=2", str(image)],
    ]


def refused_submission(verdict: str) -> str | None:
    """Return the identifier of a submission that was not accepted ("" without one), else None.

    The exit status says nothing of it: it is 0 for every verdict.
    """
    try:
        told = json.loads(verdict)
    except ValueError:
        return ""
    if not isinstance(told, dict):
        return ""
    return None if told.get("status") == "Accepted" else str(told.get("id", ""))


def _with_key(file: Path, key: NotaryKey) -> list[str]:
    return ["--key", str(file), "--key-id", key.key_id, "--issuer", key.issuer]
