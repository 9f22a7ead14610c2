"""Asks a frozen Headwater what it can do, because what is missing there fails silently.

A keyring's backend, a plugin of Qt or a lexer that is not there makes a program that starts and is
worse. To measure any command with the same means, type:
    python packaging/frozen_check.py COMMAND [arguments]
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from set_up import SetUpFailedError, say

LIMIT = 60.0  # seconds for any answer
RUNS = 5
_EVERYWHERE: Mapping[str, frozenset[str]] = {
    "formulas": frozenset({"x^2"}),
    "images": frozenset({"png", "jpeg", "webp", "gif", "svg"}),
    "resources": frozenset({"headwater.svg", "menu.svg", "5-zstd-and-gzip.json"}),
}
NEEDED: Mapping[str, Mapping[str, frozenset[str]]] = {
    "linux": {
        **_EVERYWHERE,
        "keyrings": frozenset(
            f"keyring.backends.{name}"
            for name in ("SecretService", "kwallet", "libsecret", "chainer")
        ),
        "modules": frozenset({"secretstorage", "jeepney"}),
        "plugins": frozenset(
            {
                "platforms/libqxcb",
                "platforms/libqwayland",
                "platforms/libqoffscreen",
                "platforminputcontexts/libcomposeplatforminputcontextplugin",
                "platforminputcontexts/libibusplatforminputcontextplugin",
                "platformthemes/libqxdgdesktopportal",
                "iconengines/libqsvgicon",
                "imageformats/libqsvg",
                "wayland-shell-integration/libxdg-shell",
                "wayland-decoration-client/libadwaita",
                "xcbglintegrations/libqxcb-glx-integration",
            }
        ),
    },
    "win32": {
        **_EVERYWHERE,
        "keyrings": frozenset({"keyring.backends.Windows", "keyring.backends.chainer"}),
        "modules": frozenset({"win32ctypes.pywin32.win32cred"}),
        "plugins": frozenset(
            {
                "platforms/qwindows",
                "platforms/qoffscreen",
                "styles/qmodernwindowsstyle",
                "iconengines/qsvgicon",
                "imageformats/qsvg",
                "imageformats/qico",
            }
        ),
    },
}
FEWEST_LEXERS = 500
FEWEST_AUTHORITIES = 50


def check(program: Path, version: str) -> None:
    """Ask for the version, for what is bundled, for an answer of the demo and for a window.

    Raises:
        SetUpFailedError: the program is not whole; says all that is missing.
    """
    command = [str(program)]
    with elsewhere() as environ:
        ask(command, version, environ)
    say(f"A window was there after {seconds_to_window(command):.2f} s")


def ask(
    command: Sequence[str], version: str, environ: Mapping[str, str], platform: str = "linux"
) -> None:
    """Ask for the version, for what is bundled and for an answer of the demo.

    `environ` has a HOME, where the command is started; `platform` is the one that was frozen for.

    Raises:
        SetUpFailedError: the program is not whole; says all that is missing.
    """
    problems = []
    if (said := _said([*command, "--version"], environ).strip()) != f"headwater {version}":
        problems.append(f"`--version` says {said!r}")
    problems += missing_of(json.loads(_said([*command, "--bundled"], environ)), platform)
    problems += wrong_with_answer(_said([*command, *demo_question()], environ))
    if problems:
        raise SetUpFailedError("\n".join(("The frozen program is not whole.", *problems)))


def missing_of(found: Mapping[str, object], platform: str = "linux") -> list[str]:
    """Return a line for everything that a frozen program should have told and did not."""
    problems = []
    for kind, needed in NEEDED[platform].items():
        there = found.get(kind)
        lacking = needed - set(there if isinstance(there, list) else [])
        problems += [f"missing in {kind}: {name}" for name in sorted(lacking)]
    for kind, fewest in (("lexers", FEWEST_LEXERS), ("authorities", FEWEST_AUTHORITIES)):
        count = found.get(kind)
        if not isinstance(count, int) or count < fewest:
            problems.append(f"too few {kind}: {count}")
    if found.get("inherited") != []:
        problems.append(f"programs that it starts would inherit: {found.get('inherited')}")
    if found.get("output") != "utf-8":
        problems.append(f"what it writes to other programs is in {found.get('output')}")
    return problems


def demo_question() -> list[str]:
    """Return the arguments that make the built-in demo answer, from a server inside the program."""
    return ["ask", "--provider", "demo", "--json", "zstd"]


def wrong_with_answer(said: str) -> list[str]:
    """Return what is wrong with the lines of JSON that `ask --json` printed."""
    lines = [json.loads(line) for line in said.splitlines()]
    text = "".join(str(line.get("text", "")) for line in lines)
    if "zstd" not in text.lower():
        return [f"the demo does not answer: {said[:200]!r}"]
    return []


def seconds_to_window(command: Sequence[str]) -> float:
    """Start the window on a screen of its own; return the seconds until it is mapped.

    Raises:
        SetUpFailedError: there was none in time, or the program ended.
    """
    with elsewhere() as environ, screen() as display:
        environ["DISPLAY"] = display
        began = time.monotonic()
        program = subprocess.Popen(
            [*command, "--provider", "demo"], env=environ, stderr=subprocess.PIPE, text=True
        )
        find = ["xdotool", "search", "--onlyvisible", "--name", "Headwater"]
        try:
            while subprocess.run(find, env=environ, capture_output=True, check=False).returncode:
                if program.poll() is not None or time.monotonic() - began > LIMIT:
                    program.kill()
                    _, said = program.communicate()
                    raise SetUpFailedError(f"The program shows no window: {said[-1000:]}")
                time.sleep(0.01)
            return time.monotonic() - began
        finally:
            program.terminate()
            program.communicate(timeout=LIMIT)


def seconds_to_end(command: Sequence[str]) -> float:
    """Return how long a command takes that ends by itself."""
    with elsewhere() as environ:
        began = time.monotonic()
        _said(command, environ)
        return time.monotonic() - began


@contextmanager
def elsewhere() -> Iterator[dict[str, str]]:
    """Yield an environment without this source tree, this display, this keyring or this home."""
    with tempfile.TemporaryDirectory() as home:
        yield {
            "PATH": os.environ.get("PATH", os.defpath),
            "LANG": "C.UTF-8",
            "HOME": home,
            "XDG_RUNTIME_DIR": home,
            "HEADWATER_DATA_DIR": f"{home}/data",
        }


@contextmanager
def screen() -> Iterator[str]:
    """Yield the display of an X server that nobody sees."""
    reading, writing = os.pipe()
    # Else it begins anew whenever its last client goes: each xdotool, before the window is there.
    arguments = ["-screen", "0", "1280x800x24", "-nolisten", "tcp", "-noreset"]
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(writing), *arguments],
        pass_fds=(writing,),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    os.close(writing)
    try:
        with os.fdopen(reading) as number:
            display = number.readline().strip()
        if not display:
            raise SetUpFailedError("Xvfb does not start.")
        yield f":{display}"
    finally:
        server.terminate()
        server.wait(timeout=LIMIT)


def _said(command: Sequence[str], environ: Mapping[str, str]) -> str:
    """Return what a command wrote.

    Raises:
        SetUpFailedError: it failed, or did not end in time.
    """
    name = " ".join(command)
    try:
        done = subprocess.run(
            command,
            env=environ,
            cwd=environ["HOME"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            timeout=LIMIT,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise SetUpFailedError(f"`{name}` does not end.") from error
    if done.returncode:
        raise SetUpFailedError(f"`{name}` ended with {done.returncode}: {done.stderr[-1000:]}")
    return done.stdout


def _line(name: str, seconds: Iterable[float]) -> str:
    first, *warm = seconds
    return (
        f"{name:<10} first {first:.2f} s, then {statistics.median(warm):.2f} s (median of {RUNS})"
    )


def main(command: Sequence[str]) -> int:
    """Print how long a program takes for its version and for its window."""
    runs = range(RUNS + 1)
    print(_line("--version", [seconds_to_end([*command, "--version"]) for _ in runs]))
    print(_line("window", [seconds_to_window(command) for _ in runs]))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
