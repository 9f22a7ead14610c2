"""Where code stands within a run of Markdown."""

from __future__ import annotations

import re

_BACKTICKS = re.compile(r"\\.|`+", re.DOTALL)


def code_spans(text: str) -> list[tuple[int, int]]:
    """Return start and end of the code spans, with their backticks (CommonMark 0.31, 6.1)."""
    runs = [run for run in _BACKTICKS.finditer(text) if run.group()[0] == "`"]
    last_of_length = {len(run.group()): index for index, run in enumerate(runs)}
    spans: list[tuple[int, int]] = []
    index = 0
    while index < len(runs):
        length = len(runs[index].group())
        closing = index + 1
        if last_of_length[length] > index:
            while len(runs[closing].group()) != length:
                closing += 1
            spans.append((runs[index].start(), runs[closing].end()))
            closing += 1
        index = closing
    return spans
