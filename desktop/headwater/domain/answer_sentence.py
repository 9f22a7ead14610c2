"""The sentences of an answer as they are compared: plain words, and the pages that they cite."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import unescape

from headwater.domain import text_guard
from headwater.domain.answer import Answer
from headwater.domain.block import Block, Item, Kind
from headwater.domain.blocks import each_block
from headwater.domain.citations import find_marks, formula_spans, sources_by_id, split_sentences
from headwater.domain.code_span import code_spans
from headwater.domain.page_address import page_address
from headwater.domain.source import Source

_VERBATIM = "\ufdd0"  # stands for code or a formula: `text_guard` leaves neither in foreign text
_MARK = "\ufdd1"
_SPECIAL = re.compile(r"[\\`*_~\[\]&$【]|  |\s\Z|\A\s")
_STANDS = f"{_VERBATIM}{_MARK}"
_STAND_IN = re.compile(f"[{_STANDS}]")
_LINK = re.compile(
    rf"!?\[([^\[\]]{{0,300}})\]\("
    rf"(?:<[^<>{_STANDS}]{{0,2048}}>|(?:[^()\s{_STANDS}]|\([^()\s{_STANDS}]{{0,300}}\)){{0,2048}})"
    rf"(?:\s{{1,8}}(?:\"[^\"{_STANDS}]{{0,300}}\"|'[^'{_STANDS}]{{0,300}}'))?\)"
)
_MARKUP = re.compile(
    r"\\(?P<kept>[!-/:-@\[-`{-~])|\*\*|~~|(?<!\w)[*_]{1,3}(?=\S)|(?<=\S)[*_]{1,3}(?!\w)"
)
_CELL_SIGN = " | "


@dataclass(frozen=True, slots=True)
class SentenceMark:
    """A mark `[id]` at `text[at]` of its sentence; `page` is what it is compared by."""

    at: int
    id: str
    page: str


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence, a line of code, a row of a table or a formula (`kind` is that of its block).

    `text` has neither marks nor Markdown; formulas are TeX with their delimiters. `lead` is the
    bullet or number in front of it. `begins` says that a block begins here.
    """

    text: str
    marks: tuple[SentenceMark, ...] = ()
    kind: Kind = Kind.PARAGRAPH
    lead: str = ""
    begins: bool = False

    @property
    def pages(self) -> frozenset[str]:
        """The pages that it cites."""
        return frozenset(mark.page for mark in self.marks)

    @property
    def key(self) -> str:
        """What two sentences share that are the same: their words, and which pages they cite.

        In which order, where in the sentence and by which numbers it cites them is left out.
        """
        return "\n".join((self.text, *sorted(self.pages))) if self.marks else self.text


def page_of(source: Source) -> str:
    """Return what tells a source's page from others: address, else title, else its number."""
    return page_address(source.url) or source.title.strip() or f"[{source.id}]"


def answer_sentences(answer: Answer) -> Iterator[Sentence]:
    """Yield the sentences of an answer, in order and each at most some 6,000 characters long.

    Where the links in the text lead is left out; so are rules and empty lines.
    """
    for sentences in sentences_by_block(answer):
        yield from sentences


def sentences_by_block(answer: Answer) -> Iterator[list[Sentence]]:
    """Yield what `answer_sentences` does block by block, also of a block that has none."""
    pages = {
        known_id: page_of(source) for known_id, source in sources_by_id(answer.sources).items()
    }
    is_gap = True  # before a line of code
    for block in each_block(answer.text):
        if block.kind is Kind.CODE_LINE:
            line = text_guard.code(block.text).rstrip()
            yield [Sentence(line, kind=block.kind, begins=is_gap)] if line else []
            is_gap = not line
        else:
            yield list(_of_block(block, pages))
            is_gap = True


def _of_block(block: Block, pages: Mapping[str, str]) -> Iterator[Sentence]:
    match block.kind:
        case Kind.FORMULA:
            tex = text_guard.prose(block.text + block.info).strip()
            yield Sentence(tex, kind=block.kind, begins=True)
        case Kind.TABLE | Kind.ROW:
            if (row := _row(block, pages)).text:
                yield row
        case Kind.PARAGRAPH | Kind.HEADING:
            lead = _lead(block)
            begins = not block.continues
            for text, marks in _sentences(block.text, pages):
                yield Sentence(text, marks, block.kind, lead, begins)
                lead, begins = "", False
        case _:
            pass


def _lead(block: Block) -> str:
    signs = [
        "•" if container.number is None else f"{container.number}."
        for container in block.containers[block.fresh :]
        if isinstance(container, Item)
    ]
    return " ".join(signs)


def _row(block: Block, pages: Mapping[str, str]) -> Sentence:
    """Return a row of a table as one sentence, also where a cell has several."""
    text = ""
    marks: list[SentenceMark] = []
    for number, cell in enumerate(block.cells):
        text += _CELL_SIGN if number else ""
        for inner, inner_marks in _sentences(cell, pages):
            text += " " if text and not text.endswith(" ") else ""
            marks += (SentenceMark(len(text) + m.at, m.id, m.page) for m in inner_marks)
            text += inner
    return Sentence(text, tuple(marks), block.kind, begins=block.kind is Kind.TABLE)


def _sentences(
    markdown: str, pages: Mapping[str, str]
) -> Iterator[tuple[str, tuple[SentenceMark, ...]]]:
    """Yield the plain sentences of a run of Markdown with their marks."""
    run = text_guard.prose(markdown.replace("\\\n", "\n"))
    if _SPECIAL.search(run) is None:
        for start, end in split_sentences(run, ()):
            if start < end:
                yield run[start:end], ()
        return
    veiled, verbatim, marks = _veiled(run, pages)
    veiled = _LINK.sub(r"\1", veiled) if "](" in veiled else veiled
    places = [found.start() for found in re.finditer(_MARK, veiled)]
    at_verbatim = at_mark = 0
    for start, end in split_sentences(veiled, [(place, place + 1) for place in places]):
        piece = veiled[start:end]
        codes, ids = piece.count(_VERBATIM), piece.count(_MARK)
        inner = verbatim[at_verbatim : at_verbatim + codes]
        found = _plain(piece, inner, marks[at_mark : at_mark + ids])
        at_verbatim += codes
        at_mark += ids
        if found[0] or found[1]:
            yield found


def _veiled(
    run: str, pages: Mapping[str, str]
) -> tuple[str, list[str], list[tuple[tuple[str, str], ...]]]:
    """Return `run` with a stand-in for each code span, formula and mark, and what they stand for.

    Of a mark that is the id and the page of each source.
    """
    stands: list[tuple[int, int, str | tuple[tuple[str, str], ...]]] = []
    codes = code_spans(run)
    for start, end in codes:
        stands.append((start, end, run[start:end].strip("`").strip()))
    stands += ((start, end, run[start:end]) for start, end in formula_spans(run))
    starts = iter((*codes, (len(run), len(run))))
    code = next(starts)
    for mark in find_marks(run):
        while code[1] <= mark.start:
            code = next(starts)
        is_text = code[0] < mark.start or run[mark.start - 1 : mark.start] == "\\"
        if is_text or (mark.is_foreign and any(mark_id not in pages for mark_id in mark.ids)):
            continue
        cited = tuple((mark_id, pages.get(mark_id, f"[{mark_id}]")) for mark_id in mark.ids)
        stands.append((mark.start, mark.end, cited))
    verbatim: list[str] = []
    marks: list[tuple[tuple[str, str], ...]] = []
    kept: list[str] = []
    at = 0
    for start, end, what in sorted(stands, key=lambda stand: stand[0]):
        if start < at:
            continue
        kept.append(run[at:start])
        if isinstance(what, str):
            kept.append(_VERBATIM)
            verbatim.append(what)
        else:
            kept.append(_MARK)
            marks.append(what)
        at = end
    kept.append(run[at:])
    return "".join(kept), verbatim, marks


def _plain(
    piece: str, verbatim: list[str], marks: list[tuple[tuple[str, str], ...]]
) -> tuple[str, tuple[SentenceMark, ...]]:
    """Return a veiled sentence without Markdown, with its code and formulas, and its marks."""
    piece = _MARKUP.sub(lambda found: found["kept"] or "", piece)
    text = ""
    cited: list[SentenceMark] = []
    codes, sources = iter(verbatim), iter(marks)
    start = 0
    for found in (*_STAND_IN.finditer(piece), None):
        words = piece[start : found.start() if found else len(piece)]
        text += text_guard.prose(unescape(words)) if "&" in words else words
        text = text if text.strip() else ""
        if found is None:
            break
        start = found.end()
        if found.group() == _VERBATIM:
            text += next(codes)
            continue
        # The space before a mark goes with it, unless it would join two words.
        if not piece[start : start + 1].isalnum():
            text = text.rstrip(" ")
        cited += (SentenceMark(len(text), mark_id, page) for mark_id, page in next(sources))
    text = text.rstrip()
    begin = len(text) - len(text.lstrip())
    return text[begin:], tuple(
        SentenceMark(min(max(mark.at - begin, 0), len(text) - begin), mark.id, mark.page)
        for mark in cited
    )
