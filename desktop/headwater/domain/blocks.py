r"""Cuts growing Markdown into blocks that are settled and a tail that may still change.

The block structure of CommonMark 0.31 and of GFM tables, line by line: a line first continues the
open containers (quotes, list items), then may start new ones, then belongs to a leaf. A block is
handed out as soon as no later text can change it: a line of code when it ends, a row of a table, a
paragraph when something else begins. So each character is looked at a bounded number of times.

A line that begins with `$$` or `\[` may begin a formula, which ends with a line that ends with `$$`
or `\]`. The lines between are tried as that on a copy; if a blank line, the end of the container or
too much text comes first, they are taken once more as ordinary lines.

Departures from the standard, all on purpose: no link reference definitions (a text may not say
where its marks lead), a footnote (`[^1]: ...`) is a paragraph of its own, HTML is ordinary text, a
line of more than about 2,000 characters is only ever text or code, and a paragraph of that length
is cut at the end of a sentence.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from headwater.domain.block import Block, Item, Kind, Quote
from headwater.domain.line_cursor import LineCursor
from headwater.domain.open_block import (
    FORMULA_START,
    OpenCode,
    OpenContainer,
    OpenFormula,
    OpenParagraph,
    OpenTable,
)
from headwater.domain.table_row import aligns_of, split_row
from headwater.domain.text_piece import LONGEST_PIECE, PIECE, cut_of, is_balanced

_FED = 8192  # characters at a time
_LONGEST_HEAD = 400  # characters of a line that is held back because it may head a table
_DEEPEST = 24  # containers; what is nested deeper is text

_LINE_END = re.compile(r"\r\n|\n|\r(?!\Z)")
_ANY_LINE_END = re.compile(r"\r\n?|\n")
_HEADING = re.compile(r"(#{1,6})(?:[ \t]+|$)")
_RULE = re.compile(r"(?:(?:\*[ \t]*){3,}|(?:_[ \t]*){3,}|(?:-[ \t]*){3,})$")
_UNDERLINE = re.compile(r"(?:=+|-+)[ \t]*$")
_FENCE = re.compile(r"`{3,}(?=[^`]*$)|~{3,}")
_NOTE = re.compile(r"\[\^[^\]\s]{1,32}\]:[ \t]")
_BULLET = re.compile(r"[*+-](?=[ \t]|$)")
_NUMBER = re.compile(r"([0-9]{1,9})([.)])(?=[ \t]|$)")
_MAY_BEGIN_FORMULA = re.compile(r"[ \t>*+0-9.)-]*(?:\\\[|\$\$(?!\$))")
# A line of which only this has come may yet turn out to be anything.
_UNDECIDED_LENGTH = 64
_UNDECIDED = re.compile(
    r"[ \t>]*+(?:[-+*_=~`#|: \t]*+[$\\]?|[0-9]{1,9}[.)]?[ \t]*|\[\^?[^\]\s]{0,32}\]?)$"
)
_UNDECIDED_FENCE = re.compile(r"[ \t>]*+(?:`+|~+)[ \t]*$")


class BlockSplitter:
    """Takes text as it comes: `feed` returns what is settled, `tail` what the rest looks like."""

    def __init__(self) -> None:
        self._partial = ""
        self._in_line = False  # the beginning of an overlong line was taken already
        self._frames: list[OpenContainer] = [OpenContainer()]
        self._leaf: OpenParagraph | OpenCode | OpenTable | OpenFormula | None = None
        self._is_trial = False
        self._trial: BlockSplitter | None = None  # has read the lines `_tried` as a formula
        self._tried: list[tuple[str, str]] = []
        self._out: list[Block] = []
        self._gap = False
        self._last_id = 0
        self._line = LineCursor("")

    @property
    def is_in_code(self) -> bool:
        """Whether the last whole line was code, or opened it."""
        return isinstance(self._leaf, OpenCode)

    def feed(self, text: str) -> list[Block]:
        """Return the blocks that `text` settles, in order; they never change again."""
        return self._take(self._partial + text, _LINE_END)

    def tail(self) -> list[Block]:
        """Return the blocks that the open rest would make if the text ended here.

        A beginning that could yet become anything (`1.`, `**`, `|--`, the head of a table) is
        held back.
        """
        return (self._trial or self)._copy()._end_here(self._partial)  # noqa: SLF001 - another of us

    def _end_here(self, partial: str) -> list[Block]:
        """Return what `partial` and the open leaf come to; only a copy is asked."""
        if self._is_trial:
            self._end_formula_here(partial)
            return self._out
        is_in_code = isinstance(self._leaf, OpenCode)
        matched = _UNDECIDED_FENCE.match if is_in_code else _UNDECIDED.match
        partial = partial.rstrip("\r")
        is_decided = self._in_line or len(partial) > _UNDECIDED_LENGTH
        if partial and (is_decided or not matched(partial)):
            self._take_line(partial, "", is_whole=True)
        if self._trial is not None:
            return self._trial._end_here("")  # noqa: SLF001
        if isinstance(self._leaf, OpenParagraph) and _may_become_table(self._leaf):
            self._leaf.lines = self._leaf.lines[:-1]
        self._close_leaf(is_final=False)
        self._close_frames(1)
        return self._out

    def finish(self) -> list[Block]:
        """Return what is left; afterwards the splitter is used up."""
        out = self._take(self._partial, _ANY_LINE_END)
        if self._partial or self._in_line:
            self._take_line(self._partial, "", is_whole=True)
            self._partial = ""
        if self._trial is not None:
            self._give_up_formula()
        self._close_leaf()
        self._close_frames(1)
        out += self._out
        self._out = []
        return out

    def _take(self, data: str, line_end: re.Pattern[str]) -> list[Block]:
        start = 0
        for end in line_end.finditer(data):
            self._take_pieces(data[start : end.start()], end.group())
            start = end.end()
        self._partial = data[start:]
        if len(self._partial) > PIECE:
            bare = self._partial.removesuffix("\r")
            self._partial = self._take_pieces(bare, None) + self._partial[len(bare) :]
        out, self._out = self._out, []
        return out

    def _take_pieces(self, line: str, ending: str | None) -> str:
        """Take `line`; without `ending` only the pieces that cannot change, returning the rest."""
        while (cut := cut_of(line)) is not None:
            self._take_line(line[:cut], "", is_whole=False)
            line = line[cut:]
        if ending is None:
            return line
        self._take_line(line, ending, is_whole=True)
        return ""

    def _take_line(self, text: str, ending: str, *, is_whole: bool) -> None:
        if self._trial is not None:
            if is_whole and self._trial._continue_formula(text):  # noqa: SLF001
                self._tried.append((text, ending))
                self._adopt_formula()
                return
            self._give_up_formula()
        if is_whole and not self._in_line and self._begin_formula(text, ending):
            return
        self._take_ordinary_line(text, ending, is_whole=is_whole)

    def _take_ordinary_line(self, text: str, ending: str, *, is_whole: bool) -> None:
        if self._in_line:
            self._go_on(text, ending, is_whole=is_whole)
        else:
            self._begin(text, ending, is_long=not is_whole)
        self._in_line = not is_whole

    def _go_on(self, text: str, ending: str, *, is_whole: bool) -> None:
        """Add a further piece of an overlong line to the leaf that its beginning went to."""
        if isinstance(self._leaf, OpenCode):
            self._emit_blanks(self._leaf)
            if text or ending:
                self._emit(
                    Kind.CODE_LINE, text, group=self._leaf.group, info=ending, continues=True
                )
            return
        if not isinstance(self._leaf, OpenParagraph):
            self._leaf = OpenParagraph(parts=1)
        if text:
            self._leaf.lines += (text,)
            self._leaf.size += len(text)
        self._leaf.may_head_table = False
        if not is_whole:
            self._settle_piece(self._leaf)

    # A formula, which is one only when its end has come.

    def _begin_formula(self, text: str, ending: str) -> bool:
        """Whether the line begins, or is, a formula."""
        if not _MAY_BEGIN_FORMULA.match(text):
            return False
        trial = self._copy()
        trial._is_trial = True  # noqa: SLF001
        trial._begin(text, ending, is_long=False)  # noqa: SLF001
        if not isinstance(trial._leaf, OpenFormula):  # noqa: SLF001
            return False
        self._trial, self._tried = trial, [(text, ending)]
        self._adopt_formula()
        return True

    def _adopt_formula(self) -> None:
        """Become what has been tried if the formula is whole."""
        trial = self._trial
        if trial is None or not isinstance(trial._leaf, OpenFormula) or not trial._leaf.closing:  # noqa: SLF001
            return
        trial._emit_formula(trial._leaf)  # noqa: SLF001
        self._frames, self._leaf, self._gap = trial._frames, None, False  # noqa: SLF001
        self._last_id = trial._last_id  # noqa: SLF001
        self._out += trial._out  # noqa: SLF001
        self._trial, self._tried = None, []

    def _give_up_formula(self) -> None:
        tried, self._trial, self._tried = self._tried, None, []
        for text, ending in tried:
            self._take_ordinary_line(text, ending, is_whole=True)

    def _continue_formula(self, text: str) -> bool:
        """Take a further line, or its end; only a trial is asked."""
        self._line = LineCursor(text)
        leaf = self._leaf
        if not isinstance(leaf, OpenFormula) or self._match_containers() < len(self._frames):
            return False
        if self._line.is_blank:
            return False
        return leaf.add(self._line.rest)

    def _end_formula_here(self, partial: str) -> None:
        if partial.strip(" \t>"):
            self._continue_formula(partial)
        if isinstance(self._leaf, OpenFormula):
            self._emit_formula(self._leaf)
        self._close_frames(1)

    def _emit_formula(self, leaf: OpenFormula) -> None:
        self._emit(
            Kind.FORMULA, leaf.opening + "\n".join(leaf.lines), info=leaf.closing, gap=leaf.gap
        )

    # One line: containers first, then new starts, then text.

    def _begin(self, text: str, ending: str, *, is_long: bool) -> None:
        self._line = LineCursor(text)
        leaf = self._leaf
        is_bare = len(self._frames) == 1 and not is_long
        if is_bare and isinstance(leaf, OpenTable) and text.startswith("|"):
            self._emit_row(leaf)  # nothing else begins so
            return
        matched = self._match_containers()
        all_matched = matched == len(self._frames)
        if (
            isinstance(leaf, OpenCode)
            and all_matched
            and self._continue_code(leaf, ending, is_long)
        ):
            return
        if isinstance(leaf, OpenTable) and (not all_matched or is_long):
            leaf = None
        opened = False
        while not self._line.is_blank:
            is_continuing = all_matched and not opened and isinstance(leaf, OpenParagraph)
            if self._line.indent >= 4:
                if opened or not isinstance(leaf, OpenParagraph):
                    self._close(matched)
                    self._start_indented_code(ending)
                    return
                break
            if (
                is_continuing
                and not is_long
                and isinstance(leaf, OpenParagraph)
                and self._end_paragraph(leaf)
            ):
                return
            if not is_long and self._start_leaf(matched):
                return
            if not self._start_container(matched, is_continuing=is_continuing):
                break
            opened, all_matched, matched, leaf = True, True, len(self._frames), None
        self._add_text(matched, is_long=is_long, is_lazy=not all_matched, opened=opened)

    def _add_text(self, matched: int, *, is_long: bool, is_lazy: bool, opened: bool) -> None:
        leaf = self._leaf
        if self._line.is_blank:
            self._close(matched)
            self._close_leaf()
            self._gap = True
            return
        if isinstance(leaf, OpenParagraph) and _NOTE.match(self._line.rest):
            self._close(matched)
            leaf, is_lazy = None, False
        if isinstance(leaf, OpenTable) and not is_lazy and not opened and not is_long:
            self._emit_row(leaf)
            return
        if not isinstance(leaf, OpenParagraph) or opened:
            self._close(matched)
            self._close_leaf()
            leaf, is_lazy = OpenParagraph(gap=self._gap), False
            self._leaf = leaf
            self._touch(is_item=False)
        elif leaf.size >= PIECE:
            self._settle_piece(leaf)
        self._gap = False
        may_head = not is_lazy and not is_long and self._line.indent < 4
        line = self._line.rest
        leaf.lines += (("\n" if leaf.lines or leaf.parts else "") + line,)
        leaf.size += len(line) + 1
        leaf.may_head_table = may_head
        if is_long:
            self._settle_piece(leaf)

    def _match_containers(self) -> int:
        """Return how many frames, counting the document, the line continues."""
        for index in range(1, len(self._frames)):
            frame = self._frames[index]
            if isinstance(frame.container, Quote):
                if self._line.indent >= 4 or self._line.is_blank or self._line.first != ">":
                    return index
                _pass_quote_mark(self._line)
            elif self._line.is_blank:
                if not frame.has_child:
                    return index
                # What stands further in belongs to a line of code, even if it is white space.
                self._line.advance(min(frame.indent, self._line.indent))
            elif self._line.indent >= frame.indent:
                self._line.advance(frame.indent)
            else:
                return index
        return len(self._frames)

    def _continue_code(self, code: OpenCode, ending: str, is_long: bool) -> bool:  # noqa: FBT001
        if code.fence:
            closing = "" if is_long or self._line.indent >= 4 else self._line.rest.rstrip(" \t")
            if len(closing) >= len(code.fence) and not closing.strip(code.fence[0]):
                self._close_leaf()
                return True
            self._line.advance(min(code.offset, self._line.indent))
            self._emit(Kind.CODE_LINE, self._line.rest_with_spaces, group=code.group, info=ending)
            return True
        if self._line.is_blank:
            self._line.advance(min(4, self._line.indent))
            code.blanks = (*code.blanks, (self._line.rest_with_spaces, ending))
            self._gap = True
            return True
        if self._line.indent < 4:
            return False
        self._emit_blanks(code)
        self._gap = False
        self._line.advance(4)
        self._emit(Kind.CODE_LINE, self._line.rest_with_spaces, group=code.group, info=ending)
        return True

    def _emit_blanks(self, code: OpenCode) -> None:
        for blank, ending in code.blanks:
            self._emit(Kind.CODE_LINE, blank, group=code.group, info=ending)
        code.blanks = ()

    def _start_indented_code(self, ending: str) -> None:
        self._touch(is_item=False)
        self._line.advance(4)
        group = self._new_id()
        self._emit(Kind.CODE, group=group, gap=self._take_gap())
        self._leaf = OpenCode(group)
        self._emit(Kind.CODE_LINE, self._line.rest_with_spaces, group=group, info=ending)

    def _end_paragraph(self, paragraph: OpenParagraph) -> bool:
        """Whether the line turns the paragraph, or its last line, into something else."""
        line = self._line.rest
        first = self._line.first
        if first in "|:-" and paragraph.may_head_table and paragraph.lines:
            header = paragraph.lines[-1].strip(" \t\n")
            aligns = aligns_of(line)
            if (
                aligns
                and "|" in header
                and len(cells := split_row(header, len(aligns))) == len(aligns)
            ):
                paragraph.lines = paragraph.lines[:-1]
                self._close_leaf()
                group = self._new_id()
                self._touch(is_item=False)
                self._emit(Kind.TABLE, group=group, cells=cells, aligns=aligns, gap=paragraph.gap)
                self._leaf = OpenTable(group, len(cells), aligns)
                return True
        if first in "=-" and not paragraph.parts and _UNDERLINE.match(line):
            text = "".join(paragraph.lines).strip(" \t")
            self._leaf = None
            self._emit(Kind.HEADING, text, level=1 if first == "=" else 2, gap=paragraph.gap)
            self._gap = False
            return True
        return False

    def _start_leaf(self, matched: int) -> bool:
        line = self._line.rest
        first = line[0]
        if first == "#" and (heading := _HEADING.match(line)):
            self._close(matched)
            self._touch(is_item=False)
            self._emit(
                Kind.HEADING,
                _without_closing_marks(line[heading.end() :]),
                level=len(heading[1]),
                gap=self._take_gap(),
            )
            return True
        if first in "`~" and (fence := _FENCE.match(line)):
            self._close(matched)
            self._touch(is_item=False)
            group = self._new_id()
            info = line[fence.end() :].strip(" \t")
            self._emit(Kind.CODE, info=info, group=group, gap=self._take_gap())
            self._leaf = OpenCode(group, fence.group(), self._line.indent)
            return True
        if self._is_trial and (opening := FORMULA_START.match(line)):
            leaf = OpenFormula(opening.group(), gap=self._gap)
            if not leaf.add(line[opening.end() :]):
                return False
            self._close(matched)
            self._touch(is_item=False)
            self._leaf, leaf.gap = leaf, self._take_gap()
            return True
        if first in "*_-" and _RULE.match(line):
            self._close(matched)
            self._touch(is_item=False)
            self._emit(Kind.RULE, gap=self._take_gap())
            return True
        return False

    def _start_container(self, matched: int, *, is_continuing: bool) -> bool:
        if matched > _DEEPEST:
            return False
        line = self._line.rest
        if line[0] == ">":
            self._close(matched)
            self._touch(is_item=False)
            _pass_quote_mark(self._line)
            self._frames.append(OpenContainer(Quote(self._new_id()), is_shown=False))
            return True
        mark = _BULLET.match(line) or _NUMBER.match(line)
        if mark is None:
            return False
        start = int(mark[1]) if mark.lastindex else None
        is_empty = not line[mark.end() :].strip(" \t")
        if is_continuing and (is_empty or start not in (None, 1)):
            return False
        self._close(matched)
        self._touch(is_item=True)
        parent = self._frames[-1]
        if parent.list_mark != mark.group()[-1]:
            parent.list_mark = mark.group()[-1]
            parent.next_number = start or 0
        number = None if start is None else parent.next_number
        parent.next_number += 1
        indent = self._line.indent
        self._line.pass_mark(mark.end())
        padding = self._line.indent if 1 <= self._line.indent <= 4 and not is_empty else 1
        self._line.advance(min(padding, self._line.indent))
        self._frames.append(
            OpenContainer(
                Item(self._new_id(), number), indent + mark.end() + padding, is_shown=False
            )
        )
        return True

    # Leaves and frames: closing and handing out.

    def _close(self, matched: int) -> None:
        """Close the leaf and the frames that the line does not continue."""
        self._close_leaf()
        self._close_frames(matched)

    def _close_leaf(self, *, is_final: bool = True) -> None:
        leaf, self._leaf = self._leaf, None
        if isinstance(leaf, OpenParagraph):
            self._emit_paragraph(leaf)
        elif isinstance(leaf, OpenCode) and is_final:
            self._emit(Kind.CODE_END, group=leaf.group)

    def _close_frames(self, matched: int) -> None:
        while len(self._frames) > matched:
            if isinstance(self._frames[-1].container, Item) and not self._frames[-1].is_shown:
                self._emit(Kind.PARAGRAPH, gap=self._take_gap())
            self._frames.pop()

    def _touch(self, *, is_item: bool) -> None:
        """Note that the innermost frame gets a child, which ends its list if it is no item."""
        self._frames[-1].has_child = True
        if not is_item:
            self._frames[-1].list_mark = ""

    def _settle_piece(self, paragraph: OpenParagraph) -> None:
        text = "".join(paragraph.lines)
        if len(text) < LONGEST_PIECE and not is_balanced(text):
            return
        self._emit_paragraph(paragraph)
        paragraph.parts += 1
        paragraph.lines, paragraph.size = (), 0

    def _emit_paragraph(self, paragraph: OpenParagraph) -> None:
        text = "".join(paragraph.lines).strip(" \t\n")
        if text:
            self._emit(Kind.PARAGRAPH, text, continues=paragraph.parts > 0, gap=paragraph.gap)

    def _emit_row(self, table: OpenTable) -> None:
        cells = split_row(self._line.rest.strip(" \t"), table.columns)[: table.columns]
        cells += ("",) * (table.columns - len(cells))
        self._emit(Kind.ROW, group=table.group, cells=cells, aligns=table.aligns)

    def _emit(
        self,
        kind: Kind,
        text: str = "",
        *,
        continues: bool = False,
        gap: bool = False,
        level: int = 0,
        info: str = "",
        group: int = 0,
        cells: tuple[str, ...] = (),
        aligns: tuple[str, ...] = (),
    ) -> None:
        containers = tuple(f.container for f in self._frames if f.container is not None)
        fresh = len(containers)
        while fresh and not self._frames[fresh].is_shown:
            fresh -= 1
            self._frames[fresh + 1].is_shown = True
        if kind in (Kind.CODE, Kind.TABLE, Kind.RULE, Kind.FORMULA) and any(
            isinstance(c, Item) for c in containers[fresh:]
        ):
            self._out.append(Block(Kind.PARAGRAPH, "", containers, fresh, gap=gap))
            fresh, gap = len(containers), False
        self._out.append(
            Block(kind, text, containers, fresh, continues, gap, level, info, group, cells, aligns)
        )

    def _take_gap(self) -> bool:
        gap, self._gap = self._gap, False
        return gap

    def _new_id(self) -> int:
        self._last_id += 1
        return self._last_id

    def _copy(self) -> BlockSplitter:
        probe = BlockSplitter()
        probe._in_line = self._in_line
        probe._frames = [replace(frame) for frame in self._frames]
        probe._gap, probe._last_id = self._gap, self._last_id
        probe._leaf = replace(self._leaf) if self._leaf is not None else None
        if self._is_trial:
            probe._is_trial, probe._out = True, self._out.copy()
        return probe


def each_block(text: str) -> Iterator[Block]:
    """Yield the blocks of a whole text piece by piece, so that whoever asks may take its time."""
    splitter = BlockSplitter()
    for start in range(0, len(text), _FED):
        yield from splitter.feed(text[start : start + _FED])
    yield from splitter.finish()


def split_blocks(text: str) -> list[Block]:
    """Return the blocks of a whole text."""
    splitter = BlockSplitter()
    return splitter.feed(text) + splitter.finish()


def _may_become_table(paragraph: OpenParagraph) -> bool:
    """Whether the last line looks like the head of a table whose second line is yet to come."""
    last = paragraph.lines[-1].lstrip() if paragraph.lines else ""
    return paragraph.may_head_table and last.startswith("|") and len(last) <= _LONGEST_HEAD


def _without_closing_marks(text: str) -> str:
    text = text.strip(" \t")
    bare = text.rstrip("#")
    return bare.rstrip(" \t") if not bare or bare[-1] in " \t" else text


def _pass_quote_mark(line: LineCursor) -> None:
    line.pass_mark(1)
    if line.indent:
        line.advance(1)
