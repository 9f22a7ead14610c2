"""Compares an answer that has ended with the passages of its sources, a few milliseconds at once.

It runs while somebody looks, and for one answer at a time. What it says is about words alone.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from PySide6.QtCore import QElapsedTimer, QObject, Signal

from headwater.ui.check_words import FOUND, not_found
from headwater.ui.timer import timer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from headwater.domain.answer import Answer
    from headwater.domain.passage_check import Missing

_BUDGET = 6  # milliseconds of each slice
_PAUSE = 12  # milliseconds between slices


@dataclass(slots=True)
class _Tally:
    """What was found for one source in all the sentences that cite it."""

    found: int = 0
    missing: list[Missing] = field(default_factory=list)
    not_found: int = 0


class SourceCheck(QObject):
    """Holds the words for each source of one answer, once all of it is compared."""

    finished = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._answer: Answer | None = None
        self._steps: Iterator[None] | None = None
        self._tallies: dict[str, _Tally] = {}
        self._is_done = False
        self._elapsed = QElapsedTimer()
        self._timer = timer(self, _PAUSE, self._advance)

    def begin(self, answer: Answer) -> None:
        """Compare `answer`, unless that is done or going on; a running answer is left alone."""
        if self._answer is not None and (
            self._answer is answer
            or (self._answer.text == answer.text and self._answer.sources == answer.sources)
        ):
            if self._steps is not None and not self._timer.isActive():
                self._timer.start()
            return
        self.forget()
        if answer.is_running or not answer.sources:
            return
        self._answer = answer
        self._steps = self._compare(answer)
        self._timer.start()

    def pause(self) -> None:
        """Go on with nothing until `begin` is called again."""
        self._timer.stop()

    def forget(self) -> None:
        """Drop everything."""
        self._timer.stop()
        self._answer, self._steps = None, None
        self._tallies.clear()
        self._is_done = False

    def words(self) -> dict[str, str]:
        """Return what may be said of each source, by its id; nothing where it cannot be told."""
        if not self._is_done:
            return {}
        said: dict[str, str] = {}
        for source_id, tally in self._tallies.items():
            if tally.not_found:
                said[source_id] = not_found(tally.missing)
            elif tally.found:
                said[source_id] = FOUND
        return said

    def _advance(self) -> None:
        if self._steps is None:
            return
        self._elapsed.start()
        for _ in self._steps:
            if self._elapsed.elapsed() >= _BUDGET:
                self._timer.start()
                return
        self._steps, self._is_done = None, True
        self.finished.emit()

    def _compare(self, answer: Answer) -> Iterator[None]:
        # Loaded with the first answer that somebody looks at.
        from headwater.domain.cited_sentence import cited_sentences
        from headwater.domain.passage_check import Outcome, PassageChecker

        checker = PassageChecker(answer.sources)
        yield
        for sentence in cited_sentences(answer.text):
            for source_id in checker.to_read(sentence.ids):
                checker.read(source_id)
                yield
            check = checker.check(sentence.text, sentence.ids)
            for passage in check.passages:
                tally = self._tallies.setdefault(passage.source_id, _Tally())
                if check.outcome is Outcome.NOT_FOUND:
                    tally.not_found += 1
                    tally.missing += check.missing[: 8 - len(tally.missing)]
                elif check.outcome is Outcome.FOUND and passage.source_id in check.held_by:
                    tally.found += 1
            yield
