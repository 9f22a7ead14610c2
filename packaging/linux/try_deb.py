"""The Debian package as its user meets it: installed, used, and taken away again.

First nothing is installed beside it, so that a dependency that it does not name is missed; then a
session bus and a keyring join it, which a desktop has.
"""

from __future__ import annotations

import base64
import secrets
import sqlite3
import time
from collections.abc import Iterable, Mapping
from contextlib import closing
from pathlib import Path

from linux.bare_system import PERSON, BareSystem, bare_system, differences, owned
from linux.try_desktop import Desktop, OtherWindow, desktop, other_window
from linux.try_installed import (
    MAIN,
    QUESTION,
    QUICK,
    Headwater,
    HeadwaterInside,
    agree_on_files,
    answer_in_terminal,
    conversations,
    questions,
    started,
    try_window,
    until_answered,
    until_running,
    until_window,
)
from linux.try_key_server import ANSWER, key_server
from trial import Trial, expect, until

_PROGRAM = "/usr/bin/headwater"
_FROZEN = "/usr/lib/headwater/headwater"
_SERVERS = "Servers and keys — Headwater"
_SESSION = ("dbus", "gnome-keyring")
_LONGEST_HANDOVER = 1.0  # seconds


def try_deb(package: Path, suite: str, folder: Path) -> Trial:
    """Try the package in a bare Debian of that suite."""
    trial = Trial(f"deb {suite}", folder)
    with trial.part(), bare_system(suite, folder) as system, desktop(folder) as on:
        trial.witness = on.shoot
        environ = {**system.add_person(), "DISPLAY": on.name}
        before = system.listing()
        install(trial, system, package)
        headwater = HeadwaterInside(system, _PROGRAM, environ)
        with trial.part():
            answer_in_terminal(trial, headwater)
        with trial.part():
            try_window(trial, on, headwater)
        came_with_session = set[str]()
        with trial.part():
            with trial.check("a session bus and a keyring join it"):
                came_with_session |= join_desktop(system)
                headwater.environ.update(session(system, environ))
            with trial.part():
                keep_a_key(trial, on, system, headwater)
            with trial.part():
                ask_from_elsewhere(trial, on, system, headwater)
        kept = conversations(headwater)
        with trial.part():
            remove(trial, system, before, came_with_session)
            with trial.check("the person's history is still there"):
                (database,) = system.home.rglob("headwater.db")
                count = conversations_in(database)
                expect(count == len(kept) > 0, f"{count} conversations of {len(kept)}")
    return trial


def install(trial: Trial, system: BareSystem, package: Path) -> None:
    """Have apt install the package alone, and see that its files are whole and well described."""
    with trial.check("apt installs it without recommendations, and no Python"):
        brought = system.bring(package)
        system.install(brought)
        (system.root / brought.lstrip("/")).unlink()
        expect(system.run(["sh", "-c", "command -v python3 || true"]) == "", "Python came along")
    with trial.part(), trial.check("dpkg finds every file as it was packed"):
        wrong = system.run(["dpkg", "--verify", "headwater"])
        expect(not wrong, wrong)
    with trial.part(), trial.check("the judges of desktop files and of AppStream agree"):
        agree_on_files(system.root)


def join_desktop(system: BareSystem) -> set[str]:
    """Install a session bus and a keyring; return the paths that came with them."""
    before = system.listing()
    system.install(*_SESSION)
    return set(differences(before, system.listing()))


def session(system: BareSystem, environ: Mapping[str, str]) -> dict[str, str]:
    """Start a session bus with an unlocked GNOME keyring; return where the bus is."""
    told = system.home / "bus-address"
    password = secrets.token_hex(8)
    script = (
        f"printf {password} | gnome-keyring-daemon --unlock --components=secrets >/dev/null; "
        "printf %s $DBUS_SESSION_BUS_ADDRESS > ~/bus-address.new; "
        "mv ~/bus-address.new ~/bus-address; exec sleep infinity"
    )
    command = ["dbus-run-session", "--", "sh", "-ec", script]
    system.start(command, user=PERSON, environ=environ)
    until(told.exists, "a session bus with a keyring")
    return {"DBUS_SESSION_BUS_ADDRESS": told.read_text(encoding="utf-8")}


def keep_a_key(trial: Trial, on: Desktop, system: BareSystem, headwater: HeadwaterInside) -> None:
    """Enter a key in the window; a new process takes it from the keyring, and no file has it."""
    key = f"sk-trial-{secrets.token_hex(16)}"
    with key_server(key) as server:
        with trial.check("it starts beside a keyring"), started(headwater) as program:
            until_window(on, program)
            with trial.check("a key that was typed into the window is checked and kept"):
                enter_key(on, server.address, key)
                until(lambda: server.let_in, "the server was asked with the key")
                time.sleep(1)
                on.shoot("key")
                on.press("Return")  # Done
                until(lambda: not on.windows(_SERVERS), "the dialog is closed")
        with trial.check("a new process sends the key, from the keyring"):
            del server.let_in[:]
            expect(ANSWER in headwater.said("ask", "--json", "Is it there?"), "another answer")
            expect("/v1/chat/completions" in server.let_in, f"asked: {server.let_in}")
        with trial.check("without the keyring there is no key"):
            alone = {n: v for n, v in headwater.environ.items() if not n.startswith("DBUS_")}
            ask = ["sh", "-c", f"{_PROGRAM} ask --no-save hello >/dev/null 2>&1; echo $?"]
            status = system.run(ask, user=PERSON, environ=alone).strip()
            expect(status == "3", f"it ended with {status}")
    with trial.check("no file holds the key in the clear"):
        expect(list(system.home.glob(".local/share/keyrings/*.keyring")), "there is no keyring")
        found = files_with(key, (system.root / name for name in ("home", "run", "tmp", "var")))
        expect(not found, f"the key is in {', '.join(map(str, found))}")


def enter_key(on: Desktop, address: str, key: str) -> None:
    """Set up a server of one's own and its key, by keys alone."""
    on.activate(MAIN)
    on.press("ctrl+k")
    until(lambda: on.title() == _SERVERS, "the dialog for servers")
    on.press("shift+Tab", "shift+Tab")  # from the key, past the model, to the list of providers
    on.type("Another")  # server; a space would open the list
    on.press("Tab")
    on.type(address)
    on.press("Tab", "Tab", "Tab")  # past how it speaks and the model
    on.type(key)
    on.press("Return")


def files_with(secret: str, folders: Iterable[Path]) -> list[Path]:
    """Return the files below the folders that hold the secret as it is or in base64."""
    forms = (secret.encode(), base64.b64encode(secret.encode()).rstrip(b"="))
    return [
        path
        for folder in folders
        for path in folder.rglob("*")
        if path.is_file()
        and not path.is_symlink()
        and any(form in path.read_bytes() for form in forms)
    ]


def ask_from_elsewhere(
    trial: Trial, on: Desktop, system: BareSystem, headwater: HeadwaterInside
) -> None:
    """Ask by the key from anywhere, by a further start and by a link."""
    with (
        trial.check("it runs in the background"),
        started(headwater, "--provider", "demo") as program,
    ):
        until_window(on, program)
        # The window comes first; the key is asked for before the last conversation is shown.
        until(lambda: bool(on.windows(f"^{QUESTION} .*{MAIN}")), "the last conversation")
        with other_window(on, trial.folder / "other-window.log") as other:
            press_the_key(trial, on, headwater, other)
            start_again(trial, on, system, headwater)


def press_the_key(trial: Trial, on: Desktop, headwater: Headwater, other: OtherWindow) -> None:
    """Press the shortcut in another program and type on at once."""
    with trial.check("a real key press in another window opens the quick ask, no letter lost"):
        on.type("x")
        until(lambda: other.heard("x"), "the other window hears keys")
        on.press("ctrl+alt+space")
        on.type(QUESTION)
        until(lambda: on.title() == QUICK, "the quick ask has the focus")
        on.shoot("quick-ask")
        expect(not other.heard("z"), "the other window heard what was typed after the key")
        on.press("Return")
        asked = until_running(headwater)
        until_answered(headwater, asked, QUESTION)
        on.shoot("quick-answer")


def start_again(trial: Trial, on: Desktop, system: BareSystem, headwater: HeadwaterInside) -> None:
    """Start the program beside itself: the first one does what the second was told."""
    with trial.check("a further start is handed over within a second"):
        on.activate(f"^{OtherWindow.TITLE}$")
        began = time.monotonic()
        headwater.said("--quick-ask")
        took = time.monotonic() - began
        until(lambda: on.title() == QUICK, "the quick ask has the focus")
        expect(took < _LONGEST_HANDOVER, f"it took {took:.2f} s")
        count = system.processes(_FROZEN)
        expect(count == 1, f"there are {count} processes")
    with trial.check("a headwater: link prefills and sends nothing"):
        on.press("ctrl+n")
        before = questions(headwater)
        headwater.said(f"headwater://ask?q={QUESTION.replace(' ', '%20')}")
        until(lambda: on.title() == QUICK, "the quick ask has the focus")
        time.sleep(1.5)
        on.shoot("link")
        expect(questions(headwater) == before, "the link asked by itself")
        on.press("Return")
        until(lambda: sorted(questions(headwater)) == sorted([*before, QUESTION]), "it is asked")


def remove(
    trial: Trial, system: BareSystem, before: Mapping[str, str], came_with_session: set[str]
) -> None:
    """Purge the package and all that came with it; only the person's own files stay."""
    with trial.check("a purge leaves nothing behind"):
        there = system.run(["dpkg-query", "-W", "-f", "${Package} "]).split()
        ours = {"headwater", *_SESSION}.intersection(there)
        purge = ["apt-get", "purge", "--yes", "--auto-remove", *sorted(ours)]
        system.run(purge, environ={"DEBIAN_FRONTEND": "noninteractive"})
        left = set(differences(before, system.listing())) - came_with_session - owned(system.root)
        expect(not left, f"{len(left)} left behind or changed: {', '.join(sorted(left)[:20])}")


def conversations_in(database: Path) -> int:
    """Return how many conversations a history holds; it is only read."""
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        (count,) = connection.execute("SELECT count(*) FROM conversations").fetchone()
    return int(count)
