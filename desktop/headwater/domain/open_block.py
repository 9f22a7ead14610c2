"""What is still open while Markdown is read: containers, and the leaf that a line may join."""

from __future__ import annotations

import re
from dataclasses import dataclass

from headwater.domain.block import Container
from headwater.domain.formula import MOST_TEX, is_number

FORMULA_START = re.compile(r"\\\[|\$\$(?!\$)")
_FORMULA_END = {
    "\\[": re.compile(r"(?<!\\)(?:\\\\)*(\\\])"),
    "$$": re.compile(r"(?<!\\)(?:\\\\)*(\$\$)"),
}
_BEHIND_FORMULA = re.compile(r"[.,;:]?[ \t]*\Z")


@dataclass(slots=True)
class OpenContainer:
    """A quote, an item, or the document itself (no `container`), and the list its children make.

    `indent` is how many columns a line must stand in to belong to an item. `list_mark` is the last
    character of the marks of the list that is going on, empty when anything else came since.
    """

    container: Container | None = None
    indent: int = 0
    has_child: bool = False
    is_shown: bool = True
    list_mark: str = ""
    next_number: int = 0


@dataclass(slots=True)
class OpenParagraph:
    """Lines of text; all but the first begin with the line feed that joins them.

    `parts` counts the pieces already handed out.
    """

    lines: tuple[str, ...] = ()
    size: int = 0
    parts: int = 0
    may_head_table: bool = False
    gap: bool = False


@dataclass(slots=True)
class OpenCode:
    """A code block: fenced, or indented when `fence` is empty.

    `blanks` are text and line ending of blank lines that belong to it only if more code follows.
    """

    group: int
    fence: str = ""
    offset: int = 0
    blanks: tuple[tuple[str, str], ...] = ()


@dataclass(slots=True)
class OpenTable:
    """A table whose header is known."""

    group: int
    columns: int
    aligns: tuple[str, ...]


@dataclass(slots=True)
class OpenFormula:
    """A formula on lines of its own, begun with `opening`; `closing` is empty until it is whole."""

    opening: str
    lines: tuple[str, ...] = ()
    size: int = 0
    closing: str = ""
    gap: bool = False

    def add(self, line: str) -> bool:
        """Take what stands in a further line; whether it may still be a formula."""
        end = _FORMULA_END[self.opening].search(line)
        tex = line if end is None else line[: end.start(1)]
        self.size += len(tex) + 1
        if self.size > MOST_TEX:
            return False
        if end is not None:
            whole = "\n".join((*self.lines, tex))
            if not _BEHIND_FORMULA.match(line, end.end()) or not whole.strip() or is_number(whole):
                return False
            self.closing = line[end.start(1) :].rstrip(" \t")
        self.lines += (tex,)
        return True
