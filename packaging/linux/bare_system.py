"""A bare Debian in a folder, with processes and mounts of its own, to try packages in.

The system as debootstrap makes it is kept, one per suite, and copied for each use. What runs in a
copy lives in a mount and a process namespace of its own, which the kernel takes away as a whole
when their first process ends, and that one ends with us, however we end. Seen from outside nothing
is ever mounted below the folder, so removing it removes the copy and nothing else.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from set_up import (
    SetUpFailedError,
    do,
    environment_folder,
    install_system_packages,
    missing_packages,
    one_at_a_time,
    say,
    stamp_says,
    succeeds,
)

SUITES = ("bookworm", "trixie")  # Debian 12 and 13
MIRROR = "http://deb.debian.org/debian"
PROGRAMS = {
    "debootstrap": "debootstrap",
    "nsenter": "util-linux",
    "unshare": "util-linux",
}
PERSON = "person"
PERSON_ID = 1000
_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_AUTHORITIES = Path("/etc/ssl/certs/ca-certificates.crt")
_KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
_LAYOUT = "2"  # of what is made here beside debootstrap's own; a change makes the systems anew
_OLDEST_LISTS = 86_400.0  # seconds that apt's lists of packages are believed
_LIMIT = 600.0  # seconds for any command
_LONGEST_STORY = 3000  # characters
_OWN = ("/home", "/run/", "/tmp/dbus-")  # the person's, and what is gone after a boot
# What apt, dpkg and the linker keep up to date, whatever is installed.
_NOT_OURS = ("/etc/ld.so.cache", "/var/cache/", "/var/lib/apt/", "/var/lib/dpkg/", "/var/log/")

# The first process of the namespaces: mounts, says so and waits for the end of its input.
_HOLDER = """\
mount -t proc proc "$1/proc"
mount -t sysfs -o ro sysfs "$1/sys"
mount -t tmpfs -o mode=1777 shm "$1/dev/shm"
mount -t devpts -o newinstance,ptmxmode=0666,mode=0620 devpts "$1/dev/pts"
mount --bind "$2" "$1/var/cache/apt/archives"
echo mounted
exec cat
"""
_DEB822 = re.compile(r"^URIs:\s*(.+)$", re.MULTILINE)
_ONE_LINE = re.compile(r"^deb\s+(?:\[[^\]]*\]\s+)?(\S+)", re.MULTILINE)
# How apt gets to its mirror from here, and how far it believes the clock.
_APT_SETTING = re.compile(r"^Acquire::(?:https?::|Check-).*;$", re.MULTILINE)


class Running:
    """A program that was started in a bare system, what it says kept in a file."""

    def __init__(self, system: BareSystem, process: subprocess.Popen[str], story: Path) -> None:
        self._system = system
        self._process = process
        self._story = story
        assert process.stdout is not None
        with process.stdout:
            self._id = process.stdout.readline().strip()  # as its own system counts

    @property
    def is_running(self) -> bool:
        """Whether it has not ended by itself."""
        return self._process.poll() is None

    def said(self) -> str:
        """Return what it has written to standard error."""
        return self._story.read_text(encoding="utf-8", errors="replace")

    def end(self) -> int:
        """Send SIGTERM unless it has ended; return its exit status.

        Raises:
            SetUpFailedError: it did not end in time.
        """
        if self.is_running:
            self._signal("TERM")
        try:
            return self._process.wait(30)
        except subprocess.TimeoutExpired:
            self._signal("KILL")
            self._process.wait(30)
            raise SetUpFailedError(f"It does not end when asked to: {self.said()}") from None

    def _signal(self, name: str) -> None:
        with suppress(SetUpFailedError):  # it may have ended just now
            self._system.run(["sh", "-c", f"kill -{name} {self._id}"])


class BareSystem:
    """A copy of Debian; made by `bare_system` and gone at its end."""

    def __init__(self, suite: str, root: Path, logs: Path, holder: int) -> None:
        self.suite = suite
        self.root = root
        self.logs = logs
        self._enter = [
            "nsenter",
            f"--mount=/proc/{holder}/ns/mnt",
            f"--pid=/proc/{holder}/ns/pid_for_children",
        ]
        self._count = 0

    @property
    def home(self) -> Path:
        """The ordinary user's folder, as seen from outside."""
        return self.root / "home" / PERSON

    def run(
        self,
        command: Sequence[str],
        *,
        user: str = "root",
        environ: Mapping[str, str] | None = None,
        limit: float = _LIMIT,
    ) -> str:
        """Run a command there; return what it wrote to its standard output.

        Raises:
            SetUpFailedError: it failed or did not end in time; holds the end of what it said.
        """
        name = " ".join(command)[:200]
        try:
            done = subprocess.run(
                self._inside(command, user, environ or {}),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                errors="replace",
                timeout=limit,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise SetUpFailedError(f"`{name}` does not end.") from error
        with (self.logs / f"{self.suite}.log").open("a", encoding="utf-8") as log:
            log.write(f"$ {name}\n{done.stdout}{done.stderr}[{done.returncode}]\n")
        if done.returncode:
            story = (done.stdout + done.stderr)[-_LONGEST_STORY:].strip()
            raise SetUpFailedError(f"`{name}` ended with {done.returncode}: {story}")
        return done.stdout

    def start(
        self, command: Sequence[str], *, user: str, environ: Mapping[str, str] | None = None
    ) -> Running:
        """Start a program there and leave it running; it ends with the system at the latest."""
        self._count += 1
        story = self.logs / f"{self.suite}-{Path(command[0]).name}-{self._count}.log"
        # Outside it has another number than inside, where it is sent its signals.
        tell = ["sh", "-c", 'echo $$; exec "$@" >/dev/null', "sh", *command]
        with story.open("w", encoding="utf-8") as out:
            process = subprocess.Popen(
                self._inside(tell, user, environ or {}),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=out,
                text=True,
            )
        return Running(self, process, story)

    def bring(self, file: Path) -> str:
        """Copy a file into the system; return its path there."""
        inside = Path("var/tmp") / file.name
        shutil.copy(file, self.root / inside)
        return f"/{inside}"

    def install(self, *packages: str) -> None:
        """Install packages with nothing that they merely recommend.

        Raises:
            SetUpFailedError: apt failed.
        """
        command = ["apt-get", "install", "--yes", "--no-install-recommends", *packages]
        # Other trials of this suite put what they download into the same folder.
        with one_at_a_time(archives_of(self.suite, self.root.parent) / "one-at-a-time"):
            self.run(command, environ={"DEBIAN_FRONTEND": "noninteractive"})

    def add_person(self) -> dict[str, str]:
        """Add an ordinary user with a home; return the environment of a log-in.

        Raises:
            SetUpFailedError: there is one already.
        """
        own = f"{PERSON_ID}:{PERSON_ID}"
        runtime = f"/run/user/{PERSON_ID}"
        self.run(["useradd", "--create-home", "--uid", str(PERSON_ID), PERSON])
        self.run(["sh", "-ec", f"mkdir -p {runtime}; chmod 700 {runtime}; chown {own} {runtime}"])
        return {
            "HOME": f"/home/{PERSON}",
            "USER": PERSON,
            "XDG_RUNTIME_DIR": runtime,
            "PATH": "/usr/local/bin:/usr/bin:/bin",
        }

    def bind(self, source: Path, place: str) -> None:
        """Let a file of this machine be seen there as well, until the system goes.

        Raises:
            SetUpFailedError: it cannot be mounted.
        """
        target = self.root / place.lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.touch()
        mounted = subprocess.run(
            [*self._enter, "mount", "--bind", str(source), str(target)],
            capture_output=True,
            text=True,
            check=False,
        )
        if mounted.returncode:
            raise SetUpFailedError(mounted.stderr.strip())

    def processes(self, program: str) -> int:
        """Return how many processes run the program of that path."""
        look = 'for p in /proc/[0-9]*/exe; do readlink "$p" || true; done'
        return self.run(["sh", "-c", look]).splitlines().count(program)

    def listing(self) -> dict[str, str]:
        """Return every path of the system with what it is: its kind, mode, owner and target.

        What is mounted inside is not seen from here.
        """
        found = {}
        for folder, folders, files in os.walk(self.root):
            for name in (*folders, *files):
                path = Path(folder, name)
                state = path.lstat()
                target = str(path.readlink()) if path.is_symlink() else ""
                told = f"{state.st_mode:o} {state.st_uid}:{state.st_gid} {target}".strip()
                found[f"/{path.relative_to(self.root)}"] = told
        return found

    def _inside(self, command: Sequence[str], user: str, environ: Mapping[str, str]) -> list[str]:
        number = 0 if user == "root" else PERSON_ID
        own = {"HOME": "/root", "PATH": _PATH, "LANG": "C.UTF-8", "TERM": "dumb"}
        proxies = {n: v for n, v in os.environ.items() if n.lower().endswith("_proxy")}
        told = {**(proxies if user == "root" else {}), **own, **environ}
        change = ["chroot", f"--userspec={number}:{number}", f"--groups={number}", str(self.root)]
        settings = [f"{name}={value}" for name, value in told.items()]
        return [*self._enter, *change, "env", "-i", *settings, *command]


@contextmanager
def bare_system(suite: str, logs: Path) -> Iterator[BareSystem]:
    """Yield a new Debian; it is gone when the block ends, with all that runs in it.

    Raises:
        SetUpFailedError: it cannot be made here, above all when this is not root.
    """
    check_that_we_may()
    logs.mkdir(parents=True, exist_ok=True)
    base = base_system(suite)
    remove_left_over(base.parent)
    root = Path(tempfile.mkdtemp(prefix=f"run-{os.getpid()}-", dir=base.parent))
    try:
        with one_at_a_time(base.parent / "set-up.lock"):  # its lists may just be renewed
            do([["cp", "-a", "--reflink=auto", f"{base}/.", str(root)]], logs / f"{suite}.log")
        lead_to_mirror(root)
        with _namespaces(root, archives_of(suite, base.parent)) as holder:
            yield BareSystem(suite, root, logs, holder)
    finally:
        remove(root)


def check_that_we_may() -> None:
    """See that a bare system can be made here at all.

    Raises:
        SetUpFailedError: this is no Linux, not root, or inside of something that allows no mounts.
    """
    if not sys.platform.startswith("linux"):
        raise SetUpFailedError("Packages for Linux are tried on Linux.")
    if os.geteuid() != 0:
        raise SetUpFailedError(
            "Trying packages in a bare Debian needs root (debootstrap, chroot); type: "
            "sudo python3 packaging/dev.py try-packages"
        )
    if not succeeds(["unshare", "--mount", "--pid", "--fork", "true"]):
        raise SetUpFailedError("Trying packages needs mounts of its own, which are forbidden here.")


def base_system(suite: str) -> Path:
    """Return the folder of the system that is copied, made if it is not there.

    Raises:
        SetUpFailedError: debootstrap failed; holds what it said.
    """
    store = environment_folder().parent / "bare-systems"
    store.mkdir(parents=True, exist_ok=True)
    store.chmod(0o700)  # how apt gets to its mirror may hold a password
    base, stamp = store / suite, store / f"{suite}.stamp"
    with one_at_a_time(store / "set-up.lock"):
        log = store / f"{suite}.log"
        if not (base.is_dir() and stamp_says(stamp, _LAYOUT)):
            log.write_bytes(b"")
            make_base(suite, base, log)
            stamp.write_text(_LAYOUT, encoding="utf-8")
        elif time.time() - stamp.stat().st_mtime > _OLDEST_LISTS:
            update_lists(suite, base)
            stamp.touch()
    return base


def make_base(suite: str, base: Path, log: Path) -> None:
    """Make a bare Debian without Python, from the mirror that this machine uses."""
    programs = missing_packages(PROGRAMS, shutil.which)
    if not _KEYRING.exists():
        programs.append("debian-archive-keyring")
    if programs:
        install_system_packages(programs, log)
    say(f"Making a bare Debian ({suite}), once")
    remove(base)
    sources = [Path("/etc/apt/sources.list"), *Path("/etc/apt/sources.list.d").glob("*")]
    mirror = mirror_of(path.read_text("utf-8") for path in sources if path.is_file())
    debootstrap = ["debootstrap", "--variant=minbase", f"--keyring={_KEYRING}"]
    do([[*debootstrap, suite, str(base), mirror]], log)
    # It is thrown away after each use, so nothing has to reach the disk.
    (base / "etc/dpkg/dpkg.cfg.d/quick").write_text("force-unsafe-io\n", encoding="utf-8")
    update_lists(suite, base)


def lead_to_mirror(root: Path) -> None:
    """Give a system this machine's own way to the network, as it is now."""
    if Path("/etc/resolv.conf").exists():
        shutil.copy("/etc/resolv.conf", root / "etc/resolv.conf")
    if _AUTHORITIES.exists():
        (root / "etc/ssl/certs").mkdir(parents=True, exist_ok=True)
        shutil.copy(_AUTHORITIES, root / "etc/ssl/certs" / _AUTHORITIES.name)
    dumped = subprocess.run(["apt-config", "dump"], capture_output=True, text=True, check=False)
    settings = [*_APT_SETTING.findall(dumped.stdout), ""]
    (root / "etc/apt/apt.conf.d/90this-machine").write_text("\n".join(settings), encoding="utf-8")


def update_lists(suite: str, base: Path) -> None:
    """Have apt learn which packages there are."""
    store = base.parent
    lead_to_mirror(base)
    with _namespaces(base, archives_of(suite, store)) as holder:
        BareSystem(suite, base, store, holder).run(["apt-get", "update"])


def archives_of(suite: str, store: Path) -> Path:
    """Return the folder of the packages that were downloaded for a suite."""
    return store / f"archives-{suite}"


def mirror_of(sources: Iterable[str]) -> str:
    """Return the first mirror of Debian that apt's sources name, the public one if none does."""
    for text in sources:
        for line in _DEB822.findall(text) + _ONE_LINE.findall(text):
            for address in line.split():
                if re.fullmatch(r"https?://.+/debian/?", address):
                    return str(address).rstrip("/")
    return MIRROR


def differences(before: Mapping[str, str], after: Mapping[str, str]) -> list[str]:
    """Return the paths that were added, changed or removed, but for the person's and apt's own."""
    return sorted(
        path
        for path in before.keys() | after.keys()
        if before.get(path) != after.get(path) and not path.startswith((*_OWN, *_NOT_OURS))
    )


def owned(root: Path) -> set[str]:
    """Return the paths of all packages that are installed there, as they lie in a merged /usr."""
    lists = (root / "var/lib/dpkg/info").glob("*.list")
    paths = {line for each in lists for line in each.read_text("utf-8").splitlines()}
    return paths | {f"/usr{path}" for path in paths}


def remove_left_over(store: Path) -> None:
    """Remove the copies of those who were killed before they could."""
    for folder in store.glob("run-*"):
        owner = folder.name.split("-")[1]
        if not Path("/proc", owner).exists():
            remove(folder)


def remove(folder: Path) -> None:
    """Delete a folder of ours, but nothing that lies on another file system below it."""
    command = ["rm", "-rf", "--one-file-system", str(folder)]
    subprocess.run(command, stderr=subprocess.DEVNULL, check=False)


@contextmanager
def _namespaces(root: Path, archives: Path) -> Iterator[int]:
    """Have mounts and processes apart for the block; yield the process that knows the way in."""
    archives.mkdir(exist_ok=True)
    apart = ["unshare", "--mount", "--pid", "--fork", "--kill-child"]
    holder = subprocess.Popen(
        [*apart, "sh", "-ec", _HOLDER, "sh", str(root), str(archives)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert holder.stdin is not None
    assert holder.stdout is not None
    assert holder.stderr is not None
    with holder:
        if holder.stdout.readline().strip() != "mounted":
            raise SetUpFailedError(f"A bare system needs mounts: {holder.stderr.read().strip()}")
        try:
            yield holder.pid
        finally:
            holder.stdin.close()
            holder.wait(30)
