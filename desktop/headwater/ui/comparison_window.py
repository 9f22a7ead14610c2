"""Two versions of an answer in a window of their own, which does not stand in the way."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from PySide6.QtCore import QElapsedTimer, QSize, Qt, Signal
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QFrame,
    QHBoxLayout,
    QLabel,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from headwater.domain.answer_comparison import (
    Comparison,
    Likeness,
    Pairing,
    changed_words,
    compare_answers,
)
from headwater.domain.answer_sentence import Sentence
from headwater.domain.plain_text import paragraph
from headwater.ui.comparison_page import ComparisonPage, Sheet, Side
from headwater.ui.comparison_row import ComparisonRow, rows_of
from headwater.ui.comparison_words import count_words, state_words, version_words
from headwater.ui.link import link_to_passage
from headwater.ui.plain_label import plain_label
from headwater.ui.theme import APART, AROUND, NEAR
from headwater.ui.timer import timer

if TYPE_CHECKING:
    from collections.abc import Generator

    from headwater.domain.conversation import Turn
    from headwater.ui.pictures import Pictures
    from headwater.ui.theme import Theme

_SIZE = QSize(1080, 760)
_FRAME = QSize(16, 48)
_SLICE = 6  # milliseconds of comparing before everything else has its turn
_LONGEST_QUESTION = 2000  # characters

Work = tuple[Comparison, list[ComparisonRow], tuple[ComparisonRow, ...]]


class ComparisonWindow(QDialog):
    """Compares snapshots: whatever becomes of the conversation, what is shown stays."""

    link_opened = Signal(str)
    zoom_requested = Signal(int)

    def __init__(self, theme: Theme, zoom: int, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Window)
        self.setWindowTitle("Compare versions — Headwater")
        self.setAccessibleName("Compare versions")
        self.setMinimumSize(400, 320)
        self.resize(_SIZE.boundedTo(self.screen().availableSize() - _FRAME))
        self._versions: tuple[Turn, ...] = ()
        self._chosen: tuple[str, str] = ("", "")
        self._compared: tuple[Turn, ...] = ()
        self._work: Generator[None, None, Work] | None = None
        self._keeps_place = False
        self._next_slice = timer(self, 0, self._compare_slice)
        self._words = plain_label("strong")
        self._state = plain_label("warning")
        self._place = QLabel()
        self._place.setObjectName("muted")
        self._previous = _tool("Previous difference (Shift+F7)")
        self._next = _tool("Next difference (F7)")
        self._boxes = (_box("Version on the left"), _box("Version on the right"))
        self._names = (plain_label("muted"), plain_label("muted"))
        self.page = ComparisonPage(theme, zoom)
        self._arrange()
        self._connect()
        self.page.setFocus()

    # What is shown.

    @property
    def is_done(self) -> bool:
        """Whether everything is compared and written."""
        return self._work is None and self.page.is_written

    @property
    def words(self) -> str:
        """What is said of the two versions as a whole."""
        return self._words.text()

    @property
    def state_words(self) -> str:
        """What is said of answers that have not come to their end."""
        return self._state.text()

    @property
    def place_words(self) -> str:
        """Which difference is said to be shown."""
        return self._place.text()

    def show_versions(self, versions: tuple[Turn, ...], turn_id: str) -> None:
        """Compare the version `turn_id` with the one before it, or the first with the second."""
        ids = [turn.id for turn in versions]
        at = max(ids.index(turn_id), 1)
        self._versions = versions
        self._choose(ids[at - 1], ids[at])

    def follow(self, versions: tuple[Turn, ...]) -> None:
        """Take note of what became of the versions; an answer that has ended is compared anew."""
        is_more = [turn.id for turn in versions] != [turn.id for turn in self._versions]
        self._versions = versions
        if is_more:
            self._fill_boxes()
        chosen = self._turns()
        if any(
            not now.answer.is_running
            and (now.answer.status, now.answer.text, now.answer.sources)
            != (then.answer.status, then.answer.text, then.answer.sources)
            for now, then in zip(chosen, self._compared, strict=True)
        ):
            self._compare(keeps_place=True)

    def wear(self, theme: Theme, pictures: Pictures) -> None:
        """Take on the theme's colours."""
        self._previous.setIcon(pictures.icon("chevron-up", theme.muted))
        self._next.setIcon(pictures.icon("chevron-down", theme.muted))
        self.page.set_theme(theme)

    # Comparing.

    def _choose(self, first: str, second: str) -> None:
        self._chosen = first, second
        self._fill_boxes()
        self._compare(keeps_place=False)

    def _turns(self) -> tuple[Turn, ...]:
        by_id = {turn.id: turn for turn in self._versions}
        return tuple(by_id[turn_id] for turn_id in self._chosen)

    def _number(self, turn_id: str) -> int:
        return [turn.id for turn in self._versions].index(turn_id) + 1

    def _compare(self, *, keeps_place: bool) -> None:
        self._keeps_place = keeps_place
        self._compared = self._turns()
        first, second = self._compared
        self._work = _compared(first, second)
        numbers = (self._number(turn.id) for turn in self._compared)
        answers = (turn.answer for turn in self._compared)
        self._state.setText(state_words(dict(zip(numbers, answers, strict=True))))
        self._state.setVisible(bool(self._state.text()))
        if not keeps_place:
            self._words.setText("Comparing…")
            self._show_place(0, 0)
            self.page.show_sheet(None)
        self._compare_slice()

    def _compare_slice(self) -> None:
        if self._work is None:
            return
        spent = QElapsedTimer()
        spent.start()
        try:
            while spent.elapsed() < _SLICE:
                next(self._work)
        except StopIteration as end:
            self._work = None
            self._show(*end.value)
        else:
            self._next_slice.start()

    def _show(
        self,
        comparison: Comparison,
        rows: list[ComparisonRow],
        questions: tuple[ComparisonRow, ...],
    ) -> None:
        first, second = (Side(self._number(turn.id), turn) for turn in self._compared)
        self._words.setText(count_words(comparison, first.number, second.number))
        sheet = Sheet(first, second, questions, rows, comparison.pages)
        self.page.show_sheet(sheet, is_same=self._keeps_place)

    def _show_place(self, number: int, count: int) -> None:
        words = f"{number} of {count}" if number else ""
        self._place.setText(words or (f"{count} differences" if count > 1 else ""))
        for button in (self._previous, self._next):
            button.setEnabled(count > 0)

    def _open(self, turn_id: str, source_id: str) -> None:
        source = self.page.source_of(turn_id, source_id)
        if source is not None and (link := link_to_passage(source.url, source.snippet, "")):
            self.link_opened.emit(link)

    # The window.

    def _arrange(self) -> None:
        row = QHBoxLayout()
        row.setSpacing(NEAR)
        row.addWidget(self._words, 1)
        row.addWidget(self._place)
        row.addWidget(self._previous)
        row.addWidget(self._next)
        names = QHBoxLayout()
        names.setSpacing(2 * AROUND)
        for box, name in zip(self._boxes, self._names, strict=True):
            side = QVBoxLayout()
            side.addWidget(box)
            side.addWidget(name)
            names.addLayout(side, 1)
        head = QWidget()
        for box in self._boxes:
            # Qt says the value of a box in place of its name, and its label besides.
            label = QLabel(box.accessibleName(), head)
            label.setBuddy(box)
            label.hide()
        head.setObjectName("centre")
        head.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        inside = QVBoxLayout(head)
        inside.setContentsMargins(AROUND, APART, AROUND, NEAR)
        inside.setSpacing(NEAR)
        inside.addLayout(row)
        inside.addWidget(self._state)
        inside.addLayout(names)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(head)
        column.addWidget(_hairline())
        column.addWidget(self.page, 1)

    def _connect(self) -> None:
        page = self.page
        page.source_opened.connect(self._open)
        page.zoom_requested.connect(self.zoom_requested)
        page.stepped.connect(self._show_place)
        page.written.connect(lambda: self._show_place(page.current, page.difference_count))
        for words, keys, by, button in (
            ("Next difference", "F7", 1, self._next),
            ("Previous difference", "Shift+F7", -1, self._previous),
        ):
            action = QAction(words, self)
            action.setShortcut(QKeySequence(keys))
            action.triggered.connect(lambda _=False, by=by: page.step(by))
            self.addAction(action)
            button.clicked.connect(action.trigger)
        for side, box in enumerate(self._boxes):
            box.activated.connect(lambda index, side=side: self._chosen_in(side, index))
        self.finished.connect(self.deleteLater)

    def _chosen_in(self, side: int, index: int) -> None:
        """Show another version on one side; the one on the other side changes over to this."""
        wanted = self._versions[index].id
        first, second = self._chosen
        if side == 0:
            self._choose(wanted, first if wanted == second else second)
        else:
            self._choose(second if wanted == first else first, wanted)

    def _fill_boxes(self) -> None:
        now = datetime.now().astimezone()
        names = [version_words(turn, number, now) for number, turn in enumerate(self._versions, 1)]
        is_choice = len(names) > 2
        for box, label, turn_id in zip(self._boxes, self._names, self._chosen, strict=True):
            at = self._number(turn_id) - 1
            box.clear()
            box.addItems(names)
            box.setCurrentIndex(at)
            box.setVisible(is_choice)
            label.setText(names[at])
            label.setHidden(is_choice)


def _compared(first: Turn, second: Turn) -> Generator[None, None, Work]:
    comparison = yield from compare_answers(first.answer, second.answer)
    rows = yield from rows_of(comparison.pairings)
    questions: tuple[ComparisonRow, ...] = ()
    if first.question.text != second.question.text:
        asked, otherwise = (
            Sentence(paragraph(turn.question.text, _LONGEST_QUESTION), begins=True)
            for turn in (first, second)
        )
        changes, other_changes = yield from changed_words(asked, otherwise)
        pairing = Pairing(Likeness.CHANGED, asked, otherwise, tuple(changes), tuple(other_changes))
        questions = (ComparisonRow((pairing,), (pairing,)),)
    return comparison, rows, questions


def _hairline() -> QFrame:
    line = QFrame()
    line.setObjectName("hairline")
    line.setFixedHeight(1)
    return line


def _box(name: str) -> QComboBox:
    box = QComboBox()
    box.setAccessibleName(name)
    box.setMinimumContentsLength(8)
    box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    return box


def _tool(name: str) -> QToolButton:
    button = QToolButton()
    button.setAccessibleName(name.rpartition(" (")[0])
    button.setToolTip(name)
    button.setIconSize(QSize(16, 16))
    return button
