"""What this machine needs before Headwater can run here, and how it gets there.

System packages are installed by apt for root and otherwise named in a line to type. Everything
else goes into one environment per Python version and lock under `.headwater-dev/`, built by one
process at a time and stamped last, so that a set-up that was cut short is simply done again.
Looking whether all is there takes a few hundredths of a second and is done on every call.
"""

from __future__ import annotations

import ctypes
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "packaging" / "locks" / "dev.txt"
BUILD_LOCK = LOCK.with_name("build.txt")

# What Qt's own libraries and its xcb and Wayland plugins ask for and the wheel does not hold.
# Debian 13 and Ubuntu 24.04 know libglib2.0-0 as a name that libglib2.0-0t64 provides.
QT_LIBRARIES = {
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libX11.so.6": "libx11-6",
    "libX11-xcb.so.1": "libx11-xcb1",
    "libbrotlidec.so.1": "libbrotli1",
    "libdbus-1.so.3": "libdbus-1-3",
    "libfontconfig.so.1": "libfontconfig1",
    "libfreetype.so.6": "libfreetype6",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libgthread-2.0.so.0": "libglib2.0-0",
    "libgssapi_krb5.so.2": "libgssapi-krb5-2",
    "libwayland-client.so.0": "libwayland-client0",
    "libwayland-cursor.so.0": "libwayland-cursor0",
    "libwayland-egl.so.1": "libwayland-egl1",
    "libxcb.so.1": "libxcb1",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-glx.so.0": "libxcb-glx0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-render.so.0": "libxcb-render0",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-shm.so.0": "libxcb-shm0",
    "libxcb-sync.so.1": "libxcb-sync1",
    "libxcb-util.so.1": "libxcb-util1",
    "libxcb-xfixes.so.0": "libxcb-xfixes0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libzstd.so.1": "libzstd1",
}
FONT_PACKAGES = ("fontconfig", "fonts-dejavu-core")
FONT_FOLDERS = ("/usr/share/fonts", "/usr/local/share/fonts", "~/.local/share/fonts", "~/.fonts")
# Journeys on a real X server with a window manager, real key presses, a real keyring, what screen
# readers listen to, the desktop's own judge of its files, and programs that read what was exported.
TEST_PROGRAMS = {
    "makensis": "nsis",
    "openssl": "openssl",
    "osslsigncode": "osslsigncode",
    "Xvfb": "xvfb",
    "openbox": "openbox",
    "xdotool": "xdotool",
    "xmodmap": "x11-xserver-utils",
    "xrandr": "x11-xserver-utils",
    "xauth": "xauth",
    "dbus-run-session": "dbus",
    "/usr/libexec/at-spi-bus-launcher": "at-spi2-core",
    "gnome-keyring-daemon": "gnome-keyring",
    "desktop-file-validate": "desktop-file-utils",
    "appstreamcli": "appstream",
    "pandoc": "pandoc",
    "pdftotext": "poppler-utils",
}
# Freezing, packing, and a look at the window that comes of it.
BUILD_PROGRAMS = {
    "mksquashfs": "squashfs-tools",
    "objdump": "binutils",
    "strip": "binutils",
    "chrpath": "chrpath",
    "dpkg-deb": "dpkg",
    "Xvfb": "xvfb",
    "xdotool": "xdotool",
}


class SetUpFailedError(Exception):
    """Set-up cannot go on; the message is for the person in front of it."""


def prepare(missing: Sequence[str]) -> Path:
    """Install the missing system packages and the environment; return its Python.

    Raises:
        SetUpFailedError: something is missing that only the person can add.
    """
    folder = environment_folder()
    if not missing and is_ready(folder):
        return python_of(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with one_at_a_time(folder.parent / "set-up.lock"):
        began = time.monotonic()
        log = folder.parent / "set-up.log"
        log.write_bytes(b"")
        wanted = list(missing)
        if not is_ready(folder) and find_uv() is None:
            wanted += missing_for_venv()
        if wanted:
            install_system_packages(wanted, log)
            importlib.invalidate_caches()  # `ensurepip` may be there now
        if not is_ready(folder):
            build_environment(folder, log)
        say(f"Set up in {time.monotonic() - began:.0f} s.")
    return python_of(folder)


def prepare_build(missing: Sequence[str]) -> Path:
    """Install what packages are built with, apart from what is worked with; return its Python.

    Raises:
        SetUpFailedError: something is missing that only the person can add.
    """
    folder = environment_folder("build", BUILD_LOCK)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with one_at_a_time(folder.parent / "set-up.lock"):
        log = folder.parent / "set-up-build.log"
        log.write_bytes(b"")
        wanted = list(missing)
        if not has_packages(folder) and find_uv() is None:
            wanted += missing_for_venv()
        if wanted:
            install_system_packages(wanted, log)
            importlib.invalidate_caches()
        if not has_packages(folder):
            install_packages(folder, BUILD_LOCK, find_uv(), log)
            (folder / "packages.stamp").write_text(str(folder), encoding="utf-8")
    return python_of(folder)


def environment_folder(kind: str = "env", lock: Path | None = None) -> Path:
    """Return the folder that belongs to this Python and a lock, the one to work with by default."""
    parent = os.environ.get("HEADWATER_DEV_DIR") or str(ROOT / ".headwater-dev")
    version = ".".join(str(part) for part in sys.version_info[:2])
    digest = hashlib.sha256((lock or LOCK).read_bytes()).hexdigest()
    return Path(parent).resolve() / f"{kind}-{version}-{digest[:10]}"


def python_of(folder: Path) -> Path:
    """Return the environment's interpreter, there or not."""
    return folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")


def is_ready(folder: Path) -> bool:
    """Whether the environment is whole and holds the project as it describes itself now."""
    return has_packages(folder) and stamp_says(folder / "project.stamp", project_print())


def has_packages(folder: Path) -> bool:
    """Whether the packages were installed to the end, here, for an interpreter still there."""
    return python_of(folder).exists() and stamp_says(folder / "packages.stamp", str(folder))


def stamp_says(stamp: Path, content: str) -> bool:
    """Whether the stamp was written with this content; a half-written one was not."""
    try:
        return stamp.read_text(encoding="utf-8") == content
    except OSError:
        return False


def project_print() -> str:
    """Return what an installed project depends on: its place and its description."""
    description = hashlib.sha256((ROOT / "pyproject.toml").read_bytes()).hexdigest()
    return f"{ROOT}\n{description}"


def build_environment(folder: Path, log: Path) -> None:
    """Install the lock, unless that was done before, and then the project in place."""
    uv = find_uv()
    if not has_packages(folder) or (uv is None and not has_pip(folder)):
        install_packages(folder, LOCK, uv, log)
        (folder / "packages.stamp").write_text(str(folder), encoding="utf-8")
    say("Installing Headwater in place")
    local = ["--no-deps", "--no-build-isolation", "--editable", str(ROOT)]
    python = str(python_of(folder))
    if uv is not None:
        command = [uv, "pip", "install", "--python", python, "--offline", *local]
    else:
        command = [python, "-m", "pip", "install", "--no-index", *local]
    do([command], log)
    (folder / "project.stamp").write_text(project_print(), encoding="utf-8")


def install_packages(folder: Path, lock: Path, uv: str | None, log: Path) -> None:
    """Make an environment anew and fill it from `lock`, every file checked by its hash.

    Three roads, because the tools are told of a package registry in different places: uv, pip as
    it is configured, and pip without its configuration files. The hashes make them equal.
    """
    python = str(python_of(folder))
    pinned = ["--require-hashes", "--requirement", str(lock)]
    with_uv = [
        [str(uv), "venv", "--no-project", "--python", sys.executable, str(folder)],
        [str(uv), "pip", "install", "--python", python, *pinned],
    ]
    with_pip = [
        [sys.executable, "-m", "venv", str(folder)],
        [python, "-m", "pip", "install", "--disable-pip-version-check", *pinned],
    ]
    unconfigured = {**os.environ, "PIP_CONFIG_FILE": os.devnull}
    roads = [
        ("uv", with_uv, {**os.environ}),
        ("pip", with_pip, {**os.environ}),
        ("pip, unconfigured", with_pip, unconfigured),
    ]
    if uv is None:
        del roads[0]
    elif missing_for_venv():
        del roads[1:]
    for number, (name, commands, environ) in enumerate(roads, 1):
        say(f"Making the environment {folder.name} with {name}")
        if folder.exists():
            shutil.rmtree(folder)
        try:
            do(commands, log, environ)
        except SetUpFailedError:
            if number == len(roads):
                raise
        else:
            return


def has_pip(folder: Path) -> bool:
    """Whether the environment can install into itself; one that uv made cannot."""
    return succeeds([str(python_of(folder)), "-m", "pip", "--version"])


def do(
    commands: Sequence[Sequence[str]], log: Path, environ: Mapping[str, str] | None = None
) -> None:
    """Run the commands one after the other, what they say kept in `log`.

    Raises:
        SetUpFailedError: one of them failed; the message ends in what it said.
    """
    for command in commands:
        with log.open("ab") as out:
            began_at = out.tell()
            out.write(f"$ {' '.join(command)}\n".encode())
            out.flush()
            done = subprocess.run(
                command,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                env=environ,
                check=False,
            )
        if done.returncode:
            said = log.read_bytes()[began_at:].decode(errors="replace").splitlines()
            tail = "\n".join(["", *said[:1], *said[1:][-15:]])
            raise SetUpFailedError(f"Set-up stopped. The whole story is in {log}.{tail}")


@contextmanager
def one_at_a_time(path: Path) -> Iterator[None]:
    """Wait until no other process holds the lock; the system frees it when its holder dies."""
    with path.open("a") as handle:
        if sys.platform == "win32":
            while True:
                try:
                    msvcrt.locking(handle.fileno(), msvcrt.LK_LOCK, 1)
                    break
                except OSError:
                    continue  # LK_LOCK gives up after ten seconds
        else:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                say("Waiting for another set-up to finish")
                fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def missing_for_qt() -> list[str]:
    """Return the Debian packages that a window needs and this machine lacks; Linux only."""
    if not sys.platform.startswith("linux"):
        return []
    packages = missing_packages(QT_LIBRARIES, can_load)
    return packages if has_font(FONT_FOLDERS) else [*packages, *FONT_PACKAGES]


def missing_for_tests() -> list[str]:
    """Return the Debian packages that the tests need and this machine lacks; Linux only."""
    if not sys.platform.startswith("linux"):
        return []
    return missing_for_qt() + missing_packages(TEST_PROGRAMS, shutil.which)


def missing_for_build() -> list[str]:
    """Return the Debian packages that packing needs and this machine lacks; Linux only."""
    if not sys.platform.startswith("linux"):
        return []
    return missing_for_qt() + missing_packages(BUILD_PROGRAMS, shutil.which)


def missing_for_venv() -> list[str]:
    """Return Debian's package for `python -m venv`, when that part of Python is not there."""
    if importlib.util.find_spec("ensurepip") is not None:
        return []
    return [f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"]


def missing_packages(providers: Mapping[str, str], is_there: Callable[[str], object]) -> list[str]:
    """Return the packages of all that is not there, sorted, each once."""
    return sorted({package for name, package in providers.items() if not is_there(name)})


def can_load(library: str) -> bool:
    """Whether the dynamic linker finds the library and all that it needs."""
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def has_font(folders: Sequence[str]) -> bool:
    """Whether there is a scalable font; Qt shows empty boxes without one."""
    return any(
        name.lower().endswith((".ttf", ".otf", ".ttc"))
        for folder in folders
        for _, _, names in os.walk(Path(folder).expanduser())
        for name in names
    )


def install_system_packages(packages: Sequence[str], log: Path) -> None:
    """Install Debian packages where that is allowed: as root, or by sudo on a machine for CI.

    Raises:
        SetUpFailedError: it is not allowed, or it failed; holds the line to type.
    """
    if shutil.which("apt-get") is None:
        names = " ".join(packages)
        raise SetUpFailedError(f"Please install what Debian calls: {names}. Then start this again.")
    unasked = "DEBIAN_FRONTEND=noninteractive"  # said twice: sudo keeps the environment to itself
    as_root = [] if os.geteuid() == 0 else ["sudo", "--non-interactive", "env", unasked]
    if as_root and not (os.environ.get("CI") == "true" and shutil.which("sudo")):
        line = f"sudo apt-get install --no-install-recommends {' '.join(packages)}"
        raise SetUpFailedError(f"Some system packages are missing. To install them, type:\n{line}")
    say(f"Installing system packages: {' '.join(packages)}")
    apt = [*as_root, "apt-get", "-o", "DPkg::Lock::Timeout=600"]
    install = [*apt, "install", "--yes", "--no-install-recommends", *packages]
    environ = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    try:
        do([install], log, environ)
    except SetUpFailedError:
        # Most often a list of packages that is old, or was never fetched.
        do([[*apt, "update"], install], log, environ)


def find_uv() -> str | None:
    """Return the path of a uv that starts, or None."""
    path = shutil.which("uv")
    return path if path and succeeds([path, "--version"]) else None


def succeeds(command: Sequence[str]) -> bool:
    """Whether the command starts and exits with 0; what it says is dropped."""
    quiet = subprocess.DEVNULL
    return not subprocess.run(command, stdout=quiet, stderr=quiet, check=False).returncode


def say(*lines: str) -> None:
    """Tell the person; standard output belongs to the program that is run."""
    print(*lines, sep="\n", file=sys.stderr, flush=True)
