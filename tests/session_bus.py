"""A session bus of a test's own, and services on it that are programs of their own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.fakes import until

_ROOT = Path(__file__).resolve().parent.parent
_CONFIG = """\
<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN" "busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:dir={folder}</listen>
  <servicedir>{folder}</servicedir>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
"""


class PrivateBus:
    """A `dbus-daemon` that knows nothing of the person's own bus."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        config = folder / "bus.conf"
        config.write_text(_CONFIG.format(folder=folder), encoding="utf-8")
        command = ["dbus-daemon", f"--config-file={config}", "--print-address", "--nofork"]
        self.daemon = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self.daemon.stdout is not None
        self.address = self.daemon.stdout.readline().strip()

    @contextmanager
    def service(self, program: str, **manners: object) -> Iterator[Service]:
        """Run `tests/<program>.py` on this bus, told how to behave; it has begun on return."""
        service = Service(self, program, manners)
        try:
            yield service
        finally:
            service.end()

    def provide(self, program: str, name: str) -> None:
        """Let the bus start `tests/<program>.py` when somebody asks for `name`."""
        command = f"{sys.executable} -m tests.{program} {{}}"
        (self.folder / f"{name}.service").write_text(
            f"[D-BUS Service]\nName={name}\nExec=/usr/bin/env -C {_ROOT} {command}\n",
            encoding="utf-8",
        )

    def end(self) -> None:
        """Kill the bus; the second time nothing happens."""
        self.daemon.kill()
        self.daemon.wait()
        assert self.daemon.stdout is not None
        self.daemon.stdout.close()


class Service:
    """A program on the bus: told by lines, and what it was asked for is in `calls`."""

    def __init__(self, bus: PrivateBus, program: str, manners: dict[str, object]) -> None:
        self._log = bus.folder / f"{program}-{len(list(bus.folder.iterdir()))}.log"
        with self._log.open("wb") as out:
            self.process = subprocess.Popen(
                [sys.executable, "-m", f"tests.{program}", json.dumps(manners)],
                cwd=_ROOT,
                env={**os.environ, "DBUS_SESSION_BUS_ADDRESS": bus.address},
                stdin=subprocess.PIPE,
                stdout=out,
                text=True,
            )
        while "ready" not in self._log.read_text(encoding="utf-8"):
            assert self.process.poll() is None, "the service ended before it had begun"

    @property
    def calls(self) -> list[list[Any]]:
        """What it was asked for, oldest first: `[interface, member, *arguments]`."""
        lines = self._log.read_text(encoding="utf-8").splitlines(keepends=True)
        return [json.loads(line) for line in lines if line.startswith("[") and line.endswith("\n")]

    @property
    def members(self) -> list[str]:
        """The methods that were called, oldest first."""
        return [call[1] for call in self.calls]

    async def asked(self, member: str, times: int = 1) -> list[Any]:
        """Wait until `member` was called that often and return the arguments of the last call."""
        await until(lambda: self.members.count(member) >= times)
        last: list[Any] = [call for call in self.calls if call[1] == member][-1]
        return last[2:]

    def tell(self, *words: str) -> None:
        """Have it do something of its own accord."""
        assert self.process.stdin is not None
        print(*words, file=self.process.stdin, flush=True)

    def end(self) -> None:
        """Kill it; the second time nothing happens."""
        self.process.kill()
        self.process.wait()
        assert self.process.stdin is not None
        self.process.stdin.close()


@contextmanager
def private_bus(folder: Path) -> Iterator[PrivateBus]:
    """Run a bus until the block ends."""
    bus = PrivateBus(folder)
    try:
        yield bus
    finally:
        bus.end()
