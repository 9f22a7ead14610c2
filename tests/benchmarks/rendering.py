"""How much dearer a streamed answer is than inserted plain text, and whether that stays flat.

The answer is dressed as it is in the program. Plain text is inserted into a view as Qt gives it
and, for comparison, into one in the same dress: most of what a plain frame takes is the scroll bar
of Qt's own style, which the program never shows.
"""

from __future__ import annotations

import gc
import os
import statistics
import time
from dataclasses import dataclass
from itertools import count

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtGui import QTextCursor
from PySide6.QtWidgets import QApplication, QTextBrowser

from headwater.domain.answer import Answer, Complete, Streaming
from headwater.domain.conversation import Turn
from headwater.domain.question import Question
from headwater.domain.source import Source
from headwater.ui.answer_view import AnswerView
from headwater.ui.frame_clock import FrameClock
from headwater.ui.garbage_collector import GarbageCollector
from headwater.ui.style_sheet import style_sheet
from headwater.ui.theme import LIGHT

FRAME = 320  # characters
ANSWER = 1024 * 1024
_ROUNDS = 2
_MORE_ROUNDS = 4  # of the shapes, which are shorter
_LOADED = 16 * 1024  # characters per frame while an answer is brought up to its last tenth
_DRESSED = 64 * 1024  # characters
_PAGE = 12  # frames that fill the window
_SOURCES = tuple(Source(str(n), f"https://source{n}.example/") for n in range(1, 10))
_SECTION = """## What partition number {n} means

During a network partition a replicated store must give up either **availability** or linearizable
consistency; it cannot keep both.[1] The popular “two of three” reading misleads, because
partitions are not optional and the choice can differ per operation.[2][3] See
[the original proof](https://proofs.example/cap/{n}) and `quorum_read({n})` for details.

When there is no partition, the trade is between *latency* and consistency, which PACELC makes
explicit.[4] Most systems let the client choose for each request, some only for each table, and a
few decide by themselves from what they have measured in the last minutes of operation.

- The first choice keeps every replica equal and refuses writes.[1]
- The second answers always, and merges later:
  - by the last writer,
  - or by a type that merges without conflict.[5]
- The third asks the reader.

| System | In a partition | Otherwise |
|---|---|---|
| Spanner, etcd | consistency | consistency |
| Cassandra, DynamoDB | availability | latency |
| MongoDB | availability | consistency[2] |

```python
def read_{n}(key, quorum):
    replies = gather(replicas(key), need=quorum)
    return max(replies, key=lambda r: r.version)  # latest wins
```

> “The choice can be made per operation.”[6]

1. Measure what the network does.
2. Decide for each operation.
3. Write the decision down.

"""


def mixed(length: int = ANSWER) -> str:
    """Return a realistic answer of `length` characters: prose, lists, tables, code, marks."""
    parts: list[str] = []
    size = 0
    for number in count(1):
        parts.append(_SECTION.format(n=number))
        size += len(parts[-1])
        if size >= length:
            break
    return "".join(parts)[:length]


def shapes() -> dict[str, str]:
    """Return the answers whose last block itself grows."""
    sentence = "The trade is between latency and consistency, which this makes explicit.[1] "
    return {
        "fence": "```python\n"
        + "    total += weigh(item, by=scale)  # one line\n" * 4350
        + "```\n",
        "list": "".join(
            f"{n}. An item with **some** text and a mark.[2]\n" for n in range(1, 2001)
        ),
        "table": "| a | b | c |\n|---|---|---|\n" + "| one cell | two[1] | three |\n" * 1000,
        "paragraph": sentence * (100 * 1024 // len(sentence)),
    }


@dataclass(frozen=True, slots=True)
class _Bench:
    """What all windows share; garbage is collected as in the program."""

    application: QApplication
    garbage: GarbageCollector


class _Feed:
    """A window that shows the first characters of a text, as many as it is told."""

    def __init__(self, widget: QTextBrowser, bench: _Bench) -> None:
        self.widget = widget
        self.application = bench.application
        self.frames: list[float] = []
        widget.resize(800, 600)
        widget.show()
        self.application.processEvents()

    def prepare(self, end: int) -> None:
        """Make what the window will be given; that is another's work."""

    def show(self, end: int) -> None:
        raise NotImplementedError

    def step(self, end: int) -> None:
        """Show and paint; note the seconds of processor time: other programs do not count."""
        self.prepare(end)
        begun = time.process_time()
        self.show(end)
        self.application.processEvents()
        self.frames.append(time.process_time() - begun)

    def close(self) -> list[float]:
        self.widget.close()
        self.widget.deleteLater()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
        self.application.processEvents()
        return self.frames


class _Ours(_Feed):
    def __init__(self, text: str, bench: _Bench) -> None:
        self.clock = FrameClock(frame=0)
        self.clock.ticked = bench.garbage.look
        self.view = AnswerView(LIGHT, self.clock, None)
        self.text = text
        self.question = Question("What does it mean?")
        self.path: tuple[Turn, ...] = ()
        self.view.setStyleSheet(style_sheet(LIGHT))
        super().__init__(self.view, bench)

    @property
    def is_drawn(self) -> bool:
        """Whether all that was shown is on the screen."""
        return self.view.turns[0].shown == len(self.path[0].answer.text)

    def prepare(self, end: int) -> None:
        state = Complete() if end >= len(self.text) else Streaming()
        answer = Answer(text=self.text[:end], sources=_SOURCES, state=state)
        self.path = (Turn("t", "", self.question, answer),)

    def show(self, end: int) -> None:
        self.view.show_path("c", self.path)
        self.clock._tick()

    def close(self) -> list[float]:
        assert self.view.is_following
        self.clock.stop()
        return super().close()


class _Floor(_Feed):
    def __init__(self, text: str, bench: _Bench, *, is_dressed: bool = False) -> None:
        view = QTextBrowser()
        view.setUndoRedoEnabled(False)
        if is_dressed:
            view.setStyleSheet(style_sheet(LIGHT))
        self.text = text
        self.shown = 0
        self.cursor = QTextCursor(view.document())
        super().__init__(view, bench)

    def show(self, end: int) -> None:
        self.cursor.movePosition(QTextCursor.MoveOperation.End)
        self.cursor.insertText(self.text[self.shown : end])
        self.shown = end
        bar = self.widget.verticalScrollBar()
        bar.setValue(bar.maximum())


def _stream(length: int, *feeds: _Feed, begin: int = 0) -> tuple[list[float], ...]:
    """Return the frames of each feed; they take turns, so that both meet the same machine."""
    for end in range(begin + FRAME, length + FRAME, FRAME):
        for feed in feeds:
            feed.step(min(end, length))
    return tuple(feed.close() for feed in feeds)


def _least(rounds: list[list[float]]) -> list[float]:
    """Return each frame at its quickest, without those that fill an empty window.

    What else the machine does meets a frame in one round and not in all; what a frame costs stays.
    """
    return [min(frames) for frames in zip(*rounds, strict=True)][_PAGE:]


def _percentile(frames: list[float], part: float) -> float:
    return sorted(frames)[min(len(frames) - 1, int(part * len(frames)))]


def _pair(
    text: str, bench: _Bench, rounds: int = _ROUNDS, *, is_dressed: bool = False
) -> tuple[list[float], list[float]]:
    """Stream `text` as plain text and as our answer, frame by frame in turn; return both."""
    floors, ours = [], []
    for _ in range(rounds):
        gc.collect()
        plain = _Floor(text, bench, is_dressed=is_dressed)
        floor, frames = _stream(len(text), plain, _Ours(text, bench))
        floors.append(floor)
        ours.append(frames)
    return _least(floors), _least(ours)


def _compare(text: str, bench: _Bench, rounds: int = _ROUNDS) -> dict[str, float]:
    floor, frames = _pair(text, bench, rounds)
    alike, dressed = _pair(text[:_DRESSED], bench, is_dressed=True)
    tenth = max(1, len(frames) // 10)
    return {
        "ratio": statistics.median(frames) / statistics.median(floor),
        "p99_ratio": _percentile(frames, 0.99) / _percentile(floor, 0.99),
        "dressed_ratio": statistics.median(dressed) / statistics.median(alike),
        "median_ms": 1000 * statistics.median(frames),
        "plain_ms": 1000 * statistics.median(floor),
        "worst_ms": 1000 * max(frames),
        "last_to_first_tenth": statistics.median(frames[-tenth:])
        / statistics.median(frames[:tenth]),
    }


def _growth(text: str, bench: _Bench) -> float:
    """Return what a frame of the last tenth costs beside one of the first, taken in turn."""
    tenth = len(text) // 10
    early, late = [], []
    for _ in range(_ROUNDS):
        begin = len(text) - tenth
        beginning, ending = _Ours(text[:tenth], bench), _Ours(text, bench)
        for at in range(0, begin, _LOADED):
            ending.step(min(at + _LOADED, begin))
        while not ending.is_drawn:
            ending.step(begin)
        ending.frames.clear()
        for end in range(FRAME, tenth, FRAME):
            beginning.step(end)
            ending.step(begin + end)
        early.append(beginning.close())
        late.append(ending.close())
    return statistics.median(_least(late)) / statistics.median(_least(early))


def measure() -> dict[str, float]:
    """Return the figures of an answer of a megabyte and, by name, of each shape."""
    application = QApplication.instance()
    if not isinstance(application, QApplication):
        application = QApplication([])
    bench = _Bench(application, GarbageCollector(application))
    text = mixed()
    _stream(8 * FRAME, _Ours(text, bench))
    result = _compare(text, bench)
    result["last_to_first_tenth"] = _growth(text, bench)
    for name, shape in shapes().items():
        for figure, value in _compare(shape, bench, _MORE_ROUNDS).items():
            result[f"{name}_{figure}"] = value
    bench.garbage.close()
    bench.garbage.deleteLater()
    return result


if __name__ == "__main__":
    for name, value in measure().items():
        print(f"{name:32} {value:.2f}")
