"""With the keys an answer is read part by part, and each part is said in words."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QColor, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from headwater.domain.answer import Streaming
from headwater.ui.answer_steps import StepKind, step
from headwater.ui.theme import LIGHT
from tests.ui.answer_stage import Stage, answer_stage, turn

ANSWER = """\
## Consensus **now**

Raft elects a leader.[1][2] It *never* loses a ~~bit~~ write, see
[the paper](https://raft.github.io/raft.pdf) and `append()`.[9] Energy is $E = mc^2$ here.

- First
  - Nested with $x_1$
    1. deep
- Second

  More of the second.

3. Third

- [x] Done thing
- [ ] Open thing

| System | Reads |
|---|:-:|
| etcd | linearizable[1] |
| $\\alpha$ | |

After the table, \\
on two lines.

```python
def f():

    return 1
```

> A quoted line.[2]
>
> - quoted item
>
> ```
> quoted code
> ```

$$\\int_0^1
x\\,dx = \\frac12$$

---

$$\\ce{H2O}$$ cannot be set.
"""
READ = [
    "Question 1 of 1: What is it?",
    "effort low, 14:02",
    "Heading, level 2: Consensus now",
    (
        "Raft elects a leader. (source 1, one.example) (source 2, two.example) It never loses a "
        "bit (struck out) write, see the paper (link) and append().[9] Energy is formula "
        "E = mc^2 here."
    ),
    "List item: First",
    "List item, level 2: Nested with formula x_1",
    "List item 1, level 3: deep",
    "List item: Second",
    "More of the second.",
    "List item 3: Third",
    "List item, done: Done thing",
    "List item, not done: Open thing",
    "Table, 2 columns, 2 rows: System; Reads",
    "Table row 1 of 2: System: etcd; Reads: linearizable (source 1, one.example)",
    "Table row 2 of 2: System: formula \\alpha; Reads: empty",
    "After the table, on two lines.",
    "Code, python, 3 lines: def f():\n\n    return 1",
    "Quote: A quoted line. (source 2, two.example)",
    "Quote, list item: quoted item",
    "Quote, code, 1 line: quoted code",
    "formula \\int_0^1 x\\,dx = \\frac12",
    "$$\\ce{H2O}$$ cannot be set.",
]


@pytest.fixture
def stage(qapp: QApplication) -> Iterator[Stage]:
    yield from answer_stage(qapp)
    QGuiApplication.clipboard().clear()


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    words: list[str] = []
    monkeypatch.setattr("headwater.ui.answer_steps.announce", lambda _, said: words.append(said))
    return words


def read(stage: Stage, said: list[str], by: int = 1) -> list[str]:
    """Return what is said until there is nothing further."""
    said.clear()
    while not (said and said[-1] == f"No {'further' if by > 0 else 'earlier'} part"):
        step(stage.view, StepKind.PART, by)
        assert len(said) < 200
    return said[:-1]


def test_that_an_answer_is_read_part_by_part(stage: Stage, said: list[str]) -> None:
    stage.show(turn(ANSWER))
    assert read(stage, said) == READ
    assert read(stage, said, -1) == READ[-2::-1]


def test_that_what_was_streamed_is_read_the_same(stage: Stage, said: list[str]) -> None:
    stage.stream(ANSWER, step=7)
    stage.show(turn(ANSWER))
    stage.view.verticalScrollBar().setValue(0)
    assert read(stage, said) == READ


def test_that_each_row_of_a_long_table_knows_its_number(stage: Stage, said: list[str]) -> None:
    rows = "".join(f"| {n} | |\n" for n in range(1, 46))
    stage.show(turn(f"| A | B |\n|---|---|\n{rows}\n| C |\n|---|\n| |\n| c |\n\nEnd."))
    assert read(stage, said)[2:] == [
        "Table, 2 columns, 45 rows: A; B",
        *(f"Table row {n} of 45: A: {n}; B: empty" for n in range(1, 46)),
        "Table, 1 column, 2 rows: C",
        "Table row 1 of 2: C: empty",
        "Table row 2 of 2: C: c",
        "End.",
    ]


def test_that_what_is_cut_into_pieces_is_one_part(stage: Stage, said: list[str]) -> None:
    sentence, line = "All words are kept. " * 1000, "x" * 30_000
    stage.show(turn(f"{sentence}\n\n```\n{line}\n```"))
    assert read(stage, said)[2:] == [sentence.strip(), f"Code, 1 line: {line}"]


def test_that_every_turn_is_read(stage: Stage, said: list[str]) -> None:
    stage.show(turn("One.", turn_id="a", question="Why\nso?"), turn("Two.", turn_id="b"))
    stage.view.verticalScrollBar().setValue(0)
    first, second = read(stage, said)[::3][:2]
    assert (first, second) == ("Question 1 of 2: Why so?", "Question 2 of 2: What is it?")


def test_that_reading_goes_on_while_the_part_that_is_read_grows(
    stage: Stage, said: list[str]
) -> None:
    stage.show(turn("First.\n\nSecond **bo", Streaming()))
    assert read(stage, said)[1:] == ["First.", "Second bo"]
    stage.show(turn("First.\n\nSecond **bold** [a link](https://a.ex", Streaming()))
    stage.show(turn("First.\n\nSecond **bold** [a link](https://a.example/).", Streaming()))
    stage.show(turn("First.\n\nSecond **bold** [a link](https://a.example/).\n\nT", Streaming()))
    assert read(stage, said) == ["T"]


def test_that_reading_begins_at_what_is_in_sight(stage: Stage, said: list[str]) -> None:
    stage.show(turn("".join(f"Paragraph {n}.\n\n" for n in range(200))))
    bar = stage.view.verticalScrollBar()
    bar.setValue(bar.maximum() // 2)
    line, _ = stage.top_line()
    step(stage.view, StepKind.PART, 1)
    assert said == [line]
    bar.setValue(0)
    step(stage.view, StepKind.PART, 1)
    assert said[1] == "Question 1 of 1: What is it?"


def accent_in_the_margin(stage: Stage) -> QRect:
    """Return what is painted in the accent colour beside the text."""
    image = stage.view.viewport().grab().toImage()
    margin = range(stage.view._side() - 14, stage.view._side() - 4)
    rows = [
        y for y in range(image.height()) for x in margin
        if image.pixelColor(x, y) == QColor(LIGHT.accent)
    ]  # fmt: skip
    return QRect(0, min(rows), 1, max(rows) - min(rows)) if rows else QRect()


def test_that_a_bar_stands_beside_what_is_read(stage: Stage, said: list[str]) -> None:
    stage.show(turn("Short.\n\n" + "Long. " * 80 + "\n\n| A | B |\n|---|---|\n| cell | dell |"))
    for _ in range(4):
        step(stage.view, StepKind.PART, 1)
    assert said[-1].startswith("Long.")
    bar = accent_in_the_margin(stage)
    assert bar.height() > 40
    assert bar.top() <= stage.place_of("Long").y() <= bar.bottom()
    step(stage.view, StepKind.PART, 1)
    step(stage.view, StepKind.PART, 1)
    assert said[-1] == "Table row 1 of 1: A: cell; B: dell"
    bar = accent_in_the_margin(stage)
    assert bar.top() <= stage.place_of("dell").y() <= bar.bottom()
    stage.view.clearFocus()
    assert accent_in_the_margin(stage).isEmpty()


def test_that_a_part_that_was_gone_to_can_be_copied(stage: Stage) -> None:
    stage.show(turn("One.\n\n- Two $x$", sources=()))
    for _ in range(4):
        step(stage.view, StepKind.PART, 1)
    QTest.keyClick(stage.view, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text() == "• Two $x$"
    assert not stage.view.textCursor().hasSelection()


def test_that_enter_copies_the_code_that_is_read(stage: Stage) -> None:
    copied: list[str] = []
    stage.view.code_copied.connect(copied.append)
    stage.show(turn("```\nx = 1\n```", sources=()))
    for _ in range(3):
        step(stage.view, StepKind.PART, 1)
    QTest.keyClick(stage.view, Qt.Key.Key_Return)
    assert copied == ["x = 1"]


def test_that_what_is_selected_later_is_what_counts(stage: Stage, said: list[str]) -> None:
    stage.show(turn("One.\n\nTwo.", sources=()))
    for _ in range(3):
        step(stage.view, StepKind.PART, 1)
    step(stage.view, StepKind.ANSWER, -1)
    QTest.keyClick(stage.view, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text() == "What is it?"
    step(stage.view, StepKind.PART, 1)
    assert said[-1] == "effort low, 14:02"
    assert not stage.view.textCursor().hasSelection()
    stage.view.selectAll()
    QTest.keyClick(stage.view, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text().endswith("Two.")


def test_that_reading_ends_with_the_answer_that_was_read(stage: Stage, said: list[str]) -> None:
    stage.show(turn("One.\n\nTwo.\n\n" + "Three. " * 30))
    read(stage, said)
    stage.show(turn("Short.", turn_id="u"))
    stage.view.viewport().grab()
    assert read(stage, said)[-1] == "Short."
