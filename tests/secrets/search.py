"""Looks for a secret however it may have been written down."""

from __future__ import annotations

import json
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Iterable, Iterator
from pathlib import Path
from urllib.parse import quote

_HALF = 12


def forms(secret: str) -> dict[str, bytes]:
    """Return every way in which `secret` is looked for, by name."""
    data = secret.encode()
    found = {
        "plain": data,
        "UTF-16": secret.encode("utf-16-le"),
        "JSON": json.dumps(secret)[1:-1].encode(),
        "hex": data.hex().encode(),
        "HEX": data.hex().upper().encode(),
        "URL": quote(secret, safe="").encode(),
        "reversed": data[::-1],
        "first half": data[:_HALF],
        "second half": data[-_HALF:],
    }
    for shift in range(3):
        # Where it begins within a group of three bytes decides how it is written.
        for name, encode in (("base64", b64encode), ("base64url", urlsafe_b64encode)):
            written = encode(b"\0" * shift + data)
            found[f"{name} {shift}"] = written[4 if shift else 0 : -4]
    return found


def places_in(data: bytes, secrets: Iterable[str], where: str = "") -> Iterator[str]:
    """Yield where and how a secret stands in `data`; never the secret itself."""
    for number, secret in enumerate(secrets):
        for name, form in forms(secret).items():
            if form in data:
                yield f"{where}: secret {number}, {name}"


def places_below(folder: Path, secrets: Iterable[str]) -> list[str]:
    """Return in which files below `folder`, and in which of their names, a secret stands."""
    known = tuple(secrets)
    found: list[str] = []
    for path in sorted(folder.rglob("*")):
        name = str(path.relative_to(folder))
        found += places_in(name.encode("utf-8", "surrogateescape"), known, "a name")
        if path.is_file():
            found += places_in(path.read_bytes(), known, name)
    return found
