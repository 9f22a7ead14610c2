"""The wheel as pipx and uv install it, on this machine and away from this source tree."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from frozen_check import elsewhere
from linux.try_desktop import desktop
from linux.try_installed import answer_in_terminal, try_window
from set_up import SetUpFailedError, find_uv, succeeds
from trial import Trial, expect

_LIMIT = 600.0  # seconds for any command


class RunningHere:
    """A program of this machine; what it says is kept in a file."""

    def __init__(self, process: subprocess.Popen[bytes], story: Path) -> None:
        self._process = process
        self._story = story

    @property
    def is_running(self) -> bool:
        """Whether it has not ended by itself."""
        return self._process.poll() is None

    def said(self) -> str:
        """Return what it has written to standard error."""
        return self._story.read_text(encoding="utf-8", errors="replace")

    def end(self) -> int:
        """Send SIGTERM; return its exit status."""
        self._process.terminate()
        try:
            return self._process.wait(30)
        finally:
            self._process.kill()


class HeadwaterHere:
    """Headwater as a command of this machine, in a home of its own."""

    def __init__(self, program: Path, environ: Mapping[str, str], story: Path) -> None:
        self._program = program
        self._environ = environ
        self._story = story

    def said(self, *arguments: str) -> str:
        """Run it to its end; return its standard output."""
        return outcome([str(self._program), *arguments], self._environ)

    def start(self, *arguments: str) -> RunningHere:
        """Start it and leave it running."""
        with self._story.open("wb") as out:
            command = [str(self._program), *arguments]
            process = subprocess.Popen(command, env=self._environ, stdout=out, stderr=out)
        return RunningHere(process, self._story)


def try_wheel(wheel: Path, folder: Path) -> list[Trial]:
    """Try the wheel with pipx, and with uv where there is one."""
    trials = [Trial("wheel pipx", folder / "pipx")]
    python = newest_python()
    with trials[0].part(), tools() as (place, environ):
        pipx = bring_pipx(place)
        install = [*pipx, "install", "--python", python, str(wheel)]
        use(trials[0], install, [*pipx, "uninstall", "headwater"], place, environ)
    if uv := find_uv():
        trials.append(Trial("wheel uv", folder / "uv"))
        with trials[1].part(), tools() as (place, environ):
            install = [uv, "tool", "install", "--python", python, str(wheel)]
            use(trials[1], install, [uv, "tool", "uninstall", "headwater"], place, environ)
    return trials


@contextmanager
def tools() -> Iterator[tuple[Path, dict[str, str]]]:
    """Yield a folder for a tool that installs programs, and the environment that names it."""
    with tempfile.TemporaryDirectory(prefix="hw-") as name:
        yield (
            Path(name),
            {
                # How this machine gets to its package registry stays as it is.
                **{n: v for n, v in os.environ.items() if not n.startswith(("PYTHON", "QT_"))},
                "PIPX_HOME": f"{name}/home",
                "PIPX_BIN_DIR": f"{name}/bin",
                "PIPX_MAN_DIR": f"{name}/man",
                "UV_TOOL_DIR": f"{name}/home/venvs",
                "UV_TOOL_BIN_DIR": f"{name}/bin",
            },
        )


def newest_python() -> str:
    """Return the newest Python here that the program is made for: 3.13, or the running one."""
    from dev import PACKAGED_PYTHON, other_python

    return other_python(PACKAGED_PYTHON) or sys.executable


def bring_pipx(place: Path) -> list[str]:
    """Return the command for pipx, put into an environment of its own where it is not there.

    Raises:
        SetUpFailedError: it cannot be had.
    """
    if (found := shutil.which("pipx")) and succeeds([found, "--version"]):
        return [found]
    python = place / "pipx" / "bin" / "python"
    outcome([sys.executable, "-m", "venv", str(place / "pipx")], os.environ)
    outcome([str(python), "-m", "pip", "install", "--quiet", "pipx"], os.environ)
    return [str(python), "-m", "pipx"]


def use(
    trial: Trial, install: list[str], uninstall: list[str], place: Path, environ: Mapping[str, str]
) -> None:
    """Install the wheel, ask in the terminal and in the window, and take it away again."""
    with trial.check("it is installed with all that it depends on"):
        outcome(install, environ)
    with elsewhere() as own, desktop(trial.folder) as on:
        trial.witness = on.shoot
        own["DISPLAY"] = on.name
        story = trial.folder / "window.log"
        headwater = HeadwaterHere(place / "bin" / "headwater", own, story)
        with trial.part():
            answer_in_terminal(trial, headwater)
            try_window(trial, on, headwater)
    with trial.check("uninstalling leaves no command and no environment"):
        outcome(uninstall, environ)
        left = [*(place / "home" / "venvs").glob("headwater*")]
        left += (place / "bin").glob("*")
        expect(not left, f"left behind: {', '.join(map(str, left))}")


def outcome(command: list[str], environ: Mapping[str, str]) -> str:
    """Run a command from its own home; return its standard output.

    Raises:
        SetUpFailedError: it failed or did not end in time; holds what it said.
    """
    name = " ".join(command)[:200]
    try:
        done = subprocess.run(
            command,
            env=environ,
            cwd=environ.get("HOME") or "/",
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_LIMIT,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise SetUpFailedError(f"`{name}` does not end.") from error
    if done.returncode:
        story = (done.stdout + done.stderr)[-3000:].strip()
        raise SetUpFailedError(f"`{name}` ended with {done.returncode}: {story}")
    return done.stdout
