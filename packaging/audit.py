"""Asks the package index whether anything is known against the releases that the locks pin.

    python3 packaging/audit.py       # 0: nothing is known, 1: something is, 3: NOT AUDITED

Its answer for one release (`/pypi/NAME/VERSION/json`) lists its `vulnerabilities`. The index is the
one that pip or uv is told of in the environment, else pip's own. A mirror may have no such answers:
then nothing was found out, which is said and is no success.
"""

from __future__ import annotations

import json
import os
import re
import sys
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from http.client import HTTPException
from importlib import import_module
from pathlib import Path

LOCKS = Path(__file__).parent / "locks"
NOT_AUDITED = 3
_PINNED = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^\s;\\]+)", re.MULTILINE)
_INDEXES = ("UV_DEFAULT_INDEX", "UV_INDEX_URL", "PIP_INDEX_URL")
_AT_ONCE = 8
_ENOUGH_TO_GIVE_UP = 3  # releases without an answer, the first ones asked for
_PATIENCE = 15.0


@dataclass(frozen=True, slots=True)
class Report:
    """What is known of one release; `problem` says why nothing is."""

    name: str
    version: str
    known: tuple[str, ...] = ()
    problem: str = ""


def pinned(folder: Path = LOCKS) -> tuple[tuple[str, str], ...]:
    """Return name and version of every release in the locks of `folder`, each once."""
    texts = (path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.txt")))
    return tuple(sorted({found for text in texts for found in _PINNED.findall(text)}))


def index_of_json() -> str:
    """Return where the index answers in JSON, empty if that is not to be found out."""
    for name in _INDEXES:
        if address := os.environ.get(name, "").rstrip("/"):
            return f"{address.removesuffix('/simple')}/pypi"
    try:
        # pip knows it and has no public name for it.
        own = import_module("pip._internal.models.index").PyPI.pypi_url
    except (ImportError, AttributeError):
        return ""
    return str(own)


def asked(index: str, name: str, version: str) -> Report:
    """Return what the index knows of that release."""
    url = f"{index}/{name}/{version}/json"
    try:
        with urllib.request.urlopen(url, timeout=_PATIENCE) as response:
            answer = json.load(response)
        known = answer["vulnerabilities"]
        said = tuple(_words(each) for each in known if not each.get("withdrawn"))
    except (OSError, HTTPException, ValueError, LookupError, TypeError, AttributeError) as error:
        return Report(name, version, problem=f"{type(error).__name__} {getattr(error, 'code', '')}")
    return Report(name, version, said)


def audit(index: str, releases: tuple[tuple[str, str], ...]) -> tuple[Report, ...]:
    """Ask for every release; where the first ones get no answer, the others get none either."""
    first = [asked(index, *release) for release in releases[:_ENOUGH_TO_GIVE_UP]]
    others = releases[_ENOUGH_TO_GIVE_UP:]
    if first and all(report.problem for report in first):
        return (*first, *(Report(*release, problem=first[0].problem) for release in others))
    with ThreadPoolExecutor(_AT_ONCE) as threads:
        return (*first, *threads.map(lambda release: asked(index, *release), others))


def main() -> int:
    """Print what was found out; return the exit status."""
    releases = pinned()
    index = index_of_json()
    reports = audit(index, releases) if index else ()
    vulnerable = [report for report in reports if report.known]
    unknown = [report for report in reports if report.problem]
    for report in vulnerable:
        for words in report.known:
            print(f"{report.name} {report.version}: {words}")
    if unknown or not reports:
        why = unknown[0].problem.strip() if unknown else "no package index is known"
        names = ", ".join(f"{report.name} {report.version}" for report in unknown[:5])
        print(f"NOT AUDITED: {len(unknown) or len(releases)} of {len(releases)} releases ({why})")
        print(f"{names}{', ...' if len(unknown) > 5 else ''}")
    if vulnerable:
        return 1
    if unknown or not reports:
        return NOT_AUDITED
    print(f"Nothing is known against {len(releases)} releases.")
    return 0


def _words(known: dict[str, object]) -> str:
    names = [str(known["id"]), *map(str, known.get("aliases") or ())]  # type: ignore[call-overload]
    fixed = ", ".join(map(str, known.get("fixed_in") or ()))  # type: ignore[call-overload]
    return f"{' '.join(names)}{f', fixed in {fixed}' if fixed else ''}"


if __name__ == "__main__":
    sys.exit(main())
