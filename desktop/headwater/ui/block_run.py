"""What a block of an answer shows, as runs: its bullet or number, its text, its cells."""

from __future__ import annotations

import re
from collections.abc import Collection

from headwater.domain import text_guard
from headwater.domain.block import Block, Item, Kind
from headwater.domain.text_direction import (
    BACK,
    FROM_LEFT,
    FROM_RIGHT,
    has_right_to_left,
    is_right_to_left,
)
from headwater.ui.inline_run import (
    OURS,
    PLAIN,
    Run,
    Style,
    formula_runs,
    growing_source,
    inline_runs,
    is_plain,
    plain_runs,
    without_loose_end,
)

_BULLETS = "•◦▪"
_NOTE = re.compile(r"\[\^([^\]\s]{1,32})\]:[ \t]+")
_NOTE_LABEL = Style(is_muted=True)


def block_runs(block: Block, known: Collection[str], *, is_open: bool) -> list[Run]:
    """Return the runs of a block; `known` and `is_open` are as for `inline_runs`."""
    match block.kind:
        case Kind.PARAGRAPH | Kind.HEADING:
            text, box = task(block) if begins_container(block) else ("", "")
            note = _NOTE.match(text or block.text)
            if note is not None and not block.continues:
                label = Run(f"{text_guard.prose(note[1])}. ", _NOTE_LABEL)
                rest = (text or block.text)[note.end() :]
                runs = [label, *inline_runs(rest, known, is_open=is_open)]
            else:
                runs = inline_runs(text or block.text, known, is_open=is_open)
            return _with_markers(block, box, runs)
        case Kind.CODE_LINE:
            return [Run(text_guard.code(block.text))] if block.text else []
        case Kind.FORMULA:
            return _formula(block)
        case Kind.RULE:
            return [Run(text_guard.BREAK, OURS)]
        case _:
            return []


def _formula(block: Block) -> list[Run]:
    opening = block.text[:2]
    tex = block.text.removeprefix(opening)
    if not block.info:
        return growing_source(tex.rstrip("\\$"))
    closing = block.info[:2]
    behind = block.info.removeprefix(closing)
    runs = formula_runs(block.text + closing, tex, is_display=True, is_alone=not behind)
    return runs + plain_runs(behind)


def cell_runs(block: Block, known: Collection[str], *, is_open: bool) -> list[list[Run]]:
    """Return the runs of each cell of a table's header or row."""
    return [inline_runs(cell, known, is_open=is_open) for cell in block.cells]


def row_runs(
    block: Block, known: Collection[str], *, is_open: bool, is_mirrored: bool
) -> list[Run]:
    """Return the runs of a table's header or row, with a LINE between its cells and nowhere else.

    `is_mirrored` says that the table is read from right to left.
    """
    row: list[Run] = []
    text = ""  # in the plain style, of several cells as a rule
    for number, cell in enumerate(cell_runs(block, known, is_open=is_open)):
        if number:
            text += text_guard.LINE
        is_apart = is_mirrored or not is_plain(cell)
        for run in _set_apart(cell, is_mirrored=is_mirrored) if is_apart else cell:
            inner = run.text
            if not inner.isascii() and text_guard.LINE in inner:
                inner = "" if run.style.is_ours else inner.replace(text_guard.LINE, " ")
            if run.style is PLAIN:
                text += inner
                continue
            if text:
                row.append(Run(text))
                text = ""
            row.append(Run(inner, run.style))
    if text:
        row.append(Run(text))
    return row


def _set_apart(runs: list[Run], *, is_mirrored: bool) -> list[Run]:
    """Let a cell have its own direction, and none of its letters turn the signs of the next."""
    text = "".join(run.text for run in runs)
    if not text or not (is_mirrored or has_right_to_left(text)):
        return runs
    sign = FROM_RIGHT if is_right_to_left(text, otherwise=is_mirrored) else FROM_LEFT
    return [Run(sign, OURS), *runs, Run(BACK, OURS)]


def is_loose(block: Block) -> bool:
    """Whether the growing block is drawn otherwise than it would be if it ended here."""
    if block.kind is Kind.ROW:
        return True
    return block.kind in (Kind.PARAGRAPH, Kind.HEADING) and (
        without_loose_end(block.text) != block.text
    )


def begins_container(block: Block) -> bool:
    """Whether an item or a quote begins with the block."""
    return block.fresh < len(block.containers)


def task(block: Block) -> tuple[str, str]:
    """Return the text without its `[ ]` or `[x]`, and the box to show instead."""
    for written, box in (("[ ] ", "☐"), ("[x] ", "☑"), ("[X] ", "☑")):
        if block.text.startswith(written):
            return block.text[len(written) :], box
    return "", ""


def _with_markers(block: Block, box: str, runs: list[Run]) -> list[Run]:
    """Put bullets and numbers in front of the first text of each item that begins here."""
    markers: list[Run] = []
    depth = sum(isinstance(container, Item) for container in block.containers[: block.fresh])
    for container in block.containers[block.fresh :]:
        if isinstance(container, Item):
            bullet = _BULLETS[min(depth, len(_BULLETS) - 1)]
            sign = bullet if container.number is None else f"{container.number}."
            markers.append(Run(f"{box or sign}\t"))
            depth += 1
    return markers + runs
