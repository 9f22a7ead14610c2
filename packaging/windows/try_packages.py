"""Installs, uses, upgrades and removes the packages for Windows under Wine, as a person would.

The prefix is a new one each time. What only a real Windows can show stands in `manual-tests.md`.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import frozen_check
from headwater import __version__
from set_up import ROOT, SetUpFailedError, do
from windows import contents
from windows.installer import make_installer
from windows.packages import LICENCES_FILE, MAKERS
from windows.portable import STARTER
from windows.wine import bring_wine, obey, windows_path, wine

OUT = ROOT / "dist"
PATIENCE = 60.0  # seconds until something that should happen is given up; Wine starts slowly
RUNNING = 3  # what the installer says when Headwater runs: `installer.nsi`
KEY = "pplx-made-up-for-the-trial-0123456789"
ANSWER = "Kept in the Credential Manager."
QUESTION = "gzip zstd"
NEW_WINDOW = "New question — Headwater"
TRAY = "System Tray"  # a window of Wine's, which comes last and takes the keyboard

# Run by Windows' Python: everything in the registry that is Headwater's, as JSON.
_REGISTRY = r"""
import json, sys, winreg
found = {}
def look(path, only=None):
    try:
        with winreg.OpenKey(winreg.HKEY_CURRENT_USER, path) as key:
            folders, values, _ = winreg.QueryInfoKey(key)
            for i in range(values):
                name, value, _ = winreg.EnumValue(key, i)
                if only in (None, name):
                    found[f"{path}\\{name}"] = value if isinstance(value, (str, int)) else "bytes"
            names = [winreg.EnumKey(key, i) for i in range(folders)] if only is None else []
    except FileNotFoundError:
        return
    for name in names:
        look(f"{path}\\{name}")
windows = r"Software\Microsoft\Windows\CurrentVersion"
look(r"Software\Classes\headwater")
look(windows + r"\Uninstall\Headwater")
look(windows + r"\App Paths\headwater.exe")
look(windows + r"\Run", "Headwater")
look(windows + r"\Explorer\StartupApproved\Run", "Headwater")
look(r"Software\Headwater")
json.dump(found, sys.stdout)
"""
# Run by it as well: what the program does when it is told to start with the login.
_LOGIN = """
import sys
from headwater.adapters.login_start import login_start
sys.exit(login_start((sys.argv[1],)).switch(True) or 0)
"""
# And what it does when a key is given to it.
_KEEP = """
import asyncio, sys
from headwater.adapters.keychain import SystemKeychain
from headwater.domain.api_key import ApiKey
from headwater.domain.provider import CUSTOM
async def keep():
    state = await SystemKeychain().write(CUSTOM.at(sys.argv[1]), ApiKey(sys.argv[2]))
    print(state)
    return 0 if state.is_persistent else 1
sys.exit(asyncio.run(keep()))
"""


def try_windows_packages(shots: Path) -> None:
    """Try what is in `dist`, made first if it is not there; pictures of the screen go to `shots`.

    Raises:
        SetUpFailedError: something is not as it should be; says what.
    """
    installer, portable = built_packages()
    folder = bring_wine(MAKERS)
    place = folder / "packages"  # the prefix of this trial and the home of its user
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir()
    shots.mkdir(parents=True, exist_ok=True)
    with wine(place) as environ:
        machine = Machine(folder / "python" / "python.exe", place, environ, shots)
        try_older_version(machine, place)
        try_installation(machine, installer, portable)
        try_window(machine, installer)
        try_key(machine)
        try_upgrade(machine, installer)
        try_portable(machine, portable)
        try_removal(machine)


def built_packages() -> tuple[Path, Path]:
    """Return the installer and the zip of this version, made now if one is missing."""
    found = (
        OUT / f"Headwater-{__version__}-setup.exe",
        OUT / f"Headwater-{__version__}-portable.zip",
    )
    if not all(path.is_file() for path in found):
        dev = ROOT / "packaging" / "dev.py"
        log = OUT / "build.log"
        OUT.mkdir(exist_ok=True)
        do([[sys.executable, str(dev), "build", "windows"]], log)
        log.unlink()
    return found


class Machine:
    """A computer with Windows: its disk, its screen, and a person at its keyboard."""

    def __init__(self, python: Path, place: Path, environ: Mapping[str, str], shots: Path) -> None:
        """Take Windows' Python, the folder of the prefix, and where pictures go."""
        self._python = python
        self.environ = environ
        self._shots = shots
        self.disk = place / "prefix" / "drive_c"
        (self.profile,) = (
            path for path in (self.disk / "users").iterdir() if path.name != "Public"
        )
        self.installed = self.profile / "AppData/Local/Programs/Headwater"
        self.data = self.profile / "AppData/Local/Headwater"
        self.entry = (
            self.profile / "AppData/Roaming/Microsoft/Windows/Start Menu/Programs/Headwater.lnk"
        )

    def path(self, path: Path) -> str:
        """Return a path as the programs on this computer write it."""
        if path.is_relative_to(self.disk):
            return "C:\\" + str(path.relative_to(self.disk)).replace("/", "\\")
        return windows_path(path)

    def run(self, program: Path, *arguments: str) -> tuple[int, str]:
        """Run a program to its end; return its exit status and what it wrote to standard output.

        Raises:
            SetUpFailedError: it does not end.
        """
        command = self.command(program, *arguments)
        try:
            done = subprocess.run(
                command,
                env=self.environ,
                cwd=self.environ["HOME"],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                encoding="utf-8",
                timeout=3 * PATIENCE,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise SetUpFailedError(f"{program.name} {' '.join(arguments)} does not end.") from error
        return done.returncode, done.stdout

    def python(self, code: str, *arguments: str) -> tuple[int, str]:
        """Run a piece of Python, which knows Headwater's modules."""
        return self.run(self._python, "-c", code, *arguments)

    def command(self, program: Path, *arguments: str) -> list[str]:
        """Return what starts a program of Windows from here."""
        return ["wine", str(program), *arguments]

    @contextmanager
    def running(self, *command: str) -> Iterator[subprocess.Popen[bytes]]:
        """Have a program run for the length of a block, ended with force if it does not end."""
        quiet = subprocess.DEVNULL
        program = subprocess.Popen(
            command,
            env=self.environ,
            cwd=self.environ["HOME"],
            stdin=quiet,
            stdout=quiet,
            stderr=quiet,
        )
        try:
            yield program
        finally:
            if program.poll() is None:
                program.kill()
                program.wait()

    def registry(self) -> dict[str, object]:
        """Return every value of Headwater's, by its key and name."""
        _, said = self.python(_REGISTRY)
        found = json.loads(said)
        assert isinstance(found, dict)
        return found

    def press(self, *keys: str) -> None:
        """Press keys as a person does."""
        obey(["xdotool", "key", "--delay", "60", *keys], self.environ)

    def bring_to_front(self, title: str) -> None:
        """Wait for a window with this in its title and give it the keyboard.

        Raises:
            SetUpFailedError: there is none in time.
        """
        self.until(lambda: self.shows(title), f"a window is there: {title}")
        activate = [*_find(title), "windowactivate", "--sync"]
        ask = ["xdotool", "getactivewindow", "getwindowname"]

        def is_in_front() -> bool:
            obey(activate, self.environ)
            said = subprocess.run(ask, env=self.environ, capture_output=True, check=False).stdout
            return title in said.decode(errors="replace")

        self.until(is_in_front, f"a window has the keyboard: {title}")

    def shows(self, title: str) -> bool:
        """Whether there is a window with this in its title."""
        look = subprocess.run(_find(title), env=self.environ, capture_output=True, check=False)
        return not look.returncode

    def look(self, name: str) -> None:
        """Keep a picture of the screen."""
        from PIL import ImageGrab

        ImageGrab.grab(xdisplay=self.environ["DISPLAY"]).save(self._shots / f"{name}.png")

    def until(self, is_so: Callable[[], object], what: str) -> None:
        """Wait until it is so.

        Raises:
            SetUpFailedError: it did not come to it; `what` says what should have been.
        """
        given_up = time.monotonic() + PATIENCE
        while not is_so():
            if time.monotonic() > given_up:
                self.look("not-so")
                raise SetUpFailedError(f"not so after {PATIENCE:.0f} s: {what}")
            time.sleep(0.2)


def try_older_version(machine: Machine, work: Path) -> None:
    """Install a version before this one, with a file that this one no longer has."""
    older = work / "older"
    for name in (*contents.PROGRAMS, "_internal/left-over.dll"):
        (older / name).parent.mkdir(parents=True, exist_ok=True)
        (older / name).write_text("of the version before", encoding="utf-8")
    from icons import draw_ico

    icon = work / "headwater.ico"
    draw_ico(ROOT / "resources" / "icons" / "headwater.svg", icon)
    installer = make_installer(older, icon, "0.0.1", work, work, signs=False)
    expect(machine.run(installer, "/S")[0], 0, "the version before is installed")
    expect(machine.registry()[_uninstall("DisplayVersion")], "0.0.1", "its version is known")
    (machine.installed / "mine.txt").write_text("a file of the user's", encoding="utf-8")
    passed("an older version is installed, and a file of the user's lies in its folder")


def try_installation(machine: Machine, installer: Path, portable: Path) -> None:
    """Install over it, without a window; every file, value and entry is what it should be."""
    expect(machine.run(installer, "/S")[0], 0, "the installer's exit status")
    there = files_in(machine.installed)
    expect(there, files_packed(portable) | {"uninstall.exe", "mine.txt"}, "the files installed")
    contents.check(machine.installed)
    passed(f"it is installed over the older one: {len(there)} files, nothing left, nothing of Wine")
    expect(machine.registry(), expected_registry(machine), "the registry")
    passed("the registry holds what Windows needs and no more")
    link = machine.entry.read_bytes()
    wanted = machine.path(machine.installed / "headwater-window.exe")
    if wanted.encode("utf-16-le") not in link and wanted.encode() not in link:
        raise SetUpFailedError("The entry in the Start menu starts something else.")
    passed("the Start menu has an entry for the window")
    terminal = machine.installed / "headwater.exe"
    frozen_check.ask(machine.command(terminal), __version__, machine.environ, "win32")
    passed("headwater.exe says its version and answers in the terminal")


def try_window(machine: Machine, installer: Path) -> None:
    """Ask by typing, hand a second start over, and keep the installer from what runs."""
    window = machine.installed / "headwater-window.exe"
    with machine.running(*machine.command(window, "--provider", "demo")) as program:
        machine.until(lambda: machine.shows(TRAY), "it has an icon beside the clock")
        machine.bring_to_front(NEW_WINDOW)
        machine.look("1-window")
        machine.press(*("space" if letter == " " else letter for letter in QUESTION), "Return")
        machine.bring_to_front(f"{QUESTION} — Headwater")
        time.sleep(2.5)  # the demo's first word comes after 1.6 s, its last after 5.4
        machine.look("2-answer-arriving")
        machine.until(lambda: QUESTION in asked(machine), "the question is in the history")
        machine.until(lambda: asked(machine)[QUESTION] == "complete", "the answer is complete")
        machine.look("3-answer")
        passed("a question typed with real keys got an answer, which another process reads")
        began = time.monotonic()
        status, _ = machine.run(window, "--ask", "Is it open?")
        machine.bring_to_front("Quick ask")
        machine.look("4-second-start")
        expect((status, program.poll()), (0, None), "the second start's status, and the first runs")
        passed(f"a second start was handed over in {time.monotonic() - began:.1f} s")
        before = files_in(machine.installed)
        expect(machine.run(installer, "/S")[0], RUNNING, "the installer's status while it runs")
        expect(files_in(machine.installed), before, "the files after a refused installation")
        passed("the installer leaves a running Headwater alone")
        machine.bring_to_front(f"{QUESTION} — Headwater")
        machine.press("ctrl+q")
        machine.until(lambda: program.poll() is not None, "Ctrl+Q ends it")
        expect(program.returncode, 0, "the exit status of the window")
        passed("it quits by its key")


def try_key(machine: Machine) -> None:
    """Keep a key as the program does; the installed program finds it and sends it."""
    with key_server() as (address, heard):
        status, said = machine.python(_KEEP, address, KEY)
        expect(status, 0, f"the key is kept: {said}")
        arguments = ["ask", "--provider", "custom", "--base-url", address]
        arguments += ["--dialect", "chat-completions", "--no-save", "--json", "Where is my key?"]
        status, said = machine.run(machine.installed / "headwater.exe", *arguments)
    expect(status, 0, f"the exit status of `headwater ask`: {said}")
    expect(heard, [f"Bearer {KEY}"], "what the server was sent")
    expect(json.loads(said)["text"], ANSWER, "the answer")
    passed("a key is kept in the Credential Manager, and the program sends it")


def try_upgrade(machine: Machine, installer: Path) -> None:
    """Install over itself, with a start at login that has to stay."""
    window = machine.path(machine.installed / "headwater-window.exe")
    expect(machine.python(_LOGIN, window)[0], 0, "the start at login is switched on")
    before = machine.registry()
    files = files_in(machine.installed)
    expect(machine.run(installer, "/S")[0], 0, "the installer's exit status")
    expect(files_in(machine.installed), files, "the files")
    expect(machine.registry(), before, "the registry")
    if not any(name.endswith(r"\Run\Headwater") for name in before):
        raise SetUpFailedError("The start at login is not in the registry.")
    passed("an upgrade over itself changes nothing, and the start at login stays")


def try_portable(machine: Machine, portable: Path) -> None:
    """Unpack the zip and start it by its starter; its data lies beside it and nowhere else."""
    place = machine.disk / "my portable things"
    with zipfile.ZipFile(portable) as packed:
        packed.extractall(place)
    (folder,) = place.iterdir()
    before = files_of_user(machine)
    shell = machine.disk / "windows/system32/cmd.exe"
    starter = machine.path(folder / STARTER)
    with machine.running(*machine.command(shell, "/c", starter, "--provider", "demo")):
        machine.until(lambda: machine.shows(TRAY), "it has an icon beside the clock")
        machine.bring_to_front(NEW_WINDOW)
        machine.look("5-portable")
        machine.press("ctrl+q")
        machine.until(lambda: not machine.shows(NEW_WINDOW), "it quits")
    expect((folder / "data/data/headwater.db").is_file(), True, "the history beside it")
    expect(files_of_user(machine) - before, set(), "what it left in the profile")
    passed("the portable one keeps its data beside itself and leaves nothing else")


def try_removal(machine: Machine) -> None:
    """Uninstall without a window; what is ours goes, what is the user's stays."""
    kept = files_in(machine.data)
    machine.run(machine.installed / "uninstall.exe", "/S")
    # It goes on from a copy of itself, because no program can delete itself.
    machine.until(lambda: not (machine.installed / "uninstall.exe").exists(), "it removes itself")
    machine.until(lambda: not machine.registry(), "the registry is empty")
    expect(files_in(machine.installed), {"mine.txt"}, "what is left of the installation")
    expect(machine.entry.exists(), False, "the entry in the Start menu")
    expect(files_in(machine.data), kept, "the user's data")
    expect("data/headwater.db" in kept or "headwater.db" in kept, True, "a history")
    passed("uninstalled: no file, value or entry is left; history and the user's own file are")


def expected_registry(machine: Machine) -> dict[str, object]:
    """Return what an installation writes."""
    place = machine.path(machine.installed)
    files = (path for path in machine.installed.rglob("*") if path.is_file())
    ours = [path for path in files if path.name not in ("uninstall.exe", "mine.txt")]
    size = sum(path.stat().st_size for path in ours)
    scheme = r"Software\Classes\headwater"
    values: dict[str, object] = {
        f"{scheme}\\": "URL:Headwater",
        rf"{scheme}\URL Protocol": "",
        f"{scheme}\\DefaultIcon\\": rf"{place}\headwater-window.exe,0",
        f"{scheme}\\shell\\open\\command\\": rf'"{place}\headwater-window.exe" -- "%1"',
        "Software\\Microsoft\\Windows\\CurrentVersion\\App Paths\\headwater.exe\\": (
            rf"{place}\headwater-window.exe"
        ),
    }
    uninstall = {
        "DisplayName": "Headwater",
        "DisplayVersion": __version__,
        "Publisher": "The Headwater authors",
        "DisplayIcon": rf"{place}\headwater-window.exe",
        "InstallLocation": place,
        "UninstallString": rf'"{place}\uninstall.exe"',
        "QuietUninstallString": rf'"{place}\uninstall.exe" /S',
        "EstimatedSize": -(-size // 1024),
        "NoModify": 1,
        "NoRepair": 1,
    }
    return values | {_uninstall(name): value for name, value in uninstall.items()}


def asked(machine: Machine) -> dict[str, str]:
    """Return the state of the answer to every question, as `headwater history` and `show` say."""
    terminal = machine.installed / "headwater.exe"
    _, listed = machine.run(terminal, "history", "--json")
    states = {}
    for conversation in json.loads(listed):
        _, shown = machine.run(terminal, "show", conversation["id"], "--json")
        for turn in json.loads(shown)["turns"]:
            states[turn["question"]] = turn["state"]
    return states


def files_in(folder: Path) -> set[str]:
    """Return the paths of all files in it."""
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def files_of_user(machine: Machine) -> set[str]:
    """Return the files of the user's profile that are no scratch of Windows itself."""
    return {name for name in files_in(machine.profile) if not name.startswith("Temp/")}


def files_packed(portable: Path) -> set[str]:
    """Return the files of the zip without its starter: those that the installer has as well."""
    with zipfile.ZipFile(portable) as packed:
        names = {name.partition("/")[2] for name in packed.namelist()}
    if LICENCES_FILE not in names:
        raise SetUpFailedError("The licences are not in the zip.")
    return names - {STARTER}


@contextmanager
def key_server() -> Iterator[tuple[str, list[str]]]:
    """Serve chat completions on this machine; yield the address and the keys that were sent."""
    heard: list[str] = []

    class Completions(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            heard.append(self.headers.get("Authorization", ""))
            self.rfile.read(int(self.headers.get("Content-Length", "0")))
            choice = {"index": 0, "delta": {"content": ANSWER}, "finish_reason": "stop"}
            body = f"data: {json.dumps({'choices': [choice]})}\n\ndata: [DONE]\n\n".encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/event-stream")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            with suppress(OSError):
                self.wfile.write(body)

        def log_message(self, *_arguments: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Completions) as server:
        serving = threading.Thread(target=server.serve_forever, daemon=True)
        serving.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/v1", heard
        finally:
            server.shutdown()
            serving.join()


def expect(found: object, wanted: object, what: str) -> None:
    """Compare.

    Raises:
        SetUpFailedError: it is something else; for sets and mappings says only the difference.
    """
    if found == wanted:
        return
    if isinstance(found, set) and isinstance(wanted, set):
        problem = f"too much: {sorted(found - wanted)[:9]}, missing: {sorted(wanted - found)[:9]}"
    elif isinstance(found, dict) and isinstance(wanted, dict):
        names = sorted(
            name for name in found.keys() | wanted.keys() if found.get(name) != wanted.get(name)
        )
        problem = "; ".join(f"{n}: {found.get(n)!r}, not {wanted.get(n)!r}" for n in names[:9])
    else:
        problem = f"{found!r}, not {wanted!r}"
    raise SetUpFailedError(f"{what}: {problem}")


def passed(what: str) -> None:
    """Print the line of a check."""
    print(f"passed  {what}", flush=True)


def _find(title: str) -> list[str]:
    return ["xdotool", "search", "--onlyvisible", "--name", title]


def _uninstall(name: str) -> str:
    return rf"Software\Microsoft\Windows\CurrentVersion\Uninstall\Headwater\{name}"
