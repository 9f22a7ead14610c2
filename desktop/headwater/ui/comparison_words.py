"""What is said of two versions of an answer as a whole."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from headwater.domain.answer_comparison import ComparedPage, Comparison, Likeness
from headwater.domain.plain_text import one_line

if TYPE_CHECKING:
    from headwater.domain.answer import Answer
    from headwater.domain.conversation import Turn

_LONGEST_MODEL = 40


def version_words(turn: Turn, number: int, now: datetime) -> str:
    """Return what a version is called: its number, when it was asked for, and of what model."""
    asked = turn.question.asked_at.astimezone(now.tzinfo)
    when = f"{asked:%H:%M}" if asked.date() == now.date() else f"{asked:%d %b %Y, %H:%M}"
    model = one_line(turn.answer.model or turn.question.model, _LONGEST_MODEL)
    return " · ".join(filter(None, (f"Version {number}", when, model)))


def count_words(comparison: Comparison, first: int, second: int) -> str:
    """Return how many sentences are the same and how many are not, of versions by number."""
    if not comparison.pairings:
        return "Neither version has any text."
    counts = comparison.counts
    if comparison.is_same:
        same = len(comparison.pairings)
        return (
            "The one sentence is the same." if same == 1 else f"All {same} sentences are the same."
        )
    return _parts(
        [
            (counts[Likeness.SAME], "the same"),
            (counts[Likeness.CHANGED], "changed"),
            (counts[Likeness.FIRST_ONLY], f"only in version {first}"),
            (counts[Likeness.SECOND_ONLY], f"only in version {second}"),
        ],
        "sentence",
    )


def page_words(pages: Sequence[ComparedPage], first: int, second: int) -> str:
    """Return how many sources both have, and how many one of them."""
    if not pages:
        return "Neither version has sources."
    both = sum(page.first is not None and page.second is not None for page in pages)
    return _parts(
        [
            (both, "in both"),
            (sum(page.second is None for page in pages), f"only in version {first}"),
            (sum(page.first is None for page in pages), f"only in version {second}"),
        ],
        "source",
    )


def fold_words(sentences: int) -> str:
    """Return what stands in the place of sentences that are folded away."""
    return f"{_counted(sentences, 'sentence')} the same"


def state_words(answers: Mapping[int, Answer]) -> str:
    """Return what is to be known of answers that have not come to their end, by number."""
    words = []
    for number, answer in answers.items():
        if answer.is_running:
            words.append(f"Version {number} is still being written; this is what has come so far.")
        elif answer.status != "complete":
            words.append(f"Version {number} is not complete.")
    return " ".join(words)


def _parts(counts: list[tuple[int, str]], noun: str) -> str:
    kept = [(count, words) for count, words in counts if count]
    (count, words), *others = kept
    return ", ".join(
        (f"{_counted(count, noun)} {words}", *(f"{count} {words}" for count, words in others))
    )


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"
