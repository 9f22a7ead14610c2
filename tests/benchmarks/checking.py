"""How often the check of passages is right, on pairs that were labelled before it was written."""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from headwater.domain.passage_check import Outcome, check_sentence
from headwater.domain.source import Source

PAIRS = Path(__file__).resolve().parent.parent / "checking" / "pairs.jsonl"
_RUNS = 5


@dataclass(frozen=True, slots=True)
class Pair:
    """A sentence, the passage it is to be compared with, and what a careful reader says."""

    sentence: str
    passage: str
    label: str
    alteration: str
    language: str
    split: str

    @property
    def source(self) -> Source:
        """The passage as a source that came from the wire."""
        return Source("1", "https://page.example/", snippet=self.passage)

    @property
    def outcome(self) -> Outcome:
        """What the check says."""
        return check_sentence(self.sentence, [self.source]).outcome


def read_pairs() -> list[Pair]:
    """Return the labelled pairs, in the order of the file."""
    return [Pair(**json.loads(line)) for line in PAIRS.read_text("utf-8").splitlines()]


def _rates(pairs: Sequence[Pair], said: Outcome, label: str) -> tuple[float, float]:
    """Return precision and recall of one outcome."""
    outcomes = [(pair.label, pair.outcome) for pair in pairs]
    right = sum(known == label and outcome is said for known, outcome in outcomes)
    claimed = sum(outcome is said for _, outcome in outcomes)
    real = sum(known == label for known, _ in outcomes)
    return right / max(claimed, 1), right / max(real, 1)


def _milliseconds(pairs: Sequence[Pair]) -> float:
    times = []
    for _ in range(_RUNS):
        begun = time.perf_counter()
        for pair in pairs:
            check_sentence(pair.sentence, [pair.source])
        times.append((time.perf_counter() - begun) / len(pairs))
    return statistics.median(times) * 1000


def measure() -> dict[str, float]:
    """Return precision and recall on both halves, and the time for one sentence in ms."""
    pairs = read_pairs()
    figures: dict[str, float] = {}
    for half in ("development", "held-out"):
        ours = [pair for pair in pairs if pair.split == half]
        name = half.replace("-", "_")
        precision, recall = _rates(ours, Outcome.NOT_FOUND, "not found")
        figures |= {f"{name}_missing_precision": precision, f"{name}_missing_recall": recall}
        precision, recall = _rates(ours, Outcome.FOUND, "found")
        figures |= {f"{name}_found_precision": precision, f"{name}_found_recall": recall}
    return {**figures, "sentence_ms": _milliseconds(pairs)}


def _table(pairs: Sequence[Pair], by: Callable[[Pair], str]) -> Iterable[str]:
    for name in dict.fromkeys(by(pair) for pair in pairs):
        altered = [p for p in pairs if by(p) == name and p.label == "not found"]
        kept = [p for p in pairs if by(p) == name and p.label == "found"]
        cells = [
            f"{sum(p.outcome is said for p in group)}/{len(group)}" if group else "-"
            for group, said in ((altered, Outcome.NOT_FOUND), (kept, Outcome.FOUND))
        ]
        yield f"| {name} | {cells[0]} | {cells[1]} |"


def main(halves: Sequence[str]) -> None:
    """Print the tables per alteration and language of the halves that are named, or of both."""
    pairs = read_pairs()
    for half in halves or ("development", "held-out"):
        ours = [pair for pair in pairs if pair.split == half]
        print(f"\n{half}\n\n| | altered: not in the passage | unaltered: found |\n|---|--:|--:|")
        print(
            "\n".join((*_table(ours, lambda p: p.alteration), *_table(ours, lambda p: p.language)))
        )


if __name__ == "__main__":
    main(sys.argv[1:])
