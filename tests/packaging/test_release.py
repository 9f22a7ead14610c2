"""What has to be true of a commit, and of the files made from it, before they become a release."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path

import pytest

import bill_of_materials as bill
import dev
import release
import set_up
from headwater import __version__
from set_up import SetUpFailedError

_CHANGELOG = """\
# Changelog

## 1.3.0 (unreleased)

- Later.

## 1.2.0 (2027-02-01)

- A second thing.
- And a third.

## 1.1.0 (2027-01-01)

- A first thing.
"""
_METAINFO = """\
<component><releases>
  <release version="1.2.0" date="2027-02-01"/>
  <release version="1.1.0" date="2027-01-01"/>
</releases></component>
"""


def _git(folder: Path, *arguments: str) -> None:
    identity = ["-c", "user.name=a", "-c", "user.email=a@b.example"]
    subprocess.run(["git", *identity, *arguments], cwd=folder, check=True, capture_output=True)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A repository of which version 1.2.0 is ready, with its tag."""
    root = tmp_path / "tree"
    contents = {
        "CHANGELOG.md": _CHANGELOG,
        release.METAINFO: _METAINFO,
        "pyproject.toml": '[project]\nversion = "1.2.0"\n',
        "tests/released/1.2.0/history.sql": "--\n",
    }
    for name, text in contents.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    _git(root, "init", "--quiet")
    _git(root, "add", ".")
    _git(root, "commit", "--quiet", "--message", "All of it")
    _git(root, "tag", "v1.2.0")
    return root


@pytest.fixture
def whole(tmp_path: Path) -> Path:
    """A folder with everything that version 1.2.0 consists of."""
    folder = tmp_path / "dist"
    folder.mkdir()
    for each in release.WHOLE:
        name = each.format(version="1.2.0")
        (folder / name).write_text(name, encoding="utf-8")
    (folder / release.SUMS).write_text(release.sums_of(folder), encoding="utf-8")
    return folder


def _wrong(root: Path) -> list[str]:
    tag = release.tag_of(root, {})
    return [
        *release.wrong_with_versions(tag, root, "1.2.0"),
        *release.wrong_with_papers(root, "1.2.0"),
        *release.wrong_with_tree(root),
    ]


def test_that_a_commit_with_everything_in_its_place_may_be_released(tree: Path) -> None:
    assert _wrong(tree) == []


@pytest.mark.parametrize(
    ("name", "was", "now", "said"),
    [
        ("pyproject.toml", "1.2.0", "1.2.1", "pyproject.toml says v1.2.1, the program v1.2.0"),
        ("CHANGELOG.md", "2027-02-01", "unreleased", "CHANGELOG.md has no heading"),
        ("CHANGELOG.md", "2027-02-01", "2027-02-02", 'date="2027-02-02"'),
        (release.METAINFO, "2027-02-01", "2027-02-02", 'date="2027-02-01"'),
        (release.METAINFO, '2027-02-01"', "2027-02-01\" type='development'", "without a type"),
        (release.METAINFO, '<release version="1.2.0" date="2027-02-01"/>', "", "before all others"),
    ],
)
def test_that_what_does_not_know_of_the_release_is_named(
    tree: Path, name: str, was: str, now: str, said: str
) -> None:
    path = tree / name
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace(was, now), encoding="utf-8")
    _git(tree, "commit", "--quiet", "--all", "--amend", "--message", "All but one")
    _git(tree, "tag", "--force", "v1.2.0")

    assert was in text
    assert [said in problem for problem in _wrong(tree)] == [True]


def test_that_data_of_the_version_has_to_be_kept(tree: Path) -> None:
    (tree / "tests/released/1.2.0/history.sql").unlink()

    kept = [problem for problem in _wrong(tree) if "tests/released/1.2.0" in problem]
    assert len(kept) == 2  # not there, and not committed


def test_that_what_is_not_committed_is_not_released(tree: Path) -> None:
    (tree / "left.txt").touch()

    assert _wrong(tree) == ["There are changes that are not committed: ?? left.txt"]


def test_that_the_tag_is_what_github_started_for_or_the_one_on_this_commit(tree: Path) -> None:
    on_github = {"GITHUB_REF_TYPE": "tag", "GITHUB_REF_NAME": "v9.9.9"}

    assert release.tag_of(tree, {}) == "v1.2.0"
    assert release.tag_of(tree, on_github) == "v9.9.9"
    assert release.tag_of(tree, {"GITHUB_REF_TYPE": "branch", "GITHUB_REF_NAME": "x"}) == "v1.2.0"
    assert release.wrong_with_versions("v9.9.9", tree, "1.2.0") == [
        "The tag says v9.9.9, the program v1.2.0"
    ]
    _git(tree, "tag", "v1.2.1")
    with pytest.raises(SetUpFailedError, match="there are 2"):
        release.tag_of(tree, {})
    _git(tree, "tag", "--delete", "v1.2.0", "v1.2.1")
    with pytest.raises(SetUpFailedError, match="there are 0"):
        release.tag_of(tree, {})


def test_that_a_check_tells_everything_at_once(
    tree: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(release, "ROOT", tree)
    monkeypatch.setattr(release, "__version__", "7.0.0")
    monkeypatch.delenv("GITHUB_REF_TYPE", raising=False)
    _git(tree, "tag", "--delete", "v1.2.0")

    assert release.main(["check"]) == 1
    said = capsys.readouterr().err
    assert all(word in said for word in ("One tag is wanted", "CHANGELOG", "<release", "released/"))


def test_that_the_real_papers_agree_about_the_version_that_is_being_made() -> None:
    metainfo = (set_up.ROOT / release.METAINFO).read_text(encoding="utf-8")
    changelog = (set_up.ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    described = release.described_release(metainfo, __version__)
    date = release.release_date(changelog, __version__)

    assert f"\n## {__version__} (" in changelog
    assert described is not None
    assert described == (date, "stable") if date else described[1] == "development"


def test_that_the_changes_of_one_version_are_told_apart() -> None:
    assert release.changes_of(_CHANGELOG, "1.2.0") == "- A second thing.\n- And a third."
    assert release.changes_of(_CHANGELOG, "1.1.0") == "- A first thing."
    assert release.release_date(_CHANGELOG, "1.3.0") is None
    assert release.release_date(_CHANGELOG, "1.2") is None


@pytest.mark.parametrize("name", ["a/b", "owner-1/Name_2.x", f"{'a' * 39}/b", "a/.github"])
def test_that_a_repository_is_written_down_for_the_program(name: str) -> None:
    assert json.loads(release.place_of({"GITHUB_REPOSITORY": name})) == {"repository": name}


@pytest.mark.parametrize(
    "name",
    ["", "a", "a/b/c", "-a/b", "a--b/c", "a/..", "a/b?", "a/b\n", "a b/c", f"{'a' * 40}/b", "ä/b"],
)
def test_that_what_is_no_repository_is_not_written_down(name: str) -> None:
    with pytest.raises(SetUpFailedError, match="no OWNER/NAME"):
        release.place_of({"GITHUB_REPOSITORY": name})


def test_that_the_place_of_releases_is_nothing_that_is_committed() -> None:
    ignored = ["git", "check-ignore", "--no-index", "--quiet", release.PLACE]

    assert subprocess.run(ignored, cwd=set_up.ROOT, check=False).returncode == 0


def test_that_the_usual_program_can_check_the_sums(whole: Path) -> None:
    judged = subprocess.run(
        ["sha256sum", "--check", "--strict", release.SUMS],
        cwd=whole,
        capture_output=True,
        text=True,
        check=False,
    )
    lines = (whole / release.SUMS).read_text(encoding="utf-8").splitlines()

    assert judged.returncode == 0, judged.stderr
    assert judged.stdout.count(": OK") == len(lines) == len(release.WHOLE) - 1
    assert [line[66:] for line in lines] == sorted(line[66:] for line in lines)


def test_that_nothing_and_a_folder_have_no_sums(tmp_path: Path) -> None:
    with pytest.raises(SetUpFailedError, match="nothing"):
        release.sums_of(tmp_path / "absent")
    (tmp_path / "folder").mkdir()
    with pytest.raises(SetUpFailedError, match="is no file"):
        release.sums_of(tmp_path)


def test_that_a_release_lacks_nothing_and_holds_nothing_unknown(whole: Path) -> None:
    names = [path.name for path in whole.iterdir()]

    assert release.wrong_with_files(names, "1.2.0") == []
    for name in names:
        problems = release.wrong_with_files([one for one in names if one != name], "1.2.0")
        assert len(problems) == 1
        assert problems[0].endswith(" is missing")
    assert release.wrong_with_files([*names, "headwater_1.1.0_amd64.deb"], "1.2.0") == [
        "What is headwater_1.1.0_amd64.deb?"
    ]


def test_that_every_machine_that_makes_packages_has_its_bill() -> None:
    systems = {f"{bill.system_name(system)}-{machine.lower()}" for system, machine in release.KINDS}
    bills = {name for name in release.WHOLE if name.endswith(".cdx.json")}

    assert bills == {f"headwater-{{version}}-{each}.cdx.json" for each in systems}


def test_that_every_kind_that_is_released_can_be_built() -> None:
    import build_packages

    kinds = {kind for kinds in release.KINDS.values() for kind in kinds}
    assert kinds == set(build_packages.KINDS)
    assert release.kinds_of("linux", "aarch64") == ("deb", "rpm")
    with pytest.raises(SetUpFailedError, match="Nothing is released from sunos5 on sun4u"):
        release.kinds_of("sunos5", "sun4u")


@pytest.fixture
def gh(tree: Path, whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stand in for gh, in a tree that is ready; return where its calls are kept."""
    calls, program = tmp_path / "calls", tmp_path / "bin" / "gh"
    program.parent.mkdir()
    program.write_text(
        f'#!/bin/sh\nif [ "$2" = view ]; then [ -e {tmp_path}/drafted ]; exit; fi\n'
        f'touch {tmp_path}/drafted\nfor each; do echo "$each" >> {calls}; done\n'
        f'while [ "$1" != --notes-file ]; do shift; done; cat "$2" > {tmp_path}/notes\n'
        "echo https://github.example/draft\n",
        encoding="utf-8",
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(program.parent), prepend=os.pathsep)
    monkeypatch.setenv("GITHUB_REPOSITORY", "a/b")
    monkeypatch.setenv("GH_TOKEN", "a-token")
    monkeypatch.delenv("GITHUB_REF_TYPE", raising=False)
    for name, value in {"ROOT": tree, "OUT": whole, "__version__": "1.2.0"}.items():
        monkeypatch.setattr(release, name, value)
    return calls


def test_that_a_draft_is_made_of_everything_and_published_by_nobody(
    gh: Path, whole: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert release.main(["publish"]) == 0
    said = gh.read_text(encoding="utf-8").splitlines()
    notes = (gh.parent / "notes").read_text(encoding="utf-8")

    assert said[:6] == ["release", "create", "v1.2.0", "--repo", "a/b", "--draft"]
    assert "--verify-tag" in said
    assert {Path(name).name for name in said[-len(release.WHOLE) :]} == {
        path.name for path in whole.iterdir()
    }
    assert notes.startswith("- A second thing.\n- And a third.\n")
    assert "gh attestation verify FILE --repo a/b" in notes
    assert "https://github.example/draft" in capsys.readouterr().err
    assert "a-token" not in " ".join(said)


def test_that_a_second_draft_is_not_made(gh: Path, capsys: pytest.CaptureFixture[str]) -> None:
    release.main(["publish"])
    gh.unlink()

    assert release.main(["publish"]) == 1
    assert "a draft of v1.2.0 already" in capsys.readouterr().err
    assert not gh.exists()


@pytest.mark.parametrize("fault", ["lacking", "changed", "uncommitted"])
def test_that_what_is_not_whole_does_not_become_a_draft(
    gh: Path, whole: Path, tree: Path, fault: str
) -> None:
    wheel = whole / "headwater-1.2.0-py3-none-any.whl"
    if fault == "lacking":
        wheel.unlink()
        (whole / release.SUMS).write_text(release.sums_of(whole), encoding="utf-8")
    elif fault == "changed":
        wheel.write_text("somebody else's", encoding="utf-8")
    else:
        (tree / "left.txt").touch()

    assert release.main(["publish"]) == 1
    assert not gh.exists()


def test_that_a_step_that_nobody_knows_is_a_usage_error(
    capsys: pytest.CaptureFixture[str],
) -> None:
    for arguments in ([], ["ship"], ["check", "v1"]):
        assert release.main(arguments) == 2
    assert "release [check|where|packages|bill|sums|publish]" in capsys.readouterr().err


def test_that_only_the_bill_needs_what_packages_are_built_with(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    started: list[list[str]] = []
    monkeypatch.setattr(dev, "better_to_package_with", lambda: None)
    monkeypatch.setattr(dev, "prepare_build", lambda _: Path("/made/python"))
    monkeypatch.setattr(dev, "become", lambda command, _: started.append(command))
    for step in release.STEPS:
        dev.release([step])

    assert [Path(command[1]).name for command in started] == ["release.py"] * len(release.STEPS)
    made = [command[2] for command in started if command[0] == "/made/python"]
    assert made == ["bill"]


def test_that_the_list_for_a_person_names_every_step() -> None:
    text = (set_up.ROOT / "packaging" / "releasing.md").read_text(encoding="utf-8")

    assert set(re.findall(r"dev\.py release ([a-z]+)", text)) >= set(release.STEPS)
