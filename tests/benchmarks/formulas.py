"""What formulas cost: the first one, each after it, and a frame of an answer full of them."""

from __future__ import annotations

import os
import statistics
import time

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtWidgets import QApplication

from headwater.domain.answer import Answer, Complete, Streaming
from headwater.domain.conversation import Turn
from headwater.domain.question import Question
from headwater.ui.answer_view import AnswerView
from headwater.ui.formula_setting import set_formula
from headwater.ui.frame_clock import FrameClock
from headwater.ui.theme import LIGHT

_FRAME = 40  # characters; three times what a fast model writes in one
_LINES = (
    r"The mean is $\bar{x}_{%d} = \frac{1}{n}\sum_{i=1}^{n} x_i$ here.",
    r"So \(|\alpha_{%d}|^2 + |\beta|^2 = 1\) holds, and $E_{%d} = mc^2$.",
    "$$\nx_{%d} = \\frac{-b \\pm \\sqrt{b^2 - 4ac}}{2a}\n$$",
    r"\[ A_{%d} = \begin{pmatrix} a & b \\ c & d \end{pmatrix} \]",
)


def _text(formulas: int) -> str:
    lines: list[str] = []
    count = 0
    while count < formulas:
        line = _LINES[len(lines) % len(_LINES)]
        count += line.count("%d")
        lines.append(line.replace("%d", str(count)))
    return "\n\n".join(lines)


def measure() -> dict[str, float]:
    """Return the times in milliseconds."""
    application = QApplication.instance() or QApplication([])
    assert isinstance(application, QApplication)
    begun = time.perf_counter()
    set_formula("x^2", is_display=False)
    first = time.perf_counter() - begun
    each = []
    for number in range(200):
        tex = _LINES[number % len(_LINES)].strip("$\\[]\n").replace("%d", str(number))
        begun = time.perf_counter()
        set_formula(tex.partition("$")[2].partition("$")[0] or tex, is_display=True)
        each.append(time.perf_counter() - begun)
    plain = _frames(application, "word " * (len(_text(50)) // 5))
    frames = _frames(application, _text(50))
    loading = _loading(application, _text(1000))
    return {
        "first_formula_ms": 1000 * first,
        "formula_ms": 1000 * statistics.median(each),
        "formula_frame_ms": 1000 * statistics.median(frames),
        "worst_formula_frame_ms": 1000 * max(frames),
        "plain_frame_ms": 1000 * statistics.median(plain),
        "thousand_formulas_ms": 1000 * sum(loading),
        "worst_loading_frame_ms": 1000 * max(loading),
    }


def _turn(text: str, *, is_whole: bool) -> tuple[Turn, ...]:
    state = Complete() if is_whole else Streaming()
    return (Turn("t", "", Question("What?"), Answer(text=text, state=state)),)


def _view(application: QApplication) -> tuple[AnswerView, FrameClock]:
    clock = FrameClock(frame=0)
    view = AnswerView(LIGHT, clock, None)
    view.resize(800, 600)
    view.show()
    view.show_path("c", _turn("Beginning.", is_whole=False))
    for _ in range(10):
        application.processEvents()
    return view, clock


def _frames(application: QApplication, text: str) -> list[float]:
    """Stream `text` and return the seconds of processor time of each frame."""
    view, clock = _view(application)
    frames = []
    for end in range(_FRAME, len(text) + _FRAME, _FRAME):
        path = _turn(text[:end], is_whole=end >= len(text))
        begun = time.process_time()
        view.show_path("c", path)
        clock._tick()
        application.processEvents()
        frames.append(time.process_time() - begun)
    view.close()
    view.deleteLater()
    application.processEvents()
    return frames


def _loading(application: QApplication, text: str) -> list[float]:
    """Show a whole `text` and return the seconds of each frame that it takes."""
    view, clock = _view(application)
    view.show_path("other", _turn(text, is_whole=True))
    frames = []
    while clock._timer.isActive():
        begun = time.process_time()
        clock._timer.stop()
        clock._tick()
        application.processEvents()
        frames.append(time.process_time() - begun)
    view.close()
    view.deleteLater()
    application.processEvents()
    return frames
