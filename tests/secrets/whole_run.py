"""A whole run of the program with secrets in it, and everything that it left or said."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import os
import shutil
import ssl
import subprocess
import sys
import tempfile
import threading
from collections.abc import Coroutine, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from headwater import cli
from headwater.export.export_format import ExportFormat
from tests.fault_server import (
    Exchange,
    FaultServer,
    answer,
    chat_stream,
    cut,
    json_answer,
    redirect,
)
from tests.journeys.screen import new_screen
from tests.proxy_server import ProxyServer
from tests.session_bus import PrivateBus, private_bus

KEY = "Hw7+Vq2/4Kx=Tn9%Rb5~Jc6@Lm"
USER = "Proxy-Uq8+Zt3&Wd"
PASSWORD = "Pw4/Yd6=Nf1%Sg8~Xe"
SECRETS = (KEY, USER, PASSWORD)
_ROOT = Path(__file__).resolve().parents[2]
_DESKTOP = Path(cli.__file__).resolve().parents[1]
_CERTIFICATES = _ROOT / "tests" / "adapters" / "certificates"
# As careless as a system can be: files for everybody, and a core of any size.
CARELESS = ("sh", "-c", 'umask 000; ulimit -Sc "$(ulimit -Hc)"; exec "$@"', "sh")
_LIMIT = 90.0
_NOT_BY_ITSELF = {"Retry-After": "3600"}
# What a browser was given; its own environment as the kernel has it.
_BROWSER = """#!/bin/sh
{ tr '\\0' '\\n' < /proc/$$/environ; tr '\\0' '\\n' < /proc/$$/cmdline; } > "$OPENED.part"
mv "$OPENED.part" "$OPENED"
"""


@dataclass
class WholeRun:
    """What is left below `folder`, and what `outputs` (by name) were printed on the way."""

    folder: Path
    runtime: Path
    report: dict[str, Any] = field(default_factory=dict)
    outputs: dict[str, bytes] = field(default_factory=dict)
    statuses: dict[str, int] = field(default_factory=dict)

    @property
    def home(self) -> Path:
        return self.folder / "home"

    @property
    def after_crash(self) -> Path:
        """What lay at home when the window had died."""
        return self.folder / "after the crash"


@contextmanager
def whole_run(folder: Path) -> Iterator[WholeRun]:
    """Run everything once below `folder`, under a umask that keeps nobody out."""
    with ExitStack() as stack:
        screen = stack.enter_context(new_screen(folder / "unused"))
        runtime = Path(screen.environment["XDG_RUNTIME_DIR"])
        run = WholeRun(folder, runtime)
        for name in ("home", "tmp", "working", "exports", "bin"):
            (folder / name).mkdir()
        browser = folder / "bin" / "xdg-open"
        browser.write_text(_BROWSER, encoding="utf-8")
        browser.chmod(0o755)
        services = stack.enter_context(_Services())
        bus = stack.enter_context(private_bus(stack.enter_context(_short_folder())))
        environment = _environment(screen.environment, run, bus)
        stack.enter_context(_unlocked_keyring(environment))
        _watch_window(run, environment, services)
        _use_terminal(run, environment, services)
        yield run


@contextmanager
def _short_folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="hw-") as folder:
        yield Path(folder)


def _environment(screen: dict[str, str], run: WholeRun, bus: PrivateBus) -> dict[str, str]:
    kept = ("DISPLAY", "QT_QPA_PLATFORM", "XDG_RUNTIME_DIR", "LANG")
    return {
        **{name: screen[name] for name in kept if name in screen},
        "PATH": f"{run.folder / 'bin'}:{os.environ['PATH']}",
        "HOME": str(run.home),
        "TMPDIR": str(run.folder / "tmp"),
        "PYTHONPATH": f"{_DESKTOP}:{_ROOT}",
        "DBUS_SESSION_BUS_ADDRESS": bus.address,
        "PYTHONASYNCIODEBUG": "1",
        "PYTHONFAULTHANDLER": "1",
        "OPENED": str(run.folder / "opened.txt"),
        "BROWSER": "",
    }


@contextmanager
def _unlocked_keyring(environment: dict[str, str]) -> Iterator[None]:
    """Run a GNOME keyring of the test's own on the bus, unlocked as it is after a log-in."""
    daemon = subprocess.Popen(
        ["gnome-keyring-daemon", "--foreground", "--unlock", "--components=secrets"],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        assert daemon.stdin is not None
        daemon.stdin.write(b"test-password")
        daemon.stdin.close()
        yield
    finally:
        daemon.terminate()
        daemon.wait()


class _Services:
    """Every server and proxy of the run, on a loop in a thread of its own."""

    def __enter__(self) -> Self:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._stack = contextlib.AsyncExitStack()
        self.elsewhere: FaultServer = self._start(FaultServer(answer(chat_stream("stolen"))))
        self.plain: FaultServer = self._start(FaultServer(self._serve))
        self.untrusted: FaultServer = self._start(FaultServer(answer(), tls=_tls("other_host")))
        self.behind: FaultServer = self._start(FaultServer(self._serve, tls=_tls("service")))
        self.proxy: ProxyServer = self._start(ProxyServer(self.behind.port, login=(USER, PASSWORD)))
        self.refusing: ProxyServer = self._start(
            ProxyServer(self.behind.port, login=("another", "login"))
        )
        return self

    def __exit__(self, *_: object) -> None:
        self._wait_for(self._stack.aclose())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _start(self, server: Any) -> Any:
        return self._wait_for(self._stack.enter_async_context(server))

    def _wait_for(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    async def _serve(self, exchange: Exchange) -> None:
        """List models to who has the key, and behave as the question says."""
        request = exchange.request
        if request.headers.get("authorization") != f"Bearer {KEY}":
            await json_answer({"error": {"message": "no key"}}, status=401)(exchange)
        elif request.method == "GET":
            await json_answer({"data": [{"id": "m"}]})(exchange)
        else:
            question = str(request.json["messages"][-1]["content"])
            await self._answer(question)(exchange)

    def _answer(self, question: str) -> Any:
        echo = {"error": {"message": f"The key {KEY} is not good.", "param": f"Bearer {KEY}"}}
        match question:
            case "401":
                return json_answer(echo, status=401)
            case "429":
                return json_answer(echo, status=429, headers=_NOT_BY_ITSELF)
            case "dropped":
                return cut(chat_stream("half", " of it", finish_reason=None, done=False), 10_000)
            case "redirect":
                return redirect(self.elsewhere.base_url)
            case _:
                return answer(chat_stream("An answer [1].", " Its end."))


def _tls(name: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(_CERTIFICATES / f"{name}.pem")
    return context


def _watch_window(run: WholeRun, environment: dict[str, str], services: _Services) -> None:
    report = run.folder / "report.json"
    told = {
        "key": KEY,
        "user": USER,
        "password": PASSWORD,
        "basic": base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode(),
        "server": services.plain.base_url,
        "untrusted": services.untrusted.base_url,
        "behind": "https://service.example/v1",
        "http": services.proxy.address("http"),
        "socks5": services.proxy.address("socks5"),
        "refusing": services.refusing.address("http"),
        "authority": str(_CERTIFICATES / "authority.pem"),
        "exports": str(run.folder / "exports"),
        "page": "https://page.example/",
        "opened": environment["OPENED"],
        "report": str(report),
    }
    done = _run(
        run,
        "window",
        environment,
        [sys.executable, "-X", "dev", "-m", "tests.secrets.driven_window"],
        json.dumps(told).encode(),
    )
    assert report.exists(), done.stderr[-3000:].decode()
    # As it was left: the next command tidies the log of the history up.
    shutil.copytree(run.home, run.after_crash, symlinks=True)
    run.report = json.loads(report.read_text(encoding="utf-8"))


def _use_terminal(run: WholeRun, environment: dict[str, str], services: _Services) -> None:
    def headwater(name: str, *arguments: str, **more: str) -> bytes:
        command = [sys.executable, "-X", "dev", "-m", "headwater", *arguments]
        return _run(run, name, {**environment, **more}, command).stdout

    at = ("--base-url", services.plain.base_url, "--model", "m")
    listed = json.loads(headwater("history", "history", "--json"))
    conversation = listed[0]["id"]
    headwater("ask", "ask", *at, "from the terminal")
    headwater("ask 401", "ask", *at, "--json", "401")
    headwater("ask by proxy", "ask", "--json-lines", "good")
    headwater("ask by environment", "ask", *at, "good", HEADWATER_API_KEY=KEY)
    headwater("check", "check", *at, "--first-word", HEADWATER_API_KEY=KEY)
    headwater("show", "show", conversation, "--json")
    for form in (ExportFormat.MARKDOWN, ExportFormat.PDF):
        path = run.folder / "exports" / f"terminal{form.ending}"
        headwater(f"export {form}", "export", conversation, "-o", str(path))
    headwater("backup", "backup", str(run.folder / "exports" / "backup.db"))


def _run(
    run: WholeRun,
    name: str,
    environment: dict[str, str],
    command: list[str],
    given: bytes = b"",
) -> subprocess.CompletedProcess[bytes]:
    done = subprocess.run(
        [*CARELESS, *command],
        env=environment,
        cwd=run.folder / "working",
        input=given,
        capture_output=True,
        timeout=_LIMIT,
        check=False,
    )
    run.outputs[f"{name}, output"] = done.stdout
    run.outputs[f"{name}, errors"] = done.stderr
    run.statuses[name] = done.returncode
    return done
