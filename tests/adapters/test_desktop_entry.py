"""The entry in the applications menu is there when a desktop would find it, and is a good one."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from headwater.adapters.desktop_entry import DesktopEntry, clean_environment
from headwater.adapters.desktop_file import FILE_NAME, values
from headwater.adapters.folders import resource

_ICON = resource("icons") / "headwater.svg"


class Place:
    """A home and a folder for all users, with a program that is there."""

    def __init__(self, root: Path) -> None:
        self.program = root / "my programs" / "head water"
        self.program.parent.mkdir()
        self.program.touch(0o755)
        self.home = root / "share"
        self.of_all = root / "usr"
        self.environ = {"XDG_DATA_HOME": str(self.home), "XDG_DATA_DIRS": str(self.of_all)}
        self.refreshed: list[Path] = []
        self.entry = DesktopEntry((str(self.program),), _ICON, self.environ, self._refresh)

    def _refresh(self, folder: Path, environ: Mapping[str, str]) -> None:
        self.refreshed.append(folder)

    def put(self, folder: Path, text: str) -> None:
        (folder / "applications").mkdir(parents=True, exist_ok=True)
        (folder / "applications" / FILE_NAME).write_text(f"[Desktop Entry]\n{text}\n")


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def test_that_it_is_installed_where_a_desktop_looks(place: Place) -> None:
    assert not place.entry.is_installed()
    assert place.entry.install() == ""
    assert place.entry.is_installed()
    assert place.refreshed == [place.home / "applications"]
    picture = place.home / "icons/hicolor/scalable/apps/app.headwater.Headwater.svg"
    assert picture.read_bytes() == _ICON.read_bytes()
    assert [path.name for path in (place.home / "applications").iterdir()] == [FILE_NAME]


@pytest.mark.parametrize("folder", ["/opt/plain", "/opt/with space", '/opt/q"uo$te', "/opt/50%"])
def test_that_the_desktops_own_judge_accepts_it(tmp_path: Path, folder: str) -> None:
    written = tmp_path / FILE_NAME
    written.write_text(DesktopEntry((f"{folder}/headwater",), _ICON, {}).text())
    judged = subprocess.run(
        ["desktop-file-validate", str(written)], capture_output=True, text=True, check=False
    )

    assert (judged.returncode, judged.stdout) == (0, "")


def test_that_the_quick_ask_and_a_new_question_are_in_its_menu(place: Place) -> None:
    text = place.entry.text()
    assert f'Exec="{place.program}" %U' in text
    assert f'[Desktop Action quick-ask]\nName=Quick ask\nExec="{place.program}" --quick-ask' in text
    assert (
        f'[Desktop Action new-question]\nName=New question\nExec="{place.program}" --ask ""' in text
    )
    assert values(text)["Actions"] == "quick-ask;new-question;"


def test_that_an_entry_for_all_users_counts(place: Place) -> None:
    place.put(place.of_all, f'Exec="{place.program}" %U')
    assert place.entry.is_installed()


@pytest.mark.parametrize(
    "text",
    ["Exec=/gone/headwater", "TryExec=/gone/headwater\nExec=sh", "Hidden=true\nExec=sh", "Name=x"],
)
def test_that_an_entry_that_starts_nothing_does_not_count(place: Place, text: str) -> None:
    place.put(place.of_all, "Exec=sh")
    assert place.entry.is_installed()
    place.put(place.home, text)  # comes first and stands in front of the other
    assert not place.entry.is_installed()


def test_that_a_program_that_moved_can_be_installed_again(place: Place) -> None:
    place.put(place.home, "Exec=/gone/headwater")
    assert place.entry.install() == ""
    assert place.entry.is_installed()


def test_that_a_full_place_is_said_in_plain_words(place: Place) -> None:
    place.home.write_text("a file where a folder is needed")
    problem = place.entry.install()
    assert problem.startswith("The entry could not be written to ")
    assert problem.endswith((": file exists.", ": not a directory."))
    assert place.refreshed == []


def test_that_without_a_chosen_folder_the_usual_one_is_used(tmp_path: Path) -> None:
    environ = {"HOME": str(tmp_path), "XDG_DATA_HOME": "not/absolute"}
    entry = DesktopEntry((sys.executable,), _ICON, environ, lambda _folder, _environ: None)
    assert entry.install() == ""
    assert (tmp_path / ".local/share/applications" / FILE_NAME).is_file()


def test_that_the_desktops_tool_records_the_scheme(tmp_path: Path) -> None:
    environ = {"HOME": str(tmp_path), "PATH": "/usr/bin:/bin"}
    assert DesktopEntry((sys.executable,), _ICON, environ).install() == ""
    cache = tmp_path / ".local/share/applications/mimeinfo.cache"
    assert f"x-scheme-handler/headwater={FILE_NAME}" in cache.read_text()


def test_that_a_program_of_the_system_gets_the_users_own_environment() -> None:
    bundle = {
        "PATH": "/bin",
        "LD_LIBRARY_PATH": "/tmp/_MEI1",
        "LD_LIBRARY_PATH_ORIG": "/opt/lib",
        "PYTHONHOME": "/tmp/_MEI1",
    }
    assert clean_environment(bundle) == {"PATH": "/bin", "LD_LIBRARY_PATH": "/opt/lib"}
