"""Inline Markdown as runs of text, each with its style; no Qt document yet."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, fields, replace
from functools import lru_cache
from operator import attrgetter
from typing import TYPE_CHECKING

from headwater.domain import text_guard
from headwater.domain.citations import find_marks
from headwater.domain.formula import find_formulas, open_formula
from headwater.domain.text_direction import has_right_to_left
from headwater.ui.formula_setting import set_formula
from headwater.ui.link import hides_host, real_host, safe_link

if TYPE_CHECKING:
    from collections.abc import Collection

    from markdown_it import MarkdownIt
    from markdown_it.rules_inline import StateInline
    from markdown_it.token import Token

    from headwater.domain.formula import Formula

PAD = "\u00a0"  # stands where a chip's brackets stood, so that both take three characters
# Whatever the inline rules act upon; text without any of it stands as it is.
_MARKUP = re.compile(r"[\\`*_~\[\]!<&$\n【]|://|  ")
# A mark that no link can begin with.
_NUMBERED = re.compile(r"\[[0-9]{1,3}(?:[,-] ?[0-9]{1,3})*\](?!\()")
_SIMPLE = re.compile(
    r"`([^`]+)`|\*\*([^*`]+)\*\*|\*([^*`]+)\*"
    r"|\[([^\[\]`*_]+)\]\((https?://[a-z0-9.-]+(?:/[A-Za-z0-9/.?=#-]*)?)\)"
)
_BRACKET_OVER_LINES = re.compile(r"\[[^\[\]\n]*\n")
_BARE_LINK = re.compile(r"https?://[^\s<>\"'`\[\]{}|\\^]{1,2048}")
_MOST_BRACKETS = 200  # in a paragraph; each may open a link, and is looked for to the end
_OPEN_LINK = re.compile(
    r"!?\[[^\[\]\n]{0,300}(?:\](?:\("
    r"(?:<[^<>\n]{0,2048}>?|(?:[^()\s]|\([^()\s]{0,300}(?:\)|\Z)){0,2048})"
    r"(?:[ \t]+(?:\"[^\"\n]{0,300}\"?|'[^'\n]{0,300}'?)?)?"
    r")?)?\Z"
)
_OPEN_MARK = re.compile(r"[\[【]\^?[0-9a-z:, –-]{0,24}(?:†[^\]】\n]{0,40})?\Z")
_OPEN_MARK_REACH = 70
_LONGEST_HELD_BACK = 120  # characters of a formula in a line that is not closed yet


@dataclass(frozen=True, slots=True)
class Style:
    """How a run looks and what it leads to.

    `mark` is the id of a citation mark, `is_known` says whether a source has it; `is_ours` marks
    characters that the text does not have and that are never copied. `formula` is the source of
    the formula that one character stands for, delimiters included, which `is_alone` if nothing
    else stands on its line; `is_source` marks one that is shown as it was written.
    """

    bold: bool = False
    italic: bool = False
    struck: bool = False
    code: bool = False
    href: str = ""
    mark: str = ""
    is_known: bool = False
    pad: str = ""  # the bracket that this end of a mark stands for
    is_ours: bool = False
    is_muted: bool = False
    formula: str = ""
    is_display: bool = False
    is_alone: bool = False
    is_source: bool = False
    _hash: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Know the hash: each run of a frame asks for the format of its style."""
        object.__setattr__(self, "_hash", hash(_values(self)))

    def __hash__(self) -> int:
        return self._hash


_values = attrgetter(*(each.name for each in fields(Style) if each.compare))
PLAIN = Style()
OURS = Style(is_ours=True)


@lru_cache(maxsize=1024)
def _styled(style: Style, **changes: bool | str) -> Style:
    """Return `style` with `changes`, which a text repeats for each of its runs."""
    return replace(style, **changes)  # type: ignore[arg-type]


@dataclass(slots=True)
class Run:
    """A piece of text in one style; not frozen, as hundreds are made in a frame."""

    text: str
    style: Style = PLAIN


def is_plain(runs: Iterable[Run]) -> bool:
    """Whether runs have no formula, nor anything that is read from right to left."""
    for run in runs:  # noqa: SIM110 - asked of every cell, and a loop takes half the time
        if run.style.formula or has_right_to_left(run.text):
            return False
    return True


def inline_runs(text: str, known: Collection[str], *, is_open: bool = False) -> list[Run]:
    """Return the runs of inline Markdown; `known` are the ids that marks may refer to.

    With `is_open` the text is still growing: what looks like the beginning of a mark, of a link or
    of bold text is not shown as the characters that it is written with.
    """
    if is_open and (growing := open_formula(text)) is not None:
        # Signs before it that begin nothing in this text stay what they are.
        before = _without_loose_markup(text[: growing.start])
        return inline_runs(before, known) + _growing_formula(growing)
    if is_open:
        text = _without_loose_markup(text)
    if _MARKUP.search(text) is None:
        return plain_runs(text_guard.prose(text).strip(" "))
    if _MARKUP.search(_NUMBERED.sub("", text)) is None:
        return list(_text(text_guard.prose(text), PLAIN, known))
    if text.count("[") > _MOST_BRACKETS:
        return list(_text(text_guard.prose(text), PLAIN, known))
    return _simple_runs(text, known) or _parsed_runs(text, known)


def _simple_runs(text: str, known: Collection[str]) -> list[Run]:
    """Return the runs of a text with nothing but plain emphasis, code, links and marks, else none.

    That is what most text of an answer is, and a tenth of the parser's time. Emphasis that begins
    and ends with a letter or a digit, and stands by itself, is so by any rule of CommonMark.
    """
    if text != text.lstrip() or "$" in text or "\\" in text:
        return []
    if "\n" in text:
        if _BRACKET_OVER_LINES.search(text) is not None:
            return []
        text = text.replace("\n", " ")
    if text != text_guard.prose(text):
        return []
    runs: list[Run] = []
    at = 0
    for found in _SIMPLE.finditer(text):
        code, bold, italic, label, url = found.groups()
        before, after = text[at : found.start()], text[found.end() : found.end() + 1]
        if not _is_bare(before) or after == found.group()[-1]:
            return []  # of two signs beside each other the parser may make something else
        runs += _text(before, PLAIN, known)
        if code is not None:
            if code != code.strip():
                return []
            runs += plain_runs(code, _styled(PLAIN, code=True))
        elif label is not None:
            link = _simple_link(label, url)
            if not link or (at and not before):
                return []
            runs += link
        else:
            words = bold or italic
            is_within_word = before[-1:].isalnum() or after.isalnum()
            if is_within_word or not (words[0].isalnum() and words[-1].isalnum()):
                return []
            if not _is_bare(words):
                return []
            style = _styled(PLAIN, bold=True) if bold else _styled(PLAIN, italic=True)
            runs += _text(words, style, known)
        at = found.end()
    if not _is_bare(text[at:]):
        return []
    return runs + list(_text(text[at:], PLAIN, known))


def _simple_link(label: str, url: str) -> list[Run]:
    """Return the runs of a link with a plain text and a plain address, none if it is no such."""
    href = safe_link(url)
    if href != url or label != label.strip() or _MARKUP.search(label) is not None:
        return []
    style = _styled(PLAIN, href=href)
    runs = plain_runs(label, style)
    if hides_host(label, href):
        runs.append(Run(f" ({real_host(href)})", _styled(style, is_muted=True)))
    return runs


def _is_bare(text: str) -> bool:
    """Whether there is no markup in it but marks that are numbers."""
    return _MARKUP.search(text) is None or _MARKUP.search(_NUMBERED.sub("", text)) is None


def _parsed_runs(text: str, known: Collection[str]) -> list[Run]:
    runs: list[Run] = []
    for token in _parser().parseInline(text):
        for run in _runs(token.children or [], known):
            if runs and runs[-1].style == run.style and not run.style.mark:
                runs[-1] = Run(runs[-1].text + run.text, run.style)
            elif run.text:
                runs.append(run)
    return runs


def plain_runs(text: str, style: Style = PLAIN) -> list[Run]:
    """Return runs that show `text` as it stands, endless words made breakable."""
    if not text:
        return []
    if len(text) < text_guard.LONGEST_WORD:
        return [Run(text, style)]
    return [
        Run(piece, _styled(style, is_ours=True) if is_break else style)
        for piece, is_break in text_guard.words(text)
        if piece
    ]


def load_markdown() -> None:
    """Have what reads Markdown ready, which takes 60 ms; may run in any thread."""
    _parser()


@lru_cache(maxsize=1)
def _parser() -> MarkdownIt:
    # Imported late: the window is on the screen before the first answer needs it.
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark", {"html": False, "maxNesting": 32})
    # A text may not say where its marks lead, so there are no reference definitions.
    parser.enable("strikethrough").disable(["reference", "html_inline"])
    # TeX has underscores, backslashes and brackets of its own, so it is taken before anything else.
    parser.inline.ruler.before("escape", "formula", _take_formula)
    # Every link is judged when it is drawn, by `safe_link` alone.
    parser.validateLink = lambda url: True  # type: ignore[method-assign] # noqa: ARG005
    return parser


def _take_formula(state: StateInline, silent: bool) -> bool:
    formula = _formulas_by_start(state.src).get(state.pos)
    if formula is None or formula.end > state.posMax:
        return False
    if not silent:
        token = state.push("formula", "math", 0)
        token.content = formula.tex
        token.meta = {"formula": formula}
        token.markup = state.src[formula.start : formula.end]
    state.pos = formula.end
    return True


@lru_cache(maxsize=4)
def _formulas_by_start(text: str) -> dict[int, Formula]:
    return {formula.start: formula for formula in find_formulas(text)}


def formula_runs(
    source: str, tex: str, style: Style = PLAIN, *, is_display: bool, is_alone: bool = False
) -> list[Run]:
    """Return a formula as one character that stands for it or, if it cannot be set, as written."""
    if set_formula(tex, is_display=is_display) is None:
        shown = text_guard.prose(source.replace("\n", text_guard.LINE) if is_display else source)
        return plain_runs(shown, Style(is_source=True, is_muted=True, struck=style.struck))
    look = _styled(PLAIN, href=style.href, struck=style.struck, is_alone=is_alone)
    return [Run(text_guard.OBJECT, _styled(look, formula=source, is_display=is_display))]


def _inline_formula(token: Token, style: Style) -> Iterator[Run]:
    formula: Formula = token.meta["formula"]
    is_display = formula.is_display
    runs = formula_runs(
        token.markup, formula.tex, style, is_display=is_display, is_alone=is_display
    )
    if not is_display:
        yield from runs
        return
    yield Run(text_guard.LINE, OURS)
    yield from runs
    yield Run(text_guard.LINE, OURS)


def _growing_formula(formula: Formula) -> list[Run]:
    """Show a formula that is not closed yet: nothing of a short one, which is closed at once."""
    tex = formula.tex.rstrip("\\$")
    if not formula.is_display and len(tex) < _LONGEST_HELD_BACK:
        return []
    return growing_source(tex)


def growing_source(tex: str) -> list[Run]:
    """Return TeX that is still being written, without its delimiters."""
    return plain_runs(text_guard.prose(tex).strip(), Style(is_source=True, is_muted=True))


def _runs(tokens: list[Token], known: Collection[str]) -> Iterator[Run]:
    style = PLAIN
    link_text: list[str] = []
    for token in tokens:
        match token.type:
            case "text" | "text_special":
                text = text_guard.prose(token.content)
                link_text.append(text)
                yield from _text(text, style, known)
            case "code_inline":
                text = text_guard.prose(token.content)
                link_text.append(text)
                yield from plain_runs(text, _styled(style, code=True))
            case "formula":
                link_text.append(token.content)
                yield from _inline_formula(token, style)
            case "softbreak":
                yield Run(" ", style)
            case "hardbreak":
                yield Run(text_guard.LINE, style)
            case "strong_open" | "strong_close":
                style = _styled(style, bold=token.nesting > 0)
            case "em_open" | "em_close":
                style = _styled(style, italic=token.nesting > 0)
            case "s_open" | "s_close":
                style = _styled(style, struck=token.nesting > 0)
            case "link_open":
                style = _styled(style, href=safe_link(str(token.attrs.get("href", ""))))
                link_text = []
            case "link_close":
                if style.href and hides_host("".join(link_text), style.href):
                    yield Run(f" ({real_host(style.href)})", _styled(style, is_muted=True))
                style = _styled(style, href="")
            case "image":
                yield from _picture(token, style)
            case _:
                yield from plain_runs(text_guard.prose(token.content), style)


def _picture(token: Token, style: Style) -> Iterator[Run]:
    """Name a picture and link it; it is never loaded."""
    href = style.href or safe_link(str(token.attrs.get("src", "")))
    title = text_guard.prose(token.content).strip() or "picture"
    yield from plain_runs(title, _styled(style, href=href))
    if href and not style.href:
        yield Run(f" ({real_host(href)})", _styled(style, href=href, is_muted=True))


def _text(text: str, style: Style, known: Collection[str]) -> Iterator[Run]:
    if style.href:
        yield from plain_runs(text, style)
        return
    start = 0
    for mark in find_marks(text):
        if not mark.stands(known):
            continue
        yield from _with_bare_links(text[start : mark.start], style)
        for index, mark_id in enumerate(mark.ids):
            if index:
                yield Run(text_guard.BREAK, _styled(style, is_ours=True))
            yield from mark_runs(mark_id, style, is_known=mark_id in known)
        start = mark.end
        if text[start : start + 1] in ("[", "【"):
            yield Run(text_guard.BREAK, _styled(style, is_ours=True))
    yield from _with_bare_links(text[start:], style)


@lru_cache(maxsize=512)
def mark_runs(mark_id: str, style: Style, *, is_known: bool) -> tuple[Run, ...]:
    """Return a citation mark as a chip or, without a source, as it was written.

    Three runs, as long whether the source is known or not: it may come after the text.
    """
    look = Style(bold=False, italic=False, struck=style.struck, mark=mark_id, is_known=is_known)
    return (
        Run(PAD if is_known else "[", _styled(look, pad="[")),
        Run(mark_id, look),
        Run(PAD if is_known else "]", _styled(look, pad="]")),
    )


def _with_bare_links(text: str, style: Style) -> Iterator[Run]:
    if "://" not in text:
        yield from plain_runs(text, style)
        return
    start = 0
    for found in _BARE_LINK.finditer(text):
        url = found.group().rstrip(".,;:!?*_~")
        while url.endswith(")") and url.count("(") < url.count(")"):
            url = url[:-1].rstrip(".,;:!?*_~")
        href = safe_link(url)
        if not href:
            continue
        yield from plain_runs(text[start : found.start()], style)
        yield from plain_runs(url, _styled(style, href=href))
        if hides_host(url, href):
            yield Run(f" ({real_host(href)})", _styled(style, href=href, is_muted=True))
        start = found.start() + len(url)
    yield from plain_runs(text[start:], style)


def without_loose_end(text: str) -> str:
    """Return a growing text without a beginning of a link, and with what is open closed."""
    if (growing := open_formula(text)) is not None:
        text = text[: growing.start]
    return _without_loose_markup(text)


def _without_loose_markup(text: str) -> str:
    formulas = find_formulas(text)
    end = text[max(len(text) - 2400, formulas[-1].end if formulas else 0) :]
    mark = _OPEN_MARK.search(end[-_OPEN_MARK_REACH:])
    link = _OPEN_LINK.search(end) if "[" in end else None
    if loose := max((found.group() for found in (mark, link) if found), key=len, default=""):
        text = text[: len(text) - len(loose)]
    text = text.rstrip("*_~") if text[-1:] in "*_~" else text
    if text.count("`") % 2:
        before, _, after = text.rpartition("`")
        return f"{before}`{after}`" if after.strip() else before
    for delimiter in ("**", "~~"):
        if text.count(delimiter) % 2:
            before, _, after = text.rpartition(delimiter)
            if after[:1].strip():
                text = text.rstrip() + delimiter
    return text
