"""How long it takes to compare a megabyte with a megabyte, ordinary and made to be slow."""

from __future__ import annotations

import gc
import random
import time
from collections.abc import Iterator

from headwater.domain.answer import Answer
from headwater.domain.answer_comparison import compare_answers

_SIZE = 1_000_000
_SENTENCES = 11_000


def _prose(chance: random.Random, words: list[str]) -> list[str]:
    return [
        f"{' '.join(chance.choices(words, k=chance.randint(6, 20))).capitalize()} [1]."
        for _ in range(_SENTENCES)
    ]


def _paragraphs(sentences: list[str]) -> str:
    return "\n\n".join(" ".join(sentences[at : at + 4]) for at in range(0, len(sentences), 4))


def _ordinary() -> Iterator[tuple[str, str]]:
    """Yield two texts of which a tenth differs, and two that have nothing in common."""
    chance = random.Random(1)
    words = ["".join(chance.choices("abcdefghij", k=chance.randint(2, 9))) for _ in range(5000)]
    first, other = _prose(chance, words), _prose(chance, words)
    second = [
        sentence if chance.random() > 0.1 else f"{sentence[:-5]} too [1]." for sentence in first
    ]
    yield _paragraphs(first), _paragraphs(second)
    yield _paragraphs(first), _paragraphs(other)


def _hostile() -> Iterator[tuple[str, str]]:
    chance = random.Random(2)
    same = "Same one here. " * (_SIZE // 15)
    yield same, f"Begin. {same}End."
    yield "word " * (_SIZE // 5), "ward " * (_SIZE // 5)
    numbers = range(_SIZE // 8)
    yield " ".join(f"A{n}." for n in numbers), " ".join(f"B{n}." for n in numbers)
    few = ["Aa b.", "Cc d.", "Ee f."]
    yield " ".join(chance.choices(few, k=_SIZE // 6)), " ".join(chance.choices(few, k=_SIZE // 6))


def _seconds(first: str, second: str) -> tuple[float, float]:
    """Return how long it takes to compare two texts, in all and the longest step."""
    work = compare_answers(Answer(text=first), Answer(text=second))
    begun = last = time.perf_counter()
    longest = 0.0
    for _ in work:
        now = time.perf_counter()
        longest, last = max(longest, now - last), now
    return time.perf_counter() - begun, longest


def measure() -> dict[str, float]:
    """Return the slowest ordinary and hostile pair in seconds, and the longest step in ms."""
    gc.disable()  # as in the window, which collects when there is time
    ordinary = [_seconds(*pair) for pair in _ordinary()]
    hostile = [_seconds(*pair) for pair in _hostile()]
    gc.enable()
    return {
        "ordinary_s": max(total for total, _ in ordinary),
        "hostile_s": max(total for total, _ in hostile),
        "step_ms": max(longest for _, longest in (*ordinary, *hostile)) * 1000,
    }
