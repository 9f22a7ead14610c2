"""What a Markdown answer is made of: leaf blocks, each with the quotes and list items around it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, auto


class Kind(IntEnum):
    """What a block is; CODE opens a code block, its CODE_LINEs follow, CODE_END closes it."""

    PARAGRAPH = auto()
    HEADING = auto()
    RULE = auto()
    CODE = auto()
    CODE_LINE = auto()
    CODE_END = auto()
    TABLE = auto()
    ROW = auto()
    FORMULA = auto()


@dataclass(frozen=True, slots=True)
class Quote:
    """A block quote that is open; `id` tells it from its neighbours."""

    id: int


@dataclass(frozen=True, slots=True)
class Item:
    """A list item that is open; `number` is its ordinal, None in a bullet list."""

    id: int
    number: int | None = None


Container = Quote | Item


@dataclass(frozen=True, slots=True)
class Block:
    """A leaf of the document.

    `text` is inline Markdown, or one line of code as it stands, whose line ending is `info`.
    `containers[fresh:]` begin with this block: their bullets and numbers stand in front of it.
    `continues` says that the block goes on with the one before (a long paragraph or line of code
    is cut into pieces). `gap` says that a blank line came before. `group` is shared by the
    blocks of one code block or one table; `cells` and `aligns` (left, center, right or empty)
    belong to tables, `info` to CODE is what follows the fence. The `text` of a FORMULA is TeX with
    the delimiter that opens it, `info` the one that closes it and a full stop or comma behind it;
    while it is open, `info` is empty.
    """

    kind: Kind
    text: str = ""
    containers: tuple[Container, ...] = ()
    fresh: int = 0
    continues: bool = False
    gap: bool = False
    level: int = 0
    info: str = ""
    group: int = 0
    cells: tuple[str, ...] = ()
    aligns: tuple[str, ...] = ()
