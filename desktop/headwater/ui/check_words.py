"""What may be said of a sentence and a passage that were compared: a sign and a few words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headwater.ui.plain_text import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable

    from headwater.domain.passage_check import Missing

FOUND = "✓ found in the passage"
NOT_FOUND = "○ not in the passage shown"
EXPLANATION = "Compared with the passage that the search returned; it says nothing about truth."
_WORD = "word"
_MOST = 3
_LONGEST = 40


def not_found(missing: Iterable[Missing]) -> str:
    """Return the words for what a passage does not have, the first few of it named.

    Plain words are named only where no number, name or the like is missing.
    """
    all_missing = list(missing)
    telling = [m for m in all_missing if m.aspect.value != _WORD] or all_missing
    named = list(dict.fromkeys(filter(None, (one_line(m.text, _LONGEST) for m in telling))))
    if not named:
        return NOT_FOUND
    more = "…" if len(named) > _MOST else ""
    return f"{NOT_FOUND}: {', '.join(named[:_MOST])}{more}"
