"""Nobody who reads what a whole run left behind finds a key or a proxy's login in it (S14 to S18).

Nor does anybody else on the machine get at the rest of it (S23). `whole_run.py` says what a run is.
"""

from __future__ import annotations

import sqlite3
import stat
from base64 import b64encode
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit

from headwater.adapters.folders import Folders
from tests.secrets.search import places_below, places_in
from tests.secrets.visible_text import visible_text
from tests.secrets.whole_run import KEY, PASSWORD, SECRETS, USER, WholeRun, whole_run

_OURS = (".config/headwater", ".local/share/headwater", ".local/state/headwater")


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WholeRun]:
    with whole_run(tmp_path_factory.mktemp("whole")) as run:
        yield run


def test_that_the_run_met_what_it_was_to_meet(run: WholeRun) -> None:
    """Otherwise there would be nothing to find."""
    report = run.report
    assert report.get("is whole"), report.get("problem")
    assert set(report["failures"]) == {
        *("401", "429", "dropped", "redirect", "untrusted", "by a proxy that refuses"),
    }
    assert "not trusted" in report["failures"]["untrusted"]
    assert all("GNOME Keyring" in where for where in report["kept"])
    assert len(report["kept"]) == 6
    assert report["listed"] > 12
    assert run.statuses.pop("window") == -11
    assert run.statuses == dict.fromkeys(run.statuses, 0) | {"ask 401": 3, "ask by proxy": 5}
    log = run.after_crash / _OURS[2] / "log"
    crashes = (log / "crash.log").read_text(encoding="utf-8")
    assert crashes.count("Error: ") == 3
    assert crashes.count("•••") >= 5
    assert "Segmentation fault" in (log / "fault.log").read_text(encoding="utf-8")
    assert b"DEBUG:asyncio" in run.outputs["window, errors"]
    assert (run.folder / "opened.txt").read_text(encoding="utf-8").count("page.example") == 1
    assert len(list((run.folder / "exports").iterdir())) == 10


def test_that_S15_S16_S17_no_file_holds_a_secret(run: WholeRun) -> None:
    """Database and its log, backups, exports, preferences, reports of crashes, a core, what a
    browser was given, temporary files."""
    assert places_below(run.folder, SECRETS) == []
    assert places_below(run.runtime, SECRETS) == []


def test_that_S15_nothing_that_was_printed_or_logged_holds_a_secret(run: WholeRun) -> None:
    found = [p for name, data in run.outputs.items() for p in places_in(data, SECRETS, name)]

    assert found == []


def test_that_S16_no_word_of_a_window_and_nothing_copied_holds_a_secret(run: WholeRun) -> None:
    assert run.report["seen"] == []


def test_that_S16_a_picture_of_a_secret_is_that_of_any_other(run: WholeRun) -> None:
    assert run.report["drawn"] == [True] * 7


def test_that_S17_a_program_that_dies_leaves_no_core(run: WholeRun) -> None:
    assert list((run.folder / "working").iterdir()) == []


def test_that_S22_the_window_says_that_conversations_are_not_encrypted(run: WholeRun) -> None:
    words = " ".join(run.report["places"])

    assert str(run.home) in words
    assert "unencrypted, readable by you alone" in words
    assert "Keys are kept in the system’s keyring" in words


@pytest.mark.parametrize("when", ["home", "after_crash"])
def test_that_S23_every_file_and_folder_is_the_users_alone_under_umask_000(
    run: WholeRun, when: str
) -> None:
    home: Path = getattr(run, when)
    found = [path for ours in _OURS for path in ((home / ours), *(home / ours).rglob("*"))]
    modes = {path: stat.S_IMODE(path.lstat().st_mode) for path in found}
    names = {path.name for path in found}
    database = Folders.under(home).database.name

    assert {path for path in found if modes[path] != (0o700 if path.is_dir() else 0o600)} == set()
    assert {database, "backups", "preferences.json", "instance.lock", "crash.log"} <= names
    if when == "after_crash":
        assert {f"{database}-wal", f"{database}-shm"} <= names
        assert any(path.parent.name == "running" for path in found)


def test_that_S23_S24_nothing_is_left_in_the_folder_for_temporary_files(run: WholeRun) -> None:
    assert list((run.folder / "tmp").iterdir()) == []


def test_that_S25_the_socket_is_the_users_alone_under_umask_000(run: WholeRun) -> None:
    (socket,) = run.runtime.glob("headwater-*.sock")

    assert stat.S_IMODE(socket.lstat().st_mode) == 0o600


# The search itself.


def _into_database(folder: Path, secret: str) -> None:
    connection = sqlite3.connect(folder / "h.db")
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("CREATE TABLE t (x TEXT)")
    connection.commit()
    connection.execute("INSERT INTO t VALUES (?)", (f"around {secret} it",))
    connection.commit()
    (folder / "copy.db-wal").write_bytes((folder / "h.db-wal").read_bytes())
    connection.close()


_PLANTED: dict[str, Callable[[str], bytes]] = {
    "plain": lambda secret: f"Bearer {secret}\n".encode(),
    "in a row": lambda secret: b64encode(f"Proxy-Uq8+Zt3&Wd:{secret}".encode()),
    "in base64, one further": lambda secret: b64encode(b"a" + secret.encode()),
    "in base64, two further": lambda secret: b64encode(b"ab" + secret.encode()),
    "in an address": lambda secret: f"https://h/?k={quote(secret, safe='')}".encode(),
    "in hex": lambda secret: secret.encode().hex().encode(),
    "backwards": lambda secret: secret[::-1].encode(),
    "its beginning": lambda secret: f"{secret[:12]}…".encode(),
    "its end": lambda secret: f"…{secret[-12:]}".encode(),
    "as Qt holds it": lambda secret: b"\0\1" + secret.encode("utf-16-le"),
}


@pytest.mark.parametrize("how", _PLANTED)
@pytest.mark.parametrize("secret", SECRETS)
def test_that_a_planted_secret_is_found(tmp_path: Path, secret: str, how: str) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "file").write_bytes(b"words " + _PLANTED[how](secret) + b" words")

    assert places_below(tmp_path, SECRETS)
    assert secret not in "".join(places_below(tmp_path, SECRETS))


def test_that_a_planted_secret_is_found_in_a_database_in_its_log_and_in_a_name(
    tmp_path: Path,
) -> None:
    _into_database(tmp_path, KEY)
    (tmp_path / f"of {PASSWORD.partition('/')[0]}").mkdir()
    (tmp_path / f"a {USER}").touch()
    found = {place.partition(":")[0] for place in places_below(tmp_path, SECRETS)}

    assert found == {"h.db", "copy.db-wal", "a name"}


@pytest.mark.parametrize(
    "plant",
    [
        lambda label: label.setText(KEY),
        lambda label: label.setToolTip(KEY),
        lambda label: label.setAccessibleName(KEY),
        lambda label: label.setAccessibleDescription(KEY),
        lambda label: label.setWindowTitle(KEY),
        lambda label: label.setProperty("remembered", KEY),
        lambda label: QApplication.clipboard().setText(KEY),
    ],
    ids=["text", "tooltip", "name", "description", "title", "property", "clipboard"],
)
def test_that_a_secret_in_a_window_is_found(
    qapp: QApplication, plant: Callable[[QLabel], object]
) -> None:
    label = QLabel("harmless")
    try:
        assert KEY not in visible_text()
        plant(label)
        assert KEY in visible_text()
    finally:
        qapp.clipboard().clear()
        label.deleteLater()


def test_that_a_field_that_shows_what_is_typed_is_found_and_one_that_does_not_is_not(
    qapp: QApplication,
) -> None:
    field = QLineEdit()
    field.setEchoMode(QLineEdit.EchoMode.Password)
    field.setText(KEY)
    assert KEY not in visible_text()
    field.setEchoMode(QLineEdit.EchoMode.Normal)
    assert KEY in visible_text()
    field.deleteLater()
