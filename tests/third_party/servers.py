"""The foreign servers as context managers, on ports of their own on loopback."""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import re
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx

from tests.third_party.installation import Installation

_AIMOCK_LIMIT = 30.0
# LiteLLM imports for 10 s on an idle core, far longer on a busy one.
_LITELLM_LIMIT = 180.0
_PR_SET_PDEATHSIG = 1


class ServerError(Exception):
    """A server did not start; the message ends with what it printed."""


class _Server:
    """One process, its folder and its end."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="headwater-third-party-")
        self.folder = Path(self._folder.name)
        self._process: subprocess.Popen[bytes] | None = None

    def _start(self, command: Sequence[str], environment: Mapping[str, str]) -> None:
        kept = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT") if name in os.environ}
        with (self.folder / "output").open("wb") as output:
            self._process = subprocess.Popen(
                command,
                cwd=self.folder,
                env={**kept, "HOME": str(self.folder), **environment},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                # Safe: servers are started before anything here starts a thread.
                preexec_fn=_die_with_parent if sys.platform == "linux" else None,  # noqa: PLW1509
            )

    def output(self) -> str:
        """Return what the server has printed."""
        return (self.folder / "output").read_text("utf-8", "replace")

    def _check_alive(self, deadline: float) -> None:
        status = self._process.poll() if self._process else None
        name = type(self).__name__
        if status is not None:
            message = f"{name} ended with status {status}:\n{self.output()[-3000:]}"
            raise ServerError(message)
        if time.monotonic() > deadline:
            raise ServerError(f"{name} is not ready:\n{self.output()[-3000:]}")

    def stop(self) -> None:
        """End the server and everything it started, and remove its folder."""
        process, self._process = self._process, None
        if process is not None:
            process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(5.0)
            if hasattr(os, "killpg"):
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.killpg(process.pid, signal.SIGKILL)
            process.kill()
            process.wait()
        self._folder.cleanup()


def _die_with_parent() -> None:
    """Ask Linux to kill the server when this process dies, however it dies."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


class Aimock(_Server):
    """`@copilotkit/aimock` with the given fixtures; `key` set means that it asks for that key."""

    def __init__(
        self, installation: Installation, fixtures: Sequence[Mapping[str, object]], key: str = ""
    ) -> None:
        super().__init__()
        self._installation = installation
        self._fixtures = fixtures
        self.key = key
        self.origin = ""

    def __enter__(self) -> Self:
        (self.folder / "fixtures.json").write_text(
            json.dumps({"fixtures": self._fixtures}, ensure_ascii=False), "utf-8"
        )
        settings = {"llm": {"fixtures": "./fixtures.json"}, "host": "127.0.0.1"}
        (self.folder / "aimock.json").write_text(json.dumps(settings), "utf-8")
        script = str(self._installation.aimock)
        command = (str(self._installation.node), script, "-c", "aimock.json", "-p", "0")
        self._start(command, {"AIMOCK_API_KEYS": self.key} if self.key else {})
        try:
            self.origin = self._announced(time.monotonic() + _AIMOCK_LIMIT)
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def _announced(self, deadline: float) -> str:
        while True:
            found = re.search(r"http://127\.0\.0\.1:\d+", self.output())
            if found:
                return found.group()
            self._check_alive(deadline)
            time.sleep(0.02)

    @property
    def base_url(self) -> str:
        """Return the base URL of the OpenAI-compatible API."""
        return f"{self.origin}/v1"

    def requests(self, question: str) -> list[dict[str, object]]:
        """Return the journal's entries for the requests that asked exactly `question`."""
        headers = {"Authorization": f"Bearer {self.key}"} if self.key else {}
        answer = httpx.get(f"{self.origin}/__aimock/journal", headers=headers, trust_env=False)
        answer.raise_for_status()
        entries: list[dict[str, object]] = answer.json()
        mark = json.dumps(question)
        return [entry for entry in entries if mark in json.dumps(entry["body"])]


class LiteLlm(_Server):
    """The LiteLLM proxy; starting takes some 10 s, so `start` and `wait` are apart."""

    def __init__(
        self, installation: Installation, models: Mapping[str, Mapping[str, object]]
    ) -> None:
        super().__init__()
        self._installation = installation
        self._models = models
        self.key = f"sk-{secrets.token_hex(16)}"
        self.origin = ""

    @property
    def base_url(self) -> str:
        """Return the base URL of the OpenAI-compatible API."""
        return f"{self.origin}/v1"

    def start(self) -> None:
        """Start the proxy without waiting for it."""
        settings = {
            "model_list": [
                {"model_name": name, "litellm_params": {"api_key": "unused", **parameters}}
                for name, parameters in self._models.items()
            ],
            "litellm_settings": {"telemetry": False, "num_retries": 0},
            "router_settings": {"num_retries": 0, "disable_cooldowns": True},
            "general_settings": {"master_key": self.key},
        }
        (self.folder / "proxy.yaml").write_text(_yaml(settings), "utf-8")
        port = _free_port()
        self.origin = f"http://127.0.0.1:{port}"
        start = "import sys; from litellm import run_server; sys.exit(run_server())"
        address = ("--host", "127.0.0.1", "--port", str(port))
        self._start(
            (str(self._installation.python), "-c", start, "--config", "proxy.yaml", *address),
            {
                # Nothing but loopback: no price list, no telemetry, no `.env` of the machine.
                "LITELLM_LOCAL_MODEL_COST_MAP": "True",
                "LITELLM_TELEMETRY": "False",
                "LITELLM_MODE": "PRODUCTION",
                "LITELLM_LOG": "ERROR",
                "DISABLE_ADMIN_UI": "True",
                "NO_PROXY": "*",
                "PYTHONUTF8": "1",
            },
        )

    def wait(self) -> None:
        """Wait until the proxy lists its models.

        Raises:
            ServerError: it ended, or took longer than three minutes.
        """
        deadline = time.monotonic() + _LITELLM_LIMIT
        headers = {"Authorization": f"Bearer {self.key}"}
        with httpx.Client(headers=headers, trust_env=False, timeout=10.0) as client:
            while True:
                with contextlib.suppress(httpx.TransportError):
                    answer = client.get(f"{self.base_url}/models")
                    if answer.status_code == httpx.codes.OK:
                        return
                self._check_alive(deadline)
                time.sleep(0.1)

    def __enter__(self) -> Self:
        try:
            self.start()
            self.wait()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()


def _yaml(value: object) -> str:
    """Return `value` as JSON that YAML 1.1 reads alike: no surrogate halves, no bare DEL."""

    def joined(pair: re.Match[str]) -> str:
        high, low = (int(half, 16) for half in pair.groups())
        return f"\\U{0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00):08x}"

    text = json.dumps(value).replace("\x7f", "\\x7f")
    return re.sub(r"\\u(d[89ab]..)\\u(d[cdef]..)", joined, text)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
