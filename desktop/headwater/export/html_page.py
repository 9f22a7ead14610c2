"""An excerpt as one HTML file that needs nothing else and can do nothing.

Its content security policy allows its own style, known by its hash, and nothing more (CSP level 3,
2.3.1); every text is escaped, and every link was judged.
"""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha256
from html import escape

from headwater import __version__
from headwater.domain import text_guard
from headwater.domain.block import Block, Container, Item, Kind
from headwater.domain.conversation import Turn
from headwater.export.citation_list import CitationList, Listing
from headwater.export.code_colour import coloured_code
from headwater.export.excerpt import (
    Excerpt,
    facts_line,
    files_line,
    heading_of,
    state_line,
    text_under_heading,
)
from headwater.export.inline_text import Piece, PieceKind, inline_pieces
from headwater.export.leaf import leaves, task_of
from headwater.export.page_style import PAGE_STYLE

_DEEPEST_HEADING = 6
_BOXES = {"[ ]": "☐ ", "[x]": "☑ ", "": ""}


def html_page(excerpt: Excerpt) -> str:
    """Return the whole file."""
    has_title = excerpt.has_own_title
    title = escape(excerpt.title)
    style_hash = b64encode(sha256(PAGE_STYLE.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{style_hash}'; base-uri 'none'"
    articles = "".join(
        _article(turn, number, 2 if has_title else 1)
        for number, turn in enumerate(excerpt.turns, 1)
    )
    exported = excerpt.exported_at.astimezone().isoformat(" ", "minutes")
    # Nobody knows the language of the words; only the page's own are English.
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}; form-action \'none\'">\n'
        '<meta name="referrer" content="no-referrer">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<meta name="generator" content="Headwater {__version__}">\n'
        f"<title>{title}</title>\n<style>{PAGE_STYLE}</style>\n</head>\n<body>\n<main>\n"
        + (f'<h1 lang="" dir="auto">{title}</h1>\n' if has_title else "")
        + articles
        + f"<footer>Exported from Headwater {__version__}, {escape(exported)}</footer>\n"
        "</main>\n</body>\n</html>\n"
    )


def _article(turn: Turn, number: int, level: int) -> str:
    question, answer = turn.question, turn.answer
    citations = CitationList(answer.sources)
    parts = [f'<h{level} lang="" dir="auto">{escape(heading_of(question))}</h{level}>']
    if text := text_under_heading(question):
        lines = escape("\n".join(text_guard.plain_lines(text)))
        parts.append(f'<p class="question" lang="" dir="auto">{lines}</p>')
    if files := files_line(question):
        parts.append(f'<p class="facts" dir="auto">{escape(files)}</p>')
    parts.append(f'<p class="facts">{escape(facts_line(turn))}</p>')
    text = _BlockWriter(citations, number, level).html(answer.text)
    parts.append(f'<div lang="">\n{text}</div>')
    if state := state_line(answer):
        parts.append(f'<p class="state" dir="auto">{escape(state)}</p>')
    level = min(level + 1, _DEEPEST_HEADING)
    for heading, listings, anchors in (
        ("Sources", citations.cited, True),
        ("Also found", citations.also_found, False),
    ):
        if listings:
            rows = "".join(
                _row(listing, _anchor(number, listing.id) if anchors else "")
                for listing in listings
            )
            parts.append(f"<h{level}>{heading}</h{level}>")
            parts.append(f'<ul class="sources">\n{rows}</ul>')
    return "<article>\n" + "\n".join(parts) + "\n</article>\n"


def _row(listing: Listing, anchor: str) -> str:
    title = f'<span lang="" dir="auto">{escape(listing.title)}</span>'
    if listing.href:
        title = _opening_link(listing.href) + title + "</a>"
    facts = [
        f'<span class="facts">{escape(f)}</span>' for f in (listing.facts, listing.address) if f
    ]
    named = f' id="{anchor}"' if anchor else ""
    mark = f'<span class="number">[{escape(listing.id)}]</span>'
    return f"<li{named}>{mark}{' · '.join((title, *facts))}</li>\n"


def _anchor(number: int, mark_id: str) -> str:
    return escape(f"a{number}-{mark_id}", quote=True)


def _opening_link(href: str) -> str:
    return f'<a href="{escape(href, quote=True)}" rel="noopener noreferrer">'


class _BlockWriter:
    """Writes the blocks of one answer; `open` are the quotes and items that stand open."""

    def __init__(self, citations: CitationList, number: int, level: int) -> None:
        self._citations = citations
        self._number = number
        self._level = level
        self._out: list[str] = []
        self._open: tuple[Container, ...] = ()
        self._table = 0

    def html(self, markdown: str) -> str:
        """Return the answer's Markdown as HTML."""
        for block in leaves(markdown):
            if self._table and block.group != self._table:
                self._end_table()
            self._move_to(block.containers)
            self._put(block)
        self._end_table()
        self._move_to(())
        return "".join(self._out)

    def _end_table(self) -> None:
        if self._table:
            self._out.append("</tbody></table>\n")
            self._table = 0

    def _move_to(self, wanted: tuple[Container, ...]) -> None:
        """Close what does not hold the next block and open what does."""
        was, self._open = self._open, wanted
        same = 0
        while same < min(len(was), len(wanted)) and was[same] == wanted[same]:
            same += 1
        for depth in range(len(was) - 1, same, -1):
            self._out.append(_end_of(was[depth]))
        follows = False
        if same < len(was):
            follows = same < len(wanted) and _goes_on(was[same], wanted[same])
            self._out.append("</li>\n" if follows else _end_of(was[same]))
        for depth in range(same, len(wanted)):
            self._out.append("<li>" if follows else _start_of(wanted[depth]))
            follows = False

    def _put(self, block: Block) -> None:
        match block.kind:
            case Kind.PARAGRAPH:
                box, text = task_of(block)
                if text or box:
                    self._out.append(f'<p dir="auto">{_BOXES[box]}{self._inline(text)}</p>\n')
            case Kind.HEADING:
                level = min(block.level + self._level, _DEEPEST_HEADING)
                self._out.append(f'<h{level} dir="auto">{self._inline(block.text)}</h{level}>\n')
            case Kind.RULE:
                self._out.append("<hr>\n")
            case Kind.CODE:
                self._out.append(f'<pre dir="ltr"><code>{_coloured(block)}</code></pre>\n')
            case Kind.TABLE:
                self._table = block.group
                self._out.append(f"<table><thead>{self._row(block, 'th')}</thead><tbody>\n")
            case _:
                self._out.append(self._row(block, "td"))

    def _row(self, block: Block, tag: str) -> str:
        cells = "".join(
            f'<{tag} dir="auto"{_class(align)}>{self._inline(cell)}</{tag}>'
            for cell, align in zip(block.cells, block.aligns, strict=True)
        )
        return f"<tr>{cells}</tr>\n"

    def _inline(self, markdown: str) -> str:
        return "".join(self._piece(p) for p in inline_pieces(markdown, self._citations.known))

    def _piece(self, piece: Piece) -> str:
        match piece.kind:
            case PieceKind.TEXT:
                return escape(piece.text)
            case PieceKind.CODE:
                return f"<code>{escape(piece.text)}</code>"
            case PieceKind.SPACE:
                return " "
            case PieceKind.BREAK:
                return "<br>"
            case PieceKind.MARK:
                self._citations.cite(piece.text)
                anchor = _anchor(self._number, piece.text)
                return f'<a class="mark" href="#{anchor}">[{escape(piece.text)}]</a>'
            case PieceKind.OPEN:
                return _opening_link(piece.href) if piece.tag == "a" else f"<{piece.tag}>"
            case PieceKind.CLOSE:
                return f"</{piece.tag}>"


def _goes_on(one: Container, other: Container) -> bool:
    """Whether two items that follow each other belong to one list."""
    if not isinstance(one, Item) or not isinstance(other, Item):
        return False
    if one.number is None or other.number is None:
        return one.number is other.number
    return other.number == one.number + 1


def _start_of(container: Container) -> str:
    if not isinstance(container, Item):
        return "<blockquote>\n"
    if container.number is None:
        return "<ul>\n<li>"
    start = f' start="{container.number}"' if container.number != 1 else ""
    return f"<ol{start}>\n<li>"


def _end_of(container: Container) -> str:
    if not isinstance(container, Item):
        return "</blockquote>\n"
    return "</li>\n</ul>\n" if container.number is None else "</li>\n</ol>\n"


def _class(align: str) -> str:
    return f' class="{align}"' if align else ""


def _coloured(block: Block) -> str:
    return "".join(
        f'<span class="{look}">{escape(piece)}</span>' if look else escape(piece)
        for piece, look in coloured_code(block.text, block.info)
    )
