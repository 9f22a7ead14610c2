"""What a text says as far as words show it: terms, names, numbers, dates, quotations, denials."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Final

from headwater.domain.language import (
    CJK,
    CJK_SMALL,
    DENYING_WORDS,
    LESS_WORDS,
    MORE_WORDS,
    NUMBER_WORDS,
    bound_phrases,
    guess_language,
    plain_word,
    stop_words,
)
from headwater.domain.quantity import (
    Date,
    Quantity,
    find_dates,
    find_quantities,
    sense_before,
    with_plain_digits,
)

_MOST_NUMBERS = 2_000  # of a text; more than that is no prose
_MARKS = "\u0300-\u036f\u064b-\u065f"  # accents that are characters of their own
_WORD = re.compile(rf"[{CJK}]+|[^\W\d_{CJK}](?:[^\W_{CJK}]|[{_MARKS}])*")
_IS_CJK = re.compile(rf"[{CJK}]")
_SENTENCE_END = re.compile(r"[.!?…](?=[\s\"'”’»)\]]|\Z)|[。！？\n]")
_CLAUSE_END = re.compile(
    r"[,;:()–—，；：、،؛.!?。！？\n]|\b(?:and|but|while|whereas|und|aber|pero|mais|но)\b"
)
_QUOTATION = re.compile(r"[\"“„«「『]([^\"“”„«»「」『』\n]{4,400})[\"”“»」』]")
_QUOTED_WORD = re.compile(rf"[{CJK}]|[^\W_{CJK}]+")
_SHORT_NOT = re.compile(r"n['’]t\b")
_CJK_DENIAL = re.compile(r"[不没沒未]|(?P<behind>ない|ません|なかった|せず)")
_KATAKANA = re.compile(r"[\u30a1-\u30fa\u30fc]{3,}")
_NO_TERM_CJK = re.compile(r"[\u3040-\u309f不没沒未]")
_ARABIC_ARTICLE = re.compile(r"(?:و?ال|بال|لل|وب|و)(?=.{3})")
_KEY = 5  # letters of a word that are compared: inflections differ behind them
_REACH = 3  # words that a denial, or a word such as "more", is about
_CJK_REACH = 4  # characters
_MOST_AROUND = 16  # terms of a clause, on either side
# Capitalised, and yet no name by itself.
_TITLES: Final = (
    "ocean sea river lake mount university institute inc ltd mr mrs ms dr prof president minister "
    "king queen bay city county act monday tuesday wednesday thursday friday saturday sunday "
    "january february march april may june july august september october november december"
)
_NO_NAMES: Final = frozenset(_TITLES.split())


@dataclass(frozen=True, slots=True)
class Term:
    """A word that says something, at `text[start:end]`; `key` is compared, of a name `word` is."""

    start: int
    end: int
    key: str
    word: str = ""
    is_name: bool = False
    is_denied: bool = False


@dataclass(frozen=True, slots=True)
class Turn:
    """A word at `text[start:end]` that turns the sense of the words with these keys.

    `sense` is 0 for "not", +1 for "more" or "rose", -1 for "less" or "fell".
    """

    start: int
    end: int
    sense: int
    keys: frozenset[str]


@dataclass(frozen=True, slots=True)
class Quotation:
    """Words between quotation marks, at `text[start:end]`, as `quotable` writes them."""

    start: int
    end: int
    words: str


@dataclass(frozen=True, slots=True)
class TextReading:
    """Everything that is compared of one text."""

    text: str
    language: str
    words: frozenset[str]
    terms: tuple[Term, ...]
    quantities: tuple[Quantity, ...]
    dates: tuple[Date, ...]
    denials: tuple[Turn, ...]
    directions: tuple[Turn, ...]
    quotations: tuple[Quotation, ...]
    sentences: tuple[tuple[int, int], ...]

    def sentence_at(self, at: int) -> int:
        """Return the number of the sentence that index `at` is in."""
        return max(0, bisect_right(self.sentences, (at, len(self.text) + 1)) - 1)


@dataclass(frozen=True, slots=True)
class _Word:
    start: int
    end: int
    text: str
    plain: str

    @property
    def is_capital(self) -> bool:
        return self.text[0].isupper()


def read_text(text: str) -> TextReading:
    """Read `text` in the language that it seems to be in. Linear in its length."""
    digits = with_plain_digits(text)
    words = _words(digits)
    language = guess_language(digits, (word.plain for word in words))
    dates = find_dates(digits)
    bounds = bound_phrases(digits)
    # What is part of a date is no number, a unit is no word by itself, and the "no" of "no more
    # than" denies nothing.
    without_dates = _veiled(digits, [(date.start, date.end) for date in dates])
    found = islice(find_quantities(without_dates, language), _MOST_NUMBERS)
    numbers = sorted(found, key=lambda number: number.start)
    bare = _veiled(without_dates, [(number.start, number.end) for number in numbers])
    bare = _veiled(bare, [(start, end) for start, end, _ in bounds])
    bare_words = _words(bare)
    numbers += _number_words(without_dates, bare_words, language)
    # The "more" of "more than five" belongs to the number alone.
    senses = {number.sense_start for number in numbers if number.sense}
    clauses = [found.start() for found in _CLAUSE_END.finditer(digits)]
    sentences = tuple(_sentences(digits))
    terms = _terms(bare_words, bare, language, {start for start, _ in sentences})
    denials, denied = _denials(bare, bare_words, terms, language, clauses)
    terms = [replace(term, is_denied=n in denied) for n, term in enumerate(terms)]
    return TextReading(
        text,
        language,
        frozenset(word.plain for word in words),
        tuple(terms),
        tuple(numbers),
        tuple(dates),
        tuple(denials),
        tuple(_directions(bare_words, terms, clauses, senses)),
        tuple(
            Quotation(found.start(), found.end(), quotable(found[1]))
            for found in _QUOTATION.finditer(digits)
        ),
        sentences,
    )


def quotable(text: str) -> str:
    """Return the words of `text` with spaces around them: quotations are looked up in it."""
    return f" {' '.join(plain_word(word) for word in _QUOTED_WORD.findall(text))} "


def _words(text: str) -> list[_Word]:
    return [
        _Word(found.start(), found.end(), found.group(), plain_word(found.group()))
        for found in _WORD.finditer(text)
    ]


def _veiled(text: str, spans: Sequence[tuple[int, int]]) -> str:
    """Return `text`, as long as before, with blanks in place of `spans`, which come in order."""
    pieces: list[str] = []
    kept = 0
    for start, end in spans:
        if end > kept:
            begin = max(start, kept)
            pieces += [text[kept:begin], " " * (end - begin)]
            kept = end
    return "".join((*pieces, text[kept:]))


def _sentences(text: str) -> Iterator[tuple[int, int]]:
    begin = 0
    for found in _SENTENCE_END.finditer(text):
        yield from _stripped(text, begin, found.end())
        begin = found.end()
    yield from _stripped(text, begin, len(text))


def _stripped(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    piece = text[start:end]
    inner = piece.strip()
    if inner:
        start += len(piece) - len(piece.lstrip())
        yield start, start + len(inner)


def _terms(words: list[_Word], text: str, language: str, begins: set[int]) -> list[Term]:
    small = stop_words(language)
    numbers = NUMBER_WORDS.get(language, {})
    terms: list[Term] = []
    for n, word in enumerate(words):
        if _IS_CJK.match(word.text):
            terms += _cjk_terms(word)
        elif word.plain in small or word.plain in numbers:
            continue
        elif word.plain not in MORE_WORDS and word.plain not in LESS_WORDS:
            before = words[n - 1] if n else None
            after = words[n + 1] if n + 1 < len(words) else None
            is_name = _is_name(word, before, after, text, language, begins)
            if is_name or len(word.plain) > 2:
                terms.append(Term(word.start, word.end, _key(word.plain), word.plain, is_name))
    return terms


def _is_name(
    word: _Word,
    before: _Word | None,
    after: _Word | None,
    text: str,
    language: str,
    begins: set[int],
) -> bool:
    if not word.is_capital or word.plain in _NO_NAMES:
        return False
    if len(word.text) > 1 and sum(c.isupper() for c in word.text) > 1:
        return True
    has_company = (
        after is not None and after.is_capital and text[word.end : after.start] in (" ", "-")
    )
    is_first = word.start in begins or text[max(0, word.start - 2) : word.start].strip() in (
        ":", '"', "“", "«", "„",
    )  # fmt: skip
    if is_first:
        return has_company
    if language == "de":
        follows = (
            before is not None
            and before.is_capital
            and before.start not in begins
            and text[before.end : word.start] == " "
        )
        return has_company or follows
    return len(word.text) > 1


def _cjk_terms(run: _Word) -> Iterator[Term]:
    for name in _KATAKANA.finditer(run.text):
        start = run.start + name.start()
        yield Term(start, start + len(name.group()), name.group(), name.group(), is_name=True)
    for at in range(len(run.text) - 1):
        pair = run.text[at : at + 2]
        if _NO_TERM_CJK.search(pair) or not CJK_SMALL.isdisjoint(pair) or _KATAKANA.match(pair):
            continue
        yield Term(run.start + at, run.start + at + 2, pair)


def _key(plain: str) -> str:
    if "\u0600" <= plain[0] <= "\u06ff":
        plain = _ARABIC_ARTICLE.sub("", plain, count=1)
    if len(plain) <= _KEY and len(plain) > 3 and plain.endswith("s"):
        plain = plain[:-1]
    return plain[:_KEY]


def _number_words(text: str, words: list[_Word], language: str) -> Iterator[Quantity]:
    numbers = NUMBER_WORDS.get(language, {})
    for word in words:
        if word.plain in numbers:
            sense, start = sense_before(text, word.start)
            value = numbers[word.plain]
            yield Quantity(
                word.start, word.end, (value,), sense=sense, sense_start=start, is_word=True
            )


class _Clauses:
    """Tells which terms stand in the same clause as a place."""

    def __init__(self, terms: Sequence[Term], ends: Sequence[int]) -> None:
        self._terms, self._ends = terms, ends
        self._starts = [term.start for term in terms]

    def around(self, start: int, end: int) -> tuple[range, range]:
        """Return the numbers of the terms of the clause before `start` and from `end` on."""
        clause = bisect_right(self._ends, start)
        first = self._ends[clause - 1] if clause else 0
        last = self._ends[clause] if clause < len(self._ends) else 1 << 60
        low, high = bisect_right(self._starts, first - 1), bisect_right(self._starts, last - 1)
        before, behind = bisect_right(self._starts, start - 1), bisect_right(self._starts, end - 1)
        low, high = max(low, before - _MOST_AROUND), min(high, behind + _MOST_AROUND)
        return range(low, min(before, high)), range(max(low, behind), high)


def _denials(
    text: str, words: list[_Word], terms: Sequence[Term], language: str, clauses: Sequence[int]
) -> tuple[list[Turn], set[int]]:
    """Return the denials and the numbers of the terms that they are about."""
    within = _Clauses(terms, clauses)
    denying = DENYING_WORDS.get(language, frozenset())
    places = [(word.start, word.end) for word in words if word.plain in denying]
    if language == "en":
        places += [(found.start(), found.end()) for found in _SHORT_NOT.finditer(text)]
    denials: list[Turn] = []
    denied: set[int] = set()
    for start, end in places:
        before, behind = within.around(start, end)
        about = list(behind[:_REACH] or before[-_REACH:])
        denied.update(about)
        denials.append(Turn(start, end, 0, frozenset(terms[n].key for n in about)))
    if language in ("zh", "ja"):
        for found in _CJK_DENIAL.finditer(text):
            before, behind = within.around(found.start(), found.end())
            near = (
                [n for n in before if found.start() - terms[n].end <= _CJK_REACH]
                if found["behind"]
                else [n for n in behind if terms[n].start - found.end() < _CJK_REACH]
            )
            denied.update(near)
            keys = frozenset(terms[n].key for n in near)
            denials.append(Turn(found.start(), found.end(), 0, keys))
    return denials, denied


def _directions(
    words: list[_Word], terms: Sequence[Term], clauses: Sequence[int], senses: Collection[int]
) -> Iterator[Turn]:
    within = _Clauses(terms, clauses)
    for word in words:
        is_direction = word.plain in MORE_WORDS or word.plain in LESS_WORDS
        if is_direction and word.start not in senses:
            before, behind = within.around(word.start, word.end)
            about = (*before[-_REACH:], *behind[:_REACH])
            sense = 1 if word.plain in MORE_WORDS else -1
            yield Turn(word.start, word.end, sense, frozenset(terms[n].key for n in about))
