"""How long the window cannot answer while a megabyte comes that is made to be slow."""

from __future__ import annotations

import gc
import os

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QApplication

from headwater.domain.answer import AnswerState, Complete, Streaming
from headwater.domain.conversation import Turn
from headwater.ui.answer_view import AnswerView
from headwater.ui.formula_setting import set_formula
from headwater.ui.frame_clock import FrameClock
from headwater.ui.theme import LIGHT
from tests.ui.answer_stage import turn
from tests.ui.hostile_answers import hostile_answers
from tests.ui.loop_watch import LoopWatch

_LENGTH = 1024 * 1024
_FRAME = 320  # characters
_FRAMES = 20
_MOST_SECONDS = 12.0  # for one answer, which need not be whole by then


def measure() -> dict[str, float]:
    """Return the longest turns of all answers in milliseconds; each is printed."""
    application = QApplication.instance() or QApplication([])
    assert isinstance(application, QApplication)
    set_formula("x", is_display=False)  # the first one loads what sets them
    gc.disable()  # as in the program, which collects in its own time
    at_once, streamed = {}, {}
    for name, text in hostile_answers(_LENGTH).items():
        at_once[name] = _longest(application, [(text, Complete())])
        begun = text[: min(len(text), 64 * 1024)]
        growing = [len(begun) - _FRAME * left for left in range(_FRAMES, 0, -1)]
        states = [(begun[:end], Streaming()) for end in growing]
        streamed[name] = _longest(application, [*states, (begun, Complete())])
        print(f"  {1000 * at_once[name]:4.0f} {1000 * streamed[name]:4.0f} ms {name}", flush=True)
        gc.collect()
    gc.enable()
    return {
        "at_once_ms": 1000 * max(at_once.values()),
        "streamed_ms": 1000 * max(streamed.values()),
    }


def _longest(application: QApplication, states: list[tuple[str, AnswerState]]) -> float:
    clock = FrameClock()
    view = AnswerView(LIGHT, clock)
    view.resize(800, 600)
    view.show()
    application.processEvents()
    watch = LoopWatch()
    for text, state in states:
        path: tuple[Turn] = (turn(text, state),)
        view.show_path("c", path)
        try:
            watch.run_until(lambda path=path: view.has_written(path[0]), _MOST_SECONDS)  # type: ignore[misc]
        except AssertionError:
            break  # it goes on for long, but the window answers
    longest = watch.stop()
    view.close()
    view.deleteLater()
    clock.deleteLater()
    application.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    return longest
