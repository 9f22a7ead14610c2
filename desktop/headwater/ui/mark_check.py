"""What may be said of the one sentence that a mark stands for, when its card is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headwater.ui.check_words import FOUND, not_found

if TYPE_CHECKING:
    from headwater.domain.answer import Answer
    from headwater.domain.cited_sentence import CitedSentence
    from headwater.domain.passage_check import PassageChecker


_MOST_READ = 20_000  # characters of passages, while somebody waits for a card


class MarkCheck:
    """Remembers the passages that it has read of the last answer."""

    def __init__(self) -> None:
        self._answer: Answer | None = None
        self._checker: PassageChecker | None = None

    def words(self, answer: Answer, sentence: CitedSentence, source_id: str) -> str:
        """Return the words for a sentence and one of its sources; empty if it cannot be told.

        Nothing is said of an answer that still runs, or where there is too much to read at once.
        """
        if answer.is_running or not sentence.text:
            return ""
        from headwater.domain.passage_check import Outcome, PassageChecker

        if self._checker is None or self._answer is not answer:
            self._answer, self._checker = answer, PassageChecker(answer.sources)
        if sum(self._checker.to_read(sentence.ids).values()) > _MOST_READ:
            return ""
        check = self._checker.check(sentence.text, sentence.ids)
        if check.outcome is Outcome.NOT_FOUND:
            return not_found(check.missing)
        return FOUND if check.outcome is Outcome.FOUND and source_id in check.held_by else ""
