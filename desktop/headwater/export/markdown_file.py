r"""An excerpt as Markdown (CommonMark with GitHub's tables and footnotes).

The blocks are written anew from what the window shows and every text is escaped, so that nothing
reads otherwise elsewhere: HTML stays text, no link definition or footnote of an answer takes the
place of ours, and a picture is a link that nobody loads by opening the file.

A footnote is called as the text calls its source, `[^3]` for `[3]`. Where several answers of a
conversation cite, the second one's are `[^2-3]`, because a file has each footnote once.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from headwater.domain import text_guard
from headwater.domain.block import Block, Container, Item, Kind
from headwater.domain.conversation import Turn
from headwater.export.citation_list import CitationList, Listing
from headwater.export.excerpt import (
    Excerpt,
    facts_line,
    files_line,
    heading_of,
    state_line,
    text_under_heading,
)
from headwater.export.inline_text import Piece, PieceKind, inline_pieces, plain_words
from headwater.export.leaf import leaves, task_of

_ASCII_MARKS = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"
_ESCAPED = re.compile(
    r"\\(?=[" + re.escape(_ASCII_MARKS) + r"]|$)"  # would escape what follows, or break the line
    r"|[*`\[\]<~]"
    r"|(?<![^\W_])_|_(?![^\W_])"  # within a word it is a letter
    r"|&(?=#|[A-Za-z])"
    r"|!$"  # a link may follow
    r"|:(?=//)"  # the address was refused and may not become a link elsewhere
)
# What would begin a block at the beginning of a line.
_BLOCK_START = re.compile(
    r"(?P<number>[0-9]{1,9})(?=[.)](?:\s|$))|#{1,6}(?=\s|$)|[-+](?=\s|$)|>|=+\s*$|-[-\s]*$"
    r"|[|:-][|:\-\s]*$"
)
_LANGUAGE = re.compile(r"[\w+#.-]{1,40}")
_DEEPEST_HEADING = 6
_DELIMITER_ROWS = {"left": ":--", "center": ":-:", "right": "--:", "": "---"}


def markdown_text(excerpt: Excerpt) -> str:
    """Return the whole file."""
    has_title = excerpt.has_own_title
    parts = [f"# {_line(excerpt.title)}"] if has_title else []
    citing = 0
    for number, turn in enumerate(excerpt.turns, 1):
        prefix = f"{number}-" if citing else ""
        parts.append(_turn(turn, 2 if has_title else 1, prefix))
        citing += "\n[^" in parts[-1]
    return "\n\n".join(part for part in parts if part) + "\n"


def _turn(turn: Turn, level: int, prefix: str) -> str:
    question, answer = turn.question, turn.answer
    citations = CitationList(answer.sources)
    writer = _BlockWriter(citations, prefix, level)
    parts = [f"{'#' * level} {_line(heading_of(question))}"]
    if text := text_under_heading(question):
        quoted = [f"> {_line(line)}".rstrip() for line in text_guard.plain_lines(text)]
        # A line end of the question is one here, too.
        parts.append("\n".join(_broken(quoted)))
    if files := files_line(question):
        parts.append(_line(files))
    parts += [f"*{_line(facts_line(turn))}*", writer.text(answer.text)]
    if state := state_line(answer):
        parts.append(f"**{_line(state)}**")
    parts.append("\n".join(f"[^{prefix}{s.id}]: {_listing(s)}" for s in citations.cited))
    if also := citations.also_found:
        parts.append("Also found:")
        parts.append("\n".join(f"- {_line(f'[{s.id}]')} {_listing(s)}" for s in also))
    return "\n\n".join(part for part in parts if part)


def _broken(lines: list[str]) -> Iterable[str]:
    for line, following in zip(lines, [*lines[1:], ">"], strict=True):
        yield line if ">" in (line, following) else line + "\\"


def _listing(listing: Listing) -> str:
    title = _line(listing.title)
    linked = f"[{title}](<{listing.href}>)" if listing.href else title
    return ", ".join(filter(None, (linked, _line(listing.facts), _line(listing.address))))


def _line(text: str) -> str:
    """Return a line of plain text so that it is read as it is."""
    return _not_a_block(_escaped(text))


def _escaped(text: str) -> str:
    return _ESCAPED.sub(lambda found: "\\" + found.group(), text)


def _not_a_block(line: str) -> str:
    start = _BLOCK_START.match(line)
    if start is None:
        return line
    at = start.end("number") if start["number"] else 0
    return f"{line[:at]}\\{line[at:]}"


class _BlockWriter:
    """Writes the blocks of one answer, each line with the quotes and indents it stands in."""

    def __init__(self, citations: CitationList, prefix: str, level: int) -> None:
        self._citations = citations
        self._prefix = prefix
        self._level = level
        self._lines: list[str] = []
        self._markers: dict[int, str] = {}  # of each list item that is open, by its id
        self._last: tuple[Container, ...] = ()
        self._ending: list[str] = []  # the bullet or the point of the last list on each depth
        self._held: Block | None = None  # begins an item whose text is the next block

    def text(self, markdown: str) -> str:
        """Return the answer's Markdown, written anew."""
        for block in leaves(markdown):
            if block.kind is Kind.PARAGRAPH and not block.text:
                self._flush()
                self._held = block
                continue
            if self._held is not None and self._held.containers == block.containers:
                fresh = self._held.fresh
                self._held = None
            else:
                self._flush()
                fresh = block.fresh
            self._put(block, fresh)
        self._flush()
        return "\n".join(self._lines)

    def _flush(self) -> None:
        if self._held is not None:
            held, self._held = self._held, None
            self._put(held, held.fresh)

    def _put(self, block: Block, fresh: int) -> None:
        own = self._inner_lines(block)
        containers = block.containers
        for depth in range(fresh, len(containers)):
            self._name_item(containers, depth)
        first = "".join(
            self._sign(container, is_first=depth >= fresh)
            for depth, container in enumerate(containers)
        )
        rest = "".join(self._sign(container, is_first=False) for container in containers)
        is_tight = fresh < len(containers) and not block.gap and self._last and own != [""]
        if self._lines and block.kind is not Kind.ROW and not is_tight:
            shared = _shared(self._last, containers[:fresh])
            blank = "".join(self._sign(container, is_first=False) for container in shared)
            self._lines.append(blank.rstrip())
        self._lines.append((first + own[0]).rstrip(" ") if not own[0] else first + own[0])
        self._lines += [(rest + line) if line else rest.rstrip() for line in own[1:]]
        self._last = containers

    def _name_item(self, containers: tuple[Container, ...], depth: int) -> None:
        """Choose the sign of a list item; one that does not go on counting is of another list."""
        item = containers[depth]
        if not isinstance(item, Item):
            return
        before = self._last[depth] if depth < len(self._last) else None
        was = self._markers.get(before.id, "") if isinstance(before, Item) else ""
        if item.number is None:
            self._markers[item.id] = "-"
            return
        goes_on = isinstance(before, Item) and before.number == item.number - 1
        point = "." if not was or not was[0].isdigit() else was[-1]
        if not goes_on and was[:1].isdigit():
            point = ")" if was[-1] == "." else "."
        self._markers[item.id] = f"{item.number}{point}"

    def _sign(self, container: Container, *, is_first: bool) -> str:
        if not isinstance(container, Item):
            return "> "
        marker = self._markers[container.id]
        return f"{marker} " if is_first else " " * (len(marker) + 1)

    def _inner_lines(self, block: Block) -> list[str]:
        match block.kind:
            case Kind.PARAGRAPH:
                box, text = task_of(block)
                lines = self._inline(text).split("\n")
                lines = [_not_a_block(line) for line in lines]
                return [f"{box} {lines[0]}".lstrip(), *lines[1:]]
            case Kind.HEADING:
                level = min(block.level + self._level, _DEEPEST_HEADING)
                text = self._inline(block.text).replace("\\\n", " ").replace("\n", " ")
                if text.endswith("#"):
                    text = text[:-1] + "\\#"
                return [f"{'#' * level} {text}".rstrip()]
            case Kind.RULE:
                return ["***"]
            case Kind.CODE:
                return _fenced(block)
            case Kind.TABLE:
                aligns = " | ".join(_DELIMITER_ROWS[align] for align in block.aligns)
                return [self._row(block.cells), f"| {aligns} |"]
            case _:
                return [self._row(block.cells)]

    def _row(self, cells: Iterable[str]) -> str:
        written = (self._inline(cell).replace("\\\n", " ").replace("\n", " ") for cell in cells)
        return "| " + " | ".join(cell.replace("|", "\\|") for cell in written) + " |"

    def _inline(self, markdown: str) -> str:
        pieces = inline_pieces(markdown, self._citations.known)
        out: list[str] = []
        index = 0
        while index < len(pieces):
            piece = pieces[index]
            if piece.kind is PieceKind.OPEN and piece.tag == "a":
                end = index + 1
                while pieces[end].kind is not PieceKind.CLOSE or pieces[end].tag != "a":
                    end += 1
                out.append(_link(piece.href, pieces[index + 1 : end], self._piece))
                index = end + 1
                continue
            written = self._piece(piece)
            if out and out[-1].startswith("[^") and written[:1] in (":", "("):
                written = "\\" + written  # neither a footnote's text nor the target of a link
            out.append(written)
            index += 1
        return "".join(out).strip(" ")

    def _piece(self, piece: Piece) -> str:
        match piece.kind:
            case PieceKind.TEXT:
                return _escaped(piece.text)
            case PieceKind.CODE:
                return _code_span(piece.text)
            case PieceKind.SPACE:
                return "\n"
            case PieceKind.BREAK:
                return "\\\n"
            case PieceKind.MARK:
                self._citations.cite(piece.text)
                return f"[^{self._prefix}{piece.text}]"
            case PieceKind.OPEN | PieceKind.CLOSE:
                return piece.delimiter


def _link(href: str, inner: list[Piece], write: Callable[[Piece], str]) -> str:
    if plain_words(inner) == href:
        return f"<{href}>"
    return f"[{''.join(write(piece) for piece in inner)}](<{href}>)"


def _code_span(text: str) -> str:
    if not text.strip():
        return text
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * (longest + 1)
    pad = " " if text[0] in " `" or text[-1] in " `" else ""
    return f"{fence}{pad}{text}{pad}{fence}"


def _fenced(block: Block) -> list[str]:
    longest = max((len(run) for run in re.findall("`{3,}", block.text)), default=2)
    fence = "`" * (longest + 1)
    language = block.info if _LANGUAGE.fullmatch(block.info) else ""
    return [fence + language, *(block.text.split("\n") if block.text else []), fence]


def _shared(one: tuple[Container, ...], other: tuple[Container, ...]) -> tuple[Container, ...]:
    count = 0
    while count < min(len(one), len(other)) and one[count] == other[count]:
        count += 1
    return one[:count]
