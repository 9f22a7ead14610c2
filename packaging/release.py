"""What makes a release of a tagged commit; `dev.py release` starts it, the workflow calls that.

Nothing is published from here: a person looks at the draft first (`releasing.md`).
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import re
import subprocess
import sys
import tempfile
import tomllib
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from command import said
from headwater import __version__
from headwater.domain.release import BadReleaseError, ReleasePlace
from set_up import ROOT, SetUpFailedError, say

OUT = ROOT / "dist"
SUMS = "SHA256SUMS"
METAINFO = "packaging/linux/app.headwater.Headwater.metainfo.xml"
PLACE = "resources/release.json"

# What each machine of the workflow makes for it: the wheel is the same everywhere, and nobody has
# looked at an AppImage for arm64.
KINDS = {
    ("linux", "x86_64"): ("deb", "rpm", "appimage", "wheel"),
    ("linux", "aarch64"): ("deb", "rpm"),
    ("win32", "AMD64"): ("windows",),
    ("darwin", "arm64"): ("macos",),
    ("darwin", "x86_64"): ("macos",),
}
# What it consists of, or it is not whole.
WHOLE = (
    "headwater_{version}_amd64.deb",
    "headwater_{version}_arm64.deb",
    "headwater-{version}-1.x86_64.rpm",
    "headwater-{version}-1.aarch64.rpm",
    "Headwater-{version}-x86_64.AppImage",
    "headwater-{version}-py3-none-any.whl",
    "Headwater-{version}-setup.exe",
    "Headwater-{version}-portable.zip",
    "Headwater-{version}-arm64.dmg",
    "Headwater-{version}-x86_64.dmg",
    "headwater-{version}-linux-x86_64.cdx.json",
    "headwater-{version}-linux-aarch64.cdx.json",
    "headwater-{version}-windows-amd64.cdx.json",
    "headwater-{version}-macos-arm64.cdx.json",
    "headwater-{version}-macos-x86_64.cdx.json",
    SUMS,
)

NOTES = """\
{changes}

---

`SHA256SUMS` has the sum of every file; `sha256sum --check --ignore-missing SHA256SUMS` compares \
those that are there. `gh attestation verify FILE --repo {repository}` shows that a file was made \
from this repository by its release workflow.
"""


def main(arguments: Sequence[str]) -> int:
    """Do one step; return the exit status (2: not understood)."""
    if len(arguments) != 1 or arguments[0] not in STEPS:
        say(f"usage: python3 packaging/dev.py release [{'|'.join(STEPS)}]")
        return 2
    try:
        STEPS[arguments[0]]()
    except SetUpFailedError as problem:
        say(str(problem))
        return 1
    return 0


def check() -> None:
    """Look whether this commit may be released.

    Raises:
        SetUpFailedError: it may not; says everything that stands in the way.
    """
    try:
        problems = wrong_with_versions(tag_of(ROOT), ROOT, __version__)
    except SetUpFailedError as problem:
        problems = [str(problem)]
    problems += wrong_with_papers(ROOT, __version__) + wrong_with_tree(ROOT)
    if problems:
        raise SetUpFailedError("\n".join(("This is not ready to be released.", *problems)))
    say(f"Headwater {__version__} may be released")


def where() -> None:
    """Write into the resources where this build's releases are published.

    Raises:
        SetUpFailedError: GITHUB_REPOSITORY does not say so.
    """
    (ROOT / PLACE).write_text(place_of(os.environ), encoding="utf-8")
    say(f"{PLACE}: {os.environ['GITHUB_REPOSITORY']}")


def packages() -> None:
    """Make what a machine of this kind contributes.

    Raises:
        SetUpFailedError: nothing, or making it failed.
    """
    kinds = kinds_of(sys.platform, platform.machine())
    build = [sys.executable, str(ROOT / "packaging" / "dev.py"), "build", *kinds]
    if subprocess.run(build, check=False).returncode:
        raise SetUpFailedError(f"Not everything could be made: {' '.join(kinds)}")


def bill() -> None:
    """Write into `dist` what the packages of this system are made of."""
    from bill_of_materials import write_bill

    say(str(write_bill(OUT, __version__).relative_to(ROOT)))


def sums() -> None:
    """Write the sum of every file in `dist`."""
    (OUT / SUMS).write_bytes(sums_of(OUT).encode())
    say(f"dist/{SUMS}")


def publish() -> None:
    """Make a draft of a release on GitHub, with everything in `dist`; nobody else sees it.

    Raises:
        SetUpFailedError: something is missing, or there is one of this version already.
    """
    check()
    names = sorted(path.name for path in OUT.iterdir())
    problems = wrong_with_files(names, __version__)
    if (OUT / SUMS).is_file() and (OUT / SUMS).read_bytes() != sums_of(OUT).encode():
        problems.append(f"{SUMS} is not that of these files")
    if problems:
        raise SetUpFailedError("\n".join(("This release is not whole.", *problems)))
    tag = tag_of(ROOT)
    repository = json.loads(place_of(os.environ))["repository"]
    try:
        said(["gh", "release", "view", tag, "--repo", repository])
    except SetUpFailedError:
        pass
    else:
        raise SetUpFailedError(f"There is a release or a draft of {tag} already.")
    with tempfile.TemporaryDirectory() as folder:
        notes = Path(folder, "notes.md")
        changes = changes_of(_text(ROOT / "CHANGELOG.md"), __version__)
        notes.write_text(NOTES.format(changes=changes, repository=repository), encoding="utf-8")
        files = [OUT / name for name in names]
        say(said(draft_command(tag, repository, __version__, notes, files)).strip())


def tag_of(root: Path, environ: Mapping[str, str] = os.environ) -> str:
    """Return the tag that is to be released: what GitHub started for, or else this commit's.

    Raises:
        SetUpFailedError: there is none.
    """
    if environ.get("GITHUB_REF_TYPE") == "tag":
        return environ["GITHUB_REF_NAME"]
    tags = _git(root, "tag", "--points-at", "HEAD", "v*").split()
    if len(tags) != 1:
        raise SetUpFailedError(f"One tag is wanted on this commit, and there are {len(tags)}.")
    return tags[0]


def wrong_with_versions(tag: str, root: Path, version: str) -> list[str]:
    """Return a line for each place that names another version than the program does."""
    described = tomllib.loads(_text(root / "pyproject.toml"))["project"]["version"]
    places = {"The tag": tag, "pyproject.toml": f"v{described}"}
    return [
        f"{place} says {named}, the program v{version}"
        for place, named in places.items()
        if named != f"v{version}"
    ]


def wrong_with_papers(root: Path, version: str) -> list[str]:
    """Return a line for each description that does not know of this release."""
    problems = []
    date = release_date(_text(root / "CHANGELOG.md"), version)
    if date is None:
        problems.append(f"CHANGELOG.md has no heading `## {version} (YEAR-MONTH-DAY)`")
    listed = described_release(_text(root / METAINFO), version)
    if listed is None or listed[1] != "stable" or date not in (None, listed[0]):
        problems.append(
            f'{METAINFO} has no <release version="{version}" date="{date or "YEAR-MONTH-DAY"}"/> '
            f"without a type, and before all others"
        )
    kept = root / "tests" / "released" / version
    if not kept.is_dir() or not any(kept.iterdir()):
        problems.append(f"tests/released/{version} does not hold what this version leaves behind")
    return problems


def wrong_with_tree(root: Path) -> list[str]:
    """Return a line if there is anything that is not in the commit."""
    changed = _git(root, "status", "--porcelain").splitlines()
    return [f"There are changes that are not committed: {', '.join(changed)}"] if changed else []


def wrong_with_files(names: Iterable[str], version: str) -> list[str]:
    """Return a line for each file that a release lacks, and for each that it does not know."""
    there = set(names)
    wanted = {name.format(version=version) for name in WHOLE}
    lacking = [f"{name} is missing" for name in sorted(wanted - there)]
    return lacking + [f"What is {name}?" for name in sorted(there - wanted)]


def kinds_of(system: str, machine: str) -> tuple[str, ...]:
    """Return the kinds of package that are released from here, in the words of `dev.py build`.

    Raises:
        SetUpFailedError: there are none.
    """
    if (system, machine) not in KINDS:
        raise SetUpFailedError(f"Nothing is released from {system} on {machine}.")
    return KINDS[system, machine]


def release_date(changelog: str, version: str) -> str | None:
    """Return the date in the heading of a version, as `2026-01-31`; None before its release."""
    heading = rf"^## {re.escape(version)} \((\d{{4}}-\d\d-\d\d)\)$"
    found = re.search(heading, changelog, re.MULTILINE)
    return found and found[1]


def changes_of(changelog: str, version: str) -> str:
    """Return what stands under the heading of a version."""
    below = re.split(rf"^## {re.escape(version)} .*$", changelog, maxsplit=1, flags=re.MULTILINE)
    return re.split(r"^## ", below[-1], maxsplit=1, flags=re.MULTILINE)[0].strip()


def described_release(metainfo: str, version: str) -> tuple[str | None, str] | None:
    """Return date and type of the newest release that the catalogues are told of.

    None if it is one of another version. https://www.freedesktop.org/software/appstream/docs/
    chap-Metadata.html#tag-releases
    """
    newest = ET.fromstring(metainfo).find("releases/release")
    if newest is None or newest.get("version") != version:
        return None
    return newest.get("date"), newest.get("type", "stable")


def place_of(environ: Mapping[str, str]) -> str:
    """Return the content of `resources/release.json`.

    Raises:
        SetUpFailedError: GITHUB_REPOSITORY is no `OWNER/NAME`.
    """
    repository = environ.get("GITHUB_REPOSITORY", "")
    try:
        place = ReleasePlace(repository)
    except BadReleaseError:
        problem = f"GITHUB_REPOSITORY is no OWNER/NAME: {repository!r}"
        raise SetUpFailedError(problem) from None
    return json.dumps({"repository": place.repository}) + "\n"


def sums_of(folder: Path) -> str:
    """Return a line for each file but the sums themselves, as `sha256sum --check` reads them.

    Raises:
        SetUpFailedError: there is no file, or a folder among them.
    """
    lines = []
    for path in sorted(folder.iterdir()) if folder.is_dir() else []:
        if not path.is_file():
            raise SetUpFailedError(f"{path} is no file, and a release consists of files.")
        if path.name != SUMS:
            with path.open("rb") as file:
                lines.append(f"{hashlib.file_digest(file, 'sha256').hexdigest()}  {path.name}\n")
    if not lines:
        raise SetUpFailedError(f"There is nothing in {folder}.")
    return "".join(lines)


def draft_command(
    tag: str, repository: str, version: str, notes: Path, files: Iterable[Path]
) -> list[str]:
    """Return what makes the draft; the token comes from the environment, GH_TOKEN."""
    command = ["gh", "release", "create", tag, "--repo", repository, "--draft", "--verify-tag"]
    command += ["--title", f"Headwater {version}", "--notes-file", str(notes)]
    return [*command, *(str(path) for path in files)]


def _git(root: Path, *arguments: str) -> str:
    """Return what git said.

    Raises:
        SetUpFailedError: it failed: no repository, or no git.
    """
    asked = subprocess.run(
        ["git", *arguments], cwd=root, capture_output=True, text=True, check=False
    )
    if asked.returncode:
        raise SetUpFailedError(f"git {arguments[0]}: {asked.stderr.strip()}")
    return asked.stdout


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


STEPS: Mapping[str, Callable[[], None]] = {
    "check": check,
    "where": where,
    "packages": packages,
    "bill": bill,
    "sums": sums,
    "publish": publish,
}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
