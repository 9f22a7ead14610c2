"""What is still open while Markdown is read: containers, and the leaf that a line may join."""

from __future__ import annotations

from dataclasses import dataclass

from headwater.domain.block import Container


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
