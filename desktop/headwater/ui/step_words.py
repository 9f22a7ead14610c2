"""What an answer did before it was written, in words: a line for all of it, and the whole story."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headwater.ui.link import host_line
from headwater.ui.plain_text import one_line

if TYPE_CHECKING:
    from headwater.domain.answer import Answer

_LONGEST_QUERY = 300
_MOST_PAGES = 1000


def steps_line(answer: Answer) -> str:
    """Return `Searched 3 times, read 9 sources, thought 12 s`; empty if it did none of it.

    A list of sources alone is no step: the Sources dock shows it.
    """
    said: list[str] = []
    if answer.queries:
        said.append("searched " + _times(len(answer.queries)))
    if answer.sources and (answer.queries or answer.reasoning):
        count = len(answer.sources)
        said.append(f"read {count} source{'' if count == 1 else 's'}")
    if answer.reasoning:
        said.append(_thinking(answer))
    line = ", ".join(said)
    return line[:1].upper() + line[1:]


def search_lines(answer: Answer) -> list[str]:
    """Return what was searched for and read, a line for each query and each page.

    Of very many pages the first ones are named: the Sources dock has them all.
    """
    lines: list[str] = []
    if answer.queries:
        lines.append("Searched for")
        lines += [f"    “{one_line(query, _LONGEST_QUERY)}”" for query in answer.queries]
    if answer.sources:
        lines += ["", "Read"] if lines else ["Read"]
        for source in answer.sources[:_MOST_PAGES]:
            host = host_line(source.url)
            words = " · ".join(dict.fromkeys(filter(None, (one_line(source.title, 200), host))))
            lines.append(f"    {one_line(source.id, 8)}  {words}")
        if (left := len(answer.sources) - _MOST_PAGES) > 0:
            lines.append(f"    and {left:,} more, all of them in Sources")
    return lines


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"


def _thinking(answer: Answer) -> str:
    seconds = answer.timing.thought
    if seconds is None:
        return "thought" if answer.text or not answer.is_running else "thinking"
    whole = round(seconds)
    if whole < 1:
        return "thought"
    return f"thought {whole} s" if whole < 60 else f"thought {whole // 60} min {whole % 60} s"
