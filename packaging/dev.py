"""The front door: sets up whatever Headwater needs, then runs, tests, checks or measures it.

Standard library only, and readable by every Python since 3.9: an older one must be able to say so.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

from set_up import (
    ROOT,
    SetUpFailedError,
    find_uv,
    missing_for_build,
    missing_for_qt,
    missing_for_tests,
    prepare,
    prepare_build,
    say,
    succeeds,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import NoReturn

USAGE = """\
usage: python3 packaging/dev.py COMMAND [arguments]

  run [arguments]            open Headwater; arguments go to `headwater`
  test [pytest arguments]    run the tests, without a display
  check [--without-tests]    format, lint, types, contracts, workflows, audit, tests
  bench [names]              measure against a floor in the same run
  soak [--minutes N]         stream answers under faults at random; nothing may be lost
  kill [number]              kill it at random moments of an answer and look what is left
  fuzz [--minutes N]         look for input that breaks what holds for all (default 1 minute)
  third-party [names]        ask servers that nobody here wrote
  try-windows                run the Windows code under Wine, with real key presses (needs uv)
  build [kinds]              make packages into dist/: deb rpm appimage wheel windows macos
  keep-release               keep what this version leaves on a disk, for later ones to open
  release STEP               a step of a release; packaging/releasing.md has them all
  try-packages [kinds]       install and use what was built, in bare systems (needs root)
  lock [uv arguments]        renew packaging/locks (needs uv); --upgrade takes newer versions

Everything is set up on the first call. HEADWATER_DEV_DIR moves the environment elsewhere."""

OLDEST_PYTHON = (3, 11)
PACKAGED_PYTHON = (3, 13)  # what the packages are built with where it is there
NEWER_PYTHONS = ("python3.13", "python3.12", "python3.11", "python3.14")

NO_DISPLAY = (
    "Headwater cannot open a window because there is no display (neither DISPLAY nor "
    "WAYLAND_DISPLAY is set); to ask in the terminal, type: "
    "python3 packaging/dev.py run ask QUESTION"
)
COMMANDS_WITHOUT_WINDOW = frozenset(
    {
        *("ask", "check", "history", "show", "export", "backup", "restore"),
        *("--version", "--help", "-h", "help"),
    }
)

# Nothing is asked over the network: whether an action is what its hash says is for whoever pins it.
IN_TWO = ("-q", "-n", "2", "--dist", "loadfile")
AS_STRICT_AS_CAN_BE = ("--offline", "--no-progress", "--strict-collection", "--persona=pedantic")
AS_GITHUB_READS_THEM = ("--builtin-schema", "vendor.github-workflows")

# `packaging/audit.py` ends with it where the index did not say what is known of the releases.
NOT_AUDITED = 3
AUDIT = "HEADWATER_AUDIT"
IF_REACHABLE = "if-reachable"
AUDIT_PASSES = f"{AUDIT}={IF_REACHABLE} lets the check pass without an audit.\n"
AUDIT_FAILS = f"Where no index answers, {AUDIT}={IF_REACHABLE} lets the check pass without.\n"

NOT_IN_A_LOCK = re.compile(r"://|^\s*-(?!-hash=)|\s@\s")


def run(arguments: Sequence[str]) -> int:
    """Open the window, or hand a terminal command such as `ask` to the same program."""
    has_window = not COMMANDS_WITHOUT_WINDOW.intersection(arguments)
    if has_window and not has_display(os.environ, sys.platform):
        say(NO_DISPLAY)
        return 2
    needs_qt = has_window or "export" in arguments[:1]  # a PDF is painted by it
    python = prepare(missing_for_qt() if needs_qt else ())
    return become([str(python), "-m", "headwater", *arguments], {**os.environ, "QT_API": "pyside6"})


def test(arguments: Sequence[str]) -> int:
    """Run pytest from the project's folder, all tests in two processes: many of them wait."""
    return become_module("pytest", arguments or IN_TWO)


def bench(arguments: Sequence[str]) -> int:
    """Run the measurements."""
    return become_module("tests.benchmarks", arguments)


def soak(arguments: Sequence[str]) -> int:
    """Stream answers through the real adapters while faults are drawn at random."""
    return become_module("tests.soak", arguments)


def third_party(arguments: Sequence[str]) -> int:
    """Run Headwater against servers that nobody here wrote."""
    return become_module("tests.third_party", arguments)


def kill(arguments: Sequence[str]) -> int:
    """Kill the program while answers stream, again and again, and look at what is left."""
    return become_module("tests.survival", arguments)


def fuzz(arguments: Sequence[str]) -> int:
    """Look for bytes and texts that break what holds for any, guided by what code they reach."""
    return become_module("tests.fuzz", arguments)


def keep_release(arguments: Sequence[str]) -> int:
    """Write the folder of `tests/released` that is this version's; before every release."""
    return become_module("tests.released.keep", arguments)


def try_windows(arguments: Sequence[str]) -> int:
    """Run what only Windows can show under Wine."""
    # Imported here: it is not written for the Pythons that this file must be readable by.
    from windows.try_under_wine import main as try_under_wine

    return try_under_wine(arguments)


def check(arguments: Sequence[str]) -> int:
    """Run every check, also after one has failed; a line for each, and what a failed one said."""
    if set(arguments) - {"--without-tests"}:
        say(USAGE)
        return 2
    python = prepare(missing_for_tests())
    contracts = beside(python, "lint-imports")
    workflows = sorted(str(path) for path in (ROOT / ".github" / "workflows").glob("*.yml"))
    steps = {
        "format": [str(python), "-m", "ruff", "format", "--check", "."],
        "lint": [str(python), "-m", "ruff", "check", "."],
        "types": [str(python), "-m", "mypy"],
        "import contracts": [contracts],
        "workflows": [beside(python, "zizmor"), *AS_STRICT_AS_CAN_BE, *workflows],
        "workflow schema": [beside(python, "check-jsonschema"), *AS_GITHUB_READS_THEM, *workflows],
        "audit": [sys.executable, str(ROOT / "packaging" / "audit.py")],
        "tests": [str(python), "-m", "pytest", "-q", *IN_TWO],
    }
    if "--without-tests" in arguments:
        del steps["tests"]
    failed = sum(not passes(name, command) for name, command in steps.items())
    return 1 if failed else 0


def build(arguments: Sequence[str]) -> int:
    """Make packages with the Python they are meant for, in an environment of their own."""
    if better := better_to_package_with():
        return become([better, str(Path(__file__).resolve()), "build", *arguments], os.environ)
    python = prepare_build(missing_for_build())
    return become_script(python, "build_packages.py", arguments)


def release(arguments: Sequence[str]) -> int:
    """Do a step of a release. Only the bill of materials needs what packages are built with."""
    python = Path(sys.executable)
    if list(arguments) == ["bill"]:
        if better := better_to_package_with():
            return become([better, str(Path(__file__).resolve()), "release", "bill"], os.environ)
        python = prepare_build([])
    return become_script(python, "release.py", arguments)


def try_packages(arguments: Sequence[str]) -> int:
    """Install and use what `build` makes, building what is not there."""
    if better := better_to_package_with():
        command = [better, str(Path(__file__).resolve()), "try-packages", *arguments]
        return become(command, os.environ)
    return become_script(prepare_build(missing_for_build()), "try_packages.py", arguments)


def lock(arguments: Sequence[str]) -> int:
    """Renew the locks: the program's first, then the tools', which may not move the program's."""
    uv = find_uv()
    if uv is None:
        raise SetUpFailedError("`lock` needs uv on PATH; to install it, type: pip install uv")
    compiled = [uv, "pip", "compile", "--universal", "--python-version", "3.11"]
    compiled += ["--generate-hashes", "--no-header", "--quiet", *arguments]
    names = ("app", "dev", "build", "third-party")
    app, dev, packages, servers = (f"packaging/locks/{name}.txt" for name in names)
    for sources in (
        ["pyproject.toml", "-o", app],
        ["pyproject.toml", "--group", "dev", "-c", app, "-o", dev],
        ["pyproject.toml", "--group", "build", "-c", app, "-o", packages],
        ["tests/third_party/requirements.in", "-o", servers],
    ):
        say(f"Locking {sources[-1]}")
        if subprocess.run([*compiled, *sources], cwd=ROOT, check=False).returncode:
            return 1
    wrong = [
        f"{path.name}:{number}: {line}"
        for path in sorted((ROOT / "packaging" / "locks").glob("*.txt"))
        for number, line in lines_not_for_a_lock(path.read_text(encoding="utf-8"))
    ]
    if wrong:
        say("A lock holds more than pinned names and hashes:", *wrong)
    return 1 if wrong else 0


COMMANDS: dict[str, Callable[[Sequence[str]], int]] = {
    "run": run,
    "test": test,
    "check": check,
    "bench": bench,
    "soak": soak,
    "kill": kill,
    "fuzz": fuzz,
    "third-party": third_party,
    "try-windows": try_windows,
    "build": build,
    "keep-release": keep_release,
    "release": release,
    "try-packages": try_packages,
    "lock": lock,
}


def main(arguments: Sequence[str]) -> int:
    """Do one command; return the exit status (2: not understood, or no display)."""
    if arguments and arguments[0] in ("-h", "--help"):
        print(USAGE)
        return 0
    if not arguments or arguments[0] not in COMMANDS:
        say(USAGE)
        return 2
    if "HEADWATER_DEV_DIR" in os.environ:  # said from here, read by programs started elsewhere
        os.environ["HEADWATER_DEV_DIR"] = str(Path(os.environ["HEADWATER_DEV_DIR"]).resolve())
    try:
        if sys.version_info < OLDEST_PYTHON:
            become([newer_python(), str(Path(__file__).resolve()), *arguments], os.environ)
        return COMMANDS[arguments[0]](arguments[1:])
    except SetUpFailedError as problem:
        say(str(problem))
        return 1
    except KeyboardInterrupt:
        return 130


def has_display(environ: Mapping[str, str], platform: str) -> bool:
    """Whether Qt can open a window, as far as the environment tells."""
    if platform in ("win32", "darwin"):
        return True
    return any(environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"))


def without_display() -> dict[str, str]:
    """Return the environment for tests: Qt paints into memory unless told otherwise."""
    return {"QT_API": "pyside6", "QT_QPA_PLATFORM": "offscreen", **os.environ}


def become_module(module: str, arguments: Sequence[str]) -> int:
    """Leave this process for a module of the environment, in the project's folder."""
    python = prepare(missing_for_tests())
    os.chdir(ROOT)
    return become([str(python), "-m", module, *arguments], without_display())


def become_script(python: Path, script: str, arguments: Sequence[str]) -> int:
    """Leave this process for a script of this folder, which finds Headwater where it lies."""
    environ = {**os.environ, "PYTHONPATH": str(ROOT / "desktop"), "QT_API": "pyside6"}
    return become([str(python), str(ROOT / "packaging" / script), *arguments], environ)


def become(command: list[str], environ: Mapping[str, str]) -> NoReturn:
    """Leave this process for another; Windows has no such thing and waits for it instead."""
    if sys.platform == "win32":
        sys.exit(subprocess.run(command, env=environ, check=False).returncode)
    os.execve(command[0], command, environ)


def passes(name: str, command: Sequence[str]) -> bool:
    """Run one check from the project's folder and print its line."""
    began = time.monotonic()
    print(f"{name:<18}", end="", flush=True)
    done = subprocess.run(
        command,
        cwd=ROOT,
        env=without_display(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    is_unaudited = name == "audit" and done.returncode == NOT_AUDITED
    verdict = "NOT AUDITED" if is_unaudited else "FAILED" if done.returncode else "passed"
    print(f"{verdict}  {time.monotonic() - began:5.1f} s", flush=True)
    if done.returncode:
        print(done.stdout.decode(errors="replace"), flush=True)
    if is_unaudited:
        may_pass = os.environ.get(AUDIT) == IF_REACHABLE
        print(AUDIT_PASSES if may_pass else AUDIT_FAILS, flush=True)
        return may_pass
    return done.returncode == 0


def newer_python() -> str:
    """Return the path of an interpreter that Headwater can use, for a caller that is too old."""
    for name in NEWER_PYTHONS:
        path = shutil.which(name)
        # Being on PATH is not enough: a version manager leaves names there that start nothing.
        if path and succeeds([path, "-c", "import venv"]):
            return path
    uv = find_uv()
    if uv is not None:
        find = [uv, "python", "find", "--no-project", ">=3.11"]
        if succeeds(find) or succeeds([uv, "python", "install", "3.13"]):
            return subprocess.run(find, stdout=subprocess.PIPE, check=True).stdout.decode().strip()
    running = ".".join(str(part) for part in sys.version_info[:2])
    remedy = "install one and start this with it, for example: python3.13 packaging/dev.py run"
    if shutil.which("apt-get"):
        remedy = "to install one, type: sudo apt-get install python3.11 python3.11-venv"
    raise SetUpFailedError(f"Headwater needs Python 3.11 or newer and this is {running}; {remedy}")


def beside(python: Path, program: str) -> str:
    """Return the path of a program of the environment."""
    return shutil.which(program, path=str(python.parent)) or program


def better_to_package_with() -> str | None:
    """Return the Python that packages are made with, or None if it runs or is not to be found."""
    if sys.version_info[:2] == PACKAGED_PYTHON:
        return None
    better = other_python(PACKAGED_PYTHON)
    if better is None:
        say(f"Building with {sys.version.split()[0]}: there is no python3.13 here")
    return better


def other_python(version: tuple[int, int]) -> str | None:
    """Return the path of that Python, from PATH or from beside the one that runs, or None."""
    name = ".".join(str(part) for part in version)
    found = shutil.which(f"python{name}")
    # A version manager's name on PATH may start nothing, while the version lies beside ours.
    beside = sorted(Path(sys.base_prefix).parent.glob(f"*{name}*/bin/python{name}"))
    for path in ([found] if found else []) + [str(path) for path in reversed(beside)]:
        is_that_one = f"import sys, venv; sys.exit(sys.version_info[:2] != {version})"
        if succeeds([path, "-c", is_that_one]):
            return path
    return None


def lines_not_for_a_lock(text: str) -> list[tuple[int, str]]:
    """Return the numbered lines that say where to download from, which a lock leaves open."""
    return [
        (number, line)
        for number, line in enumerate(text.splitlines(), 1)
        if NOT_IN_A_LOCK.search(line)
    ]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
