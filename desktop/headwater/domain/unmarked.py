"""An answer without its citation marks, for whoever copies it without its sources."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from headwater.domain.blocks import BlockSplitter
from headwater.domain.citations import find_marks, sources_by_id
from headwater.domain.code_span import code_spans

if TYPE_CHECKING:
    from headwater.domain.source import Source

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n|\Z)")


def without_marks(text: str, sources: Iterable[Source]) -> str:
    """Return the Markdown `text` without the marks of `sources`; code is left as it is."""
    known = sources_by_id(sources)
    if not known or "[" not in text:
        return text
    splitter = BlockSplitter()
    out: list[str] = []
    prose: list[str] = []
    for found in _LINE.finditer(text):
        line = found.group()
        splitter.feed(line if line[-1:] in ("\r", "\n") else line + "\n")
        if splitter.is_in_code or not line.strip():
            out += (_unmarked("".join(prose), known), line)
            prose = []
        else:
            prose.append(line)
    out.append(_unmarked("".join(prose), known))
    return "".join(out)


def _unmarked(text: str, known: dict[str, Source]) -> str:
    kept: list[str] = []
    start = 0
    codes = iter(code_spans(text))
    code = next(codes, None)
    for mark in find_marks(text):
        while code is not None and code[1] <= mark.start:
            code = next(codes, None)
        is_in_code = code is not None and code[0] < mark.start
        is_escaped = text[mark.start - 1 : mark.start] == "\\"
        unknown = [mark_id for mark_id in mark.ids if mark_id not in known]
        if is_in_code or is_escaped or len(unknown) == len(mark.ids):
            continue
        before = text[start : mark.start]
        # The space before a mark goes with it, unless it would join two words.
        joins = bool(unknown) or text[mark.end : mark.end + 1].isalnum()
        kept.append(before if joins else before.rstrip(" "))
        kept += (f"[{mark_id}]" for mark_id in unknown)
        start = mark.end
    kept.append(text[start:])
    return "".join(kept)
