"""Whether every kind of leftover fails the test that left it, and no other test."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

_ROOT = Path(__file__).resolve().parent.parent

_TESTS_THAT_LEAVE_THINGS = """
import asyncio, threading
import headwater
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QLabel

kept = []
released = threading.Event()
ours = "async def wait(): await asyncio.sleep(60)"
exec(compile(ours, headwater.__path__[0] + "/made_up.py", "exec"))

async def wait_in_a_test():
    await asyncio.sleep(60)

def test_leaves_a_thread():
    threading.Thread(target=released.wait, name="forgotten").start()

def test_frees_the_thread():
    released.set()

def test_has_a_thread_that_ends_a_little_later():
    threading.Timer(0.1, int).start()

def test_leaves_a_task():
    async def ask():
        kept.append(asyncio.get_running_loop().create_task(wait()))
        await asyncio.sleep(0)
    asyncio.run(ask())

def test_has_a_task_of_its_own():
    async def ask():
        kept.append(asyncio.get_running_loop().create_task(wait_in_a_test()))
        await asyncio.sleep(0)
    asyncio.run(ask())

def test_leaves_a_timer(qapp):
    timer = QTimer()
    timer.start(60_000)
    kept.append(timer)

def test_has_a_timer_of_one_frame(qapp):
    timer = QTimer()
    timer.setSingleShot(True)
    timer.start(16)
    kept.append(timer)

def test_leaves_a_window(qapp):
    window = QLabel("forgotten")
    window.show()
    kept.append(window)

def test_has_a_window_that_is_closed_for_it(qtbot):
    window = QLabel("remembered")
    qtbot.addWidget(window)
    window.show()
    QTimer(window).start(60_000)

def test_leaves_a_task_on_a_loop_that_stopped(qapp):
    kept.append(asyncio.new_event_loop())
    kept.append(kept[-1].create_task(wait()))
    kept[-2].run_until_complete(asyncio.sleep(0))

def test_ends_that_task(qapp):
    kept[-1].cancel()
    kept[-2].run_until_complete(asyncio.sleep(0))
    kept[-2].close()
"""


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("leaves")
    (folder / "test_leaves.py").write_text(_TESTS_THAT_LEAVE_THINGS, encoding="utf-8")
    path = os.pathsep.join([str(_ROOT), str(_ROOT / "desktop")])
    command = [sys.executable, "-m", "pytest", "-p", "tests.conftest", "-p", "no:cacheprovider"]
    return subprocess.run(
        [*command, "-v", "--rootdir", ".", "-c", os.devnull, "-o", "qt_api=pyside6", "."],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": path, "COLUMNS": "200"},
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    ).stdout


@pytest.mark.parametrize(
    ("test", "said"),
    [
        ("test_leaves_a_thread", "threads: forgotten"),
        ("test_leaves_a_task", r"tasks: Task-\d+ \(wait\)"),
        ("test_leaves_a_timer", "timers: QTimer every 60000 ms"),
        ("test_leaves_a_window", "windows: .*QLabel"),
        ("test_leaves_a_task_on_a_loop_that_stopped", r"tasks: Task-\d+ \(wait\)"),
    ],
)
def test_that_a_leftover_fails_its_test(report: str, test: str, said: str) -> None:
    assert f"::{test} ERROR" in report
    assert re.search(rf"of {test} _+\nThe test left behind {said}", report), report


def test_that_what_cleans_up_after_itself_passes(report: str) -> None:
    assert "11 passed, 5 errors" in report, report
