"""The blocks of an answer with what was cut for the screen put together again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from headwater.domain import text_guard
from headwater.domain.block import Block, Kind
from headwater.domain.blocks import split_blocks
from headwater.domain.text_piece import LONGEST_PIECE

_LINE_ENDS = ("\r\n", "\n", "\r")


def leaves(text: str, *, keeps_cuts: bool = False) -> Iterator[Block]:
    """Yield the blocks of a Markdown text, paragraphs whole and each code block as one CODE.

    With `keeps_cuts` an endless paragraph stays in pieces, the further of which `continues`.

    The `text` of a CODE is the code, harmless and without the line end before its fence; `info`
    is its language.
    """
    held: Block | None = None
    piece = ""  # what was added last to the paragraph that is held
    code: list[str] = []
    for block in split_blocks(text):
        match block.kind:
            case Kind.CODE_LINE:
                code.append(block.text + block.info)
                continue
            case Kind.CODE_END:
                assert held is not None  # a CODE stands before it
                held = replace(held, text=_code("".join(code)))
                code = []
                continue
            case Kind.PARAGRAPH if block.continues and held is not None and not keeps_cuts:
                held = replace(held, text=held.text + _space_after(piece) + block.text)
                piece = block.text
                continue
        if held is not None:
            yield held
        held, piece = block, block.text
        if block.kind is Kind.CODE:
            held = replace(block, info=" ".join(block.info.split()[:1]))
    if held is not None:
        yield held


def task_of(block: Block) -> tuple[str, str]:
    """Return the box that begins a list item, `[ ]` or `[x]` or nothing, and the text behind it."""
    if block.kind is Kind.PARAGRAPH and block.fresh < len(block.containers):
        for written, box in (("[ ] ", "[ ]"), ("[x] ", "[x]"), ("[X] ", "[x]")):
            if block.text.startswith(written):
                return box, block.text[len(written) :]
    return "", block.text


def _space_after(piece: str) -> str:
    """Return what was cut away behind a piece: a space, unless it ends within a word."""
    return "" if len(piece) >= LONGEST_PIECE or piece[-1:] in "。！？" else " "


def _code(text: str) -> str:
    for ending in _LINE_ENDS:
        if text.endswith(ending):
            text = text.removesuffix(ending)
            break
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\n".join(text_guard.code(line) for line in lines)
