"""Inline Markdown as a flat list of pieces that every format writes in its own way.

The rules are those of the window: marks are found only outside of code and links, HTML is text,
there are no reference definitions, pictures are named and linked but never loaded.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from enum import IntEnum, auto
from functools import lru_cache
from typing import TYPE_CHECKING

from headwater.domain import text_guard
from headwater.domain.citations import find_marks
from headwater.export.link import hides_host, real_host, safe_link

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

_MARKUP = re.compile(r"[\\`*_~\[\]!<&\n]|://|  ")
_BARE_LINK = re.compile(r"https?://[^\s<>\"'`\[\]{}|\\^]{1,2048}")
_MOST_BRACKETS = 200  # in a paragraph; each may open a link, and is looked for to the end


class PieceKind(IntEnum):
    """What a piece is; what OPEN begins ends with the CLOSE that has the same `tag`."""

    TEXT = auto()
    CODE = auto()
    SPACE = auto()  # a line end in the Markdown that is none on paper
    BREAK = auto()
    MARK = auto()
    OPEN = auto()
    CLOSE = auto()


@dataclass(frozen=True, slots=True)
class Piece:
    """`text` is what is read, for a MARK its id; `tag` is strong, em, s or a, with `href`."""

    kind: PieceKind
    text: str = ""
    tag: str = ""
    href: str = ""
    delimiter: str = ""  # how the Markdown wrote it: `*`, `_`, `**`, `__` or `~~`


def inline_pieces(text: str, known: Collection[str]) -> list[Piece]:
    """Return the pieces of inline Markdown; `known` are the ids that marks may refer to."""
    if _MARKUP.search(text) is None:
        plain = text_guard.prose(text).strip(" ")
        return [Piece(PieceKind.TEXT, plain)] if plain else []
    if text.count("[") > _MOST_BRACKETS:
        return list(_text(text_guard.prose(text), known))
    pieces: list[Piece] = []
    for token in _parser().parseInline(text):
        pieces += _pieces(token.children or [], known)
    return _joined(pieces)


def plain_words(pieces: list[Piece]) -> str:
    """Return what is read, without any markup; marks as `[1]`."""
    shown = {PieceKind.SPACE: " ", PieceKind.BREAK: "\n"}
    return "".join(
        f"[{piece.text}]" if piece.kind is PieceKind.MARK else shown.get(piece.kind, piece.text)
        for piece in pieces
    )


@lru_cache(maxsize=1)
def _parser() -> MarkdownIt:
    # Imported late: whoever exports sources alone does without.
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark", {"html": False, "maxNesting": 32})
    # A text may not say where its marks lead, so there are no reference definitions.
    parser.enable("strikethrough").disable(["reference", "html_inline"])
    # Every link is judged here, by `safe_link` alone.
    parser.validateLink = lambda url: True  # type: ignore[method-assign] # noqa: ARG005
    return parser


def _pieces(tokens: list[Token], known: Collection[str]) -> Iterator[Piece]:
    href = ""
    link_text: list[str] = []
    for token in tokens:
        match token.type:
            case "text" | "text_special":
                text = text_guard.prose(token.content)
                link_text.append(text)
                yield from [Piece(PieceKind.TEXT, text)] if href else _text(text, known)
            case "code_inline":
                text = text_guard.prose(token.content)
                link_text.append(text)
                yield Piece(PieceKind.CODE, text)
            case "softbreak":
                yield Piece(PieceKind.SPACE)
            case "hardbreak":
                yield Piece(PieceKind.BREAK)
            case "strong_open" | "em_open" | "s_open":
                yield Piece(PieceKind.OPEN, tag=token.tag, delimiter=token.markup)
            case "strong_close" | "em_close" | "s_close":
                yield Piece(PieceKind.CLOSE, tag=token.tag, delimiter=token.markup)
            case "link_open":
                href, link_text = safe_link(str(token.attrs.get("href", ""))), []
                if href:
                    yield Piece(PieceKind.OPEN, tag="a", href=href)
            case "link_close":
                if href:
                    yield from _end_of_link("".join(link_text), href)
                href = ""
            case "image":
                yield from _picture(token, inside_link=bool(href))
            case _:
                yield Piece(PieceKind.TEXT, text_guard.prose(token.content))


def _end_of_link(text: str, href: str) -> Iterator[Piece]:
    if hides_host(text, href):
        yield Piece(PieceKind.TEXT, f" ({real_host(href)})")
    yield Piece(PieceKind.CLOSE, tag="a", href=href)


def _picture(token: Token, *, inside_link: bool) -> Iterator[Piece]:
    href = "" if inside_link else safe_link(str(token.attrs.get("src", "")))
    title = text_guard.prose(token.content).strip() or "picture"
    if not href:
        yield Piece(PieceKind.TEXT, title)
        return
    yield Piece(PieceKind.OPEN, tag="a", href=href)
    yield Piece(PieceKind.TEXT, f"{title} ({real_host(href)})")
    yield Piece(PieceKind.CLOSE, tag="a", href=href)


def _text(text: str, known: Collection[str]) -> Iterator[Piece]:
    start = 0
    for mark in find_marks(text):
        if not any(mark_id in known for mark_id in mark.ids):
            continue
        yield from _with_bare_links(text[start : mark.start])
        for mark_id in mark.ids:
            if mark_id in known:
                yield Piece(PieceKind.MARK, mark_id)
            else:
                yield Piece(PieceKind.TEXT, f"[{mark_id}]")
        start = mark.end
    yield from _with_bare_links(text[start:])


def _with_bare_links(text: str) -> Iterator[Piece]:
    start = 0
    for found in _BARE_LINK.finditer(text):
        url = found.group().rstrip(".,;:!?*_~")
        while url.endswith(")") and url.count("(") < url.count(")"):
            url = url[:-1].rstrip(".,;:!?*_~")
        href = safe_link(url)
        if not href:
            continue
        yield Piece(PieceKind.TEXT, text[start : found.start()])
        yield Piece(PieceKind.OPEN, tag="a", href=href)
        yield Piece(PieceKind.TEXT, url)
        yield from _end_of_link(url, href)
        start = found.start() + len(url)
    yield Piece(PieceKind.TEXT, text[start:])


def _joined(pieces: list[Piece]) -> list[Piece]:
    """Return the pieces without empty ones, and with neighbouring texts as one."""
    joined: list[Piece] = []
    for piece in pieces:
        if piece.kind is PieceKind.TEXT:
            if not piece.text:
                continue
            if joined and joined[-1].kind is PieceKind.TEXT:
                joined[-1] = Piece(PieceKind.TEXT, joined[-1].text + piece.text)
                continue
        joined.append(piece)
    return joined
