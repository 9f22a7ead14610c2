"""Starting with the login: what is written, and that what others wrote there is believed."""

from __future__ import annotations

import plistlib
import subprocess
import sys
from pathlib import Path

import pytest

from headwater.adapters.desktop_file import FILE_NAME, read, values
from headwater.adapters.login_start import (
    LinuxLogin,
    MacLogin,
    WindowsLogin,
    WindowsRegistry,
    login_start,
)

_COMMAND = (sys.executable, "-m", "headwater")
_RUN = r"Software\Microsoft\Windows\CurrentVersion\Run"
_APPROVED = r"Software\Microsoft\Windows\CurrentVersion\Explorer\StartupApproved\Run"


class Linux:
    """A folder of the user's and one for all, both empty."""

    def __init__(self, root: Path) -> None:
        self.file = root / "config" / "autostart" / FILE_NAME
        self.of_all = root / "etc" / "autostart" / FILE_NAME
        environ = {"XDG_CONFIG_HOME": str(root / "config"), "XDG_CONFIG_DIRS": str(root / "etc")}
        self.login = LinuxLogin(_COMMAND, environ)

    def put(self, path: Path, *lines: str) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("\n".join(("[Desktop Entry]", "Type=Application", "Name=x", *lines, "")))


@pytest.fixture
def linux(tmp_path: Path) -> Linux:
    return Linux(tmp_path)


def test_that_it_is_written_where_sessions_look_and_taken_away_again(linux: Linux) -> None:
    assert not linux.login.is_on()
    assert linux.login.switch(True) == ""
    assert linux.login.is_on()
    found = values(read(linux.file))
    assert found["Exec"] == f"{sys.executable} -m headwater --hidden"
    assert found["X-GNOME-Autostart-enabled"] == "true"
    judged = subprocess.run(["desktop-file-validate", str(linux.file)], check=False)
    assert judged.returncode == 0
    assert linux.login.switch(False) == ""
    assert not linux.file.exists()
    assert linux.login.switch(False) == ""


@pytest.mark.parametrize(
    "line", ["Hidden=true", "X-GNOME-Autostart-enabled=false", "TryExec=/gone/headwater"]
)
def test_that_what_was_switched_off_elsewhere_is_off(linux: Linux, line: str) -> None:
    linux.put(linux.file, f"Exec={sys.executable}", line)
    assert not linux.login.is_on()
    linux.login.switch(True)
    assert linux.login.is_on()


def test_that_a_program_that_is_gone_will_not_start(linux: Linux) -> None:
    linux.put(linux.file, "Exec=/gone/headwater")
    assert not linux.login.is_on()


def test_that_somebodys_changes_survive_off_and_on(linux: Linux) -> None:
    linux.put(linux.file, "Exec=sh -c something", "X-GNOME-Autostart-Delay=10")
    assert linux.login.is_on()
    linux.login.switch(False)
    assert not linux.login.is_on()
    linux.login.switch(True)
    assert linux.login.is_on()
    found = values(read(linux.file))
    assert found["X-GNOME-Autostart-Delay"] == "10"
    assert found["Exec"].endswith(" -m headwater --hidden")


def test_that_one_for_all_users_can_be_switched_off_for_this_one(linux: Linux) -> None:
    linux.put(linux.of_all, "Exec=sh")
    assert linux.login.is_on()
    assert linux.login.switch(False) == ""
    assert not linux.login.is_on()
    linux.login.switch(True)
    assert linux.login.is_on()


def test_that_without_a_chosen_folder_the_usual_one_is_used(tmp_path: Path) -> None:
    LinuxLogin(_COMMAND, {"HOME": str(tmp_path)}).switch(True)
    assert (tmp_path / ".config/autostart" / FILE_NAME).is_file()


def test_that_what_cannot_be_written_is_said_in_plain_words(linux: Linux) -> None:
    linux.file.parent.parent.write_text("a file where a folder is needed")
    problem = linux.login.switch(True)
    assert problem.startswith(f"{linux.file} could not be changed: ")
    assert problem.endswith((": file exists.", ": not a directory."))


class FakeRegistry:
    """A registry in memory; `fails` makes it refuse."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], str | bytes] = {}
        self.fails = False

    def read(self, key: str, name: str) -> str | bytes | None:
        self._refuse()
        return self.kept.get((key, name))

    def write(self, key: str, name: str, value: str) -> None:
        self._refuse()
        self.kept[key, name] = value

    def remove(self, key: str, name: str) -> None:
        self._refuse()
        self.kept.pop((key, name), None)

    def _refuse(self) -> None:
        if self.fails:
            raise PermissionError(13, "Access is denied")


def test_that_windows_is_told_a_quoted_command() -> None:
    registry = FakeRegistry()
    login = WindowsLogin((r"C:\Program Files\Headwater\Headwater.exe",), registry)
    assert not login.is_on()
    assert login.switch(True) == ""
    assert login.is_on()
    command = '"C:\\Program Files\\Headwater\\Headwater.exe" --hidden'
    assert registry.kept == {(_RUN, "Headwater"): command}
    assert login.switch(False) == ""
    assert not login.is_on()
    assert registry.kept == {}


@pytest.mark.parametrize(("kept", "is_on"), [(b"\x02" + bytes(11), True), (b"\x03123", False)])
def test_that_the_switch_of_the_task_manager_is_believed(kept: bytes, is_on: bool) -> None:
    registry = FakeRegistry()
    login = WindowsLogin(_COMMAND, registry)
    login.switch(True)
    registry.kept[_APPROVED, "Headwater"] = kept
    assert login.is_on() is is_on
    login.switch(True)
    assert login.is_on()


def test_that_a_refusing_registry_is_said_in_plain_words() -> None:
    registry = FakeRegistry()
    login = WindowsLogin(_COMMAND, registry)
    registry.fails = True
    assert login.switch(True) == "Windows did not take it: access is denied."
    assert not login.is_on()


def test_that_elsewhere_there_is_no_registry() -> None:
    login = WindowsLogin(_COMMAND, WindowsRegistry())
    assert login.switch(True) == "Windows did not take it: there is no registry here."
    assert not login.is_on()


def test_that_a_mac_gets_a_launch_agent(tmp_path: Path) -> None:
    folder = tmp_path / "Library" / "LaunchAgents"
    login = MacLogin(_COMMAND, folder)
    assert not login.is_on()
    assert login.switch(True) == ""
    assert login.is_on()
    file = folder / "app.headwater.Headwater.plist"
    written = plistlib.loads(file.read_bytes())
    assert written["Label"] == "app.headwater.Headwater"
    assert written["ProgramArguments"] == [*_COMMAND, "--hidden"]
    assert written["RunAtLoad"] is True
    assert "KeepAlive" not in written
    assert login.switch(False) == ""
    assert not file.exists()


@pytest.mark.parametrize(
    "change",
    [
        {"Disabled": True},
        {"RunAtLoad": False},
        {"ProgramArguments": ["/gone"]},
        {"ProgramArguments": []},
    ],
)
def test_that_an_agent_that_starts_nothing_is_off(
    tmp_path: Path, change: dict[str, object]
) -> None:
    login = MacLogin(_COMMAND, tmp_path)
    login.switch(True)
    file = tmp_path / "app.headwater.Headwater.plist"
    file.write_bytes(plistlib.dumps({**plistlib.loads(file.read_bytes()), **change}))
    assert not login.is_on()
    file.write_text("no list at all")
    assert not login.is_on()


def test_that_each_system_has_its_own_way() -> None:
    ways = [type(login_start(_COMMAND, name)) for name in ("linux", "win32", "darwin")]
    assert ways == [LinuxLogin, WindowsLogin, MacLogin]
