"""What holds for every test: no display, nothing of the person's own, nothing left behind."""

from __future__ import annotations

import asyncio
import gc
import os
import shutil
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

# Before Qt is imported: it reads these once.
os.environ["QT_API"] = "pyside6"
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

# The person's settings, history, keyring, keys and proxies stay out of the tests, and vice versa.
_HOME = Path(tempfile.mkdtemp(prefix="headwater-tests-"))
for _name in ("CONFIG", "DATA", "STATE", "CACHE"):
    os.environ[f"XDG_{_name}_HOME"] = str(_HOME / _name.lower())
os.environ["XDG_RUNTIME_DIR"] = str(_HOME)
if sys.platform in ("win32", "darwin"):
    os.environ["HEADWATER_DATA_DIR"] = str(_HOME / "data")
    os.environ["PYTHON_KEYRING_BACKEND"] = "keyring.backends.fail.Keyring"
else:
    os.environ.pop("HEADWATER_DATA_DIR", None)
for _name in ("PERPLEXITY_API_KEY", "HEADWATER_API_KEY", "DBUS_SESSION_BUS_ADDRESS"):
    os.environ.pop(_name, None)
for _name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
    os.environ.pop(_name, None)
    os.environ.pop(_name.lower(), None)

from tests import leftover  # noqa: E402 - imports Qt

# A deadline per example measures the machine's other guests; the blob repeats a failure elsewhere.
settings.register_profile("headwater", deadline=None, print_blob=True)
settings.load_profile("headwater")


# An automatic collection on a worker thread destroys Qt objects there (ui/garbage_collector.py).
gc.disable()
_UNCOLLECTED = iter(range(1, sys.maxsize))


def pytest_unconfigure() -> None:
    """Remove what stood in for the person's folders."""
    shutil.rmtree(_HOME, ignore_errors=True)


@pytest.fixture(autouse=True)
def nothing_left_behind(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    """Fail a test that leaves a thread, a task of Headwater's, a running timer or a window.

    It is set up before every other fixture of the test and so looks when they have cleaned up.
    """
    threads = frozenset(threading.enumerate())
    cut_off: list[str] = []
    cancel_the_rest = asyncio.runners._cancel_all_tasks  # type: ignore[attr-defined]

    def cancel_and_remember(loop: asyncio.AbstractEventLoop) -> None:
        cut_off.extend(leftover.tasks(loop))
        cancel_the_rest(loop)

    # `asyncio.run` cancels what is left when it ends, which would hide a task without an owner.
    monkeypatch.setattr(asyncio.runners, "_cancel_all_tasks", cancel_and_remember)
    yield
    if "qapp" in request.fixturenames or next(_UNCOLLECTED) % 200 == 0:
        gc.collect()
    found = {"threads": leftover.threads(threads), "tasks": cut_off}
    if "qapp" in request.fixturenames:
        found["windows"] = leftover.windows()
        found["timers"] = leftover.timers()
        found["tasks"] = cut_off + leftover.pending_tasks()
    left = [f"{kind}: {', '.join(names)}" for kind, names in found.items() if names]
    gc.freeze()  # what outlives this test is not looked through after every further one
    if left:
        pytest.fail(f"The test left behind {'; '.join(left)}", pytrace=False)
