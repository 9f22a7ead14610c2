"""Checks of Headwater's Windows code that need Windows, run inside Wine by `try_under_wine.py`.

A check is an async function of `CHECKS`; it raises AssertionError with what it saw instead. It can
have keys pressed on the screen around Wine: a line `@press ctrl+alt+k` on standard output is an
order to the program outside. Nothing comes back but what the keys do, and they arrive in order.
"""

from __future__ import annotations

import asyncio
import ctypes
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import traceback
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from pathlib import Path

os.environ["QT_API"] = "pyside6"

import PySide6
import qasync
from PySide6.QtWidgets import QApplication, QLineEdit, QWidget

from headwater.adapters.instance_address import instance_address
from headwater.adapters.instance_lock import InstanceLock
from headwater.adapters.keychain import EnvironmentKeys
from headwater.app import App
from headwater.command_line import parse_window
from headwater.domain.shortcut import (
    KeyCombination,
    ShortcutState,
    ShortcutStatus,
    default_shortcut,
)
from headwater.domain.summons import Summons, SummonsKind
from headwater.ui.hotkey.windows import WindowsHotkey
from headwater.ui.instance_pipe import InstancePipe

PATIENCE = 10.0  # seconds until something that should happen is given up
BOX = "Quick ask"
PLACE = "C:/headwater-probe"  # a data folder that nobody else names
NOBODY = 3


class Heard:
    """What a shortcut told."""

    def __init__(self) -> None:
        self.states: list[ShortcutState] = []
        self.presses = 0
        self.then: Callable[[], object] = lambda: None

    def press(self, token: str) -> None:
        """Take a press as the quick ask does."""
        assert not token, f"Windows has no activation token, and this came: {token}"
        self.presses += 1
        self.then()


async def binds_a_key_that_is_free() -> None:
    """The system says yes, and so do we."""
    with shortcut("Ctrl+Alt+K") as (_, heard):
        expected = [ShortcutState(ShortcutStatus.ACTIVE, keys="Ctrl+Alt+K")]
        assert heard.states == expected, heard.states


async def hears_a_real_press_while_another_program_has_the_focus() -> None:
    """This is what the shortcut is for."""
    with shortcut("Ctrl+Alt+K") as (_, heard):
        await press_in("Notepad", "ctrl+alt+k")
        await until(lambda: heard.presses, "the press is heard")
        assert heard.presses == 1, heard.presses


async def brings_a_hidden_window_to_the_front_and_gives_it_the_keyboard() -> None:
    """Whoever receives WM_HOTKEY may take the foreground."""
    with shortcut("Ctrl+Alt+K") as (_, heard), box() as line:
        heard.then = partial(summon, line)
        await press_in("Notepad", "ctrl+alt+k")
        await until(lambda: title_in_front() == BOX, "our window is in front")
        await press_in(BOX, "h i")
        await until(lambda: line.text() == "hi", "what is typed arrives")


async def hears_the_default_key() -> None:
    """What is bound before anybody chose."""
    with shortcut(default_shortcut("win32").text) as (_, heard):
        await press_in("Notepad", "ctrl+alt+space")
        await until(lambda: heard.presses, "the press is heard")


async def says_that_another_program_has_the_key() -> None:
    """Error 1409, seen from a second process."""
    with shortcut("Ctrl+Alt+K"):
        said = bound_by_another_program("Ctrl+Alt+K")
    assert said == "taken: Another program uses Ctrl+Alt+K.", said


async def takes_a_new_key_in_the_place_of_the_old_one() -> None:
    """The old one is free for others at once."""
    with shortcut("Ctrl+Alt+K") as (hotkey, heard):
        hotkey.bind(KeyCombination.parse("Ctrl+Alt+J"))
        with shortcut("Ctrl+Alt+K") as (_, other):
            await press_in("Notepad", "ctrl+alt+k ctrl+alt+j")
            await until(lambda: heard.presses, "the new key is heard")
            assert (heard.presses, other.presses) == (1, 1), (heard.presses, other.presses)


async def hears_nothing_after_release() -> None:
    """And the key is everybody's again."""
    with shortcut("Ctrl+Alt+K") as (hotkey, heard), box() as line:
        line.show()
        hotkey.release()
        await press_in(BOX, "ctrl+alt+k x")
        await until(lambda: line.text().endswith("x"), "what is typed after it arrives")
        assert heard.presses == 0, heard.presses
        said = bound_by_another_program("Ctrl+Alt+K")
        assert said == "active: ", said


async def lives_on_after_a_bug_behind_the_key() -> None:
    """An exception stays out of Qt's event filter and is reported."""
    reported: list[type[BaseException]] = []

    def fail() -> None:
        raise ValueError("nobody thought of this")

    before = sys.excepthook
    sys.excepthook = lambda kind, _error, _trace: reported.append(kind)
    try:
        with shortcut("Ctrl+Alt+K") as (_, heard):
            heard.then = fail
            await press_in("Notepad", "ctrl+alt+k ctrl+alt+k")
            await until(lambda: heard.presses == 2, "both presses are heard")
    finally:
        sys.excepthook = before
    assert reported == [ValueError, ValueError], reported


async def hands_a_second_start_over_through_the_pipe() -> None:
    """By a client without Qt, which the running program may bring to the front."""
    with running_instance() as taken:
        status = await second_start("--ask", "Is it open?")
        await until(lambda: taken, "the summons is taken")
    assert status == 0, status
    assert taken == [Summons(SummonsKind.QUICK_ASK, "Is it open?")], taken


async def hears_five_starts_at_once() -> None:
    """None of them may be refused because the pipe is taken at this moment."""
    with running_instance() as taken:
        found = await asyncio.gather(*(second_start("--toggle") for _ in range(5)))
    assert found == [0] * 5, found
    assert taken == [Summons(SummonsKind.TOGGLE)] * 5, taken


async def takes_nobody_for_a_running_program() -> None:
    """Without a pipe this start is the first."""
    status = await second_start()
    assert status == NOBODY, status


async def gives_the_lock_to_one_program_only() -> None:
    """And to the next one when that has ended, however it ended."""
    with tempfile.TemporaryDirectory() as folder:
        lock = InstanceLock(Path(folder))
        assert lock.take()
        code = "import sys; from pathlib import Path;"
        code += "from headwater.adapters.instance_lock import InstanceLock;"
        code += "sys.exit(not InstanceLock(Path(sys.argv[1])).take())"
        assert await exit_status("-c", code, folder) == 1
        lock.release()
        assert await exit_status("-c", code, folder) == 0


async def asks_from_anywhere_and_gives_the_keyboard_back() -> None:
    """The whole program: the key, an answer of the demo, Esc as often as it takes."""
    async with whole_program() as app:
        presence = app.presence
        assert presence is not None
        await press_in("Notepad", "ctrl+alt+space")
        await until(lambda: "Quick ask" in title_in_front(), "the quick ask is in front")
        await press_in("Quick ask", "z s t d Return")
        quick = presence.quick
        await until(lambda: quick.conversation.path, "the question is asked")
        await until(lambda: quick.conversation.path[-1].answer.text, "text arrives")
        await press_in("Quick ask", "Escape")
        await until(lambda: quick.conversation.path[-1].answer.status == "stopped", "it stops")
        assert quick.conversation.path[-1].answer.text, "the text is kept"
        await press_in("Quick ask", "Escape Escape")
        await until(lambda: "Notepad" in title_in_front(), "the program before has the keyboard")
        assert not presence.window.isVisible()


async def summons_the_running_program_by_a_second_start() -> None:
    """From another process, to the front, with a text that is not sent."""
    async with whole_program() as app:
        presence = app.presence
        assert presence is not None
        assert await second_start("--ask", "Is it open?") == 0
        await until(lambda: "Quick ask" in title_in_front(), "the quick ask is in front")
        assert presence.window.edit.text() == "Is it open?"
        assert not presence.quick.conversation.path


CHECKS: tuple[Callable[[], Coroutine[object, object, None]], ...] = (
    binds_a_key_that_is_free,
    hears_a_real_press_while_another_program_has_the_focus,
    brings_a_hidden_window_to_the_front_and_gives_it_the_keyboard,
    hears_the_default_key,
    says_that_another_program_has_the_key,
    takes_a_new_key_in_the_place_of_the_old_one,
    hears_nothing_after_release,
    lives_on_after_a_bug_behind_the_key,
    hands_a_second_start_over_through_the_pipe,
    hears_five_starts_at_once,
    takes_nobody_for_a_running_program,
    gives_the_lock_to_one_program_only,
    asks_from_anywhere_and_gives_the_keyboard_back,
    summons_the_running_program_by_a_second_start,
)


def main(arguments: list[str]) -> int:
    """Run every check, or bind a key once and say what came of it."""
    app = QApplication(arguments)
    app.setQuitOnLastWindowClosed(False)
    if arguments[:1] == ["bind"]:
        with shortcut(arguments[1]) as (_, heard):
            tell(f"{heard.states[0].status}: {heard.states[0].problem}")
        return 0
    qt = f"Python {platform.python_version()}, PySide6 {PySide6.__version__}"
    tell(f"{platform.system()} {platform.version()}, {qt}, {app.platformName()}")
    with qasync.QEventLoop(app) as loop, notepad():
        failed = loop.run_until_complete(check_all())
    tell(f"{len(CHECKS) - failed} passed, {failed} failed")
    return 1 if failed else 0


async def check_all() -> int:
    """Run the checks one after the other, a line for each; return how many failed."""
    failed = 0
    for check in CHECKS:
        name = check.__name__.replace("_", " ")
        try:
            await check()
        except Exception as problem:  # noqa: BLE001 - the next check is worth running all the same
            failed += 1
            tell(f"FAILED  {name}: {problem}")
            if not isinstance(problem, AssertionError):
                tell(traceback.format_exc())
        else:
            tell(f"passed  {name}")
    return failed


@contextmanager
def shortcut(text: str) -> Iterator[tuple[WindowsHotkey, Heard]]:
    """Bind a key for the length of a block."""
    heard = Heard()
    hotkey = WindowsHotkey(heard.states.append, heard.press)
    hotkey.bind(KeyCombination.parse(text))
    try:
        yield hotkey, heard
    finally:
        hotkey.release()


def bound_by_another_program(text: str) -> str:
    """Return the status, and the problem, that a second process gets for the key."""
    command = [sys.executable, __file__, "bind", text]
    quiet = subprocess.DEVNULL
    ran = subprocess.run(command, stdin=quiet, stdout=subprocess.PIPE, text=True, check=False)
    return ran.stdout.rstrip("\r\n")


@contextmanager
def running_instance() -> Iterator[list[Summons]]:
    """Listen for further starts for the length of a block."""
    taken: list[Summons] = []
    pipe = InstancePipe(instance_address(PLACE, os.environ, sys.platform), taken.append)
    pipe.listen()
    try:
        yield taken
    finally:
        pipe.close()


@asynccontextmanager
async def whole_program() -> AsyncIterator[App]:
    """Run Headwater without a window, as it starts with a login, for the length of a block."""
    shutil.rmtree(PLACE, ignore_errors=True)
    arguments = parse_window(["--data-dir", PLACE, "--provider", "demo", "--hidden"])
    application = QApplication.instance()
    assert isinstance(application, QApplication)
    app = App(application, arguments)
    running = asyncio.get_running_loop().create_task(app.run(EnvironmentKeys()))
    try:
        await until(lambda: app.presence is not None or running.done(), "the program is there")
        yield app
    finally:
        app.quit()
        await running


async def second_start(*arguments: str) -> int:
    """Do what a further start of the program does first; return 0 if it was heard."""
    code = "import os, sys; from headwater.second_start import hand_over;"
    code += f"sys.exit(0 if hand_over(sys.argv[1:], os.environ) else {NOBODY})"
    return await exit_status("-c", code, "--data-dir", PLACE, *arguments)


async def exit_status(*arguments: str) -> int:
    """Run Python with `arguments` while the loop goes on; return its exit status."""
    quiet = subprocess.DEVNULL
    running = subprocess.Popen([sys.executable, *arguments], stdin=quiet)  # noqa: ASYNC220 - starts at once, and Wine has trouble with asyncio's pipes
    await until(lambda: running.poll() is not None, "the other process ends")
    return running.wait()


@contextmanager
def box() -> Iterator[QLineEdit]:
    """Have a hidden window of our own to type into for the length of a block."""
    line = QLineEdit()
    line.setWindowTitle(BOX)
    try:
        yield line
    finally:
        line.close()


def summon(window: QWidget) -> None:
    """Show a window before all others, as the quick ask is."""
    window.show()
    window.raise_()
    window.activateWindow()


@contextmanager
def notepad() -> Iterator[None]:
    """Have another program on the screen, with the focus, for the length of a block."""
    running = subprocess.Popen(["notepad.exe"])
    try:
        yield
    finally:
        running.kill()
        running.wait()


def title_in_front() -> str:
    """Return the title of the window that has the keyboard."""
    if sys.platform == "win32":
        title = ctypes.create_unicode_buffer(200)
        user32 = ctypes.WinDLL("user32")
        user32.GetForegroundWindow.restype = ctypes.c_void_p
        user32.GetWindowTextW.argtypes = (ctypes.c_void_p, ctypes.c_wchar_p, ctypes.c_int)
        user32.GetWindowTextW(user32.GetForegroundWindow(), title, len(title))
        return title.value
    return ""


async def until(is_so: Callable[[], object], what: str) -> None:
    """Wait until it is so.

    Raises:
        AssertionError: it did not come to it; `what` says what should have been.
    """
    try:
        async with asyncio.timeout(PATIENCE):
            while not is_so():  # noqa: ASYNC110 - some of it is Windows' to say
                await asyncio.sleep(0.02)
    except TimeoutError:
        in_front = title_in_front()
        raise AssertionError(
            f"not so after {PATIENCE:.0f} s: {what} (in front: {in_front})"
        ) from None


async def press_in(title: str, keys: str) -> None:
    """Have a window focused and keys pressed in it outside, under the names that X11 gives them.

    Wine sees the keyboard only while one of its windows has the focus.
    """
    tell(f"@focus {title}")
    await until(lambda: title in title_in_front(), f"{title} is in front")
    tell(f"@press {keys}")


def tell(line: str) -> None:
    """Say a line to the program outside."""
    print(line, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
