"""What a test has left behind: threads, tasks, timers and windows that outlive it."""

from __future__ import annotations

import asyncio
import gc
import threading
import time
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any

from PySide6.QtCore import QCoreApplication, QEvent, QTimer
from PySide6.QtWidgets import QApplication, QWidget
from shiboken6 import isValid

import headwater

_PACKAGE = str(Path(headwater.__file__).parent)


def threads(before: Collection[threading.Thread], grace: float = 1.0) -> list[str]:
    """Return the names of threads that are not in `before` and still run after `grace` seconds."""
    deadline = time.monotonic() + grace
    left = []
    for thread in threading.enumerate():
        if thread in before or isinstance(thread, threading._DummyThread):
            continue  # a dummy is a thread of Qt's own that has called into Python
        thread.join(max(0.0, deadline - time.monotonic()))
        if thread.is_alive():
            left.append(thread.name)
    return left


def tasks(loop: asyncio.AbstractEventLoop) -> list[str]:
    """Return Headwater's own tasks that are pending in `loop`; those of a test are its business."""
    return [_task_name(task) for task in asyncio.all_tasks(loop) if _is_ours(task)]


def pending_tasks() -> list[str]:
    """Return Headwater's own tasks that are pending in any loop, also in one that has stopped."""
    found = _objects(asyncio.Task)
    return [_task_name(task) for task in found if not task.done() and _is_ours(task)]


def timers(grace: float = 0.2) -> list[str]:
    """Return the QTimers that still run after `grace` seconds of events, and stop them."""
    return _after_events(_running_timers, grace)


def windows(grace: float = 0.2) -> list[str]:
    """Return the visible windows that are left after `grace` seconds of events; delete them."""
    return _after_events(_visible_windows, grace)


def _after_events(find: Callable[[], dict[str, Callable[[], object]]], grace: float) -> list[str]:
    """Process events until `find` finds nothing; else return the names and call what ends them."""
    deadline = time.monotonic() + grace
    while True:
        QCoreApplication.processEvents()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
        found = find()
        if not found:
            return []
        if time.monotonic() > deadline:
            break
        time.sleep(0.005)
    for end in found.values():
        end()
    return list(found)


def _running_timers() -> dict[str, Callable[[], object]]:
    running = [timer for timer in _objects(QTimer) if isValid(timer) and timer.isActive()]
    return {f"QTimer every {t.interval()} ms in {t.parent()!r}": t.stop for t in running}


def _visible_windows() -> dict[str, Callable[[], object]]:
    shown = [w for w in QApplication.topLevelWidgets() if isValid(w) and w.isVisible()]
    return {repr(window): _closer(window) for window in shown}


def _closer(window: QWidget) -> Callable[[], object]:
    def close() -> None:
        window.close()
        window.deleteLater()
        QCoreApplication.sendPostedEvents(window, QEvent.Type.DeferredDelete.value)

    return close


def _objects(kind: type[Any]) -> list[Any]:
    """Return the living objects of `kind` without touching any other (a proxy might answer)."""
    return [found for found in gc.get_objects() if issubclass(type(found), kind)]


def _is_ours(task: asyncio.Task[Any]) -> bool:
    code = getattr(task.get_coro(), "cr_code", None)
    return code is not None and code.co_filename.startswith(_PACKAGE)


def _task_name(task: asyncio.Task[Any]) -> str:
    return f"{task.get_name()} ({getattr(task.get_coro(), '__qualname__', '?')})"
