"""Three hundred answers shown and put away: what is left of them?"""

from __future__ import annotations

import asyncio
import gc
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.benchmarks.pace_probe import is_all_there, play, probe, tell, until
from tests.benchmarks.pace_server import AT_ONCE, markdown, pace_server
from tests.benchmarks.user_environment import user_environment
from tests.benchmarks.window_probe import resident_kilobytes

if TYPE_CHECKING:
    from headwater.app import App

ANSWERS = 300
_BEFORE = 10  # answers after which the counting begins
_DELTAS = 750  # of eleven characters: 8 KB


def measure(answers: int = ANSWERS) -> dict[str, float]:
    """Return what has grown after `answers`: memory in megabytes, everything else in numbers."""
    with (
        tempfile.TemporaryDirectory() as folder,
        pace_server() as server,
        probe("soak", user_environment(), folder, server.base_url, str(answers)) as program,
    ):
        before, after = program.next(), program.next()
    grown = {name: after[name] - before[name] for name in before}
    return {
        "grown_megabytes": grown.pop("kilobytes") / 1024,
        "seconds": grown.pop("seconds"),
        **grown,
    }


def _held() -> dict[str, float]:
    """Return what the process holds, after everything that is garbage has gone."""
    from PySide6.QtCore import QAbstractEventDispatcher, QCoreApplication, QEvent, QObject
    from PySide6.QtWidgets import QApplication

    gc.collect()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    gc.collect()
    roots = [*QApplication.topLevelWidgets(), QApplication.instance()]
    objects = [each for root in roots if root for each in (root, *root.findChildren(QObject))]
    loop: Any = asyncio.get_running_loop()
    dispatcher = QAbstractEventDispatcher.instance()
    timers = [dispatcher.registeredTimers(each) for each in (*objects, loop._timer)]
    return {
        "kilobytes": resident_kilobytes(),
        "seconds": time.monotonic(),
        "objects": len(objects),
        "widgets": len(QApplication.allWidgets()),
        "timers": sum(map(len, timers)),
        "tasks": len(asyncio.all_tasks()),
        "open_files": len(list(Path("/proc/self/fd").iterdir())),
        "threads": len(list(Path("/proc/self/task").iterdir())),
        "python_objects": len(gc.get_objects()),
    }


async def _soak(app: App) -> None:
    """Ask, wait for the end, begin anew, again and again; tell what is held before and after."""
    from headwater.ui.frame_clock import FRAME

    conductor, composer = app.conductor, app.window.composer
    assert conductor is not None
    for number in range(int(sys.argv[3])):
        composer.edit.set_text(markdown(_DELTAS, AT_ONCE))
        composer.edit.submitted.emit()
        await until(lambda: conductor.conversation.path)
        await until(lambda: conductor.view._path[-1:] == conductor.conversation.path[-1:])
        await until(lambda: is_all_there(conductor.view))
        assert conductor.conversation.path[-1].answer.status == "complete"
        await asyncio.sleep(FRAME / 1000)
        app.window.actions_by_name.new.trigger()
        if number == _BEFORE - 1:
            await asyncio.sleep(1.0)
            tell(**_held())
    await asyncio.sleep(1.0)
    tell(**_held())


if __name__ == "__main__":
    play(_soak, sys.argv[1], "--base-url", sys.argv[2], "--model", "m")
