"""What may reach Qt: text that is not ours, made harmless before it is shown or laid out."""

from __future__ import annotations

import re

from headwater.domain.plain_text import one_line, paragraph

__all__ = ["LONGEST_RUN", "breakable", "one_line", "paragraph"]

LONGEST_RUN = 1000
_SPACES = re.compile(rf"[ \t\u00a0\u2000-\u200a\u3000]{{{LONGEST_RUN},}}")
_WORD = re.compile(rf"\S{{{LONGEST_RUN}}}")


def breakable(text: str) -> str:
    """Return `text` with every run that Qt cannot lay out in time broken by a line feed.

    Qt never returns from 65,536 spaces before a word and is quadratic in unbroken text; this is
    for text that the user pastes and must otherwise keep as it is.
    """
    text = _SPACES.sub(lambda run: "\n".join(_pieces(run.group())), text)
    return _WORD.sub(lambda word: word.group() + "\n", text)


def _pieces(run: str) -> list[str]:
    return [run[i : i + LONGEST_RUN - 1] for i in range(0, len(run), LONGEST_RUN - 1)]
