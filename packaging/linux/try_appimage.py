"""What is in the AppImage, on a desktop that has only what every desktop has.

The runtime is not ours and is not run: its part is to mount the folder and to start `AppRun` with a
few variables, and so does this. X11 is an Xvfb of this machine, Wayland a sway without a screen.
"""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from command import said
from linux.bare_system import PERSON, PERSON_ID, BareSystem, bare_system
from linux.try_desktop import Desktop, desktop, expect_picture
from linux.try_installed import (
    MAIN,
    QUESTION,
    HeadwaterInside,
    agree_on_files,
    answer_in_terminal,
    started,
    try_window,
    until_answered,
    until_running,
    until_window,
)
from set_up import SetUpFailedError
from trial import CheckFailedError, Trial, expect, until

PROGRAMS = {
    "unsquashfs": "squashfs-tools",
    "sway": "sway",
    "grim": "grim",
    "wtype": "wtype",
}
# What may be asked of every desktop, and what its graphics driver brings; for the libraries see
# https://github.com/AppImageCommunity/pkg2appimage/blob/master/excludelist
EVERY_DESKTOP_HAS = (
    "fonts-dejavu-core",
    "libdbus-1-3",
    "libegl1",
    "libfontconfig1",
    "libgl1",
    "libglib2.0-0",
    "libx11-xcb1",
    "xkb-data",
)
APP_ID = "app.headwater.Headwater"
_ENTRIES = (".local/share/applications", ".config/autostart")
_PREFERENCES = "Preferences — Headwater"
_MOUNTED = "/tmp/.mount_HeadwaTrial"
_IMAGE = f"/home/{PERSON}/Headwater.AppImage"
_SWAY = "output HEADLESS-1 resolution 1280x800\ndefault_border none\n"


def try_appimage(squashed: Path, suite: str, folder: Path) -> Trial:
    """Try the squashed folder in a bare Debian of that suite, on X11 and on Wayland."""
    trial = Trial(f"appimage {suite}", folder)
    with trial.part(), bare_system(suite, folder) as system:
        with trial.check("its content lies beside what every desktop has"):
            system.install(*EVERY_DESKTOP_HAS)
            said(["unsquashfs", "-no-progress", "-d", f"{system.root}{_MOUNTED}", str(squashed)])
            environ = {**system.add_person(), **set_by_runtime()}
            (system.root / _IMAGE.lstrip("/")).touch(mode=0o755)
        with trial.part(), trial.check("the judges of desktop files and of AppStream agree"):
            agree_on_files(Path(f"{system.root}{_MOUNTED}"))
        headwater = HeadwaterInside(system, f"{_MOUNTED}/AppRun", environ)
        with trial.part():
            answer_in_terminal(trial, headwater)
        with trial.part(), desktop(folder) as on:
            trial.witness = on.shoot
            headwater.environ = {**environ, "DISPLAY": on.name}
            try_window(trial, on, headwater)
            join_menu(trial, on, system, headwater)
        with trial.part():
            headwater.environ = dict(environ)
            try_wayland(trial, system, headwater)
    return trial


def set_by_runtime() -> dict[str, str]:
    """Return what the runtime tells the program, as AppImage/type2-runtime sets it."""
    return {
        "APPIMAGE": _IMAGE,
        "APPDIR": _MOUNTED,
        "ARGV0": "./Headwater.AppImage",
        "OWD": f"/home/{PERSON}",
    }


def join_menu(trial: Trial, on: Desktop, system: BareSystem, headwater: HeadwaterInside) -> None:
    """Have the program add itself to the menu and to the log-in, by keys in its preferences."""
    entries = [system.home / f"{folder}/{APP_ID}.desktop" for folder in _ENTRIES]
    with (
        trial.check("the applications menu and the log-in start the image, not what is in it"),
        started(headwater, "--provider", "demo") as program,
    ):
        until_window(on, program)
        on.activate(MAIN)
        on.press("ctrl+comma")
        until(lambda: on.title() == _PREFERENCES, "the preferences")
        # To the page of the quick ask, and backwards past "Close" to its last two controls.
        on.press("ctrl+Tab", "shift+Tab", "shift+Tab", "shift+Tab", "space")
        until(entries[0].exists, "an entry in the menu")
        on.press("shift+Tab", "space")
        until(entries[1].exists, "an entry for the log-in")
        on.shoot("menu")
        for entry in entries:
            started_by = commands_in(entry.read_text(encoding="utf-8"))
            expect(started_by == {_IMAGE}, f"{entry.name} starts {', '.join(started_by)}")


def commands_in(entry: str) -> set[str]:
    """Return the programs that a desktop entry starts, without their arguments."""
    commands = [line.partition("=")[2] for line in entry.splitlines() if line.startswith("Exec=")]
    return {shlex.split(command)[0] for command in commands}


def try_wayland(trial: Trial, system: BareSystem, headwater: HeadwaterInside) -> None:
    """Open the window on Wayland, type a question and see the answer come."""
    with (
        trial.check("it runs as a Wayland client, and SIGTERM ends it with 0"),
        compositor(trial.folder) as sway,
    ):
        socket = f"{headwater.environ['XDG_RUNTIME_DIR']}/{sway.display}"
        system.bind(sway.socket, socket)
        # Ours may be older than the desktop's table of composed characters, and says so.
        system.install("libxkbcommon0")
        headwater.environ |= {"WAYLAND_DISPLAY": sway.display}
        trial.witness = sway.shoot
        with started(headwater, "--provider", "demo") as program:

            def is_there() -> bool:
                if not program.is_running:
                    raise CheckFailedError(f"it ended: {program.said()[-1000:]}")
                return bool(sway.windows())

            until(is_there, "a window on Wayland")
            with trial.check("the compositor knows it by its own name"):
                names = [(window["app_id"], window["shell"]) for window in sway.windows()]
                expect(names == [(APP_ID, "xdg_shell")], f"it knows {names}")
            with trial.check("a question typed on Wayland is answered by the demo"):
                time.sleep(1)
                sway.type(QUESTION)
                asked = until_running(headwater)
                until_answered(headwater, asked, QUESTION)
                sway.shoot("wayland")


class Compositor:
    """A sway without a screen."""

    def __init__(self, folder: Path, display: str, control: Path, shots: Path) -> None:
        self.display = display
        self.socket = folder / display
        self._control = control
        self._shots = shots
        self._environ = {
            **os.environ,
            "XDG_RUNTIME_DIR": str(folder),
            "WAYLAND_DISPLAY": display,
        }

    def windows(self) -> list[dict[str, Any]]:
        """Return what it knows of each window."""
        ask = ["swaymsg", "--socket", str(self._control), "--type", "get_tree", "--raw"]
        return list(windows_in(json.loads(said(ask, self._environ))))

    def type(self, text: str) -> None:
        """Type a line into the window that has the focus.

        Its keyboard is plugged in for this, so the window is given half a second to notice.
        """
        said(["wtype", "-s", "500", "-d", "20", text, "-k", "Return"], self._environ)

    def shoot(self, name: str) -> None:
        """Keep a picture of its screen.

        Raises:
            CheckFailedError: it shows hardly more than one colour.
        """
        path = self._shots / f"{name}.png"
        said(["grim", str(path)], self._environ)
        expect_picture(path)


def windows_in(tree: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield what in sway's tree is a window: all that belongs to a process."""
    if tree.get("pid"):
        yield dict(tree)
    for child in (*tree.get("nodes", ()), *tree.get("floating_nodes", ())):
        yield from windows_in(child)


@contextmanager
def compositor(shots: Path) -> Iterator[Compositor]:
    """Yield a compositor of its own, and end it.

    Raises:
        SetUpFailedError: it does not start.
    """
    with tempfile.TemporaryDirectory(prefix="hw-") as name:
        folder = Path(name)
        settings = folder / "sway"
        settings.write_text(_SWAY, encoding="utf-8")
        os.chown(folder, PERSON_ID, PERSON_ID)
        environ = {
            "PATH": os.environ.get("PATH", os.defpath),
            "HOME": name,
            "XDG_RUNTIME_DIR": name,
            "WLR_BACKENDS": "headless",
            "WLR_LIBINPUT_NO_DEVICES": "1",
            "WLR_RENDERER": "pixman",
        }
        with (folder / "log").open("wb") as log:
            program = subprocess.Popen(
                ["sway", "--config", str(settings)],
                env=environ,
                stdout=log,
                stderr=log,
                # It refuses to run as root, and its socket is the person's in the bare system.
                user=PERSON_ID,
                group=PERSON_ID,
                extra_groups=(),
            )
        with program:
            try:
                control = folder / f"sway-ipc.{PERSON_ID}.{program.pid}.sock"
                until(lambda: control.exists() or program.poll() is not None, "sway listens")
                sockets = [path.name for path in folder.glob("wayland-*") if path.is_socket()]
                if not sockets:
                    story = (folder / "log").read_text(encoding="utf-8", errors="replace")
                    raise SetUpFailedError(f"sway does not start: {story[-1000:]}")
                yield Compositor(folder, sockets[0], control, shots)
            finally:
                program.terminate()
