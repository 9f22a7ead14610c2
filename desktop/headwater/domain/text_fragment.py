"""Addresses that make a browser scroll to a passage (WICG Scroll-to-Text-Fragment, `#:~:text=`)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from headwater.domain.language import CJK
from headwater.domain.text_reading import read_text

_LONGEST_SNIPPET = 32_000  # characters that are looked at
_LONGEST_URL = 2_000
_FEWEST_WORDS = 4
_MOST_WORDS = 10  # that are written out; of a longer sentence the first and the last words are
_END_WORDS = 4
_LONGEST_SENTENCE = 60  # words
_FEWEST_CJK, _MOST_CJK = 8, 40  # characters, where there are no spaces
_DIRECTIVE = ":~:"
_UNSAFE_URL = re.compile(r"[\x00-\x20\x7f\\\ud800-\udfff]")
# Where the server left something out, or a block of the page ends: no text goes on across it.
_GAP = re.compile(r"\.{3,}|…|\[\.\.\.\]|[\r\n\x0b\x0c\x85\u2028\u2029]+")
# Markup, which the page does not show, and what no page shows.
_MARKUP = re.compile(
    r"!?\[|\]\([^()\s]{0,2048}\)|\]|<[^<>\n]{0,500}>|https?://\S{1,2048}|&#?\w{1,10};"
    r"|[*_`#|<>{}\\^~\x00-\x1f\x7f\u200b-\u200f\u202a-\u202e\ud800-\udfff\ufffc-\uffff]+"
)
_SENTENCE_END = re.compile(r"[.!?][\"'”’)]{0,2}\Z")
_SENTENCE_GAP = re.compile(r"(?<=[.!?])[\"'”’)]{0,2} +(?=[^a-z])")
_OF_CLAUSE = f"[{CJK}0-9A-Za-z０-９]"
_CJK_CLAUSE = re.compile(
    rf"(?<!{_OF_CLAUSE}){_OF_CLAUSE}{{{_FEWEST_CJK},{_MOST_CJK}}}+(?!{_OF_CLAUSE})"
)
_FIRST_WORD = re.compile(r"\S*")
_LAST_WORD = re.compile(r"(?<!\S)\S*\Z")
_HAS_CJK = re.compile(rf"[{CJK}]{{4}}")


@dataclass(frozen=True, slots=True)
class _Stretch:
    """Text that stands in the page as it stands here; its ends may lie within words."""

    text: str
    is_cut_before: bool
    is_cut_behind: bool


def text_fragment_url(url: str, snippet: str, sentence: str = "") -> str | None:
    """Return `url` with the directive to show that part of `snippet` which is most like `sentence`.

    None where a browser would find nothing: another scheme than http, a PDF, an address that uses
    its fragment as a path, a snippet too short or too full of gaps and markup. A fragment stays
    as it is, a directive that is there already is replaced. The result differs from `url` behind
    its `#` alone.
    """
    page, _, fragment = url.partition("#")
    fragment = fragment.partition(_DIRECTIVE)[0]
    if not _can_scroll(page, fragment, url):
        return None
    directive = _directive(snippet[:_LONGEST_SNIPPET], len(snippet) > _LONGEST_SNIPPET, sentence)
    return f"{page}#{fragment}{_DIRECTIVE}text={directive}" if directive else None


def _can_scroll(page: str, fragment: str, url: str) -> bool:
    if len(url) > _LONGEST_URL or _UNSAFE_URL.search(url) or fragment.startswith(("/", "!")):
        return False
    try:
        parts = urlsplit(page)
        has_host = bool(parts.hostname)
    except ValueError:
        return False
    is_pdf = parts.path.lower().endswith(".pdf")
    return parts.scheme in ("http", "https") and has_host and not is_pdf


def _directive(snippet: str, is_cut: bool, sentence: str) -> str:  # noqa: FBT001
    wanted = {term.key for term in read_text(sentence[:2_000]).terms}
    best, most = "", -1
    for stretch in _stretches(snippet, is_cut=is_cut):
        for words in _candidates(stretch):
            text = " ".join(words)
            score = len(wanted & {term.key for term in read_text(text).terms}) if wanted else 0
            if score > most:
                best, most = _written(words), score
    return best


def _stretches(snippet: str, *, is_cut: bool) -> Iterator[_Stretch]:
    begin = 0
    gaps = [(found.start(), found.end(), found.group()) for found in _GAP.finditer(snippet)]
    was_left_out = True  # a snippet may begin anywhere
    for start, end, gap in (*gaps, (len(snippet), len(snippet), "..." if is_cut else "…")):
        is_left_out = "." in gap or "…" in gap
        first, inner = begin, begin
        for markup in (*_MARKUP.finditer(snippet, begin, start), None):
            last = markup.start() if markup else start
            piece = snippet[inner:last]
            behind = markup.end() if markup else start
            # Within a word the markup leaves two halves, and a browser looks for whole words.
            is_torn = snippet[last - 1 : last].isalnum() and snippet[behind : behind + 1].isalnum()
            if is_torn and markup:
                piece = _LAST_WORD.sub("", piece)
            yield _Stretch(piece, was_left_out and inner == first, is_left_out and last == start)
            torn = _FIRST_WORD.match(snippet, behind, start) if is_torn and markup else None
            inner = torn.end() if torn else behind
        begin, was_left_out = end, is_left_out


def _candidates(stretch: _Stretch) -> Iterator[list[str]]:
    """Yield the sentences of a stretch as words, without those that may be cut."""
    if _HAS_CJK.search(stretch.text):
        for clause in _CJK_CLAUSE.finditer(stretch.text):
            before = stretch.is_cut_before and clause.start() == 0
            behind = stretch.is_cut_behind and clause.end() == len(stretch.text)
            if not before and not behind:
                yield [clause.group()]
        return
    sentences = _SENTENCE_GAP.split(stretch.text)
    for index, sentence in enumerate(sentences):
        words = sentence.split()
        if words and index == 0 and stretch.is_cut_before and not words[0][0].isupper():
            words = words[1:]
        is_last = index == len(sentences) - 1
        if words and is_last and stretch.is_cut_behind and not _SENTENCE_END.search(words[-1]):
            words = words[:-1]
        if len(words) > _LONGEST_SENTENCE:
            words = words[:_MOST_WORDS]
        if len(words) >= _FEWEST_WORDS:
            yield words


def _written(words: list[str]) -> str:
    if len(words) <= _MOST_WORDS:
        return _encoded(" ".join(words))
    return f"{_encoded(' '.join(words[:_END_WORDS]))},{_encoded(' '.join(words[-_END_WORDS:]))}"


def _encoded(text: str) -> str:
    """Percent-encode `text`; `-`, `,` and `&` would be read as parts of the directive."""
    return quote(text, safe="").replace("-", "%2D")
