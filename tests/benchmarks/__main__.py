"""Runs the measurements and says which bound each one keeps: `python3 packaging/dev.py bench`."""

from __future__ import annotations

import importlib
import json
import sys
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Bound:
    """A figure of a measurement and the value it must keep to."""

    module: str
    figure: str
    words: str
    most: float | None = None
    least: float | None = None

    def is_kept(self, value: float) -> bool:
        """Whether `value` is within the bound."""
        return (self.most is None or value <= self.most) and (
            self.least is None or value >= self.least
        )

    @property
    def limit(self) -> str:
        """The bound in a few characters."""
        return f"<= {self.most}" if self.most is not None else f">= {self.least}"


BOUNDS = (
    Bound("start", "ratio", "start to a painted, typable window / an empty window", most=1.5),
    Bound("memory", "ratio", "resident memory idle / an empty window", most=1.6),
    Bound("terminal", "ratio", "`headwater ask` to the first word / a bare httpx script", most=1.5),
    Bound("decoding", "ratio", "decoding 1,500 chunks, official SDK / ours", least=3.0),
    Bound("rendering", "ratio", "a frame of 1 MB, median / plain insertText", most=1.5),
    Bound("rendering", "p99_ratio", "the same, 99th percentiles", most=3.0),
    Bound("rendering", "fence_ratio", "a frame of 200 KB of code / plain", most=1.5),
    Bound("rendering", "list_ratio", "a frame of 2,000 items / plain", most=1.5),
    Bound("rendering", "table_ratio", "a frame of 1,000 rows / plain", most=1.5),
    Bound("rendering", "paragraph_ratio", "a frame of a 100 KB paragraph / plain", most=1.5),
    Bound(
        "quick_ask",
        "key_beyond_bare_ms",
        "key press to a painted caret, beyond a bare window, ms",
        most=50.0,
    ),
    Bound("quick_ask", "command_ratio", "`--quick-ask` to the window / a bare Python", most=2.0),
    Bound("quick_ask", "lost_characters", "of 1,000 typed from the key press on, lost", most=0),
    Bound("quick_ask", "idle_ticks", "1/100 s of CPU in 15 s, hidden and idle", most=1),
    Bound("rendering", "last_to_first_tenth", "1 MB, last tenth / first tenth", most=1.2),
    Bound("rendering", "fence_last_to_first_tenth", "code, last tenth / first", most=1.3),
    Bound("rendering", "list_last_to_first_tenth", "items, last tenth / first", most=1.3),
    Bound("rendering", "paragraph_last_to_first_tenth", "paragraph, last tenth / first", most=1.3),
    Bound("checking", "held_out_missing_precision", "called missing and rightly", least=0.9),
    Bound("checking", "held_out_missing_recall", "altered and called missing", least=0.9),
    Bound("checking", "held_out_found_recall", "unaltered and found", least=0.9),
    Bound("checking", "sentence_ms", "one sentence and its passage, ms", most=3.0),
    Bound("comparing", "ordinary_s", "1 MB compared with 1 MB, s", most=2.0),
    Bound("comparing", "hostile_s", "the same, made to be slow, s", most=4.0),
    Bound("comparing", "step_ms", "the longest step of it, ms", most=100.0),
    Bound("formulas", "formula_ms", "a formula after the first, ms", most=10.0),
    Bound("formulas", "worst_loading_frame_ms", "a frame of loading 1,000, ms", most=120.0),
    Bound("hostile", "at_once_ms", "1 MB made to be slow, opened: longest turn, ms", most=200),
    Bound("hostile", "streamed_ms", "64 KB of it streamed: longest turn, ms", most=200),
    Bound("streaming", "gap_p99_ms", "5,000 deltas a second: 99 % of beats of 10 ms, ms", most=25),
    Bound("streaming", "busy_p99_ms", "the same in processor time of the window, ms", most=25),
    Bound(
        "streaming", "stop_handled_ms", "slowest click on Stop until it has stopped, ms", most=50
    ),
    Bound("streaming", "stop_shown_ms", "slowest click on Stop until that is seen, ms", most=50),
    Bound("streaming", "socket_closed_ms", "and until the server is left, ms", most=100),
    Bound(
        "streaming", "glyph_median_ms", "delta on the socket to its glyph painted, ms", most=49.5
    ),
    Bound("opening", "one_first_screen_ms", "1 MB in one answer to its first screen, ms", most=150),
    Bound("opening", "hundred_first_screen_ms", "1 MB in 100 turns, ms", most=150),
    Bound("opening", "one_between_keys_ms", "longest between keys meanwhile, ms", most=50),
    Bound("opening", "hundred_between_keys_ms", "the same with 100 turns, ms", most=50),
    Bound("soak", "grown_megabytes", "memory grown by 290 answers of 8 KB, MB", most=40),
    Bound("soak", "objects", "objects of Qt more", most=0),
    Bound("soak", "widgets", "widgets more", most=0),
    Bound("soak", "timers", "running timers more", most=0),
    Bound("soak", "tasks", "tasks more", most=0),
    Bound("soak", "open_files", "open files and sockets more", most=0),
    Bound("soak", "threads", "threads more", most=0),
    Bound("idle", "hidden_timers", "hidden: running timers", most=0),
    Bound("idle", "hidden_ticks", "hidden: 1/100 s of CPU in 10 s", most=1),
    Bound("idle", "hidden_wake_ups", "hidden: wake-ups in 10 s", most=5),
    Bound("idle", "minimised_timers", "minimised: running timers", most=0),
    Bound("idle", "minimised_wake_ups", "minimised: wake-ups in 10 s", most=5),
    Bound("idle", "shown_timers", "in front, without a caret: running timers", most=0),
    Bound("idle", "shown_wake_ups", "in front, without a caret: wake-ups in 10 s", most=5),
    Bound("idle", "typing_timers", "with the caret in the question: running timers", most=1),
    Bound("pace", "busy_p99_ms", "5,000 deltas a second: work between two beats, ms", most=60),
    Bound("pace", "stop_shown_ms", "slowest click on Stop until that is seen, ms", most=400),
    Bound("pace", "socket_closed_ms", "and until the server is left, ms", most=500),
    Bound("pace", "glyph_median_ms", "delta on the socket to its glyph painted, ms", most=75),
    Bound("pace", "grown_megabytes", "memory grown by 30 answers of 8 KB, MB", most=12),
    Bound("pace", "objects", "objects of Qt more", most=0),
    Bound("pace", "timers", "running timers more", most=0),
    Bound("pace", "tasks", "tasks more", most=0),
    Bound("pace", "open_files", "open files and sockets more", most=0),
    Bound("pace", "threads", "threads more", most=0),
    Bound("pace", "hidden_timers", "hidden: running timers", most=0),
    Bound("pace", "hidden_wake_ups", "hidden: wake-ups in 2 s", most=10),
    Bound("pace", "shown_timers", "in front, without a caret: running timers", most=0),
    Bound(
        "history", "search_p95_ms", "search in 100,000 conversations, 95th percentile, ms", most=100
    ),
    Bound("history", "start_ratio", "window with 100,000 conversations / with 100", most=1.1),
    Bound("history", "open_beyond_few_ms", "opening 100,000, beyond 100, ms", most=50),
    Bound("history", "list_ms", "reading the list of 100,000, ms", most=50),
    Bound("packages", "deb_megabytes", "Debian package, MB", most=45),
    Bound("packages", "installed_megabytes", "the same installed, MB", most=140),
    Bound("packages", "window_ratio", "frozen to its window / from source", most=1.0),
    Bound("packages", "memory_ratio", "frozen memory at rest / from source", most=1.0),
)
# What has to be built before, what is a part of others, and what takes a quarter of an hour.
WHEN_NAMED = frozenset({"packages", "pace", "hostile"})


def main(names: list[str]) -> int:
    """Measure what `names` says, else all that needs no naming; return 1 if a bound is passed."""
    modules = list(dict.fromkeys(bound.module for bound in BOUNDS))
    unknown = [name for name in names if name not in modules]
    if unknown:
        print(f"no such measurement: {', '.join(unknown)}; there are {', '.join(modules)}")
        return 2
    passed = failed = 0
    for module in names or [module for module in modules if module not in WHEN_NAMED]:
        figures: dict[str, float] = importlib.import_module(f"tests.benchmarks.{module}").measure()
        print(f"{module}: {json.dumps({k: round(v, 4) for k, v in figures.items()})}", flush=True)
        for bound in BOUNDS:
            if bound.module == module:
                value = figures[bound.figure]
                is_kept = bound.is_kept(value)
                passed, failed = passed + is_kept, failed + (not is_kept)
                mark = "ok  " if is_kept else "OVER"
                print(f"  {mark} {bound.words}: {value:.2f} ({bound.limit})", flush=True)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
