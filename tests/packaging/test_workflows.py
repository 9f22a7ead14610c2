"""What the workflows may do: call what anybody can type, hand a secret to the step that signs."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML  # comes with check-jsonschema

import dev
import release
import set_up

_FOLDER = set_up.ROOT / ".github" / "workflows"
_WORKFLOWS = sorted(_FOLDER.glob("*.yml"))


def _read(path: Path) -> dict[str, Any]:
    read: dict[str, Any] = YAML(typ="safe").load(path.read_text(encoding="utf-8"))
    return read


def _steps() -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield each step with the name of its job."""
    for path in _WORKFLOWS:
        for name, job in _read(path)["jobs"].items():
            for step in job["steps"]:
                yield f"{path.name}: {name}", step


def _judge(workflow: Path) -> int:
    """Return the sum of the exit statuses of what `check` reads workflows with."""
    python = Path(sys.executable)
    return sum(
        subprocess.run(
            [dev.beside(python, program), *how, str(workflow)], capture_output=True, check=False
        ).returncode
        for program, how in (
            ("zizmor", dev.AS_STRICT_AS_CAN_BE),
            ("check-jsonschema", dev.AS_GITHUB_READS_THEM),
        )
    )


def test_that_there_is_one_for_changes_and_one_for_releases() -> None:
    assert [path.name for path in _WORKFLOWS] == ["ci.yml", "release.yml"]


def test_that_a_step_is_one_line_that_anybody_can_type() -> None:
    lines = [(job, step["run"]) for job, step in _steps() if "run" in step]
    line = re.compile(r"\.ci/run|python packaging/dev\.py [a-z -]+")

    assert len(lines) > 8
    assert [(job, said) for job, said in lines if not line.fullmatch(said)] == []


def test_that_the_commands_that_are_called_exist() -> None:
    called = {step["run"].partition("dev.py ")[2] for _, step in _steps() if "run" in step} - {""}
    commands = {command.split()[0] for command in called}
    steps = {command.split()[1] for command in called if command.startswith("release ")}

    assert commands <= set(dev.COMMANDS)
    assert {"check", "build", "release"} <= commands
    assert steps == set(release.STEPS)


def test_that_an_action_is_one_commit_of_which_the_version_is_said() -> None:
    used = [
        line.strip().removeprefix("- ")
        for path in _WORKFLOWS
        for line in path.read_text(encoding="utf-8").splitlines()
        if "uses:" in line
    ]
    pinned = re.compile(r"uses: actions/[a-z-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+")

    assert len(used) == sum("uses" in step for _, step in _steps()) > 8
    assert [line for line in used if not pinned.fullmatch(line)] == []


def test_that_a_version_is_the_same_commit_wherever_it_is_used() -> None:
    text = "".join(path.read_text(encoding="utf-8") for path in _WORKFLOWS)
    pins = set(re.findall(r"uses: (\S+)@(\S+) # (\S+)", text))

    assert len(pins) == len({action for action, _, _ in pins})


def test_that_no_step_keeps_the_key_to_the_repository() -> None:
    checkouts = [step for _, step in _steps() if "actions/checkout@" in step.get("uses", "")]

    assert len(checkouts) >= 6
    assert all(step["with"]["persist-credentials"] is False for step in checkouts)


def test_that_a_secret_reaches_the_one_step_that_signs_and_no_other() -> None:
    for path in _WORKFLOWS:
        read = _read(path)
        assert "env" not in read
        assert [name for name, job in read["jobs"].items() if "env" in job] == []
    with_secrets = {
        job: step["run"] for job, step in _steps() if "secrets." in str(step) and "run" in step
    }

    assert [job for job, step in _steps() if "secrets." in str(step.get("with", ""))] == []
    assert with_secrets == {
        "release.yml: windows": "python packaging/dev.py release packages",
        "release.yml: macos": "python packaging/dev.py release packages",
    }


def test_that_a_system_is_given_its_own_secrets_alone() -> None:
    given = {job: set(step["env"]) for job, step in _steps() if "secrets." in str(step)}

    for job, system in (("release.yml: windows", "WINDOWS"), ("release.yml: macos", "MAC")):
        assert given[job]
        assert all(name.startswith(f"HEADWATER_{system}_") for name in given[job])


def test_that_only_the_draft_may_write_and_only_its_last_step_gets_a_token() -> None:
    writing = {
        f"{path.name}: {name}": sorted(job["permissions"])
        for path in _WORKFLOWS
        for name, job in _read(path)["jobs"].items()
        if "write" in job["permissions"].values()
    }
    with_token = [step["run"] for _, step in _steps() if "github.token" in str(step)]

    assert all(_read(path)["permissions"] == {} for path in _WORKFLOWS)
    assert writing == {"release.yml: draft": ["attestations", "contents", "id-token"]}
    assert with_token == ["python packaging/dev.py release publish"]


def test_that_every_job_ends_by_itself() -> None:
    jobs = [job for path in _WORKFLOWS for job in _read(path)["jobs"].values()]

    assert all(0 < job["timeout-minutes"] <= 90 for job in jobs)


def test_that_nothing_is_drafted_before_every_package_is_there() -> None:
    jobs = _read(_FOLDER / "release.yml")["jobs"]
    makers = {name for name, job in jobs.items() if "release packages" in str(job["steps"])}

    assert set(jobs["draft"]["needs"]) == makers
    assert all(jobs[name]["needs"] == "check" for name in makers)


def test_that_every_machine_of_the_workflow_makes_something_and_all_of_them_all() -> None:
    jobs = _read(_FOLDER / "release.yml")["jobs"]
    systems = [
        system
        for job in jobs.values()
        if "release packages" in str(job["steps"])
        for system in job.get("strategy", {}).get("matrix", {}).get("system", [job["runs-on"]])
    ]
    machines = {
        "ubuntu-22.04": ("linux", "x86_64"),
        "ubuntu-24.04-arm": ("linux", "aarch64"),
        "windows-2022": ("win32", "AMD64"),
        "macos-15": ("darwin", "arm64"),
        "macos-15-intel": ("darwin", "x86_64"),
    }

    assert {machines[system] for system in systems} == set(release.KINDS)


@pytest.mark.parametrize(
    ("was", "planted"),
    [
        ("run: .ci/run", 'run: echo "${{ github.event.pull_request.title }}"'),
        ("          persist-credentials: false", "          lfs: false"),
        ("permissions: {}", "permissions: write-all"),
        ("@de0fac2e4500dabe0009e67214ff5f5447ce83dd # v6.0.2", "@v6"),
        ("timeout-minutes: 60", "timeout-minute: 60"),
        ("runs-on: ubuntu-24.04", "runs_on: ubuntu-24.04"),
    ],
)
def test_that_check_sees_what_is_wrong_with_a_workflow(
    tmp_path: Path, was: str, planted: str
) -> None:
    good = (_FOLDER / "ci.yml").read_text(encoding="utf-8")
    folder = tmp_path / ".github" / "workflows"
    folder.mkdir(parents=True)
    (folder / "ci.yml").write_text(good, encoding="utf-8")
    (folder / "bad.yml").write_text(good.replace(was, planted), encoding="utf-8")

    assert was in good
    assert _judge(folder / "ci.yml") == 0
    assert _judge(folder / "bad.yml") > 0


def test_that_check_reads_every_workflow_without_asking_the_network(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ran: dict[str, list[str]] = {}
    monkeypatch.setattr(dev, "prepare", lambda _: Path(sys.executable))
    monkeypatch.setattr(dev, "passes", lambda name, command: ran.setdefault(name, command) and True)

    assert dev.check(["--without-tests"]) == 0
    assert "--offline" in ran["workflows"]
    assert "--builtin-schema" in ran["workflow schema"]
    for name in ("workflows", "workflow schema"):
        assert shutil.which(ran[name][0])
        assert ran[name][-2:] == [str(path) for path in _WORKFLOWS]
