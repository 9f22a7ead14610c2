from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from headwater.adapters.instance_address import instance_address
from headwater.domain.summons import Summons, SummonsKind
from headwater.second_start import hand_over, hand_over_to_starting


class Listener:
    """Stands where a running program would, for as many starts as `answers` has."""

    def __init__(self, address: str, *answers: bytes) -> None:
        self.lines: list[bytes] = []
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.bind(address)
        self._socket.listen()
        self._answers = answers
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self) -> None:
        for answer in self._answers:
            connection, _ = self._socket.accept()
            with connection:
                self.lines.append(connection.makefile("rb").readline())
                connection.sendall(answer)

    def close(self) -> None:
        self._thread.join()
        self._socket.close()


@pytest.fixture
def environ() -> Iterator[dict[str, str]]:
    with tempfile.TemporaryDirectory(prefix="r-") as folder:
        yield {"XDG_RUNTIME_DIR": folder}


def summons_for(environ: dict[str, str], *argv: str) -> Summons:
    listener = Listener(instance_address("", environ, "linux"), b"ok\n")
    try:
        assert hand_over(argv, environ)
    finally:
        listener.close()
    return Summons.from_line(listener.lines[0])


def test_that_nobody_there_means_that_this_start_is_the_first(environ: dict[str, str]) -> None:
    assert not hand_over((), environ)


@pytest.mark.parametrize(
    ("argv", "kind"),
    [
        ((), "show"),
        (("--quick-ask",), "quick-ask"),
        (("--toggle",), "toggle"),
        (("--new",), "new-question"),
        (("--hidden",), "nothing"),
    ],
)
def test_that_each_window_can_be_asked_for(
    environ: dict[str, str], argv: tuple[str, ...], kind: str
) -> None:
    environ["XDG_ACTIVATION_TOKEN"] = "t-1_2/x"
    assert summons_for(environ, *argv) == Summons(SummonsKind(kind), activation_token="t-1_2/x")


def test_that_an_odd_activation_token_breaks_nothing(environ: dict[str, str]) -> None:
    environ["DESKTOP_STARTUP_ID"] = 'a"\\\n'
    assert summons_for(environ).activation_token == 'a"\\\n'


def test_that_text_files_and_urls_are_put_before_the_person(
    environ: dict[str, str], tmp_path: Path
) -> None:
    file = tmp_path / "a b.txt"
    file.write_text("x")
    asked = summons_for(environ, "--ask", "Is it", "open?", str(file), file.as_uri())
    assert asked == Summons(SummonsKind.QUICK_ASK, "Is it open?", (str(file), str(file)))
    assert summons_for_again(environ, "headwater://ask?q=why") == Summons(
        SummonsKind.QUICK_ASK, "why"
    )


def summons_for_again(environ: dict[str, str], *argv: str) -> Summons:
    Path(instance_address("", environ, "linux")).unlink()
    return summons_for(environ, *argv)


def test_that_a_file_on_another_machine_is_only_text(environ: dict[str, str]) -> None:
    asked = summons_for(environ, "file://server/share/x")
    assert asked == Summons(SummonsKind.QUICK_ASK, "file://server/share/x")


def test_that_another_data_folder_is_another_program(
    environ: dict[str, str], tmp_path: Path
) -> None:
    listener = Listener(instance_address(str(tmp_path), environ, "linux"), b"ok\n")
    try:
        assert not hand_over((), environ)
        assert hand_over(("--data-dir", str(tmp_path)), environ)
    finally:
        listener.close()


@pytest.mark.parametrize("answer", [b"", b"no\n"])
def test_that_an_answer_that_is_none_is_not_taken_for_one(
    environ: dict[str, str], answer: bytes
) -> None:
    listener = Listener(instance_address("", environ, "linux"), answer)
    try:
        assert not hand_over((), environ)
    finally:
        listener.close()


def test_that_a_dead_socket_is_nobody(environ: dict[str, str]) -> None:
    dead = socket.socket(socket.AF_UNIX)
    dead.bind(instance_address("", environ, "linux"))
    dead.close()
    assert not hand_over((), environ)


def test_that_a_program_which_is_just_starting_is_waited_for(environ: dict[str, str]) -> None:
    late: list[Listener] = []
    address = instance_address("", environ, "linux")
    timer = threading.Timer(0.2, lambda: late.append(Listener(address, b"ok\n")))
    timer.start()
    assert hand_over_to_starting((), environ)
    timer.join()
    late[0].close()


def test_that_a_folder_that_others_can_enter_is_not_spoken_to(environ: dict[str, str]) -> None:
    address = instance_address("", environ, "linux")
    listener = Listener(address, b"ok\n")
    Path(address).parent.chmod(0o755)
    try:
        assert not hand_over((), environ)
    finally:
        Path(address).parent.chmod(0o700)
        assert hand_over((), environ)
        listener.close()


def test_that_a_folder_in_tmp_is_spoken_to_only_if_it_is_private() -> None:
    with tempfile.TemporaryDirectory(prefix="t-") as folder:
        environ = {"TMPDIR": folder}
        address = Path(instance_address("", environ, "linux"))
        address.parent.mkdir(0o755)
        address.parent.chmod(0o755)
        listener = Listener(str(address), b"ok\n")
        try:
            assert not hand_over((), environ)
        finally:
            address.parent.chmod(0o700)
            assert hand_over((), environ)
            listener.close()


def test_that_a_second_start_loads_next_to_nothing(environ: dict[str, str]) -> None:
    environ = {**os.environ, **environ}
    listener = Listener(instance_address("", environ, "linux"), b"ok\n")
    code = (
        "import sys; sys.argv[1:] = ['--quick-ask']; before = set(sys.modules);"
        "from headwater.__main__ import main; assert main() == 0;"
        "print(sorted(m for m in set(sys.modules) - before if not m.startswith('headwater')))"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code],
        env=environ,
        capture_output=True,
        text=True,
        check=False,
        timeout=20,
    )
    listener.close()
    assert ran.stderr == ""
    assert set(ran.stdout.strip("[]\n").replace("'", "").split(", ")) <= {
        *("__future__", "_socket", "binascii", "gc", "time"),
    }
